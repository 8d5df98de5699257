"""The release calendar: on which day a month is released, moved over weekends and public holidays."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from shuibei_index import months
from shuibei_index.adjust.holidays.dates import holiday_dates
from shuibei_index.errors import UsageError
from shuibei_index.release.policy import Policy
from shuibei_index.resources import methodology_dir
from shuibei_index.rules import Rules

CHINA_HOURS = 8
_DAY = dt.timedelta(days=1)
WEEKEND = ("周末", "weekend")


@dataclass(frozen=True)
class ReleaseDay:
    """When a month is released, first as provisional, and when its values become final.

    Parameters
    ----------
    month : str
        Reference month.
    date : str
        "YYYY-MM-DD".
    planned : str
        The day of the rule before it was moved.
    why : (str, str)
        Why it was moved, in Chinese and English; empty if it was not.
    announced : bool
        Whether the public holidays of that year are known; if not, those around Spring Festival are assumed.
    final_month : str
        The month whose values become final with this release.
    """

    month: str
    date: str
    planned: str
    why: tuple[str, str]
    announced: bool
    final_month: str


@cache
def _notices() -> tuple[dict[dt.date, tuple[str, str]], frozenset[dt.date], frozenset[int]]:
    """Days off with their names, working weekends, and the years announced."""
    off: dict[dt.date, tuple[str, str]] = {}
    work, years = set(), set()
    text = (files("shuibei_index.release") / "public_holidays.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        day, last = dt.date.fromisoformat(row["first"]), dt.date.fromisoformat(row["last"])
        years.add(day.year)
        while day <= last:
            if row["kind"] == "off":
                off[day] = (row["name_zh"], row["name_en"])
            else:
                work.add(day)
            day += _DAY
    return off, frozenset(work), frozenset(years)


def announced(year: int) -> bool:
    """Tell whether the public holidays of a year are known here."""
    return year in _notices()[2]


@cache
def _packaged() -> Rules:
    return Rules.load(methodology_dir() / "rules")


def expected_days(year: int, rules: Rules | None = None) -> int:
    """Return how many days off from Spring Festival's eve are assumed where none are announced.

    Parameters
    ----------
    year : int
    rules : Rules, optional
        Of a workspace; default: the package's own.
    """
    return int((rules or _packaged()).at(f"{year}-02")["expected_spring_festival_days"])


def release_time(month: str, rules: Rules | None = None) -> str:
    """Return the time of day ("HH:MM", China) at which a month is released, by the rules of a workspace or packaged."""
    return str((rules or _packaged()).at(month)["release_time"])


def day_off(day: dt.date, rules: Rules | None = None) -> tuple[str, str] | None:
    """Return why a day is no working day, in Chinese and English; None if it is one.

    Examples
    --------
    >>> import datetime as dt
    >>> day_off(dt.date(2026, 2, 16)), day_off(dt.date(2026, 2, 14)), day_off(dt.date(2026, 2, 7))
    (('春节', 'Spring Festival'), None, ('周末', 'weekend'))
    """
    off, work, years = _notices()
    if day in off:
        return off[day]
    if day in work:
        return None
    if day.year not in years and (names := _expected(day, rules)):
        return names
    return WEEKEND if day.weekday() > 4 else None


def _expected(day: dt.date, rules: Rules | None) -> tuple[str, str] | None:
    festival = holiday_dates("spring_festival").get(day.year)
    if festival and 0 <= (day - (festival - _DAY)).days < expected_days(day.year, rules):
        return "春节", "Spring Festival"
    # single statutory days; what is joined to them is known only from the notice of the year
    if (day.month, day.day) in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)):
        return "法定节假日", "public holiday"
    for name, words in (("mid_autumn", ("中秋节", "Mid-Autumn Festival")), ("dragon_boat", ("端午节", "Dragon Boat"))):
        if holiday_dates(name).get(day.year) == day:
            return words
    return None


def release_day(month: str, policy: Policy, rules: Rules | None = None) -> ReleaseDay:
    """Return the release of a month: the day of the rule, or the first working day after it.

    Parameters
    ----------
    month : str
        Reference month, "YYYY-MM".
    policy : Policy
        `release_calendar_day`, `provisional_months`.
    rules : Rules, optional
        For the holidays assumed where none are announced; default: the package's own.
    """
    year, number = months.shift(month, 1).split("-")
    planned = day = dt.date(int(year), int(number), policy.release_calendar_day)
    why: tuple[str, str] = ("", "")
    while (off := day_off(day, rules)) is not None:
        # a festival is the better reason than the weekend within it
        why = off if not why[0] or why == WEEKEND else why
        day += _DAY
    final = months.shift(month, -policy.provisional_months)
    return ReleaseDay(month, day.isoformat(), planned.isoformat(), why, announced(day.year), final)


def release_calendar(year: int, policy: Policy, rules: Rules | None = None) -> list[ReleaseDay]:
    """Return the twelve releases planned within a year, December's of the year before first.

    Raises
    ------
    UsageError
        The year lies outside the tables of lunar dates (1950 to 2100).
    """
    if not 1950 <= year <= 2100:
        raise UsageError(f"year {year}: expected 1950 to 2100", zh=f"年份 {year} 应在 1950 至 2100 之间")
    return [release_day(months.shift(f"{year}-{m:02d}", -1), policy, rules) for m in range(1, 13)]


def next_dates(month: str, policy: Policy, n: int = 12, rules: Rules | None = None) -> list[dict[str, str]]:
    """Return the n releases after that of a month, as {period, date}, for manifests and JSON."""
    days = (release_day(months.shift(month, k), policy, rules) for k in range(1, n + 1))
    return [{"period": d.month, "date": d.date} for d in days]


def state_of(month: str, released: str, policy: Policy) -> str:
    """Return "provisional" or "final": the state of a month's values in the release of another month.

    Raises
    ------
    UsageError
        The month comes after the release.

    Examples
    --------
    >>> from shuibei_index.release.policy import publication_policy
    >>> from shuibei_index.rules import Rules
    >>> policy = publication_policy(Rules.load().at("2025-06"))
    >>> state_of("2025-06", "2025-06", policy), state_of("2025-03", "2025-06", policy)
    ('provisional', 'final')
    """
    age = months.ordinal(released) - months.ordinal(month)
    if age < 0:
        raise UsageError(f"{month} is not in the release of {released}", zh=f"{released} 的发布不含 {month}")
    return "provisional" if age < policy.provisional_months else "final"


def ics(days: list[ReleaseDay], name_zh: str, name_en: str, year: int, rules: Rules | None = None) -> bytes:
    """Return the calendar as an iCalendar file (RFC 5545): the same bytes for the same days."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//shuibei_index//release calendar//ZH", "CALSCALE:GREGORIAN"]
    for day in days:
        hour, minute = map(int, release_time(day.month, rules).split(":"))
        begins = dt.datetime.fromisoformat(day.date) + dt.timedelta(hours=hour - CHINA_HOURS, minutes=minute)
        note = "" if day.announced else "；放假安排公布后可能调整 may move once the holidays are announced"
        moved = f"原定 planned {day.planned}，{day.why[0]} {day.why[1]}" if day.why[0] else "按期 as planned"
        lines += [
            "BEGIN:VEVENT",
            f"UID:{day.month}@release.shuibei-index",
            # a stamp of the clock would make two calendars of the same days differ
            f"DTSTAMP:{year}0101T000000Z",
            f"DTSTART:{begins:%Y%m%dT%H%M%SZ}",
            "DURATION:PT30M",
            f"SUMMARY:{_escaped(f'{name_zh} {name_en} {day.month}')}",
            f"DESCRIPTION:{_escaped(moved + note)}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(_folded(line) for line in lines).encode("utf-8")


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, "\\" + sign)
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Fold at 75 octets, never within a character."""
    parts, size = [""], 0
    for sign in line:
        width = len(sign.encode())
        if size + width > 74:
            parts.append(" ")
            size = 1
        parts[-1] += sign
        size += width
    return "\r\n".join(parts) + "\r\n"
