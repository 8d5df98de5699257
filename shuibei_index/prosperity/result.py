"""The prosperity index: what is published of it, its table, picture and summary."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import UsageError, did_you_mean

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

FAMILY = "C"
TOTAL = "total"
DIMENSIONS = ("scale", "efficiency", "confidence")
NAMES = {
    "scale": ("规模", "scale"),
    "efficiency": ("效益", "efficiency"),
    "confidence": ("信心", "confidence"),
    "total": ("景气指数", "prosperity index"),
}
COLUMNS = ("period", "family", "component", "index", "mom_pct", "yoy_pct", "n_enterprises", "obs_conf")


@dataclass(frozen=True, repr=False)
class ProsperityIndex:
    """Levels of the dimensions and their total over T months.

    Parameters
    ----------
    months : tuple of str
    levels : dict of str to ndarray, shape (T,)
        scale, efficiency, confidence, total: those that exist. NaN = no value that month.
    firms : dict of str to ndarray, shape (T,)
        Enterprises behind each value; for the total the smallest number of its parts.
    withheld : dict of str to ndarray, shape (T,)
        Values that are computed but not published.
    bases : dict of str to str
        Period in which each averages `base_value`; the first month of a dimension that begins later.
    weights : dict of str to float
    base_value : float
    measures : dict of str to ndarray, shape (T,)
        Stock turn (times a year), margin rate (percent), balances of answers (percentage points), over all enterprises
        that reported; for the index team.
    """

    months: tuple[str, ...]
    levels: dict[str, Floats]
    firms: dict[str, Ints]
    withheld: dict[str, Bools]
    bases: dict[str, str]
    weights: dict[str, float]
    base_value: float = 1000.0
    measures: dict[str, Floats] = field(default_factory=dict)

    @property
    def components(self) -> tuple[str, ...]:
        """Dimensions that exist, and the total if it does."""
        return tuple(name for name in (*DIMENSIONS, TOTAL) if name in self.levels)

    def published(self, component: str) -> Floats:
        """Return the level of a dimension or the total as it may be shown, shape (T,); NaN = none or withheld.

        Raises
        ------
        UsageError
            It does not exist.
        """
        if component not in self.levels:
            raise UsageError(
                f"no component {component!r}{did_you_mean(component, self.components)}; "
                f"there are {', '.join(self.components)}",
                zh=f"没有 {component!r}；已有 {'、'.join(self.components)}",
            )
        return np.where(self.withheld[component], np.nan, self.levels[component])

    def to_frame(self) -> pd.DataFrame:
        """Return period, family "C", component, index, mom_pct, yoy_pct, n_enterprises, obs_conf (F free, C withheld).

        One row for each month in which a component has a value, in full precision; a withheld one is empty.
        """
        parts = []
        for name in self.components:
            level = self.published(name)
            frame = pd.DataFrame({"period": list(self.months), "family": FAMILY, "component": name, "index": level})
            for column, lag in (("mom_pct", 1), ("yoy_pct", 12)):
                rate = np.full(len(level), np.nan)
                rate[lag:] = 100.0 * (level[lag:] / level[:-lag] - 1.0)
                frame[column] = rate
            frame["n_enterprises"] = self.firms[name]
            frame["obs_conf"] = np.where(self.withheld[name], "C", "F")
            parts.append(frame[~np.isnan(self.levels[name])])
        return pd.concat(parts, ignore_index=True)[list(COLUMNS)]

    def measures_frame(self) -> pd.DataFrame:
        """Return what stands behind efficiency and confidence, one column each: for the index team, not published."""
        return pd.DataFrame(self.measures, index=pd.Index(self.months, name="period"))

    def summary(self) -> pd.DataFrame:
        """Return the last value of each component: names, weight, base, period, index, rates, enterprises."""
        frame = self.to_frame()
        last = frame.groupby("component", sort=False).tail(1).reset_index(drop=True)
        words = pd.DataFrame(
            {
                "name_zh": [NAMES[c][0] for c in last["component"]],
                "name_en": [NAMES[c][1] for c in last["component"]],
                "weight": [self.weights.get(c, np.nan) for c in last["component"]],
                "base_period": [self.bases[c] for c in last["component"]],
            }
        )
        return pd.concat([last[["component"]], words, last[["period", *COLUMNS[3:]]]], axis=1)

    def __repr__(self) -> str:
        return f"ProsperityIndex: {', '.join(self.components)}, {self.months[0]} to {self.months[-1]}"

    def _repr_html_(self) -> str:
        absent = [f"{NAMES[c][0]} {NAMES[c][1]}" for c in (*DIMENSIONS, TOTAL) if c not in self.levels]
        missing = f"<p>缺少 absent: {escape(', '.join(absent))}</p>" if absent else ""
        title = f"景气指数 Prosperity index {self.months[0]} – {self.months[-1]}（基期 base = {self.base_value:g}）"
        note = "<p>权数为示意 weights are illustrative</p>"
        return f"<h4>{escape(title)}</h4>{self.summary().round(2).to_html(index=False)}{missing}{note}"

    def plot(self, ax: Any = None) -> Any:
        """Plot every component; returns the matplotlib axes."""
        from shuibei_index.prosperity.picture import draw

        return draw(self, ax)
