"""The release calendar of a year, by the rules in force and in the names of a workspace."""

from __future__ import annotations

from pathlib import Path

from shuibei_index.release.calendar import ReleaseDay, ics, release_calendar
from shuibei_index.release.policy import publication_policy
from shuibei_index.rules import Rules
from shuibei_index.workspace import Settings, Workspace


def planned(year: int, *, workspace: str = "", file: str = "") -> list[ReleaseDay]:
    """Return the releases planned within a year, and write them as an iCalendar file if one is named.

    Parameters
    ----------
    year : int
    workspace : str
        Whose rules and names; default: those of the package.
    file : str
        Where to write the iCalendar file; "" = nowhere.
    """
    home = Workspace.open(workspace) if workspace else None
    rules, settings = (home.rules(), home.settings) if home else (Rules.load(), Settings())
    days = release_calendar(year, publication_policy(rules.at(f"{year}-01")), rules)
    if file:
        Path(file).write_bytes(ics(days, settings.name_zh, settings.name_en, year, rules))
    return days
