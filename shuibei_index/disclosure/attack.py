"""Attack: how near somebody who knows the published cells, and perhaps his own, can come to a withheld one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse

from shuibei_index.disclosure.programme import least
from shuibei_index.disclosure.table import Table
from shuibei_index.errors import RulesError, ShuibeiIndexError
from shuibei_index.rules import RulesAt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Rows of an orthonormal basis shorter than this are 0.
ZERO = 1e-9
#: Reach short of the need by less than this share is rounding of the solver.
SLACK = 1e-6


@dataclass(frozen=True)
class Attack:
    """One attack on a cell: in which blocks, and what the attacker knows besides what is published.

    Parameters
    ----------
    cell : int
        Position in the table.
    blocks : ndarray of int64
        In which the cell is to be protected from him.
    fixed : ndarray of bool, shape (B, n)
        Cells he knows.
    insider : int
        The respondent he is; −1 = an outsider, −2 = all respondents that are alone in a cell together.
    """

    cell: int
    blocks: Ints
    fixed: Bools
    insider: int


def insiders_rule(rules: RulesAt) -> bool:
    """Tell whether respondents are attackers too."""
    kind = str(rules["disclosure_insider"])
    if kind not in ("sole", "none"):
        raise RulesError(
            f"rule 'disclosure_insider' is {kind!r}; expected sole or none",
            zh=f"规则 disclosure_insider 的取值 {kind} 无效，应为 sole 或 none",
        )
    return kind == "sole"


def outsider(table: Table, cell: int) -> Attack:
    """Return the attack of somebody who knows what is published, in every block where the cell is to be protected."""
    blocks = np.flatnonzero((table.need[:, cell] > 0) & (table.room[:, cell] > 0))
    return Attack(cell, blocks, np.zeros(table.value.shape, dtype=bool), -1)


def together(table: Table, cell: int) -> Attack:
    """Return an attack harder than any of one respondent: all cells of one respondent are known."""
    plain = outsider(table, cell)
    fixed = table.sole >= 0
    fixed[:, cell] = False
    # the respondent of the cell itself attacks nobody there
    fixed &= table.sole != table.sole[:, [cell]]
    return Attack(cell, plain.blocks, fixed, -2)


def scenarios(table: Table, cell: int, hidden: Bools, rules: RulesAt) -> Iterator[Attack]:
    """Yield the attacks on a cell: the outsider's, and that of each respondent who is alone in a withheld cell.

    Parameters
    ----------
    table : Table
    cell : int
    hidden : ndarray of bool, shape (n,)
        Cells whose sole respondents are counted; all cells where the pattern is still to be found.
    rules : RulesAt
    """
    plain = outsider(table, cell)
    yield plain
    if not insiders_rule(rules) or not len(plain.blocks):
        return
    inside = table.sole[plain.blocks][:, hidden]
    for respondent in np.unique(inside[inside >= 0]).tolist():
        fixed = table.sole == respondent
        attacked = [b for b in plain.blocks.tolist() if table.sole[b, cell] != respondent and (fixed[b] & hidden).any()]
        if attacked:
            yield Attack(cell, np.array(attacked, dtype=np.int64), fixed, respondent)


def reach(table: Table, hidden: Bools, attack: Attack) -> tuple[Floats, Bools]:
    """Return how far above the truth the cell may lie for the attacker, by block; below it is the same.

    Returns
    -------
    reach : ndarray, shape (len(attack.blocks),)
    used : ndarray of bool, shape (n,)
        Withheld cells that the bound leans on.

    Notes
    -----
    max y_k subject to A y = 0, |y_i| ≤ prior·|x_i| for withheld cells i, y_i = 0 for all others. With y also −y is
    possible, so that the attacker's interval is x_k ± reach.
    """
    used = np.zeros(len(hidden), dtype=bool)
    if not len(attack.blocks):
        return np.zeros(0), used
    room = np.where(attack.fixed | ~hidden, 0.0, table.room)[attack.blocks]
    near = _near(table, np.asarray((room > 0).any(axis=0)), attack.cell)
    rows = np.flatnonzero(table.bound @ near.astype(float) > 0)
    columns = np.flatnonzero(near)
    if not len(rows):
        used[columns] = True
        return room[:, attack.cell], used
    B, n = len(attack.blocks), len(columns)
    system = _by_blocks(table.sums[np.ix_(rows, columns)], table.holds[attack.blocks][:, rows])
    bound = room[:, columns].ravel()
    scale = np.repeat(_scale(bound.reshape(B, n)), n)
    bound = bound / scale
    aim = np.zeros((B, n))
    aim[:, np.flatnonzero(columns == attack.cell)] = -1.0
    found = least(aim.ravel(), system, -bound, bound)
    if found is None:
        raise ShuibeiIndexError("disclosure audit: the solver found no bound", zh="保密审计：求解器未能求解")
    flow = (found * scale).reshape(B, n)
    used[columns[(np.abs(flow) > 0).any(axis=0)]] = True
    return np.maximum(flow[:, columns == attack.cell][:, 0], 0.0), used


def _by_blocks(relations: Floats, holds: Bools) -> sparse.csr_array:
    """Return the relations of every block, those that hold there, one block beside the other."""
    row, column = np.nonzero(relations)
    sign, (B, (R, n)) = relations[row, column], (len(holds), relations.shape)
    block = np.repeat(np.arange(B), len(row))
    row, column, sign = np.tile(row, B), np.tile(column, B), np.tile(sign, B)
    number = np.cumsum(holds.ravel()) - 1
    kept = holds[block, row]
    rows = number[block * R + row][kept]
    return sparse.csr_array((sign[kept], (rows, (block * n + column)[kept])), shape=(int(holds.sum()), B * n))


def _scale(bound: Floats) -> Floats:
    # blocks may differ by orders of magnitude: shares beside CNY
    largest = bound.max(axis=1, initial=0.0)
    return np.where(largest > 0, largest, 1.0)


def _near(table: Table, open_: Bools, cell: int) -> Bools:
    """Return the open cells bound to a cell by relations, directly or through others."""
    near = np.zeros(len(open_), dtype=bool)
    near[cell] = True
    while True:
        touched = (table.bound @ near.astype(float)) > 0
        grown = near | (open_ & ((touched.astype(float) @ table.bound) > 0))
        if (grown == near).all():
            return near
        near = grown


def safe(table: Table, attack: Attack, reached: Floats) -> Bools:
    """Tell for each block of an attack whether what the attacker reaches is as wide as is asked."""
    need = table.need[attack.blocks, attack.cell]
    return np.asarray(reached >= need * (1.0 - SLACK))


def determined(table: Table, hidden: Bools, block: int) -> Bools:
    """Tell which withheld cells the published ones determine exactly, by algebra alone, shape (n,).

    Notes
    -----
    A withheld cell is determined if every solution of the homogeneous system of the withheld cells is 0 there: its row
    in a basis of the null space is 0.
    """
    columns, basis = freedom(table, hidden, block)
    found = np.zeros(len(hidden), dtype=bool)
    found[columns] = is_fixed(basis)
    return found


def is_fixed(basis: Floats) -> Bools:
    """Tell which cells cannot move at all, shape (h,); see `freedom`."""
    return np.asarray(np.sqrt((basis**2).sum(axis=1)) < ZERO)


def freedom(table: Table, hidden: Bools, block: int) -> tuple[Ints, Floats]:
    """Return the withheld cells of a block, shape (h,), and how they may move together, shape (h, f).

    Notes
    -----
    The columns of the second are an orthonormal basis of the null space of the relations between the withheld cells. A
    weighted sum of them is determined if the weights times the basis are 0.
    """
    columns = np.flatnonzero(hidden & (table.room[block] > 0))
    relations = table.sums[np.ix_(np.flatnonzero(table.holds[block]), columns)]
    return columns, linalg.null_space(relations) if relations.size else np.eye(len(columns))
