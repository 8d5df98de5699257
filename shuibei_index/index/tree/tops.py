"""Tops: the class above all, of a mapping of classes to their parents; and the table of such a tree."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from shuibei_index.errors import TreeError, first_few


def with_top(parents: Mapping[str, str], headline: str) -> dict[str, str]:
    """Return {class_code: parent} with the class above all, "" for its parent; see `Hierarchy.from_parents`.

    Raises
    ------
    TreeError
        Without the headline's code: none or several stand above all.
    """
    given = {str(code): "" if above is None or pd.isna(above) else str(above) for code, above in parents.items()}
    named = dict.fromkeys(above for above in given.values() if above)
    if headline in given or headline in named or not given:
        return {headline: ""} | given
    tops = [code for code, above in given.items() if not above]
    tops += [code for code in named if code not in given]
    if len(tops) > 1:
        raise TreeError(
            f"tree: {first_few(sorted(tops))} have no class above them; expected one class above all: list the parent "
            f"of the others, or name one {headline!r}",
            f"分类树有多个顶层类：{first_few(sorted(tops))}；只能有一个总类",
        )
    if not tops:
        raise TreeError(f"tree: no class above all; every one of {first_few(given)} has a parent among the others")
    return {tops[0]: ""} | given


def frame_of(parents: Mapping[str, str], columns: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """Return the table of a tree; `columns` give names, units, metals and formulas by class where there are any."""
    depth: dict[str, int] = {}
    for code in parents:
        above, seen = code, 0
        while parents.get(above) and seen <= len(parents):
            above, seen = parents[above], seen + 1
        depth[code] = seen
    frame = pd.DataFrame({"class_code": list(parents), "parent": list(parents.values())})
    frame["level"] = [depth[c] for c in parents]
    for column in ("name_zh", "name_en"):
        frame[column] = [columns.get(column, {}).get(c, c) for c in parents]
    for column in ("unit", "metal", "formula"):
        frame[column] = [columns.get(column, {}).get(c, "") for c in parents]
    return frame.assign(in_headline=1)
