"""Product contributions: what every product adds to the link of its cell and of every class above it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.elementary.formulas import PowerMean, parts_of_change
from shuibei_index.index.elementary.pairing import MonthPairs
from shuibei_index.index.elementary.product_values import log_moves
from shuibei_index.index.elementary.run import ElementaryRun

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ProductPoints:
    """Contributions of Q products with a relative to the links (period on period), as fractions that add up.

    Parameters
    ----------
    run : ElementaryRun

    Notes
    -----
    A class that takes its parent's link takes the parent's contributions with it. What was carried counts as
    unchanged: it adds 0.
    """

    run: ElementaryRun

    @cached_property
    def _parts(self) -> tuple[Ints, Ints, Floats]:
        """Month × G + cell, later observation and contribution to the cell of every pair, made month by month."""
        pairs, (T, G) = self.run.pairs, self.run.own.shape
        size = int(np.count_nonzero(pairs.observed.last >= 0))
        key, after, value = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64), np.empty(size)
        done = 0
        for t in range(1, T):
            month = pairs.month(t)
            here = slice(done, done + len(month.cell))
            np.add(month.cell, t * G, out=key[here])
            after[here], value[here] = month.after, self._of_month(month, t)
            done = here.stop
        return key[:done], after[:done], value[:done]

    def _of_month(self, pairs: MonthPairs, t: int) -> Floats:
        moved = log_moves(self.run, pairs.start, np.full(1, t - 1), pairs.cell)
        log_relative = pairs.log_relative - moved
        valid = ~np.isnan(moved) & ~np.isnan(self.run.own[t])[pairs.cell]
        result = np.full(len(pairs.cell), np.nan)
        for code in np.unique(pairs.formula):
            rows = np.flatnonzero(valid & (pairs.formula == code))
            means, weights = self.run.pairs.cells.means[code], []
            for mean in means:
                weight = pairs.weighing.weights(mean.weight)
                if weight is not None:
                    # a Dutot weight is the reference price, carried
                    weight = weight[rows] * (np.exp(moved[rows]) if mean.weight == "price" else 1.0)
                weights.append(weight)
            cells = self.run.own.shape[1]
            result[rows] = parts_of_change(means, weights, log_relative[rows], pairs.cell[rows], cells)
        return result

    @property
    def cell(self) -> Ints:
        """Position of the cell, shape (Q,)."""
        return np.asarray(self._parts[0] % max(self.run.own.shape[1], 1))

    @property
    def period(self) -> Ints:
        """Position of the period, shape (Q,), not falling."""
        return np.asarray(self._parts[0] // max(self.run.own.shape[1], 1))

    @cached_property
    def product(self) -> Ints:
        """Position of the product, shape (Q,)."""
        run, after = self.run, self._parts[1]
        if run.coded.slots is None:
            return run.observed.item[after]
        rows = np.arange(len(run.coded.product), dtype=np.int64)[run.sample.row]
        return np.asarray(run.coded.product[rows[after if run.origin is None else run.origin[after]]])

    @property
    def to_cell(self) -> Floats:
        """Contribution to link − 1 of the product's cell, shape (Q,); NaN past a break or in a cell without a link."""
        return self._parts[2]

    @cached_property
    def shares(self) -> Floats:
        """Arithmetic share of each class in the link of the class above it, shape (T, K); 0 = it has no own link."""
        run = self.run
        if run.tops is None:
            raise UsageError("there is no tree above the cells; pass tree= and weights= to elementary_aggregates")
        tree, order = run.tops.tree, run.order
        level = np.ones_like(run.class_level)
        level[1:] = run.class_level[:-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            above = tree.parent
            weight = run.tops.weight
            bare = ~(weight[above] > 0) & (above >= 0)
            base = np.where(bare, 1.0, weight) * level**order
            a, b = (order, 0.0) if order > 0 else (0.0, order)
            log_ratio = np.log(run.class_link) - np.log(run.class_link[:, above])
            part = base if order == 1 else PowerMean("equal", a, b).arithmetic_weights(base, log_ratio)
        part = np.where(tree.counted & ~run.imputed & ~np.isnan(part), part, 0.0)
        T, K = part.shape
        key = np.arange(T)[:, None] * K + np.maximum(above, 0)
        total = np.bincount(key.ravel(), weights=part.ravel(), minlength=T * K)
        below = total[key]
        return np.asarray(np.divide(part, below, out=np.zeros_like(part), where=below > 0))

    @cached_property
    def paths(self) -> tuple[tuple[Ints, Floats], ...]:
        """For each step up from the cells: the class there, (G,), −1 = none, and the cell's share in it, (T, G)."""
        run = self.run
        if run.tops is None:
            return ()
        tree, shares = run.tops.tree, self.shares
        node = run.tops.leaf
        share = np.ones(run.own.shape)
        found = [(node, share)]
        for _ in range(int(tree.depth.max(initial=0))):
            up = np.where((node >= 0) & tree.counted[node], tree.parent[node], -1)
            share = np.where(up >= 0, share * shares[:, node], 0.0)
            node = up
            found.append((node, share))
        return tuple(found)

    @cached_property
    def by_step(self) -> Floats:
        """Contribution to each class above the product's cell, one row a step up, shape (steps, Q).

        The first step is the class above the cell; cells that are not so deep in the tree have zeros above the top.
        Classes without an own link are left to `to`, which knows whose they take.
        """
        key, _, own = self._parts
        result = np.empty((max(len(self.paths) - 1, 0), len(own)))
        for row, (_, share) in zip(result, self.paths[1:], strict=True):
            np.multiply(share.ravel()[key], own, out=row)
        return result

    def to(self, class_code: str) -> pd.DataFrame:
        """Return what every product adds to link − 1 of a cell or class.

        Parameters
        ----------
        class_code : str
            A class of the tree; without a tree, a cell.

        Returns
        -------
        DataFrame
            period, product, cell, contribution; in the first period 0 for each product with a price.

        Raises
        ------
        UsageError
            There is no such class.
        """
        run = self.run
        coded, tops = run.coded, run.tops
        key, after, own = self._parts
        T, G = run.own.shape
        if tops is None:
            words = [str(c) for c in coded.cells]
            if class_code not in words:
                raise UsageError(f"no cell {class_code!r}{did_you_mean(class_code, words)}")
            share = np.zeros((T, G))
            share[:, words.index(class_code)] = 1.0
        else:
            if class_code not in tops.tree.position:
                raise UsageError(
                    f"no class {class_code!r}{did_you_mean(class_code, tops.tree.codes)}", zh=f"没有分类 {class_code}"
                )
            source = np.full(T, tops.tree.position[class_code])
            for _ in range(int(tops.tree.depth.max(initial=0))):
                # a class without a link of its own has its parent's, and what is behind it
                lent = run.imputed[np.arange(T), source] & (tops.tree.parent[source] >= 0)
                source[lent] = tops.tree.parent[source[lent]]
            share = np.zeros((T, G))
            for node, part in self.paths:
                share += np.where(node == source[:, None], part, 0.0)
        first = np.flatnonzero((share[0] > 0)[coded.item_cell[run.observed.item[: run.observed.starts[1]]]])
        at = share.ravel()[key]
        rows = np.flatnonzero((at > 0) & ~np.isnan(own))
        month = np.concatenate([np.zeros(len(first), dtype=np.int64), self.period[rows]])
        item = np.concatenate([run.observed.item[first], run.observed.item[after[rows]]])
        product = np.concatenate([run.observed.item[first], self.product[rows]])
        return pd.DataFrame(
            {
                "period": coded.periods[month],
                "product": coded.products[product],
                "cell": coded.cells[coded.item_cell[item]],
                "contribution": np.concatenate([np.zeros(len(first)), at[rows] * own[rows]]),
            }
        )

    def to_frame(self) -> pd.DataFrame:
        """Return period, product, cell, the contribution to the cell, and that to the class 1, 2, … steps above it."""
        coded = self.run.coded
        columns = {f"up_{n}": row for n, row in enumerate(self.by_step, start=1)}
        return pd.DataFrame(
            {
                "period": coded.periods[self.period],
                "product": coded.products[self.product],
                "cell": coded.cells[self.cell],
                "to_cell": self.to_cell,
                **columns,
            }
        )
