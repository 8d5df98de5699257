"""Quantity indices, value index, and the indicators that split a change of value into price and quantity."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index import bilateral
from shuibei_index.index.matching import Floats, Items, Result, match, positive
from shuibei_index.index.means import logarithmic_mean

_SWAPPED = {"p0": "q0", "p1": "q1", "q0": "p0", "q1": "p1", "pb": "qb", "qb": "pb"}


class Indicator(NamedTuple):
    """A change of value in CNY, split: `price` + `quantity` = Σ p1 q1 − Σ p0 q0."""

    price: Result
    quantity: Result


def quantity_index(
    formula: str | Callable[..., Result],
    *,
    group: npt.ArrayLike | None = None,
    parameters: dict[str, float] | None = None,
    **arrays: npt.ArrayLike,
) -> Result:
    """Return the quantity index of a price formula: prices and quantities change their roles.

    Parameters
    ----------
    formula : str or callable
        A name or function of `shuibei_index.index.bilateral`.
    group : array_like of int, shape (N,), optional
        Codes 0 … G−1; −1 is left out.
    parameters : dict, optional
        Parameters of the formula: `{"sigma": 0.7}`.
    **arrays : array_like, shape (N,)
        p0, p1, q0, q1 (pb, qb) as for the price index; those the formula does not need may be given too. Quantities
        that enter as relatives must be above 0; give NaN for items not sold.

    Returns
    -------
    float or ndarray, shape (G,)

    Raises
    ------
    UsageError
        Unknown formula; an array it needs is missing.
    ShapeError, PriceError
        As the formula, under the names the caller gave.

    Notes
    -----
    The Laspeyres quantity index is Σ p0 q1 / Σ p0 q0. CPI Manual 2004, ch. 15: Q of a formula with factor
    reversal (Fisher, Sato–Vartia, Montgomery–Vartia, Stuvel) times its P is the value index.

    Examples
    --------
    >>> round(quantity_index("laspeyres", p0=[1, 3], q0=[1, 1], q1=[2, 4]), 6)
    3.5
    """
    if isinstance(formula, str):
        if formula not in bilateral.__all__:
            raise UsageError(f"unknown formula {formula!r}{did_you_mean(formula, bilateral.__all__)}")
        formula = getattr(bilateral, formula)
    function: Callable[..., Result] = formula  # type: ignore[assignment]
    needed = [_SWAPPED[name] for name in inspect.signature(function).parameters if name in _SWAPPED]
    missing = [name for name in needed if name not in arrays]
    if missing:
        raise UsageError(
            f"the quantity index of {function.__name__} needs {', '.join(missing)}", f"还需要 {'、'.join(missing)}"
        )
    unknown = sorted(set(arrays) - set(_SWAPPED))
    if unknown:
        raise UsageError(f"unknown arguments {', '.join(unknown)}; parameters of the formula go into `parameters`")
    for name in needed:
        # in the price formula a quantity stands where a price is meant: refuse it under its own name
        if name[0] == "q":
            positive(name, arrays[name])
    swapped: dict[str, Any] = {_SWAPPED[name]: arrays[name] for name in needed}
    return function(**swapped, group=group, **(parameters or {}))


def value_index(
    *,
    p0: npt.ArrayLike,
    p1: npt.ArrayLike,
    q0: npt.ArrayLike,
    q1: npt.ArrayLike,
    group: npt.ArrayLike | None = None,
) -> Result:
    """Return Σ p1 q1 / Σ p0 q0 over the matched items.

    Parameters
    ----------
    p0, p1, q0, q1 : array_like, shape (N,)
        Prices above 0 and quantities not negative of the same items in two months; NaN = not observed.
    group : array_like of int, shape (N,), optional
        Codes 0 … G−1; −1 is left out.

    Returns
    -------
    float or ndarray, shape (G,)

    Examples
    --------
    >>> value_index(p0=[1, 1], p1=[2, 1], q0=[1, 1], q1=[2, 2])
    3.0
    """
    items = match({"p0": p0, "p1": p1, "q0": q0, "q1": q1}, group)
    with np.errstate(divide="ignore", invalid="ignore"):
        return items.groups.result(items.groups.sum(items.v1) / items.groups.sum(items.v0))


def bennet(
    *,
    p0: npt.ArrayLike,
    p1: npt.ArrayLike,
    q0: npt.ArrayLike,
    q1: npt.ArrayLike,
    group: npt.ArrayLike | None = None,
) -> Indicator:
    """Return the Bennet indicators: differences weighted by the mean of both months.

    Parameters
    ----------
    p0, p1, q0, q1, group
        As in `value_index`.

    Returns
    -------
    Indicator
        `price` and `quantity` in CNY. 0 for a group without matched items.

    Notes
    -----
    Σ ½ (q0 + q1) (p1 − p0) and Σ ½ (p0 + p1) (q1 − q0). Bennet (1920); Diewert (2005), Index number theory using
    differences rather than ratios.

    Examples
    --------
    >>> found = bennet(p0=[1, 1], p1=[2, 1], q0=[1, 1], q1=[2, 2])
    >>> found.price, found.quantity
    (1.5, 2.5)
    """
    items = match({"p0": p0, "p1": p1, "q0": q0, "q1": q1}, group)
    price = 0.5 * (items["q0"] + items["q1"]) * (items["p1"] - items["p0"])
    quantity = 0.5 * (items["p0"] + items["p1"]) * (items["q1"] - items["q0"])
    return _indicator(items, price, quantity)


def montgomery(
    *,
    p0: npt.ArrayLike,
    p1: npt.ArrayLike,
    q0: npt.ArrayLike,
    q1: npt.ArrayLike,
    group: npt.ArrayLike | None = None,
) -> Indicator:
    """Return the Montgomery indicators: logarithmic changes weighted by logarithmic means of values.

    Parameters
    ----------
    p0, p1, q0, q1, group
        As in `value_index`.

    Returns
    -------
    Indicator
        `price` and `quantity` in CNY. 0 for a group without matched items.

    Notes
    -----
    Σ L(v0, v1) ln(p1/p0) and Σ L(v0, v1) ln(q1/q0), L the logarithmic mean; where a quantity is 0 the limit: all of
    the item's change is quantity. Montgomery (1929, 1937); Diewert (2005).

    Examples
    --------
    >>> found = montgomery(p0=[1.0], p1=[4.0], q0=[1.0], q1=[1.0])
    >>> round(found.price, 6), round(found.quantity, 6)
    (3.0, 0.0)
    """
    items = match({"p0": p0, "p1": p1, "q0": q0, "q1": q1}, group)
    weight = logarithmic_mean(items.v0, items.v1)
    sold = (items["q0"] > 0) & (items["q1"] > 0)
    ratio = np.divide(items["q1"], items["q0"], out=np.ones_like(weight), where=sold)
    return _indicator(items, weight * items.log_relative, np.where(sold, weight * np.log(ratio), items.v1 - items.v0))


def _indicator(items: Items, price: Floats, quantity: Floats) -> Indicator:
    groups = items.groups
    return Indicator(groups.result(groups.sum(price)), groups.result(groups.sum(quantity)))
