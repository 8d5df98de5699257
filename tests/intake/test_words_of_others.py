"""Words of others: traditional characters in headers and code words, and totals lines wherever their label stands."""

from __future__ import annotations

import pytest

from shuibei_index.intake.variants import traditional

BACK = str.maketrans({new: old for old, new in traditional().items()})
COLUMNS = [
    "enterprise_id", "period", "line_no", "item_id", "class_code", "trade_type", "stage", "weight", "weight_unit",
    "fineness", "amount", "amount_unit", "tax_basis", "charge_basis",
]  # fmt: skip
WORDS = {
    "trade_type": ["销售", "以旧换新", "退货"], "stage": ["批发"] * 3, "weight_unit": ["钱", "两", "千克"],
    "fineness": ["足金999", "铂950", "银925"], "amount_unit": ["万元", "元", "元"],
    "tax_basis": ["含税", "不含税", "含税"], "charge_basis": ["克工费", "件工费", "百分比"],
}  # fmt: skip


def rows_of(make):
    records = [make.record(n + 1, **{name: words[n] for name, words in WORDS.items()}) for n in range(3)]
    return make.grid(records, columns=COLUMNS)


@pytest.mark.parametrize("encoding", ["big5", "utf-8", "gb18030"])
def test_traditional_words_are_the_same_words(read, make, encoding) -> None:
    text = make.csv(rows_of(make))
    plain, other = read(text.encode(), "a.csv"), read(text.translate(BACK).encode(encoding), "a.csv")
    assert text.translate(BACK) != text
    for name in [n for n in COLUMNS if n != "fineness"]:
        assert other.table[name].to_pylist() == plain.table[name].to_pylist(), name
    said = other.findings[other.findings["rule"] == "traditional_words"]
    assert set(said["message_en"].str.extract(r"of (\w+) are")[0]) == {
        "trade_type", "stage", "weight_unit", "amount_unit", "tax_basis", "charge_basis",
    }  # fmt: skip
    assert set(said["severity"]) == {"note"} and said["message_zh"].str.contains("[稅發銷錢萬費]").all()
    assert "traditional_words" not in set(plain.findings["rule"])


def test_words_that_are_none_stay_as_written(read, make) -> None:
    record = make.record(1, trade_type="贈送", tax_basis="含稅嗎", item_id="鑽戒-1", note="無")
    names = ["enterprise_id", "period", "line_no", "item_id", "class_code", "trade_type", "tax_basis", "weight",
             "weight_unit", "amount", "note"]  # fmt: skip
    reports = read(make.csv(make.grid([record], columns=names)).encode(), "a.csv")
    assert [reports.table[n][0].as_py() for n in ("trade_type", "tax_basis", "item_id", "note")] == [
        "贈送", "含稅嗎", "鑽戒-1", "無",
    ]  # fmt: skip
    assert "traditional_words" not in set(reports.findings["rule"])


@pytest.mark.parametrize("word", ["合计", "总 计：", "總計", "Total", "合 計", "合计 Total", "本頁小計"])
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_totals_line_is_told_by_its_label_anywhere(read, make, word, column, kind) -> None:
    rows = rows_of(make)
    total = ["" for _ in COLUMNS]
    total[COLUMNS.index("amount")], total[COLUMNS.index("weight")] = 29629.62, 37.5
    total[COLUMNS.index(column)] = word
    rows.append(total)
    data = make.csv(rows).encode() if kind == "csv" else make.xlsx(("S", rows))
    reports = read(data, f"a.{kind}")
    said = reports.findings[reports.findings["rule"] == "totals_row"]
    assert said["cell"].tolist() == ["5:5"] and said["value"].tolist() == [word.strip()]
    assert reports.table["line_no"].to_pylist() == [1, 2, 3]
    assert not (reports.findings["severity"] == "reject").any()


def test_a_totals_line_with_the_firm_and_month_filled_in(read, make) -> None:
    rows = rows_of(make)
    total = ["E001", "2025-06", "", "合计", "", *[""] * (len(COLUMNS) - 5)]
    total[COLUMNS.index("amount")] = 29629.62
    reports = read(make.csv([*rows, total]).encode(), "a.csv")
    assert "totals_row" in set(reports.findings["rule"]) and len(reports.table) == 3


@pytest.mark.parametrize("item", ["合计", "合计-01", "总计款", "Total"])
def test_a_complete_line_stays_a_record_whatever_its_item_is_called(read, make, item) -> None:
    reports = read(make.csv(make.grid([make.record(1, item_id=item), make.record(2)])).encode(), "a.csv")
    assert reports.table["item_id"].to_pylist() == [item, "RG-2"]
    assert "totals_row" not in set(reports.findings["rule"])


def test_a_remark_that_is_a_label_does_not_make_a_line_a_total(read, make) -> None:
    names = ["enterprise_id", "period", "line_no", "item_id", "class_code", "weight", "weight_unit", "amount", "note"]
    reports = read(make.csv(make.grid([make.record(1, note="合计")], columns=names)).encode(), "a.csv")
    assert len(reports.table) == 1 and "totals_row" not in set(reports.findings["rule"])
