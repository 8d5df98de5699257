"""A firm with three months of accepted records, its form, and a way to fill one in as a person would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.intake.read import read_submissions
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.rules import Rules
from shuibei_index.templates import own_items
from shuibei_index.templates.words import REPORT
from shuibei_index.validation import validate

NAMES = [column.name for column in SUBMISSION]
#: Line of the sheet on which the first record stands, from 1.
FIRST = 4


@pytest.fixture(scope="session")
def rules() -> Rules:
    return Rules.load()


@pytest.fixture(scope="session")
def metals() -> pd.DataFrame:
    prices = {"gold": 765.0, "platinum": 235.0, "palladium": 240.0, "silver": 8.2}
    return pd.DataFrame({"period": "2025-06", "metal": list(prices), "cny_per_gram": list(prices.values())})


@pytest.fixture
def panel() -> pd.DataFrame:
    return pd.DataFrame({"enterprise_id": ["E012"], "name": ["甲"], "joined": [""], "left": [""]})


def record(**changes: Any) -> dict[str, Any]:
    row = {
        "enterprise_id": "E012", "period": "2025-05", "line_no": 1, "item_id": "RG-1", "class_code": "01010101",
        "trade_type": "sale", "stage": "wholesale", "pieces": 2, "weight": 10.0, "net_weight": 10.0,
        "weight_unit": "g", "fineness": "足金999", "amount": 7792.4, "tax_basis": "incl", "metal_price": 760.0,
        "making_charge": 20.0, "charge_basis": "per_gram",
    }  # fmt: skip
    return {**dict.fromkeys(NAMES), **row, **changes}


@pytest.fixture(scope="session")
def accepted(rules: Rules) -> pa.Table:
    rows = [
        record(),
        record(line_no=2, weight=5.0, net_weight=5.0, amount=3896.2, making_charge=20.0),
        record(line_no=3, item_id="=1+1", class_code="010202", fineness="18K", amount=6000.0, making_charge=30.0),
        record(line_no=4, item_id="TL-9", class_code="91", trade_type="toll", amount=200.0, metal_price=None),
        record(line_no=5, item_id="BACK", trade_type="trade_in"),
        record(line_no=1, period="2025-03", item_id="OLD", weight=3.0, net_weight=3.0, amount=2337.0),
        record(line_no=1, period="2024-10", item_id="GONE"),
        record(enterprise_id="E013", item_id="OTHER"),
    ]
    frame = pd.DataFrame(rows).astype({"stone_carat": float, "loss_rate": float, "stone_amount": float})
    report = validate(frame, rules=rules)
    found = report.accepted_table.to_pandas()
    assert len(found) == len(rows), report.findings
    return report.accepted_table


@pytest.fixture(scope="session")
def items(accepted: pa.Table, rules: Rules) -> pd.DataFrame:
    return own_items(accepted, month="2025-06", rules=rules.at("2025-06"))


@pytest.fixture
def fill() -> Callable[..., Path]:
    """Write values into the lines of a form: {line: {column: value}}."""

    def write(path: Path, lines: dict[int, dict[str, Any]]) -> Path:
        book = openpyxl.load_workbook(path)
        sheet = book[REPORT]
        for line, values in lines.items():
            for name, value in values.items():
                if value != "":
                    sheet.cell(FIRST + line, NAMES.index(name) + 1).value = value
        book.save(path)
        return path

    return write


@pytest.fixture
def check(rules: Rules, panel: pd.DataFrame, metals: pd.DataFrame) -> Callable[[Path], Any]:
    """Take a file in: what reading and validation make of it."""

    def run(path: Path) -> Any:
        reports = read_submissions(path, rules=rules, month="2025-06")
        return validate(reports, rules=rules, panel=panel, metal_prices=metals, month="2025-06")

    return run
