"""A small market with mistakes, taken in once a session; tests work on copies. Letters are filled as firms do."""

import io
import shutil

import openpyxl
import pytest

from shuibei_index import pipeline
from shuibei_index.queries.workbook import ANSWER_LABEL, HEADER_ROW, ID_LABEL, REMARK_LABEL, SHEET
from shuibei_index.simulation import simulate
from shuibei_index.workspace import Workspace

MONTHS = ["2024-01", "2024-02", "2024-03"]
MONTH = MONTHS[-1]
WHO = {"person": "王敏", "at": "2024-04-04T10:30"}


@pytest.fixture(scope="session")
def asked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("asked") / "ws"
    simulate(folder, start=MONTHS[0], end=MONTH, seed=5, firms=6, mistakes=0.12)
    made = Workspace.open(folder)
    for month in MONTHS:
        pipeline.intake(made, month)
    return made


@pytest.fixture
def workspace(asked, tmp_path):
    shutil.copytree(asked.root, tmp_path / "ws")
    return Workspace.open(tmp_path / "ws")


def fill(path, answers, *, values=None, remark=""):
    """Answer a letter with openpyxl: query → word, query → {header: value}."""
    book = openpyxl.load_workbook(path)
    sheet = book[SHEET]
    head = [cell.value for cell in sheet[HEADER_ROW + 1]]
    for row in sheet.iter_rows(min_row=HEADER_ROW + 2):
        query = row[head.index(ID_LABEL)].value
        if query in answers:
            row[head.index(ANSWER_LABEL)].value = answers[query]
            row[head.index(REMARK_LABEL)].value = remark
        for title, value in (values or {}).get(query, {}).items():
            row[head.index(title)].value = value
    book.save(path)
    return path


def cells(path, sheet=SHEET):
    return [[c.value for c in row] for row in openpyxl.load_workbook(path)[sheet].iter_rows()]


def rewritten(path, change):
    """Save a changed copy of a letter beside it."""
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    change(book)
    other = path.with_name("changed-" + path.name)
    book.save(other)
    return other
