"""Lateness: when the reports of a month are due, and whether a file came in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from shuibei_index import months
from shuibei_index.errors import RulesError
from shuibei_index.moments import day_of

if TYPE_CHECKING:
    from shuibei_index.rules import Rules, RulesAt

#: Month → the last day on which its reports are in time; None for a month the rules do not reach.
Due = Callable[[str], dt.date | None]


def deadline(month: str, rules: RulesAt) -> dt.date:
    """Return the last day on which the reports of a month are in time.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> deadline("2025-12", Rules.load().at("2025-12"))
    datetime.date(2026, 1, 6)
    """
    return dt.date.fromisoformat(f"{months.shift(month, 1)}-{int(rules['report_deadline_day']):02d}")


def deadlines(rules: Rules) -> Due:
    """Return the last day in time of any month, by the rules of that month."""

    def due(month: str) -> dt.date | None:
        try:
            return deadline(month, rules.at(month))
        except RulesError:
            return None

    return due


def came_late(month: str, inbox_month: str, received_at: str, due: dt.date) -> bool | None:
    """Tell whether a file came too late for a month it has records of.

    Parameters
    ----------
    month
        Month of the records; of a file without records, that of the inbox.
    inbox_month
        Month whose inbox the file lay in.
    received_at
        When it came; "" = not said.
    due
        Last day in time for `month`.

    Returns
    -------
    bool or None
        Late if it came after that day or, whatever the time says, with a later month's files. None = nobody said when
        it came, so it cannot be told.

    Examples
    --------
    >>> due = dt.date(2024, 8, 6)
    >>> came_late("2024-07", "2024-07", "2024-09-30", due), came_late("2024-07", "2024-07", "", due)
    (True, None)
    """
    if month < inbox_month:
        return True
    day = day_of(received_at)
    return None if day is None else day > due
