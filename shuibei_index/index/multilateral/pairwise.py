"""Bilateral formulas called for one ordered pair of months after another: those without matrix products."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from shuibei_index.index import bilateral

Floats = npt.NDArray[np.float64]
Formula = Callable[..., Any]

#: What two months have.
DATA = frozenset({"p0", "p1", "q0", "q1"})


def two_month_formulas() -> dict[str, Formula]:
    """Return the named formulas that need nothing beyond prices and quantities of two months."""
    functions = {name: getattr(bilateral, name) for name in bilateral.__all__}
    return {name: function for name, function in functions.items() if _needs(function) <= DATA}


def takes(formula: Formula) -> set[str]:
    """Return which prices and quantities a formula takes."""
    return set(inspect.signature(formula).parameters) & DATA


def _needs(formula: Formula) -> set[str]:
    parameters = inspect.signature(formula).parameters
    return {name for name, given in parameters.items() if given.default is inspect.Parameter.empty}


def by_pairs(p: Floats, q: Floats | None, formula: Formula, rows: slice, cols: slice) -> Floats:
    """Return the log index from every month of `rows` to every month of `cols` over matched items; NaN where none.

    Parameters
    ----------
    p, q : ndarray, shape (T, N)
        Checked prices and quantities; NaN = not sold.
    formula : callable
        A function of p0, p1, q0, q1, or some of them. It is not taken to be reversible: both directions are called.
    rows, cols : slice
        Months.

    Returns
    -------
    ndarray, shape (R, C)
    """
    wanted = takes(formula)
    sold = ~np.isnan(p) if q is None else ~(np.isnan(p) | np.isnan(q))
    months = range(len(p))
    logs = np.full((len(p), len(p)), np.nan)
    for i in months[rows]:
        for j in months[cols]:
            both = sold[i] & sold[j]
            if not both.any():
                continue
            four = {"p0": p[i, both], "p1": p[j, both]}
            if q is not None:
                four |= {"q0": q[i, both], "q1": q[j, both]}
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.log(float(formula(**{name: four[name] for name in wanted})))
            # a month with itself: the formula only says whether there is anything of weight
            logs[i, j] = ratio if i != j or not np.isfinite(ratio) else 0.0
    return np.where(np.isfinite(logs), logs, np.nan)[rows, cols]
