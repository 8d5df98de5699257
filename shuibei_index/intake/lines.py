"""Lines: which lines of a table are records, and what the others are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.intake.block import Block
from shuibei_index.intake.headers import column_of
from shuibei_index.intake.limits import Limits
from shuibei_index.intake.rawcells import RawCells
from shuibei_index.intake.schema import KEY_COLUMNS
from shuibei_index.intake.variants import simplified

Mask = npt.NDArray[np.bool_]
#: A line with all of them is a record.
_COMPLETE = ("enterprise_id", "line_no", "class_code")
#: A cell in which there is nothing, or a figure.
_PLAIN = r"^[\s¥￥+-]*(?:[0-9][0-9,.]*)?[\s%]*$"
#: What a totals line may state.
STATED = ("amount", "weight", "net_weight", "pieces", "stone_amount", "stone_carat")


@dataclass
class Skipped:
    """Lines that are no records: block numbers, lines and their text."""

    rule: str
    block: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]
    texts: pa.Array
    #: Of totals lines, what they state, by column.
    cells: dict[str, pa.Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Filled:
    """What of each line is filled in: how many cells, anything beyond the key columns, anything of a deal."""

    cells: npt.NDArray[np.int64]
    named: Mask
    traded: Mask


def join(cells: Sequence[list[str] | pa.Array]) -> pa.Array:
    """Return the cells of several blocks below one another."""
    if all(isinstance(c, list) for c in cells):
        return pa.array(list(chain.from_iterable(cells)), pa.string())
    return pa.concat_arrays([pa.array(c, pa.string()) if isinstance(c, list) else c for c in cells])


def find_records(
    block: npt.NDArray[np.int64],
    line: npt.NDArray[np.int64],
    blocks: Sequence[tuple[int, Block]],
    raw: Mapping[str, RawCells],
    filled: Filled,
    limits: Limits,
) -> tuple[Mask, list[Skipped]]:
    """Tell which lines are records, and name the others, except those with nothing in them.

    Parameters
    ----------
    block, line : ndarray of int, shape (N,)
        Number of the block and line of each line.
    blocks
        The blocks with their numbers.
    raw
        The cells of each column as text.
    filled : Filled
        What of each line holds something.
    limits
        The rules of reading.
    """
    skipped: list[Skipped] = []

    def skip(rule: str, mask: Mask, values: pa.Array) -> None:
        if mask.any():
            rows = np.flatnonzero(mask)
            at = pa.array(rows)
            cells = {}
            if rule == "totals_row":
                cells = {name: _figure_of(raw[name].take(at), limits) for name in STATED if name in raw}
            skipped.append(Skipped(rule, block[rows], line[rows], values.take(at), cells))

    def skip_once(rule: str, mask: Mask) -> None:
        # one entry for all lines of a table: the first of them, and how many they are
        if mask.any():
            rows = np.flatnonzero(mask)
            _, first, counts = np.unique(block[rows], return_index=True, return_counts=True)
            skipped.append(Skipped(rule, block[rows[first]], line[rows[first]], pa.array(counts).cast(pa.string())))

    totals, label = _totals(blocks, raw, filled, limits)
    header = _is_header(raw["enterprise_id"].text, "enterprise_id") & _is_header(raw["amount"].told, "amount")
    spare, untraded = _of_a_form(raw, filled)
    remark = (filled.cells > 0) & (filled.cells < limits.record_cells) & ~totals & ~header & ~spare
    # figures without a word for them, below the records of a table: sums somebody left there
    figures = np.sum([raw[name].filled for name in STATED if name in raw], axis=0)
    rest = (filled.cells > 0) & ~totals & ~header & ~spare & ~untraded
    bare = rest & (figures == filled.cells)
    remark |= bare & np.isin(block, block[rest & ~bare & ~remark])
    skip_once("untraded_items", untraded & ~totals & ~header)
    skip("totals_row", totals, label)
    skip("repeated_header", header & ~totals, raw["enterprise_id"].text)
    if remark.any():
        rows = pa.array(np.flatnonzero(remark))
        texts = pc.binary_join_element_wise(*(cells.take(rows) for cells in raw.values()), " ")
        texts = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, r" {2,}", " "))
        skipped.append(Skipped("remark_row", block[remark], line[remark], texts))
    return (filled.cells > 0) & ~totals & ~header & ~remark & ~spare & ~untraded, skipped


def _totals(
    blocks: Sequence[tuple[int, Block]], raw: Mapping[str, RawCells], filled: Filled, limits: Limits
) -> tuple[Mask, pa.Array]:
    # A label may stand in any cell of a line that is no complete record; with firm, line number and class the line is
    # one, whatever its item or its remark is called.
    words = pa.array([w.replace(" ", "") for w in limits.totals_words], pa.string())
    size = len(filled.cells)
    open_ = np.zeros(size, dtype=bool)
    for name in _COMPLETE:
        open_ |= ~raw[name].filled | _is_label(raw[name].told, words)
    # a line whose only text stands in a column without a name has no filled cell of ours
    rows = np.flatnonzero(open_)
    totals = np.zeros(size, dtype=bool)
    label = pa.array([""] * len(rows), pa.string())
    at = pa.array(rows)
    # of several labels the first cell of the line is what is told
    for text in [*(cells.told.take(at) for cells in raw.values()), *(c.take(at) for c in reversed(_first(blocks)))]:
        hit = _is_label(text, words)
        label = pc.if_else(pa.array(hit), text, label)
        totals[rows[hit]] = True
    label = _with_figures(raw, rows, totals, label, limits)
    told = pc.replace_with_mask(raw["enterprise_id"].text, pa.array(np.isin(np.arange(size), rows)), label)
    return totals, told


def _first(blocks: Sequence[tuple[int, Block]]) -> list[pa.Array]:
    # The first three cells of each line, whatever their column is called.
    return [
        join([b.first[position] if position < len(b.first) else [""] * len(b.lines) for _, b in blocks])
        for position in range(3)
    ]


def _with_figures(
    raw: Mapping[str, RawCells], rows: npt.NDArray[np.int64], totals: Mask, label: pa.Array, limits: Limits
) -> pa.Array:
    # A word and its figure in one cell (小计：151), with nothing but figures beside it except whose and which month's.
    hit, other = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    at, pattern = pa.array(rows), _labelled(limits)
    for name, cells in raw.items():
        text = cells.told.take(at)
        found = _matches(_bare(text), pattern)
        label = pc.if_else(pa.array(found & ~totals[rows]), text, label)
        hit |= found
        if name not in ("enterprise_id", "period"):
            other |= ~found & ~_matches(text, _PLAIN)
    totals[rows[hit & ~other]] = True
    return label


def _labelled(limits: Limits) -> str:
    words = sorted((word.replace(" ", "") for word in limits.totals_words), key=len, reverse=True)
    return f"^(?:{'|'.join(map(re.escape, words))})=?" + r"(?P<figure>[-+]?[¥￥]?[0-9][0-9,.]*)[\p{Han}a-z]{0,3}$"


def _figure_of(text: pa.Array, limits: Limits) -> pa.Array:
    # of a word with its figure in one cell, the figure
    found = pc.struct_field(pc.extract_regex(_bare(text), _labelled(limits)), "figure")
    return pc.coalesce(found, text)


def _matches(text: pa.Array, pattern: str) -> Mask:
    return np.array(pc.match_substring_regex(text, pattern).to_numpy(zero_copy_only=False), dtype=bool)


def _bare(text: pa.Array) -> pa.Array:
    return simplified(pc.replace_substring_regex(pc.utf8_lower(text), r"[\s:：　]+", ""))


def _is_label(text: pa.Array, words: pa.Array) -> Mask:
    return np.array(pc.is_in(_bare(text), value_set=words).to_numpy(zero_copy_only=False), dtype=bool)


def _of_a_form(raw: Mapping[str, RawCells], filled: Filled) -> tuple[Mask, Mask]:
    # A form has lines for items that were not traded, and spare ones with nothing but firm, month and line number.
    # Only with all three, as no line of remarks has, is silence taken for that.
    quiet = ~filled.traded & (filled.cells > 0)
    if not quiet.any():
        return quiet, quiet
    for name in KEY_COLUMNS:
        quiet &= raw[name].filled
    return quiet & ~filled.named, quiet & raw["item_id"].filled


def _is_header(text: pa.Array, name: str) -> Mask:
    # Only distinct texts that are no data at all are compared: a header name is never a firm's code or an amount.
    coded = pc.dictionary_encode(text)
    first = pc.match_substring_regex(coded.dictionary, r"^[^0-9]*[\p{Han}A-Za-z_]{2}[^0-9]*$")
    candidates = coded.dictionary.filter(first).to_pylist()
    names = pa.array([word for word in candidates if column_of(word)[0] == name], pa.string())
    return np.array(pc.is_in(text, value_set=names).to_numpy(zero_copy_only=False), dtype=bool)
