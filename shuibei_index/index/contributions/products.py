"""Contributions of products to a bilateral index, whatever its formula."""

from __future__ import annotations

import inspect

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index import bilateral as formulas
from shuibei_index.index.contributions.formulas import METHODS, NAMES, logs_of, points_of
from shuibei_index.index.contributions.shares import placed
from shuibei_index.index.matching import Floats, match
from shuibei_index.index.means import number

_ARRAYS = ("p0", "p1", "q0", "q1", "pb", "qb")
#: Formulas with quantity relatives: an item that is not sold in both months is unmatched.
_SOLD = {"cswdb": ("q0", "q1")}


def bilateral(
    formula: str,
    *,
    p0: npt.ArrayLike,
    p1: npt.ArrayLike,
    q0: npt.ArrayLike | None = None,
    q1: npt.ArrayLike | None = None,
    pb: npt.ArrayLike | None = None,
    qb: npt.ArrayLike | None = None,
    group: npt.ArrayLike | None = None,
    method: str = "van_ijzeren",
    **parameters: float,
) -> Floats | pd.Series:
    """Contributions of items to the change of a bilateral index, adding up to index − 1 in every group.

    Parameters
    ----------
    formula : str
        Name of a formula of `index.bilateral`: all of them.
    p0, p1, q0, q1, pb, qb : array_like or Series, shape (N,)
        As the formula takes them; those it does not take are not read.
    group : array_like of int, shape (N,), optional
        Codes 0 … G−1; −1 is left out.
    method : {"van_ijzeren", "reinsdorf"}
        For formulas that are a mean of two means (fisher, cswd, bialek, …): the contributions to the two means,
        averaged; or the weights of the two means made those of the outer mean, averaged, then made arithmetic.
    **parameters : float
        Numbers the formula takes: sigma, order, a, b.

    Returns
    -------
    ndarray, or Series if p0 is one; shape (N,)
        Fractions (0.01 = one percentage point). NaN for an item that is unmatched or left out, or whose group has
        items of no weight.

    Raises
    ------
    UsageError
        No such formula or method; an array or a number that the formula takes is missing, or one it does not take is
        given.
    ShapeError, PriceError
        As the formula.

    Notes
    -----
    Any index that is a mean of price relatives x is one arithmetic mean of them, Σ v x, with weights v that add up to
    1 (for geometric indices by the logarithmic mean, Balk 2008, eq. 4.13): contributions v (x − 1), of the sign of
    each item's own change. So are Stuvel and Banerjee. Means of two means: van IJzeren (Balk 2008, eq. 4.18) is what
    gpindex calls `fisher_contributions2`, Reinsdorf, Diewert and Ehemann (2002, section 6) `fisher_contributions`.
    Montgomery–Vartia: its log weights times ln x, times (P − 1)/ln P. Lehr: proportional to h (p1 − p0),
    h = q0 q1/(q0 + q1). Unit value: price and mix; an item whose price stands still contributes if the mix moves
    towards it. Decision 0121.

    Examples
    --------
    >>> bilateral("laspeyres", p0=[1, 1], p1=[1, 4], q0=[1, 1]).tolist()
    [0.0, 1.5]
    >>> bilateral("jevons", p0=[1, 1], p1=[1, 4]).round(12).tolist()
    [0.0, 1.0]
    """
    name, numbers = _checked(formula, parameters)
    if method not in METHODS:
        raise UsageError(f"unknown method {method!r}{did_you_mean(method, METHODS)}; there are {', '.join(METHODS)}")
    given = dict(zip(_ARRAYS, (p0, p1, q0, q1, pb, qb), strict=True))
    taken = [a for a in _ARRAYS if a in inspect.signature(getattr(formulas, name)).parameters]
    missing = [a for a in taken if given[a] is None]
    if missing:
        raise UsageError(f"{name} needs {', '.join(missing)}", zh=f"{name} 还需要 {', '.join(missing)}")
    length = len(np.asarray(p0))
    codes = np.zeros(length, dtype=np.int64) if group is None else group
    arrays = {a: array for a in taken if (array := given[a]) is not None}
    items = match({**arrays, "row": np.arange(float(length))}, codes, _SOLD.get(name, ()))
    with np.errstate(divide="ignore", invalid="ignore"):
        return placed(points_of(name, items, numbers, method), items["row"], p0, length)


def pair_logs(formula: str, p0: Floats, p1: Floats, q0: Floats | None, q1: Floats | None) -> Floats:
    """Return contributions to ln(index) of one pair of months, shape (N,); 0 for unmatched items.

    Parameters
    ----------
    formula : str
        A formula of `index.bilateral` that takes p0, p1, q0, q1 or some of them.
    p0, p1, q0, q1 : ndarray, shape (N,)
        Prices and quantities; NaN = not sold. An item counts where all that is given is known, as in `geks`.
    """
    name, numbers = _checked(formula, {})
    quantities = {} if q0 is None or q1 is None else {"q0": q0, "q1": q1}
    items = match({"p0": p0, "p1": p1, **quantities, "row": np.arange(float(len(p0)))}, None, _SOLD.get(name, ()))
    result = np.zeros(len(p0))
    with np.errstate(divide="ignore", invalid="ignore"):
        result[items["row"].astype(np.int64)] = logs_of(name, items, numbers)
    return result


def _checked(formula: str, parameters: dict[str, float]) -> tuple[str, dict[str, float]]:
    """Return the formula's name and the numbers it takes, from the call or its own defaults."""
    if formula not in NAMES:
        raise UsageError(
            f"unknown formula {formula!r}{did_you_mean(str(formula), NAMES)}; there are {', '.join(sorted(NAMES))}",
            zh=f"没有公式 {formula}",
        )
    signature = inspect.signature(getattr(formulas, formula)).parameters
    known = [p for p in signature.values() if p.name not in (*_ARRAYS, "group")]
    odd = [n for n in parameters if n not in {p.name for p in known}]
    if odd:
        raise UsageError(f"{formula} does not take {', '.join(odd)}; it takes {', '.join(signature)}")
    numbers = {}
    for parameter in known:
        if parameter.name not in parameters and parameter.default is inspect.Parameter.empty:
            raise UsageError(f"{formula} needs {parameter.name}", zh=f"{formula} 还需要 {parameter.name}")
        numbers[parameter.name] = number(parameter.name, parameters.get(parameter.name, parameter.default), finite=True)
    if formula == "stuvel" and (numbers["a"] == 0 or numbers["b"] / numbers["a"] <= 0):
        raise UsageError(f"a and b must have the same sign and not be 0, got {numbers['a']} and {numbers['b']}")
    return formula, numbers
