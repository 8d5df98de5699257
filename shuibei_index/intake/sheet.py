"""Sheet: the cells of one sheet as the opening process told them, by line or by column."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.intake.child.columns import FIGURE


class Sheet:
    """One sheet: texts and kinds of its cells; of a large sheet, figures as numbers.

    Parameters
    ----------
    told : mapping
        One of the "sheets" of `Parser.read`.
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.name: str = told["name"]
        self.hidden: bool = told["hidden"]
        self.width: int = told["width"]
        #: Line and column of the first cell, from 0.
        self.top, self.left = told["start"]
        #: What else is known of it: merged cells, formulas, errors, hidden lines and columns.
        self.facts = told
        self._text: list[str] | pa.Array = told["text"]
        self._kinds: bytes = told["kinds"].encode("ascii")
        self._figures: npt.NDArray[np.float64] | None = told.get("figures")
        self.height = len(self._text) // self.width if self.width else 0

    def line(self, number: int, most: int) -> list[str]:
        """Return the first `most` texts of a line, counted from 0."""
        if isinstance(self._text, list) or self._figures is None:
            start = number * self.width
            return list(self._text[start : start + min(most, self.width)])
        places = np.arange(min(most, self.width)) * self.height + number
        cells: list[str] = self._text.take(pa.array(places)).to_pylist()
        for at, place in enumerate(places.tolist()):
            if self._kinds[place] == FIGURE:
                cells[at] = str(float(self._figures[self._before[place]]))
        return cells

    def texts(self, column: int, start: int) -> list[str] | pa.Array:
        """Return the texts of a column from line `start` on; those of figures told as such are empty."""
        if self._figures is None:
            return self._text[start * self.width + column :: self.width]
        return self._text[column * self.height + start : (column + 1) * self.height]

    def kinds(self, column: int, start: int) -> bytes:
        """Return the kinds of a column's cells from line `start` on."""
        if self._figures is None:
            return self._kinds[start * self.width + column :: self.width]
        return self._kinds[column * self.height + start : (column + 1) * self.height]

    def figures(self, column: int, start: int) -> npt.NDArray[np.float64] | None:
        """Return the figures of a column from line `start` on, NaN elsewhere; None if it has none told as such."""
        if self._figures is None:
            return None
        kinds = np.frombuffer(self.kinds(column, start), dtype=np.uint8)
        mask = kinds == FIGURE
        if not mask.any():
            return None
        values = np.full(len(kinds), np.nan)
        first = int(self._before[column * self.height + start])
        values[mask] = self._figures[first : first + int(mask.sum())]
        return values

    def filled(self, column: int, start: int) -> bool:
        """Tell whether anything stands in a column from line `start` on."""
        texts = self.texts(column, start)
        if isinstance(texts, list):
            return any(texts)
        return FIGURE in self.kinds(column, start) or bool(pc.any(pc.not_equal(texts, "")).as_py())

    @cached_property
    def _before(self) -> npt.NDArray[np.int64]:
        # how many figures stand before each cell
        mask = np.frombuffer(self._kinds, dtype=np.uint8) == FIGURE
        return np.asarray(np.cumsum(mask) - mask, dtype=np.int64)
