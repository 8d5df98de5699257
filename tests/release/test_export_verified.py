"""The way of the platform: a true release checked by the package and by the script alone, then loaded."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from shuibei_index.cli import export as verb
from shuibei_index.errors import GateError, UsageError
from shuibei_index.export import Address, check_release
from shuibei_index.export.loading import Loaded, opened
from shuibei_index.pipeline import exporting
from shuibei_index.release import read_release
from shuibei_index.release.schema import TABLES
from shuibei_index.signature import NAME, PrivateKey

KEY, OTHER = PrivateKey(b"theindex", bytes(range(32))), PrivateKey(b"somebody", bytes(32))
SCRIPT = Path(check_release.__file__)


@pytest.fixture(scope="module")
def signed(release, tmp_path_factory) -> Path:
    return release.signed(KEY).write(tmp_path_factory.mktemp("signed") / release.name)


def copied(folder, target) -> Path:
    target.mkdir()
    for file in folder.rglob("*"):
        if file.is_file():
            place = target / file.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.hardlink_to(file)
    return target


def rewrite(file, content):
    # the other copies keep theirs
    file.unlink(missing_ok=True)
    file.write_bytes(content)


def restated(folder, **parts):
    manifest = {**json.loads((folder / "manifest.json").read_bytes()), **parts}
    rewrite(folder / "manifest.json", json.dumps(manifest).encode())


def without(folder, path):
    files = json.loads((folder / "manifest.json").read_bytes())["files"]
    (folder / path).unlink()
    restated(folder, files=[entry for entry in files if entry["path"] != path])


def linked(file):
    file.rename(file.parent.parent / "elsewhere.csv")
    file.symlink_to(file.parent.parent / "elsewhere.csv")


TAMPERING = {
    "a byte": lambda f: rewrite(f / "indices.csv", (f / "indices.csv").read_bytes().replace(b"1", b"2", 1)),
    "a byte more": lambda f: rewrite(f / "quality.parquet", (f / "quality.parquet").read_bytes() + b" "),
    "a file gone": lambda f: (f / "bulletin.en.html").unlink(),
    "a file more": lambda f: rewrite(f / "note.txt", b"x"),
    "a link in place of a file": lambda f: linked(f / "links.csv"),
    "a table nobody lists": lambda f: without(f, "revisions.csv"),
    "another schema": lambda f: restated(f, schema_version="99"),
    "a manifest rewritten": lambda f: restated(f, trial=True),
    "no list of files": lambda f: restated(f, files=None),
    "no manifest": lambda f: rewrite(f / "manifest.json", b"[]"),
    "no signature": lambda f: (f / NAME).unlink(),
    "no signature of minisign": lambda f: rewrite(f / NAME, b"untrusted comment: x\nQQ==\n"),
    "another comment": lambda f: rewrite(f / NAME, (f / NAME).read_bytes().replace(b"released_on", b"released_ON")),
    "another key": lambda f: rewrite(f / NAME, read_release(f).sign(OTHER).to_bytes()),
}  # fmt: skip


def script_says(folder, key) -> bool:
    try:
        return not check_release.check(str(folder), key)[0]
    except (LookupError, OSError, TypeError, ValueError):
        return False


@pytest.mark.parametrize("kind", TAMPERING)
def test_the_script_and_the_package_agree_on_tampering(kind, signed, tmp_path, monkeypatch):
    # what the script does not claim to compare
    for part in ("_tables", "_json", "_bulletins", "_formats"):
        monkeypatch.setattr(f"shuibei_index.release.verify.{part}", lambda release: [])
    folder = copied(signed, tmp_path / "b")
    TAMPERING[kind](folder)
    assert not read_release(folder).verify(KEY.public).ok
    assert not script_says(folder, KEY.public.text)


def test_the_script_and_the_package_agree_on_a_good_bundle(signed, tmp_path):
    assert read_release(signed).verify(KEY.public).ok
    (tmp_path / "key.pub").write_bytes(KEY.public.to_bytes())
    for key in (KEY.public.text, str(tmp_path / "key.pub")):
        wrong, origin = check_release.check(str(signed), key)
        assert wrong == [] and KEY.public.name in origin and "已核验" in origin
    wrong, origin = check_release.check(str(signed))
    assert wrong == [] and "not checked" in origin
    # the files that `verify` asks for
    tables = {f"{name}.{kind}" for name in TABLES for kind in ("csv", "parquet")}
    pages = {"indices.json", "datapackage.json", "bulletin.zh.html", "bulletin.en.html"}
    assert tables | pages == check_release.NEEDED
    # a key of the same number is not the key
    assert not script_says(signed, PrivateKey(KEY.key_id, bytes(32)).public.text)


def test_the_script_alone(signed, tmp_path):
    text = exporting.check_script()
    assert text == SCRIPT.read_text(encoding="utf-8") and len(text.splitlines()) <= 60
    (tmp_path / "check.py").write_text(text, encoding="utf-8")
    # -I -S: no package of ours or of anybody can be found
    command = [sys.executable, "-I", "-S", "check.py", str(signed), KEY.public.text]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0 and KEY.public.name in done.stdout.decode() and "not compared" in done.stdout.decode()
    none = subprocess.run([*command[:4], str(tmp_path)], cwd=tmp_path, capture_output=True, check=False)
    assert none.returncode == 1 and "无法核验" in none.stderr.decode()


def test_verified_and_loaded(signed, tmp_path, capsys):
    database = tmp_path / "a.db"
    done = exporting.export(signed, Address("sqlite", str(database)), public_key=KEY.public.text)
    assert done.written and not done.left_out and "签名有效" in capsys.readouterr().err
    with opened(Address("sqlite", str(database))) as held:
        rows = held.perform("SELECT count(*) FROM latest WHERE class_code = '00'")[0][0]
        assert rows > 0 and held.perform("SELECT count(*) FROM adjustment")[0][0] > 0
    broken = copied(signed, tmp_path / "broken")
    TAMPERING["a byte"](broken)
    address = Address("sqlite", str(tmp_path / "b.db"))
    with pytest.raises(GateError, match=r"does not verify.*indices\.csv") as caught:
        exporting.export(broken, address)
    assert "不予导入" in caught.value.zh and not (tmp_path / "b.db").exists()
    assert exporting.export(broken, address, unverified=True).written
    assert "does not verify" in capsys.readouterr().err


def test_not_before_the_embargo_ends(release, tmp_path, monkeypatch):
    # whether it verifies is not the matter here
    monkeypatch.setattr(exporting, "_verify", lambda *given, **options: None)
    manifest = {**json.loads(release.files["manifest.json"]), "embargo_until": "2030-01-15T09:30+08:00"}
    folder = type(release)({**release.files, "manifest.json": json.dumps(manifest).encode()}).write(tmp_path / "b")
    address = Address("sqlite", str(tmp_path / "a.db"))
    for at in ("", "2030-01-15T09:29+08:00"):
        with pytest.raises(GateError, match="under embargo"):
            exporting.export(folder, address, at=at)
    assert not (tmp_path / "a.db").exists()
    assert exporting.export(folder, address, at="2030-01-15T01:30Z").written


def test_the_command(tmp_path, capsys, monkeypatch):
    asked = []

    def export(bundle, address, **options):
        asked.append((bundle, address.place, options))
        return Loaded("2025-06", True, {"releases": 1, "indices": 9}, ("further",))

    monkeypatch.setattr(exporting, "export", export)
    monkeypatch.setenv("INDEX_DB", "postgresql://me:S3cret@h/d")
    words = ["export", "--to", "env:INDEX_DB", "a", "b", "--schema", "s", "--at", "2025-07-15T10:00"]
    for more in ([], ["--json"]):
        options = argparse.ArgumentParser()
        verb.arguments(options)
        options.add_argument("--json", action="store_true")
        assert verb.run(options.parse_args([*words[1:], *more])) == 0
    told = capsys.readouterr().out
    assert "10 行 rows" in told and "further" in told and json.loads(told[told.index("[") :])[1]["written"]
    assert "S3cret" not in told and [one[0] for one in asked] == ["a", "b", "a", "b"]
    assert asked[0][2]["schema"] == "s" and asked[0][2]["at"] == "2025-07-15T10:00"
    assert verb.run(options.parse_args(["--check-script"])) == 0
    assert capsys.readouterr().out == SCRIPT.read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="--to"):
        verb.run(options.parse_args(["a"]))
