"""Filter weights against those printed in the literature, and against what the filters must reproduce."""

from __future__ import annotations

import numpy as np
import pytest

from shuibei_index.adjust.x11 import henderson, seasonal_filters

# Ladiray and Quenneville (2001), Lecture Notes in Statistics 158, tables of chapter 3; Findley et al. (1998), appendix.
CENTRAL_9 = (-0.041, -0.010, 0.118, 0.267, 0.331)
CENTRAL_13 = (-0.019, -0.028, 0.000, 0.066, 0.147, 0.214, 0.240)
CENTRAL_23 = (-0.004, -0.011, -0.016, -0.015, -0.005, 0.013, 0.039, 0.068, 0.097, 0.122, 0.138, 0.144)
LAST_13 = (-0.092, -0.058, 0.012, 0.120, 0.244, 0.353, 0.421)
LAST_9 = (-0.156, -0.034, 0.185, 0.424, 0.580)
LAST_23 = (-0.077, -0.064, -0.049, -0.028, 0.001, 0.039, 0.084, 0.133, 0.182, 0.227, 0.263, 0.288)


@pytest.mark.parametrize("printed", [CENTRAL_9, CENTRAL_13, CENTRAL_23])
def test_henderson_central_weights(printed: tuple[float, ...]) -> None:
    weights = henderson.symmetric(2 * len(printed) - 1)
    assert np.abs(weights[: len(printed)] - printed).max() <= 0.0006
    assert np.array_equal(weights, weights[::-1])


@pytest.mark.parametrize(("printed", "ratio"), [(LAST_13, 3.5), (LAST_9, 1.0), (LAST_23, 4.5)])
def test_musgrave_weights_of_the_last_month(printed: tuple[float, ...], ratio: float) -> None:
    found = henderson.end_weights(2 * len(printed) - 1, len(printed), ratio)
    assert np.abs(found - printed).max() <= 0.0006


@pytest.mark.parametrize("terms", [5, 9, 13, 17, 23, 33])
def test_henderson_keeps_cubics_in_the_middle_and_levels_at_the_ends(terms: int) -> None:
    t = np.arange(60.0)
    curve = 3 + t - 0.02 * t**2 + 0.0003 * t**3
    filtered = henderson.matrix(60, terms, 3.5)
    half = terms // 2
    middle = slice(half, 60 - half)
    assert np.abs((filtered @ curve - curve)[middle]).max() < 1e-9
    assert np.abs(filtered.sum(axis=1) - 1).max() < 1e-12
    # Musgrave's surrogates keep levels, not lines: the last month would otherwise be revised more.
    assert abs((filtered @ t - t)[-1]) > 1e-3


@pytest.mark.parametrize("name", ["s3x1", "s3x3", "s3x5", "s3x9", "s3x15", "stable"])
@pytest.mark.parametrize("years", [5, 6, 9, 12, 25])
def test_seasonal_filters_keep_what_does_not_move(name: str, years: int) -> None:
    weights = seasonal_filters.matrix(name, years)
    assert np.abs(weights.sum(axis=1) - 1).max() < 1e-12
    # Both ends are treated alike.
    assert np.abs(weights - weights[::-1, ::-1]).max() < 1e-15


def test_seasonal_end_weights() -> None:
    # Shiskin, Young and Musgrave (1967): 3x3 in 27ths, 3x5 in 60ths.
    assert (seasonal_filters.matrix("s3x3", 9)[0] * 27).round(9).tolist() == [11, 11, 5, 0, 0, 0, 0, 0, 0]
    assert (seasonal_filters.matrix("s3x3", 9)[1] * 27).round(9).tolist() == [7, 10, 7, 3, 0, 0, 0, 0, 0]
    assert (seasonal_filters.matrix("s3x5", 9)[0] * 60).round(9).tolist() == [17, 17, 17, 9, 0, 0, 0, 0, 0]
    assert (seasonal_filters.matrix("s3x5", 9)[1] * 60).round(9).tolist() == [15, 15, 15, 11, 4, 0, 0, 0, 0]
    assert (seasonal_filters.matrix("s3x5", 9)[2] * 60).round(9).tolist() == [9, 13, 13, 13, 8, 4, 0, 0, 0]
    assert (seasonal_filters.matrix("s3x3", 9)[4] * 9).round(9).tolist() == [0, 0, 1, 2, 3, 2, 1, 0, 0]


def test_short_series_take_the_mean_of_every_month() -> None:
    assert np.array_equal(seasonal_filters.matrix("s3x9", 5)[2], np.full(5, 0.2))
    assert np.array_equal(seasonal_filters.matrix("s3x15", 19), np.full((19, 19), 1 / 19))
