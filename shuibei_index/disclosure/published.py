"""Published: of which cells each figure of a bundle is a function; it is shown only if all of them are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.disclosure.cells import ALL, KEY, TOTAL
from shuibei_index.errors import UsageError, did_you_mean, first_few

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NOW, MONTH, YEAR, TO_DATE, ANY = "now", "month", "year", "to_date", "any"
RATES = {"mom_pct": MONTH, "yoy_pct": YEAR, "ytd_pct": TO_DATE}


@dataclass(frozen=True)
class Pattern:
    """Which cells are withheld: hidden, shape (T, C), of T months and C keys (class_code, component, stage)."""

    months: tuple[str, ...]
    keys: pd.DataFrame
    hidden: Bools

    def cell(self, frame: pd.DataFrame, component: str = "") -> Ints:
        """Return the position of each row's cell; a component without a cell of its own is judged as the total.

        −1: nobody ever had turnover there.
        """
        index = pd.MultiIndex.from_frame(self.keys[KEY])
        own = pd.DataFrame({"class_code": frame["class_code"].astype(str)})
        own["component"] = component or (frame["component"].astype(str) if "component" in frame else TOTAL)
        own["stage"] = frame["stage"].astype(str) if "stage" in frame else ALL
        found = index.get_indexer(pd.MultiIndex.from_frame(own))
        whole = index.get_indexer(pd.MultiIndex.from_frame(own.assign(component=TOTAL)))
        return np.where(found >= 0, found, whole).astype(np.int64)

    def month(self, labels: pd.Series) -> Ints:
        """Return the position of each month.

        Raises
        ------
        UsageError
            Of a month nothing is known, so that it cannot be judged.
        """
        found = pd.Index(self.months).get_indexer(pd.Index(labels.astype(str)))
        if (found < 0).any():
            strange = sorted(labels.astype(str)[np.asarray(found < 0)].unique())
            raise UsageError(
                f"no turnover is known of {first_few(strange)}: what may be published there cannot be told; the cells "
                f"run from {self.months[0]} to {self.months[-1]}",
                zh=f"没有 {first_few(strange)} 的销售额，无法判断能否公布；"
                f"保密单元为 {self.months[0]} 至 {self.months[-1]}",
            )
        return found.astype(np.int64)

    def at(self, month: Ints, cell: Ints) -> Bools:
        """Tell whether cells are withheld in months; what does not exist (−1) is not."""
        there = (month >= 0) & (cell >= 0)
        return np.asarray(there & self.hidden[np.maximum(month, 0), np.maximum(cell, 0)])

    def needs(self, kind: str, month: Ints, cell: Ints) -> Bools:
        """Tell whether a figure of a kind leans on a withheld cell."""
        if kind == ANY:
            return np.asarray((cell >= 0) & np.asarray(self.hidden.any(axis=0))[np.maximum(cell, 0)])
        found = self.at(month, cell)
        if kind in (MONTH, YEAR):
            return np.asarray(found | self.at(month - (1 if kind == MONTH else 12), cell))
        if kind == TO_DATE:
            for back in range(12):
                # months of the same year up to this one, and the same of the year before
                inside = (self._number[month] % 12) >= back
                for lag in (back, back + 12):
                    found = found | (inside & self.at(np.maximum(month - lag, -1), cell))
        return found

    @property
    def _number(self) -> Ints:
        first = month_names.ordinal(self.months[0])
        return first + np.arange(len(self.months), dtype=np.int64)


def _plain(**kinds: str) -> Callable[[Pattern, pd.DataFrame], dict[str, Bools]]:
    def hidden(pattern: Pattern, frame: pd.DataFrame) -> dict[str, Bools]:
        month, cell = pattern.month(frame["period"]), pattern.cell(frame)
        return {column: pattern.needs(kind, month, cell) for column, kind in kinds.items() if column in frame}

    return hidden


def _contributions(pattern: Pattern, frame: pd.DataFrame) -> dict[str, Bools]:
    month, cell = pattern.month(frame["period"]), pattern.cell(frame)
    month_before, year_before = pattern.needs(MONTH, month, cell), pattern.needs(YEAR, month, cell)
    return {"points_pp": np.where(frame["measure"].to_numpy() == "mom", month_before, year_before).astype(bool)}


def _links(pattern: Pattern, frame: pd.DataFrame) -> dict[str, Bools]:
    cell, link = pattern.cell(frame), pattern.month(frame["link_period"])
    own = frame["year"].astype(str).to_numpy()
    by_year = {
        year: np.asarray(pattern.hidden[[m.startswith(year) for m in pattern.months]].any(axis=0))
        for year in {*np.unique(own).tolist(), *(m[:4] for m in pattern.months)}
    }
    now = np.zeros(len(frame), dtype=bool)
    for year in np.unique(own).tolist():
        at = own == year
        now[at] = (cell[at] >= 0) & by_year[year][np.maximum(cell[at], 0)]
    before = pattern.at(link, cell)
    # levels and contributions of a year give weight × relative: with its weight the level in the link month follows;
    # and the stated weight beside the updated one tells how the price moved in the year before
    return {"link_factor": before, "weight": now | before, "price_updated_weight": now | before}


def _quality(pattern: Pattern, frame: pd.DataFrame) -> dict[str, Bools]:
    hidden = pattern.needs(NOW, pattern.month(frame["period"]), pattern.cell(frame))
    return {str(c): hidden for c in frame.columns if c not in ("period", "class_code", "obs_conf", "stage")}


def _components(pattern: Pattern, frame: pd.DataFrame) -> dict[str, Bools]:
    month = pattern.month(frame["period"])
    total = pattern.needs(NOW, month, pattern.cell(frame, TOTAL))
    shares = [str(c) for c in frame.columns if str(c).endswith("_share")]
    return {c: total | pattern.needs(NOW, month, pattern.cell(frame, c.removesuffix("_share"))) for c in shares}


def _adjustment(pattern: Pattern, frame: pd.DataFrame) -> dict[str, Bools]:
    # measures of a fit to a whole series: not while any month of it is withheld
    names = frame["class_code"].astype(str).str.split("_", n=1).str[0]
    hidden = pattern.needs(ANY, np.zeros(len(frame), dtype=np.int64), pattern.cell(frame.assign(class_code=names)))
    kept = {"class_code", "component", "adjustment", "status", "engine", "obs_conf", "stage"}
    return {str(c): hidden for c in frame.columns if c not in kept}


_LEVEL = {"index": NOW, **RATES}
_TAX = {"index_low_content": NOW, "index_high_content": NOW, "tax_mom_pp": MONTH, "tax_yoy_pp": YEAR}
#: Table of a bundle → the columns that are blanked, and in which rows.
TABLES: Mapping[str, Callable[[Pattern, pd.DataFrame], dict[str, Bools]]] = {
    "indices": _plain(**_LEVEL),
    "contributions": _contributions,
    "links": _links,
    "quality": _quality,
    "components": _components,
    "revisions": _plain(previous=NOW, current=NOW, revision=NOW),
    "without_tax": _plain(**_LEVEL, **_TAX),
    "tax_links": _plain(link_stated=MONTH, link_restated=MONTH, factor=MONTH, tax_points_pp=MONTH),
    "adjustment": _adjustment,
}
#: Tables with a rule of their own (景气指数, decision 0224; first_published is drawn from the indices as they are
#: published): left as they are.
OWN_RULE = ("prosperity", "first_published")


def blanked(pattern: Pattern, table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table of a bundle with what may not be published left empty, and obs_conf beside it.

    Parameters
    ----------
    pattern : Pattern
    table : str
        Name of the table in the bundle.
    frame : DataFrame

    Returns
    -------
    DataFrame
        As given; numbers NaN (<NA> where they are whole numbers, "" for text) where they lean on a withheld cell;
        `obs_conf` is C where the first of the columns blanked is empty for this reason, F elsewhere.

    Raises
    ------
    UsageError
        No such table, or a month of which nothing is known.
    """
    if table in OWN_RULE:
        return frame.copy()
    if table not in TABLES:
        raise UsageError(
            f"no confidentiality is known for a table {table!r}{did_you_mean(table, TABLES)}; it must not be published",
            zh=f"没有表 {table} 的保密规定，不得公布",
        )
    result = frame.copy()
    hidden = TABLES[table](pattern, frame)
    for column, where in hidden.items():
        values = result[column]
        if values.dtype.kind in "iub" and where.any():
            values = values.astype("Int64")
        result[column] = values.mask(where, "") if values.dtype.kind in "OUT" else values.mask(where)
    withheld = np.zeros(len(frame), dtype=bool)
    if hidden:
        first = next(iter(hidden))
        withheld = np.logical_or.reduce(list(hidden.values())) if table in ("links", "components") else hidden[first]
    before = result["obs_conf"].to_numpy() if "obs_conf" in result else np.full(len(frame), "F", dtype=object)
    result["obs_conf"] = np.where(withheld, "C", before)
    return result
