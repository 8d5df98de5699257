"""Numbers: what firms write in number cells, read strictly or not at all.

What could mean two things is refused: a decimal comma, 约 and 起, circled or superscript digits, exponents, negative
figures in brackets. Python's own float() accepts several of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.intake.rawcells import RawCells

Affix = Literal["", "yuan", "percent"]
Mask = npt.NDArray[np.bool_]

#: At most 15 digits before the point: more are not held exactly by a double.
_PLAIN = r"^[+-]?[0-9]{1,15}(\.[0-9]{0,15})?$"
#: Only these may be changed by NFKC: it would also turn ① into 1 and ² into 2.
_LOOSE = r"^[0-9０-９.．,，+\-＋－￥¥元%％ 　 ]*$"
_BODY = r"[+-]?(?:[0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:\.[0-9]{1,15})?"
_STRICT: dict[Affix, str] = {
    "": rf"^(?P<body>{_BODY})$",
    "yuan": rf"^¥? *(?P<body>{_BODY}) *元?$",
    "percent": rf"^(?P<body>{_BODY}) *%?$",
}
#: Whole numbers a double holds exactly.
_WHOLE_MAX = 2.0**53


@dataclass(frozen=True)
class Numbers:
    """Parsed numbers.

    Attributes
    ----------
    values : ndarray of float, shape (N,)
        NaN where the cell is empty or refused.
    refused : ndarray of bool, shape (N,)
        The cell holds something that is not a number.
    normalised : ndarray of bool, shape (N,)
        The cell was written with full-width digits, thousands commas or a currency sign.
    affixed : ndarray of bool, shape (N,)
        The cell carries a currency or percent sign.
    """

    values: npt.NDArray[np.float64]
    refused: npt.NDArray[np.bool_]
    normalised: npt.NDArray[np.bool_]
    affixed: npt.NDArray[np.bool_]


def parse_numbers(text: pa.Array, *, affix: Affix = "", exact: npt.NDArray[np.bool_] | None = None) -> Numbers:
    """Read numbers from text.

    Parameters
    ----------
    text : pa.Array of string
        Null or blank = no number.
    affix
        The sign that may go with the number: "yuan" (￥ before, 元 after) or "percent" (% after).
    exact : ndarray of bool, optional
        Cells a program wrote from a float (an Excel number): any form Python's repr gives is read.

    Examples
    --------
    >>> parse_numbers(pa.array(["１，２３４．５", "3,5", "约5", None])).values.tolist()
    [1234.5, nan, nan, nan]
    """
    trimmed = pc.utf8_trim_whitespace(text)
    return _parse(trimmed, _mask(pc.not_equal(trimmed, "")), affix, exact)


def parse_cells(cells: RawCells, *, affix: Affix = "") -> Numbers:
    """Read the numbers of a column; a figure that came as such is taken as it is.

    See Also
    --------
    parse_numbers
    """
    given, figures = cells.given, cells.figures
    if given is None or figures is None:
        return _parse(cells.trimmed, cells.filled, affix, cells.numbers)
    rest = np.flatnonzero(cells.filled & ~given)
    values = np.where(np.isinf(figures), np.nan, figures)
    normalised, affixed = np.zeros(len(values), dtype=bool), np.zeros(len(values), dtype=bool)
    if len(rest):
        exact = None if cells.numbers is None else cells.numbers[rest]
        told = _parse(cells.trimmed.take(pa.array(rest)), np.ones(len(rest), dtype=bool), affix, exact)
        values[rest], normalised[rest], affixed[rest] = told.values, told.normalised, told.affixed
    return Numbers(values, cells.filled & np.isnan(values), normalised, affixed)


def _parse(trimmed: pa.Array, filled: Mask, affix: Affix, exact: Mask | None) -> Numbers:
    length = len(trimmed)
    values = np.full(length, np.nan)
    plain = _mask(pc.match_substring_regex(trimmed, _PLAIN))
    if exact is not None:
        plain |= exact & filled
    values[plain] = _cast(trimmed.filter(pa.array(plain)) if not plain.all() else trimmed)
    normalised, affixed = np.zeros(length, dtype=bool), np.zeros(length, dtype=bool)
    rest = np.flatnonzero(filled & ~plain)
    if len(rest):
        found, signs = _loose(trimmed.take(pa.array(rest)), affix)
        values[rest] = found
        good = ~np.isnan(found)
        normalised[rest] = good
        affixed[rest] = good & signs
    values[np.isinf(values)] = np.nan
    return Numbers(values, filled & np.isnan(values), normalised, affixed)


def whole(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Tell which numbers are whole and small enough to be held exactly; NaN counts as whole (there is none)."""
    with np.errstate(invalid="ignore"):
        good = (values == np.floor(values)) & (np.abs(values) <= _WHOLE_MAX)
    return np.asarray(np.isnan(values) | good, dtype=bool)


def _loose(text: pa.Array, affix: Affix) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    safe = pc.match_substring_regex(text, _LOOSE)
    plain = pc.utf8_trim_whitespace(pc.utf8_normalize(pc.if_else(safe, text, ""), form="NFKC"))
    body = pc.struct_field(pc.extract_regex(plain, _STRICT[affix]), "body")
    signs = _mask(pc.match_substring_regex(plain, "[¥元%]"))
    digits = pc.replace_substring(body, ",", "")
    return _cast(digits), signs


def _cast(text: pa.Array) -> npt.NDArray[np.float64]:
    # Arrow reads "+5" as an error; the sign means nothing.
    bare = pc.replace_substring_regex(text, r"^\+", "")
    return np.asarray(pc.cast(bare, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _mask(array: pa.Array) -> npt.NDArray[np.bool_]:
    return np.array(pc.fill_null(array, False).to_numpy(zero_copy_only=False), dtype=bool)
