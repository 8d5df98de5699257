"""A large sheet is told column by column, its figures as figures: what is read of it does not change."""

import datetime as dt
import random

import numpy as np
import pyarrow as pa
import pytest
import xlsxwriter

from shuibei_index.intake.child.columns import SEPARATOR, by_column
from shuibei_index.intake.child.search import holds
from shuibei_index.intake.numbers import parse_cells, parse_numbers
from shuibei_index.intake.parser import Parser
from shuibei_index.intake.rawcells import RawCells
from shuibei_index.intake.read import read_submissions
from shuibei_index.intake.schema import SUBMISSION

TEXTS = ["１２３", "1,234.5", "约5", "", "  ", "￥12", "a\x1fb", "3,5", "本月合计", "销售", "Ｅ００１", "10.0"]
FIGURES = [0.015, 1e300, 12.0, 12.5, 1e16, -3.0, 999.0, True, False]
TIMES = [dt.date(2025, 6, 3), dt.datetime(2025, 6, 3, 9, 5)]


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """A workbook of 2 000 lines in which anything may stand anywhere."""
    path = tmp_path_factory.mktemp("large") / "odd.xlsx"
    draw = random.Random(1)
    names = [c.name_zh for c in SUBMISSION]
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("数据")
        day, share = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "0.00%"})
        sheet.write(0, 2, "月报")
        sheet.write_row(3, 2, names)
        for line in range(4, 2_000):
            if line % 131 == 0:
                sheet.write(line, 9, 12.0)
            elif line % 151 == 0:
                sheet.write_row(line, 2, names)
            elif line % 97:
                for at in range(2, len(names) + 4):
                    value = draw.choice(draw.choice([TEXTS, FIGURES, TIMES]))
                    if isinstance(value, dt.date):
                        sheet.write_datetime(line, at, value, day)
                    else:
                        sheet.write(line, at, value, share if value == 0.015 else None)
    return path


def test_reading_by_column_and_by_line_agree(odd, monkeypatch):
    seen = []
    read = Parser.read

    def by_line(self, data, kind="xlsx", *, figures=False):
        return read(self, data, kind)

    def by_column_too(self, data, kind="xlsx", *, figures=False):
        seen.append(read(self, data, kind, figures=figures))
        return seen[-1]

    monkeypatch.setattr(Parser, "read", by_column_too)
    columns = read_submissions(odd)
    assert "figures" in seen[0]["sheets"][0]
    monkeypatch.setattr(Parser, "read", by_line)
    lines = read_submissions(odd)
    assert columns.table.equals(lines.table) and columns.findings.equals(lines.findings)
    assert columns.files.equals(lines.files) and np.array_equal(columns.finding_rows, lines.finding_rows)
    kinds = {"number_format", "normalised", "integer_expected", "remark_row", "repeated_header", "totals_row"}
    assert kinds <= set(lines.findings["rule"])


def test_figures_are_told_beside_the_texts():
    cells = ["a", 1.5, "", 7, "b\x1f", -0.0, "2%", True]
    text, kinds, figures = by_column(cells, 2, [6])
    assert text.decode().split(SEPARATOR) == ["a", "", "b ", "2%", "", "7", "", "True"]
    assert kinds == b"sssp" + b"fnfb"
    assert np.frombuffer(figures).tolist() == [1.5, -0.0] and np.signbit(np.frombuffer(figures)[1])


def test_a_figure_is_the_number_its_text_is():
    figures = np.array([1.5, -0.0, 1e300, np.inf, np.nan, 5e-324, 0.1])
    texts = pa.array(list(map(str, figures.tolist())))
    kinds = np.full(len(figures), ord("f"), dtype=np.uint8)
    cells = RawCells(pa.array([""] * len(figures)), kinds, figures)
    told = parse_numbers(texts, exact=np.ones(len(figures), dtype=bool))
    ours = parse_cells(cells)
    assert cells.text.equals(texts) and cells.take(pa.array([3, 1])).to_pylist() == ["inf", "-0.0"]
    assert ours.values.tobytes() == told.values.tobytes() and ours.refused.tolist() == told.refused.tolist()
    assert cells.filled.all()


@pytest.mark.parametrize("filler", [b"", b"<" * 5_000, b"f" * 5_000])
def test_what_stands_in_it_is_found_however_rare(filler):
    xml = filler + b"<sheet><c/></sheet>"
    assert holds(xml + b"<f>", b"<f", 1) and holds(b"<f>" + xml, b"<f", 1)
    assert not holds(b"f" + xml.replace(b"<f", b"< f"), b"<g", 1) and holds(xml, b"<c", 1)


@pytest.mark.parametrize("change", [{"kinds": "ff"}, {"figures": b"12345678" * 2}, {"text": b"a\x1fb\x1fc"}])
def test_a_process_led_astray_is_taken_for_dead(change):
    from shuibei_index.intake.parser import _by_column

    good = {"text": b"a\x1f", "kinds": "sf", "figures": b"12345678"}
    sheet = {"kinds": good["kinds"], "width": 1}
    _by_column(sheet, bytearray(good["text"]), bytearray(good["figures"]))
    assert len(sheet["figures"]) == 1
    bad = good | change
    with pytest.raises(EOFError):
        _by_column({"kinds": bad["kinds"], "width": 1}, bytearray(bad["text"]), bytearray(bad["figures"]))
