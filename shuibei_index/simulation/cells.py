"""What is written in the columns of a report: numbers, words and times, each written without loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]
Rows = Ints | slice


@dataclass(frozen=True)
class Cells:
    """A column of numbers, arrays of shape (L,): value = whole / 10**scale.

    Parameters
    ----------
    whole, scale
        The number: all its digits, and how many of them stand after the point. A power of ten between two units is a
        change of `scale` alone.
    blank
        Whether nothing is written.
    words
        A text that stands in place of the number; None = the number stands.
    """

    whole: Ints
    scale: Ints
    blank: Bools
    words: Texts

    @classmethod
    def of(cls, whole: npt.ArrayLike, scale: npt.ArrayLike, blank: npt.ArrayLike = False) -> Cells:
        """Make a column; scale and blank may be one value for all rows."""
        numbers = np.array(whole, dtype=np.int64)
        scales = np.broadcast_to(np.asarray(scale, dtype=np.int64), numbers.shape)
        nothing = np.broadcast_to(np.asarray(blank, dtype=bool), numbers.shape)
        return cls(numbers, scales, nothing, np.full(numbers.shape, None, dtype=object))

    def take(self, rows: Rows) -> Cells:
        """Return some of the rows."""
        return Cells(self.whole[rows], self.scale[rows], self.blank[rows], self.words[rows])

    def then(self, other: Cells) -> Cells:
        """Return these rows and those of another column below them."""
        return Cells(
            np.concatenate([self.whole, other.whole]),
            np.concatenate([self.scale, other.scale]),
            np.concatenate([self.blank, other.blank]),
            np.concatenate([self.words, other.words]),
        )

    def write(
        self,
        rows: Ints,
        whole: npt.ArrayLike | None = None,
        scale: npt.ArrayLike | None = None,
        blank: bool = False,
        words: npt.ArrayLike | None = None,
    ) -> Cells:
        """Return a copy with other things written in some rows."""
        new = Cells(self.whole.copy(), self.scale.copy(), self.blank.copy(), self.words.copy())
        if whole is not None:
            new.whole[rows] = whole
        if scale is not None:
            new.scale[rows] = scale
        if blank:
            new.blank[rows] = True
        if words is not None:
            new.words[rows] = words
        return new

    @property
    def worded(self) -> Bools:
        """Whether a text stands in place of the number."""
        return np.array(self.words != np.array(None), dtype=bool)

    def values(self) -> npt.NDArray[np.float64]:
        """Return the nearest floats; NaN where blank."""
        # both operands are exact in binary, so the one division rounds correctly
        return np.where(self.blank, np.nan, self.whole / 10.0**self.scale)

    def texts(self) -> Texts:
        """Return decimal texts with exactly `scale` digits after the point; "" where blank.

        Examples
        --------
        >>> Cells.of([123456, 5], [3, 0]).texts().tolist()
        ['123.456', '5']
        """
        result = np.full(len(self.whole), "", dtype=object)
        for scale in np.unique(self.scale[~self.blank]):
            rows = np.flatnonzero((self.scale == scale) & ~self.blank)
            result[rows] = _decimals(self.whole[rows], int(scale))
        worded = self.worded
        result[worded] = self.words[worded]
        return result

    def objects(self) -> Texts:
        """Return floats, texts, and None where blank: the cells of a workbook."""
        cells = self.values().astype(object)
        cells[self.blank] = None
        worded = self.worded
        cells[worded] = self.words[worded]
        return cells

    def arrow(self, integer: bool) -> pa.Array:
        """Return the typed column of a parquet file."""
        if integer:
            return pa.array(self.whole, mask=self.blank)
        return pa.array(self.values(), mask=self.blank)


@dataclass(frozen=True)
class Words:
    """A column of texts: which word of a list stands in each row, shape (L,)."""

    code: Ints
    names: npt.NDArray[np.object_] | npt.NDArray[np.str_]

    @classmethod
    def of(cls, code: npt.ArrayLike, names: npt.ArrayLike) -> Words:
        """Make a column; the code −1 writes nothing."""
        listed = np.asarray(names)
        return cls(
            np.asarray(code, dtype=np.int64), np.append(listed.astype(object), "") if len(listed) < 1000 else listed
        )

    def take(self, rows: Rows) -> Words:
        """Return some of the rows."""
        return Words(self.code[rows], self.names)

    def then(self, other: Words) -> Words:
        """Return these rows and those of another column below them."""
        code = np.concatenate([self.code, np.where(other.code < 0, -1, other.code + len(self.names))])
        # last stands what is written for the code -1
        return Words(code, np.concatenate([self.names.astype(object), other.names.astype(object), [""]]))

    def write(self, rows: Ints, texts: Texts) -> Words:
        """Return a copy with other texts in some rows."""
        new, of_row = np.unique(texts.astype(str), return_inverse=True)
        code = self.code.copy()
        code[code < 0] = len(self.names) - 1
        code[rows] = len(self.names) + of_row
        return Words(code, np.concatenate([self.names.astype(object), new.astype(object)]))

    @property
    def blank(self) -> Bools:
        """Whether nothing is written."""
        return np.asarray((self.names == "")[self.code])

    def texts(self) -> Texts:
        """Return the texts; "" where nothing is written."""
        return np.asarray(self.names[self.code], dtype=object)

    def objects(self) -> Texts:
        """Return texts, and None where nothing is written: the cells of a workbook."""
        return np.where(self.blank, np.array(None), self.texts())

    def arrow(self, integer: bool) -> pa.Array:
        """Return the column of a parquet file."""
        if len(self.names) > len(self.code):
            return pa.array(self.texts(), type=pa.string())
        code = np.where(self.code < 0, len(self.names) - 1, self.code).astype(np.int32)
        return pa.DictionaryArray.from_arrays(
            pa.array(code), pa.array(self.names, type=pa.string())
        ).dictionary_decode()


@dataclass(frozen=True)
class Times:
    """A column of times: seconds since the beginning of a month, shape (L,), with a T or a blank before the clock."""

    period: str
    second: Ints
    spaced: Bools

    def take(self, rows: Rows) -> Times:
        """Return some of the rows."""
        return Times(self.period, self.second[rows], self.spaced[rows])

    def then(self, other: Times) -> Times:
        """Return these rows and those of another column of the same month below them."""
        return Times(
            self.period, np.concatenate([self.second, other.second]), np.concatenate([self.spaced, other.spaced])
        )

    def moved_to(self, period: str) -> Times:
        """Return the same day of the month and time of day in another month; its last day where there is no such day.

        Examples
        --------
        >>> Times("2024-01", np.array([30 * 86_400 + 3600]), np.array([True])).moved_to("2024-02").texts().tolist()
        ['2024-02-29 01:00:00']
        """
        first = np.datetime64(period, "M")
        days = int(((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64))
        day, clock = np.divmod(self.second, 86_400)
        return Times(period, np.minimum(day, days - 1) * 86_400 + clock, self.spaced)

    @property
    def blank(self) -> Bools:
        """Whether nothing is written: never."""
        return np.zeros(len(self.second), dtype=bool)

    def texts(self) -> Texts:
        """Return ISO times."""
        return np.asarray(self.arrow(False).to_numpy(zero_copy_only=False), dtype=object)

    def objects(self) -> Texts:
        """Return ISO times: the cells of a workbook."""
        return self.texts()

    def arrow(self, integer: bool) -> pa.Array:
        """Return ISO times: the column of a parquet file."""
        import pyarrow.compute as pc

        spaced = pa.array(np.datetime64(self.period, "s") + self.second.astype("timedelta64[s]")).cast(pa.string())
        return pc.if_else(pa.array(self.spaced), spaced, pc.replace_substring(spaced, " ", "T"))


Column = Cells | Words | Times


def _decimals(whole: Ints, scale: int) -> Texts:
    # an int64 is the low half of a 128-bit decimal; the high half repeats its sign
    halves = np.empty((len(whole), 2), dtype=np.int64)
    halves[:, 0], halves[:, 1] = whole, whole >> 63
    decimals = pa.Array.from_buffers(pa.decimal128(38, scale), len(whole), [None, pa.py_buffer(halves)])
    return np.asarray(decimals.cast(pa.string()).to_numpy(zero_copy_only=False), dtype=object)
