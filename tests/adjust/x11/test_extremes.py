"""Replacement of extreme values against a slow reading of the rule, and which months measure which."""

from __future__ import annotations

import numpy as np
import pytest

from shuibei_index.adjust.x11 import Setting
from shuibei_index.adjust.x11.extremes import _spans, extreme_part, replaced, weights


def setting(rows: int, *, start: int = 0, period: int = 12, mode: str = "mult") -> Setting:
    return Setting(period, start, rows, 0, rows, mode, ("msr",) * period, None, 1.5, 2.5)


def slowly(values: np.ndarray, given: np.ndarray, at: int) -> float:
    """Replace one value of one calendar month by walking to both sides."""
    full = np.flatnonzero(given == 1)
    if len(full) < 4:
        return float(values.mean())
    if at <= 1:
        near = full[:4]
    elif at >= len(values) - 2:
        near = full[-4:]
    else:
        left, right = list(full[full < at][::-1]), list(full[full > at])
        taken = left[:2] + right[:2]
        taken += (left[2:] + right[2:] if len(taken) < 4 else [])[: 4 - len(taken)]
        near = np.array(taken)
    return float((given[at] * values[at] + values[near].sum()) / (given[at] + 4))


@pytest.mark.parametrize("rows", [36, 47, 60, 85, 131, 250])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_replacement_against_the_walk(rows: int, share: float) -> None:
    rng = np.random.default_rng(rows)
    values = rng.normal(1, 0.1, (rows, 3))
    given = np.where(rng.random((rows, 3)) < share, rng.choice([0.0, 0.3, 0.7], (rows, 3)), 1.0)
    before = values.copy()
    found = replaced(values, given, setting(rows))
    assert np.array_equal(values, before)
    for column in range(3):
        for month in range(12):
            one, weight = values[month::12, column], given[month::12, column]
            expected = [slowly(one, weight, k) if weight[k] != 1 else one[k] for k in range(len(one))]
            assert np.abs(found[month::12, column] - expected).max() < 1e-14


@pytest.mark.parametrize("start", [0, 4, 11])
@pytest.mark.parametrize("rows", [36, 59, 60, 61, 71, 72, 100, 120, 300])
def test_every_month_is_measured_once(start: int, rows: int) -> None:
    spans = list(_spans(rows, start, 12))
    measured = np.zeros(rows, dtype=int)
    for at, years in spans:
        measured[at] += 1
        assert 0 <= years.start < years.stop <= rows
        assert years.stop - years.start >= min(rows, 60)
    assert (measured == 1).all()


def test_weights_fall_between_the_limits() -> None:
    rng = np.random.default_rng(1)
    irregular = 1 + rng.normal(0, 0.01, (120, 1))
    irregular[50], irregular[77] = 1.2, 1.0
    found = weights(irregular, 0, setting(120))
    assert found[50, 0] == 0
    assert found[77, 0] == 1
    assert ((found >= 0) & (found <= 1)).all()
    # What is taken away leaves the weighted part: nothing of a full weight, everything of a zero.
    part = extreme_part(irregular, found, setting(120))
    assert part[50, 0] == 1.2
    assert part[77, 0] == 1.0


def test_an_irregular_without_movement_keeps_its_weights() -> None:
    assert (weights(np.ones((60, 2)), 0, setting(60)) == 1).all()
