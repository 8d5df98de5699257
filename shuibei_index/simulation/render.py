"""Reports as files: workbooks, csv and parquet as enterprises send them; the same input gives the same bytes."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from shuibei_index.intake.schema import SUBMISSION, Column
from shuibei_index.simulation.habits import Habits
from shuibei_index.simulation.reports import ReportedMonth

_FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
_CREATED = dt.datetime(2000, 1, 1)  # a workbook carries a date; this one never changes
_TITLES = ("水贝·中国珠宝指数 采集点月度报送表", "填报说明:重量按重量单位栏填写;金额为整行合计")


def file_name(enterprise: str, period: str, habits: Habits, firm: int) -> str:
    """Return the name of an enterprise's file."""
    return f"{enterprise}_{period}.{habits.format[firm]}"


def render(part: ReportedMonth, habits: Habits, firm: int) -> bytes:
    """Return the file of one enterprise and month."""
    columns = _columns(part, habits, firm)
    header = [c.name_zh if habits.chinese_header[firm] else c.name for c in columns]
    if habits.format[firm] == "parquet":
        return _parquet(part, columns, header)
    if habits.format[firm] == "csv":
        return _csv(part, columns, header, habits, firm)
    return _xlsx(part, columns, header, habits, firm)


def _columns(part: ReportedMonth, habits: Habits, firm: int) -> list[Column]:
    columns = [SUBMISSION[k] for k in habits.order[firm]]
    if not habits.spare[firm]:
        return columns
    return [c for c in columns if c.required or (c.name != "deal_time" and not part.columns[c.name].blank.all())]


def _parquet(part: ReportedMonth, columns: Sequence[Column], header: list[str]) -> bytes:
    arrays = [part.columns[c.name].arrow(c.kind == "integer") for c in columns]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, names=header), sink, compression="snappy")
    return sink.getvalue()


def _csv(part: ReportedMonth, columns: Sequence[Column], header: list[str], habits: Habits, firm: int) -> bytes:
    frame = pd.DataFrame(
        {name: part.columns[c.name].texts() for name, c in zip(header, columns, strict=True)}, dtype=object
    )
    names = dict(zip((c.name for c in columns), header, strict=True))
    if habits.full_width[firm] and "pieces" in names:
        frame[names["pieces"]] = frame[names["pieces"]].str.translate(_FULL_WIDTH)
    if habits.commas[firm]:
        amount = frame[names["amount"]]
        frame[names["amount"]] = amount.str.replace(r"(?<=\d)(?=(\d{3})+(\.|$))", ",", regex=True).where(
            amount.str.contains(r"^\d+(?:\.\d{2})?$"), amount
        )
    text: str = frame.to_csv(index=False, lineterminator="\r\n")
    return text.encode(str(habits.encoding[firm]))


def _xlsx(part: ReportedMonth, columns: Sequence[Column], header: list[str], habits: Habits, firm: int) -> bytes:
    sink = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(sink, options) as book:
        book.set_properties({"created": _CREATED})
        sheet = book.add_worksheet(str(habits.sheet[firm]))
        top = int(habits.title_rows[firm])
        for row in range(top):
            sheet.write_string(row, 0, _TITLES[row])
        sheet.write_row(top, 0, header)
        for k, column in enumerate(columns):
            sheet.write_column(top + 1, k, _workbook_cells(part, column, bool(habits.full_width[firm])))
    return sink.getvalue()


def _workbook_cells(part: ReportedMonth, column: Column, full_width: bool) -> list[object]:
    written = part.columns[column.name]
    if column.name == "pieces" and full_width:
        return list(pd.Series(written.texts(), dtype=object).str.translate(_FULL_WIDTH))
    return list(written.objects())
