"""The uncertainty of an index: standard errors and 95 % bands of levels and changes, by class and month."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.sampling.firms_behind import FirmsBehind
from shuibei_index.index.tree.classification import HEADLINE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Columns of each measure in tables, and what they are in.
UNITS = {"index": "points", "mom": "percent", "yoy": "percent"}


@dataclass(frozen=True, repr=False)
class Uncertainty:
    """Standard errors and 95 % bands of the index levels and changes of K classes in T months.

    The bands cover what the choice of firms does to the index. They do not cover mistakes in reports, firms that would
    never report, or the choice of formula.

    Parameters
    ----------
    months, codes : tuple of str
    names : DataFrame
        class_code, name_zh, name_en of each class, in the order of `codes`.
    index : ndarray, shape (T, K)
        Base period = 100; NaN where a class has none.
    base_period : str
    log_se : dict of ndarray, shape (T, K)
        Standard error of the logarithm of the level ("index") and of the change on a month ("mom") and a year ("yoy")
        before.
    behind : dict of FirmsBehind
        The firms behind each of them.
    exact : ndarray of bool, shape (T, K)
        Levels that are 100 by definition.
    method : str
    replicates : int
        Replicates used.
    lost : int
        Replicates left out because a month had no price of the headline in them.
    n_firms : int
    seed : int

    Notes
    -----
    Band: value · exp(± t s), s the standard error of the logarithm, t the 97.5 % point of Student's t with (firms
    behind the number − 1) degrees of freedom. With fewer than 2 firms there is no estimate: NaN, `estimable` false.
    Decision 0130.
    """

    months: tuple[str, ...]
    codes: tuple[str, ...]
    names: pd.DataFrame
    index: Floats
    base_period: str
    log_se: dict[str, Floats]
    behind: dict[str, FirmsBehind]
    exact: Bools
    method: str
    replicates: int
    lost: int
    n_firms: int
    seed: int

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for array in (self.index, self.exact, *self.log_se.values()):
            array.setflags(write=False)

    def ratio(self, measure: str) -> Floats:
        """Return level / 100 ("index") or the change as a ratio ("mom", "yoy"), shape (T, K)."""
        self._known(measure)
        if measure == "index":
            return self.index / 100.0
        step = {"mom": 1, "yoy": 12}[measure]
        result = np.full(self.index.shape, np.nan)
        result[step:] = self.index[step:] / self.index[:-step]
        return result

    def estimable(self, measure: str) -> Bools:
        """Tell where there is a standard error, shape (T, K): a number with at least 2 firms behind it."""
        self._known(measure)
        enough = self.behind[measure].number >= 2
        found = np.isfinite(self.log_se[measure]) & (enough | self.exact if measure == "index" else enough)
        return np.asarray(found & ~np.isnan(self.ratio(measure)))

    def se(self, measure: str = "index") -> Floats:
        """Return standard errors, index points or percentage points, shape (T, K); NaN where there is no estimate."""
        return np.where(self.estimable(measure), 100.0 * self.ratio(measure) * self.log_se[measure], np.nan)

    def band(self, measure: str = "index") -> tuple[Floats, Floats]:
        """Return the lower and the upper end of the 95 % bands, shape (T, K) each: index points, or percent."""
        margin = np.where(self.estimable(measure), self._quantile(measure) * self.log_se[measure], np.nan)
        ratio, less = self.ratio(measure), 0.0 if measure == "index" else 1.0
        return 100.0 * (ratio * np.exp(-margin) - less), 100.0 * (ratio * np.exp(margin) - less)

    def _quantile(self, measure: str) -> Floats:
        number = self.behind[measure].number
        by_number = np.asarray(stdtrit(np.arange(1.0, max(int(number.max(initial=0)), 2)), 0.975), dtype=np.float64)
        return np.asarray(by_number[np.maximum(number, 2) - 2])

    @cached_property
    def _frame(self) -> pd.DataFrame:
        T, K = self.index.shape
        parts = []
        for measure, unit in UNITS.items():
            low, high = self.band(measure)
            value = 100.0 * (self.ratio(measure) - (measure != "index"))
            parts.append(
                pd.DataFrame(
                    {
                        "period": np.repeat(np.array(self.months, dtype=object), K),
                        "class_code": np.tile(np.array(self.codes, dtype=object), T),
                        "measure": measure,
                        "unit": unit,
                        "value": value.ravel(),
                        "se": self.se(measure).ravel(),
                        "low_95": low.ravel(),
                        "high_95": high.ravel(),
                        "n_firms": self.behind[measure].number.ravel(),
                        "effective_firms": self.behind[measure].effective.ravel(),
                        "estimable": self.estimable(measure).ravel(),
                    }
                )
            )
        frame = pd.concat(parts, ignore_index=True)
        frame = frame.assign(method=self.method, replicates=self.replicates)
        return frame[frame["value"].notna()].reset_index(drop=True)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each measure, month and class with a number.

        Columns: period, class_code, measure (index, mom, yoy), unit, value, se, low_95, high_95, n_firms,
        effective_firms (1 / Σ share²), estimable, method, replicates.
        """
        return self._frame.copy()

    def summary(self) -> pd.DataFrame:
        """Return the last month, one row per class and measure."""
        frame = self._frame
        last = frame[frame["period"] == self.months[-1]].merge(self.names, on="class_code", how="left")
        columns = ["class_code", "name_zh", "name_en", "measure", "value", "se", "low_95", "high_95", "n_firms"]
        return last[columns].reset_index(drop=True)

    def __repr__(self) -> str:
        lost = f", {self.lost} left out" if self.lost else ""
        return (
            f"Uncertainty: {len(self.codes)} classes, {self.months[0]} to {self.months[-1]}, {self.n_firms} firms, "
            f"{self.replicates} replicates ({self.method}{lost})"
        )

    def _repr_html_(self) -> str:
        return f"<h4>{self!r}; {self.months[-1]}:</h4>" + self.summary().round(3).to_html(index=False)

    def plot(self, class_code: str = HEADLINE, measure: str = "index") -> Figure:
        """Draw a class's level or change with its band; returns a matplotlib Figure.

        Raises
        ------
        UsageError
            No such class or measure.
        """
        from shuibei_index.index.sampling.chart import band_chart

        code = HEADLINE if class_code == "total" else class_code
        if code not in self.codes:
            raise UsageError(f"no class {class_code!r}{did_you_mean(class_code, self.codes)}")
        self._known(measure)
        return band_chart(self, code, measure)

    def _known(self, measure: str) -> None:
        if measure not in UNITS:
            raise UsageError(f"measure must be one of {', '.join(UNITS)}, not {measure!r}")
