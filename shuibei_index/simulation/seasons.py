"""Ordinary seasonality and the Spring Festival, which follows the lunar date."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from shuibei_index import months
from shuibei_index.errors import UsageError
from shuibei_index.simulation.settings import MarketSettings

Floats = npt.NDArray[np.float64]


def festival_shares(periods: list[str], before: int, after: int) -> tuple[Floats, Floats]:
    """Return what share of the days before, and of the days from, a Spring Festival lies in each month.

    Parameters
    ----------
    periods
        Months "YYYY-MM", shape (T,).
    before, after
        Lengths of the two windows in days; the second begins on New Year's day itself.

    Examples
    --------
    >>> festival_shares(["2024-01", "2024-02", "2024-03"], 20, 14)[1].tolist()   # New Year's day 2024-02-10
    [0.0, 1.0, 0.0]
    """
    first = np.array([np.datetime64(p) for p in periods], dtype="datetime64[M]")
    opens, closes = first.astype("datetime64[D]"), (first + 1).astype("datetime64[D]")
    shares = (np.zeros(len(periods)), np.zeros(len(periods)))
    years = range(int(periods[0][:4]), int(periods[-1][:4]) + 1)
    for day in (np.datetime64(_new_year(year)) for year in years):
        for share, start, length in ((shares[0], day - before, before), (shares[1], day, after)):
            if length:
                inside = np.minimum(closes, start + length) - np.maximum(opens, start)
                share += np.maximum(inside.astype(np.int64), 0) / length
    return shares


def effects(periods: list[str], settings: MarketSettings) -> tuple[Floats, Floats]:
    """Return the log seasonal effect on volumes and on charges, each of shape (T,)."""
    month = months.ordinals(periods) % 12
    before, after = festival_shares(periods, settings.festival_days_before, settings.festival_days_after)
    volume = np.array(settings.volume_season)[month]
    charge = np.array(settings.charge_season)[month]
    volume += settings.festival_volume_before * before + settings.festival_volume_after * after
    charge += settings.festival_charge_before * before + settings.festival_charge_after * after
    return volume, charge


def _new_year(year: int) -> dt.date:
    # read where it is used: the table belongs to the adjustment stage, and only its dates are needed here
    from shuibei_index.adjust.holidays.regressors import spring_festival_dates

    dates = spring_festival_dates()
    if year not in dates:
        raise UsageError(f"no Spring Festival date for {year}; simulate months of {min(dates)} to {max(dates)}")
    return dates[year]
