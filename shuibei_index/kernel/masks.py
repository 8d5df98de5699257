"""Expressions on columns: which records meet a condition, and which do not, where something is not known.

Three-valued logic by two questions, each answered straight: is it true, is it false. An empty cell makes a comparison
neither. The one question a check asks is carried down the tree, so that nothing is worked out that is not needed, and
a column without empty cells costs no mask.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.kernel.nodes import (
    LOGICAL,
    Arithmetic,
    Column,
    Compare,
    Function,
    In,
    IsNull,
    Join,
    Literal,
    Node,
    Not,
    StartsWith,
)

Mask = npt.NDArray[np.bool_]
#: Values, where they are known (None = everywhere), and what none of them is larger than.
Number = tuple[Any, Mask | None, float]
#: Below this no sum, difference or product of two leaves the doubles.
_SAFE = 1e150
_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_NUMPY = {
    "=": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
_ARITHMETIC = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}
_ARROW = {"=": "equal", "!=": "not_equal", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal"}


class Columns(Protocol):
    """Where the cells come from: a part of a batch, or the distinct words of one text column."""

    @property
    def size(self) -> int:
        """Number of records."""
        ...

    def is_text(self, name: str) -> bool:
        """Tell a text column from a number column."""
        ...

    def number(self, name: str) -> Number:
        """Return the values of a number column and where they are known."""
        ...

    def text(self, name: str) -> pa.Array:
        """Return the texts of a text column, null = empty cell."""
        ...

    def by_word(self, node: Node, truth: bool) -> Mask | None:
        """Answer for a condition on one text column from its distinct words; None = cannot, go on cell by cell."""
        ...

    def room(self) -> npt.NDArray[np.float64] | None:
        """Return memory for one value per record, good until the next records; None = take new."""
        ...

    def kept(self, node: Node, work: Callable[[], Number]) -> Number:
        """Return a value worked out before for these records, or work it out."""
        ...


def holds(node: Node, columns: Columns) -> Mask:
    """Tell for each record whether a condition is surely true.

    Returns
    -------
    ndarray of bool
        One answer per record, or a single one (of no dimension) for all of them.
    """
    return _ask(node, columns, True)


def fails(node: Node, columns: Columns) -> Mask:
    """Tell for each record whether a condition is surely false; as `holds`."""
    return _ask(node, columns, False)


def _ask(node: Node, columns: Columns, truth: bool) -> Mask:
    if isinstance(node, Not):
        return _ask(node.of, columns, not truth)
    if len(node.columns) == 1 and (answer := columns.by_word(node, truth)) is not None:
        return answer
    if isinstance(node, Join):
        both = (node.word == "and") == truth
        left = _ask(node.left, columns, truth)
        if not left.ndim and bool(left) != both:
            return left
        right = _ask(node.right, columns, truth)
        return np.logical_and(left, right) if both else np.logical_or(left, right)
    if isinstance(node, IsNull):
        known = _known(node.of, columns)
        if known is None:
            return np.array(not truth)
        return ~known if truth else known
    if isinstance(node, Compare):
        return _compare(node.sign if truth else _OPPOSITE[node.sign], node, columns)
    if isinstance(node, In):
        return _in(node, columns, truth)
    if isinstance(node, StartsWith):
        return _decided(pc.starts_with(_text(node.of, columns), pattern=node.start), truth)
    raise TypeError(f"{type(node).__name__} is not a condition; parse() lets no such tree through")


def _compare(sign: str, node: Compare, columns: Columns) -> Mask:
    if _is_text(node.left, columns):
        found = getattr(pc, _ARROW[sign])(_text(node.left, columns), _text(node.right, columns))
        return _decided(found, True)
    left, known, _ = _number(node.left, columns)
    right, also, _ = _number(node.right, columns)
    return _where(_NUMPY[sign](left, right), _both(known, also))


def _in(node: In, columns: Columns, truth: bool) -> Mask:
    if _is_text(node.of, columns):
        words = _text(node.of, columns)
        found = pc.is_in(words, value_set=pa.array(node.values, pa.string()))
        # is_in calls an empty cell "not in"; here it is not known
        return _decided(pc.if_else(pc.is_null(words), pa.scalar(None, pa.bool_()), found), truth)
    values, known, _ = _number(node.of, columns)
    found = np.isin(values, np.array(node.values))
    return _where(found if truth else ~found, known)


def _number(node: Node, columns: Columns) -> Number:
    if isinstance(node, Literal):
        return node.value, None, abs(float(node.value))
    if isinstance(node, Column):
        return columns.number(node.name)
    if isinstance(node, Function):
        return _function(node, columns)
    if not isinstance(node, Arithmetic):
        raise TypeError(f"{type(node).__name__} is not a number; parse() lets no such tree through")
    return columns.kept(node, lambda: _arithmetic(node, columns))


def _arithmetic(node: Arithmetic, columns: Columns) -> Number:
    left, known, most = _number(node.left, columns)
    right, also, more = _number(node.right, columns)
    known = _both(known, also)
    # in doubles: whole numbers stay exact to 2^53, and nothing wraps around at 2^63
    room = columns.room() if np.ndim(left) or np.ndim(right) else None
    with np.errstate(all="ignore"):
        value = _ARITHMETIC[node.sign](left, right, out=room, dtype=np.float64)
    match node.sign:
        case "+" | "-":
            bound = most + more
        case "*":
            bound = most * more if max(most, more) < _SAFE else np.inf
        case _:
            bound = np.inf
    if bound < _SAFE:
        return value, known, bound
    finite = np.isfinite(value)
    return value, known if finite.all() else _both(known, finite), np.inf


def _function(node: Function, columns: Columns) -> Number:
    if node.name == "abs":
        value, known, bound = _number(node.of, columns)
        # in doubles: the lowest int64 has no positive
        return np.abs(np.asarray(value, dtype=np.float64)), known, bound
    words = _text(node.of, columns)
    length = pc.utf8_length(words)
    if isinstance(length, pa.Scalar):
        return length.as_py(), None, float(length.as_py())
    known = words.is_valid().to_numpy(zero_copy_only=False)
    return pc.fill_null(length, 0).to_numpy(zero_copy_only=False), known, 2.0**31


def _known(node: Node, columns: Columns) -> Mask | None:
    if isinstance(node, LOGICAL):
        raise TypeError("a condition is asked whether it is null; parse() lets no such tree through")
    if not _is_text(node, columns):
        return _number(node, columns)[1]
    words = _text(node, columns)
    return None if isinstance(words, pa.Scalar) else words.is_valid().to_numpy(zero_copy_only=False)


def _text(node: Node, columns: Columns) -> Any:
    if isinstance(node, Literal):
        return pa.scalar(node.value, pa.string())
    assert isinstance(node, Column)
    return columns.text(node.name)


def _is_text(node: Node, columns: Columns) -> bool:
    if isinstance(node, Literal):
        return isinstance(node.value, str)
    return isinstance(node, Column) and columns.is_text(node.name)


def _decided(found: Any, truth: bool) -> Mask:
    """Return where an Arrow answer is surely true (or surely false); null = neither."""
    if isinstance(found, pa.Scalar):
        return np.array(found.as_py() is truth)
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    answer = found if truth else pc.invert(found)
    return np.asarray(pc.fill_null(answer, False).to_numpy(zero_copy_only=False), dtype=bool)


def _where(found: Any, known: Mask | None) -> Mask:
    if known is not None:
        found = np.logical_and(found, known)
    return np.asarray(found, dtype=bool)


def _both(one: Mask | None, other: Mask | None) -> Mask | None:
    if one is None or other is None:
        return other if one is None else one
    return np.logical_and(one, other)
