"""Vintages: the releases in the order in which the public saw them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from shuibei_index import moments
from shuibei_index.errors import ReleaseError, UsageError, did_you_mean
from shuibei_index.release.schema import INDICES
from shuibei_index.vintages.series import VintageSeries
from shuibei_index.vintages.vintage import Vintage


@dataclass(frozen=True, repr=False)
class Vintages:
    """Releases, sorted by the day on which they became public.

    A figure is in force until a later release that covers its month replaces it: an erratum of an older month leaves
    the months after it as they were published last.

    Parameters
    ----------
    releases : tuple of Vintage
        In any order; sorted by `Vintage.order`.
    """

    releases: tuple[Vintage, ...]

    def __post_init__(self) -> None:
        """Sort, and refuse two releases of one name."""
        names = [v.name for v in self.releases]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ReleaseError(f"release {twice[0]} stands twice", zh=f"发布 {twice[0]} 出现两次")
        object.__setattr__(self, "releases", tuple(sorted(self.releases, key=lambda v: v.order)))

    def __len__(self) -> int:
        return len(self.releases)

    def __iter__(self) -> Iterator[Vintage]:
        return iter(self.releases)

    def __getitem__(self, name: str) -> Vintage:
        """Return the vintage of a name, e.g. "2025-06-r1"."""
        for vintage in self.releases:
            if vintage.name == name:
                return vintage
        names = [v.name for v in self.releases]
        raise UsageError(f"no release {name!r}{did_you_mean(name, names)}", zh=f"没有发布 {name}")

    def to_frame(self) -> pd.DataFrame:
        """Return one row per release: name, period, released_on, status, base_period, digest."""
        columns = ("name", "period", "released_on", "status", "base_period", "digest")
        rows = [(v.name, v.period, v.released_on, v.status, v.about.base_period, v.digest) for v in self.releases]
        return pd.DataFrame(rows, columns=list(columns))

    def public_on(self, date: str | dt.date) -> tuple[Vintage, ...]:
        """Return the releases that were public at the end of a day, oldest first.

        Raises
        ------
        UsageError
            `date` is no date YYYY-MM-DD, or nothing had been released.
        """
        day = _day(date)
        public = tuple(v for v in self.releases if v.released_on <= day)
        if not public:
            first = self.releases[0]
            raise UsageError(
                f"nothing had been released on {day}; the first release, {first.name}, came on {first.released_on}",
                zh=f"{day} 尚未发布任何数据；首次发布 {first.name} 为 {first.released_on}",
            )
        return public

    def in_force(self, date: str | dt.date) -> tuple[tuple[Vintage, str], ...]:
        """Return the releases whose figures stood on a day, and the last month before those of each ("" = none).

        Usually one; after an erratum of an older month, that and the release that covers the months after it.

        Raises
        ------
        UsageError
            As `public_on`.
        """
        chosen: list[tuple[Vintage, str]] = []
        covered = ""
        for vintage in reversed(self.public_on(date)):
            if vintage.period > covered:
                chosen.append((vintage, covered))
                covered = vintage.period
        return tuple(chosen)

    def as_of(self, date: str | dt.date) -> pd.DataFrame:
        """Return every index exactly as it was public at the end of a day.

        Parameters
        ----------
        date : str or date
            YYYY-MM-DD; a release counts on its own day.

        Returns
        -------
        DataFrame
            Columns of indices.csv in full precision, and vintage: the release that holds the figure. Withheld
            figures (obs_conf C) are empty.

        Raises
        ------
        UsageError
            `date` is no date, or lies before the first release.
        ReleaseError
            A table is not the one its manifest lists.
        """
        return self._as_of(date, {})

    def series(self, class_code: str = "00", component: str = "total", adjustment: str = "NSA") -> VintageSeries:
        """Return one series in all its vintages.

        Raises
        ------
        UsageError
            The last release has no such series, nor has any other.
        """
        chosen = {"class_code": class_code, "component": component, "adjustment": adjustment}
        if not any(len(vintage.rows(**chosen)) for vintage in reversed(self.releases)):
            known = self.releases[-1].rows(period=self.releases[-1].period)
            hints = [did_you_mean(word, sorted(set(known[name]))) for name, word in chosen.items()]
            raise UsageError(
                f"no release has a series {class_code} {component} {adjustment}{''.join(hints)}",
                zh=f"各次发布中没有序列 {class_code} {component} {adjustment}",
            )
        return VintageSeries(self, class_code, component, adjustment)

    def _as_of(self, date: str | dt.date, chosen: dict[str, str]) -> pd.DataFrame:
        parts = []
        for vintage, before in reversed(self.in_force(date)):
            rows = vintage.rows(**chosen)
            later = rows["period"] > before
            parts.append((rows if later.all() else rows[later]).assign(vintage=vintage.name))
        if len(parts) == 1:
            return parts[0].reset_index(drop=True)
        return pd.concat(parts).sort_values(list(INDICES.key), kind="stable").reset_index(drop=True)

    def __repr__(self) -> str:
        first, last = self.releases[0], self.releases[-1]
        return f"Vintages: {len(self)} releases, {first.name} ({first.released_on}) to {last.name} ({last.released_on})"

    def _repr_html_(self) -> str:
        table = self.to_frame().assign(digest=lambda f: f["digest"].str[:12])
        return f"<h4>{len(self)} 次发布 releases</h4>{table.to_html(index=False, escape=True)}"


def _day(date: str | dt.date) -> str:
    if isinstance(date, dt.datetime):
        date = date.date()
    return date.isoformat() if isinstance(date, dt.date) else moments.read_day(str(date), "date").isoformat()
