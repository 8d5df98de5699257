"""Variants: the characters of Hong Kong, Macau and Taiwan beside those of the words known here."""

from __future__ import annotations

from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.rules import Rules


@lru_cache(maxsize=1)
def traditional() -> dict[str, str]:
    """Return the characters by traditional form, one to one: traditional → simplified.

    The newest table of the package: which characters are the same does not depend on the month. Only words and headers
    that are known here are looked up this way; codes, names and remarks of firms stay as they are written.

    Examples
    --------
    >>> traditional()["稅"], "含稅".translate(str.maketrans(traditional()))
    ('税', '含税')
    """
    old, new = Rules.load().rules["traditional_characters"].values[-1].value
    return dict(zip(old, new, strict=True))


@lru_cache(maxsize=1)
def translation() -> dict[int, str]:
    """Return the same table as `str.translate` takes it."""
    return str.maketrans(traditional())


def simplified(words: pa.Array) -> pa.Array:
    """Return texts with each traditional character of the table in its simplified form.

    Examples
    --------
    >>> simplified(pa.array(["批發", "以舊換新", None])).to_pylist()
    ['批发', '以旧换新', None]
    """
    written = "".join(traditional())
    if not pc.any(pc.match_substring_regex(words, f"[{written}]")).as_py():
        return words
    for old, new in traditional().items():
        words = pc.replace_substring(words, old, new)
    return words
