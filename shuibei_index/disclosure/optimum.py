"""Optimum: the secondary cells of least cost, as a mixed-integer programme for small tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from shuibei_index.disclosure.attack import Attack, scenarios
from shuibei_index.disclosure.programme import least
from shuibei_index.disclosure.table import Table
from shuibei_index.rules import RulesAt

Bools = npt.NDArray[np.bool_]

#: Branch-and-bound nodes, not seconds: the same result on a slow machine.
MOST_NODES = 20000
#: A flow through sums of ±1 need not be many times what is asked; without a bound the gates are ill conditioned.
MOST_FLOW = 20.0


def attacks_on(table: Table, hidden: Bools, rules: RulesAt) -> list[tuple[Attack, int]]:
    """Return every attack on every cell to be protected, block by block; who may be alone in a cell counts anywhere."""
    everywhere = np.ones(len(hidden), dtype=bool)
    found = []
    for cell in np.flatnonzero((table.need > 0).any(axis=0) & hidden).tolist():
        each = list(scenarios(table, cell, everywhere, rules))
        covered = {b for attack in each[1:] for b in attack.blocks.tolist()}
        # where a respondent attacks, an outsider knows less
        found += [(a, b) for a in each for b in a.blocks.tolist() if a.insider >= 0 or b not in covered]
    return found


def optimum(table: Table, hidden: Bools, rules: RulesAt) -> Bools | None:
    """Return the pattern of least cost that withstands every attack; None = there is none, or it was not found.

    Parameters
    ----------
    table : Table
    hidden : ndarray of bool, shape (n,)
        Withheld in any case.
    rules : RulesAt

    Notes
    -----
    min Σ c_i z_i, z_i ∈ {0, 1}; for every attack a flow y with A y = 0, y_k at least what is asked,
    |y_i| ≤ prior·|x_i|·z_i, and y_i = 0 for cells the attacker knows. Source: Fischetti and Salazar (2001), with the
    attacker's problem solved beside the choice (its interval is symmetric: one side is enough).
    """
    attacks = attacks_on(table, hidden, rules)
    n, F = len(hidden), len(attacks)
    if not F:
        return hidden.copy()
    low = np.concatenate([hidden.astype(float), np.empty(n * F)])
    high = np.concatenate([np.where(table.never, 0.0, 1.0), np.empty(n * F)])
    if (low > high)[:n].any():
        return None
    equal, gates = [], []
    for f, (attack, block) in enumerate(attacks):
        need = table.need[block, attack.cell]
        room = np.minimum(np.where(attack.fixed[block], 0.0, table.room[block]) / need, MOST_FLOW)
        here = slice(n * (1 + f), n * (2 + f))
        low[here], high[here] = -room, room
        if room[attack.cell] < 1.0:
            return None
        low[n * (1 + f) + attack.cell] = 1.0
        relations = table.relations[np.flatnonzero(table.holds[block])]
        equal.append(_beside(relations, f, F, sparse.csr_array((relations.shape[0], n))))
        gates += [_beside(sparse.eye_array(n), f, F, -sparse.diags_array(room))]
        gates += [_beside(-sparse.eye_array(n), f, F, -sparse.diags_array(room))]
    found = least(
        np.concatenate([table.cost / table.cost.max(), np.zeros(n * F)]),
        sparse.csr_array(sparse.vstack(equal)),
        low,
        high,
        whole=np.repeat(np.array([1, 0], dtype=np.int64), [n, n * F]),
        gate=sparse.csr_array(sparse.vstack(gates)),
        nodes=MOST_NODES,
    )
    return None if found is None else np.asarray(found[:n] > 0.5)


def _beside(matrix: Any, f: int, F: int, first: Any) -> sparse.csr_array:
    rows, n = matrix.shape
    before, after = sparse.csr_array((rows, n * f)), sparse.csr_array((rows, n * (F - 1 - f)))
    return sparse.csr_array(sparse.hstack([first, before, matrix, after]))
