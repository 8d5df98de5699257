"""Checks of a tree: codes, parents, units and metals hold together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shuibei_index.errors import TreeError, did_you_mean, first_few

if TYPE_CHECKING:
    from shuibei_index.index.tree.classification import Hierarchy

HEADLINE = "00"
UNITS = ("g", "ct", "piece")
METALS = ("gold", "platinum", "palladium", "silver")


def check(tree: Hierarchy) -> None:
    """Refuse a tree that does not hold together.

    Raises
    ------
    TreeError
        Names the first classes at fault.
    """
    frame, where = tree.frame, f"tree {tree.year}".strip()
    codes = frame["class_code"]
    if codes.duplicated().any():
        raise TreeError(f"{where}: class codes stand twice: {first_few(codes[codes.duplicated()])}")
    if (codes == "").any():
        raise TreeError(f"{where}: {int((codes == '').sum())} rows without a class_code")
    known = set(codes)
    if HEADLINE not in known and (codes.empty or HEADLINE in set(frame["parent"])):
        raise TreeError(f"{where}: no class {HEADLINE!r} (the headline)")
    orphans = frame.loc[(frame["parent"] != "") & ~frame["parent"].isin(known), "class_code"]
    if len(orphans):
        missing = frame.loc[orphans.index[0], "parent"]
        hint = did_you_mean(str(missing), known)
        raise TreeError(f"{where}: parent unknown for {first_few(orphans)}: {missing!r}{hint}")
    if (frame.loc[codes == HEADLINE, "parent"] != "").any():
        raise TreeError(f"{where}: the headline {HEADLINE!r} must not have a parent")
    depth = tree.climbed()
    if (depth < 0).any():
        raise TreeError(f"{where}: classes are their own ancestors: {first_few(codes[depth < 0])}")
    tops = codes[(frame["parent"] == "") & (frame["in_headline"] == 1)]
    if HEADLINE not in known and len(tops) != 1:
        raise TreeError(
            f"{where}: {first_few(tops) if len(tops) else 'no class'} above all of the headline; expected one "
            f"class without a parent, or one called {HEADLINE!r}"
        )
    top = HEADLINE if HEADLINE in known else str(tops.iloc[0])
    for column, allowed in (("unit", UNITS), ("metal", METALS)):
        bad = frame.loc[(frame[column] != "") & ~frame[column].isin(allowed), "class_code"]
        if len(bad):
            raise TreeError(f"{where}: {column} of {first_few(bad)} is not one of {', '.join(allowed)}")
    stray = frame.loc[(frame["in_headline"] == 1) & (frame["parent"] == "") & (codes != top), "class_code"]
    if len(stray):
        raise TreeError(
            f"{where}: in the headline but without a parent: {first_few(stray)}; give a parent or set in_headline to 0"
        )
