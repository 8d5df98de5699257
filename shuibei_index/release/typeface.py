"""The shipped typeface: Noto Sans SC (SIL Open Font License 1.1), whole for charts, cut to a page for bulletins."""

from __future__ import annotations

import base64
import io
from functools import cache, lru_cache
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from shuibei_index.errors import ReleaseError, first_few

FONT = Path(__file__).parent / "fonts" / "NotoSansSC-Regular-subset.otf"
_INVISIBLE = {0x09, 0x0A, 0x0D}


@cache
def characters() -> frozenset[int]:
    """Return the code points the shipped font can show."""
    with TTFont(FONT, lazy=True) as font:
        return frozenset(font.getBestCmap())


def missing(text: str) -> list[str]:
    """Return the characters of `text` that the shipped font cannot show."""
    return sorted({c for c in text if ord(c) not in characters() and ord(c) not in _INVISIBLE})


@lru_cache(maxsize=16)
def cut(text: str) -> bytes:
    """Return the font with the characters of `text` only, as OpenType bytes.

    Not compressed: deflate differs between builds of zlib, and a release must have the same bytes everywhere.
    """
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.drop_tables += ["GPOS", "GSUB", "GDEF"]
    options.name_IDs = [0, 1, 13, 14]
    cutter = subset.Subsetter(options)
    cutter.populate(text=text)
    sink = io.BytesIO()
    with TTFont(FONT, recalcTimestamp=False, lazy=True) as font:
        cutter.subset(font)
        font.save(sink)
    return sink.getvalue()


def data_uri(text: str) -> str:
    """Return the cut font as a data URI for ``@font-face``.

    Raises
    ------
    ReleaseError
        The font lacks a character of `text`: the page would show a box on a machine without a font of its own.
    """
    lacking = missing(text)
    if lacking:
        raise ReleaseError(
            f"the shipped font lacks {first_few(lacking)}; reword the name or note, or extend tools/subset_font.py"
        )
    return "data:font/otf;base64," + base64.b64encode(cut(text)).decode("ascii")
