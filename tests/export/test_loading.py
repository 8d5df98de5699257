"""Releases in real databases: what is in them, twice, at once, killed, refused."""

import json
import subprocess
import sys
import threading

import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.errors import UsageError
from shuibei_index.export import Address, ExportError, load
from shuibei_index.export.loading import SCHEMA, opened
from shuibei_index.export.sheets import PUBLISHED, TEXT, Field, Sheet, known_sheets
from shuibei_index.export.statements import creation, named
from shuibei_index.release import Release
from shuibei_index.release.tables import read_parquet
from shuibei_index.vintages import read_vintages
from tests.site.conftest import FORMULA, HOSTILE

KEY = ["period", "class_code", "component", "adjustment"]


def ask(address, statement, schema=SCHEMA):
    """Run a query; "T:name" stands for a table of the schema."""
    place = "" if address.kind == "sqlite" else schema
    words = [named(place, w[2:]) if w.startswith("T:") else w for w in statement.split(" ")]
    with opened(address, SCHEMA if address.kind == "sqlite" else schema) as database:
        return database.perform(" ".join(words))


def changed(release, **parts):
    manifest = {**json.loads(release.files["manifest.json"]), **parts}
    return Release({**release.files, "manifest.json": json.dumps(manifest, ensure_ascii=False).encode()})


def test_what_is_in_the_database_is_what_was_released(address, releases):
    release = releases["2024-06"]
    done = load(release, address)
    assert done.written and not done.left_out and done.rows["indices"] == len(release.frame("indices"))
    rows = ask(address, 'SELECT period, class_code, component, adjustment, name_zh, "index", index_full FROM T:indices')
    held = pd.DataFrame(rows, columns=[*KEY, "name_zh", "index", "index_full"]).set_index(KEY).sort_index()
    full = release.frame("indices").set_index(KEY).sort_index()
    pd.testing.assert_series_equal(held["index_full"].astype(float), full["index"], check_names=False, check_exact=True)
    printed = pd.read_csv(pd.io.common.BytesIO(release.files["indices.csv"]), dtype=str).set_index(KEY).sort_index()
    shown = held["index"].map(lambda v: None if v is None or v != v else f"{v:.2f}")
    assert shown.fillna("").tolist() == printed["index"].fillna("").tolist()
    # withheld: nothing in either column, and the row says so
    assert ask(address, "SELECT count(*) FROM T:indices WHERE obs_conf = 'C'")[0][0] == held["index"].isna().sum() > 0
    # names that mean harm are names
    assert set(held.loc[held.index.get_level_values(1) == "01", "name_zh"]) == {HOSTILE}
    assert ask(address, "SELECT DISTINCT name_en FROM T:indices WHERE class_code = '02'") == [(FORMULA,)]
    ((period, trial, headline),) = ask(address, "SELECT period, trial, headline_zh FROM T:releases")
    assert (period, bool(trial), headline) == ("2024-06", True, release.headline("zh"))


def test_again_changes_nothing_and_another_content_is_refused(address, releases):
    release = releases["2024-03"]
    load(release, address)
    everything = ask(address, "SELECT * FROM T:indices ORDER BY 1, 2, 3, 4, 7, 8")
    assert not load(release, address).written
    assert load(release, address, again=True).written
    assert ask(address, "SELECT * FROM T:indices ORDER BY 1, 2, 3, 4, 7, 8") == everything
    # a table somebody emptied is filled again without being told to
    ask(address, "DELETE FROM T:quality")
    assert load(release, address).written and ask(address, "SELECT count(*) FROM T:quality")[0][0] > 0
    with pytest.raises(ExportError, match="another content") as caught:
        load(changed(release, reason="x"), address)
    assert "不得改动" in caught.value.zh
    assert ask(address, "SELECT * FROM T:indices ORDER BY 1, 2, 3, 4, 7, 8") == everything


def test_views_say_what_the_vintages_say(address, releases, bundles):
    # in an order that is not that of publication
    for name in sorted(releases, reverse=True):
        load(releases[name], address)
    vintages = read_vintages(bundles)
    columns = "release, period, class_code, component, adjustment, index_full"
    for day in ("2024-06-20", "2024-07-31", "2024-08-01", "2030-01-01"):
        rows = ask(address, f"SELECT {columns} FROM T:as_of WHERE '{day}' BETWEEN public_from AND public_until")
        held = pd.DataFrame(rows, columns=["vintage", *KEY, "index"]).astype({"index": float})
        expected = vintages.as_of(day)[["vintage", *KEY, "index"]]
        pd.testing.assert_frame_equal(
            held.sort_values(KEY, ignore_index=True), expected.sort_values(KEY, ignore_index=True), check_dtype=False
        )
    latest = ask(address, "SELECT release, max(period) FROM T:latest GROUP BY release ORDER BY release")
    assert latest == [("2024-04-r1", "2024-04"), ("2024-06", "2024-06")]


KILLED = """
import sys, time
from contextlib import ExitStack
from shuibei_index.export import Address
from shuibei_index.export.loading import _prepare, opened
from shuibei_index.export.sheets import known_sheets, sheets
from shuibei_index.release import read_release
release = read_release(sys.argv[1])
with ExitStack() as stack:
    for kind, place in zip(sys.argv[2::2], sys.argv[3::2]):
        database = stack.enter_context(opened(Address(kind, place)))
        _prepare(database, known_sheets(release.about))
        for sheet in sheets(release)[0][:3]:
            database.fill(sheet)
    print("midway", flush=True)
    time.sleep(60)
"""


def test_killed_midway_nothing_is_half_written(postgresql, releases, bundles, tmp_path):
    pytest.importorskip("duckdb", reason="duckdb is not installed")
    places = [postgresql, *(Address(kind, str(tmp_path / kind)) for kind in ("sqlite", "duckdb"))]
    words = [word for one in places for word in (one.kind, one.place)]
    command = [sys.executable, "-c", KILLED, str(bundles / "2024-03"), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "midway\n"
        child.kill()
    for place in places:
        with opened(place) as database:
            assert not database.columns("releases") and not database.columns("indices")
        assert load(releases["2024-03"], place).written


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_two_loads_at_once(kind, request, releases, tmp_path):
    address = Address("sqlite", str(tmp_path / "a")) if kind == "sqlite" else request.getfixturevalue("postgresql")
    done, start = [], threading.Barrier(2)
    content = releases["2024-03"]
    assert content.tables and content.headline("zh")

    def one():
        start.wait()
        done.append(load(content, address).written)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, True]
    assert ask(address, "SELECT count(*) FROM T:indices")[0][0] == len(content.frame("indices"))


def test_a_file_that_is_no_database_of_duckdb(releases, tmp_path):
    pytest.importorskip("duckdb", reason="duckdb is not installed")
    (tmp_path / "a.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises(ExportError, match="DuckDB: ") as caught:
        load(releases["2024-03"], Address("duckdb", str(tmp_path / "a.duckdb")))
    assert "未接受" in caught.value.zh


def test_a_file_that_is_no_database(releases, tmp_path):
    (tmp_path / "a.db").write_bytes(b"no database" * 1000)
    with pytest.raises(ExportError, match="not a database"):
        load(releases["2024-03"], Address("sqlite", str(tmp_path / "a.db")))


def test_an_older_release_and_an_older_database(address, releases):
    # before disclosure control the tables had no obs_conf; an older package made no such column
    release = releases["2024-03"]
    files = dict(release.files)
    frames = {"links": read_parquet(files["links.parquet"]).drop(columns="obs_conf")}
    files["links.parquet"] = frames["links"].to_parquet(index=False)
    load(Release(files), address)
    assert set(ask(address, "SELECT obs_conf FROM T:links")) == {(None,)}
    ask(address, "ALTER TABLE T:first_published DROP COLUMN vintage")
    load(releases["2024-04"], address)
    assert ask(address, "SELECT vintage FROM T:first_published") == []


def test_a_schema_of_any_name(server, postgresql, releases):
    schema = 'a"; DROP SCHEMA public CASCADE; --水贝 %s%d $1'
    load(releases["2024-03"], postgresql, schema=schema)
    assert not load(releases["2024-03"], postgresql, schema=schema).written
    with opened(postgresql, schema) as database:
        assert database.perform(f"SELECT count(*) FROM {named(schema, 'releases')}") == [(1,)]
    assert ask(postgresql, "SELECT nspname FROM pg_namespace WHERE nspname = 'public'") == [("public",)]
    for wrong in ("", "a\0b", "水" * 22):
        with pytest.raises(UsageError, match="--schema"):
            load(releases["2024-03"], postgresql, schema=wrong)


def test_comments_types_and_keys_in_postgresql(postgresql, releases):
    load(releases["2024-03"], postgresql)
    found = ask(
        postgresql,
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod), col_description(a.attrelid, a.attnum) "
        "FROM pg_attribute a WHERE a.attrelid = 'shuibei.indices'::regclass AND a.attnum > 0",
    )
    kinds = {name: (kind, words) for name, kind, words in found}
    assert kinds["index"][0] == "numeric" and kinds["index_full"][0] == "double precision"
    assert all("\u4e00" <= words[0] <= "\u9fff" for _, words in kinds.values())
    (key,) = ask(
        postgresql, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'shuibei.indices'::regclass "
        "AND contype = 'p'"
    )[0]  # fmt: skip
    assert key == "PRIMARY KEY (release, period, class_code, component, adjustment)"


def test_the_password_is_in_no_message(server, releases):
    host = server.removeprefix("host=")
    address = Address("postgresql", f"postgresql://loader:S3cret%40x@/nowhere-S3cret%40x?host={host}",
                      ("S3cret%40x", "S3cret@x"))  # fmt: skip
    with pytest.raises(ExportError, match="nowhere") as caught:
        load(releases["2024-03"], address)
    assert "S3cret" not in str(caught.value) + caught.value.zh + repr(address)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_every_table_is_described_in_both_languages(releases):
    for sheet in known_sheets(releases["2024-03"].about):
        assert sheet.key[0] == "release" and set(sheet.key) <= {one.name for one in sheet.fields}
        assert all(one.zh and one.en for one in sheet.fields)
        with opened(Address("sqlite", ":memory:")) as database:
            for statement in creation(sheet, "", database.dialect):
                database.perform(statement)
            assert database.columns(sheet.name) == {one.name for one in sheet.fields}


def test_sqlite_holds_the_nearest_double_of_what_is_published():
    # SQLite reads this text as 0.10544100000000001
    fields = (Field("release", TEXT, "版", "r"), Field("points_pp", PUBLISHED, "点", "p", 6))
    sheet = Sheet(
        "c", "表", "t", fields, ("release",), pa.table({"release": ["a", "b"], "points_pp": ["0.105441", None]})
    )
    with opened(Address("sqlite", ":memory:")) as database:
        for statement in creation(sheet, "", database.dialect):
            database.perform(statement)
        database.fill(sheet)
        assert [tuple(row) for row in database.perform("SELECT * FROM c")] == [("a", 0.105441), ("b", None)]
