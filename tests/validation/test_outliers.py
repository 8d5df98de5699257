"""Outlier rules against gpindex 0.6.3, and in groups against themselves one group at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuibei_index.errors import ShapeError
from shuibei_index.validation import edits
from shuibei_index.validation.edits.ordered import Ordered

REFERENCE = Path(__file__).parents[3] / "shared/data/reference/index/gpindex_price6/expected_outlier_rules.csv"
RULES = {
    "quartile": lambda x: edits.quartile(x),
    "quartile_a05_cu15": lambda x: edits.quartile(x, upper=1.5, spread=0.05),
    "resistant_fences": lambda x: edits.resistant_fences(x),
    "kimber": lambda x: edits.kimber(x),
    "robust_z": lambda x: edits.robust_z(x),
    "fixed_cutoff": lambda x: edits.fixed_cutoff(x),
    "tukey": lambda x: edits.tukey(x),
    "hb_quartile_cu4": lambda x: edits.quartile(edits.hb_transform(x), upper=4.0),
}


@pytest.fixture(scope="module")
def expected():
    if not REFERENCE.exists():
        pytest.skip("no reference results of gpindex beside the repository")
    return pd.read_csv(REFERENCE)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_flags_are_those_of_gpindex(expected, rule):
    known = expected[rule].notna().to_numpy()
    found = RULES[rule](expected["x"].to_numpy())
    np.testing.assert_array_equal(found[known], expected.loc[known, rule].astype(str).str.lower() == "true")
    assert not found[~known].any()  # what is missing is not judged


def test_transform_is_that_of_gpindex(expected):
    np.testing.assert_allclose(edits.hb_transform(expected["x"]), expected["hb_transform"], rtol=1e-12)


@pytest.mark.parametrize("rule", ["quartile", "resistant_fences", "kimber", "robust_z", "tukey"])
def test_many_groups_give_what_each_gives_alone(rule):
    random = np.random.default_rng(5)
    x, group = np.exp(random.normal(0, 0.4, 300)), random.integers(0, 7, 300)
    x[::17] = np.nan
    together = getattr(edits, rule)(x, group=group)
    alone = np.zeros(300, dtype=bool)
    for code in range(7):
        alone[group == code] = getattr(edits, rule)(x[group == code])
    np.testing.assert_array_equal(together, alone)


def test_larger_units_are_judged_more_strictly_by_hidiroglou_and_berthelot():
    random = np.random.default_rng(2)
    before = np.concatenate([np.full(200, 20.0), [1.0, 1000.0]])
    now = before * np.exp(random.normal(0, 0.05, 202))
    now[-2:] = before[-2:] * 1.25
    assert edits.hidiroglou_berthelot(before, now, u=0.4)[-2:].tolist() == [False, True]
    assert edits.hidiroglou_berthelot(before, now, u=0.0, c=3.0)[-2:].tolist() == [True, True]
    assert not edits.hidiroglou_berthelot([0.0, np.nan, 5.0], [1.0, 2.0, 5.0]).any()


def test_sides_may_differ():
    x = np.array([0.2, 0.9, 0.95, 1.0, 1.05, 1.1, 1.8])
    assert edits.quartile(x, upper=30.0, lower=3.0).tolist() == [True] + [False] * 6


def test_quantiles_of_groups():
    random = np.random.default_rng(1)
    x, group = random.normal(size=200), random.integers(0, 9, 200)
    ordered = Ordered.of(x, group, 10)
    for share in (0.05, 0.25, 0.5, 0.9):
        by_hand = [np.quantile(x[group == code], share) for code in range(9)]
        np.testing.assert_allclose(ordered.quantile(share)[:9], by_hand)
    assert np.isnan(ordered.quantile(0.5)[9])


def test_lengths_must_agree():
    with pytest.raises(ShapeError, match="one length"):
        edits.quartile([1.0, 2.0], group=[1])
