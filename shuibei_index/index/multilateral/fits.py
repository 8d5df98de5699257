"""Hedonic regressions of single months and of pairs of months, all pairs at once from sums over items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.index.multilateral.matrices import Floats, Items, blocks, need_quantities

#: Weighted spread of a direction of the characteristics, as a part of its spread over all months, below which a month
#: or a pair of months says nothing about it; and how far off what is known a price may then be asked for.
SPREAD, OFF = 1e-6, 1e-6
#: Numbers held at a time by the moments of a block of items.
HELD = 1_000_000


@dataclass(frozen=True)
class Fits:
    """Log price of an item in month b when compared with month a: constants[a, b] + z · slopes[a, b].

    Parameters
    ----------
    constants : ndarray, shape (T, T)
    slopes : ndarray, shape (T, T, C)
    known : ndarray of bool, shape (T, T)
        Whether the regressions say what the comparison needs.
    """

    constants: Floats
    slopes: Floats
    known: npt.NDArray[np.bool_]


class Sample:
    """Checked prices and quantities, shares of the month, and characteristics turned into uncorrelated ones.

    Characteristics are centred and combined so that over all months each has variance 1 and no two are correlated
    (repeated ones fall away). No fitted price changes, but no digits are lost in normal equations.

    Parameters
    ----------
    p, q : ndarray, shape (T, N)
    z : ndarray, shape (N, C)
    equal : bool
        Every item of a month has the same share, or its share in the value.
    """

    def __init__(self, p: Floats, q: Floats | None, z: Floats, *, equal: bool) -> None:
        self.p, self.equal = p, equal
        self.q = q if equal else need_quantities(q, "a weighted formula")
        self.totals = np.zeros(len(p))
        for _, items in self._items(blocks(p)):
            self.totals += self._size(items).sum(axis=1)
        per_item, sums = np.zeros(p.shape[1]), np.zeros(2)
        for block, items in self._items(blocks(p)):
            share = self.shares(items)
            per_item[block] = share.sum(axis=0)
            sums += (share * items.plain_logs).sum(), share.sum()
        self.mass = float(sums[1])
        #: log price about which all logs are counted
        self.centre = float(sums[0] / sums[1]) if sums[1] else 0.0
        self.z = _uncorrelated(z, per_item / (self.mass or 1.0))
        self.inside = self.totals > 0

    def blocks(self) -> Iterator[tuple[slice, Items, Floats]]:
        """Yield items, the slice they lie at and their shares, a block at a time."""
        most = max(HELD // max(len(self.p), self.z.shape[1] + 1) ** 2, 1)
        for outer in blocks(self.p):
            inner = [slice(a, min(a + most, outer.stop)) for a in range(outer.start, outer.stop, most)]
            for block, items in self._items(inner):
                yield block, items, self.shares(items)

    def shares(self, items: Items) -> Floats:
        """Return the share of each item in its month."""
        return self._size(items) / np.where(self.totals > 0, self.totals, 1.0)[:, None]

    def logs(self, items: Items) -> Floats:
        """Return log prices about the centre, 0 where not sold."""
        return (items.plain_logs - self.centre) * items.m

    def _size(self, items: Items) -> Floats:
        return items.m if self.equal else items.v

    def _items(self, slices: Sequence[slice]) -> Iterator[tuple[slice, Items]]:
        for block in slices:
            yield block, Items(self.p[:, block], None if self.q is None else self.q[:, block])


def _uncorrelated(z: Floats, weights: Floats) -> Floats:
    z = z - weights @ z
    spread = np.sqrt(weights @ z**2)
    z = np.divide(z, spread, out=np.zeros_like(z), where=spread > 0)
    upper = np.linalg.qr(np.sqrt(weights)[:, None] * z, mode="r")
    _, sizes, turn = np.linalg.svd(upper, full_matrices=False)
    kept = sizes > SPREAD
    return np.asarray(z @ (turn[kept] / sizes[kept, None]).T)


def monthly_fits(sample: Sample, *, all_items: bool) -> Fits:
    """Return the regression of each month by itself, weighted by the shares of the month.

    A pair of months is known if each regression can price the unmatched items (all of them with `all_items`) of the
    other month: their characteristics lie within what varied in the month of the regression.
    """
    months, width = len(sample.p), sample.z.shape[1]
    constants, slopes = np.full(months, np.nan), np.zeros((months, width))
    blind: list[tuple[int, Floats, Floats]] = []
    sold = ~np.isnan(sample.p) if sample.q is None else ~(np.isnan(sample.p) | np.isnan(sample.q))
    for t in np.flatnonzero(sample.inside).tolist():
        own = np.flatnonzero(sold[t])
        items = Items(sample.p[t : t + 1, own], None if sample.q is None else sample.q[t : t + 1, own])
        share = (items.m if sample.equal else items.v)[0] / sample.totals[t]
        y, z = sample.logs(items)[0], sample.z[own]
        middle, level = share @ z, float(share @ y)
        root = np.sqrt(share)
        basis, upper = np.linalg.qr((z - middle) * root[:, None])
        left, sizes, turn = np.linalg.svd(upper, full_matrices=False)
        kept = sizes > SPREAD
        slopes[t] = turn[kept].T @ ((left[:, kept].T @ (basis.T @ (root * (y - level)))) / sizes[kept])
        constants[t] = level - middle @ slopes[t]
        if kept.sum() < width:
            blind.append((t, middle, turn[kept]))
    known = np.outer(sample.inside, sample.inside)
    for block, items, share in sample.blocks() if blind else ():
        for t, middle, seen in blind:
            z = sample.z[block] - middle
            off = ((z - (z @ seen.T) @ seen) ** 2).sum(axis=1) > OFF**2 * (1 + (z**2).sum(axis=1))
            asked = off if all_items else off & ~items.sold[t]
            lost = ((share > 0) & asked).any(axis=1)
            known[lost, t] = known[t, lost] = False
    pairs = (months, months)
    return Fits(np.broadcast_to(constants, pairs), np.broadcast_to(slopes, (*pairs, width)), known)


def pair_fits(sample: Sample) -> Fits:
    """Return the time-dummy regression of every pair of months.

    Weights: the mean of an item's shares in the two months, for each of its prices. A price of month a then weighs
    ½·s(a) + ½·s(b), so all moments of all pairs are sums over items of presence in one month × share in another; a
    pair costs no more than the solution of C equations. A pair is known if what separates the mean characteristics of
    its months also varies within them.
    """
    months, width = len(sample.p), sample.z.shape[1]
    up = np.triu_indices(width)
    own = 1 + width
    moments = np.zeros((months, months, own + len(up[0])))
    products = np.zeros((months, months, own))
    for block, items, share in sample.blocks():
        z = sample.z[block]
        terms = np.column_stack([np.ones(len(z)), z, z[:, up[0]] * z[:, up[1]]])
        y = sample.logs(items)
        if terms.shape[1] > 4 * months:
            # one large product for all pairs: many middling ones spend their time on waiting for threads
            moments += ((items.m[:, None] * share).reshape(months**2, -1) @ terms).reshape(moments.shape)
            products += ((y[:, None] * share).reshape(months**2, -1) @ terms[:, :own]).reshape(products.shape)
            continue
        for b in range(months):
            weighed = share[b][:, None] * terms
            moments[:, b] += items.m @ weighed
            products[:, b] += y @ weighed[:, :own]
    at = np.arange(months)
    # the prices of month a in its comparison with b
    moments = (moments[at, at][:, None] + moments) / 2
    products = (products[at, at][:, None] + products) / 2
    known = np.outer(sample.inside, sample.inside)
    mass = np.where(known, moments[..., 0], 1.0)
    z_mean, y_mean = moments[..., 1:own] / mass[..., None], products[..., 0] / mass
    first, second = np.triu_indices(months)
    within, pull = np.zeros((len(first), width, width)), np.zeros((len(first), width))
    for one in ((first, second), (second, first)):
        square = np.zeros_like(within)
        square[:, up[0], up[1]] = square[:, up[1], up[0]] = moments[one][:, own:]
        middle = z_mean[one]
        within += square - mass[one][:, None, None] * middle[:, :, None] * middle[:, None, :]
        pull += products[one][:, 1:] - moments[one][:, 1:own] * y_mean[one][:, None]
    sizes, turn = np.linalg.eigh(within)
    seen = sizes > SPREAD**2
    per_direction = np.einsum("kcd,kc->kd", turn, pull) / np.where(seen, sizes, 1.0) * seen
    slopes = np.zeros((months, months, width))
    slopes[first, second] = slopes[second, first] = np.einsum("kcd,kd->kc", turn, per_direction)
    apart = np.einsum("kcd,kc->kd", turn, z_mean[second, first] - z_mean[first, second]) * ~seen
    blind = (apart**2).sum(axis=1) > OFF**2
    known[first[blind], second[blind]] = known[second[blind], first[blind]] = False
    constants = y_mean - (z_mean * slopes).sum(axis=2)
    # the constant of month b in its comparison with a
    return Fits(constants.T, slopes, known)
