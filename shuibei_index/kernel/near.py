"""What somebody may have meant by a name that does not exist, in both languages."""

from __future__ import annotations

from collections.abc import Iterable

from shuibei_index.errors import did_you_mean


def near(word: str, known: Iterable[str]) -> tuple[str, str]:
    """Return "; did you mean 'x' or 'y'?" in English and in Chinese; both are empty where nothing is near.

    Examples
    --------
    >>> near("amuont", ["amount", "weight"])
    ("; did you mean 'amount'?", "；是否应为 'amount'？")
    """
    english = did_you_mean(word, known)
    chinese = english.replace("; did you mean ", "；是否应为 ").replace(" or ", " 或 ").replace("?", "？")
    return english, chinese
