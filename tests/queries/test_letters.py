"""Letters: one firm sees its own lines only, nothing in them runs, and the same month gives the same bytes."""

import stat
from pathlib import Path

import pandas as pd
import pytest

from shuibei_index import pipeline
from shuibei_index.errors import UsageError, WorkspaceError
from shuibei_index.queries.letter import Letter
from shuibei_index.queries.page import write_page
from shuibei_index.queries.workbook import LINES, write_workbook

from .conftest import MONTH, cells


@pytest.fixture
def exported(workspace):
    return pipeline.export_letters(workspace, MONTH)


def test_a_letter_holds_the_firms_own_lines_only(workspace, exported):
    firms = exported["enterprise_id"].tolist()
    listed = pipeline.list_queries(workspace, MONTH)
    for firm, book, page in exported[["enterprise_id", "workbook", "page"]].to_numpy().tolist():
        text = Path(page).read_text(encoding="utf-8")
        sent = cells(Path(book), LINES)
        others = set(firms) - {firm}
        assert not [o for o in others if o in text]
        assert {row[0] for row in sent[2:]} == {firm}
        own = listed.loc[listed["enterprise_id"] == firm, "query"]
        assert all(query in text for query in own)
        assert not [q for q in listed.loc[listed["enterprise_id"] != firm, "query"] if q in text]


def test_files_are_for_their_owner_only(workspace, exported):
    folder = workspace.work(MONTH) / "queries"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {0o600}
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        f"{firm}.{kind}" for firm in exported["enterprise_id"] for kind in ("xlsx", "html")
    )


def test_exporting_twice_gives_the_same_bytes(workspace, exported):
    folder = workspace.work(MONTH) / "queries"
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    pipeline.export_letters(workspace, MONTH)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_one_firm_alone_and_names_that_are_none(workspace, exported):
    assert pipeline.export_letters(workspace, MONTH, "E005")["enterprise_id"].tolist() == ["E005"]
    with pytest.raises(UsageError, match="did you mean 'E005'"):
        pipeline.export_letters(workspace, MONTH, "E05")
    with pytest.raises(WorkspaceError, match="run 'shuibei-index intake"):
        pipeline.export_letters(workspace, "2024-07")


def hostile():
    nasty = "=cmd|' /C calc'!A0"
    row = {
        "query": "Q1", "line_no": 1, "item_id": "<script>alert(1)</script>", "record": "r", "rule": "identity",
        "severity": "query", "scope": "record", "file": nasty, "sheet": "", "cell": "金额 K2", "value": nasty,
        "expected": "@SUM(A1)", "proposed": "", "message_zh": "<b>粗</b>", "message_en": "+1",
    }  # fmt: skip
    from shuibei_index.intake.schema import SUBMISSION

    line = {"record": "r", **{c.name: nasty for c in SUBMISSION}}
    return Letter("../../etc/passwd", "<i>", "2024-03", pd.DataFrame([row]), pd.DataFrame([line]))


def test_what_a_firm_wrote_never_runs(tmp_path):
    letter = hostile()
    (tmp_path / "x.xlsx").write_bytes(write_workbook(letter))
    from openpyxl import load_workbook

    for sheet in load_workbook(tmp_path / "x.xlsx"):
        assert not [c.coordinate for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    page = write_page(letter)
    assert "<script>" not in page and "<b>" not in page and "&lt;script&gt;" in page
    assert "/" not in letter.file_stem and letter.file_stem.startswith("firm-")
