"""Daily weights inside the windows of a holiday, estimated from the days on which deals were made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.adjust.holidays.dates import holiday, holiday_dates
from shuibei_index.adjust.holidays.profile import day_ratios, per_day, smooth
from shuibei_index.errors import UsageError
from shuibei_index.rules import Rules, RulesAt

Floats = npt.NDArray[np.float64]
Windows = Mapping[str, tuple[int, int]]
# The rules begin here; older deals are weighed by the first rules.
_FIRST_RULES = "2005-01"


@dataclass(frozen=True)
class DailyWeights:
    """Daily weights of a holiday's windows and what they rest on.

    Parameters
    ----------
    holiday
        Name of the holiday.
    weights
        Window → weights of its days, summing to 1; only the windows that could be estimated. Read-only.
    profile
        A row per day: ``day`` (0 = the holiday), ``window``, ``ratio`` (median over the years of the day's turnover to
        that of an ordinary day), ``smoothed``, ``weight`` (that used: equal where the window could not be estimated).
    years
        Years used.
    left_out
        Year → why it was not used, English and Chinese.
    notes
        Window → why it keeps equal weights, English and Chinese.
    """

    holiday: str
    weights: Mapping[str, Floats]
    profile: pd.DataFrame
    years: tuple[int, ...]
    left_out: Mapping[int, str]
    notes: Mapping[str, str]

    def describe(self) -> str:
        """Return in words what the weights are made of, Chinese and English."""
        kept = holiday(self.holiday)
        years = "、".join(map(str, self.years))
        lines = [
            f"{kept.zh}日权重：由 {years} 年成交日估计；窗口 {'、'.join(self.weights) or '无'}",
            f"{kept.en}, daily weights: from the deal dates of {', '.join(map(str, self.years))}; "
            f"windows {', '.join(self.weights) or 'none'}",
        ]
        return "\n".join(
            lines + [f"{k}: {v}" for k, v in {**{str(y): t for y, t in self.left_out.items()}, **self.notes}.items()]
        )


def daily_weights(
    deals: pd.Series | pd.DataFrame | pd.DatetimeIndex,
    name: str,
    windows: Windows,
    *,
    rules: Rules | RulesAt | None = None,
) -> DailyWeights:
    """Estimate how turnover deviates from that of ordinary days, day by day around a holiday.

    Parameters
    ----------
    deals
        Turnover by time of deal: a Series whose index is dates or times (one row a deal; the values are not negative),
        a DataFrame with such an index and the columns ``value`` and ``deals`` (one row a day), or the times alone
        (every deal counts 1). Column ``deal_time`` of accepted records gives them. Not changed.
    name
        The holiday, see `holiday_dates`.
    windows
        Column name → first and last day, counted from the holiday, e.g. ``three_windows(20, 7, 20)``; side by side.
    rules
        Rules, or a month's rules. Default: the packaged ones, at the month of the last deal.

    Returns
    -------
    DailyWeights
        Weights for `festival_regressors` and the profile behind them.

    Raises
    ------
    UsageError
        Too few years with enough deals, no window, or deals without dates or with negative or infinite values.

    Notes
    -----
    1. Turnover is divided by weekday and month factors, medians over the days outside all windows. The medians of the
       reference stretches before the first and after the last window give the ordinary level of the year, joined by a
       straight line in between.
    2. ratio = turnover / (level x factors); over the years the median is taken: one odd year does not matter.
    3. Inside each window the ratios are smoothed (Whittaker 1923: least squares plus a penalty on second differences).
    4. weight of day k = (ratio_k - 1) / sum over the window. A day that deviates in the other direction has a negative
       weight. Where the deviations of a window nearly cancel, or differ from 0 by less than their scatter over the
       years, there is no shape to speak of: the window keeps equal weights and ``notes`` says so.
    """
    kept = holiday(name)
    _check(windows)
    turnover = per_day(deals)
    last_month = f"{turnover.index[-1]:%Y-%m}"
    in_force = (
        Rules.load().at(max(last_month, _FIRST_RULES)) if rules is None else rules.at(max(last_month, _FIRST_RULES))
    )
    reference = int(in_force["spring_festival_weights_reference_days"])
    fewest = int(in_force["spring_festival_weights_deals"])
    begin, end = min(b for b, _ in windows.values()), max(e for _, e in windows.values())
    first_day, last_day = turnover.index[0].date(), turnover.index[-1].date()
    usable: list[dt.date] = []
    left_out: dict[int, str] = {}
    for year, day in holiday_dates(name).items():
        opens, closes = day + dt.timedelta(begin - reference), day + dt.timedelta(end + reference)
        if closes < first_day or opens > last_day:
            continue
        if opens < first_day or closes > last_day:
            left_out[year] = f"the deals do not cover {opens} to {closes} (成交未覆盖 {opens} 至 {closes})"
            continue
        found = int(
            turnover.loc[pd.Timestamp(day + dt.timedelta(begin)) : pd.Timestamp(day + dt.timedelta(end)), "deals"].sum()
        )
        if found < fewest:
            left_out[year] = f"{found} deals in the windows, fewer than {fewest} (窗口内成交 {found} 笔，少于 {fewest})"
            continue
        usable.append(day)
    ratios, dark = day_ratios(turnover["value"], usable, list(holiday_dates(name).values()), begin, end, reference)
    for day in dark:
        left_out[day.year] = "no ordinary turnover before or after the windows (窗口前后没有正常成交)"
    years = tuple(day.year for day in usable if day not in dark)
    needed = int(in_force["spring_festival_weights_years"])
    if len(years) < needed:
        raise UsageError(
            f"{kept.en}: daily weights need {needed} years with deals around the holiday; there are {len(years)}. "
            f"{'; '.join(f'{year}: {why}' for year, why in sorted(left_out.items()))}. Use equal weights until then",
            zh=f"{kept.zh}：估计日权重需要 {needed} 年节日前后的成交，现有 {len(years)} 年；此前请使用等权",
        )
    return _weighed(name, windows, ratios, begin, years, left_out, in_force)


def chosen_weights(
    deals: pd.Series | pd.DataFrame | pd.DatetimeIndex | None, windows: Windows, rules: RulesAt
) -> DailyWeights | None:
    """Return the daily weights of the Spring Festival the rules prescribe; None = equal.

    Parameters
    ----------
    deals
        As in `daily_weights`; None where there are none.
    windows
        Window → first and last day.
    rules
        A month's rules; ``spring_festival_daily_weights`` is "equal" or "deals".

    Raises
    ------
    UsageError
        The rule asks for weights from deals and none are given, or they do not suffice.
    """
    choice = str(rules["spring_festival_daily_weights"])
    if choice == "equal":
        return None
    if choice != "deals":
        raise UsageError(
            f"rule spring_festival_daily_weights is {choice!r}; expected equal or deals",
            zh=f"规则 spring_festival_daily_weights 为 {choice}，应为 equal 或 deals",
        )
    if deals is None:
        raise UsageError(
            "rule spring_festival_daily_weights asks for weights from deals, and no deal dates are given",
            zh="规则 spring_festival_daily_weights 要求由成交日估计权重，但没有提供成交日期",
        )
    return daily_weights(deals, "spring_festival", windows, rules=rules)


def _weighed(
    name: str,
    windows: Windows,
    ratios: Floats,
    begin: int,
    years: tuple[int, ...],
    left_out: dict[int, str],
    rules: RulesAt,
) -> DailyWeights:
    """Turn ratios of shape (years, days) into weights."""
    penalty = float(rules["spring_festival_weights_smoothing"])
    net = float(rules["spring_festival_weights_net_share"])
    least_t = float(rules["spring_festival_weights_t"])
    weights: dict[str, Floats] = {}
    notes: dict[str, str] = {}
    rows: list[pd.DataFrame] = []
    for window, (first, last) in windows.items():
        part = ratios[:, first - begin : last - begin + 1]
        typical = np.median(part, axis=0)
        smoothed = smooth(typical, penalty)
        away = smoothed - 1
        by_year = part.mean(axis=1) - 1
        scatter = float(by_year.std(ddof=1)) / np.sqrt(len(by_year))
        used = np.full(part.shape[1], 1 / part.shape[1])
        if abs(float(by_year.mean())) <= least_t * scatter:
            notes[window] = "turnover does not differ from ordinary days; equal weights (与平日无明显差别，等权)"
        elif abs(float(away.sum())) < net * float(np.abs(away).sum()):
            notes[window] = "rises and falls cancel inside the window; equal weights (窗口内升降相抵，等权)"
        else:
            used = away / away.sum()
            used.flags.writeable = False
            weights[window] = used
        rows.append(
            pd.DataFrame(
                {
                    "day": np.arange(first, last + 1),
                    "window": window,
                    "ratio": typical,
                    "smoothed": smoothed,
                    "weight": used,
                }
            )
        )
    return DailyWeights(
        holiday=name,
        weights=MappingProxyType(weights),
        profile=pd.concat(rows, ignore_index=True),
        years=years,
        left_out=MappingProxyType(dict(sorted(left_out.items()))),
        notes=MappingProxyType(notes),
    )


def _check(windows: Windows) -> None:
    ordered = sorted(windows.values())
    if not ordered or any(first > last for first, last in ordered):
        raise UsageError("daily weights need windows of at least one day", zh="日权重的窗口至少一天")
    if any(before[1] >= after[0] for before, after in pairwise(ordered)):
        raise UsageError(
            "the windows overlap; daily weights need them side by side", zh="窗口重叠；日权重要求窗口互不重叠"
        )
