"""The own X-11 against X-13's filters, table by table."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from shuibei_index.adjust.engine.program import Engine, locate
from shuibei_index.adjust.x11 import FILTERS, MODES, x11
from tests.adjust.x11.making import Case, apart, ask_x13, series

# What the issue asks for; what is reached is near 1e-14 (methodology/adjust-x11.md).
LIMIT = 1e-10
FINAL = ("d10", "d11", "d12", "d13")


@pytest.fixture(scope="module")
def engine() -> Engine:
    found = locate()
    if found is None:
        pytest.skip("no X-13 program on this machine")
    return found


def varied(count: int) -> list[Case]:
    """Lengths 36 to 300, months and quarters, all modes and filters, extreme values, other limits."""
    rng = np.random.default_rng(20261122)
    cases = []
    for _ in range(count):
        period = int(rng.choice([12, 12, 12, 4]))
        length = int(rng.integers(3 * period, 301 if period == 12 else 161))
        mode = str(rng.choice(MODES))
        filters: str | tuple[str, ...] = str(rng.choice([*FILTERS, "msr"]))
        if rng.random() < 0.15:
            filters = tuple(str(name) for name in rng.choice(FILTERS, period))
        trend = int(rng.choice(range(5, min(length, 34), 2))) if rng.random() < 0.4 else None
        low = round(float(rng.uniform(0.5, 2.5)), 2)
        limits = (low, round(low + float(rng.uniform(0.2, 1.5)), 2)) if rng.random() < 0.4 else (1.5, 2.5)
        values = series(length, period, int(rng.integers(1_000_000_000)))
        if mode == "add" and rng.random() < 0.5:
            values = values - float(f"{values.mean():.6g}")
        cases.append(Case(values, int(rng.integers(1, period + 1)), period, mode, filters, trend, limits))
    return cases


def test_220_varied_series(engine: Engine) -> None:
    cases = varied(220)
    # The draw must reach every mode, filter and period, or it says less than it seems to.
    assert set(Counter(case.mode for case in cases)) == set(MODES)
    assert {case.filters for case in cases if isinstance(case.filters, str)} == set(FILTERS)
    assert {case.period for case in cases} == {4, 12}
    worst: dict[str, float] = {}
    for case, tables in zip(cases, ask_x13(cases, engine), strict=True):
        for code, far in apart(case.own(), tables).items():
            worst[code] = max(worst.get(code, 0.0), far)
    assert {code: far for code, far in worst.items() if far >= LIMIT} == {}
    assert set(FINAL) <= set(worst)


@pytest.mark.parametrize("mode", MODES)
def test_short_series_of_three_to_six_years(engine: Engine, mode: str) -> None:
    cases = [Case(series(36 + k, 12, k), 1 + k % 12, 12, mode) for k in range(37)]
    for case, tables in zip(cases, ask_x13(cases, engine), strict=True):
        assert max(apart(case.own(), tables).values()) < LIMIT, len(case.values)


def test_trend_that_falls_below_zero(engine: Engine) -> None:
    cases = []
    for k in range(20):
        values = series(60 + 7 * k, 12, k)
        at = 3 + (11 * k) % 40
        values[at : at + 1 + k % 8] *= 0.001
        if k % 3:
            values[-3:] *= 0.0001
        cases.append(Case(np.array([float(f"{v:.15g}") for v in values]), 1 + k % 12, 12, MODES[3 * (k % 2)], "s3x5"))
    for case, tables in zip(cases, ask_x13(cases, engine), strict=True):
        assert max(apart(case.own(), tables)[code] for code in FINAL) < LIMIT


def test_twenty_years_are_counted_by_the_calendar(engine: Engine) -> None:
    cases = [Case(series(225 + k, 12, k), 1 + (5 * k) % 12, 12, "mult", "s3x15") for k in range(18)]
    for case, tables in zip(cases, ask_x13(cases, engine), strict=True):
        assert max(apart(case.own(), tables).values()) < LIMIT, (len(case.values), case.month)


def test_air_passengers_as_x13_gave_them() -> None:
    # Box and Jenkins' series G, x11{ mode=mult } of build 62: holds on machines without the program.
    with (Path(__file__).parent / "air_passengers.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    own = x11([float(row["value"]) for row in rows], first_month_of_year=1)
    for code in FINAL:
        given = np.array([float(row[code]) for row in rows])
        assert np.abs(own[code][:, 0] / given - 1).max() < 1e-13, code
