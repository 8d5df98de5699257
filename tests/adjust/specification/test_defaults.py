"""Specifications of single series from the rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust import default_specification, seasonally_adjust
from shuibei_index.adjust.specification.defaults import specifications_by_rule
from shuibei_index.errors import RulesError
from shuibei_index.rules import Rules, RulesAt


def _rules(own: dict[str, object]) -> RulesAt:
    rules = Rules.load().at("2025-06")
    entry = replace(rules.entries["seasonal_series"], value=own)
    return replace(rules, entries={**rules.entries, "seasonal_series": entry})


def test_a_series_of_its_own_and_the_rest_by_default() -> None:
    specs = specifications_by_rule(["GOLD", "戒指"], _rules({"戒指": {"arima": "(1 1 0)(0 1 1)", "outliers": []}}))
    assert specs["GOLD"] == default_specification(month="2025-06")
    assert (specs["戒指"].arima, specs["戒指"].outliers) == ("(1 1 0)(0 1 1)", ())


def test_as_shipped_all_series_are_alike() -> None:
    assert set(specifications_by_rule(["a", "b"], month="2025-06").values()) == {default_specification(month="2025-06")}


def test_a_wrong_entry_names_rule_and_series() -> None:
    with pytest.raises(RulesError, match="'seasonal_series', series 'GOLD': a specification has no field 'modle'"):
        specifications_by_rule(["GOLD"], _rules({"GOLD": {"modle": "(0 1 1)"}}))


def test_the_run_follows_the_rule() -> None:
    rng = np.random.default_rng(1)
    t = np.arange(72)
    values = np.exp(np.cumsum(rng.normal(0, 0.01, (72, 2)), axis=0) + 0.1 * np.sin(t * np.pi / 6)[:, None])
    frame = pd.DataFrame(100 * values, index=pd.period_range("2018-01", periods=72, freq="M"), columns=["a", "b"])
    adjusted = seasonally_adjust(frame, rules=_rules({"b": {"arima": "(1 1 0)(0 1 1)", "festival": [0, 7, 0]}}))
    assert adjusted.diagnostics["model"].tolist() == ["(0 1 1)(0 1 1)", "(1 1 0)(0 1 1)"]
    assert list(adjusted.given["a"].columns) == ["before", "during", "after"]
    assert list(adjusted.given["b"].columns) == ["during"]
