"""Withholding: what of a compiled month may not be published, found for its release and found again to verify it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from shuibei_index.disclosure import Protection, protect_series
from shuibei_index.errors import GateError, first_few

if TYPE_CHECKING:
    from shuibei_index.frozen import Frozen
    from shuibei_index.index import IndexSeries
    from shuibei_index.release import Release

#: What tells one cell of the pattern from another, and whether it is withheld.
PATTERN = ["period", "class_code", "component", "obs_conf"]


def released_pattern(release: Release | None) -> pd.DataFrame | None:
    """Return what a release withholds: period, class_code, component, obs_conf (F, C) of its unadjusted rows."""
    if release is None:
        return None
    indices = release.frame("indices")
    return indices.loc[indices["adjustment"] == "NSA", PATTERN].reset_index(drop=True)


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
