"""The tables of an X-11 run, named as X-13 names them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust.x11.setting import Floats, Setting


@dataclass(frozen=True)
class X11Tables(Mapping[str, Floats]):
    """Tables b1 to d18, each of shape (T, N) over the rows given, forecasts included; NaN = not defined there.

    In a log-additive run b1 to d9 are in logs, as X-13 saves them; d10 to d18 are in the units of the series.

    Parameters
    ----------
    tables
        Code → table.
    setting
        The run: mode, filters, where the observations lie.
    ahead
        Seasonal factors of the year after the last row, shape (period, N): X-13's projected factors.
    filters
        Final seasonal filter chosen per series by the moving seasonality ratio, shape (N,); "" = not chosen by it.
    trend_terms
        Length of the final Henderson filter per series, shape (N,).
    """

    tables: dict[str, Floats]
    setting: Setting
    ahead: Floats
    filters: npt.NDArray[np.str_]
    trend_terms: Floats = field(default_factory=lambda: np.empty(0))

    def __getitem__(self, code: str) -> Floats:
        """Return one table."""
        return self.tables[code]

    def __iter__(self) -> Iterator[str]:
        """Go through the codes in X-13's order."""
        return iter(self.tables)

    def __len__(self) -> int:
        """Return the number of tables."""
        return len(self.tables)

    def observed(self, code: str) -> Floats:
        """Return a table over the observations alone."""
        return self.tables[code][self.setting.first : self.setting.end]
