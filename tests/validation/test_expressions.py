"""Checks the team writes itself run in validation, on settled and on reported values, and speak both languages."""

import inspect

import numpy as np
import pandas as pd
import pytest

from shuibei_index.checks import Checks
from shuibei_index.rules import Rules
from shuibei_index.validation import validate
from shuibei_index.validation.batch import Batch
from shuibei_index.validation.expressions import expression_checks
from shuibei_index.validation.facts import gather

ROWS = pd.DataFrame(
    {
        "enterprise_id": "E001",
        "period": ["2025-05", "2025-06", "2025-06", "2025-06"],
        "line_no": [1, 2, 3, 4],
        "item_id": list("ABCD"),
        "class_code": "01010101",
        "trade_type": [None, "销售", "以旧换新", "sale"],
        "weight": [10.0, 20.0, 0.03, np.nan],
        "weight_unit": ["克", "g", "千克", "克"],
        "fineness": "足金",
        "amount": [8000.0, 1.6, 24000.0, 8000.0],
        "amount_unit": ["元", "万元", "元", "元"],
        "tax_basis": "含税",
        "note": [None, "约", "", "x"],
    }
)
RULES = Rules.load()


def catalogue(tmp_path, expression, more=""):
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "own.toml").write_text(
        f'[ours]\nseverity = "query"\nscope = "row"\nexpression = "{expression}"\n{more}'
        'zh = "“{column_zh}”为 {value}，应为 {expected}。"\nen = "{column} is {value}, expected {expected}."\n'
        'expected = "x"\nreference = "r"\n',
        encoding="utf-8",
    )
    return Checks.load(overlay=tmp_path)


def objected(checks, stage="wholesale"):
    facts = gather(
        Batch.of(ROWS), rules=RULES, tree=None, panel=None, metal_prices=None, tax_basis="incl",
        inbox_month=lambda receipt: np.full(receipt.size, -1),
    )  # fmt: skip
    (found,) = expression_checks(facts, checks, stage)
    return found[1], np.flatnonzero(found[2]).tolist()


@pytest.mark.parametrize(
    ("expression", "column", "rows"),
    [
        ("amount_fen < 2000000", "amount", [2]),
        ("amount < 20000", "amount", [2]),
        ("金额 < 20000 and 重量 > 1", "weight", [2]),
        ("weight_mg between 10000 and 20000", "weight", [2]),
        ("weight is not null", "weight", [3]),
        ("trade_type = 'sale'", "trade_type", [2]),
        ("stage = 'retail'", "stage", [0, 1, 2, 3]),
        ("fineness < 990", "fineness", [0, 1, 2, 3]),
        ("weight_unit != 'kg'", "weight_unit", [2]),
        ("note is null", "note", [1, 3]),
        ("line_no > 1 and row > 0", "line_no", [0]),
        ("amount_fen * 10 / quantity_milli < 800.5", "weight", []),
        ("class_code starts with '02'", "class_code", [0, 1, 2, 3]),
    ],
)
def test_settled_and_reported_values(tmp_path, expression, column, rows):
    assert objected(catalogue(tmp_path, expression)) == (column, rows)


def test_dates_and_unknown_answers(tmp_path):
    assert objected(catalogue(tmp_path, "weight < 1", "from = 2025-06-01\n"))[1] == [1]
    (tmp_path / "b").mkdir()
    assert objected(catalogue(tmp_path / "b", "weight < 1", 'null = "fail"\ncell = "note"\n')) == ("note", [0, 1, 3])


def test_no_expressions_no_work():
    facts = gather(
        Batch.of(ROWS), rules=RULES, tree=None, panel=None, metal_prices=None, tax_basis="incl",
        inbox_month=lambda receipt: np.full(receipt.size, -1),
    )  # fmt: skip
    assert list(expression_checks(facts, Checks.load(), "wholesale")) == []


def test_findings_of_validation(tmp_path):
    assert "checks" in inspect.signature(validate).parameters
    report = validate(ROWS.iloc[:3], rules=RULES, checks=catalogue(tmp_path, "amount_fen < 2000000"))
    found = report.findings[report.findings["rule"] == "ours"]
    assert found[["line_no", "value", "severity"]].to_numpy().tolist() == [[3, "24000", "query"]]
    assert found["message_zh"].iloc[0] == "“金额”为 24000，应为 x。"
    assert found["message_en"].iloc[0] == "amount is 24000, expected x."
    assert report.totals["held"] == 1
