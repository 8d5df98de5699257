"""Month and class of each record, and what the tree of that month says about the class.

Everything that depends on month and class alone is worked out once per pair (a *cell*) and looked up by code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from shuibei_index import months
from shuibei_index.errors import RulesError, TreeError
from shuibei_index.index.tree import METALS, UNITS, Hierarchy
from shuibei_index.rules import Rules, RulesAt
from shuibei_index.validation.batch import Batch

Trees = Hierarchy | Callable[[str], Hierarchy] | None
LEAF, UNKNOWN, INNER, NOT_YET, OTHER_YEAR, NO_MONTH = range(6)
GRAM, CARAT, PIECE = (UNITS.index(unit) for unit in ("g", "ct", "piece"))


@dataclass(frozen=True)
class Classified:
    """Month, class and cell of each record; −1 = the cell of the file says nothing usable."""

    months: list[str]
    rules: list[RulesAt]
    month: npt.NDArray[np.int32]
    reported_month: npt.NDArray[np.int32]
    classes: list[str]
    names_zh: list[str]
    cell: npt.NDArray[np.int32]
    status_of_cell: npt.NDArray[np.int8]
    unit_of_cell: npt.NDArray[np.int8]
    metal_of_cell: npt.NDArray[np.int8]

    def per_month(self, value: Callable[[RulesAt], Any], empty: Any = 0) -> npt.NDArray[Any]:
        """Return one rule value per record's month, `empty` where the month is not usable."""
        return np.array([*[value(rules) for rules in self.rules], empty])[self.month]

    def per_cell(
        self, value: Callable[[RulesAt, str, int, int], Any], empty: Any, dtype: npt.DTypeLike, *, kept: str = ""
    ) -> npt.NDArray[Any]:
        """Return `value(rules, class_code, unit, metal)` for each usable cell, flat; index it with `cell`.

        A table with a name in `kept` is made once: who asks month by month would make all months' every time.
        """
        if kept in self._kept:
            return self._kept[kept]
        width = len(self.classes) + 1
        table = np.full((len(self.months) + 1) * width, empty, dtype=dtype)
        for at in np.flatnonzero(self.status_of_cell == LEAF).tolist():
            month, code = divmod(at, width)
            unit, metal = int(self.unit_of_cell[at]), int(self.metal_of_cell[at])
            table[at] = value(self.rules[month], self.classes[code], unit, metal)
        if kept:
            self._kept[kept] = table
        return table

    @cached_property
    def _kept(self) -> dict[str, npt.NDArray[Any]]:
        return {}

    @cached_property
    def unit(self) -> npt.NDArray[np.int8]:
        """Pricing unit of each record's class: GRAM, CARAT, PIECE; −1 = unknown class."""
        return self.unit_of_cell[self.cell]

    @cached_property
    def metal(self) -> npt.NDArray[np.int8]:
        """Metal of each record's class as a position in METALS; −1 = none."""
        return self.metal_of_cell[self.cell]


def classify(batch: Batch, rules: Rules | RulesAt, tree: Trees) -> Classified:
    """Find month, class and cell of each record."""
    period = batch.text["period"]
    source = _Source(tree)
    covered = [_rules_of(rules, value, source) for value in period.words]
    found = [value for value, at in zip(period.words, covered, strict=True) if at is not None]
    position = {value: code for code, value in enumerate(found)}
    month_of = np.array([*[position.get(value, -1) for value in period.words], -1], dtype=np.int32)
    reported = [months.ordinal(value) if months.is_month(value) else -1 for value in period.words]
    trees = [source.of(month) for month in found]
    year_trees = list({t.digest: t for t in [*trees, *source.latest(trees)]}.values())
    classes = sorted({code for t in year_trees for code in t.codes})
    class_position = {code: k for k, code in enumerate(classes)}
    # every distinct text is looked up once; records only carry its code
    words = batch.text["class_code"]
    class_of = np.array([*[class_position.get(w, len(classes)) for w in words.words], len(classes)], dtype=np.int32)
    status, unit, metal = _cells(found, trees, classes)
    month = month_of[period.codes]
    cell = np.where(month < 0, len(found), month) * (len(classes) + 1) + class_of[words.codes]
    names = {code: name for t in year_trees for code, name in t.column("name_zh").items()}
    return Classified(
        found,
        [at for at in covered if at is not None],
        month,
        np.array([*reported, -1], dtype=np.int32)[period.codes],
        classes,
        [names[code] for code in classes],
        cell.astype(np.int32, copy=False),
        status,
        unit,
        metal,
    )


def _rules_of(rules: Rules | RulesAt, month: str, source: _Source) -> RulesAt | None:
    """Return the rules of a month, or None if the text is no month or no rules or no tree cover it."""
    if not months.is_month(month):
        return None
    try:
        at = rules.at(month)
        source.of(month)
    except (RulesError, TreeError):
        return None
    return at if month <= str(at["period_latest"]) else None


@cache
def _packaged(year: str) -> Hierarchy:
    # what comes with the package does not change while it runs
    return Hierarchy.load(year)


class _Source:
    """Gives the tree of a month; reads each year's tree once."""

    def __init__(self, tree: Trees) -> None:
        self._tree = tree
        self._read: dict[str, Hierarchy] = {}

    def of(self, month: str) -> Hierarchy:
        if isinstance(self._tree, Hierarchy):
            return self._tree
        year = month[:4]
        if year not in self._read:
            self._read[year] = _packaged(year) if self._tree is None else self._tree(year)
        return self._read[year]

    def latest(self, used: list[Hierarchy]) -> list[Hierarchy]:
        # the newest packaged tree knows the classes that come later: the finding can say "not yet", not "unknown"
        return [_packaged("2100")] if self._tree is None and used else []


def _cells(
    found: list[str], trees: list[Hierarchy], classes: list[str]
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    shape = (len(found) + 1, len(classes) + 1)
    status = np.full(shape, UNKNOWN, dtype=np.int8)
    unit = np.full(shape, -1, dtype=np.int8)
    metal = np.full(shape, -1, dtype=np.int8)
    for row, (month, tree) in enumerate(zip(found, trees, strict=True)):
        frame, at = tree.frame, np.array([classes.index(code) for code in tree.codes], dtype=np.int64)
        status[row, : len(classes)] = OTHER_YEAR
        leaf = tree.is_leaf & (frame["unit"] != "").to_numpy()
        late = (frame["introduced"] > month).to_numpy()
        status[row, at] = np.where(leaf, np.where(late, NOT_YET, LEAF), INNER)
        unit[row, at] = frame["unit"].map({u: k for k, u in enumerate(UNITS)}).fillna(-1).to_numpy().astype(np.int8)
        metal[row, at] = frame["metal"].map({m: k for k, m in enumerate(METALS)}).fillna(-1).to_numpy().astype(np.int8)
    status[len(found)] = NO_MONTH
    return status.ravel(), unit.ravel(), metal.ravel()
