"""What one run of X-11 is told, and where its rows lie in the calendar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MODES = ("mult", "add", "logadd", "pseudoadd")
FILTERS = ("x11default", "s3x1", "s3x3", "s3x5", "s3x9", "s3x15", "stable", "msr")


@dataclass(frozen=True)
class Setting:
    """One run: all its series have the same rows.

    Parameters
    ----------
    period
        12 or 4 rows a year.
    start
        Calendar position of row 0 within its year, 0 = January or first quarter.
    rows
        Rows in all, backcasts and forecasts included.
    first, end
        Rows ``first`` to ``end - 1`` are observations.
    mode
        One of `MODES`.
    filters
        Seasonal filter of each calendar month or quarter, names of `FILTERS`.
    trend_filter
        Length of the Henderson filter; None = chosen by the I/C ratio.
    low, high
        Sigma limits: full weight below the first, none above the second.
    """

    period: int
    start: int
    rows: int
    first: int
    end: int
    mode: str
    filters: tuple[str, ...]
    trend_filter: int | None
    low: float
    high: float

    @property
    def additive(self) -> bool:
        """Whether parts are taken away by subtraction: without logs, or in logs."""
        return self.mode in ("add", "logadd")

    @property
    def pseudo(self) -> bool:
        """Whether the seasonal part is a share of the trend that is subtracted."""
        return self.mode == "pseudoadd"

    @property
    def neutral(self) -> float:
        """The irregular's value where nothing happened."""
        return 0.0 if self.additive else 1.0

    def apart(self, whole: Floats, part: Floats) -> Floats:
        """Take a part off: a difference or a ratio."""
        return whole - part if self.additive else whole / part

    def together(self, part: Floats, other: Floats) -> Floats:
        """Put two parts together: a sum or a product."""
        return part + other if self.additive else part * other
