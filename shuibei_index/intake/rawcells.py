"""Raw cells: one column as it was found, texts and figures, before anything is made of it."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.intake.child.columns import FIGURE

Mask = npt.NDArray[np.bool_]
_N, _D, _T = ord("n"), ord("d"), ord("t")


class RawCells:
    """The cells of one column.

    Parameters
    ----------
    told : pa.Array of string, shape (N,)
        The texts as they came; empty for figures that came as such.
    kinds : ndarray of uint8, shape (N,), optional
        As in `Block.kinds`.
    figures : ndarray of float, shape (N,), optional
        The cells that came as figures; NaN elsewhere.
    """

    def __init__(
        self,
        told: pa.Array,
        kinds: npt.NDArray[np.uint8] | None = None,
        figures: npt.NDArray[np.float64] | None = None,
    ) -> None:
        self.told = told
        self.figures = figures
        self._kinds = kinds

    @cached_property
    def given(self) -> Mask | None:
        """Cells that came as figures; None if there are none."""
        return None if self.figures is None or self._kinds is None else self._kinds == FIGURE

    @cached_property
    def numbers(self) -> Mask | None:
        """Cells Excel took for numbers; None where cells have no kinds."""
        return None if self._kinds is None else (self._kinds == _N) | (self._kinds == FIGURE)

    @cached_property
    def dates(self) -> Mask | None:
        """Cells Excel took for dates; None where cells have no kinds."""
        return None if self._kinds is None else (self._kinds == _D) | (self._kinds == _T)

    @cached_property
    def trimmed(self) -> pa.Array:
        """The texts as they came, without blanks before and after."""
        return pc.utf8_trim_whitespace(self.told)

    @cached_property
    def filled(self) -> Mask:
        """Cells in which something stands."""
        there = np.array(pc.not_equal(self.trimmed, "").to_numpy(zero_copy_only=False), dtype=bool)
        return there if self.given is None else there | self.given

    @cached_property
    def text(self) -> pa.Array:
        """All cells as text: a figure as Python writes it."""
        if self.given is None or self.figures is None:
            return self.told
        return pc.replace_with_mask(self.told, pa.array(self.given), _written(self.figures[self.given]))

    def take(self, rows: pa.Array) -> pa.Array:
        """Return the texts of some cells."""
        told = self.told.take(rows)
        if self.given is None or self.figures is None:
            return told
        at = rows.to_numpy()
        return pc.replace_with_mask(told, pa.array(self.given[at]), _written(self.figures[at][self.given[at]]))


def _written(figures: npt.NDArray[np.float64]) -> pa.Array:
    # each distinct figure once: codes, shares, counts repeat; by their bits, for -0.0 is not written as 0.0
    bits, which = np.unique(figures.view(np.int64), return_inverse=True)
    return pa.array(list(map(str, bits.view(np.float64).tolist())), pa.string()).take(pa.array(which))
