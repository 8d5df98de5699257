"""Everything an adjustment has left about one series, at one place and under one set of names."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.adjust import periods
from shuibei_index.adjust.quality.seasonality_tests import Array
from shuibei_index.adjust.quality.spectrum import Spectrum, ar_spectrum

if TYPE_CHECKING:
    from shuibei_index.adjust.adjustment import Adjustment
    from shuibei_index.adjust.specification.fields import Specification

RECENT_YEARS = 8  # X-13 looks at the spectra and QS of the last eight years
_COMPONENT_TABLES = {"SA": "d11", "TREND": "d12", "seasonal": "d10", "irregular": "d13", "factor": "d16"}
# SEATS has tables of its own; the report calls both by X-11's names.
_SEATS = {"s10": "d10", "s11": "d11", "s12": "d12", "s13": "d13", "s16": "d16", "s18": "d18"}


@dataclass(frozen=True, eq=False)
class Evidence:
    """One adjusted series.

    Parameters
    ----------
    series
        Its name.
    first
        First period, "YYYY-MM" or "YYYY-Qn".
    period
        Periods a year.
    tables
        X-11's code → values over the series' periods; a1 is the original, NaN where not observed.
    udg
        X-13's diagnostics, key → text; empty for other engines.
    coefficients
        group, term, estimate, se, t.
    row
        The series' row of the diagnostics.
    specification
        What was asked for; None if it is not known.
    """

    series: str
    first: str
    period: int
    tables: Mapping[str, Array]
    udg: Mapping[str, str]
    coefficients: pd.DataFrame
    row: Mapping[str, object]
    specification: Specification | None

    @property
    def start(self) -> int:
        """Month (quarter) of the year of the first period, 1 = January."""
        return periods.ordinal(self.first) % self.period + 1

    @property
    def labels(self) -> list[str]:
        """The periods, in order."""
        return periods.between(self.first, periods.shift(self.first, len(self.tables["a1"]) - 1))

    @property
    def mode(self) -> str:
        """How the parts are put together: "mult", "add", "logadd" or "pseudoadd"."""
        told = str(self.row.get("mode", "")).lower()
        known = {"add": "add", "pseu": "pseudoadd", "log": "logadd"}
        return next((mode for word, mode in known.items() if told.startswith(word)), "mult")

    @property
    def additive(self) -> bool:
        """Whether the parts add up."""
        return self.mode == "add"

    @property
    def neutral(self) -> float:
        """A factor that changes nothing."""
        return 0.0 if self.additive else 1.0

    def has(self, *codes: str) -> bool:
        """Tell whether all these tables are there, without gaps."""
        return all(code in self.tables and not np.isnan(self.tables[code]).any() for code in codes)

    def ran(self, diagnostic: str) -> bool:
        """Tell whether X-13 was asked for "sspans" (sliding spans) or "history", though it may have failed."""
        return self.udg.get(diagnostic, "no") != "no"

    def residuals(self) -> Array | None:
        """Return the model's residuals that X-13 tests: those after the differences of the model have run in."""
        saved = self.tables.get("rsd")
        if saved is None:
            return None
        effective = self.number("nefobs")
        return saved[-int(effective) :] if effective > 0 else saved

    def number(self, key: str, position: int = 0) -> float:
        """Return a number of X-13's diagnostics, NaN if it is not there."""
        words = self.udg.get(key, "").split()
        try:
            return float(words[position])
        except (IndexError, ValueError):
            return math.nan


def evidence(adjusted: Adjustment, series: str) -> Evidence:
    """Collect what is known about one adjusted series.

    Parameters
    ----------
    adjusted
        The result of the adjust stage.
    series
        A series that was adjusted.
    """
    rows = adjusted.diagnostics
    row = {str(name): value for name, value in rows[rows["series"] == series].iloc[0].items()}
    observed = np.flatnonzero(adjusted.components["SA"][series].notna().to_numpy())
    begin, end = int(observed[0]), int(observed[-1]) + 1
    parts = {
        code: adjusted.components[name][series].to_numpy(dtype=np.float64)[begin:end]
        for name, code in _COMPONENT_TABLES.items()
    }
    saved = {_SEATS.get(code, code): np.asarray(table) for code, table in adjusted.tables.get(series, {}).items()}
    tables: dict[str, npt.NDArray[np.float64]] = parts | saved
    tables["a1"] = adjusted.original[series].to_numpy(dtype=np.float64)[begin:end]
    mode = str(row.get("mode", "")).lower()
    _extremes(tables, additive=mode.startswith("add"))
    if mode.startswith("log") and "d8" in tables and np.nanmin(tables["d8"]) > 0:
        # X-13 saves log-additive SI ratios as logarithms; another engine may give them as ratios.
        tables |= {code: np.log(tables[code]) for code in ("d8", "d9") if code in tables}
    known = adjusted.coefficients
    return Evidence(
        series,
        str(adjusted.original.index[begin]),
        adjusted.period,
        tables,
        adjusted.udg.get(series, {}),
        known[known["series"] == series].drop(columns="series").reset_index(drop=True),
        row,
        adjusted.specifications.get(series),
    )


def spectra(found: Evidence) -> dict[str, Spectrum]:
    """Return the spectra of original, residuals, adjusted series and irregular, as far as they can be had.

    As X-13: the last eight years; first differences of (logs of) the original without prior effects and of the adjusted
    series modified for extremes; the irregular modified for extremes and the residuals as they are.
    """
    last = RECENT_YEARS * found.period

    def change(table: Array) -> Array:
        cut = table[-last:]
        return np.diff(cut if found.additive or (cut <= 0).any() else np.log(cut))

    ways: dict[str, tuple[tuple[str, ...], Callable[[Array], Array]]] = {
        "original": (("b1", "a1"), change),
        "residuals": (("rsd",), np.asarray),
        "adjusted": (("e2", "d11"), change),
        "irregular": (("e3", "d13"), np.asarray),
    }
    out = {}
    for name, (codes, way) in ways.items():
        table = next((found.tables[code] for code in codes if found.has(code)), None)
        if table is None or len(table) < 3 * found.period:
            continue
        values = way(table)
        if np.abs(values - values.mean()).max() > 0:
            out[name] = ar_spectrum(values, period=found.period)
    return out


def _extremes(tables: dict[str, Array], *, additive: bool) -> None:
    """Put in the series modified for extremes (E2, E3) where the engine gave X-11's weights but not these tables."""
    if "c17" not in tables or {"e2", "e3"} <= set(tables):
        return
    out = tables["c17"] == 0
    neutral = 0.0 if additive else 1.0
    tables.setdefault("e2", np.where(out, tables["d12"], tables["d11"]))
    tables.setdefault("e3", np.where(out, neutral, tables["d13"]))
    tables.setdefault(
        "e1", np.where(out, tables["d12"] + tables["d16"] if additive else tables["d12"] * tables["d16"], tables["a1"])
    )
