"""Words: what is looked at in the bulletins a release would have; further parts are plugged in by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from html import unescape

import pandas as pd

from shuibei_index.release import Release
from shuibei_index.release.linting import lint_release

#: What a part returns: rows of WORD_COLUMNS without the first.
Finding = tuple[str, str, str, str, str]
#: A name, and what is asked of the release as it would be: language, severity ("error", "warning", "note"), place, and
#: the finding in Chinese and English.
Part = tuple[str, Callable[[Release], Sequence[Finding]]]
WORD_COLUMNS = ("part", "language", "severity", "place", "text_zh", "text_en")

_UNSEEN = re.compile(r"<(style|script|svg|title)\b.*?</\1>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
# figures of an index have decimals; numbers of months and days are written differently in each language
_NUMBER = re.compile(r"(?<![\d.])\d+\.\d+(?![\d.]*\.\d)")


def same_numbers(release: Release) -> list[Finding]:
    """Tell which figures with decimals stand in one language's bulletin and not, or not as often, in the other's."""
    counted = {lang: Counter(_figures(release.files[f"bulletin.{lang}.html"])) for lang in ("zh", "en")}
    found: list[Finding] = []
    for lang, other in (("zh", "en"), ("en", "zh")):
        for number, more in sorted((counted[lang] - counted[other]).items()):
            zh = f"{number} 在 bulletin.{lang}.html 中比另一语言多出现 {more} 次"
            en = f"{number} stands {more} more times in bulletin.{lang}.html than in the other language"
            found.append((lang, "error", number, zh, en))
    return found


def words_table(release: Release, parts: Sequence[Part]) -> pd.DataFrame:
    """Return what the parts found: part, language, severity, place, text_zh, text_en."""
    rows = [(name, *finding) for name, look in parts for finding in look(release)]
    return pd.DataFrame(rows, columns=list(WORD_COLUMNS))


def _figures(page: bytes) -> list[str]:
    return _NUMBER.findall(unescape(_TAG.sub(" ", _UNSEEN.sub(" ", page.decode("utf-8")))))


#: Parts that are always there.
PARTS: tuple[Part, ...] = (("same_numbers", same_numbers), ("lint_text", lint_release))
