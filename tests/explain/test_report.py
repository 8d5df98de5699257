"""Lines of the report: numbers that show as zero have no sign, separators part something from something."""

from __future__ import annotations

import pandas as pd

from shuibei_index.explain.report import _items


def items(metal: float) -> pd.DataFrame:
    row = {
        "enterprise_id": "E001", "item_id": "A", "class_code": "0101", "cause": "continuing", "absent": False,
        "adjusted": False, "price_before": 10.0, "price": 10.0, "metal_pp": metal, "making_pp": 0.0, "stone_pp": 0.0,
        "unsplit_pp": 0.0, "points_pp": metal,
    }  # fmt: skip
    return pd.DataFrame([row])


def test_an_item_without_any_effect_has_no_empty_list() -> None:
    (_, line) = _items(items(0.0), "en")
    assert "; " not in line and "products sold in both months" in line
    assert "; " in _items(items(0.5), "en")[1]


def test_what_shows_as_zero_has_no_sign() -> None:
    line = _items(items(-1e-7), "en")[1]
    assert "0.0000 pp" in line and "-0.0000" not in line and "+0.0000" not in line


def test_firms_without_effect_have_no_gap() -> None:
    frame = items(0.0).drop(columns=["item_id"]).assign(n_items=2)
    assert _items(frame, "en")[1].endswith("0.0000 pp  2 items")
