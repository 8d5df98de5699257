"""Texts: stripped, full-width letters made plain in codes, words of coded columns turned into codes."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.intake.schema import CODES, ID_COLUMNS
from shuibei_index.intake.variants import simplified

#: Zero-width, direction and control characters; soft hyphen and byte order mark among them.
_HIDDEN = r"[\x{0000}-\x{0008}\x{000B}\x{000C}\x{000E}-\x{001F}\x{007F}-\x{009F}\x{00AD}\x{061C}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{206F}\x{FEFF}\x{FFF9}-\x{FFFB}]|[\t\r\n]"  # noqa: E501
#: Full-width forms of ASCII, which NFKC makes plain; nothing else that it would change (① → 1).
_WIDE = r"[\x{FF01}-\x{FF5E}]"
_ODD = r"[^\x{0000}-\x{007F}\x{FF01}-\x{FF5E}\x{3000}\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}]"
_ERROR = r"^#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|GETTING_DATA|SPILL!|CALC!|FIELD!|BLOCKED!)$"

_WORDS: dict[str, dict[str, str]] = {
    column: {unicodedata.normalize("NFKC", word).casefold(): code for code, zh in words.items() for word in (code, zh)}
    for column, words in CODES.items()
}


@dataclass(frozen=True)
class Texts:
    """A cleaned text column.

    Attributes
    ----------
    values : pa.DictionaryArray
        Null where the cell is empty, an Excel error, or has hidden characters in an id column.
    hidden, errors, widened, traditional : ndarray of bool, shape (N,)
        Cells with hidden characters (id columns only), with an Excel error, with full-width letters made plain, with a
        code word in traditional characters.
    """

    values: pa.DictionaryArray
    hidden: npt.NDArray[np.bool_]
    errors: npt.NDArray[np.bool_]
    widened: npt.NDArray[np.bool_]
    traditional: npt.NDArray[np.bool_]


def clean_texts(text: pa.Array, column: str) -> Texts:
    """Clean one column; works on each distinct text once.

    Examples
    --------
    >>> clean_texts(pa.array([" 销售", "SALE", "", "赠送", "銷售"]), "trade_type").values.to_pylist()
    ['sale', 'sale', None, '赠送', 'sale']
    """
    coded = text if pa.types.is_dictionary(text.type) else pc.dictionary_encode(text)
    indices = coded.indices
    before = coded.dictionary.cast(pa.string())
    words = pc.utf8_trim_whitespace(before)
    size = len(words)
    hidden, widened, other = (np.zeros(size, dtype=bool) for _ in range(3))
    errors = _mask(pc.match_substring_regex(words, _ERROR))
    if column in ID_COLUMNS or column in _WORDS:
        wide = _mask(pc.match_substring_regex(words, _WIDE)) & ~_mask(pc.match_substring_regex(words, _ODD))
        if wide.any():
            words = pc.if_else(pa.array(wide), pc.utf8_normalize(words, form="NFKC"), words)
            widened = wide
        hidden = _mask(pc.match_substring_regex(words, _HIDDEN))
    if column in _WORDS:
        plain = simplified(words)
        known = _codes(plain, _WORDS[column])
        if plain is not words:
            # only what is a word that way: anything else is told as it was written
            other = _mask(pc.not_equal(plain, words)) & _mask(pc.not_equal(known, plain))
            known = pc.if_else(pa.array(other), known, _codes(words, _WORDS[column]))
        words = known
    gone = hidden | errors | _mask(pc.equal(words, ""))
    if gone.any():
        words = pc.if_else(pa.array(gone), pa.scalar(None, pa.string()), words)
    values = coded if words.equals(before) and coded.type == _TEXT else _remap(indices, words)
    return Texts(values, *(_spread(mask, indices) for mask in (hidden, errors, widened, other)))


_TEXT = pa.dictionary(pa.int32(), pa.string())


def _codes(words: pa.Array, known: dict[str, str]) -> pa.Array:
    keys = pc.utf8_lower(pc.utf8_normalize(words, form="NFKC"))
    table = pa.array(list(known), pa.string())
    found = pc.index_in(keys, value_set=table)
    return pc.coalesce(pa.array(list(known.values()), pa.string()).take(found), words)


def _remap(indices: pa.Array, words: pa.Array) -> pa.DictionaryArray:
    # Cleaning may make two texts equal or empty: the dictionary is made anew and the indices follow.
    fresh = pc.dictionary_encode(words)
    positions = fresh.indices.take(indices).cast(pa.int32())
    return pa.DictionaryArray.from_arrays(positions, fresh.dictionary)


def _spread(mask: npt.NDArray[np.bool_], indices: pa.Array) -> npt.NDArray[np.bool_]:
    if not mask.any():
        return np.zeros(len(indices), dtype=bool)
    return _mask(pa.array(mask).take(indices))


def _mask(array: pa.Array) -> npt.NDArray[np.bool_]:
    return np.array(pc.fill_null(array, False).to_numpy(zero_copy_only=False), dtype=bool)
