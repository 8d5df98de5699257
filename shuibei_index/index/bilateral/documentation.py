"""What all formulas share in their docstrings, written once; "holds" and "fails" come from the table of axioms."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from shuibei_index.index.claims import CLAIMS

Formula = TypeVar("Formula", bound=Callable[..., Any])

_PARAMETERS = {
    "p0": (
        "array_like, shape (N,)",
        "Prices of the same N items in month 0, CNY per item unit, above 0; NaN = not observed.",
    ),
    "p1": ("array_like, shape (N,)", "Their prices in month 1."),
    "q0": (
        "array_like, shape (N,)",
        "Quantities in month 0, in the item's own unit, not negative; NaN = not observed.",
    ),
    "q1": ("array_like, shape (N,)", "Quantities in month 1."),
    "pb": ("array_like, shape (N,)", "Prices of the weight period b; above 0."),
    "qb": ("array_like, shape (N,)", "Quantities of the weight period b; not negative."),
    "sigma": ("float", "Elasticity of substitution between the items."),
    "order": ("float", "Order r of the quadratic mean, any finite number."),
    "a": ("float", "Parameter of the formula, see Notes."),
    "b": ("float", "Second parameter of the formula, see Notes."),
    "group": (
        "array_like of int, shape (N,), optional",
        "Codes 0 … G−1; −1 is left out. None = all items are one group.",
    ),
}
_RETURNS = """Returns
-------
float or ndarray, shape (G,)
    Ratio, month 0 = 1.0; a float when no group is given. NaN for a group without matched items of any weight.

Raises
------
ShapeError
    Lengths differ, Series with different indexes, group codes that are not integers from −1.
PriceError
    A price is not above 0, a quantity is negative, a value is infinite (names the first).
"""


def documented(formula: Formula) -> Formula:
    """Insert Parameters, Returns and Raises before the Notes, and what holds and fails at their end.

    Examples
    --------
    >>> from shuibei_index.index.bilateral import jevons
    >>> "Parameters" in jevons.__doc__ and "Holds: identity" in jevons.__doc__
    True
    """
    if formula.__doc__:  # python -OO has none
        summary, rest = inspect.cleandoc(formula.__doc__).split("Notes\n-----\n", 1)
        notes, examples = rest.split("Examples\n--------\n", 1)
        lines = ["Parameters", "----------"]
        for name in inspect.signature(formula).parameters:
            kind, text = _PARAMETERS[name]
            lines += [f"{name} : {kind}", f"    {text}"]
        shared = "\n".join(lines)
        formula.__doc__ = (
            f"{summary}{shared}\n\n{_RETURNS}\nNotes\n-----\n{notes.rstrip()}\n{_axioms(formula.__name__)}"
            "Unmatched items are left out before shares are scaled; a quantity of 0 is a quantity (decision 0080).\n\n"
            f"Examples\n--------\n{examples}\n"
        )
    return formula


def _axioms(name: str) -> str:
    claims = CLAIMS.get(name)
    if claims is None:
        return ""
    sides = [[a.replace("_", " ") for a, yes in claims.items() if yes is side] for side in (True, False)]
    return f"Holds: {', '.join(sides[0]) or 'none'}. Fails: {', '.join(sides[1]) or 'none'}.\n"
