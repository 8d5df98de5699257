"""The result of the adjust stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shuibei_index.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Component → X-13's table. factor = seasonal and calendar together: original = SA × factor (or SA + factor).
COMPONENTS = {"SA": "d11", "TREND": "d12", "seasonal": "d10", "irregular": "d13", "factor": "d16", "calendar": "d18"}
PUBLISHED = ("SA", "TREND")
_SUMMARY = ["series", "status", "verdict", "verdict_en", "verdict_zh", "model", "outliers", "m7", "q", "cny_p"]
_LABELS = {
    "en": ("original", "seasonally adjusted", "trend", "seasonal and calendar factor"),
    "zh": ("原序列", "季节调整后", "趋势", "季节与春节因子"),
}
# The Chinese font that comes with the package; the machine may have none.
_FONTS = Path(__file__).parents[1] / "release" / "fonts"


@dataclass(frozen=True, eq=False, repr=False)
class Adjustment:
    """Seasonally adjusted series, and how they came about.

    Parameters
    ----------
    original
        What was adjusted: months "YYYY-MM" down, one column a series.
    components
        SA, TREND, seasonal, irregular, factor, calendar: frames of the same shape; NaN = not adjusted.
    diagnostics
        One row a series, adjusted or not: status, reason, model, tests, verdict.
    coefficients
        series, group, term, estimate, se, t of every estimated coefficient.
    regressors
        The holiday regressors used, by month.
    requests
        Series → the text X-13 was given.
    engine
        Name, version, build and sha256 of the program.
    rules_digest
        Digest of the rules in force.
    """

    original: pd.DataFrame
    components: dict[str, pd.DataFrame]
    diagnostics: pd.DataFrame
    coefficients: pd.DataFrame
    regressors: pd.DataFrame
    requests: dict[str, str]
    engine: dict[str, str]
    rules_digest: str = field(default="")

    def __repr__(self) -> str:
        counted = self.diagnostics["status"].value_counts().to_dict()
        done = ", ".join(f"{n} {status}" for status, n in counted.items())
        return f"Adjustment of {len(self.diagnostics)} series by {self.engine.get('name', '')}: {done}"

    def to_frame(self) -> pd.DataFrame:
        """Return what is published: period, series, adjustment ("SA" or "TREND"), value; only what was adjusted."""
        names, months = list(self.original.columns), self.original.index.to_numpy()
        shape = (len(names), len(PUBLISHED), len(months))
        value = np.stack([self.components[kind].to_numpy().T for kind in PUBLISHED], axis=1)
        series, kind, month = np.indices(shape).reshape(3, -1)
        frame = pd.DataFrame(
            {
                "period": months[month],
                "series": np.array(names, dtype=object)[series],
                "adjustment": np.array(PUBLISHED, dtype=object)[kind],
                "value": value.ravel(),
            }
        )
        return frame[frame["value"].notna()].reset_index(drop=True)

    def decomposition(self, series: str) -> pd.DataFrame:
        """Return everything about one series by month: original, SA, TREND, seasonal, irregular, factor, calendar.

        Raises
        ------
        UsageError
            There is no such series.
        """
        self._known(series)
        parts = {"original": self.original[series]} | {name: self.components[name][series] for name in COMPONENTS}
        return pd.DataFrame(parts).rename_axis("period")

    def status(self, series: str) -> str:
        """Return "adjusted", "refused" or "fallback"."""
        self._known(series)
        return self._told(series, "status")

    def summary(self) -> pd.DataFrame:
        """Return the main columns of the diagnostics, with the reason of a refusal in place of a verdict."""
        table = self.diagnostics[_SUMMARY].copy()
        refused = (self.diagnostics["status"] == "refused").to_numpy()
        for language in ("en", "zh"):
            column = f"verdict_{language}"
            table[column] = table[column].mask(refused, self.diagnostics[f"reason_{language}"])
        return table

    def plot(self, series: str, *, language: str = "en") -> Figure:
        """Draw original, adjusted series, trend and factor of one series.

        Parameters
        ----------
        series
            Its name.
        language
            Language of the labels: "en" or "zh".

        Raises
        ------
        UsageError
            There is no such series, it was not adjusted, or the language is another.
        """
        if language not in _LABELS:
            raise UsageError(f"language is {language!r}; expected one of {', '.join(_LABELS)}")
        if self.status(series) == "refused":
            raise UsageError(f"nothing to draw, the series was refused: {self._told(series, f'reason_{language}')}")
        from matplotlib.figure import Figure
        from matplotlib.font_manager import FontProperties

        original, adjusted, trend, factor = _LABELS[language]
        table = self.decomposition(series).dropna(subset=["SA"])
        when = pd.PeriodIndex(table.index, freq="M").to_timestamp().to_numpy()
        font = FontProperties(fname=str(next(_FONTS.glob("*.otf"))))
        figure = Figure(figsize=(9, 6), layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        upper.plot(when, table["original"], color="0.6", linewidth=1, label=original)
        upper.plot(when, table["SA"], color="tab:red", linewidth=1.3, label=adjusted)
        upper.plot(when, table["TREND"], color="tab:blue", linewidth=1.3, linestyle="--", label=trend)
        upper.set_title(series, fontproperties=font, fontsize=12)
        upper.legend(frameon=False, prop=font)
        lower.plot(when, table["factor"], color="tab:green", linewidth=1, label=factor)
        lower.legend(frameon=False, prop=font)
        return figure

    def _repr_html_(self) -> str:
        program = " ".join(self.engine[key] for key in ("name", "version", "build") if self.engine.get(key))
        counts = self.diagnostics["status"].value_counts()
        told = ", ".join(f"{counts[name]} {name}" for name in ("adjusted", "fallback", "refused") if name in counts)
        return f"<h4>季节调整 Seasonal adjustment: {program}; {told}</h4>" + self.summary().to_html(index=False)

    def _known(self, series: str) -> None:
        if series not in self.original.columns:
            raise UsageError(f"no series {series!r}{did_you_mean(series, map(str, self.original.columns))}")

    def _told(self, series: str, column: str) -> str:
        return str(self.diagnostics.set_index("series")[column].loc[series])
