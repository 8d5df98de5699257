"""Classification columns: one row per leaf with a word for each level, made into parents."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from shuibei_index.errors import TreeError, did_you_mean, first_few


def parents_by_columns(leaves: pd.DataFrame, columns: Sequence[str], code: str, headline: str) -> dict[str, str]:
    """Return {class_code: parent} of the leaves and of the classes above them; see `Hierarchy.from_columns`.

    Raises
    ------
    TreeError
    """
    wanted = [*columns, code] if code else list(columns)
    lacking = [c for c in wanted if c not in leaves]
    if lacking or not columns:
        hint = did_you_mean(str(lacking[0]), map(str, leaves.columns)) if lacking else ""
        raise TreeError(f"classification columns {first_few(lacking)} are not in the table of leaves{hint}")
    codes = (leaves[code] if code else leaves.index.to_series()).astype(str).tolist()
    bare = leaves[list(columns)].isna() | (leaves[list(columns)] == "")
    if bare.to_numpy().any():
        at = bare.any(axis=1).to_numpy()
        raise TreeError(f"no {columns[0]}… for {first_few([c for c, b in zip(codes, at, strict=True) if b])}")
    parents: dict[str, str] = {}
    above = pd.Series(headline, leaves.index)
    for depth, column in enumerate(columns):
        word = leaves[column].astype(str)
        here = word if depth == 0 else above + "/" + word
        parents |= dict(zip(here, above, strict=True))
        above = here
    doubled = pd.Series(codes)[pd.Series(codes).duplicated() | pd.Series(codes).isin({*parents, headline})]
    if len(doubled) or headline in parents:
        raise TreeError(f"codes of leaves stand twice or are classes above: {first_few(doubled)}")
    return parents | dict(zip(codes, above, strict=True))
