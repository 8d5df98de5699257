"""One regression a month: the shadow prices that the characteristics and imputation methods compare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.index.hedonic.covariance import errors, influence, total_variance
from shuibei_index.index.hedonic.regression import Regression, regress
from shuibei_index.index.hedonic.sales import Sales

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Monthly:
    """The regressions of the S months with sales.

    Parameters
    ----------
    sold : ndarray of int, shape (S,)
        Positions of these months among all months.
    rows : list of ndarray of int
        Sales of each month.
    fits : tuple of Regression
    constants, slopes : ndarray, shapes (S,), (S, K)
    """

    sold: Ints
    rows: list[Ints]
    fits: tuple[Regression, ...]
    constants: Floats
    slopes: Floats


def regress_months(
    sales: Sales, logs: Floats, z: Floats, names: tuple[str, ...], weight: Floats, norm: str | None
) -> Monthly:
    """Regress the log prices of each month on the characteristics.

    Raises
    ------
    PriceError
        A month has too few sales for the characteristics (names the first such month).
    """
    sold, month = np.unique(sales.month, return_inverse=True)
    order = np.argsort(month, kind="stable")
    rows = np.split(order, np.searchsorted(month[order], np.arange(1, len(sold))))
    fits = []
    for s, mine in zip(sold, rows, strict=True):
        none = np.zeros(len(mine), dtype=np.int64)
        label = sales.months[s]
        fits.append(regress(logs[mine], z[mine], none, weight[mine], names=names, label=label, rows=mine, norm=norm))
    constants = np.array([float(fit.effects[0]) for fit in fits])
    return Monthly(sold, rows, tuple(fits), constants, np.array([fit.slopes for fit in fits]))


class Spread:
    """Variance of sums of estimates of several months."""

    def __init__(self, monthly: Monthly, kind: str, units: Ints | None) -> None:
        self.monthly, self.units = monthly, units
        self.errors = [
            errors(fit, kind, None if units is None else units[fit.rows]) for fit in monthly.fits
        ]  # one array a month

    def parts(self, month: int, gradient: Floats) -> Floats:
        """Return influences of a month's sales on gradient · (constant, slopes)."""
        fit = self.monthly.fits[month]
        return influence(fit, self.errors[month], gradient[:1], gradient[1:])

    def nothing(self) -> Floats:
        """Return the influences of all sales on a constant: zeros."""
        return np.zeros(sum(len(rows) for rows in self.monthly.rows))

    def add(self, parts: Floats, month: int, gradient: Floats) -> None:
        """Add a month's influences in place."""
        parts[self.monthly.rows[month]] += self.parts(month, gradient)

    def variance(self, parts: Floats) -> float:
        """Return the variance of the estimate with these influences."""
        return total_variance(parts, self.units)
