"""One clean record, and a way to change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from shuibei_index.rules import Rules
from shuibei_index.validation import ValidationReport, validate

Make = Callable[..., ValidationReport]


@pytest.fixture(scope="session")
def rules() -> Rules:
    return Rules.load()


@pytest.fixture
def clean() -> dict[str, Any]:
    """10.00 g at (760 × 0.990 + 20) CNY/g = 7 724.00."""
    return {
        "enterprise_id": "E012",
        "period": "2025-06",
        "line_no": 1,
        "item_id": "RG-0007",
        "class_code": "01010101",
        "deal_time": "2025-06-03 14:20",
        "trade_type": "销售",
        "stage": "批发",
        "pieces": 2,
        "weight": 10.0,
        "net_weight": 10.0,
        "weight_unit": "克",
        "unit_system": None,
        "fineness": "足金",
        "amount": 7724.0,
        "amount_unit": "元",
        "tax_basis": "含税",
        "metal_price": 760.0,
        "making_charge": 20.0,
        "charge_basis": "克工费",
        "loss_rate": 0.0,
        "stone_amount": 0.0,
        "stone_carat": None,
        "receipt": 1,
        "file": "E012.xlsx",
        "sheet": "Sheet1",
        "row": 2,
    }


@pytest.fixture
def panel() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "enterprise_id": ["E012", "E013", "E014"],
            "name": ["甲", "乙", "丙"],
            "joined": ["2020-01", "2025-07", ""],
            "left": ["", "", "2025-05-31"],
        }
    )


@pytest.fixture
def metals() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "period": ["2025-06"] * 2,
            "metal": ["gold", "silver"],
            "cny_per_gram": [765.0, 8.0],
        }
    )


@pytest.fixture
def run(clean: dict[str, Any], panel: pd.DataFrame, metals: pd.DataFrame, rules: Rules) -> Make:
    """Validate records given as changes to the clean one; rows and lines are numbered unless given."""

    def make(*changes: dict[str, Any], **options: Any) -> ValidationReport:
        rows = [{**clean, "line_no": k + 1, "row": k + 2, **change} for k, change in enumerate(changes)]
        settings = {"rules": rules, "panel": panel, "metal_prices": metals, "month": "2025-06", **options}
        frame = pd.DataFrame(rows, columns=list(clean))
        frame = frame.astype({"unit_system": "str", "stone_carat": "float64"})
        return validate(frame, **settings)

    return make
