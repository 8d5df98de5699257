"""The cells of one Arrow batch as expressions look at them: numbers without copies, texts by their distinct words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.errors import ShapeError
from shuibei_index.kernel.masks import Mask, Number, fails, holds
from shuibei_index.kernel.nodes import Node

#: Records looked at together: eight bytes each, a few columns of them stay in the fast memory of one core.
BLOCK = 1 << 16
#: So many words are compared one by one.
_FEW = 4
Codes = npt.NDArray[np.integer[Any]]


class Cells:
    """The columns of one table, each brought into arrays once, when first asked for.

    Parameters
    ----------
    table : Table
        One batch of records.
    """

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self.size = int(table.num_rows)
        self.texts = {field.name for field in table.schema if _is_text(field.type)}
        self._numbers: dict[str, _Column] = {}
        self._codes: dict[str, tuple[Codes, pa.Array]] = {}
        self._answers: dict[tuple[int, bool], _Answer] = {}
        self._rooms: list[npt.NDArray[np.float64]] = []

    def number(self, name: str) -> _Column:
        """Return a number column as it lies in memory."""
        if name not in self._numbers:
            self._numbers[name] = _Column.of(_one(self.table.column(name)), name)
        return self._numbers[name]

    def coded(self, name: str) -> tuple[Codes, pa.Array]:
        """Return the codes of a text column and its words, with an empty cell as the last word."""
        if name not in self._codes:
            column = self.table.column(name)
            if not pa.types.is_dictionary(column.type):
                column = column.dictionary_encode()
            array = _one(column.unify_dictionaries())
            words = array.dictionary.cast(pa.string())
            codes = array.indices
            if codes.null_count:
                codes = pc.fill_null(codes.cast(pa.int32()), len(words))
            self._codes[name] = (
                codes.to_numpy(zero_copy_only=False),
                pa.concat_arrays([words, pa.nulls(1, pa.string())]),
            )
        return self._codes[name]

    def room(self, number: int) -> npt.NDArray[np.float64]:
        """Return the memory of that number; blocks use the same again: new memory costs more than the sums in it."""
        while len(self._rooms) <= number:
            self._rooms.append(np.empty(min(BLOCK, self.size)))
        return self._rooms[number]

    def answer(self, node: Node, truth: bool) -> _Answer:
        """Return what the distinct words of the one text column a condition looks at answer."""
        # nodes live as long as the checks they belong to: longer than the cells of one batch
        key = (id(node), truth)
        if key not in self._answers:
            (name,) = node.columns
            codes, words = self.coded(name)
            found = np.broadcast_to((holds if truth else fails)(node, _Words(name, words)), len(words))
            self._answers[key] = _Answer.of(codes, found, bool(self.table.column(name).null_count))
        return self._answers[key]

    def blocks(self) -> list[Block]:
        """Return the batch in parts that fit into fast memory."""
        return [Block(self, slice(at, min(at + BLOCK, self.size))) for at in range(0, self.size, BLOCK)]


@dataclass(frozen=True)
class _Column:
    """A number column straight from memory; what lies under an empty cell may be anything and is never looked at."""

    values: npt.NDArray[Any]
    valid: npt.NDArray[np.uint8] | None
    offset: int
    bound: float

    @classmethod
    def of(cls, array: pa.Array, name: str) -> _Column:
        kind = array.type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            raise ShapeError(f"the column {name!r} must hold numbers, not {kind}")
        validity, content = array.buffers()
        if array.null_count == len(array):
            # a column without any value may come without memory for values
            values = np.zeros(len(array), dtype=kind.to_pandas_dtype())
            return cls(values, np.zeros(len(array) // 8 + 1, dtype=np.uint8), 0, 0.0)
        values = np.frombuffer(content, dtype=kind.to_pandas_dtype())[array.offset : array.offset + len(array)]
        valid = np.frombuffer(validity, dtype=np.uint8) if array.null_count else None
        bound = 2.0**64
        if pa.types.is_floating(kind):
            with np.errstate(all="ignore"):
                bound = float(np.maximum(values.max(), -values.min()))
        return cls(values, valid, array.offset, bound if np.isfinite(bound) else np.inf)

    def part(self, rows: slice) -> Number:
        """Return the values of some records, where they are known (no NaN, no infinity), and their bound."""
        values, known = self.values[rows], None
        if self.valid is not None:
            first, last = rows.start + self.offset, rows.stop + self.offset
            bits = self.valid[first // 8 : (last + 7) // 8]
            known = np.unpackbits(bits, bitorder="little").view(bool)[first % 8 : first % 8 + len(values)]
        if self.bound == np.inf:
            finite = np.isfinite(values)
            known = finite if known is None else known & finite
        return values, known, self.bound


@dataclass(frozen=True)
class _Answer:
    """What each word of a column answers, in the form that is fastest to spread over the records."""

    codes: Codes
    by_code: Mask
    constant: Mask | None
    few: tuple[int, ...]
    rare: bool

    @classmethod
    def of(cls, codes: Codes, by_code: Mask, empty_cells: bool) -> _Answer:
        words = by_code if empty_cells else by_code[:-1]
        if not len(words) or words.all() or not words.any():
            return cls(codes, by_code, np.array(bool(len(words)) and bool(words[0])), (), True)
        # few words that answer otherwise are compared, not looked up: ten times as fast
        rare = int(words.sum()) <= len(words) // 2
        few = np.flatnonzero(words == rare)
        return cls(codes, by_code, None, tuple(few.tolist()) if len(few) <= _FEW else (), rare)

    def spread(self, rows: slice) -> Mask:
        if self.constant is not None:
            return self.constant
        codes = self.codes[rows]
        if not self.few:
            return self.by_code[codes]
        found = codes == self.few[0]
        for code in self.few[1:]:
            found |= codes == code
        return np.asarray(found if self.rare else ~found, dtype=bool)


class Block:
    """Some consecutive records of a batch."""

    def __init__(self, cells: Cells, rows: slice) -> None:
        self.cells, self.rows = cells, rows
        self.size = rows.stop - rows.start
        self._numbers: dict[str, Number] = {}
        self._kept: dict[int, Number] = {}
        self._rooms = 0

    def is_text(self, name: str) -> bool:
        """Tell a text column from a number column."""
        return name in self.cells.texts

    def number(self, name: str) -> Number:
        """Return the values of a number column, where they are known, and their bound."""
        if name not in self._numbers:
            self._numbers[name] = self.cells.number(name).part(self.rows)
        return self._numbers[name]

    def text(self, name: str) -> pa.Array:
        """Return the texts cell by cell: only where two columns of text are compared."""
        codes, words = self.cells.coded(name)
        return words.take(pa.array(codes[self.rows]))

    def by_word(self, node: Node, truth: bool) -> Mask | None:
        """Answer a condition on one text column by its distinct words."""
        (name,) = node.columns
        return self.cells.answer(node, truth).spread(self.rows) if name in self.cells.texts else None

    def room(self) -> npt.NDArray[np.float64]:
        """Return memory for one value per record."""
        self._rooms += 1
        return self.cells.room(self._rooms - 1)[: self.size]

    def kept(self, node: Node, work: Callable[[], Number]) -> Number:
        """Return a value of these records, worked out once: between looks at it twice."""
        if id(node) not in self._kept:
            self._kept[id(node)] = work()
        return self._kept[id(node)]


class _Words:
    """The distinct words of one text column, as if each were a record; the last one is the empty cell."""

    def __init__(self, name: str, words: pa.Array) -> None:
        self.name, self.words, self.size = name, words, len(words)

    def is_text(self, name: str) -> bool:
        return name == self.name

    def text(self, name: str) -> pa.Array:
        return self.words

    def number(self, name: str) -> Number:
        raise ShapeError(f"{name!r} is no number column")

    def by_word(self, node: Node, truth: bool) -> None:
        """They are the words: nothing to look up."""

    def room(self) -> None:
        """Words are few: new memory each time."""

    def kept(self, node: Node, work: Callable[[], Number]) -> Number:
        return work()


def _one(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    joined = column.combine_chunks()
    return joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_dictionary(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind))
