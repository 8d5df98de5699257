"""Secondary suppression: the further cells that keep what is withheld withheld, alone and in sums."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.disclosure.attack import insiders_rule
from shuibei_index.disclosure.cells import Rows
from shuibei_index.disclosure.heuristic import by_flows
from shuibei_index.disclosure.optimum import attacks_on, optimum
from shuibei_index.disclosure.table import Table
from shuibei_index.disclosure.unions import Union, telling, widened
from shuibei_index.rules import RulesAt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def secondary_pattern(
    table: Table, primary: Bools, keys: pd.DataFrame, rows: Rows, where: Ints, rules: RulesAt
) -> tuple[Table, Bools, str, list[tuple[int, int]], list[Union]]:
    """Find the pattern of a period.

    Parameters
    ----------
    table : Table
        Of n cells.
    primary : ndarray of bool, shape (n,)
        Cells that are withheld whatever else is.
    keys : DataFrame
        class_code, component, stage of the n cells.
    rows : Rows
    where : ndarray of int64
        The months of the period, as positions in `rows.months`.
    rules : RulesAt

    Returns
    -------
    table : Table
        Where it protects cells besides that were withheld in vain.
    hidden : ndarray of bool, shape (n,)
    method : str
        "exact", "heuristic" or "none needed".
    exposed : list of (block, cell)
        What could not be protected.
    told : list of Union
        Sums nothing can hide, but for those that only what earlier releases show gives away.
    """
    against = table
    hidden, method, exposed = _solve(table, primary, rules)
    if exposed and table.known.any():
        # what an earlier release shows cannot be taken back: this one at least gives nothing away by itself
        against = table.alone
        hidden, method, exposed = _solve(against, primary, rules)
    solved_for, guarded = hidden, np.zeros(len(hidden), dtype=bool)
    while True:
        told = telling(table, keys, hidden, rows, where, rules)
        more = widened(table, told, hidden, guarded, rows, where, rules)
        if more.any() and not (more & hidden).any():
            # a sum of withheld cells tells too much: a further one is withheld, which brings no attacker nearer to any
            hidden = hidden | more
            continue
        if not more.any() and (hidden == solved_for).all():
            if table.known.any():
                # nothing done now takes back what earlier releases show
                told = telling(table.alone, keys, hidden, rows, where, rules)
            return table, hidden, method, exposed, told
        # one withheld in vain so far, because it follows from what is published, is protected like a sensitive one
        guarded |= more & hidden
        table, against = table.keeping(guarded, rules), against.keeping(guarded, rules)
        hidden, method, exposed = _solve(against, hidden | more, rules)
        solved_for = hidden


def _solve(table: Table, primary: Bools, rules: RulesAt) -> tuple[Bools, str, list[tuple[int, int]]]:
    if not (table.need[:, primary] > 0).any():
        return primary.copy(), "none needed", []
    # a table of so many cells is too large whatever the attacks on it are
    limit = int(rules["disclosure_exact_flows"])
    if len(primary) <= limit and len(primary) * len(attacks_on(table, primary, rules)) <= limit:
        best = optimum(table, primary, rules)
        if best is not None:
            return best, "exact", []
    insiders_rule(rules)
    hidden, exposed = by_flows(table, primary, rules)
    return hidden, "heuristic", exposed
