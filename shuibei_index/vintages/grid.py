"""Grid: every figure of a series by month and release, and what follows from the order of the releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.release.tables import rounded
from shuibei_index.vintages.vintage import Vintage

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """P months that any release has of a series, and J releases in the order of publication.

    Parameters
    ----------
    releases : sequence of Vintage
        Length J.
    rows : DataFrame
        Columns of indices.csv, and column: the number of the release.
    """

    releases: Sequence[Vintage]
    rows: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, releases: Sequence[Vintage], chosen: dict[str, str]) -> Grid:
        """Read one series of every release."""
        parts = [v.rows(**chosen).assign(column=j) for j, v in enumerate(releases)]
        return cls(releases, pd.concat(parts, ignore_index=True))

    @cached_property
    def periods(self) -> npt.NDArray[Any]:
        """Return the months any release has, in order, shape (P,)."""
        return np.array(sorted(set(self.rows["period"])), dtype=object)

    def _placed(self, name: str, fill: Any) -> npt.NDArray[Any]:
        values = self.rows[name].to_numpy()
        table = np.full((len(self.periods), len(self.releases)), fill, dtype=values.dtype)
        rows = np.searchsorted(self.periods.astype(str), self.rows["period"].to_numpy().astype(str))
        table[rows, self.rows["column"].to_numpy()] = values
        return table

    def raw(self, measure: str, *, published: bool = False) -> Floats:
        """Return figures as each release has them, or `published` them, shape (P, J); NaN where it has none."""
        table: Floats = self._placed(measure, np.nan)
        if published:
            table = table.copy()
            for j, places in enumerate(self.places(measure)):
                table[:, j] = rounded(table[:, j], places)
        return table

    def places(self, measure: str) -> list[int]:
        """Return the decimals each release prints of a measure."""
        policies = [v.about.policy for v in self.releases]
        return [p.index_decimals if measure == "index" else p.rate_decimals for p in policies]

    def in_force(self, measure: str, *, published: bool = False) -> Floats:
        """Return the figures in force after each release, shape (P, J)."""
        return self.carried(self.raw(measure, published=published))

    def carried(self, table: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return what stands after each release: of the last one that covers the month, shape (P, J)."""
        at = np.where(self.covers, np.arange(table.shape[1]), 0)
        at = np.maximum.accumulate(at, axis=1)
        return table[np.arange(len(table))[:, None], at]

    @cached_property
    def status(self) -> npt.NDArray[Any]:
        """Return obs_status, shape (P, J); "" where a release has no row."""
        return self._placed("obs_status", "")

    @cached_property
    def conf(self) -> npt.NDArray[Any]:
        """Return obs_conf, shape (P, J)."""
        return self._placed("obs_conf", "")

    @cached_property
    def covers(self) -> npt.NDArray[np.bool_]:
        """Tell whether a release reaches a month, with or without a figure, shape (P, J)."""
        last = np.array([v.period for v in self.releases], dtype=str)
        return self.periods.astype(str)[:, None] <= last[None, :]

    @cached_property
    def released_in(self) -> Ints:
        """Number of the calendar month in which each release came."""
        return month_names.ordinals([v.released_on[:7] for v in self.releases])

    @cached_property
    def first_at(self) -> Ints:
        """Release that first showed each month; −1 = none did."""
        shown = ~np.isnan(self.raw("index"))
        return np.where(shown.any(axis=1), shown.argmax(axis=1), -1)

    @cached_property
    def final_at(self) -> Ints:
        """Release in which each month was first final; −1 = it is still provisional."""
        last = np.array([v.last_final for v in self.releases], dtype=str)
        final = (self.periods.astype(str)[:, None] <= last[None, :]) & self.covers
        # what was past when it was first shown was final then
        final &= np.arange(len(last))[None, :] >= self.first_at[:, None]
        return np.where(final.any(axis=1) & (self.first_at >= 0), final.argmax(axis=1), -1)

    @cached_property
    def genuine(self) -> npt.NDArray[np.bool_]:
        """Months that were not yet past when the series was first shown."""
        begun = self.first_at[self.first_at >= 0]
        if not len(begun):
            return np.zeros(len(self.periods), dtype=bool)
        since = self.releases[int(begun.min())].period
        return (self.first_at >= 0) & (self.periods.astype(str) >= since)
