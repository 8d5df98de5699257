"""The metal price of a month against that of the next: a change of the benchmark's series is no move of the metal."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shuibei_index.index.influence.copies import copies
from shuibei_index.index.influence.window import Window
from shuibei_index.index.tree import METALS, Hierarchy
from shuibei_index.rules import Rules
from shuibei_index.validation import validate
from shuibei_index.validation.edits.past import metal_middle
from shuibei_index.validation.edits.records import lines_of_records
from shuibei_index.validation.edits.stripping import Measures, strip
from shuibei_index.validation.records import concat_records
from tests.validation.test_edits import GOLD, month_of

MONTHS = list(GOLD)
RULES = Rules.load()
GOLD_AT = METALS.index("gold")


def flat(period: str, level: float = 760.0) -> pd.DataFrame:
    """Return a month of the plain market with gold at one price, each firm's quote a little apart."""
    frame = month_of(period)
    apart = frame["enterprise_id"].str[1:].astype(int)
    # to the fen another price each month: only who copies has the same one twice
    frame["metal_price"] = np.round(level * (1 + 0.001 * apart) + 0.01 * (int(period[-2:]) + np.arange(40)), 2)
    frame["amount"] = np.round(frame["net_weight"] * (frame["metal_price"] * 0.999 + frame["making_charge"]), 2)
    return frame


def changed_series() -> pd.DataFrame:
    """Return a table that goes over to a series 12 % higher, as `bullion.reference` gives it."""
    table = {"period": MONTHS, "metal": "gold", "cny_per_gram": [760.0, 760.0, 851.2], "factor": [1.12, 1.12, 1.0]}
    return pd.DataFrame(table)


def middles(frames: list[pd.DataFrame], table: pd.DataFrame | None) -> np.ndarray:
    """Return metal_middle of each month, shape (months, metals + 1)."""
    records = validate(pd.concat(frames, ignore_index=True), rules=RULES).accepted_table
    lines = lines_of_records(records, table, RULES)
    found = []
    for month in np.unique(lines.month):
        of = lines.take(np.flatnonzero(lines.month == month))
        found.append(metal_middle(of, Measures(of, strip(of)).metal_price))
    return np.stack(found)


def test_a_change_of_series_is_no_move() -> None:
    found = middles([flat(m) for m in MONTHS], changed_series())
    assert np.abs(np.diff(found[:, GOLD_AT])).max() < 1e-3
    assert np.isnan(found[:, -1]).all()


def test_a_move_is_one_with_any_table() -> None:
    frames = [flat(m, GOLD[m]) for m in MONTHS]
    for table in (None, changed_series(), changed_series().assign(cny_per_gram=list(GOLD.values()))):
        move = np.diff(middles(frames, table)[:, GOLD_AT])
        assert move == pytest.approx(np.log([760 / 750, 874 / 760]), abs=1e-3)


def test_where_nobody_quotes_the_benchmark_speaks() -> None:
    frame = month_of("2025-06").assign(metal_price=np.nan)
    table = pd.DataFrame({"period": ["2025-06"], "metal": ["gold"], "cny_per_gram": [874.0]})
    assert np.exp(middles([frame], table)[0, GOLD_AT]) == pytest.approx(874 / 1.13)


def test_a_firm_with_most_of_the_lines_has_one_voice() -> None:
    frame = month_of("2025-06")
    frame["enterprise_id"] = ["E000"] * 36 + [f"E{k:03d}" for k in range(1, 5)]
    frame["metal_price"] = [700.0] * 36 + [873.0, 874.0, 875.0, 876.0]
    frame["amount"] = np.round(frame["net_weight"] * (frame["metal_price"] * 0.999 + frame["making_charge"]), 2)
    records = validate(frame, rules=RULES).accepted_table
    firms = [f"E{k:03d}" for k in range(5)]
    lines = lines_of_records(records, None, RULES, firms=firms)
    found = metal_middle(lines, Measures(lines, strip(lines)).metal_price)
    assert np.exp(found[GOLD_AT]) == pytest.approx(874 / 1.13, rel=2e-4)


@pytest.mark.parametrize(("level", "copied"), [(760.0, []), (785.0, [3])], ids=["flat", "gold rises"])
def test_a_quote_left_as_it_was_is_a_copy_only_if_the_metal_moved(level: float, copied: list[int]) -> None:
    frames = [flat(month, price) for month, price in zip(MONTHS, (730.0, 760.0, level), strict=True)]
    own = frames[2]["enterprise_id"] == "E003"
    frames[2].loc[own, "metal_price"] = frames[1].loc[own, "metal_price"]
    last = frames[2]
    last["amount"] = np.round(last["net_weight"] * (last["metal_price"] * 0.999 + last["making_charge"]), 2)
    # each month by itself: with a past the stale quotes would be held before anybody counts them
    records = concat_records([validate(frame, rules=RULES).accepted_table for frame in frames])
    table = changed_series().assign(cny_per_gram=[730.0, 760.0, 851.2])
    firms, trees = [f"E{k:03d}" for k in range(8)], [Hierarchy.load("2025")]
    window = Window.of(records, MONTHS[-1], 2, trees=trees, firms=firms, metal_prices=table, rules=RULES)
    assert copies(window, RULES.at(MONTHS[-1]), 1).firm.tolist() == copied
