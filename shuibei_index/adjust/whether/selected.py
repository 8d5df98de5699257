"""Adjusting an index: only what the rules select, with the reason of everything that is left as it is."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shuibei_index.adjust.adjusting import seasonally_adjust
from shuibei_index.adjust.adjustment import COMPONENTS, Adjustment
from shuibei_index.adjust.composites.aggregation import indirect
from shuibei_index.adjust.composites.keys import component_levels, series_key, split_key
from shuibei_index.adjust.quality.diagnostics import COLUMNS, NUMBERS
from shuibei_index.adjust.whether import reasons
from shuibei_index.adjust.whether.deciding import candidates
from shuibei_index.adjust.wording import Text
from shuibei_index.errors import RulesError

if TYPE_CHECKING:
    from collections.abc import Callable

    from shuibei_index.adjust.specification.fields import Specification
    from shuibei_index.index import IndexSeries
    from shuibei_index.rules import Rules, RulesAt

PARENTS = ("direct", "indirect")


def adjust_index(
    series: IndexSeries,
    rules: Rules | RulesAt,
    *,
    engine: str | None = None,
    specification: Specification | None = None,
    program: str | Path | None = None,
    workers: int = 2,
    by: Callable[[pd.DataFrame], Adjustment] | None = None,
) -> Adjustment:
    """Adjust the series of an index that the rules select, and say of all others why not.

    Parameters
    ----------
    series : IndexSeries
    rules : Rules or RulesAt
        Those in force in the last month of the series.
    engine, specification, program, workers
        As `seasonally_adjust`.
    by : callable, optional
        What adjusts the frame of selected series in place of `seasonally_adjust` (a revision policy, say).

    Returns
    -------
    Adjustment
        Of every class and component (`series_key`), in the order of `candidates`: status "not_adjusted" with the
        reason where the rules leave a series as it is; "parent_factors" where it took those of the class above (it has
        no trend); otherwise what `seasonally_adjust` says. With rule ``seasonal_parents`` = "indirect", selected
        parents carry their indirect adjustment, status "indirect", and no trend.

    Raises
    ------
    RulesError
        A rule has a value that is not known.
    EngineError, UsageError
        As `seasonally_adjust`.
    """
    in_force = rules.at(series.months[-1])
    chosen = candidates(series, in_force)
    levels = component_levels(series, chosen["series"])
    wanted = chosen.loc[chosen["decision"] == reasons.ADJUST, "series"].tolist()
    if not wanted:
        done = _nothing(levels, in_force.digest)
    elif by is not None:
        done = by(levels[wanted])
    else:
        done = seasonally_adjust(
            levels[wanted],
            engine=engine,
            rules=in_force,
            specification=specification,
            program=program,
            workers=workers,
        )
    parts = {name: done.components[name].reindex(columns=levels.columns).astype(float) for name in COMPONENTS}
    rows = done.diagnostics.set_index("series").reindex(levels.columns)
    # where nothing was adjusted the columns have no type of their own: numbers that are missing stay numbers
    for column in rows.columns:
        rows[column] = rows[column].astype(float if column in NUMBERS else object)
    _leave(rows, chosen, levels)
    _note(rows, chosen, int(in_force["seasonal_short_months"]))
    _by_parents(parts, rows, series, chosen, levels, int(in_force["seasonal_minimum_months"]))
    parents = str(in_force["seasonal_parents"])
    if parents not in PARENTS:
        raise RulesError(f"rule seasonal_parents is {parents!r}; expected one of {', '.join(PARENTS)}")
    if parents == "indirect":
        _through_children(parts, rows, series, wanted)
    diagnostics = rows.rename_axis("series").reset_index()[list(done.diagnostics.columns)]
    return dataclasses.replace(done, original=levels, components=parts, diagnostics=diagnostics)


def _nothing(levels: pd.DataFrame, digest: str) -> Adjustment:
    """Return the adjustment of no series at all: the rules left every one as it is."""
    none = levels.iloc[:, :0]
    empty = pd.DataFrame(columns=list(COLUMNS))
    coefficients = pd.DataFrame(columns=["series", "group", "term", "estimate", "se", "t"])
    return Adjustment(none, dict.fromkeys(COMPONENTS, none), empty, coefficients, none.iloc[:0], {}, {}, digest)


def _leave(rows: pd.DataFrame, chosen: pd.DataFrame, levels: pd.DataFrame) -> None:
    """Fill the diagnostics of what is not adjusted; in place."""
    texts = [name for name in rows.columns if name not in NUMBERS]
    seen = levels.notna().to_numpy()
    month = levels.index.to_numpy()
    first, last = month[seen.argmax(axis=0)], month[len(seen) - 1 - seen[::-1].argmax(axis=0)]
    left = (chosen["decision"] != reasons.ADJUST).to_numpy()
    keys = levels.columns[left]
    rows.loc[keys, texts] = ""
    rows.loc[keys, "status"] = chosen.loc[left, "decision"].to_numpy()
    for language in ("zh", "en"):
        rows.loc[keys, f"reason_{language}"] = chosen.loc[left, f"reason_{language}"].to_numpy()
    rows.loc[keys, "first"], rows.loc[keys, "last"] = first[left], last[left]
    count = seen.sum(axis=0)
    rows["n_obs"] = rows["n_obs"].where(~left, count).astype(np.int64)
    rows["n_missing"] = rows["n_missing"].where(~left, 0).astype(np.int64)


def _note(rows: pd.DataFrame, chosen: pd.DataFrame, limit: int) -> None:
    """Say of the adjusted series that are short, or could not be tested, that they are; in place."""
    adjusted = rows["status"].isin(["adjusted", "fallback"]).to_numpy()
    for at in np.flatnonzero(adjusted).tolist():
        key, n = rows.index[at], int(chosen["n_obs"].iloc[at])
        notes = [reasons.untested(n)] if chosen["present"].iloc[at] == "untested" else []
        notes += [reasons.short_note(n, limit)] if n < limit else []
        for column, mark, words in (("note_zh", "；", [t.zh for t in notes]), ("note_en", "; ", [t.en for t in notes])):
            rows.loc[key, column] = mark.join([*([rows.loc[key, column]] if rows.loc[key, column] else []), *words])


def _by_parents(
    parts: dict[str, pd.DataFrame],
    rows: pd.DataFrame,
    series: IndexSeries,
    chosen: pd.DataFrame,
    levels: pd.DataFrame,
    least: int,
) -> None:
    """Give short series the factors of the nearest class above that is adjusted; in place."""
    above = dict(zip(series.segments[-1].tree.codes, series.segments[-1].tree.column("parent").values(), strict=True))
    for key in chosen.loc[chosen["decision"] == reasons.PARENT, "series"]:
        code, component = split_key(key)
        n, parent = int(rows.loc[key, "n_obs"]), above.get(code, "")
        while parent and not _has_factors(parts["SA"], rows, series_key(parent, component)):
            parent = above.get(parent, "")
        reason = reasons.parents_factors(parent, n, least) if parent else reasons.no_parent(n, least)
        rows.loc[key, "status"] = reasons.PARENT if parent else reasons.SHORT
        rows.loc[key, ["reason_zh", "reason_en"]] = [reason.zh, reason.en]
        if parent:
            of_parent = series_key(parent, component)
            factor = levels[of_parent] / parts["SA"][of_parent]
            parts["factor"][key] = factor.where(levels[key].notna())
            parts["SA"][key] = levels[key] / factor


def _has_factors(adjusted: pd.DataFrame, rows: pd.DataFrame, key: str) -> bool:
    return key in adjusted.columns and rows.loc[key, "status"] in ("adjusted", "fallback")


def _through_children(
    parts: dict[str, pd.DataFrame], rows: pd.DataFrame, series: IndexSeries, wanted: list[str]
) -> None:
    """Put the indirect adjustment in place of the direct one of the selected parents; in place."""
    told = Text("经由下级类的季节调整序列汇总", "aggregated from the adjusted series of the classes below it")
    own = parts["SA"].copy()
    for component in dict.fromkeys(split_key(key)[1] for key in wanted):
        through = indirect(series, own, component=component)
        for code in through.columns:
            key = series_key(code, component)
            if key in wanted and rows.loc[key, "status"] in ("adjusted", "fallback"):
                for name in COMPONENTS:
                    parts[name][key] = np.nan
                parts["SA"][key] = through[code]
                rows.loc[key, ["status", "reason_zh", "reason_en"]] = ["indirect", told.zh, told.en]
