"""The same deals reported in another way give the same index: kilograms, 万元, shuffled, lines split in two."""

import numpy as np
import pandas as pd
import pytest

import shuibei_index as sx

MONTHS = ["2024-01", "2024-02", "2024-03"]
RULES = sx.Rules.load()


def reported(seed=4):
    """Lines of six items of gold and three of platinum; weights and amounts are even, so that a half is exact."""
    rng = np.random.default_rng(seed)
    month, item = (a.ravel() for a in np.indices((len(MONTHS), 9)))
    gold = item < 6
    grams = 2.0 * rng.integers(5, 60, item.size)
    price = np.where(gold, 480.0, 230.0) * (1 + 0.03 * month) + rng.normal(0, 3, item.size)
    return pd.DataFrame(
        {
            "enterprise_id": [f"E{i % 3}" for i in item],
            "period": np.array(MONTHS)[month],
            "line_no": item + 1,
            "item_id": [f"I{i}" for i in item],
            "class_code": np.where(gold, "01010101", "0201"),
            "weight": grams,
            "weight_unit": "g",
            "fineness": np.where(gold, "足金999", "Pt950"),
            "amount": 2 * np.round(price * grams / 2, 2),
            "tax_basis": "incl",
        }
    )


def compiled(frame):
    checked = sx.validate(frame, rules=RULES)
    assert checked.totals["accepted"] == len(frame), checked.findings["message_en"].tolist()
    tree = sx.Hierarchy.load("2024")
    return sx.compile_index(sx.make_panel(checked.accepted_table, rules=RULES), tree, rules=RULES).levels_frame()


def halves(frame):
    half = frame.assign(weight=frame["weight"] / 2, amount=frame["amount"] / 2)
    return pd.concat([half, half.assign(line_no=half["line_no"] + 100, certificate="second")], ignore_index=True)


@pytest.mark.parametrize(
    "other",
    [
        lambda f: f.assign(weight=f["weight"] / 1000, weight_unit="kg"),
        lambda f: f.assign(weight=f["weight"] * 1000, weight_unit="mg"),
        lambda f: f.assign(amount=f["amount"] / 10_000, amount_unit="wan"),
        lambda f: f.sample(frac=1.0, random_state=1),
        lambda f: f.assign(enterprise_id=f["enterprise_id"].map({"E0": "Z9", "E1": "A1", "E2": "M5"})),
        halves,
    ],
    ids=["kilograms", "milligrams", "ten thousand yuan", "shuffled", "firms renamed", "split"],
)
def test_the_same_deals_give_the_same_index(other):
    frame = reported()
    one, two = compiled(frame), compiled(other(frame))
    assert one["00"].notna().all() and one["00"].nunique() == 3
    np.testing.assert_allclose(two[one.columns], one, rtol=1e-12, atol=0)
