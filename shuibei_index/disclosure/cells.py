"""Cells: turnover by class, component, stage and month, and the largest respondents behind each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.errors import UsageError, first_few
from shuibei_index.index.tree import Hierarchy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Trees = Hierarchy | Mapping[Any, Any] | Callable[[str], Hierarchy]

#: Names of the margins: all components, all stages.
TOTAL, ALL = "total", "all"
KEY = ["class_code", "component", "stage"]


@dataclass(frozen=True)
class Rows:
    """Turnover of respondents, margins of all tables included: R rows, each key once.

    Parameters
    ----------
    months : tuple of str
        T months in order.
    keys : DataFrame
        class_code, component, stage of the C cells.
    month, cell, respondent : ndarray of int64, shape (R,)
        Positions.
    amount : ndarray, shape (R,)
        CNY; never 0.
    n_respondents : int
    """

    months: tuple[str, ...]
    keys: pd.DataFrame
    month: Ints
    cell: Ints
    respondent: Ints
    amount: Floats
    n_respondents: int


@dataclass(frozen=True)
class Standing:
    """What stands behind each of G groups of rows, shape (G,) each.

    `value` is the sum, `size` the sum of absolute amounts, `n` the number of respondents, `first` and `second` the
    largest two in absolute amount, `top` the sum of the `largest` largest, `sole` the one respondent (−1: none or
    several).
    """

    value: Floats
    size: Floats
    n: Ints
    first: Floats
    second: Floats
    top: Floats
    sole: Ints


def standing(group: Ints, groups: int, respondent: Ints, amount: Floats, respondents: int, largest: int) -> Standing:
    """Return the sums and the largest respondents of groups of rows, each respondent counted once in a group.

    Parameters
    ----------
    group, respondent : ndarray of int64, shape (R,)
    groups, respondents : int
        How many there are.
    amount : ndarray, shape (R,)
    largest : int
        Of how many respondents `top` is the sum.
    """
    group, respondent, amount = _summed(group, respondent, amount, respondents)
    size = np.abs(amount)
    order = np.lexsort((-size, group))
    group, size, respondent = group[order], size[order], respondent[order]
    n = np.bincount(group, minlength=groups)
    rank = np.arange(len(group)) - (np.cumsum(n) - n)[group]
    ranked = np.zeros((2, groups))
    for r in range(2):
        ranked[r, group[rank == r]] = size[rank == r]
    sole = np.full(groups, -1, dtype=np.int64)
    alone = n[group] == 1
    sole[group[alone]] = respondent[alone]
    inside = rank < largest
    return Standing(
        np.bincount(group, weights=amount[order], minlength=groups).astype(float),
        np.bincount(group, weights=size, minlength=groups).astype(float),
        n.astype(np.int64),
        ranked[0],
        ranked[1],
        np.bincount(group[inside], weights=size[inside], minlength=groups).astype(float),
        sole,
    )


def _summed(group: Ints, respondent: Ints, amount: Floats, respondents: int) -> tuple[Ints, Ints, Floats]:
    """Sum rows of one group and respondent; sums of zero are left out."""
    key = group * np.int64(max(respondents, 1)) + respondent
    order = np.argsort(key, kind="stable")
    key = key[order]
    new = np.flatnonzero(np.diff(key, prepend=-1))
    total = np.add.reduceat(amount[order], new) if len(new) else np.zeros(0)
    # sums in floating point of what cancels in whole fen
    keep = np.abs(total) > 1e-6
    found = key[new][keep]
    return found // max(respondents, 1), found % max(respondents, 1), total[keep]


def tree_at(tree: Trees, month: str) -> Hierarchy:
    """Return the tree in force in a month, from a tree, {class: parent}, {year: tree} or a function of the month.

    Raises
    ------
    UsageError
        None is in force, or it is none of these.
    """
    if isinstance(tree, Hierarchy):
        return tree
    if callable(tree):
        return tree(month)
    if isinstance(tree, Mapping) and any(isinstance(one, Hierarchy) for one in tree.values()):
        valid = [year for year in tree if str(year)[:4] <= month[:4]]
        if not valid:
            raise UsageError(f"no tree is in force in {month}", zh=f"{month} 没有可用的分类树")
        chosen: Hierarchy = tree[max(valid, key=str)]
        return chosen
    return Hierarchy.of(tree)


def respondents_of(
    enterprise: pd.Series, groups: pd.DataFrame | Mapping[str, str] | None, strata: Sequence[str] = ()
) -> tuple[Ints, int]:
    """Code enterprises as respondents: those of one group are one.

    Parameters
    ----------
    enterprise : Series of str
    groups : DataFrame or mapping, optional
        panel.csv (enterprise_id, group, and owner where it has one), or {enterprise: group}; empty = no group. An
        owner is one whatever it is called; a group is none if it is one of the strata.
    strata : sequence of str
        Words in the column that name a sampling stratum and no owner (`disclosure_strata`).

    Returns
    -------
    codes : ndarray of int64
    number : int
        Of respondents.
    """
    firms = enterprise.astype(str)
    of_firm: dict[Any, str] = dict.fromkeys(firms.unique(), "")
    owner = pd.Series("", index=firms.index, dtype=object)
    if isinstance(groups, pd.DataFrame):
        listed = groups.drop_duplicates("enterprise_id").set_index("enterprise_id")
        of_firm |= listed["group"].fillna("").astype(str).to_dict() if "group" in listed else {}
        if "owner" in listed:
            owner = firms.map(listed["owner"].fillna("").astype(str).str.strip()).fillna("")
    else:
        of_firm |= dict(groups or {})
    group = firms.map(of_firm)
    group = group.mask(group.isin([str(word) for word in strata]), "")
    # whoever names owners says what the column group leaves to guess
    group = group.mask(owner != "", owner)
    # a group may bear the code of an enterprise
    name = np.where(group != "", "group:" + group, "firm:" + firms)
    codes, names = pd.factorize(name, sort=True)
    return codes.astype(np.int64), len(names)


def rows_of(
    cells: pd.DataFrame,
    tree: Trees,
    groups: pd.DataFrame | Mapping[str, str] | None = None,
    strata: Sequence[str] = (),
) -> tuple[Rows, dict[str, Hierarchy]]:
    """Return the turnover of respondents in every cell and margin, and the tree of every month.

    Parameters
    ----------
    cells : DataFrame
        period, class_code (a leaf), enterprise_id, turnover; component (the parts of turnover, which add up to it) and
        stage where there are such. Several rows of one key add up.
    tree : Hierarchy, mapping or callable
        See `tree_at`.
    groups : DataFrame or mapping, optional
        Which enterprises are one respondent.
    strata : sequence of str
        See `respondents_of`.

    Raises
    ------
    UsageError
        A column is missing, turnover is not a number, a class is not a leaf of its month's tree, or totals stand
        beside parts.
    """
    missing = [c for c in ("period", "class_code", "enterprise_id", "turnover") if c not in cells]
    if missing:
        raise UsageError(f"cells: {', '.join(missing)} missing", zh=f"保密单元表缺少列 {'、'.join(missing)}")
    amount = pd.to_numeric(cells["turnover"]).to_numpy(dtype=float)
    if not np.isfinite(amount).all():
        raise UsageError("cells: turnover is not a finite number", zh="保密单元表的销售额不是有限数值")
    part = _labels(cells, "component", TOTAL)
    stage = _labels(cells, "stage", ALL)
    period, periods = _months(cells["period"].astype(str))
    if isinstance(tree, Mapping) and not any(isinstance(one, Hierarchy) for one in tree.values()):
        # {class: parent}: checked once, not every month
        tree = Hierarchy.of(tree)
    trees = {month: tree_at(tree, month) for month in periods}
    codes = sorted({code for one in trees.values() for code in one.codes})
    leaf = pd.Index(codes).get_indexer(pd.Index(cells["class_code"].astype(str)))
    above = np.full((len(periods), len(codes)), -1, dtype=np.int64)
    leaves = np.zeros((len(periods), len(codes)), dtype=bool)
    for t, one in enumerate(trees.values()):
        place = pd.Index(codes).get_indexer(pd.Index(one.codes))
        above[t, place] = np.where((one.parent >= 0) & one.counted, place[one.parent], -1)
        leaves[t, place] = one.is_leaf
    stray = (leaf < 0) | ~leaves[period, leaf]
    if stray.any():
        names = cells["class_code"].astype(str)[stray].unique()
        raise UsageError(
            f"cells: not a leaf of the tree: {first_few(names)}", zh=f"不是分类树的末级：{first_few(names)}"
        )
    respondent, respondents = respondents_of(cells["enterprise_id"], groups, strata)
    parts, stages = (
        [TOTAL, *(p for p in part.categories if p != TOTAL)],
        [ALL, *(s for s in stage.categories if s != ALL)],
    )
    shape = (len(periods), len(codes), len(parts), len(stages))
    at = (period, leaf, pd.Index(parts).get_indexer(part), pd.Index(stages).get_indexer(stage))
    key, respondent, amount = _summed(np.ravel_multi_index(at, shape), respondent, amount, respondents)
    found = [(key, respondent, amount)]
    month, code, p, s = np.unravel_index(key, shape)
    if len(parts) > 1:
        found.append((np.ravel_multi_index((month, code, 0 * p, s), shape), respondent, amount))
    if len(stages) > 1:
        found += [(np.ravel_multi_index((*np.unravel_index(k, shape)[:3], 0 * s), shape), r, a) for k, r, a in found]
    level = _joined(found, respondents)
    whole = []
    while len(level[0]):
        whole.append(level)
        key, respondent, amount = level
        month, code, p, s = np.unravel_index(key, shape)
        up = above[month, code]
        inside = up >= 0
        parent = np.ravel_multi_index((month[inside], up[inside], p[inside], s[inside]), shape)
        level = _summed(parent, respondent[inside], amount[inside], respondents)
    key, respondent, amount = _joined(whole, respondents)
    month, code, p, s = np.unravel_index(key, shape)
    cell, kinds = pd.factorize(np.ravel_multi_index((code, p, s), shape[1:]), sort=True)
    code, p, s = np.unravel_index(kinds, shape[1:])
    keys = pd.DataFrame(
        {"class_code": np.array(codes)[code], "component": np.array(parts)[p], "stage": np.array(stages)[s]}
    )
    rows = Rows(tuple(periods), keys, month, cell.astype(np.int64), respondent, amount, respondents)
    return rows, trees


def _joined(parts: list[tuple[Ints, Ints, Floats]], respondents: int) -> tuple[Ints, Ints, Floats]:
    key, respondent, amount = (np.concatenate([part[n] for part in parts]) for n in range(3))
    return _summed(key, respondent, amount, respondents)


def _months(period: pd.Series) -> tuple[Ints, list[str]]:
    """Return the position of each month among all from the first to the last, and these."""
    words, found = pd.factorize(period, sort=True)
    if not len(found):
        raise UsageError("cells: no row", zh="保密单元表没有数据")
    number = np.array([month_names.ordinal(word) for word in found], dtype=np.int64)
    return (number - number[0])[words], [month_names.label(int(m)) for m in range(number[0], number[-1] + 1)]


def _labels(cells: pd.DataFrame, column: str, margin: str) -> Any:
    if column not in cells:
        return pd.Categorical([margin] * len(cells), categories=[margin])
    labels = pd.Categorical(cells[column].astype(str))
    if margin in labels.categories and len(labels.categories) > 1:
        raise UsageError(
            f"cells: {column} {margin!r} stands beside {first_few([c for c in labels.categories if c != margin])}; "
            "give the parts alone, they are added up",
            zh=f"保密单元表的 {column} 同时有合计 {margin} 与分项；请只给分项，合计由程序相加",
        )
    return labels
