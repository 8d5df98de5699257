from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from shuibei_index.intake.read import read_submissions
from shuibei_index.intake.reports import Reports
from shuibei_index.intake.schema import SUBMISSION

ZH = {c.name: c.name_zh for c in SUBMISSION}
COLUMNS = ["enterprise_id", "period", "line_no", "item_id", "class_code", "pieces", "weight", "weight_unit", "amount"]


def record(line_no: int = 1, **changes: Any) -> dict[str, Any]:
    base = {
        "enterprise_id": "E001",
        "period": "2025-06",
        "line_no": line_no,
        "item_id": f"RG-{line_no}",
        "class_code": "010102",
        "pieces": 2,
        "weight": 12.5,
        "weight_unit": "克",
        "amount": 9876.54,
    }
    return {**base, **changes}


def grid(records: list[dict[str, Any]], *, chinese: bool = True, columns: list[str] | None = None) -> list[list[Any]]:
    names = columns or COLUMNS
    return [[ZH[n] if chinese else n for n in names], *[[r.get(n, "") for n in names] for r in records]]


def csv_text(rows: list[list[Any]], separator: str = ",") -> str:
    return "".join(separator.join(map(str, row)) + "\r\n" for row in rows)


def xlsx(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True, "strings_to_formulas": False}) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return sink.getvalue()


def edited(change: Callable[[Any], None], rows: list[list[Any]] | None = None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows if rows is not None else grid([record(1), record(2)]):
        book.active.append(row)
    change(book.active)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Reports]:
    def run(content: bytes | str, name: str = "a.csv", **options: Any) -> Reports:
        folder = tmp_path / "inbox"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return read_submissions(folder / name, **options)

    return run


@pytest.fixture
def make() -> Any:
    class Make:
        record = staticmethod(record)
        grid = staticmethod(grid)
        csv = staticmethod(csv_text)
        xlsx = staticmethod(xlsx)
        edited = staticmethod(edited)
        columns = COLUMNS
        zh = ZH

    return Make
