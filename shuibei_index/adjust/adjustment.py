"""The result of the adjust stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.adjust import periods
from shuibei_index.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from shuibei_index.adjust.quality.report import QualityReport
    from shuibei_index.adjust.specification.fields import Specification

# Component → X-13's table. factor = seasonal and calendar together: original = SA × factor (or SA + factor).
COMPONENTS = {"SA": "d11", "TREND": "d12", "seasonal": "d10", "irregular": "d13", "factor": "d16", "calendar": "d18"}
SEATS_COMPONENTS = {
    "SA": "s11", "TREND": "s12", "seasonal": "s10", "irregular": "s13", "factor": "s16", "calendar": "s18",
}  # fmt: skip
_FACTORS = ("seasonal", "factor", "calendar")
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
        The holiday regressors used, by month (where series use different ones, those of most series; see `given`).
    requests
        Series → the text X-13 was given.
    engine
        Name, version, build and sha256 of the program.
    rules_digest
        Digest of the rules in force.
    tables
        Series → X-13's code → values over the series' own periods; "d10", "d16", "d18" (s10, s16, s18) without the
        forecast months, which stand in `projected`; "fct" has a row (forecast, lower, upper) for each forecast month.
    udg
        Series → X-13's diagnostics, key → text.
    specifications
        Series → the specification it was run with, as far as it could be run.
    attempts
        Series → (step, failure) of everything that was tried before.
    logs
        Series → what X-13 printed and wrote as messages.
    projected
        Series → table → values of the forecast months (factors carried forward).
    spans
        Series → first and last period of the tables.
    period
        Periods a year: 12 or 4.
    given
        Series → every regressor X-13 was given, holidays and the caller's, forecast periods included.
    headers
        Series → table with dates of its own (fct, sfs, sae, sp0, …) → names of its columns.
    """

    original: pd.DataFrame
    components: dict[str, pd.DataFrame]
    diagnostics: pd.DataFrame
    coefficients: pd.DataFrame
    regressors: pd.DataFrame
    requests: dict[str, str]
    engine: dict[str, str]
    rules_digest: str = field(default="")
    tables: Mapping[str, Mapping[str, npt.NDArray[np.float64]]] = field(default_factory=dict)
    udg: dict[str, dict[str, str]] = field(default_factory=dict)
    specifications: dict[str, Specification] = field(default_factory=dict)
    attempts: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    projected: Mapping[str, Mapping[str, npt.NDArray[np.float64]]] = field(default_factory=dict)
    spans: dict[str, tuple[str, str]] = field(default_factory=dict)
    period: int = 12
    given: dict[str, pd.DataFrame] = field(default_factory=dict)
    headers: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)

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

    def table(self, code: str) -> pd.DataFrame:
        """Return one of X-13's tables of every series that has it: periods down, one column a series.

        Parameters
        ----------
        code
            X-13's code, e.g. "d10", "c17", "e2", "rsd"; "fct" gives the forecasts. Tables of several columns (sliding
            spans "sfs", history "sae", spectrum "sp0", …) have the columns (series, name).

        Raises
        ------
        UsageError
            No series has the table.
        """
        own = {name: found[code] for name, found in self.tables.items() if code in found}
        if not own:
            known = sorted({known for found in self.tables.values() for known in found})
            raise UsageError(
                f"no series has a table {code!r}{did_you_mean(code, known)}; there are: {', '.join(known)}",
                zh=f"没有序列含表 {code}；现有：{'、'.join(known)}",
            )
        if code == "fct":
            return self._joined({name: self._own_rows(name, code).iloc[:, 0] for name in own})
        if any(code in self.headers.get(name, {}) for name in own):
            return pd.concat({name: self._own_rows(name, code) for name in own}, axis=1)
        frames = {name: pd.Series(values, index=self._periods(name)[: len(values)]) for name, values in own.items()}
        return self._joined(frames)

    def projected_factors(self, months: int | None = None, *, component: str = "factor") -> pd.DataFrame:
        """Return the factors carried forward beyond the data: original / factor (or - factor) is next month's SA.

        Parameters
        ----------
        months
            How many periods after each series' last. Default: all X-13 carried, `Specification.forecast_months`.
        component
            "factor" (seasonal and calendar together), "seasonal" or "calendar".

        Raises
        ------
        UsageError
            No such component, or fewer periods were carried than are asked for.
        """
        if component not in _FACTORS:
            raise UsageError(
                f"component is {component!r}; expected one of {', '.join(_FACTORS)}",
                zh=f"component 为 {component!r}，应为 {'、'.join(_FACTORS)} 之一",
            )
        found: dict[str, pd.Series] = {}
        for name, ahead in self.projected.items():
            values = ahead.get(COMPONENTS[component], np.empty(0))
            if months is not None and len(values) < months:
                raise UsageError(
                    f"series {name!r}: factors are carried {len(values)} periods ahead, {months} are asked for; "
                    "adjust with forecast_months as large, and with a model",
                    zh=f"序列“{name}”：因子只延伸 {len(values)} 期，要求 {months} 期；请加大 forecast_months 并用模型",
                )
            values = values[:months]
            first = periods.shift(self.spans[name][1], 1)
            labels = periods.between(first, periods.shift(first, len(values) - 1)) if len(values) else []
            found[name] = pd.Series(values, index=pd.Index(labels, dtype=object))
        return self._joined(found)

    def log(self, series: str) -> str:
        """Return what X-13 said about a series, step by step of the ladder; "" where it was not run."""
        self._known(series)
        return self.logs.get(series, "")

    def export(self, folder: str | Path, *, overwrite: bool = False) -> list[Path]:
        """Write specification, data, regressors and log of every series, for other tools.

        Parameters
        ----------
        folder
            Made if it does not exist.
        overwrite
            Replace files of the same names.

        Returns
        -------
        list of Path
            The files: ``series.csv`` says which number is which series; ``S00000.spc`` runs by itself.

        Raises
        ------
        UsageError
            A file exists and `overwrite` is False: nothing is written.
        """
        from shuibei_index.adjust.exporting import export

        return export(self, Path(folder), overwrite=overwrite)

    def status(self, series: str) -> str:
        """Return "adjusted", "refused" or "fallback"."""
        self._known(series)
        return self._told(series, "status")

    def summary(self) -> pd.DataFrame:
        """Return the main columns of the diagnostics, with the reason of a refusal in place of a verdict."""
        table = self.diagnostics[_SUMMARY].copy()
        refused = ~self.diagnostics["status"].isin(["adjusted", "fallback"]).to_numpy()
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
        if self.components["SA"][series].isna().all():
            raise UsageError(
                f"nothing to draw, the series was not adjusted: {self._told(series, f'reason_{language}')}"
            )
        from matplotlib.figure import Figure
        from matplotlib.font_manager import FontProperties

        original, adjusted, trend, factor = _LABELS[language]
        table = self.decomposition(series).dropna(subset=["SA"])
        months = [periods.months_in(str(label))[0] for label in table.index]
        when = pd.PeriodIndex(months, freq="M").to_timestamp().to_numpy()
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
        told = ", ".join(f"{number} {name}" for name, number in counts.items())
        from shuibei_index.adjust.quality.appendix import rated_summary  # the report reads adjustments

        return f"<h4>季节调整 Seasonal adjustment: {program}; {told}</h4>" + rated_summary(self).to_html(index=False)

    def quality(self, series: str, *, extended: bool = False) -> QualityReport:
        """Return the quality report of one series: measures, limits, rating, pictures.

        Parameters
        ----------
        series
            Its name.
        extended
            Also sliding spans and revision history, for which X-13 runs again.

        Raises
        ------
        UsageError
            There is no such series.
        """
        from shuibei_index.adjust.quality.report import quality_report

        return quality_report(self, series, extended=extended)

    def _periods(self, series: str) -> list[str]:
        return periods.between(*self.spans[series])

    def _own_rows(self, series: str, code: str) -> pd.DataFrame:
        header, values = self.headers[series][code], self.tables[series][code]
        frame = pd.DataFrame(values[:, 1:], columns=list(header[1:]))
        if header[0] != "date":
            return frame.set_axis(pd.RangeIndex(len(frame), name=header[0].lower()))
        stamps = values[:, 0].astype(np.int64)
        numbers = stamps // 100 * self.period + stamps % 100 - 1
        return frame.set_axis([periods.label(int(number), self.period) for number in numbers])

    def _joined(self, columns: Mapping[str, pd.Series]) -> pd.DataFrame:
        frame = pd.DataFrame(dict(columns))
        return frame.sort_index().rename_axis("period")

    def _known(self, series: str) -> None:
        if series not in self.original.columns:
            raise UsageError(f"no series {series!r}{did_you_mean(series, map(str, self.original.columns))}")

    def _told(self, series: str, column: str) -> str:
        return str(self.diagnostics.set_index("series")[column].loc[series])
