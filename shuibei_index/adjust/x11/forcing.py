"""Yearly totals of an adjusted series made those of the original, as X-13's force does."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from shuibei_index.adjust import periods
from shuibei_index.adjust.composites.benchmarking import benchmark_annual
from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.adjust.x11.setting import Floats

# Whose totals, and the table that has them.
TARGETS = {"original": "a1", "calendaradj": "a18"}
# X-13's own where the specification says nothing; a quarter is three months.
_RHO, _LAMBDA = 0.9, 0.0


def forced(spec: Specification, first: str, tables: Mapping[str, Floats]) -> Floats:
    """Return the adjusted series with the yearly totals the specification asks for, X-13's table saa.

    Parameters
    ----------
    spec
        Its `force` is "denton" or "regress".
    first
        First period.
    tables
        a1, a18 and d11; forecasts may follow, X-13 counts a year they complete as one.

    Raises
    ------
    PriceError
        A proportional correction is asked for and a value is not above 0.
    """
    # A year that begins in another month is the calendar year of a series moved by as much.
    start = periods.shift(first, 1 - spec.force_start)
    adjusted, target = tables["d11"], tables[TARGETS[spec.force_target]]
    labels = pd.Index(periods.between(start, periods.shift(start, len(adjusted) - 1)))
    rho = _RHO ** (12 / periods.per_year(first))
    return benchmark_annual(
        pd.Series(adjusted, labels),
        pd.Series(target, labels),
        method="denton_windows" if spec.force == "denton" else "cholette",
        rho=rho if spec.force_rho is None else spec.force_rho,
        power=_LAMBDA if spec.force_lambda is None else spec.force_lambda,
    ).to_numpy(dtype="float64")
