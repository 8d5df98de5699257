"""Stores written by the program's older versions: read, upgraded by the first writing, their releases replayed.

``tests/store/older/form-N.tar.xz`` was made by the code of its time, from the same two files a month. Form 4 has two
months taken in; the others a release as well, of which the manifest and the published index are kept.
"""

from __future__ import annotations

import io
import lzma
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from shuibei_index import pipeline
from shuibei_index.cli import main
from shuibei_index.errors import StoreError
from shuibei_index.frozen import thaw
from shuibei_index.later_rules import complete
from shuibei_index.pipeline.compiling import compile_frozen
from shuibei_index.rules import Rules
from shuibei_index.store import Store
from shuibei_index.store.checking import check_store
from shuibei_index.store.upgrades import SCHEMA_VERSION, schema_version
from shuibei_index.workspace import Workspace

OLDER = Path(__file__).parents[1] / "store" / "older"
FORMS = [1, 2, 3, 4]
#: Forms with a release in them.
REPLAYED = [1, 2, 3]


def unpacked(form: int, to: Path) -> Path:
    with tarfile.open(fileobj=io.BytesIO(lzma.decompress((OLDER / f"form-{form}.tar.xz").read_bytes()))) as packed:
        packed.extractall(to, filter="data")
    return to


def broken(root: Path) -> list[str]:
    # of the release only two files are kept here
    return [f.line() for f in check_store(root / "store").faults if not f.kind.startswith("release")]


def test_there_is_one_of_every_form_before_todays():
    assert {path.name for path in OLDER.iterdir()} >= {f"form-{form}.tar.xz" for form in FORMS}
    assert all(path.stat().st_size < 50_000 for path in OLDER.iterdir())


@pytest.mark.parametrize("form", FORMS)
def test_read_as_it_is_and_upgraded_by_the_first_writing(form, tmp_path):
    root = unpacked(form, tmp_path)
    before = {p: p.read_bytes() for p in (root / "store" / "objects").rglob("*") if p.is_file()}
    with Store.open(root / "store") as store:
        assert schema_version(store._ledger.connection) == form
        states = [store.month(month) for month in store.months()]
        assert [state.month for state in states] == ["2024-01", "2024-02"]
        records = [store.objects.get_table(state.accepted).num_rows for state in states]
        receipts = store.receipts()
        assert len(receipts) == 4 and all(len(store.objects.get_bytes(r.sha256)) == r.bytes for r in receipts)
    assert broken(root) == []
    with closing(sqlite3.connect(root / "store" / "ledger.sqlite")) as connection:
        assert schema_version(connection) == form
    # the files are received once more: nothing new, and the month is settled by today's rules
    pipeline.intake(Workspace.open(root), "2024-02")
    with Store.open(root / "store") as store:
        assert schema_version(store._ledger.connection) == SCHEMA_VERSION
        assert store.receipts() == receipts and store.month("2024-01") == states[0]
        assert store.objects.get_table(store.month("2024-02").accepted).num_rows == records[1]
        # what was settled before is still there
        assert store.objects.get_table(states[1].accepted).num_rows == records[1]
    assert broken(root) == []
    assert all(path.read_bytes() == data for path, data in before.items())


@pytest.mark.parametrize("form", REPLAYED)
def test_an_older_release_replayed_gives_what_was_published(form, tmp_path):
    root = unpacked(form, tmp_path)
    with Store.open(root / "store") as store:
        again = compile_frozen(thaw(store.releases()[-1].inputs, store), store).to_frame()
    published = pd.read_csv(root / "releases" / "2024-02" / "indices.csv", dtype={"class_code": str})
    published = published[published["adjustment"] == "NSA"]
    if "component" not in published:
        published = published.assign(component="total")
    key = ["period", "class_code", "component"]
    both = published[[*key, "index"]].merge(again[[*key, "index"]], on=key, suffixes=("", "_again"))
    assert len(both) == len(published) > 0
    assert (both["index"] - both["index_again"].round(2)).abs().max() < 1e-9


def test_rules_that_came_later_are_added_and_told():
    today = Rules.load()
    names = list(today.rules)
    frozen = Rules({name: today.rules[name] for name in names[3:]}, "d" * 64)
    done = complete(frozen, today)
    assert done.later == tuple(sorted(names[:3])) and done.rules.digest == "d" * 64
    assert all(done.rules.rules[name] is today.rules[name] for name in names[3:])
    # also for months before the rule's own first date
    first = {name: today.rules[name].values[0] for name in names[:3]}  # noqa: PD011
    assert all(done.rules.rules[name].at("1995-01").value == value.value for name, value in first.items())
    assert "older than 3 rules" in done.words and "3 条规则" in done.words and names[0] in done.words
    same = complete(today, today)
    assert same.rules is today and same.words == ""


def test_a_newer_ledger_is_refused_by_every_command(tmp_path, capsys):
    root = unpacked(1, tmp_path)
    with closing(sqlite3.connect(root / "store" / "ledger.sqlite")) as connection, connection:
        connection.execute("UPDATE about SET value = ? WHERE key = 'schema_version'", (str(SCHEMA_VERSION + 1),))
    with pytest.raises(StoreError, match="Update the program"):
        Store.open(root / "store")
    for command in (["intake", "--month", "2024-02"], ["compile", "--month", "2024-02"], ["status"]):
        code = main([command[0], "--workspace", str(root), *command[1:]])
        said = capsys.readouterr().err
        assert code == 1 and f"has the form {SCHEMA_VERSION + 1}" in said and "请更新程序" in said, command
