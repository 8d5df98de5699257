"""One series in all its vintages: as of a day, first, latest, triangle, revisions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.release.tables import rounded
from shuibei_index.vintages.grid import Grid
from shuibei_index.vintages.intervals import realtime
from shuibei_index.vintages.statistics import mean_revisions, news_or_noise, wanted_horizons

if TYPE_CHECKING:
    from shuibei_index.vintages.vintages import Vintages

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MEASURES = ("index", "mom_pct", "yoy_pct", "ytd_pct")
_OF_AS_OF = ["period", *MEASURES, "obs_status", "obs_conf", "vintage"]


@dataclass(frozen=True, repr=False)
class VintageSeries:
    """A class, component and adjustment over all releases.

    Examples
    --------
    ``vintages.series("0101").as_of("2025-08-10")`` is what the public had that evening.
    """

    vintages: Vintages
    class_code: str
    component: str
    adjustment: str

    def as_of(self, date: str | dt.date) -> pd.DataFrame:
        """Return the series exactly as it was public at the end of a day.

        Returns
        -------
        DataFrame
            period, index, mom_pct, yoy_pct, ytd_pct (full precision), obs_status, obs_conf, vintage; empty if the
            releases public then did not have the series yet.

        Raises
        ------
        UsageError
            `date` is no date, or lies before the first release.
        """
        return self.vintages._as_of(date, self._chosen)[_OF_AS_OF]

    def latest(self) -> pd.DataFrame:
        """Return the series as it stands after the last release; columns of `as_of`."""
        return self.as_of(self.vintages.releases[-1].released_on)

    def first(self) -> pd.DataFrame:
        """Return every month as it was first published.

        Returns
        -------
        DataFrame
            period, index, mom_pct, yoy_pct, obs_status, vintage, released_on. A figure that was withheld counts from
            the release that first showed it; months that never were shown are left out.
        """
        at = self.grid.first_at
        shown = np.flatnonzero(at >= 0)
        names = [v.name for v in self.vintages]
        days = [v.released_on for v in self.vintages]
        table: dict[str, Any] = {"period": self.grid.periods[shown]}
        for measure in ("index", "mom_pct", "yoy_pct"):
            table[measure] = self.grid.raw(measure)[shown, at[shown]]
        frame = pd.DataFrame(table)
        status = self.grid.status[shown, at[shown]]
        return frame.assign(
            obs_status=status,
            vintage=np.array(names, dtype=object)[at[shown]],
            released_on=np.array(days, dtype=object)[at[shown]],
        )

    def triangle(self, measure: str = "index", *, published: bool = False) -> pd.DataFrame:
        """Return the figures of every release side by side.

        Parameters
        ----------
        measure : {"index", "mom_pct", "yoy_pct", "ytd_pct"}
        published : bool
            Round as each release printed its figures; default: full precision.

        Returns
        -------
        DataFrame
            One row per month, one column per release in the order of publication; NaN where a release has no figure.
        """
        names = pd.Index([v.name for v in self.vintages], name="vintage")
        return pd.DataFrame(
            self.grid.raw(self._measure(measure), published=published),
            index=pd.Index(self.grid.periods, name="period"),
            columns=names,
        )

    def revisions(self, measure: str = "index", *, published: bool = True) -> pd.DataFrame:
        """Return every change of a figure from one release to the next that covers its month.

        Returns
        -------
        DataFrame
            period, vintage, released_on, previous, current, revision, months_after: calendar months from the release
            that first showed the figure. A figure that came late or was withdrawn or withheld has NaN on one side.
        """
        stood = self.grid.in_force(self._measure(measure), published=published)
        before, now = stood[:, :-1], stood[:, 1:]
        # until a release covers the month there is nothing to revise
        known = np.maximum.accumulate(self.grid.covers, axis=1)[:, :-1]
        changed = known & (before != now) & ~(np.isnan(before) & np.isnan(now))
        row, column = np.nonzero(changed)
        order = np.lexsort((row, column))
        row, column = row[order], column[order] + 1
        size = stood[row, column] - stood[row, column - 1]
        if published:
            # a difference of two printed figures has no more decimals than they
            size = rounded(size, max(self.grid.places(measure)))
        months, at = self.grid.released_in, self.grid.first_at[row]
        return pd.DataFrame(
            {
                "period": self.grid.periods[row],
                "vintage": np.array([v.name for v in self.vintages], dtype=object)[column],
                "released_on": np.array([v.released_on for v in self.vintages], dtype=object)[column],
                "previous": stood[row, column - 1],
                "current": stood[row, column],
                "revision": size,
                "months_after": np.where(at >= 0, months[column] - months[at], -1),
            }
        )

    def final(self) -> pd.DataFrame:
        """Return when each month was first published and when it became final, by the rule in force in each release.

        Returns
        -------
        DataFrame
            period, first_vintage, final_vintage ("" = provisional to this day), index (as it became final; NaN before).
        """
        at, final = self.grid.first_at, self.grid.final_at
        names = np.array([*(v.name for v in self.vintages), ""], dtype=object)
        level = self.grid.in_force("index")
        rows = np.arange(len(at))
        return pd.DataFrame(
            {
                "period": self.grid.periods,
                "first_vintage": names[at],
                "final_vintage": names[final],
                "index": np.where(final >= 0, level[rows, np.maximum(final, 0)], np.nan),
            }
        )

    def mean_revision(
        self,
        measures: tuple[str, ...] = ("index", "mom_pct", "yoy_pct"),
        horizons: tuple[int, ...] = (1, 2, 3, 6, 12),
        errors: str = "hac",
        lags: int | None = None,
    ) -> pd.DataFrame:
        """Return size and bias of revisions so many calendar months after first publication.

        Months that were already past when the series was first published are left out: their first figure was no
        first estimate.

        Parameters
        ----------
        measures : tuple of str
        horizons : tuple of int
            Months after the month of first publication.
        errors : {"hac", "plain"}
            Standard error of the mean: Newey-West, or as if revisions were independent.
        lags : int, optional
            Lags of Newey-West; default ⌊4 (n/100)^(2/9)⌋.

        Returns
        -------
        DataFrame
            measure, horizon, n, mean, mean_absolute, std, t, p, share_up, lags.

        Notes
        -----
        methodology/vintages.md, (V.2) to (V.4). Source: Newey and West (1987, 1994); McKenzie and Gamba (2008).
        """
        parts = {m: self.at_horizons(m, wanted_horizons(horizons)) for m in map(self._measure, measures)}
        return mean_revisions(parts, errors, lags)

    def news_or_noise(
        self, measure: str = "mom_pct", horizon: int | None = None, lags: int | None = None
    ) -> pd.DataFrame:
        """Regress revisions on the first and on the final figure (Mankiw and Shapiro).

        Parameters
        ----------
        measure : str
            A rate of change: levels have trends.
        horizon : int, optional
            Final = the figure so many months after first publication; default: as the month became final by rule.
        lags : int, optional
            Lags of Newey-West; default ⌊4 (n/100)^(2/9)⌋.

        Returns
        -------
        DataFrame
            One row for the hypothesis "news" (revision on the first figure) and one for "noise" (revision on the final
            figure): n, alpha, beta, se_alpha, se_beta, t_alpha, t_beta, wald, p (both coefficients 0), r2, lags.

        Raises
        ------
        UsageError
            Fewer than four months have both figures, or the figures do not vary.

        Notes
        -----
        methodology/vintages.md, (V.5) and (V.6). Source: Mankiw and Shapiro (1986).
        """
        stood = self.grid.in_force(self._measure(measure))
        rows = np.flatnonzero(self.grid.genuine)
        first = stood[rows, self.grid.first_at[rows]]
        if horizon is None:
            final_at = self.grid.final_at[rows]
            final = np.where(final_at >= 0, stood[rows, np.maximum(final_at, 0)], np.nan)
        else:
            final = self.at_horizons(measure, wanted_horizons((horizon,)))[f"{horizon}"].to_numpy()
        both = ~(np.isnan(first) | np.isnan(final))
        return news_or_noise(first[both], final[both], lags)

    def at_horizons(self, measure: str, horizons: tuple[int, ...]) -> pd.DataFrame:
        """Return first figures and those in force so many calendar months later.

        Returns
        -------
        DataFrame
            period, first, and a column per horizon, named by its number; NaN where that day has not come. Months past
            when the series was first published are left out.
        """
        stood, months = self.grid.in_force(self._measure(measure)), self.grid.released_in
        rows = np.flatnonzero(self.grid.genuine)
        at = self.grid.first_at[rows]
        table: dict[str, Any] = {"period": self.grid.periods[rows], "first": stood[rows, at]}
        for horizon in horizons:
            target = months[at] + horizon
            last = np.searchsorted(months, target, side="right") - 1
            table[f"{horizon}"] = np.where(target <= months[-1], stood[rows, last], np.nan)
        return pd.DataFrame(table)

    def realtime(
        self, start: str | dt.date | None = None, end: str | dt.date | None = None, measure: str = "index"
    ) -> pd.DataFrame:
        """Return figures with the days on which they stood, as ALFRED does.

        Parameters
        ----------
        start, end : str or date, optional
            First and last day of the real-time period; default: all of it. Spans that reach beyond are cut there.
        measure : str

        Returns
        -------
        DataFrame
            period, realtime_start, realtime_end (both included; "9999-12-31" = still), the measure, obs_conf, vintage.
        """
        days = [v.released_on for v in self.vintages]
        frame = realtime(
            self.grid.periods, days, self.grid.in_force(self._measure(measure)), self.grid.covers, start=start, end=end
        )
        names = np.array([v.name for v in self.vintages], dtype=object)
        held = self.grid.carried(self.grid.conf)[frame.pop("row").to_numpy(), at := frame.pop("column").to_numpy()]
        return frame.rename(columns={"value": measure}).assign(obs_conf=held, vintage=names[at])

    def plot(self, kind: str = "lines", measure: str = "index", ax: Any = None) -> Any:
        """Draw the vintages as "lines", or the triangle of revisions since first publication as "triangle"."""
        from shuibei_index.vintages.charts import KINDS

        if kind not in KINDS:
            raise UsageError(f"no plot {kind!r}; expected one of {', '.join(KINDS)}", zh=f"没有图形 {kind}")
        return KINDS[kind](self, self._measure(measure), ax)

    @property
    def label(self) -> str:
        """Class, component and adjustment in one text."""
        return f"{self.class_code} {self.component} {self.adjustment}"

    def __repr__(self) -> str:
        return f"VintageSeries {self.label}: {len(self.vintages)} releases"

    def _repr_html_(self) -> str:
        table = self.triangle(published=True).iloc[-12:, -12:].to_html(na_rep="", escape=True)
        return f"<h4>{self.label}</h4>{table}"

    @property
    def _chosen(self) -> dict[str, str]:
        return {"class_code": self.class_code, "component": self.component, "adjustment": self.adjustment}

    @cached_property
    def grid(self) -> Grid:
        """Months × releases: every figure of every release."""
        return Grid.of(self.vintages.releases, self._chosen)

    def _measure(self, name: str) -> str:
        if name not in MEASURES:
            raise UsageError(
                f"no measure {name!r}{did_you_mean(name, MEASURES)}; expected one of {', '.join(MEASURES)}",
                zh=f"没有指标 {name}，可用：{'、'.join(MEASURES)}",
            )
        return name
