"""Shared by the tests of the quality report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust.adjusting import seasonally_adjust
from shuibei_index.adjust.adjustment import Adjustment
from shuibei_index.adjust.specification.defaults import default_specification
from shuibei_index.adjust.specification.vocabulary import STANDARD_TABLES

FilterRun = Callable[..., Adjustment]


def simulated(count: int, *, noise: float, moving: float, seed: int, period: int = 12) -> np.ndarray:
    """Return one series with a trend, a pattern that moves, and noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(count)
    pattern = rng.normal(0, 0.08, period)
    drift = np.cumsum(rng.normal(0, moving, (count // period + 2, period)), axis=0)
    seasonal = pattern[t % period] - pattern.mean() + drift[t // period, t % period]
    trend = np.cumsum(rng.normal(0.004, 0.01, count))
    return np.asarray(100 * np.exp(trend + seasonal + rng.normal(0, noise, count)))


def filtered(values: np.ndarray, *, first: str, mode: str = "mult", period: int = 12) -> Adjustment:
    """Adjust one series by X-13's X-11 filters alone, with every table the M statistics need."""
    frequency = "Q" if period == 4 else "M"
    index = pd.period_range(first, periods=len(values), freq=frequency)
    spec = replace(
        default_specification(month="2025-06"),
        x11_only=True,
        festival=None,
        transform="none" if mode == "add" else "log",
        x11_mode="mult" if mode == "add" else mode,
        tables=(*STANDARD_TABLES, "d1"),
    )
    return seasonally_adjust(pd.Series(values, index=index, name="S"), specification=spec)


@pytest.fixture(scope="session")
def market_adjusted() -> Adjustment:
    """Five series: one plain, one with an outlier, one random walk, one noise, one that is refused."""
    t = np.arange(132)
    index = pd.period_range("2014-01", periods=132, freq="M")
    rng = np.random.default_rng(7)
    pattern = rng.normal(0, 0.05, 12)
    plain = 100 * np.exp(0.003 * t + pattern[t % 12] + rng.normal(0, 0.01, 132))
    spiked = plain * np.where(t == 60, 1.4, 1.0)
    frame = pd.DataFrame(
        {
            "总指数": plain,
            "<b>spiked</b>": spiked,
            "walk": 100 * np.exp(np.cumsum(rng.normal(0, 0.03, 132))),
            "noise": 100 * np.exp(rng.normal(0, 0.3, 132)),
            "flat": np.full(132, 100.0),
        },
        index=index,
    )
    return seasonally_adjust(frame)
