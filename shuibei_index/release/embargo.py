"""Embargo: until when a release must not be shown, held against a time that is given, never the clock."""

from __future__ import annotations

import datetime as dt

from shuibei_index import moments
from shuibei_index.errors import GateError, UsageError


def embargo_moment(text: str, option: str = "--embargo-until") -> dt.datetime:
    """Return the moment an embargo ends; a time without zone is China's.

    Raises
    ------
    UsageError
        It is no date with a time.
    """
    written = moments.read_moment(text, option)
    if len(written) == 10:
        raise UsageError(
            f"{option} {text!r} needs a time of day, e.g. {written}T09:30+08:00",
            zh=f"{option} {text!r} 应含时刻，如 {written}T09:30+08:00",
        )
    moment = dt.datetime.fromisoformat(written)
    return moment.replace(tzinfo=moments.CHINA) if moment.tzinfo is None else moment


def is_lifted(until: str, at: str) -> bool:
    """Tell whether an embargo is over at a time; "" is no embargo.

    Examples
    --------
    >>> is_lifted("2025-01-15T09:30+08:00", "2025-01-15T01:30Z"), is_lifted("2025-01-15T09:30", "2025-01-15T09:29")
    (True, False)
    """
    return not until or (bool(at) and embargo_moment(at, "--at") >= embargo_moment(until))


def require_lifted(release: str, until: str, at: str) -> None:
    """Refuse what makes a release public before its embargo ends.

    Raises
    ------
    GateError
        It is not over at the time given, or no time is given.
    """
    if is_lifted(until, at):
        return
    given = f"at {at}" if at else "no time is given (--at)"
    raise GateError(
        f"release {release} is under embargo until {until}; {given}",
        zh=f"发布 {release} 限时至 {until}，此前不得公开；{f'所给时间 {at}' if at else '未给出 --at'}",
    )


def stamp(until: str, lang: str) -> str:
    """Return the line that stands on every page of a bulletin under embargo; "" without one."""
    if not until:
        return ""
    when = embargo_moment(until).astimezone(moments.CHINA)
    if lang == "zh":
        return f"限时发布：{when.year}年{when.month}月{when.day}日{when:%H:%M}（北京时间）前不得公开、转载或引用。"
    return f"Embargoed until {when:%H:%M} China time (UTC+8), {when:%Y-%m-%d}: not to be published or quoted before."


def public_day(released_on: str, until: str) -> str:
    """Return the day a release becomes public: as given, else the day its embargo ends; "" where neither is given.

    Raises
    ------
    UsageError
        The day given is before the embargo ends: vintages would show what nobody was to see.

    Examples
    --------
    >>> public_day("", "2025-01-14T17:30Z"), public_day("2025-01-15", "")
    ('2025-01-15', '2025-01-15')
    """
    first = embargo_day(until)
    if released_on and first and released_on < first:
        raise UsageError(
            f"released on {released_on}, but under embargo until {until}, which is {first} in China; leave the date "
            "out, or give that day",
            zh=f"发布日 {released_on} 早于限时发布截止日 {first}（{until}）；请不填发布日，或填该日",
        )
    return released_on or first


def embargo_day(until: str) -> str:
    """Return the day in China on which an embargo ends; "" without one.

    Examples
    --------
    >>> embargo_day("2025-01-14T17:30Z"), embargo_day("")
    ('2025-01-15', '')
    """
    return embargo_moment(until).astimezone(moments.CHINA).date().isoformat() if until else ""
