"""The checks by id: each is one function from facts to masks; texts, severities and references are data.

A check returns the records it objects to: one mask, or one mask per column where it looks at several. A detail
function, if a check has one, gives the parts of its message that differ from record to record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from shuibei_index.validation.facts import Facts

#: A mask, or a mask for each column. (Comparing arrays for equality is untyped in NumPy: so is what checks return.)
Found = Any
Finder = Callable[[Facts], Found]
Null = Literal["pass", "fail"]
Rows = npt.NDArray[np.int64]
#: Texts for the given records and column by placeholder; "value" and "expected" fill the columns of that name.
Detail = Callable[[Facts, Rows, str], dict[str, Any]]


@dataclass(frozen=True)
class Check:
    """One check: its id, the column its finding points at, its function, and what an empty cell means to it."""

    name: str
    column: str
    find: Finder
    null: Null


#: Stands for "no upper limit" where a rule does not apply; finite, so that nothing times nothing stays nothing.
NO_LIMIT = 1e30

CHECKS: dict[str, Check] = {}
DETAILS: dict[str, Detail] = {}


def check(name: str, column: str = "", *, null: Null = "pass") -> Callable[[Finder], Finder]:
    """Register a check under its id in the catalogue.

    Parameters
    ----------
    name
        Id in ``methodology/checks/validate.toml``.
    column
        The column its findings point at; "" where the function says so itself, with one mask per column.
    null
        What an empty cell means: "pass" = nothing to object to, "fail" = that is the objection.
    """

    def register(function: Finder) -> Finder:
        if name in CHECKS:
            raise ValueError(f"check {name!r} is registered twice")
        CHECKS[name] = Check(name, column, function, null)
        return function

    return register


def detail(*names: str) -> Callable[[Detail], Detail]:
    """Register what is said about each record a check objects to."""

    def register(function: Detail) -> Detail:
        for name in names:
            DETAILS[name] = function
        return function

    return register


def bounds(low: npt.NDArray[Any], high: npt.NDArray[Any]) -> npt.NDArray[np.str_]:
    """Return texts "low – high"."""
    return np.array([f"{a:,.10g} – {b:,.10g}" for a, b in zip(low.tolist(), high.tolist(), strict=True)], dtype=np.str_)


def numbers(values: npt.NDArray[Any], digits: int = 2) -> npt.NDArray[np.str_]:
    """Return texts of numbers with a fixed count of decimals."""
    return np.array([f"{value:,.{digits}f}" for value in values.tolist()], dtype=np.str_)
