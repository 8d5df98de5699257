"""Published: the change as the release of its month says it, beside today's computation: revision and rounding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from shuibei_index.explain.effects import Change
from shuibei_index.months import is_month
from shuibei_index.release.policy import publication_policy
from shuibei_index.release.tables import rounded

if TYPE_CHECKING:
    from shuibei_index.release import Release

_MEASURES = {1: "mom_pct", 12: "yoy_pct"}


@dataclass(frozen=True)
class Published:
    """A published change.

    Parameters
    ----------
    release : str
        Name of the release; "" = not published yet: what would be, from today's computation.
    percent : float
        The change in per cent as printed.
    revision : float
        The change at full precision behind the release, less that of today, in percentage points.
    rounding : float
        What is printed less what is behind it: rounding, of the rate or of the levels it was taken from.
    """

    release: str
    percent: float
    revision: float
    rounding: float


def published(change: Change, release: Release | None = None) -> Published:
    """Return how a change was published.

    Parameters
    ----------
    change : Change
    release : Release, optional
        The release to compare with. One that does not have the series and both months is as none.

    Notes
    -----
    A rate over another span than a month or a year is on no table: it is today's rule of rounding applied to the
    levels behind the release.
    """
    series = change.series
    if release is not None:
        frame = release.tables["indices"]
        mine = frame[(frame["class_code"] == change.class_code) & (frame["adjustment"] == "NSA")]
        rows = mine[mine["component"] == change.component].set_index("period")
        first, last = series.months[change.start], series.months[change.end]
        if {first, last} <= set(rows.index):
            full = float(100.0 * (rows["index"][last] / rows["index"][first] - 1.0))
            shown = _shown(rows, last, full, change.end - change.start, release.about.policy.rate_decimals)
            return Published(release.name, shown, full - change.percent, shown - full)
    policy = publication_policy(series.own_products().run.inputs.rules.at(series.months[change.end]))
    shown = float(rounded([change.percent], policy.rate_decimals)[0])
    return Published("", shown, 0.0, shown - change.percent)


def _shown(rows: pd.DataFrame, month: str, full: float, lag: int, decimals: int) -> float:
    name = _MEASURES.get(lag)
    given = float(rows[name][month]) if name is not None else float("nan")
    return float(rounded([full if given != given else given], decimals)[0])


def release_of(folder: Path, month: str) -> Path | None:
    """Return the bundle of a month's release in a folder, that of its last erratum if there is one; None = not there.

    Parameters
    ----------
    folder : path
        The workspace's releases/.
    month : str
    """
    found = {path.name: path for path in folder.glob(f"{month}*") if (path / "manifest.json").is_file()}
    errata = {
        int(number): name
        for name in found
        if (number := name.removeprefix(f"{month}-r")) != name and number.isdecimal()
    }
    name = errata[max(errata)] if errata else month
    return found.get(name)


def published_in(folder: Path, month: str) -> Release | None:
    """Return the release that published a month: its own, else the newest one that contains the month; None = none.

    Parameters
    ----------
    folder : path
        The workspace's releases/.
    month : str
        Several months released at once have one bundle, named after the last.
    """
    from shuibei_index.release import read_release

    own = release_of(folder, month)
    if own is not None:
        return read_release(own)
    named = {path.parent.name[: len(month)] for path in folder.glob("*/manifest.json")}
    for later in sorted((name for name in named if is_month(name) and name > month), reverse=True):
        bundle = release_of(folder, later)
        release = None if bundle is None else read_release(bundle)
        if release is not None and (release.tables["indices"]["period"] == month).any():
            return release
    return None
