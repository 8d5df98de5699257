"""The influence of single firms on the index: levels and changes of every class and month without each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.tree.classification import HEADLINE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Months over which each measure looks back; 0 = the level.
STEPS = {"index": 0, "mom": 1, "yoy": 12}


@dataclass(frozen=True, repr=False)
class Influence:
    """What leaving out each of F firms does to K classes in T months.

    Parameters
    ----------
    months, codes, firms : tuple of str
    names : DataFrame
        class_code, name_zh, name_en of each class, in the order of `codes`.
    index : ndarray, shape (T, K)
        The index with all firms, base period = 100; NaN where a class has none.
    base_period : str
    without : ndarray, shape (T, K, F)
        The index without each firm, on the same base period; NaN where there is none: the class has no level, or a
        month would have no price of the headline.
    only : ndarray of int, shape (T, K)
        Position of the firm that alone has matched prices in the class and month; −1 = none, several, or a firm that
        was not asked about. Without it the class moves with the class above it.
    exact : ndarray of bool, shape (T, K)
        Levels that are 100 by definition, whoever is left out.
    """

    months: tuple[str, ...]
    codes: tuple[str, ...]
    names: pd.DataFrame
    firms: tuple[str, ...]
    index: Floats
    base_period: str
    without: Floats
    only: Ints
    exact: Bools

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for array in (self.index, self.without, self.only, self.exact):
            array.setflags(write=False)

    def effect(self, measure: str = "index") -> Floats:
        """Return the index or its change without each firm, less that with all, shape (T, K, F).

        Parameters
        ----------
        measure : {"index", "mom", "yoy"}
            The level, in index points; the change on the month or the year before, in percentage points.
        """
        self._known(measure)
        if measure == "index":
            found = self.without - self.index[:, :, np.newaxis]
            found[self.exact] = 0.0
            return np.asarray(found)
        result = np.full(self.without.shape, np.nan)
        step = STEPS[measure]
        result[step:] = 100.0 * (
            self.without[step:] / self.without[:-step] - (self.index[step:] / self.index[:-step])[:, :, np.newaxis]
        )
        return result

    def _of(self, t: int, k: Ints | int, measure: str) -> Floats:
        """Return the effects in one month, for one or several classes, shape (..., F)."""
        step = STEPS[measure]
        if measure == "index":
            plain = self.without[t, k] - self.index[t, k, np.newaxis]
            return np.where(self.exact[t, k, np.newaxis], 0.0, plain)
        if t < step:
            return np.full(self.without[t, k].shape, np.nan)
        change = (self.index[t, k] / self.index[t - step, k])[..., np.newaxis]
        return np.asarray(100.0 * (self.without[t, k] / self.without[t - step, k] - change))

    def frame(
        self, month: str, class_code: str = HEADLINE, *, measure: str = "index", top: int | None = 20
    ) -> pd.DataFrame:
        """Return the firms with the largest effect on a class in a month, largest first.

        Parameters
        ----------
        month, class_code : str
        measure : {"index", "mom", "yoy"}
            What the list is ordered by.
        top : int, optional
            Number of firms; None = all.

        Returns
        -------
        DataFrame
            enterprise_id, effect_points (index points), mom_pp, yoy_pp (percentage points), index, index_without,
            only_firm (the class has no other firm in the month).

        Raises
        ------
        UsageError
            No such month, class or measure.
        """
        t, k = self._month(month), self._class(class_code)
        self._known(measure)
        columns = {name: self._of(t, k, name) for name in STEPS}
        size = np.nan_to_num(np.abs(columns[measure]))
        order = np.argsort(-size, kind="stable")[: len(self.firms) if top is None else top]
        return pd.DataFrame(
            {
                "enterprise_id": np.array(self.firms, dtype=object)[order],
                "effect_points": columns["index"][order],
                "mom_pp": columns["mom"][order],
                "yoy_pp": columns["yoy"][order],
                "index": self.index[t, k],
                "index_without": self.without[t, k][order],
                "only_firm": order == self.only[t, k],
            }
        )

    def month_frame(self, month: str) -> pd.DataFrame:
        """Return every class and firm with an effect in a month: period, class_code and the columns of `frame`."""
        t = self._month(month)
        every = np.arange(len(self.codes))
        columns = {name: self._of(t, every, name) for name in STEPS}
        touched = np.logical_or.reduce([np.abs(np.nan_to_num(value)) > 1e-9 for value in columns.values()])
        k, f = np.nonzero(touched | (self.only[t][:, np.newaxis] == np.arange(len(self.firms))))
        return pd.DataFrame(
            {
                "period": month,
                "class_code": np.array(self.codes, dtype=object)[k],
                "enterprise_id": np.array(self.firms, dtype=object)[f],
                "effect_points": columns["index"][k, f],
                "mom_pp": columns["mom"][k, f],
                "yoy_pp": columns["yoy"][k, f],
                "index": self.index[t, k],
                "index_without": self.without[t, k, f],
                "only_firm": self.only[t, k] == f,
            }
        )

    def table(self, measure: str = "index") -> pd.DataFrame:
        """Return the most influential firm of every class and month.

        Returns
        -------
        DataFrame
            period, class_code, enterprise_id, effect (points, or percentage points of a change), only_firm; one row
            where there is an effect at all.
        """
        effect = self.effect(measure)
        size = np.nan_to_num(np.abs(effect), nan=-1.0)
        firm = size.argmax(axis=2)
        t, k = np.nonzero(size.max(axis=2) > 0)
        f = firm[t, k]
        return pd.DataFrame(
            {
                "period": np.array(self.months, dtype=object)[t],
                "class_code": np.array(self.codes, dtype=object)[k],
                "enterprise_id": np.array(self.firms, dtype=object)[f],
                "effect": effect[t, k, f],
                "only_firm": self.only[t, k] == f,
            }
        )

    def summary(self) -> pd.DataFrame:
        """Return the last month's headline."""
        return self.frame(self.months[-1], top=10)

    def __repr__(self) -> str:
        return (
            f"Influence: {len(self.firms)} firms left out one at a time, {len(self.codes)} classes, "
            f"{self.months[0]} to {self.months[-1]}"
        )

    def _repr_html_(self) -> str:
        return f"<h4>{self!r}; 00, {self.months[-1]}:</h4>" + self.summary().round(3).to_html(index=False)

    def plot(self, class_code: str = HEADLINE, *, measure: str = "index", top: int = 12) -> Figure:
        """Draw the effects of the most influential firms on a class, month by month; returns a matplotlib Figure.

        Raises
        ------
        UsageError
            No such class or measure.
        """
        from shuibei_index.index.influence.chart import heat_chart

        self._class(class_code)
        self._known(measure)
        return heat_chart(self, class_code, measure, top)

    def _known(self, measure: str) -> None:
        if measure not in STEPS:
            raise UsageError(f"measure must be one of {', '.join(STEPS)}, not {measure!r}")

    def _month(self, month: str) -> int:
        if month not in self.months:
            raise UsageError(
                f"no index for {month}; the series runs from {self.months[0]} to {self.months[-1]}",
                f"{month} 没有指数，序列自 {self.months[0]} 至 {self.months[-1]}",
            )
        return self.months.index(month)

    def _class(self, class_code: str) -> int:
        if class_code not in self.codes:
            hint = did_you_mean(class_code, self.codes)
            raise UsageError(f"no class {class_code!r}{hint}", f"没有分类 {class_code!r}")
        return self.codes.index(class_code)
