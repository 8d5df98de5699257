"""Unions: sums of withheld cells that the published ones give away, judged by the same rules as a cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.disclosure.attack import freedom, is_fixed
from shuibei_index.disclosure.cells import KEY, Rows, standing
from shuibei_index.disclosure.primary import largest_of, sensitive
from shuibei_index.disclosure.small_sums import determined_sums, leaning_on
from shuibei_index.disclosure.table import SUM, Table
from shuibei_index.disclosure.weighted_sums import telling_sums
from shuibei_index.rules import RulesAt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Union:
    """A sum everybody can work out: a published cell and the `shown` ones tell what its `members` add up to.

    Positions in a table. Each member alone may be well protected, and their sum still be one firm's figure.
    """

    over: int
    members: tuple[int, ...]
    shown: tuple[int, ...]


def unions_of(table: Table, keys: pd.DataFrame, hidden: Bools) -> list[Union]:
    """Return the sums of withheld cells that published ones give away, along each dimension of the table.

    Parameters
    ----------
    table : Table
        Of n cells.
    keys : DataFrame
        class_code, component, stage of the n cells.
    hidden : ndarray of bool, shape (n,)

    Notes
    -----
    Of every published cell the parts withheld, level by level: a withheld part of which some parts are published stands
    for those of its parts that are not. A cell all of whose parts are withheld gives no more away than itself. Sums
    that need relations of two dimensions at once (a class and its components together) are not among them.
    """
    sums = table.sums
    over = np.argmax(sums > 0, axis=1) if len(sums) else np.zeros(0, dtype=np.int64)
    parts = [np.flatnonzero(row < 0).tolist() for row in sums]
    words = keys[KEY].to_numpy(dtype=object)
    # the dimension along which a relation adds up: the one in which its first part differs from the sum
    along = [int(np.argmax(words[p] != words[part[0]])) for p, part in zip(over.tolist(), parts, strict=True)]
    row_of = {(kind, p): r for r, (kind, p) in enumerate(zip(along, over.tolist(), strict=True))}

    def split(row: int) -> tuple[list[int], list[int]]:
        members: list[int] = []
        shown: list[int] = []
        for part in parts[row]:
            below = row_of.get((along[row], part))
            if not hidden[part]:
                shown.append(part)
            elif below is None or not (found := split(below))[1]:
                members.append(part)
            else:
                members += found[0]
                shown += found[1]
        return members, shown

    result = []
    for row, p in enumerate(over.tolist()):
        if not hidden[p]:
            members, shown = split(row)
            if members and shown:
                result.append(Union(p, tuple(members), tuple(shown)))
    return result


@dataclass(frozen=True)
class Moving:
    """How the withheld cells may move in the blocks of a kind: one block, its months (the period last), `freedom`."""

    block: int
    months: list[int]
    columns: Ints
    basis: Floats


def moving(table: Table, hidden: Bools) -> list[Moving]:
    """Return how the withheld cells may move, by kind of block: most have the same cells and sums."""
    months = table.blocks[: table.blocks.index(SUM)]
    place = {month: at for at, month in enumerate(months)} | {SUM: len(months)}
    kinds: dict[bytes, tuple[int, list[int]]] = {}
    for b, name in enumerate(table.blocks):
        alike = np.packbits(np.concatenate([table.holds[b], table.room[b] > 0])).tobytes()
        # figures of a measure are named with their month
        kinds.setdefault(alike, (b, []))[1].append(place[name.rpartition(" ")[2]])
    return [Moving(block, place, *freedom(table, hidden, block)) for block, place in kinds.values()]


def follows(table: Table, kinds: list[Moving]) -> Bools:
    """Tell which withheld cells the published ones give exactly in each month and in the period, shape (M + 1, n).

    Nothing sensitive is among them, or the pattern would not be safe: they are cells withheld for the sake of others,
    in months in which these are not there. Of a sum they hide nothing.
    """
    result = np.zeros((table.blocks.index(SUM) + 1, len(table.cell)), dtype=bool)
    for kind in kinds:
        result[np.ix_(np.array(kind.months), kind.columns)] |= is_fixed(kind.basis)
    return result


def judged(unions: list[tuple[int, ...]], table: Table, rows: Rows, where: Ints, rules: RulesAt) -> Bools:
    """Tell which sets of cells add up to what may not be published, in each month and in the period, shape (U, M + 1).

    Parameters
    ----------
    unions : list of tuple of int
        Positions in the table; the cells of one have no part in common.
    table : Table
    rows : Rows
    where : ndarray of int64
        The months of the period, as positions in `rows.months`.
    rules : RulesAt
    """
    M = len(where)
    if not unions:
        return np.zeros((0, M + 1), dtype=bool)
    inside = np.flatnonzero(np.isin(rows.month, where))
    inside = inside[np.argsort(rows.cell[inside], kind="stable")]
    cell = rows.cell[inside]
    group, taken = [], []
    for u, members in enumerate(unions):
        wanted = table.cell[list(members)]
        first, last = np.searchsorted(cell, wanted), np.searchsorted(cell, wanted, side="right")
        at = np.concatenate([inside[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True)])
        month = np.searchsorted(where, rows.month[at])
        group += [u * (M + 1) + month, np.full(len(at), u * (M + 1) + M)]
        taken += [at, at]
    at = np.concatenate(taken)
    respondent, amount, largest = rows.respondent[at], rows.amount[at], largest_of(rules)
    found = standing(np.concatenate(group), len(unions) * (M + 1), respondent, amount, rows.n_respondents, largest)
    return np.asarray((sensitive(found, rules) > 0).reshape(len(unions), M + 1))


def telling(table: Table, keys: pd.DataFrame, hidden: Bools, rows: Rows, where: Ints, rules: RulesAt) -> list[Union]:
    """Return the unions that tell too much in a month or in the period: none where all is well.

    A withheld cell that follows from published ones counts as published.
    """
    found: dict[Union, None] = {}
    kinds = moving(table, hidden)
    given, inverse = np.unique(follows(table, kinds), axis=0, return_inverse=True)
    # NumPy 2.0 gives the inverse a second axis
    of = inverse.ravel()
    for k, also_shown in enumerate(given):
        unions = unions_of(table, keys, hidden & ~also_shown)
        bad = judged([one.members for one in unions], table, rows, where, rules)[:, of == k].any(axis=1)
        found |= dict.fromkeys(unions[u] for u in np.flatnonzero(bad).tolist())
    several = [*found, *_telling_small(table, hidden, kinds, rows, where, rules)]
    # what these tell is often mended with them: only then all others are searched
    return several or _telling_weighted(table, hidden, kinds, rows, where, rules)


def _telling_small(
    table: Table, hidden: Bools, kinds: list[Moving], rows: Rows, where: Ints, rules: RulesAt
) -> list[Union]:
    """Return the pairs and threes that tell too much, whatever the dimensions that give them away."""
    found: dict[tuple[int, ...], Union] = {}
    for kind in kinds:
        sums = list(determined_sums(kind.columns, kind.basis, table.common))
        bad = judged(sums, table, rows, where, rules)[:, kind.months].any(axis=1)
        for members in (sums[u] for u in np.flatnonzero(bad).tolist()):
            if members not in found:
                shown = leaning_on(table, hidden, kind.block, members)
                if not shown:
                    # it follows from what earlier releases showed alone: nothing withheld now takes it back
                    continue
                found[members] = Union(_largest(table, kind.block, shown), members, shown)
    return list(found.values())


def _largest(table: Table, block: int, shown: tuple[int, ...]) -> int:
    # a sum is named after the largest of what it follows from
    return max(shown, key=lambda p: abs(float(table.value[block, p])))


def _telling_weighted(
    table: Table, hidden: Bools, kinds: list[Moving], rows: Rows, where: Ints, rules: RulesAt
) -> list[Union]:
    """Return for each month a sum of any number of withheld cells, with any weights, that tells too much there."""
    found: dict[tuple[int, ...], Union] = {}
    margin = np.asarray((table.sums > 0).any(axis=0))
    for kind in kinds:
        # what is determined of margins is determined of their parts; what is fixed hides nothing
        ends = ~margin[kind.columns] & ~is_fixed(kind.basis)
        columns = kind.columns[ends]
        if not len(columns) or np.linalg.matrix_rank(kind.basis[ends]) == len(columns):
            continue
        relations = table.sums[np.ix_(table.holds[kind.block], kind.columns)]
        months = sorted(set(kind.months))
        held = [held_of(columns, table, rows, where[m : m + 1] if m < len(where) else where) for m in months]
        for weights in telling_sums(relations, ends, held, rules):
            if weights is not None:
                members = tuple(columns[weights != 0.0].tolist())
                shown = leaning_on(table, hidden, kind.block, members, weights[weights != 0.0])
                if shown:
                    found.setdefault(members, Union(_largest(table, kind.block, shown), members, shown))
    return list(found.values())


def held_of(columns: Ints, table: Table, rows: Rows, where: Ints) -> Floats:
    """Return what each respondent has of some cells in some months, absolute amounts, shape (respondents, n)."""
    at = np.full(len(rows.keys), -1, dtype=np.int64)
    at[table.cell[columns]] = np.arange(len(columns))
    inside = np.flatnonzero(np.isin(rows.month, where) & (at[rows.cell] >= 0))
    place = rows.respondent[inside] * len(columns) + at[rows.cell[inside]]
    size = rows.n_respondents * len(columns)
    return np.abs(np.bincount(place, weights=rows.amount[inside], minlength=size)).reshape(-1, len(columns))


def widened(
    table: Table, told: list[Union], hidden: Bools, guarded: Bools, rows: Rows, where: Ints, rules: RulesAt
) -> Bools:
    """Return the cells to withhold besides, so that no sum of withheld cells tells too much, shape (n,).

    Parameters
    ----------
    told : list of Union
        From `telling`.
    guarded : ndarray of bool, shape (n,)
        Cells that are protected for this already: they do not serve once more.

    Notes
    -----
    For each union that tells too much, the cheapest published part with which it does not; where no single one will do,
    the largest. Parts an earlier release shows come last: withholding them hides nothing.
    """
    more = np.zeros(len(hidden), dtype=bool)
    seen = np.asarray(table.known.any(axis=0))
    for one in told:
        parts = [p for p in one.shown if not (table.never[p] or guarded[p])]
        if not parts or more[parts].any():
            # what was just withheld for another union may do for this one too: the next look tells
            continue
        still = judged([(*one.members, p) for p in parts], table, rows, where, rules).any(axis=1)
        # with a cell that holds one of them the sum is no longer given away like this: the next look tells
        still &= ~table.common[np.ix_(np.array(parts), np.array(one.members))].any(axis=1)
        cost = np.where(still, -1.0, 1.0) * table.cost[parts]
        more[parts[int(np.lexsort((cost, still, seen[parts]))[0])]] = True
    return more
