"""Regressors of several holidays side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from shuibei_index.adjust.holidays.dates import Holiday, holiday, holiday_dates
from shuibei_index.adjust.holidays.reach import check_window, require_reach
from shuibei_index.adjust.holidays.regressors import Weights, festival_regressors, three_windows
from shuibei_index.adjust.holidays.shares import number
from shuibei_index.errors import UsageError

HolidayWindows = tuple[str, int, int, int]


def holiday_regressors(
    start: str,
    end: str,
    holidays: Iterable[HolidayWindows],
    *,
    form: str = "flow",
    centre: str = "calendar",
    span: tuple[int, int] = (1950, 2100),
    period: int = 12,
    weights: Mapping[str, Weights] | None = None,
    fixed: str = "refuse",
) -> pd.DataFrame:
    """Return the regressors of several holidays: before, during and after each.

    Parameters
    ----------
    start, end
        First and last month, "YYYY-MM", or quarter, "YYYY-Qn". For X-13 `end` reaches the forecast horizon.
    holidays
        Of each holiday name, days before, during and after, e.g. ``[("mid_autumn", 7, 3, 0)]``; names as in
        `holiday_dates`. Day 0, the day of the holiday, is the first of `during`. 0 leaves a window out.
    form
        "flow" for sums over the period, "stock" for values at its end.
    centre
        "calendar", "mean" or "none", as in `spring_festival_regressors`. "calendar" is the one to adjust with.
    span
        First and last year of the means; the years before a holiday was kept do not count in them.
    period
        12 = months, 4 = quarters.
    weights
        Holiday → window ("before", "during", "after") → daily weights that sum to 1. Default: equal.
    fixed
        Holidays on a fixed date whose centred regressors are 0 throughout: "refuse", or "keep" the columns of zeros
        for a caller that leaves them out itself and says so.

    Returns
    -------
    DataFrame
        One column per window, named by the holiday's code and the window, e.g. ``moon_before``, ``cny_during``; at most
        16 ASCII letters. Index: the periods.

    Raises
    ------
    UsageError
        No such holiday, one named twice, no window, wrong lengths or weights, periods outside the tables, or a holiday
        on a fixed date that has no regressor: see Notes.

    Notes
    -----
    A holiday on a fixed date falls into the same months every year. Centred by calendar month its regressor is 0
    throughout: its effect is in the ordinary seasonal factors already, and X-13 would stop at a singular matrix. It
    is refused (see `fixed`). Singles' Day has a regressor where the periods begin before it was kept: minus its share
    until then.

    Examples
    --------
    >>> holiday_regressors("2020-09", "2020-10", [("mid_autumn", 4, 2, 0)], centre="none")   # Mid-Autumn on 1 October
             moon_before  moon_during
    2020-09          1.0          0.0
    2020-10          0.0          1.0
    """
    if fixed not in ("refuse", "keep"):
        raise UsageError(f"fixed is {fixed!r}; expected refuse or keep", zh=f"fixed 为 {fixed!r}，应为 refuse 或 keep")
    asked = [_checked(entry) for entry in holidays]
    names = [entry[0].name for entry in asked]
    twice = [name for name in names if names.count(name) > 1]
    if twice or not asked:
        raise UsageError(
            f"holiday {twice[0]!r} stands twice; give it once" if twice else "no holiday is named",
            zh=f"节日 {twice[0]} 重复，请只列一次" if twice else "没有列出节日",
        )
    stray = [name for name in weights or {} if name not in names]
    if stray:
        raise UsageError(
            f"daily weights for {stray[0]!r}, which is not among the holidays",
            zh=f"日权重中的 {stray[0]} 不在所列节日之中",
        )
    parts = []
    for kept, windows in asked:
        require_reach(kept, windows, start, end, period)
        part = festival_regressors(
            start,
            end,
            windows,
            dates=holiday_dates(kept.name).values(),
            centre=centre,
            span=(max(span[0], kept.since), span[1]),
            form=form,
            period=period,
            weights=(weights or {}).get(kept.name),
        )
        if fixed == "refuse" and centre == "calendar" and not kept.lunar and np.abs(part.to_numpy()).max() < 1e-12:
            raise _nothing_moves(kept, start)
        parts.append(part.add_prefix(f"{kept.code}_"))
    return pd.concat(parts, axis=1)


def column_names(holidays: Iterable[HolidayWindows]) -> tuple[str, ...]:
    """Return the names of the columns `holiday_regressors` gives for these holidays, in order.

    Examples
    --------
    >>> column_names([("mid_autumn", 7, 3, 0), ("qixi", 0, 1, 0)])
    ('moon_before', 'moon_during', 'qixi_during')
    """
    return tuple(f"{kept.code}_{window}" for kept, windows in map(_checked, holidays) for window in windows)


def moving_columns(table: pd.DataFrame, period: int = 12) -> list[str]:
    """Return the columns that move within the table: not the same in every year of it.

    A regressor that is the same in every year of a short series cannot be told from the season, and X-13 stops.

    Parameters
    ----------
    table
        Regressors over the span of the data, index "YYYY-MM" or "YYYY-Qn".
    period
        12 or 4.

    Examples
    --------
    >>> moving_columns(holiday_regressors("2019-01", "2021-12", [("qixi", 0, 1, 0), ("mid_autumn", 7, 1, 0)]))
    ['moon_during']
    """
    place = np.array([number(str(label), period) for label in table.index]) % period
    spread = table.groupby(place).transform("max") - table.groupby(place).transform("min")
    return [str(name) for name in table.columns if float(spread[name].max()) > 1e-12]


def _checked(entry: Sequence[object]) -> tuple[Holiday, dict[str, tuple[int, int]]]:
    if isinstance(entry, str) or len(entry) != 4 or not isinstance(entry[0], str):
        raise UsageError(
            f"holiday {entry!r}: expected (name, before, during, after), e.g. ('mid_autumn', 7, 3, 0)",
            zh=f"节日 {entry!r} 应写作（名称, 节前, 节中, 节后天数），如 ('mid_autumn', 7, 3, 0)",
        )
    kept = holiday(entry[0])
    lengths: list[int] = []
    for window, days in zip(("before", "during", "after"), entry[1:], strict=True):
        check_window(f"{kept.name}: {window}", days)
        lengths.append(int(str(days)))
    windows = three_windows(lengths[0], lengths[1], lengths[2])
    if not windows:
        raise UsageError(f"{kept.name}: all windows are 0 days long", zh=f"{kept.zh}：各窗口均为 0 天")
    return kept, windows


def _nothing_moves(kept: Holiday, start: str) -> UsageError:
    return UsageError(
        f"{kept.en} ({kept.name}) is on the same date every year: from {start} on its effect is part of the ordinary "
        "seasonal factors and leaves no regressor. Leave it out; days off that change by year go into "
        "working_day_regressor, a holiday that moves (mid_autumn) into its own windows",
        zh=f"{kept.zh}（{kept.name}）日期固定，自 {start} 起其影响已在季节因子之内，没有可用的变量；请去掉它："
        "逐年变动的放假安排用 working_day_regressor，会移动的节日（如中秋）用其自身的窗口",
    )
