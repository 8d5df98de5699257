"""Lines: which lines of a table are records, and what the others are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.intake.block import Block
from shuibei_index.intake.headers import column_of
from shuibei_index.intake.limits import Limits
from shuibei_index.intake.schema import KEY_COLUMNS

Mask = npt.NDArray[np.bool_]


@dataclass
class Skipped:
    """Lines that are no records: block numbers, lines and their text."""

    rule: str
    block: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]
    texts: pa.Array


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
    raw: Mapping[str, pa.Array],
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
            texts = values.take(pa.array(rows))
            skipped.append(Skipped(rule, block[rows], line[rows], texts))

    def skip_once(rule: str, mask: Mask) -> None:
        # one entry for all lines of a table: the first of them, and how many they are
        if mask.any():
            rows = np.flatnonzero(mask)
            _, first, counts = np.unique(block[rows], return_index=True, return_counts=True)
            skipped.append(Skipped(rule, block[rows[first]], line[rows[first]], pa.array(counts).cast(pa.string())))

    words = pa.array([w.replace(" ", "") for w in limits.totals_words], pa.string())
    totals = np.zeros(len(line), dtype=bool)
    label = raw["enterprise_id"]
    for position in range(3):
        cells = [b.first[position] if position < len(b.first) else [""] * len(b.lines) for _, b in blocks]
        text = join(cells)
        bare = pc.replace_substring_regex(pc.utf8_lower(text), r"[\s:：　]+", "")
        hit = pc.is_in(bare, value_set=words).to_numpy(zero_copy_only=False)
        label = pc.if_else(pa.array(hit), text, label)
        totals |= hit
    header = _is_header(raw["enterprise_id"], "enterprise_id") & _is_header(raw["amount"], "amount")
    spare, untraded = _of_a_form(raw, filled)
    remark = (filled.cells > 0) & (filled.cells < limits.record_cells) & ~totals & ~header & ~spare
    skip_once("untraded_items", untraded & ~totals & ~header)
    skip("totals_row", totals, label)
    skip("repeated_header", header & ~totals, raw["enterprise_id"])
    if remark.any():
        skip("remark_row", remark, pc.binary_join_element_wise(*raw.values(), ""))
    return (filled.cells > 0) & ~totals & ~header & ~remark & ~spare & ~untraded, skipped


def _of_a_form(raw: Mapping[str, pa.Array], filled: Filled) -> tuple[Mask, Mask]:
    # A form has lines for items that were not traded, and spare ones with nothing but firm, month and line number.
    # Only with all three, as no line of remarks has, is silence taken for that.
    quiet = ~filled.traded & (filled.cells > 0)
    if not quiet.any():
        return quiet, quiet
    for name in KEY_COLUMNS:
        quiet &= pc.not_equal(pc.utf8_trim_whitespace(raw[name]), "").to_numpy(zero_copy_only=False)
    item = pc.not_equal(pc.utf8_trim_whitespace(raw["item_id"]), "").to_numpy(zero_copy_only=False)
    return quiet & ~filled.named, quiet & item


def _is_header(text: pa.Array, name: str) -> Mask:
    # Only distinct texts that are no data at all are compared: a header name is never a firm's code or an amount.
    coded = pc.dictionary_encode(text)
    first = pc.match_substring_regex(coded.dictionary, r"^[^0-9]*[\p{Han}A-Za-z_]{2}[^0-9]*$")
    candidates = coded.dictionary.filter(first).to_pylist()
    names = pa.array([word for word in candidates if column_of(word)[0] == name], pa.string())
    return np.array(pc.is_in(text, value_set=names).to_numpy(zero_copy_only=False), dtype=bool)
