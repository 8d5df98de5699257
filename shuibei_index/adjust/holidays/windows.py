"""What the regressors were made of: dates and windows, as a table and in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import pandas as pd

from shuibei_index.adjust.holidays.dates import holiday, holiday_dates
from shuibei_index.adjust.holidays.regressors import Weights, three_windows
from shuibei_index.errors import UsageError

COLUMNS = ("year", "holiday", "name_zh", "name", "date", "window", "column", "first_day", "last_day", "days", "weights")
_WINDOWS_ZH = {"before": "节前", "during": "节中", "after": "节后"}


def holiday_windows(
    first_year: int,
    last_year: int,
    holidays: Iterable[tuple[str, int, int, int]],
    *,
    weights: Mapping[str, Weights] | None = None,
) -> pd.DataFrame:
    """Return the days every window covers, year by year.

    Parameters
    ----------
    first_year, last_year
        Years, within 1950 to 2100.
    holidays
        Name, days before, during and after, as in `holiday_regressors`.
    weights
        As in `holiday_regressors`; only whether a window has its own is shown.

    Returns
    -------
    DataFrame
        A row per year and window: year, holiday, names, date of the holiday, window, column of the regressor, first and
        last day (dates), number of days, and "equal" or "daily" weights. By date.

    Raises
    ------
    UsageError
        The years are outside the tables, or a holiday is unknown.

    Examples
    --------
    >>> table = holiday_windows(2025, 2025, [("mid_autumn", 7, 3, 0)])
    >>> [(c, day.isoformat(), n) for c, day, n in zip(table["column"], table["first_day"], table["days"])]
    [('moon_before', '2025-09-29', 7), ('moon_during', '2025-10-06', 3)]
    """
    rows = []
    for name, before, during, after in holidays:
        kept, dates = holiday(name), holiday_dates(name)
        years = range(max(first_year, kept.since), last_year + 1)
        unknown = [year for year in years if year not in dates]
        if unknown or first_year > last_year:
            raise UsageError(
                f"{kept.en}: no date for {unknown[0]}; expected years {min(dates)} to {max(dates)}"
                if unknown
                else f"the last year {last_year} lies before the first {first_year}",
                zh=f"{kept.zh}：没有 {unknown[0]} 年的日期，应为 {min(dates)} 至 {max(dates)} 年"
                if unknown
                else f"末年 {last_year} 早于首年 {first_year}",
            )
        own = (weights or {}).get(name, {})
        rows += [
            (
                year, name, kept.zh, kept.en, dates[year], window, f"{kept.code}_{window}",
                dates[year] + dt.timedelta(first), dates[year] + dt.timedelta(last), last - first + 1,
                "daily" if window in own else "equal",
            )
            for year in years
            for window, (first, last) in three_windows(before, during, after).items()
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(["first_day", "column"], ignore_index=True)


def describe_holidays(
    holidays: Iterable[tuple[str, int, int, int]],
    *,
    form: str = "flow",
    centre: str = "calendar",
    span: tuple[int, int] = (1950, 2100),
    weights: Mapping[str, Weights] | None = None,
) -> str:
    """Return in words which windows the regressors have and how they were made, Chinese and English.

    Parameters
    ----------
    holidays, form, centre, span, weights
        As in `holiday_regressors`.

    Examples
    --------
    >>> print(describe_holidays([("qixi", 7, 1, 0)]))
    七夕 Qixi: 节前 before 7 天 days, 节中 during 1 天 days
    流量 flow; 按日历月中心化 centred by calendar month, 1950-2100
    """
    lines = []
    for name, before, during, after in holidays:
        kept, own = holiday(name), (weights or {}).get(name, {})
        parts = [
            f"{_WINDOWS_ZH[window]} {window} {last - first + 1} 天 days"
            + (", 日权重 daily weights" if window in own else "")
            for window, (first, last) in three_windows(before, during, after).items()
        ]
        lines.append(f"{kept.zh} {kept.en}: {', '.join(parts)}")
    forms = {"flow": "流量 flow", "stock": "存量 stock"}
    centres = {
        "calendar": f"按日历月中心化 centred by calendar month, {span[0]}-{span[1]}",
        "mean": f"按总均值中心化 centred by the overall mean, {span[0]}-{span[1]}",
        "none": "未中心化 not centred",
    }
    if form not in forms or centre not in centres:
        raise UsageError(
            f"form {form!r}, centre {centre!r}: expected flow or stock, and calendar, mean or none",
            zh=f"form 为 {form!r}、centre 为 {centre!r}：应为 flow 或 stock，以及 calendar、mean 或 none",
        )
    return "\n".join([*lines, f"{forms[form]}; {centres[centre]}"])
