"""What a totals line says, beside the lines of its table."""

from __future__ import annotations

from pathlib import Path

import pytest

from shuibei_index.intake.read import read_submissions

_HEAD = "企业代码,报告期,行号,规格品编码,分类代码,件数,重量,重量单位,成色,金额,金额单位,含税标志"
_AMOUNTS = (111.11, 222.22, 333.33, 77.7)


def line(number: int, amount: str) -> str:
    return f"F01,2025-02,{number},IT{number},01010101,10,{100 + number},克,足金999,{amount},元,含税"


def total(amount: str = "", weight: str = "", pieces: str = "", word: str = "合计") -> str:
    return f"{word},,,,,{pieces},{weight},,,{amount},,"


LINES = [line(k + 1, str(amount)) for k, amount in enumerate(_AMOUNTS)]  # 744.36 CNY, 410 g, 40 pieces


def found(tmp_path: Path, *lines: str):
    (tmp_path / "F01.csv").write_text("\n".join([_HEAD, *lines, ""]), encoding="utf-8")
    findings = read_submissions(tmp_path).findings
    return findings[findings["rule"] == "stated_total"]


@pytest.mark.parametrize(
    "row",
    [
        total("744.36", "410", "40"),
        total("744"),
        total("744.4"),
        total("￥744.36"),
        total("", "", ""),
        total("见附表"),
        total("744.36", word="Total"),
    ],
)
def test_a_total_that_agrees_or_says_nothing_is_not_spoken_of(tmp_path, row):
    assert len(found(tmp_path, *LINES, row)) == 0


@pytest.mark.parametrize(
    ("row", "cell", "stated", "actual"),
    [
        (total("1.00"), "金额 J6", "1.00", "744.36"),
        (total("746"), "金额 J6", "746", "744.36"),
        (total(weight="307"), "重量 G6", "307", "410"),
        (total(pieces="41"), "件数 F6", "41", "40"),
    ],
)
def test_a_total_that_does_not_agree_is_asked_about(tmp_path, row, cell, stated, actual):
    asked = found(tmp_path, *LINES, row)
    assert asked[["cell", "severity", "value", "expected"]].to_numpy().tolist() == [[cell, "query", stated, actual]]
    assert asked["enterprise_id"].tolist() == ["F01"]
    unit = {"金额": " yuan", "重量": " g", "件数": ""}[cell[:2]]
    for name in ("message_zh", "message_en"):
        assert stated in asked[name].iloc[0] and f"{actual}{unit}" in asked[name].iloc[0]


def test_subtotals_count_from_the_one_before(tmp_path):
    first, second = total("333.33", word="小计"), total("411.03", word="本页小计")
    assert len(found(tmp_path, *LINES[:2], first, *LINES[2:], second, total("744.36"))) == 0
    asked = found(tmp_path, *LINES[:2], first, *LINES[2:], total("500", word="小计"), total("744.36"))
    assert asked["cell"].tolist() == ["金额 J7"]


def test_lines_that_cannot_be_read_are_not_added_up(tmp_path):
    assert len(found(tmp_path, *LINES[:3], line(4, "约77"), total("744.36"))) == 0


def test_each_table_has_totals_of_its_own(tmp_path):
    (tmp_path / "F02.csv").write_text("\n".join([_HEAD, LINES[0], total("111.11"), ""]), encoding="utf-8")
    asked = found(tmp_path, *LINES, total("111.11"))
    assert asked["file"].tolist() == ["F01.csv"]


@pytest.mark.parametrize(
    ("row", "asked"),
    [
        (",,,,,,小计：410,,,744.36,,", 0),
        (",,,,,,小计：307,,,744.36,,", 1),
        (",,,,,,合计 410克,,,744.36,,", 0),
        (",,,,,,,,,Total: 744.36,,", 0),
        ("F01,2025-02,,,,,小計:410,,,744.36,,", 0),
    ],
)
def test_a_word_and_its_figure_in_one_cell_are_a_totals_line(tmp_path, row, asked):
    assert len(found(tmp_path, *LINES, row)) == asked
    reports = read_submissions(tmp_path)
    assert reports.table.num_rows == len(LINES)
    assert reports.findings["rule"].value_counts().to_dict() == {"totals_row": 1} | (
        {"stated_total": 1} if asked else {}
    )


def test_a_record_that_is_complete_is_read_whatever_its_cell_says(tmp_path):
    found(tmp_path, *LINES, "F01,2025-02,5,IT5,01010101,1,小计：151,克,足金999,10,元,含税")
    reports = read_submissions(tmp_path)
    assert reports.table.num_rows == len(LINES) + 1 and "totals_row" not in set(reports.findings["rule"])


def test_a_word_and_its_figure_beside_other_words_are_no_totals_line(tmp_path):
    found(tmp_path, *LINES, "F01,2025-02,5,IT5,,1,小计：151,克,足金999,10,元,含税")
    reports = read_submissions(tmp_path)
    assert reports.table.num_rows == len(LINES) + 1 and "totals_row" not in set(reports.findings["rule"])


def test_figures_without_any_word_below_records_are_a_remark(tmp_path):
    found(tmp_path, *LINES, ",,,,,40,410,,,744.36,,")
    reports = read_submissions(tmp_path)
    told = reports.findings[["rule", "value"]].to_numpy().tolist()
    assert reports.table.num_rows == len(LINES) and told == [["remark_row", "40 410 744.36"]]


def test_figures_without_any_word_in_a_table_of_nothing_else_stay_records(tmp_path):
    found(tmp_path, ",,,,,40,410,,,744.36,,", ",,,,,40,410,,,744.36,,")
    assert read_submissions(tmp_path).table.num_rows == 2
