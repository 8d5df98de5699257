"""The table of a period: cells, the sums that bind them, and what must be kept of each in every block of figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from shuibei_index.disclosure.cells import ALL, KEY, TOTAL
from shuibei_index.errors import RulesError
from shuibei_index.index.tree import Hierarchy
from shuibei_index.rules import RulesAt

#: Name of the block of the period's sums.
SUM = "sum"

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Table:
    """An additive table with B blocks of figures (months, their sum, weights …) that share one pattern of n cells.

    Parameters
    ----------
    period : str
    cell : ndarray of int64, shape (n,)
        Position of each cell in the keys of the whole.
    relations : sparse array, shape (R, n)
        Sums that hold in every block: relations @ value = 0.
    blocks : tuple of str
    value : ndarray, shape (B, n)
    there : ndarray of bool, shape (B, n)
        Whether the block has the cell at all; a relation with a cell that is not there does not hold in the block.
    need : ndarray, shape (B, n)
        What an attacker must not be able to exclude on either side; 0 = nothing to protect.
    sole : ndarray of int64, shape (B, n)
        The one respondent of the cell, −1 = none or several.
    known : ndarray of bool, shape (B, n)
        Published before: withholding it now hides nothing.
    cost : ndarray, shape (n,)
    never : ndarray of bool, shape (n,)
        Cells that are always published.
    prior : float
        Share of its value within which the attacker knows each cell beforehand.
    """

    period: str
    cell: Ints
    relations: sparse.csr_array
    blocks: tuple[str, ...]
    value: Floats
    there: Bools
    need: Floats
    sole: Ints
    known: Bools
    cost: Floats
    never: Bools
    prior: float

    @property
    def alone(self) -> Table:
        """The table as if nothing had been published before."""
        return replace(self, known=np.zeros_like(self.known))

    def keeping(self, cells: Bools, rules: RulesAt) -> Table:
        """Return the table with further cells to be protected like sensitive ones."""
        wanted = np.where(cells & self.there, required(rules) * np.abs(self.value), 0.0)
        return replace(self, need=np.maximum(self.need, wanted))

    @cached_property
    def room(self) -> Floats:
        """How far each cell could be off for the attacker if it is withheld, shape (B, n)."""
        room: Floats = np.where(self.there & ~self.known, self.prior * np.abs(self.value), 0.0)
        return room

    @cached_property
    def sums(self) -> Floats:
        """The relations as a dense array, shape (R, n)."""
        return np.asarray(self.relations.toarray())

    @cached_property
    def bound(self) -> Floats:
        """1 where a cell stands in a relation, shape (R, n)."""
        return np.abs(self.sums)

    @cached_property
    def common(self) -> Bools:
        """Whether cells have a part in common, shape (n, n): a class and one below it, a total and a component."""
        below = np.eye(len(self.cell), dtype=np.float32)
        step = below + (self.sums > 0).T.astype(np.float32) @ (self.sums < 0).astype(np.float32)
        reached = 0
        while int(np.count_nonzero(below)) > reached:
            reached = int(np.count_nonzero(below))
            below = (below @ step > 0).astype(np.float32)
        return np.asarray(below @ below.T > 0)

    @cached_property
    def holds(self) -> Bools:
        """Whether each relation holds in each block, shape (B, R)."""
        return np.asarray((~self.there).astype(float) @ self.bound.T < 0.5)


def required(rules: RulesAt) -> float:
    """Return the share of a cell an attacker must not be able to exclude on either side.

    Notes
    -----
    What an attacker knows beforehand lies symmetrically about the truth, so the interval he reaches does too: its width
    is twice its reach, and the sliding level asks for half of it on each side.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> required(Rules.load().at("2025-06"))
    0.1
    """
    levels = rules["disclosure_protection"]
    return max(float(levels["level"]), float(levels["sliding"]) / 2.0) / 100.0


def prior_share(rules: RulesAt) -> float:
    """Return the share of its value within which the attacker knows every cell beforehand.

    Raises
    ------
    RulesError
        It is not above the protection asked for: nothing could be protected.
    """
    share = float(rules["disclosure_prior"]) / 100.0
    if not required(rules) < share < 1.0:
        raise RulesError(
            f"rule 'disclosure_prior' is {100 * share:g} %; expected more than the protection level "
            f"({100 * required(rules):g} %) and less than 100 %",
            zh=f"规则 disclosure_prior 为 {100 * share:g}%，应大于保护水平 {100 * required(rules):g}% 且小于 100%",
        )
    return share


def cost_of(turnover: Floats, rules: RulesAt) -> Floats:
    """Return what withholding each cell costs, shape (n,): its turnover in the period, or 1."""
    kind = str(rules["disclosure_cost"])
    if kind not in ("turnover", "cells"):
        raise RulesError(
            f"rule 'disclosure_cost' is {kind!r}; expected turnover or cells",
            zh=f"规则 disclosure_cost 的取值 {kind} 无效，应为 turnover 或 cells",
        )
    # a free cell would be withheld for nothing
    least = 1e-6 * max(float(turnover.max(initial=0.0)), 1.0)
    return np.maximum(turnover, least) if kind == "turnover" else np.ones(len(turnover))


def relations_of(keys: pd.DataFrame, tree: Hierarchy) -> sparse.csr_array:
    """Return the sums that bind cells: classes over the tree, parts to the total, stages to all.

    Parameters
    ----------
    keys : DataFrame
        class_code, component, stage of n cells.
    tree : Hierarchy

    Returns
    -------
    sparse array, shape (R, n)
        1 for the sum, −1 for what adds up to it. A sum is there once one of its parts is.

    Examples
    --------
    >>> tree = Hierarchy.from_parents({"A": "00", "B": "00"})
    >>> keys = pd.DataFrame({"class_code": ["00", "A", "B"], "component": "total", "stage": "all"})
    >>> relations_of(keys, tree).toarray().tolist()
    [[1.0, -1.0, -1.0]]
    """
    n = len(keys)
    index = pd.MultiIndex.from_frame(keys[KEY])
    position = pd.Index(tree.codes).get_indexer(pd.Index(keys["class_code"]))
    counts = (position >= 0) & tree.counted[position] & (tree.parent[position] >= 0)
    over = np.array(tree.codes, dtype=object)[np.where(counts, tree.parent[position], 0)]
    sums = [
        (keys.assign(class_code=over), counts),
        (keys.assign(component=TOTAL), (keys["component"] != TOTAL).to_numpy()),
        (keys.assign(stage=ALL), (keys["stage"] != ALL).to_numpy()),
    ]
    found = []
    for margin, part in sums:
        above = index.get_indexer(pd.MultiIndex.from_frame(margin[KEY]))
        child = np.flatnonzero(part & (above >= 0))
        if not len(child):
            continue
        row, parent = pd.factorize(above[child], sort=True)
        rows = np.concatenate([row, np.arange(len(parent))])
        sign = np.concatenate([-np.ones(len(child)), np.ones(len(parent))])
        columns = np.concatenate([child, parent])
        found.append(sparse.csr_array((sign, (rows, columns)), shape=(len(parent), n)))
    return sparse.csr_array(sparse.vstack(found)) if found else sparse.csr_array((0, n))
