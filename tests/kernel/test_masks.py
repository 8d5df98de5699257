"""Masks against a second, slow evaluation of the same text, row by row, with Python's own numbers."""

import math
import operator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuibei_index.kernel import nodes
from shuibei_index.kernel.cells import Cells
from shuibei_index.kernel.expression import ExpressionError, parse
from shuibei_index.kernel.masks import fails, holds
from shuibei_index.kernel.proof import Range, unproven

COLUMNS = {"n": "number", "x": "number", "k": "number", "a": "text", "b": "text"}
SIGNS = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def truth(node, row):
    """True, False or None, as Kleene has it."""
    match node:
        case nodes.Not():
            inner = truth(node.of, row)
            return None if inner is None else not inner
        case nodes.Join():
            both = (truth(node.left, row), truth(node.right, row))
            if node.word == "and":
                return False if False in both else None if None in both else True
            return True if True in both else None if None in both else False
        case nodes.IsNull():
            return value(node.of, row) is None
        case nodes.Compare():
            sides = value(node.left, row), value(node.right, row)
            if None in sides:
                return None
            if isinstance(sides[0], str):
                sides = sides[0].encode(), sides[1].encode()
            return SIGNS[node.sign](*sides)
        case nodes.In():
            found = value(node.of, row)
            return None if found is None else found in node.values
        case nodes.StartsWith():
            found = value(node.of, row)
            return None if found is None else found.startswith(node.start)
    raise AssertionError(node)


def value(node, row):
    match node:
        case nodes.Literal():
            return node.value
        case nodes.Column():
            found = row[node.name]
            return None if isinstance(found, float) and not math.isfinite(found) else found
        case nodes.Function():
            inner = value(node.of, row)
            return None if inner is None else len(inner) if node.name == "length" else abs(float(inner))
        case nodes.Arithmetic():
            left, right = value(node.left, row), value(node.right, row)
            if left is None or right is None:
                return None
            left, right = float(left), float(right)
            if node.sign == "/":
                return None if right == 0 else left / right
            result = {"+": operator.add, "-": operator.sub, "*": operator.mul}[node.sign](left, right)
            return result if math.isfinite(result) else None
    raise AssertionError(node)


number = st.deferred(
    lambda: (
        st.sampled_from(["n", "x", "k", "0", "1", "2.5", "-3", "length(a)"])
        | st.tuples(number, st.sampled_from("+-*/"), number).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
        | number.map(lambda t: f"abs({t})")
    )
)
text = st.sampled_from(["a", "b", "'甲'", "'x'", "''"])
sign = st.sampled_from(list(SIGNS))
denied = st.sampled_from(["", "not "])
leaf = (
    st.tuples(number, sign, number).map(" ".join)
    | st.tuples(text, sign, text).map(" ".join)
    | st.tuples(number, denied).map(lambda t: f"{t[0]} is {t[1]}null")
    | st.tuples(st.sampled_from("ab"), denied).map(lambda t: f"{t[0]} is {t[1]}null")
    | st.tuples(number, denied).map(lambda t: f"{t[0]} {t[1]}in (1, -3, 2.5)")
    | st.tuples(text, denied).map(lambda t: f"{t[0]} {t[1]}in ('x', '甲')")
    | st.tuples(st.sampled_from("ab"), denied).map(lambda t: f"{t[0]} {t[1]}starts with 'x'")
    | st.tuples(number, denied, number, number).map(lambda t: f"{t[0]} {t[1]}between {t[2]} and {t[3]}")
)
condition = st.recursive(
    leaf,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
        | inner.map(lambda t: f"not ({t})")
    ),
    max_leaves=5,
)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "n": st.none() | st.integers(-4, 4) | st.just(2**62),
            "x": st.none() | st.sampled_from([0.0, -1.5, 2.5, 1e300, math.nan, math.inf]),
            "k": st.integers(-3, 3),
            "a": st.none() | st.sampled_from(["x", "xy", "甲", "", "z"]),
            "b": st.none() | st.sampled_from(["x", "甲"]),
        }
    ),
    min_size=1,
    max_size=12,
)
SCHEMA = pa.schema([("n", pa.int64()), ("x", pa.float64()), ("k", pa.int32()), ("a", pa.string()), ("b", pa.string())])


@settings(max_examples=150, deadline=None)
@given(condition, rows, st.integers(0, 3), st.booleans())
def test_masks_agree_with_row_by_row(condition, rows, cut, coded):
    try:
        node = parse(condition, COLUMNS)
    except ExpressionError as error:
        assert "levels deep" in str(error) or "words and signs" in str(error)
        return
    table = pa.Table.from_pylist(rows, schema=SCHEMA).slice(min(cut, len(rows) - 1))
    rows = rows[min(cut, len(rows) - 1) :]
    if coded:
        table = table.set_column(3, "a", table.column("a").dictionary_encode())
    expected = [truth(node, row) for row in rows]
    (block,) = Cells(table).blocks()
    assert np.broadcast_to(holds(node, block), len(rows)).tolist() == [t is True for t in expected], condition
    assert np.broadcast_to(fails(node, block), len(rows)).tolist() == [t is False for t in expected], condition


@settings(max_examples=200, deadline=None)
@given(condition, rows, st.booleans())
def test_what_ranges_prove_needs_no_look(condition, rows, unknown_fails):
    try:
        node = parse(condition, COLUMNS)
    except ExpressionError as error:
        assert "levels deep" in str(error) or "words and signs" in str(error)
        return
    ranges = {}
    for name in "nxk":
        values = [row[name] for row in rows if row[name] is not None]
        finite = [v for v in values if math.isfinite(v)]
        if finite:
            full = len(values) == len(rows) and all(isinstance(v, int) for v in values)
            ranges[name] = Range(min(finite), max(finite), full)
    left = unproven(node, ranges, unknown_fails=unknown_fails)
    (block,) = Cells(pa.Table.from_pylist(rows, schema=SCHEMA)).blocks()

    def objected(node):
        mask = ~holds(node, block) if unknown_fails else fails(node, block)
        return np.broadcast_to(mask, len(rows)).tolist()

    assert objected(node) == (objected(left) if left is not None else [False] * len(rows)), condition


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.sampled_from("nxab 0.19()<>=!+-*/,'＞。e_andornotisulbw[]{}\n\"\\:;"), max_size=60)
    | st.text(max_size=40)
)
def test_any_text_is_read_or_refused_with_a_position(text):
    try:
        parse(text, COLUMNS)
    except ExpressionError as error:
        assert str(error).startswith("position ")


def test_whole_numbers_of_63_bits_compare_exactly():
    table = pa.table({"n": [2**62, 2**62 + 1]})
    (block,) = Cells(table).blocks()
    assert fails(parse(f"n > 0 and n != {10**17}", {"n": "number"}), block).tolist() == [False, False]
    table = table.append_column("k", pa.array([2**62, 2**62]))
    (block,) = Cells(table).blocks()
    assert holds(parse("n > k", {"n": "number", "k": "number"}), block).tolist() == [False, True]


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint16(), pa.int32(), pa.float32(), pa.uint64()])
def test_numbers_of_any_width(kind):
    (block,) = Cells(pa.table({"n": pa.array([1, None, 3], kind)})).blocks()
    assert fails(parse("n * 2 > 3", {"n": "number"}), block).tolist() == [True, False, False]
