"""Founded: every number a reader sees on a page, held against the fact table."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from html import unescape

from shuibei_index.release.factsheet import PERCENT, POINTS, PP, WORDS, Fact

_UNSEEN = re.compile(r"<(style|svg|script)\b.*?</\1\s*>", re.DOTALL)
# what stands in one cell is apart from the next one; inline elements are not
_INLINE = re.compile(r"<(?:span|abbr|small|wbr|b|i|em)\b(?! class=.code)[^>]*>|</(?:span|abbr|small|b|i|em)>")
_TAG = re.compile(r"<[^>]*>")
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w.])[-−])?(?P<value>(?<![\d.])\d+(?:\.\d+)?)\s*"
    r"(?P<unit>%|个百分点|点|percentage points?\b|points?\b)?"
)
_UNIT = {"%": PERCENT, "个百分点": PP, "点": POINTS, "percentage point": PP, "point": POINTS}


def page_text(html: str) -> str:
    """Return what a reader sees of a page, pieces of it on lines of their own."""
    return unescape(_TAG.sub("\n", _INLINE.sub("", _UNSEEN.sub("\n", html))))


def unfounded(html: str, table: Iterable[Fact], lang: str) -> list[str]:
    """Return the numbers of a page that are in no fact of the table, in their order.

    Parameters
    ----------
    html : str
    table : iterable of Fact
    lang : str
        "zh" or "en".

    Returns
    -------
    list of str
        A number with a sign must be a fact with this sign; one with a unit (%, 点, 个百分点) a fact of this unit.

    Examples
    --------
    >>> unfounded("<p>rose 8.4% to 98.03</p>", [Fact("a", "8.4", "percent", "上涨8.4%", "rose 8.4%")], "en")
    ['98.03']
    """
    facts = list(table)
    words = sorted({f.zh if lang == "zh" else f.en for f in facts if f.unit in WORDS}, key=lambda w: (-len(w), w))
    # words without a digit cannot explain one, and spaces of the page are not those of the words
    spaced = [re.escape(" ".join(w.split())).replace(r"\ ", r"\s+") for w in words if re.search(r"\d", w)]
    text = page_text(html)
    if spaced:
        text = re.sub(rf"(?<![\d.])(?:{'|'.join(spaced)})(?!\d|\.\d)", "\n", text)
    known: dict[str, set[str]] = defaultdict(set)
    for fact in facts:
        if fact.value and fact.unit not in WORDS:
            for unit in ("", fact.unit):
                known[unit] |= {fact.value, fact.value.removeprefix("-")}
    found = []
    for match in _NUMBER.finditer(text):
        unit = _UNIT.get((match["unit"] or "").removesuffix("s"), "")
        if ("-" if match["sign"] else "") + match["value"] not in known[unit]:
            found.append(match[0].strip())
    return found
