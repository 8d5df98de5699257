"""No file of a bundle names a firm, an item, a file, or the machine; the bundle of a workspace with a key is signed."""

import io
import platform
import re
import shutil
import zipfile

import pyarrow.parquet as pq
import pytest

from shuibei_index import pipeline
from shuibei_index.pipeline import signing
from shuibei_index.release.verify import check_signature
from shuibei_index.signature import NAME, as_keyring, make_keys
from shuibei_index.simulation import simulate
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace
from tests.pipeline.conftest import content

MONTH = "2024-02"
#: Fonts and pictures in pages, and digests: letters by chance.
_CHANCE = re.compile(r"base64,[A-Za-z0-9+/=]+|\b[0-9a-f]{64}\b|\bR[A-Za-z0-9+/]{50,}=*")
_SET = re.compile(rb"stream\r?\n(?!<\?xpacket).*?endstream", re.DOTALL)
_WORD = re.compile(r"[\w-]+")


def texts(files):
    """Yield every file of a bundle as text: tables by their words and all that is told beside them."""
    for path, data in files.items():
        if path.endswith(".parquet"):
            table = pq.read_table(io.BytesIO(data))
            words = [str(w) for c in table.columns for w in c.unique().to_pylist() if isinstance(w, str)]
            yield path, " ".join([*words, *table.column_names, str(table.schema), str(table.schema.metadata)])
        elif path.endswith(".xlsx"):
            with zipfile.ZipFile(io.BytesIO(data)) as book:
                yield path, " ".join(book.read(n).decode("utf-8", "replace") for n in book.namelist())
        elif path.endswith(".pdf"):
            # what is set is the page, a file of its own here, as numbers of glyphs; the rest is titles and metadata
            yield path, _SET.sub(b" ", data).decode("utf-8", "replace")
        else:
            yield path, _CHANCE.sub(" ", data.decode("utf-8"))


def secrets(workspace):
    """Return what must not be seen, by kind."""
    panel = workspace.panel()
    items = set()
    for path in (workspace.inbox / MONTH).glob("*.parquet"):
        table = pq.read_table(path)
        column = next(c for c in ("item_id", "规格品编码") if c in table.column_names)
        items |= set(map(str, table[column].drop_null().to_pylist()))
    return {
        "enterprise": set(panel["enterprise_id"]),
        "name": set(panel["name"]) - {""},
        "contact": set(panel["contact"]) - {""},
        "item": items,
        "file": {p.stem for p in workspace.inbox.rglob("*") if p.is_file()},
        "machine": {str(workspace.root), str(workspace.root.parent), "/home/", "/tmp/", *_host()},
    }


def _host():
    # a name as short as a word of the bulletin tells nothing
    return {platform.node()} if len(platform.node()) > 6 else set()


def named_in(files, known):
    """Return what is named where: ids, items and names of files as whole words, the others wherever they stand."""
    found = []
    for path, text in texts(files):
        words = set(_WORD.findall(text))
        for kind, names in known.items():
            there = {n for n in names if n in text} if kind in ("name", "contact", "machine") else names & words
            found += [(path, kind, name) for name in sorted(there)]
    return found


def test_a_bundle_names_no_firm_item_file_or_machine(done):
    known = secrets(done)
    assert {kind for kind, words in known.items() if len(words) < 3} <= {"contact"}
    files = content(done.releases / MONTH)
    assert len(files) > 20
    assert not named_in(files, known)
    # the search does find what is there
    files["indices.csv"] += f"\n{sorted(known['item'])[0]},{sorted(known['enterprise'])[0]}".encode()
    assert {kind for _, kind, _ in named_in(files, known)} >= {"item", "enterprise"}


@pytest.mark.slow
def test_a_workspace_with_a_key_signs_its_release(tmp_path):
    simulate(tmp_path / "ws", start="2023-01", end="2023-03", seed=3, firms=4)
    _, public, key = signing.make(str(tmp_path / "keys"), "index", "")
    toml = tmp_path / "ws" / "workspace.toml"
    toml.write_text(toml.read_text("utf-8") + 'signing_key = "../keys/index.key"\n', encoding="utf-8")
    workspace = Workspace.open(tmp_path / "ws")
    made = pipeline.run(workspace, "2023-01", "2023-03")
    before = content(made.path)
    assert NAME in before and not check_signature(made.release, as_keyring(public))[1]
    # the signature is in the store: the release comes back with it, without the key
    shutil.rmtree(workspace.releases)
    shutil.rmtree(tmp_path / "keys")
    with Store.open(workspace.store) as store:
        store.rebuild_releases(workspace.releases)
    assert content(made.path) == before
    assert signing.verify(made.path, public_key=key.text).ok
    other = make_keys(tmp_path / "others")[1]
    report = signing.verify(made.path, public_key=str(other))
    assert not report.ok and "not trusted" in report.text() and "未受信任" in report.text()
    # the list of keys in the workspace serves as well, and tells of a key that was revoked
    (workspace.root / "reference" / "signing_keys.csv").write_text(
        f"public_key,revoked_on\n{key.text},2023-05-01\n", encoding="utf-8"
    )
    assert "revoked on 2023-05-01" in signing.verify(made.path).text()
