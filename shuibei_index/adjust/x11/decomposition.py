"""`x11`: the X-11 method of the U.S. Census Bureau on many series at once, equal to X-13's own to rounding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust.x11 import henderson, seasonal_filters, steps
from shuibei_index.adjust.x11.setting import FILTERS, MODES, Floats, Setting
from shuibei_index.adjust.x11.tables import X11Tables
from shuibei_index.errors import UsageError

# X-13's own limits: three years; a Henderson filter of an odd length that fits (one of three terms would be the series
# itself); twenty years for 3x15.
_YEARS, _SHORTEST, _LONGEST, _TWENTY = 3, 5, 101, 20
_SIGMA = (1.5, 2.5)


def x11(
    values: npt.ArrayLike,
    *,
    first_month_of_year: int,
    period: int = 12,
    mode: str = "mult",
    seasonal_filter: str | Sequence[str] = "msr",
    trend_filter: int | None = None,
    sigma_limits: tuple[float, float] = _SIGMA,
    prior: npt.ArrayLike | None = None,
    forecasts: int = 0,
    backcasts: int = 0,
) -> X11Tables:
    """Decompose series by X-11, all series of one length at once.

    Parameters
    ----------
    values
        Shape (T, N) or (T,): one column a series, in the units of the series, no month missing. The first `backcasts`
        and last `forecasts` rows are not observations: they lengthen the series for the filters, as X-13's do.
    first_month_of_year
        Calendar month (1-12) or quarter (1-4) of row 0.
    period
        12 or 4.
    mode
        "mult", "add", "logadd" (additive in logs, trend corrected for bias) or "pseudoadd".
    seasonal_filter
        "msr" (chosen by the moving seasonality ratio), "x11default" (3x3, then 3x5), "s3x1", "s3x3", "s3x5", "s3x9",
        "s3x15", "stable"; or one for each calendar month.
    trend_filter
        Length of the Henderson filter, odd; None = chosen by the I/C ratio.
    sigma_limits
        In standard deviations: full weight below the first, none above the second.
    prior
        Calendar factors (multiplicative modes) or amounts (additive), shape of `values`: taken out before, table d18.
    forecasts, backcasts
        Rows of `values` at its end and beginning that are not observations.

    Returns
    -------
    X11Tables
        Tables b1 to d18 of shape (T, N). A series whose parts leave the range of numbers is NaN.

    Raises
    ------
    UsageError
        An argument does not fit; a value is missing, or not above zero in a multiplicative mode.

    Notes
    -----
    Dagum (1988), Findley et al. (1998); filters and weights as in Ladiray and Quenneville (2001), with the details of
    X-13ARIMA-SEATS (decision 0275).

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(96)
    >>> level = 100 + 10 * np.sin(t * np.pi / 6)
    >>> tables = x11(level, first_month_of_year=1, mode="add")
    >>> tables["d10"][1:4, 0].round(3).tolist(), tables["d11"][1:4, 0].round(3).tolist()
    ([5.0, 8.66, 10.0], [100.0, 100.0, 100.0])
    """
    given = _series(values, "values")
    factors = None if prior is None else _series(prior, "prior")
    setting = _setting(
        given, first_month_of_year, period, mode, seasonal_filter, trend_filter, sigma_limits, forecasts, backcasts
    )
    _require_values(given, factors, setting)
    cleared = given
    if factors is not None:
        cleared = given - factors if mode == "add" else given / factors
    # A series of absurd range can divide by zero; it ends as NaN and touches no other.
    with np.errstate(all="ignore"):
        work = steps.begin(np.log(cleared) if mode == "logadd" else cleared, setting)
        d1 = steps.part_c(work, steps.part_b(work))
        d7, si = steps.part_d(work, d1)
        return _finish(work, given, factors, d1, d7, si)


def _finish(work: steps.Work, given: Floats, factors: Floats | None, d1: Floats, d7: Floats, si: Floats) -> X11Tables:
    """Return all tables, D8 to D18 added."""
    setting, tables = work.setting, work.tables
    extreme = tables["c20"]
    seasonal, picked = seasonal_filters.final_factors(si, setting)
    ahead = seasonal[-setting.period :] + 0.5 * (
        seasonal[-setting.period :] - seasonal[-2 * setting.period : -setting.period]
    )
    tables["d8"] = setting.together(si, extreme)
    tables["d9"] = np.where(tables["c17"] == 1, np.nan, si)
    adjusted = d1 - d7 * (seasonal - 1) if setting.pseudo else setting.apart(d1, seasonal)
    smooth = steps.final_trend(work, adjusted)
    if setting.mode == "logadd":
        seasonal, ahead = np.exp(seasonal), np.exp(ahead)
        smooth = np.exp(smooth) * _bias(seasonal, tables["c13"], setting)
    if setting.mode != "add":
        smooth = henderson.positive(smooth, setting)
    add = setting.mode == "add"
    calendar = np.full_like(given, 0.0 if add else 1.0) if factors is None else factors
    combined = seasonal + calendar if add else seasonal * calendar
    if setting.pseudo:
        final = (given - smooth * (seasonal - 1)) / calendar
    else:
        final = given - seasonal - calendar if add else given / seasonal / calendar
    irregular = final - smooth if add else final / smooth
    tables.update(d1=d1, d10=seasonal, d11=final, d12=smooth, d13=irregular, d16=combined, d18=calendar)
    return X11Tables(tables, setting, ahead, picked, work.terms)


def _bias(seasonal: Floats, irregular: Floats, setting: Setting) -> Floats:
    """Return the factors that lift a trend of logs to the mean of the series.

    Source: Thomson and Ozaki (1992), as in X-13: the seasonal factors smoothed by a Henderson filter of two years
    less a month, times the exponential of half the variance of the irregular.
    """
    terms = 2 * setting.period - 1
    smooth = henderson.matrix(setting.rows, terms, 4.5) @ seasonal
    return np.asarray(smooth * np.exp((irregular**2).sum(axis=0) / (2 * setting.rows)))


def _series(values: npt.ArrayLike, name: str) -> Floats:
    array = np.array(values, dtype=np.float64)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise UsageError(
            f"{name} has shape {array.shape}, not (T, N)", zh=f"{name} 的形状为 {array.shape}，应为 (T, N)"
        )
    return array


def _setting(
    given: Floats,
    month: int,
    period: int,
    mode: str,
    seasonal_filter: str | Sequence[str],
    trend_filter: int | None,
    limits: tuple[float, float],
    forecasts: int,
    backcasts: int,
) -> Setting:
    rows = len(given)
    if period not in (4, 12):
        raise UsageError(f"period is {period}; expected 12 or 4", zh=f"周期为 {period}，应为 12 或 4")
    if mode not in MODES:
        raise UsageError(f"mode is {mode!r}; expected one of {', '.join(MODES)}", zh=f"没有模式 {mode!r}")
    if not 1 <= month <= period:
        raise UsageError(
            f"first_month_of_year is {month}; expected 1 to {period}", zh=f"首月（季）为 {month}，应为 1 至 {period}"
        )
    if forecasts < 0 or backcasts < 0:
        raise UsageError("forecasts and backcasts cannot be negative", zh="预测期数不能为负")
    observed = rows - forecasts - backcasts
    if observed < _YEARS * period:
        raise UsageError(
            f"only {observed} observations; X-11 needs {_YEARS * period}",
            zh=f"只有 {observed} 期观测值，X-11 至少需要 {_YEARS * period} 期",
        )
    names = (seasonal_filter,) * period if isinstance(seasonal_filter, str) else tuple(seasonal_filter)
    if len(names) != period or not set(names) <= set(FILTERS):
        raise UsageError(
            f"seasonal_filter is {seasonal_filter!r}; expected one of {', '.join(FILTERS)}, or {period} of them",
            zh=f"季节滤波为 {seasonal_filter!r}，应为 {', '.join(FILTERS)} 之一，或其中 {period} 个",
        )
    # X-13 counts the calendar years the observations touch, and from twenty on keeps the filter 3x15.
    begin = (month - 1 + backcasts) % period
    if -(-(begin + observed) // period) < _TWENTY:
        names = tuple("stable" if name == "s3x15" else name for name in names)
    if names[0] == "s3x1":
        # X-13 looks for months whose filter is to be chosen only where January's is not 3x1 (decision 0275).
        names = tuple("x11default" if name == "msr" else name for name in names)
    longest = min(_LONGEST, rows)
    if trend_filter is not None and not (trend_filter % 2 == 1 and _SHORTEST <= trend_filter <= longest):
        raise UsageError(
            f"trend_filter is {trend_filter}; expected an odd length from {_SHORTEST} to {longest}",
            zh=f"趋势滤波长度为 {trend_filter}，应为 {_SHORTEST} 至 {longest} 的奇数",
        )
    low, high = limits
    if not 0 < low < high < np.inf:
        raise UsageError(f"sigma_limits are {limits}; expected 0 < lower < upper", zh=f"极端值界限 {limits} 无效")
    return Setting(period, month - 1, rows, backcasts, rows - forecasts, mode, names, trend_filter, low, high)


def _require_values(given: Floats, factors: Floats | None, setting: Setting) -> None:
    if factors is not None and factors.shape != given.shape:
        raise UsageError(
            f"prior has shape {factors.shape}, the values {given.shape}",
            zh=f"prior 的形状为 {factors.shape}，应与数据 {given.shape} 相同",
        )
    for array in (given,) if factors is None else (given, factors):
        bad = ~np.isfinite(array) if setting.mode == "add" else ~(np.isfinite(array) & (array > 0))
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise UsageError(
                f"the value {array[row, column]:g} in row {row} of column {column} cannot be used in mode "
                f"{setting.mode}",
                zh=f"第 {column} 列第 {row} 行的值 {array[row, column]:g} 不能用于 {setting.mode} 模式",
            )
