"""The overall rating and why it is what it is."""

from __future__ import annotations

import pandas as pd

from shuibei_index.adjust.quality.catalogue import CATALOGUE
from shuibei_index.adjust.wording import Text

_COSTLY = ("sliding_factors", "sliding_changes", "history_level", "history_change")


def overall(table: pd.DataFrame, absent: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return the overall rating and the measures that made it so.

    Bad if a deciding measure is bad; uncertain if one is uncertain or could not be computed though it applies;
    otherwise good. Sliding spans count where they were computed.
    """
    deciding = table[table["decides"]]
    missing = [n for n in deciding["measure"] if absent[n] == "absent" and n not in _COSTLY]
    for word in ("bad", "uncertain"):
        names = list(deciding.loc[deciding["rating"] == word, "measure"])
        names += missing if word == "uncertain" else []
        if names:
            return word, tuple(names)
    return "good", tuple(deciding.loc[deciding["rating"] == "good", "measure"])


def verdict(rating: str, names: tuple[str, ...]) -> Text:
    """Return why the rating is what it is, from the measures that made it so."""
    if rating == "good":
        return Text("决定性指标均良好", "every deciding measure is good")
    zh = "、".join(CATALOGUE[name].title.zh for name in names)
    en = "; ".join(CATALOGUE[name].title.en for name in names)
    return Text(f"取决于：{zh}", f"because of: {en}")
