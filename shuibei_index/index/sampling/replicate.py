"""Replicates of any index formula on arrays of items that belong to firms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from shuibei_index.errors import PriceError, ShapeError, UsageError, did_you_mean
from shuibei_index.index.elementary.formulas import FORMULAS, mean_of_known
from shuibei_index.index.sampling.draws import replicate_weights

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, repr=False)
class Replicated:
    """An index of T months and its replicates.

    Parameters
    ----------
    value : ndarray, shape (T,)
        The index of the sample.
    replicates : ndarray, shape (T, R)
    factor : ndarray, shape (R,)
        As in `ReplicateWeights`.
    n_firms : int
    method : str
    """

    value: Floats
    replicates: Floats
    factor: Floats
    n_firms: int
    method: str

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for array in (self.value, self.replicates, self.factor):
            array.setflags(write=False)

    @property
    def log_se(self) -> Floats:
        """Standard error of the logarithm, shape (T,); NaN where a replicate has no value."""
        deviation = np.log(self.replicates) - np.log(self.value)[:, np.newaxis]
        return np.sqrt((deviation**2) @ self.factor)

    @property
    def se(self) -> Floats:
        """Standard error, in the index's own unit, shape (T,)."""
        return self.value * self.log_se

    def band(self) -> tuple[Floats, Floats]:
        """Return the ends of the 95 % band: value · exp(∓ t · log_se), n_firms − 1 degrees of freedom."""
        margin = float(stdtrit(self.n_firms - 1.0, 0.975)) * self.log_se
        return self.value * np.exp(-margin), self.value * np.exp(margin)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a month: value, se, low_95, high_95."""
        low, high = self.band()
        return pd.DataFrame({"value": self.value, "se": self.se, "low_95": low, "high_95": high})

    def summary(self) -> pd.DataFrame:
        """Return the last month."""
        return self.to_frame().tail(1)

    def __repr__(self) -> str:
        return f"Replicated: {len(self.value)} months, {self.n_firms} firms, {len(self.factor)} of {self.method}"

    def _repr_html_(self) -> str:
        return f"<h4>{self!r}</h4>" + self.to_frame().to_html()


def replicate(
    function: str | Callable[..., Any],
    p: Any,
    q: Any = None,
    *,
    firm: Sequence[Any],
    by: str = "items",
    method: str = "bootstrap",
    replicates: int = 200,
    seed: int = 0,
    strata: Sequence[Any] | None = None,
    population: int | None = None,
    **options: Any,
) -> Replicated:
    """Replicate an index of items over the firms they belong to.

    Parameters
    ----------
    function : str or callable
        A name of `elementary.FORMULAS` (jevons, tornqvist, fisher …): the bilateral index of the last month on the
        first, over the items sold in both; all replicates at once. Or a function of p (T, N), or of p and q (T, N),
        that returns (T,), as `geks` and the other multilateral ones: called once for each replicate.
    p, q : ndarray, shape (T, N)
        Prices and quantities, NaN = not sold; q is needed where the formula weighs by value.
    firm : sequence, length N
        Firm of each item, any labels.
    by : {"items", "quantities"}
        How a function sees that a firm counts m times. items: its items stand m times (any function; m must be whole up
        to a common factor). quantities: its quantities are multiplied by m, and not sold for 0 (only functions in
        which an item counts by its value: GEKS-Törnqvist or -Fisher, WTPD, Geary-Khamis).
    method, replicates, seed, population
        As in `replicate_weights`.
    strata : sequence, length N, optional
        Stratum of each item's firm.
    **options
        Passed on to the function.

    Returns
    -------
    Replicated
        For a named formula T = 1.

    Raises
    ------
    ShapeError, UsageError, PriceError
        Arrays do not fit; unknown names; fewer than 2 firms; multiplicities that are not whole; prices not above 0.

    Notes
    -----
    The firms' order is that of their labels, sorted. Decision 0130.
    """
    prices = np.atleast_2d(np.asarray(p, dtype=float))
    quantities = None if q is None else np.atleast_2d(np.asarray(q, dtype=float))
    if quantities is not None and quantities.shape != prices.shape:
        raise ShapeError(f"p and q must be of one shape (T, N), not {prices.shape} and {quantities.shape}")
    if len(firm) != prices.shape[1]:
        raise ShapeError(f"{len(firm)} firms for {prices.shape[1]} items; give one for each item")
    names, code = np.unique(np.asarray(firm).astype(str), return_inverse=True)
    of_firm = None
    if strata is not None:
        if len(strata) != len(code):
            raise ShapeError(f"{len(strata)} strata for {len(code)} items; give one for each item")
        of_firm = np.asarray(strata).astype(str)[np.unique(code, return_index=True)[1]].tolist()
    weights = replicate_weights(
        len(names), method=method, replicates=replicates, seed=seed, strata=of_firm, population=population
    )
    times = np.column_stack([np.ones(len(names)), weights.multiplicity])
    if isinstance(function, str):
        found = _named(function, prices, quantities, code, times)
    elif by == "items":
        found = _by_items(function, prices, quantities, code, times, options)
    elif by == "quantities":
        found = _by_quantities(function, prices, quantities, code, times, options)
    else:
        raise UsageError(f"by must be 'items' or 'quantities', not {by!r}")
    return Replicated(found[:, 0], found[:, 1:], weights.factor, len(names), method)


def _named(name: str, p: Floats, q: Floats | None, firm: Ints, times: Floats) -> Floats:
    """Return a bilateral index in all replicates, shape (1, R): its sums by firm times the multiplicities."""
    if name not in FORMULAS:
        raise UsageError(f"unknown formula {name!r}{did_you_mean(name, FORMULAS)}; known: {', '.join(FORMULAS)}")
    sold = ~np.isnan(p[0]) & ~np.isnan(p[-1])
    if (p[:, sold][[0, -1]] <= 0).any():
        raise PriceError("prices must be numbers above 0, or NaN where an item was not sold")
    p0, p1 = p[0, sold], p[-1, sold]
    weight = {"equal": np.ones(len(p0)), "price": p0}
    kinds = {mean.weight for mean in FORMULAS[name]}
    if not kinds <= set(weight):
        if q is None:
            raise UsageError(f"the formula {name!r} weighs by value; give quantities q")
        v0, v1 = (x * np.nan_to_num(y[sold]) for x, y in ((p0, q[0]), (p1, q[-1])))
        weight |= {"base": v0, "current": v1, "both": np.sqrt(v0 * v1)}
    log_relative = np.log(p1) - np.log(p0)
    logs = []
    for mean in FORMULAS[name]:
        sums = (
            np.bincount(firm[sold], term, minlength=len(times)) @ times
            for term in mean.terms(weight[mean.weight], log_relative)
        )
        logs.append(mean.log_value(*sums))
    return np.exp(logs[0] if len(logs) == 1 else mean_of_known(logs[0], logs[1]))[np.newaxis]


def _by_items(
    function: Callable[..., Any], p: Floats, q: Floats | None, firm: Ints, times: Floats, options: dict[str, Any]
) -> Floats:
    # the weights of the bootstrap and the jackknife are whole but for n / (n − 1), which is common to all firms
    scaled = (times[:, 1:] * scale for scale in (1.0, 1.0 - 1.0 / len(times)))
    whole = next((c for c in scaled if np.allclose(c, np.rint(c), rtol=0, atol=1e-9)), None)
    if whole is None:
        raise UsageError("items cannot stand a broken number of times; use by='quantities', or method='resample'")
    counts = np.column_stack([np.ones(len(times)), whole])
    columns = (np.repeat(np.arange(len(firm)), np.rint(m).astype(np.int64)) for m in counts.T[:, firm])
    arrays = (p,) if q is None else (p, q)
    # one call for each replicate; each call is array work
    return np.stack([np.asarray(function(*(a[:, c] for a in arrays), **options), dtype=float) for c in columns], axis=1)


def _by_quantities(
    function: Callable[..., Any], p: Floats, q: Floats | None, firm: Ints, times: Floats, options: dict[str, Any]
) -> Floats:
    if q is None:
        raise UsageError("by='quantities' needs quantities q")
    found = []
    for m in times.T[:, firm]:
        kept = m > 0
        found.append(np.asarray(function(p[:, kept], (q * m)[:, kept], **options), dtype=float))
    return np.stack(found, axis=1)
