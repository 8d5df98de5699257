"""What needs no look at the records: conditions that the smallest and largest values of columns already prove.

Parquet states both for every row group. Where they show that a condition cannot be false, its columns are not read: of
sound records most conditions go this way, and only doubtful row groups are looked at value by value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from shuibei_index.kernel.nodes import Arithmetic, Column, Compare, IsNull, Join, Literal, Node, Not

_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True)
class Range:
    """Smallest and largest value of a column; `full` = no cell is empty and none can be NaN."""

    low: float
    high: float
    full: bool


Ranges = Mapping[str, Range]


def unproven(node: Node, ranges: Ranges, *, unknown_fails: bool) -> Node | None:
    """Return the part of a condition that must be looked at; None = it is met by every record.

    Parameters
    ----------
    node
        The condition.
    ranges
        Of the columns that have one.
    unknown_fails
        Whether an unknown answer is an objection: then cells must be known not to be empty.

    Examples
    --------
    >>> from shuibei_index.kernel.expression import parse
    >>> node = parse("a > 0 and b > 0", {"a": "number", "b": "number"})
    >>> unproven(node, {"a": Range(1, 9, False), "b": Range(0, 9, False)}, unknown_fails=False).columns
    frozenset({'b'})
    """
    if isinstance(node, Join) and node.word == "and":
        left, right = (unproven(side, ranges, unknown_fails=unknown_fails) for side in (node.left, node.right))
        if left is None or right is None:
            return right if left is None else left
        return Join("and", left, right, at=node.at)
    return None if _met(node, True, ranges, unknown_fails) else node


def _met(node: Node, truth: bool, ranges: Ranges, surely: bool) -> bool:
    """Tell whether a condition is for no record the opposite of `truth` (`surely`: for every record that truth)."""
    if isinstance(node, Not):
        return _met(node.of, not truth, ranges, surely)
    if isinstance(node, Join):
        sides = [_met(side, truth, ranges, surely) for side in (node.left, node.right)]
        return all(sides) if (node.word == "and") == truth else any(sides)
    if isinstance(node, IsNull):
        span = _span(node.of, ranges)
        return not truth and span is not None and span.full
    if not isinstance(node, Compare):
        return False
    left, right = _span(node.left, ranges), _span(node.right, ranges)
    if left is None or right is None or (surely and not (left.full and right.full)):
        return False
    match node.sign if truth else _OPPOSITE[node.sign]:
        case "<":
            return left.high < right.low
        case "<=":
            return left.high <= right.low
        case ">":
            return left.low > right.high
        case ">=":
            return left.low >= right.high
        case "!=":
            return left.high < right.low or left.low > right.high
    return False


def _span(node: Node, ranges: Ranges) -> Range | None:
    """Return the range of a value; None = not known."""
    if isinstance(node, Literal):
        return None if isinstance(node.value, str) else Range(node.value, node.value, True)
    if isinstance(node, Column):
        return ranges.get(node.name)
    if not isinstance(node, Arithmetic) or node.sign == "/":
        return None
    left, right = _span(node.left, ranges), _span(node.right, ranges)
    if left is None or right is None:
        return None
    # in doubles, as the values themselves: rounding keeps the order
    a, b, c, d = (float(end) for end in (left.low, left.high, right.low, right.high))
    match node.sign:
        case "+":
            ends = [a + c, b + d]
        case "-":
            ends = [a - d, b - c]
        case _:
            ends = [a * c, a * d, b * c, b * d]
    if not all(math.isfinite(end) for end in ends):
        return None
    return Range(min(ends), max(ends), left.full and right.full)
