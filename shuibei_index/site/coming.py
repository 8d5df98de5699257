"""Release calendar of the site: what is due, what lies under embargo, what was released, and what was moved and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shuibei_index.release.calendar import next_dates, release_day
from shuibei_index.release.embargo import embargo_day
from shuibei_index.release.policy import Policy

#: How many dates to come are shown.
COMING = 12


def coming_rows(latest: Mapping[str, Any], policy: Policy, embargoed: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the releases to come after the latest vintage.

    Parameters
    ----------
    latest : mapping
        Record of the latest vintage: the dates are those it announced, by the rule only where it announced none.
    policy : Policy
    embargoed : mapping of str to str
        Month → until when its release is not public; of these only month and time are told.

    Returns
    -------
    list of dict
        period, date, state ("due" or "embargo"), until, planned, why {zh, en} ("" where the day was not moved),
        announced.
    """
    dates = latest["next_dates"] or next_dates(latest["period"], policy, COMING)
    rows = []
    for one in dates[:COMING]:
        until = embargoed.get(one["period"], "")
        # an embargo names the day more exactly than the plan did
        date = embargo_day(until) or one["date"]
        state = {"state": "embargo" if until else "due", "until": until}
        rows.append({"period": one["period"], "date": date, **state, **_moved(one["period"], date, policy)})
    return rows


def past_rows(records: list[dict[str, Any]], policy: Policy) -> list[dict[str, Any]]:
    """Return the releases so far, the latest first, with the columns of `coming_rows` and release, corrected_by."""
    rows = []
    for record in reversed(records):
        about = {name: record[name] for name in ("period", "release", "status")}
        about["date"] = record["released_on"]
        corrections = [one["release"] for one in record["corrected_by"]]
        moved = _moved(record["period"], record["released_on"], policy)
        # what was released no longer waits for a notice of holidays
        rows.append({**about, "state": "released", "corrected_by": corrections, **moved, "announced": True})
    return rows


def _moved(period: str, date: str, policy: Policy) -> dict[str, Any]:
    day = release_day(period, policy)
    is_rule = date == day.date and date != day.planned
    return {
        "planned": day.planned if is_rule else "",
        "why": dict(zip(("zh", "en"), day.why if is_rule else ("", ""), strict=True)),
        "announced": day.announced,
    }
