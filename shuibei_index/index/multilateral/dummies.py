"""Regression indices: log prices on months and items, or on months and characteristics, without any dummy matrix."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index.errors import PriceError, ShapeError, UsageError, did_you_mean, first_few
from shuibei_index.index.multilateral.matrices import (
    Floats,
    Items,
    Panel,
    blocks,
    labelled,
    need_quantities,
    read_panel,
    solve_linked,
)
from shuibei_index.index.numbers import as_floats

#: How an observation is weighted in the hedonic regression.
WEIGHTS = ("shares", "values", "equal")


def product_dummy_logs(p: Floats, q: Floats | None, *, weighted: bool, at: int = 0) -> Floats:
    """Return log levels of the (weighted) time-product dummy regression with x(at) = 0.

    With item effects absorbed, the normal equations are Σ_s K(t,s)·(x(t) − x(s)) = Σ_n w(t,n)·(y(t,n) − ȳ(n)) with
    K(t,s) = Σ_n w(t,n)·w(s,n)/Σ_r w(r,n): one matrix product.
    """
    links, moves = np.zeros((len(p), len(p))), np.zeros(len(p))
    totals = month_values(p, q) if weighted else np.ones(len(p))
    for block in blocks(p):
        items = Items(p[:, block], None if q is None else q[:, block])
        w = items.v / totals[:, None] if weighted else items.m
        all_months = w.sum(axis=0)
        per_item = w / np.where(all_months > 0, all_months, 1.0)
        mean = (per_item * items.logs).sum(axis=0)
        links += w @ per_item.T
        moves += (w * (items.logs - mean)).sum(axis=1)
    return solve_linked(links, moves, at)


def month_values(p: Floats, q: Floats | None) -> Floats:
    """Return the value of each month, 1 where there is none."""
    q = need_quantities(q, "weights by value")
    totals = np.zeros(len(p))
    for block in blocks(p):
        totals += Items(p[:, block], q[:, block]).v.sum(axis=1)
    return np.where(totals > 0, totals, 1.0)


def time_dummy_hedonic(
    p: Panel,
    q: Panel | None = None,
    characteristics: npt.ArrayLike | pd.DataFrame | pa.Table = (),
    *,
    weights: str | None = None,
) -> Floats:
    """Time-dummy hedonic index: log price on months and characteristics, all months pooled.

    Parameters
    ----------
    p, q : array_like or DataFrame, shape (T, N)
        Prices (above 0) and quantities; NaN = not sold. Without `q` every observation weighs the same.
    characteristics : array_like, DataFrame or Arrow table, shape (N, K)
        One row an item, no gaps. Of a frame, columns of text, categories or truth values become dummies (the first
        grade is the reference), and the rows are matched to the columns of `p` by label if `p` is a frame. Numbers
        enter as they are: take the log of carats or grams yourself where price is a power of them.
    weights : {"shares", "values", "equal"}, optional
        Value share within the month (default with `q`), value, or 1 (default without).

    Returns
    -------
    ndarray, shape (T,)
        First month = 1.0. NaN for a month without sales; all NaN if the first has none.

    Raises
    ------
    ShapeError, PriceError
        Characteristics do not fit the items or have gaps; or they tell the months apart, so that their effect
        cannot be told from the movement of prices.

    Notes
    -----
    Months are absorbed: the system has K unknowns. One step of refinement on the residuals restores the digits that
    normal equations lose. No item effect: a new item counts from its first month by its characteristics.
    Decision 0086. Source: CPI Manual 2020; PPI Manual ch. 21.

    Examples
    --------
    >>> nan = float("nan")
    >>> p = [[2.0, 4.0, nan], [nan, 8.0, 16.0]]
    >>> [round(float(x), 6) for x in time_dummy_hedonic(p, characteristics=[[1.0], [2.0], [3.0]])]
    [1.0, 2.0]
    """
    prices, quantities = read_panel(p, q)
    chosen = weights or ("equal" if quantities is None else "shares")
    if chosen not in WEIGHTS:
        raise UsageError(f"unknown weights {chosen!r}{did_you_mean(chosen, WEIGHTS)}; there are {', '.join(WEIGHTS)}")
    if chosen != "equal":
        quantities = need_quantities(quantities, f"weights={chosen!r}")
    p = labelled(p)
    names, z = traits_matrix(characteristics, p.columns if isinstance(p, pd.DataFrame) else None, prices.shape[1])
    levels = hedonic_logs(prices, quantities, z, chosen, names)
    return np.asarray(np.exp(levels - levels[0]), dtype=float)


def hedonic_logs(p: Floats, q: Floats | None, z: Floats, weights: str, names: list[str]) -> Floats:
    """Return log levels of the time-dummy hedonic regression, their mean arbitrary; NaN for a month without sales."""
    regression = _Hedonic(p, q, z, weights)
    regression.check(names)
    levels, slopes = regression.solve(np.zeros(len(p)), np.zeros(z.shape[1]))
    levels, slopes = regression.solve(levels, slopes)
    levels[regression.mass == 0] = np.nan
    return levels


def traits_matrix(
    table: npt.ArrayLike | pd.DataFrame | pa.Table, items: pd.Index | None, n: int
) -> tuple[list[str], Floats]:
    """Return names and a matrix (N, K) of numbers, grades as dummies."""
    if isinstance(table, pa.Table):
        table = table.to_pandas()
    if not isinstance(table, pd.DataFrame):
        plain = np.asarray(table)
        # a characteristic that an item has or has not is a number here
        z = as_floats(plain.astype(float) if plain.dtype.kind == "b" else table, "characteristics")
        table = pd.DataFrame(z[:, None] if z.ndim == 1 and len(z) else z.reshape(n, 0) if not z.size else z)
    elif items is not None:
        missing = items.difference(table.index)
        if len(missing):
            raise ShapeError(f"no characteristics for {first_few(missing)} of the items of p")
        table = table.loc[items]
    if len(table) != n:
        raise ShapeError(f"characteristics of {len(table)} items but prices of {n}")
    gaps = table.isna().any()
    if gaps.any():
        raise PriceError(f"characteristics with gaps: {first_few(table.columns[gaps])}; fill or drop these items")
    grades = [c for c in table.columns if not pd.api.types.is_numeric_dtype(table[c]) or table[c].dtype == bool]
    wide = pd.get_dummies(table, columns=grades, drop_first=True) if grades else table
    return [str(c) for c in wide.columns], np.ascontiguousarray(wide.to_numpy(dtype=float))


class _Hedonic:
    """Weighted sums of the regression; characteristics centred and scaled, so that units do not cost digits."""

    def __init__(self, p: Floats, q: Floats | None, z: Floats, weights: str) -> None:
        self.p, self.q, self.z, self.weights = p, q, z, weights
        totals = month_values(p, q) if weights == "shares" else np.ones(len(p))
        self.scale = 1.0 / totals
        self.mass = np.zeros(len(p))
        per_item = np.zeros(p.shape[1])
        for block, _, w in self._blocks():
            self.mass += w.sum(axis=1)
            per_item[block] = w.sum(axis=0)
        everything = per_item.sum() or 1.0
        z = z - per_item @ z / everything
        spread = np.sqrt(per_item @ z**2 / everything)
        self.z = np.divide(z, spread, out=np.zeros_like(z), where=spread > 0)
        self.overall = (self.z * per_item[:, None]).T @ self.z
        self.by_month = np.zeros((len(p), z.shape[1]))
        for block, _, w in self._blocks():
            self.by_month += w @ self.z[block]
        self.means = self.by_month / np.where(self.mass > 0, self.mass, 1.0)[:, None]
        self.within = self.overall - self.by_month.T @ self.means

    def _blocks(self) -> Iterator[tuple[slice, Items, Floats]]:
        for block in blocks(self.p):
            items = Items(self.p[:, block], None if self.q is None else self.q[:, block])
            yield block, items, items.m if self.weights == "equal" else items.v * self.scale[:, None]

    def check(self, names: list[str]) -> None:
        """Raise if the characteristics separate months: then no regression can tell quality from price."""
        total = np.trace(self.overall) or 1.0
        lost = np.linalg.matrix_rank(self.overall / total, 1e-11) - np.linalg.matrix_rank(self.within / total, 1e-11)
        if lost > 0:
            odd = np.diag(self.within) <= 1e-11 * np.diag(self.overall)
            blame = first_few([n for n, o in zip(names, odd, strict=True) if o] or names)
            raise PriceError(
                f"characteristics that are constant within every month but differ between months, alone or together: "
                f"{blame}; their effect cannot be told from the movement of prices. Drop them or pool longer"
            )

    def solve(self, levels: Floats, slopes: Floats) -> tuple[Floats, Floats]:
        """Return the estimate improved by the regression of its residuals."""
        sums, products = np.zeros(len(self.p)), np.zeros(self.z.shape[1])
        for block, items, w in self._blocks():
            rest = w * (items.plain_logs - levels[:, None] - self.z[block] @ slopes)
            sums += rest.sum(axis=1)
            products += rest.sum(axis=0) @ self.z[block]
        more = np.linalg.lstsq(self.within, products - sums @ self.means, rcond=1e-11)[0]
        mass = np.where(self.mass > 0, self.mass, 1.0)
        return levels + sums / mass - self.means @ more, slopes + more
