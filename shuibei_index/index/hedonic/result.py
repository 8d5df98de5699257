"""The result of a hedonic method: levels with their bands, the regressions behind them, tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from shuibei_index.index.hedonic import diagnostics as checks
from shuibei_index.index.hedonic.covariance import covariance
from shuibei_index.index.hedonic.design import Design
from shuibei_index.index.hedonic.regression import Regression
from shuibei_index.index.hedonic.sales import Sales

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Two-sided 95 % of the normal distribution.
BAND = float(ndtri(0.975))


@dataclass(frozen=True, repr=False)
class HedonicIndex:
    """A hedonic index of T months.

    Parameters
    ----------
    method : str
        time dummy, characteristics or imputation.
    months : tuple of str
    levels : ndarray, shape (T,)
        First month = 1.0; NaN = no sales in the month.
    errors : ndarray, shape (T,)
        Standard errors of log level(t) − log level(first).
    counts : ndarray of int, shape (T,)
        Sales of each month.
    fits : tuple of Regression
        One (pooled), one for each pair of months (adjacent), or one for each month.
    design : Design
    options : mapping
        The settings of the method.
    sales : Sales
    """

    method: str
    months: tuple[str, ...]
    levels: Floats
    errors: Floats
    counts: Ints
    fits: tuple[Regression, ...]
    design: Design
    options: Mapping[str, Any]
    sales: Sales = field(repr=False)

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for array in (self.levels, self.errors, self.counts):
            array.setflags(write=False)

    @classmethod
    def of(
        cls,
        method: str,
        sales: Sales,
        sold: Ints,
        logs: Floats,
        errors: Floats,
        fits: tuple[Regression, ...],
        design: Design,
        options: Mapping[str, Any],
    ) -> HedonicIndex:
        """Spread the results of months with sales over all months."""
        levels, spread = np.full(len(sales.months), np.nan), np.full(len(sales.months), np.nan)
        levels[sold], spread[sold] = np.exp(logs), errors
        return cls(method, sales.months, levels, spread, sales.counts, fits, design, options, sales)

    @property
    def low(self) -> Floats:
        """Lower end of the 95 % band, shape (T,)."""
        return np.asarray(self.levels * np.exp(-BAND * self.errors))

    @property
    def high(self) -> Floats:
        """Upper end of the 95 % band, shape (T,)."""
        return np.asarray(self.levels * np.exp(BAND * self.errors))

    def to_frame(self) -> pd.DataFrame:
        """Return period, level, standard_error (of the log), low, high, link (on the month before), n."""
        link = np.full(len(self.levels), np.nan)
        link[1:] = self.levels[1:] / self.levels[:-1]
        return pd.DataFrame(
            {
                "period": self.months,
                "level": self.levels,
                "standard_error": self.errors,
                "low": self.low,
                "high": self.high,
                "link": link,
                "n": self.counts,
            }
        )

    def summary(self) -> pd.DataFrame:
        """Return one row per month: level, band and change in percent."""
        frame = self.to_frame()
        frame["mom_pct"] = 100.0 * (frame.pop("link") - 1.0)
        return frame

    def coefficients(self) -> pd.DataFrame:
        """Return the effect of each characteristic in each regression, with its sign against the expected one.

        Columns: fit, name, effect, standard_error, t, expected (1, −1, 0), inflation (VIF), flag ("", "sign" = against
        expectation, "SIGN" = against it by more than 1.96 standard errors).
        """
        tables = [checks.effects(fit, self.design, self._covariance(fit)) for fit in self.fits]
        return pd.concat(tables, ignore_index=True)

    def grade_steps(self) -> pd.DataFrame:
        """Return by how much (log) each grade or band differs from the next one of its scale, better minus worse.

        Columns: fit, column, level, next_level, step, standard_error, flag (as in `coefficients`).
        """
        tables = [checks.steps(fit, self.design, self._covariance(fit)) for fit in self.fits]
        return pd.concat(tables, ignore_index=True)

    def diagnostics(self) -> pd.DataFrame:
        """Return one row per regression: fit, n, R², residual spread, condition, VIF, tests, counts of flags."""
        rows = [checks.diagnose(fit, self.design, self._covariance(fit)) for fit in self.fits]
        return pd.DataFrame(rows)

    def influential(self, top: int = 10) -> pd.DataFrame:
        """Return the sales that move the regressions most: fit, row, period, price, residual, leverage, cook.

        `row` is the label of the row in the caller's table.
        """
        tables = [checks.influential(fit, top) for fit in self.fits]
        table = pd.concat(tables, ignore_index=True).sort_values("cook", ascending=False, kind="stable")
        table = table.head(top).reset_index(drop=True)
        rows = table.pop("position").to_numpy()
        table.insert(1, "row", self.sales.table.index[rows])
        table.insert(2, "period", [self.months[m] for m in self.sales.month[rows]])
        table.insert(3, "price", self.sales.price[rows])
        return table

    @property
    def pooled(self) -> pd.DataFrame:
        """Grades that were pooled: column, level, n, fewest (in one regression), pooled_into."""
        return self.design.pooled.copy()

    def plot(self, ax: Any = None, *, language: str = "en") -> Any:
        """Draw the index with its 95 % band; returns the matplotlib axes. `language` is "en" or "zh"."""
        from shuibei_index.index.hedonic.charts import draw_index

        return draw_index(self, ax, language)

    def plot_residuals(self, *, fit: int = -1, language: str = "en") -> Figure:
        """Draw the residuals of one regression (default: the last) against fitted log prices and normal quantiles."""
        from shuibei_index.index.hedonic.charts import draw_residuals

        return draw_residuals(self, fit, language)

    def _covariance(self, fit: Regression) -> Floats:
        G = len(fit.mass)
        cluster = self.sales.cluster
        return covariance(fit, str(self.options["covariance"]), None if cluster is None else cluster[fit.rows])[G:, G:]

    def __repr__(self) -> str:
        told = ", ".join(f"{key} {value}" for key, value in self.options.items() if value is not None)
        span = f"{self.months[0]} to {self.months[-1]}"
        return f"HedonicIndex by {self.method} ({told}): {int(self.counts.sum())} sales, {span}"

    def _repr_html_(self) -> str:
        parts = [f"<h4>特征价格指数 {self!r}</h4>", self.summary().tail(13).round(5).to_html(index=False)]
        parts.append(self.diagnostics().tail(3).round(4).to_html(index=False))
        if len(self.design.pooled):
            parts.append("<h5>合并的等级 Pooled grades</h5>" + self.pooled.to_html(index=False))
        return "".join(parts)
