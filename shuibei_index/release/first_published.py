"""The never-revised series: every level as it was first published, carried from release to release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.release.optional import FIRST_PUBLISHED
from shuibei_index.release.schema import conform, empty

if TYPE_CHECKING:
    from shuibei_index.release.about import About
    from shuibei_index.release.bundle import Release

_KEY = list(FIRST_PUBLISHED.key)


def first_published(indices: pd.DataFrame, about: About, previous: Release | None = None) -> pd.DataFrame | None:
    """Return the table first_published of a release.

    Parameters
    ----------
    indices : DataFrame
        Indices of the release in full precision, as they are published: withheld ones empty, obs_conf C.
    about : About
        Of the release: its name, month and base period.
    previous : Release, optional
        The release before; None = there is none, and every month is first published in this one.

    Returns
    -------
    DataFrame or None
        period, class_code, component, index, vintage, obs_conf; None while the months of the base period are not all
        there, since all levels still move with it.

    Notes
    -----
    A figure once in the table stays, whatever later releases and errata say. A withheld level is empty, and is filled
    by the first release that shows it. A release before this table existed counts by its indices; one of another
    base period begins the series anew. methodology/vintages.md, (V.7).
    """
    if not has_whole_base(about):
        return None
    return appended(carried(about, previous), indices, about.release)


def has_whole_base(about: About) -> bool:
    """Tell whether a release covers all of its base period: before that its levels have no fixed scale."""
    return about.period >= month_names.months_of(about.base_period)[-1]


def carried(about: About, previous: Release | None) -> pd.DataFrame:
    """Return what the release before has of the series; nothing if it is of another base or had none yet."""
    if previous is None or previous.about.base_period != about.base_period or not has_whole_base(previous.about):
        return empty(FIRST_PUBLISHED)
    path = f"{FIRST_PUBLISHED.name}.parquet"
    if path in previous.files:
        return conform(previous.frame(FIRST_PUBLISHED.name), FIRST_PUBLISHED, f"{path} of {previous.name}")
    return appended(empty(FIRST_PUBLISHED), previous.frame("indices"), previous.name)


def appended(before: pd.DataFrame, indices: pd.DataFrame, release: str) -> pd.DataFrame:
    """Add the unadjusted levels that a release is the first to show.

    Parameters
    ----------
    before : DataFrame
        The table as carried.
    indices : DataFrame
        Columns of indices.csv.
    release : str
        Name of the release.
    """
    withheld = indices["obs_conf"].eq("C")
    listed = indices["adjustment"].eq("NSA") & (withheld | indices["index"].notna())
    new = indices.loc[listed, [*_KEY, "index", "obs_conf"]].assign(vintage=release)
    new["index"] = np.where(new["obs_conf"].eq("C"), np.nan, new["index"])
    # an empty is no figure: it gives way to the first one, and stays as it was if that is empty as well
    shown = before[before["obs_conf"].ne("C")]
    new = new[~_among(new, shown)]
    again = new["obs_conf"].eq("C") & _among(new, before)
    new = new[~again]
    kept = before[~_among(before, new)]
    return conform(pd.concat([kept, new]) if len(kept) else new, FIRST_PUBLISHED, "first_published")


def expected(indices: pd.DataFrame, release: Release, previous: Release | None) -> pd.DataFrame | None:
    """Return the table as a release should have it, to verify it.

    Without the release before, what the release itself has of earlier vintages is taken as given.
    """
    about = release.about
    if not has_whole_base(about):
        return None
    if previous is not None:
        return first_published(indices, about, previous)
    own = conform(release.frame(FIRST_PUBLISHED.name), FIRST_PUBLISHED, FIRST_PUBLISHED.name)
    return appended(own[own["vintage"] != about.release].reset_index(drop=True), indices, about.release)


def _among(frame: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
    keys = pd.MultiIndex.from_frame(frame[_KEY].astype(str))
    return pd.Series(keys.isin(pd.MultiIndex.from_frame(other[_KEY].astype(str))), index=frame.index, dtype=bool)
