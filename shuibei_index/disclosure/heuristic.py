"""Heuristic: secondary suppression of large tables, flow by flow, then what is not needed is freed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from shuibei_index.disclosure.attack import Attack, reach, safe, scenarios, together
from shuibei_index.disclosure.programme import least
from shuibei_index.disclosure.table import Table
from shuibei_index.rules import RulesAt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def by_flows(table: Table, hidden: Bools, rules: RulesAt) -> tuple[Bools, list[tuple[int, int]]]:
    """Add secondary cells until every attack on every cell stays as wide as is asked.

    Parameters
    ----------
    table : Table
    hidden : ndarray of bool, shape (n,)
        Withheld in any case.
    rules : RulesAt

    Returns
    -------
    hidden : ndarray of bool, shape (n,)
    exposed : list of (block, cell)
        What cannot be protected without a cell that is never withheld.

    Notes
    -----
    Largest need first. For each cell, block and attacker short of it the flow of least cost that moves the cell by what
    is asked, others within what is known of them beforehand, is found by linear programming; cells already withheld are
    free, and the cells it runs through are withheld. Cells added only widen intervals, so that one pass is enough.
    Source: Kelly, Golden, Assad (1992); Fischetti and Salazar (2001).
    """
    hidden, given = hidden.copy(), hidden.copy()
    exposed: list[tuple[int, int]] = []
    targets = np.flatnonzero((table.need > 0).any(axis=0) & hidden)
    targets = targets[np.argsort(-table.need[:, targets].max(axis=0), kind="stable")]
    for cell in targets.tolist():
        for attack in _attacks(table, cell, hidden, rules):
            exposed += _widen(table, hidden, attack)
    return freed(table, hidden, given, set(exposed), rules), exposed


def _attacks(table: Table, cell: int, hidden: Bools, rules: RulesAt) -> list[Attack]:
    harder = together(table, cell)
    if safe(table, harder, reach(table, hidden, harder)[0]).all():
        return []
    return list(scenarios(table, cell, hidden, rules))


def _widen(table: Table, hidden: Bools, attack: Attack) -> list[tuple[int, int]]:
    """Withhold more cells, in place, until the attack is wide enough in all its blocks; return where it is not."""
    exposed: list[tuple[int, int]] = []
    blocks = attack.blocks
    while len(blocks):
        current = Attack(attack.cell, blocks, attack.fixed, attack.insider)
        short = blocks[~safe(table, current, reach(table, hidden, current)[0])]
        if not len(short):
            return exposed
        worst = int(short[np.argmax(table.need[short, attack.cell])])
        more = _cheapest(table, hidden, attack, worst)
        if more is None:
            exposed.append((worst, attack.cell))
            short = short[short != worst]
        else:
            hidden |= more
        blocks = short
    return exposed


def _cheapest(table: Table, hidden: Bools, attack: Attack, block: int) -> Bools | None:
    """Return the cells of the least-cost flow that moves the attacked cell by what is asked; None = there is none."""
    need = table.need[block, attack.cell]
    room = np.where(attack.fixed[block] | table.never, 0.0, table.room[block])
    columns = np.flatnonzero(room > 0)
    if attack.cell not in columns:
        return None
    relations = table.relations[np.flatnonzero(table.holds[block])][:, columns]
    # costs nothing where withheld already, and in proportion to how much of the cell's room is used elsewhere
    price = np.where(hidden[columns], 0.0, table.cost[columns] / np.minimum(room[columns], need) * need)
    price = price / max(float(price.max(initial=0.0)), 1e-300)
    low = np.zeros(2 * len(columns))
    high = np.tile(room[columns] / need, 2)
    at = int(np.searchsorted(columns, attack.cell))
    low[at], high[at], high[len(columns) + at] = 1.0, max(1.0, high[at]), 0.0
    found = least(np.tile(price, 2), sparse.csr_array(sparse.hstack([relations, -relations])), low, high)
    if found is None:
        return None
    flow = found[: len(columns)] - found[len(columns) :]
    more = np.zeros(len(hidden), dtype=bool)
    more[columns[np.abs(flow) > 1e-9]] = True
    more &= ~hidden
    return more if more.any() else None


def freed(table: Table, hidden: Bools, given: Bools, exposed: set[tuple[int, int]], rules: RulesAt) -> Bools:
    """Publish secondary cells again that no attack needs withheld, dearest first."""
    hidden = hidden.copy()
    targets: list[int] = np.flatnonzero((table.need > 0).any(axis=0) & hidden).tolist()
    extra = np.flatnonzero(hidden & ~given)
    if not len(extra):
        return hidden
    # most cells are protected by what is withheld in any case: they never ask about a secondary cell again
    leans = {
        k: used if (used := _leans(table, hidden, given, k, exposed, rules)) is not None
        else _leans(table, hidden, hidden, k, exposed, rules)
        for k in targets
    }  # fmt: skip
    order = list(targets)
    for cell in extra[np.argsort(-table.cost[extra], kind="stable")].tolist():
        without = hidden.copy()
        without[cell] = False
        again: dict[int, Bools] = {}
        for k in order:
            used = leans[k]
            if used is None or used[cell]:
                found = _leans(table, without, without, k, exposed, rules)
                if found is None:
                    # it may well lean on the next one too: asked first, it ends the question early
                    order = [k, *(other for other in order if other != k)]
                    break
                again[k] = found
        else:
            hidden = without
            leans |= again
    return hidden


def _leans(
    table: Table, hidden: Bools, through: Bools, cell: int, exposed: set[tuple[int, int]], rules: RulesAt
) -> Bools | None:
    """Return the cells, some of those in `through`, that a cell's protection leans on; None = it is not protected."""
    harder = together(table, cell)
    reached, used = reach(table, through, harder)
    if safe(table, harder, reached).all():
        return used
    lost = np.array([b for b, k in exposed if k == cell], dtype=np.int64)
    total = np.zeros(len(hidden), dtype=bool)
    for attack in scenarios(table, cell, hidden, rules):
        reached, used = reach(table, through, attack)
        good = safe(table, attack, reached) | np.isin(attack.blocks, lost)
        if not good.all():
            return None
        total |= used
    return total
