"""Imputed prices without a firm: charges of absent items of other firms move with those of the firms that are left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.index.components.carrying import charges_of_pairs
from shuibei_index.index.components.unit_parts import MAKING, STONE
from shuibei_index.index.elementary.formulas import PowerMean
from shuibei_index.index.elementary.pairing import MonthPairs

if TYPE_CHECKING:
    from shuibei_index.index.compilation.inputs import Inputs
    from shuibei_index.index.compilation.replicate_links import FirmSums

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Below this share of the total, what a subtraction leaves is rounding.
_NOTHING = 1e-12


@dataclass(frozen=True)
class ChargePairs:
    """Charges and stones of items sold in two months running, shape (P,) or (2, P): what imputed prices move with."""

    month: Ints
    cell: Ints
    firm: Ints
    above: Floats
    below: Floats

    @classmethod
    def of(cls, inputs: Inputs) -> ChargePairs:
        """Take the pairs from the prices observed, as `components.carrying` does."""
        observed, parts = inputs.observed, inputs.parts
        assert parts is not None
        after, worth = charges_of_pairs(observed, parts, 0, len(observed))
        item = observed.item[after]
        return cls(
            observed.month[after],
            inputs.cells.item_cell[item],
            inputs.firms[1][item],
            worth[:, 0],
            worth[:, 1],
        )

    def drifts_without(self, firms: Ints, shape: tuple[int, int], n_firms: int, metal: Ints) -> Floats:
        """Return ln of the cumulated movement without each firm, less that with all, shape (2, T, G, R)."""
        (T, G), R = shape, len(firms)
        column = np.full(n_firms, -1, dtype=np.int64)
        column[firms] = np.arange(R)
        of_pair = column[self.firm]
        mine = np.flatnonzero(of_pair >= 0)
        place = self.month * G + self.cell
        result = np.zeros((2, T, G, R))
        for part in range(2):
            total: list[Floats] = []
            own: list[Floats] = []
            for values in (self.above[part], self.below[part]):
                total.append(np.bincount(place, values, T * G).reshape(T, G, 1).astype(float))
                by_firm = np.bincount(place[mine] * R + of_pair[mine], values[mine], T * G * R)
                own.append(by_firm.reshape(T, G, R).astype(float))
            rest = [_less(a, b) for a, b in zip(total, own, strict=True)]
            drift, base = _cumulated(rest, total, own, metal)
            result[part] = drift - base
        return result


def _less(total: Floats, own: Floats) -> Floats:
    rest = total - own
    return np.where(rest > _NOTHING * total, rest, 0.0)


def _cumulated(rest: list[Floats], total: list[Floats], own: list[Floats], metal: Ints) -> tuple[Floats, Floats]:
    """Return the drift without each firm (T, G, R) and with all (T, G, 1)."""
    found = []
    for above, below, without in ((rest[0], rest[1], True), (total[0], total[1], False)):
        wide = [np.zeros(x.shape) for x in (above, below)]
        # a cell without a pair moves with all cells of its metal
        for one in np.unique(metal):
            same = metal == one
            for side in range(2):
                whole = total[side][:, same].sum(axis=1, keepdims=True)
                left = _less(whole, own[side][:, same].sum(axis=1, keepdims=True)) if without else whole
                wide[side][:, same] = left
        with np.errstate(divide="ignore", invalid="ignore"):
            link = np.where((above > 0) & (below > 0), above / below, wide[0] / wide[1])
        found.append(np.cumsum(np.log(np.where(np.isfinite(link) & (link > 0), link, 1.0)), axis=0))
    return found[0], found[1]


class ImputedSums:
    """What leaving out a firm changes in the sums through prices imputed for others.

    Parameters
    ----------
    inputs : Inputs
        With benchmarks.
    sums : FirmSums
    """

    def __init__(self, inputs: Inputs, sums: FirmSums) -> None:
        pairs, parts = inputs.priced
        assert parts is not None and inputs.benchmarks is not None and pairs.source is not None
        self.inputs, self.sums, self.pairs, self.parts = inputs, sums, pairs, parts
        observed = pairs.observed
        self.start = inputs.observed.month[pairs.source]
        cell = inputs.cells.item_cell[observed.item]
        self.carried = (self.start != observed.month) & inputs.benchmarks.carries[observed.month, cell]
        self.charges = ChargePairs.of(inputs)

    @classmethod
    def needed(cls, inputs: Inputs) -> bool:
        """Tell whether any price was imputed with the benchmark."""
        source = inputs.pairs.source
        return inputs.benchmarks is not None and source is not None and len(source) > len(inputs.observed)

    def changes(self, firms: Ints) -> tuple[Floats, Floats]:
        """Return what is added to the sums above and below without each firm, shape (2, rows, R) each."""
        inputs, sums = self.inputs, self.sums
        T, G, R = len(inputs.panel.months), inputs.cells.number, len(firms)
        assert inputs.benchmarks is not None
        drift = self.charges.drifts_without(firms, (T, G), sums.n_firms, inputs.benchmarks.metal)
        touched = (drift != 0.0).any(axis=(0, 1))
        changed = np.zeros((2, 2, len(sums.cell), R))
        for t in range(1, T):
            month = self.pairs.month(t)
            chosen = np.flatnonzero(self.carried[month.before] | self.carried[month.after])
            if len(chosen):
                self._month(t, month, chosen, firms, drift, touched, changed)
        return changed[0], changed[1]

    def _month(
        self, t: int, month: MonthPairs, chosen: Ints, firms: Ints, drift: Floats, touched: Bools, changed: Floats
    ) -> None:
        inputs, sums, parts = self.inputs, self.sums, self.parts
        R, rows = len(firms), sums.of_month(t)
        pair, r = np.nonzero(touched[month.cell[chosen]])
        other = inputs.firms[1][month.item[chosen]][pair] != firms[r]
        pair, r = pair[other], r[other]
        at = chosen[pair]
        before, after = month.before[chosen], month.after[chosen]
        number = np.arange(len(chosen), dtype=np.int64)
        own = parts.take(np.concatenate([before, after]))
        split = own.known[: len(chosen)] & own.known[len(chosen) :]
        adjusted = own.reference(number, number + len(chosen), bool(inputs.adjusts[t]))
        reference = np.where(split[:, np.newaxis], adjusted, parts.value[before])
        late = self._factor(parts.value[after], after, pair, r, drift)
        early = self._factor(parts.value[before], before, pair, r, drift)
        same = bool((reference == parts.value[before]).all())
        base = early if same else self._factor(reference, before, pair, r, drift)
        moved = np.log(late) - np.log(base)
        T = len(inputs.panel.months) + 1
        key = sums.cell[rows] * T + sums.start[rows]
        row = rows.start + np.searchsorted(key, month.cell[at] * T + month.start[at])
        formula = np.broadcast_to(month.formula, len(month.cell))[at]
        logs, none = month.log_relative[at], month.weighing.v0[at] == 0.0
        for code in np.unique(month.formula):
            mine = np.flatnonzero(formula == code)
            place = row[mine] * R + r[mine]
            for m, mean in enumerate(inputs.cells.means[code]):
                weight = month.weighing.weights(mean.weight)
                old = np.ones(len(mine)) if weight is None else weight[at[mine]]
                new = old * _weight_factor(mean, late[mine], early[mine], base[mine], none[mine])
                sides = zip(mean.terms(new, logs[mine] + moved[mine]), mean.terms(old, logs[mine]), strict=True)
                for side, (now, was) in enumerate(sides):
                    added = np.bincount(place - rows.start * R, now - was, (rows.stop - rows.start) * R)
                    changed[side, m, rows] += added.reshape(-1, R)

    def _factor(self, value: Floats, observation: Ints, pair: Ints, r: Ints, drift: Floats) -> Floats:
        """Return price without a firm / price with all, for some pairs and firms; 1 where nothing was imputed."""
        G, R = drift.shape[2:]
        factor = np.ones(len(pair))
        carried = self.carried[observation]
        cell = self.inputs.cells.item_cell[self.pairs.observed.item[observation]]
        now = (self.pairs.observed.month[observation] * G + cell) * R
        start = (self.start[observation] * G + cell) * R
        total = value.sum(axis=1)
        for part, name in enumerate((MAKING, STONE)):
            share = np.where(carried, value[:, name] / total, 0.0)
            if not share.any():
                continue
            mine = np.flatnonzero(carried[pair])
            one, column, moves = pair[mine], r[mine], drift[part].ravel()
            move = moves[now[one] + column] - moves[start[one] + column]
            factor[mine] += share[one] * np.expm1(move)
        return factor


def _weight_factor(mean: PowerMean, late: Floats, early: Floats, base: Floats, none: Bools) -> Floats:
    """Return weight without a firm / weight with all; with no value before (`none`) the later one weighs."""
    if mean.weight == "equal":
        return np.ones(len(late))
    if mean.weight == "price":
        return base
    if mean.weight == "current":
        return late
    return np.where(none, late, early if mean.weight == "base" else np.sqrt(early * late))
