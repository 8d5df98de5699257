"""Withholding: what of a compiled month may not be published, found for its release and found again to verify it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.disclosure import Protection, protect_series
from shuibei_index.disclosure.cells import ALL, TOTAL
from shuibei_index.disclosure.published import Pattern, blanked
from shuibei_index.errors import GateError, first_few
from shuibei_index.release.recomputed import is_guarded

if TYPE_CHECKING:
    from shuibei_index.frozen import Frozen
    from shuibei_index.index import IndexSeries
    from shuibei_index.release import Release

#: What tells one cell of the pattern from another, and whether it is withheld.
_CELL = ["period", "class_code", "component"]
PATTERN = [*_CELL, "obs_conf"]


def released_pattern(release: Release | None) -> pd.DataFrame | None:
    """Return what a release shows and withholds of the cells: period, class_code, component, obs_conf (F, C).

    Notes
    -----
    Of the unadjusted rows of its indices, and of contributions and shares of components, which are published of classes
    without a component index of their own. These lean on two cells: a change on that of the month before, a share on
    the total. Shown, they show both; withheld, they tell of their own cell where the other one is shown, or where both
    are of one year, for which a cell is withheld as a whole.
    """
    if release is None:
        return None
    indices = release.frame("indices")
    found = [indices.loc[indices["adjustment"] == "NSA", PATTERN]]
    leaning = []
    if "contributions.parquet" in release.files:
        table = release.frame("contributions")
        moves = table.loc[table["measure"] == "mom", PATTERN].astype(str)
        before = moves["period"].map({m: month_names.shift(m, -1) for m in moves["period"].unique()})
        leaning.append(moves.assign(other=before, whole=moves["component"]))
    if "components.parquet" in release.files:
        table = release.frame("components")
        shares = [str(c) for c in table.columns if str(c).endswith("_share")]
        long = table.melt(["period", "class_code"], shares, "component", "share").astype({"period": str})
        long["component"] = long["component"].str.removesuffix("_share")
        long["obs_conf"] = np.where(long["share"].notna(), "F", "C")
        leaning.append(long[PATTERN].assign(other=long["period"], whole=TOTAL))
    for frame in leaning:
        shown = frame[frame["obs_conf"] == "F"]
        found += [shown[PATTERN], shown.assign(period=shown["other"], component=shown["whole"])[PATTERN]]
    known = pd.concat(found, ignore_index=True)
    free = pd.MultiIndex.from_frame(known.loc[known["obs_conf"] == "F", _CELL])
    for frame in leaning:
        other = pd.MultiIndex.from_frame(frame.assign(period=frame["other"], component=frame["whole"])[_CELL])
        one_year = frame["component"].eq(frame["whole"]) & frame["period"].str[:4].eq(frame["other"].str[:4])
        told = frame["obs_conf"].eq("C") & (other.isin(free) | one_year)
        known = pd.concat([known, frame.loc[told, PATTERN]], ignore_index=True)
    return known.drop_duplicates(ignore_index=True)


def protection_of(
    series: IndexSeries, frozen: Frozen, before: pd.DataFrame | None, *, trial: bool | None = None
) -> tuple[Protection | None, str]:
    """Return what a release of a compiled index withholds, and why less than it should ("" = all that it should).

    Parameters
    ----------
    series : IndexSeries
    frozen : Frozen
        What it was compiled from.
    before : DataFrame, optional
        `released_pattern` of the release before.
    trial : bool, optional
        A market nobody reports to: what cannot be protected is said, and stops nothing. Default: as the workspace says.

    Raises
    ------
    GateError
        Too few respondents stand behind the headline, or a withheld cell comes out of what is published. Not in a
        trial: None is returned where no pattern can be found at all.
    """
    allowed = frozen.settings.trial if trial is None else trial
    try:
        found = protect_series(series, frozen.panel, previous=before, strict=not allowed)
    except GateError as error:
        # of a trial: the headline itself, so that there is no pattern that leaves anything to publish
        if not allowed:
            raise
        return None, _words(error)
    try:
        check(found)
    except GateError as error:
        if not allowed:
            raise
        return found, _words(error)
    return found, ""


def pattern_again(series: IndexSeries, frozen: Frozen, before: pd.DataFrame | None) -> Protection | None:
    """Return what `protection_of` finds, without judging it: None where nothing could be published."""
    try:
        return protect_series(series, frozen.panel, previous=before, strict=False)
    except GateError:
        return None


def pattern_of(
    release: Release, again: IndexSeries, frozen: Frozen, before: Release | None, *, first: bool
) -> Protection | None:
    """Return what a release withholds by its frozen inputs; None for one from before disclosure control.

    Parameters
    ----------
    release : Release
    again : IndexSeries
        Compiled from the frozen inputs.
    frozen : Frozen
    before : Release, optional
        The release before it, if it is at hand.
    first : bool
        There is none before it.
    """
    if not is_guarded(release):
        return None
    pattern = released_pattern(before)
    if before is None and not first:
        # what it says it withholds stands in for an earlier release that is not at hand: it may not withhold less
        own = released_pattern(release)
        pattern = None if own is None else own[own["obs_conf"] == "C"]
    return pattern_again(again, frozen, pattern)


def blanked_as(release: Release, name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table of a bundle without what leans on cells that a release withholds; see `disclosure.published`.

    For figures computed anew that are laid beside those of the release, month by month the same.
    """
    cells = released_pattern(release)
    months = tuple(sorted(frame["period"].astype(str).unique()))
    if cells is None or not months:
        return frame
    own = cells[cells["period"].isin(months)]
    at, keys = pd.factorize(pd.MultiIndex.from_frame(own[["class_code", "component"]]), sort=True)
    hidden = np.zeros((len(months), len(keys)), dtype=bool)
    hidden[pd.Index(months).get_indexer(pd.Index(own["period"])), at] = own["obs_conf"].eq("C")
    names = pd.DataFrame(keys.tolist(), columns=["class_code", "component"]).assign(stage=ALL)
    return blanked(Pattern(months, names, hidden), name, frame)


def withheld_classes(series: IndexSeries, frozen: Frozen, before: pd.DataFrame | None) -> pd.DataFrame:
    """Return which classes are not published: bool, months × class codes, full prices.

    For what is sent to a firm: where no pattern can be found, because the headline itself is confidential, all are.
    """
    every = pd.DataFrame(True, index=list(series.months), columns=list(series.codes))
    found = pattern_again(series, frozen, before)
    if found is None:
        return every
    own = found.pattern.query("component == 'total' and stage == 'all'")
    wide = own.assign(kept=own["obs_conf"].eq("C")).pivot_table(
        index="period", columns="class_code", values="kept", aggfunc="max", observed=True
    )
    # nobody ever had turnover in a class that is not there, and nobody can be told from it
    filled = wide.reindex(index=every.index, columns=every.columns).astype(object)
    return filled.where(filled.notna(), False).astype(bool)


def check(protection: Protection) -> None:
    """Refuse a pattern from which an attacker tells a withheld cell.

    Raises
    ------
    GateError
    """
    unsafe = protection.unsafe()
    if len(unsafe):
        names = [" ".join(row) for row in unsafe.astype(str).to_numpy().tolist()]
        raise GateError(
            f"{len(unsafe)} confidential figures could be told from what is published: {first_few(names)}. Nothing is "
            "published; merge small classes in the tree, or let more enterprises report.",
            zh=f"{len(unsafe)} 个保密数值可由公布内容推出：{first_few(names)}。不予发布；"
            "请在分类树中合并小类，或增加填报企业。",
        )


def _words(error: GateError) -> str:
    return (
        "试运行照常发布，正式工作区会在此停止 trial: published all the same, a workspace that is no trial would stop: "
        f"{error.zh or error} {error}"
    )
