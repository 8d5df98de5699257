"""A store whose months were accepted by a version that kept no originals: every stage goes on working with it."""

import pyarrow.parquet as pq
import pytest

from shuibei_index import pipeline
from shuibei_index.intake.schema import TRAIL
from shuibei_index.simulation import simulate
from shuibei_index.store import Store
from shuibei_index.store.objects import Objects
from shuibei_index.workspace import Workspace

MONTHS = ("2024-01", "2024-02", "2024-03")


@pytest.fixture
def older(tmp_path, monkeypatch):
    """Two months taken in, the second with a decision, and released by the older version."""
    simulate(tmp_path / "ws", start=MONTHS[0], end=MONTHS[-1], seed=3, firms=5)
    workspace = Workspace.open(tmp_path / "ws")
    put = Objects.put_table
    with monkeypatch.context() as patched:
        patched.setattr(
            Objects, "put_table", lambda self, t: put(self, t.drop_columns([n for n in TRAIL if n in t.column_names]))
        )
        pipeline.intake(workspace, MONTHS[0])
        pipeline.intake(workspace, MONTHS[1])
        query = pipeline.list_queries(workspace, MONTHS[1])["query"].iloc[0]
        pipeline.decide(workspace, [query], "exclude", reason="phoned", person="A", at="2024-03-02T10:00")
        pipeline.intake(workspace, MONTHS[1])
        pipeline.release(workspace, MONTHS[1])
    return workspace


def columns(workspace, month):
    with Store.open(workspace.store) as store:
        return set(pq.read_schema(store.objects.path(store.month(month).accepted)).names)


def test_a_store_of_an_older_version_goes_on(older):
    assert not set(TRAIL) & columns(older, MONTHS[1])
    released = older.root / "releases" / MONTHS[1]
    checked = pipeline.verify(released)
    assert checked.ok, checked.report
    before = pipeline.validate(older, MONTHS[1]).totals
    pipeline.intake(older, MONTHS[2])
    assert set(TRAIL) <= columns(older, MONTHS[2])
    # the history of a month now has records of both kinds
    assert pipeline.validate(older, MONTHS[2]).totals["accepted"]
    level = pipeline.compile_(older, MONTHS[2]).levels_frame()
    assert pipeline.explain(older, MONTHS[2], "00", "mom").text()
    # taken in again, the older months keep their originals too; the figures stay
    for month in MONTHS[:2]:
        pipeline.intake(older, month)
    assert set(TRAIL) <= columns(older, MONTHS[1])
    assert pipeline.validate(older, MONTHS[1]).totals == before
    assert pipeline.compile_(older, MONTHS[2]).levels_frame().equals(level)
    assert pipeline.verify(released).ok
