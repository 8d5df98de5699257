"""Which day a holiday falls on, by year: lunar holidays from shipped tables, fixed ones from their date."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pandas as pd

from shuibei_index.errors import UsageError, did_you_mean

FIRST_YEAR, LAST_YEAR = 1950, 2100


@dataclass(frozen=True)
class Holiday:
    """One holiday.

    Parameters
    ----------
    name
        Name in calls, specifications and file names.
    code
        Beginning of the names of its regressors (ASCII, short: X-13 takes names of at most 16 letters).
    zh, en
        Names for people.
    month, day
        Month and day: of the lunar year where `lunar`, otherwise of the ordinary year.
    lunar
        Whether the date is one of the lunar year. A leap month has no holiday: it is in the ordinary month before.
    since
        First year in which the holiday is kept.
    """

    name: str
    code: str
    zh: str
    en: str
    month: int
    day: int
    lunar: bool = True
    since: int = FIRST_YEAR


HOLIDAYS = {
    holiday.name: holiday
    for holiday in (
        Holiday("spring_festival", "cny", "春节", "Spring Festival", 1, 1),
        Holiday("lantern", "lantern", "元宵节", "Lantern Festival", 1, 15),
        Holiday("dragon_boat", "boat", "端午节", "Dragon Boat Festival", 5, 5),
        Holiday("qixi", "qixi", "七夕", "Qixi", 7, 7),
        Holiday("mid_autumn", "moon", "中秋节", "Mid-Autumn Festival", 8, 15),
        Holiday("labour_day", "labour", "劳动节", "Labour Day", 5, 1, lunar=False),
        Holiday("national_day", "national", "国庆节", "National Day", 10, 1, lunar=False),
        Holiday("singles_day", "singles", "双十一", "Singles' Day", 11, 11, lunar=False, since=2009),
    )
}


def holiday(name: str) -> Holiday:
    """Return the holiday of that name.

    Raises
    ------
    UsageError
        No such holiday.

    Examples
    --------
    >>> holiday("mid_autumn").zh
    '中秋节'
    """
    if name not in HOLIDAYS:
        raise UsageError(
            f"no holiday {name!r}{did_you_mean(name, HOLIDAYS)}; known: {', '.join(HOLIDAYS)}",
            zh=f"没有节日 {name}；可用：{'、'.join(f'{h.name}（{h.zh}）' for h in HOLIDAYS.values())}",
        )
    return HOLIDAYS[name]


@cache
def _dates(name: str) -> dict[int, dt.date]:
    kept = holiday(name)
    if not kept.lunar:
        return {year: dt.date(year, kept.month, kept.day) for year in range(kept.since, LAST_YEAR + 1)}
    text = files("shuibei_index.adjust.holidays").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return {int(row["year"]): dt.date.fromisoformat(row["date"]) for row in csv.DictReader(text.splitlines())}


def holiday_dates(name: str) -> dict[int, dt.date]:
    """Return the date of a holiday by year, 1950 to 2100 (from the year it is kept since).

    Parameters
    ----------
    name
        One of `HOLIDAYS`: spring_festival 春节, lantern 元宵, dragon_boat 端午, qixi 七夕, mid_autumn 中秋, labour_day
        五一, national_day 国庆, singles_day 双十一 (from 2009).

    Raises
    ------
    UsageError
        No such holiday.

    Notes
    -----
    Two dates, Qixi 2097 and Mid-Autumn 2089, can still turn out a day later: the new moon their month begins with is
    less than three minutes before midnight (methodology/adjust-holidays.md).

    Examples
    --------
    >>> holiday_dates("mid_autumn")[2025].isoformat(), holiday_dates("dragon_boat")[2009].isoformat()
    ('2025-10-06', '2009-05-28')
    """
    return dict(_dates(name))


def moving_holidays() -> pd.DataFrame:
    """Return the dates of the holidays that move, one column each, by year.

    Examples
    --------
    >>> moving_holidays().loc[2025, "qixi"].isoformat()
    '2025-08-29'
    """
    names = [name for name, kept in HOLIDAYS.items() if kept.lunar]
    table = pd.DataFrame({name: pd.Series(_dates(name), dtype=object) for name in names})
    return table.rename_axis("year")
