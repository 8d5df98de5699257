"""Protecting: primary rules, time, then for every period the secondary cells that keep what is withheld withheld."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.disclosure.cells import ALL, KEY, TOTAL, Rows, Standing, Trees, rows_of, standing
from shuibei_index.disclosure.primary import (
    KEPT,
    NEIGHBOUR,
    PERIOD,
    REASONS,
    SECONDARY,
    WORDS,
    carried,
    largest_of,
    sensitive,
)
from shuibei_index.disclosure.protection import Protection, Solved
from shuibei_index.disclosure.secondary import secondary_pattern
from shuibei_index.disclosure.table import SUM, Table, cost_of, prior_share, relations_of, required
from shuibei_index.disclosure.time import carry_over, period_of
from shuibei_index.errors import GateError, first_few
from shuibei_index.index.tree import Hierarchy
from shuibei_index.rules import Rules, RulesAt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def protect(
    cells: pd.DataFrame,
    tree: Trees,
    rules: Rules | RulesAt,
    *,
    groups: pd.DataFrame | Mapping[str, str] | None = None,
    values: pd.DataFrame | None = None,
    previous: pd.DataFrame | None = None,
    strict: bool = True,
) -> Protection:
    """Find what may not be published of each class, component, stage and month.

    Parameters
    ----------
    cells : DataFrame
        period, class_code (a leaf), enterprise_id, turnover in CNY; component (metal, making, stone, unsplit: what adds
        up to turnover) and stage where there are such. See `turnover_cells`.
    tree : Hierarchy, mapping or callable
        One tree, {class: parent}, {year: tree}, or the tree of a month.
    rules : Rules or RulesAt
    groups : DataFrame or mapping, optional
        panel.csv, or {enterprise: group}: enterprises of a group are one respondent. A word of the rule
        `disclosure_strata` (large, small …) is no group.
    values : DataFrame, optional
        Further additive figures that are published: period, class_code, value; component, stage, measure where there
        are such (see `index_values`). Protected with the same pattern.
    previous : DataFrame, optional
        `pattern` of the release before: what it withheld stays withheld, what it published is known.
    strict : bool
        False: what cannot be protected is left to the audit.

    Returns
    -------
    Protection

    Raises
    ------
    GateError
        The headline itself would have to be withheld, or a cell cannot be protected without it.
    UsageError
        See `rows_of`.

    Examples
    --------
    >>> from shuibei_index.index import Hierarchy
    >>> tree = Hierarchy.from_parents({"A": "00", "B": "00", "C": "00", "D": "00"})
    >>> cells = pd.DataFrame({"period": "2025-06", "enterprise_id": list("123451234512345") + ["1"],
    ...     "class_code": list("AAAAABBBBBCCCCCD"), "turnover": [30.0] * 5 + [10.0] * 5 + [20.0] * 5 + [40.0]})
    >>> pattern = protect(cells, tree, Rules.load()).pattern
    >>> pattern[pattern["obs_conf"] == "C"][["class_code", "reason"]].values.tolist()
    [['B', 'secondary'], ['D', 'threshold']]
    """
    # of no row at all `rows_of` says so
    newest = str(cells["period"].max()) if "period" in cells and len(cells) else ""
    strata = rules.at(newest)["disclosure_strata"] if newest else ()
    rows, trees = rows_of(cells, tree, groups, strata)
    rows = _with_keys_of(rows, values)
    months, T, C = rows.months, len(rows.months), len(rows.keys)
    at = [rules.at(m) for m in months]
    words, labels = pd.factorize(np.array([period_of(m, r) for m, r in zip(months, at, strict=True)], dtype=object))
    period = words.astype(np.int64)
    last = [at[int(np.flatnonzero(period == p)[-1])] for p in range(len(labels))]
    months_of = [np.flatnonzero(period == p) for p in range(len(labels))]
    by_month = [_standing(rows, rows.month, m, C, last[p]) for p, m in enumerate(months_of)]
    by_period = [_standing(rows, period[rows.month], np.array([p]), C, last[p]) for p in range(len(labels))]
    reporting, reason = np.zeros((T, C), dtype=bool), np.zeros((T, C), dtype=np.int64)
    for p, where in enumerate(months_of):
        reporting[where] = (by_month[p].n > 0).reshape(-1, C)
        reason[where] = sensitive(by_month[p], last[p]).reshape(-1, C)
    reason = carried(reason, reporting, at)
    first = np.stack(
        [_first(np.vstack([reason[m], sensitive(by_period[p], last[p])])) for p, m in enumerate(months_of)]
    )
    whole = carry_over(rows, period, first, last)
    kept, known = _before(previous, rows, period, len(labels))
    whole = np.where((whole == 0) & kept, KEPT, whole)
    headline = _headline(rows.keys, next(iter(trees.values())).top)
    _refuse_headline(whole[:, headline].ravel(), labels, by_period, headline)
    result, solved, lost = np.zeros((T, C), dtype=np.int64), [], []
    for p, where in enumerate(months_of):
        table = _table(
            rows, trees[months[where[0]]], str(labels[p]), where, by_month[p], by_period[p], reason[where], whole[p],
            known, values, headline, last[p],
        )  # fmt: skip
        primary = whole[p][table.cell] > 0
        keys = rows.keys.iloc[table.cell]
        table, hidden, method, exposed, told = secondary_pattern(table, primary, keys, rows, where, last[p])
        lost += [(table, b, k) for b, k in exposed]
        named = tuple(tuple(keys.iloc[one.over]) for one in told)
        solved.append(Solved(table, hidden, primary, last[p], method, named))
        # a month without a reason of its own is withheld with its period
        mine = np.where((whole[p] > 0) & (whole[p] < NEIGHBOUR), PERIOD, whole[p])
        mine[table.cell[hidden & ~primary]] = SECONDARY
        result[where] = np.where(reason[where] > 0, reason[where], mine)
    if lost and strict:
        _refuse_exposed(lost, rows.keys)
    if strict:
        _refuse_told(solved)
    there = np.logical_or.accumulate(reporting, axis=0)
    return Protection(months, rows.keys, there, result, tuple(solved))


def _standing(rows: Rows, group: Ints, wanted: Ints, C: int, rules: RulesAt) -> Standing:
    """Return what stands behind the cells of some consecutive months or periods, shape (len(wanted) · C,)."""
    inside = (group >= wanted[0]) & (group <= wanted[-1])
    key = (group[inside] - wanted[0]) * C + rows.cell[inside]
    return standing(
        key, len(wanted) * C, rows.respondent[inside], rows.amount[inside], rows.n_respondents, largest_of(rules)
    )


def _first(reason: Ints) -> Ints:
    some = np.where(reason > 0, reason, len(REASONS)).min(axis=0)
    return np.where(some == len(REASONS), 0, some)


def _with_keys_of(rows: Rows, values: pd.DataFrame | None) -> Rows:
    """Return the rows with the keys of further figures beside those of turnover."""
    if values is None or not len(values):
        return rows
    more = _keyed(values)[KEY].drop_duplicates()
    known = pd.MultiIndex.from_frame(rows.keys)
    new = more[known.get_indexer(pd.MultiIndex.from_frame(more)) < 0].sort_values(KEY)
    keys = pd.concat([rows.keys, new], ignore_index=True)
    return Rows(rows.months, keys, rows.month, rows.cell, rows.respondent, rows.amount, rows.n_respondents)


def _keyed(frame: pd.DataFrame) -> pd.DataFrame:
    given = {"component": TOTAL, "stage": ALL, "measure": "value"}
    return frame.assign(**{name: word for name, word in given.items() if name not in frame})


def _without_last_digits(value: Floats) -> Floats:
    """Return values with seven digits: the last ones are the processor's, and must not decide what is withheld."""
    unit = 10.0 ** (np.floor(np.log10(np.abs(np.where(value == 0.0, 1.0, value)))) - 6.0)
    return np.round(value / unit) * unit


def _before(previous: pd.DataFrame | None, rows: Rows, period: Ints, P: int) -> tuple[Bools, Bools]:
    """Return what was withheld before, shape (P, C), and what was published, shape (T, C)."""
    T, C = len(rows.months), len(rows.keys)
    kept, known = np.zeros((P, C), dtype=bool), np.zeros((T, C), dtype=bool)
    if previous is not None and len(previous):
        frame = _keyed(previous)
        month = pd.Index(rows.months).get_indexer(pd.Index(frame["period"].astype(str)))
        cell = pd.MultiIndex.from_frame(rows.keys).get_indexer(pd.MultiIndex.from_frame(frame[KEY]))
        inside, free = (month >= 0) & (cell >= 0), frame["obs_conf"].to_numpy() == "F"
        known[month[inside & free], cell[inside & free]] = True
        kept[period[month[inside & ~free]], cell[inside & ~free]] = True
    return kept, known


def _headline(keys: pd.DataFrame, top: str) -> Ints:
    own = (keys["class_code"] == top) & (keys["component"] == TOTAL) & (keys["stage"] == ALL)
    return np.flatnonzero(own.to_numpy())


def _refuse_headline(reason: Ints, labels: npt.NDArray[np.object_], by_period: list[Standing], headline: Ints) -> None:
    bad = np.flatnonzero(reason > 0)
    if len(bad):
        zh, en = WORDS[REASONS[reason[bad[0]]]]
        n = int(by_period[int(bad[0])].n[headline[0]])
        raise GateError(
            f"the headline itself would have to be withheld in {first_few([labels[b] for b in bad])}: {en} "
            f"({n} respondents in the period). Nothing is published; more enterprises must report.",
            zh=f"{labels[bad[0]]} 的总指数本身须保密：{zh}（该期间 {n} 家填报单位）。不予发布，须有更多企业报送。",
        )


def _refuse_exposed(lost: list[tuple[Table, int, int]], keys: pd.DataFrame) -> None:
    table, block, cell = lost[0]
    names = [" ".join(keys.loc[t.cell[k], KEY]) + f" {t.period}" for t, _, k in lost]
    raise GateError(
        f"{first_few(dict.fromkeys(names))} cannot be protected without withholding the headline "
        f"(first: {table.period} {table.blocks[block]}): the other cells of its sums are too small. Merge the class "
        "with another in the tree, or let more enterprises report.",
        zh=f"无法在公布总指数的同时保护 {' '.join(keys.loc[table.cell[cell], KEY])}"
        f"（{table.period} {table.blocks[block]}）："
        "同一合计中的其他单元太小。请在分类树中合并该类，或增加填报企业。",
    )


def _refuse_told(solved: list[Solved]) -> None:
    told = [" ".join(one) + f" {period.table.period}" for period in solved for one in period.told]
    if told:
        raise GateError(
            f"from {first_few(dict.fromkeys(told))} follow sums of withheld cells that may not be published, and no "
            "further cell can be withheld to hide them. Merge small classes in the tree, or let more enterprises "
            "report.",
            zh=f"由 {told[0]} 可推算不公布单元之和，该和不得公布，且已无可再保密的单元。"
            "请在分类树中合并小类，或增加填报企业。",
        )


def _table(
    rows: Rows,
    tree: Hierarchy,
    label: str,
    where: Ints,
    by_month: Standing,
    by_period: Standing,
    reason: Ints,
    whole: Ints,
    known: Bools,
    values: pd.DataFrame | None,
    headline: Ints,
    rules: RulesAt,
) -> Table:
    """Put together the table of a period: its months, their sum, and further figures, over the cells that exist."""
    M, C = len(where), len(rows.keys)
    names = [rows.months[t] for t in where]
    value = [by_month.value.reshape(M, C), by_period.value.reshape(1, C)]
    sole = [by_month.sole.reshape(M, C), by_period.sole.reshape(1, C)]
    # turnover of a year is given by the months; in a block of a month only what is sensitive in it, or its neighbour
    wanted = [(reason > 0) | (whole == NEIGHBOUR), (whole > 0)[np.newaxis] & (whole != KEPT)]
    there, seen = [np.ones((M + 1, C), dtype=bool)], [known[where], np.zeros((1, C), dtype=bool)]
    extra = _keyed(values) if values is not None and len(values) else None
    if extra is not None:
        extra = extra[extra["period"].astype(str).isin(names)]
    if extra is not None and len(extra):
        block, found = pd.factorize(pd.MultiIndex.from_frame(extra[["measure", "period"]].astype(str)), sort=True)
        cell = pd.MultiIndex.from_frame(rows.keys).get_indexer(pd.MultiIndex.from_frame(extra[KEY]))
        more, own = np.zeros((len(found), C)), np.zeros((len(found), C), dtype=bool)
        more[block, cell] = extra["value"].to_numpy(dtype=float)
        kind, _ = pd.factorize(pd.MultiIndex.from_frame(rows.keys[["component", "stage"]]))
        has = np.zeros((len(found), int(kind.max()) + 1), dtype=bool)
        has[block, kind[cell]] = True
        own[:] = has[:, kind]
        month = pd.Index(names).get_indexer([m for _, m in found])
        value.append(_without_last_digits(np.nan_to_num(more)))
        sole.append(by_month.sole.reshape(M, C)[month])
        wanted.append(np.broadcast_to((whole > 0) & (whole != KEPT), more.shape))
        there.append(own)
        seen.append(known[where][month])
        names_of = [f"{measure} {m}" for measure, m in found]
    else:
        names_of = []
    amount = np.vstack(value)
    cell = np.flatnonzero((np.abs(amount) > 0).any(axis=0))
    amount, exists = amount[:, cell], np.vstack(there)[:, cell]
    published = np.vstack(seen)[:, cell]
    need = np.where(np.vstack(wanted)[:, cell] & exists, required(rules) * np.abs(amount), 0.0)
    return Table(
        label,
        cell,
        relations_of(rows.keys.iloc[cell].reset_index(drop=True), tree),
        (*names, SUM, *names_of),
        amount,
        exists,
        need,
        np.vstack(sole)[:, cell],
        published,
        cost_of(by_period.size[cell], rules),
        np.isin(cell, headline),
        prior_share(rules),
    )
