"""Pictures of one adjusted series: each a function from a report (or its evidence) to a figure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from shuibei_index.adjust import periods
from shuibei_index.adjust.quality.drawing import (
    CARD,
    GREY,
    GRID,
    MAIN,
    MUTED,
    SECOND,
    THIRD,
    caption,
    finish,
    legend,
    panels,
    title,
    years,
)
from shuibei_index.adjust.quality.evidence import Evidence, spectra
from shuibei_index.adjust.quality.picture_words import NAMES, WORDS
from shuibei_index.adjust.quality.seasonality_tests import Array, autocorrelations, partial_autocorrelations
from shuibei_index.adjust.quality.spectrum import marked
from shuibei_index.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from shuibei_index.adjust.quality.report import QualityReport


def series_picture(found: Evidence, language: str = "en") -> Figure:
    """Draw the original, the adjusted series and the trend."""
    words = WORDS[language]
    figure, (axes,) = panels([1.95], legend=1)
    t = np.arange(len(found.labels))
    (one,) = axes.plot(t, found.tables["a1"], color=GREY, linewidth=0.9, label=words["original"])
    (two,) = axes.plot(t, found.tables["d11"], color=SECOND, linewidth=1.3, label=words["adjusted"])
    (three,) = axes.plot(
        t, found.tables["d12"], color=MAIN, linewidth=1.3, linestyle=(0, (4, 1.5)), label=words["trend"]
    )
    years(axes, found.labels)
    return _done(figure, [axes], found, "series", language, [one, two, three], 3)


def si_picture(found: Evidence, language: str = "en") -> Figure:
    """Draw the SI ratios of every month beside each other, the factors through them, replaced extremes marked.

    Raises
    ------
    UsageError
        The adjustment has no SI ratios (table D8).
    """
    _need(found, "d8", "d10")
    words = WORDS[language]
    figure, (axes,) = panels([2.0], legend=2)
    si, seasonal = found.tables["d8"], found.tables["d10"]
    if found.mode == "logadd":
        si = np.exp(si)
    other = found.tables.get("d9")
    extreme = np.zeros(len(si), dtype=bool) if other is None else np.isfinite(other) & (other != -999)
    for month, x in _slots(found):
        at = x >= 0
        normal, out = at & ~extreme, at & extreme
        axes.plot(x[normal], si[normal], "o", color=GREY, markersize=2.2, markeredgewidth=0)
        axes.plot(x[out], si[out], "x", color=SECOND, markersize=3.6, markeredgewidth=0.9)
        if other is not None:
            shown = np.exp(other) if found.mode == "logadd" else other
            axes.plot(x[out], shown[out], "o", color=CARD, markeredgecolor=SECOND, markersize=3, markeredgewidth=0.8)
        axes.plot(x[at], seasonal[at], color=MAIN, linewidth=1.2)
        _mean(axes, month, seasonal[at])
    _month_axis(axes, found.period)
    handles = [
        Line2D([], [], color=MAIN, linewidth=1.2, label=words["factor"]),
        Line2D([], [], color=GREY, marker="o", markersize=3, linestyle="", label=words["si"]),
        Line2D([], [], color=SECOND, marker="x", markersize=4, linestyle="", label=words["extreme"]),
        Line2D(
            [],
            [],
            color=CARD,
            markeredgecolor=SECOND,
            marker="o",
            markersize=3.5,
            linestyle="",
            label=words["replaced"],
        ),
    ]
    return _done(figure, [axes], found, "si_ratios", language, handles, 2)


def month_picture(found: Evidence, language: str = "en") -> Figure:
    """Draw the seasonal factors of every month over the years, with their mean."""
    words = WORDS[language]
    figure, (axes,) = panels([2.0], legend=1)
    seasonal = found.tables["d10"]
    for month, x in _slots(found):
        at = x >= 0
        axes.plot(x[at], seasonal[at], color=MAIN, linewidth=1.3, marker="o", markersize=1.8)
        _mean(axes, month, seasonal[at])
    _month_axis(axes, found.period)
    handles = [
        Line2D([], [], color=MAIN, linewidth=1.3, marker="o", markersize=2.5, label=words["factor"]),
        Line2D([], [], color=MUTED, linewidth=0.8, label=words["mean"]),
    ]
    return _done(figure, [axes], found, "month_plot", language, handles, 2)


def factors_picture(found: Evidence, language: str = "en") -> Figure:
    """Draw seasonal, calendar and combined factors over time; without calendar effects, the first alone."""
    words = WORDS[language]
    parts = [("seasonal", "d10", MAIN)]
    if found.has("d16") and np.abs(found.tables["d16"] - found.tables["d10"]).max() > 1e-12:
        way = found.tables["d16"] - found.tables["d10"] if found.additive else found.tables["d16"] / found.tables["d10"]
        parts += [("calendar", "", SECOND), ("combined", "d16", THIRD)]
    figure, axes = panels([0.95] * len(parts) if len(parts) > 1 else [1.9], captions=True)
    t = np.arange(len(found.labels))
    for k, (one, (name, code, colour)) in enumerate(zip(axes, parts, strict=True)):
        one.axhline(found.neutral, color=MUTED, linewidth=0.7)
        one.plot(t, found.tables[code] if code else way, color=colour, linewidth=1.0)
        years(one, found.labels, show=k == len(parts) - 1)
        caption(one, words[name])
    return _done(figure, axes, found, "factors", language, [], 0)


def residuals_picture(found: Evidence, language: str = "en") -> Figure:
    """Draw autocorrelations and partial autocorrelations of the model's residuals with their 95 % limits.

    Raises
    ------
    UsageError
        The adjustment has no model (table rsd).
    """
    residuals = found.residuals()
    if residuals is None:
        raise UsageError(f"series {found.series!r} has no model, so no residuals", zh="没有模型残差可画")
    words, lags = WORDS[language], min(3 * found.period, len(residuals) // 3)
    figure, axes = panels([1.1, 1.1], captions=True)
    limit = 1.96 / np.sqrt(len(residuals))
    for one, name, values in (
        (axes[0], "acf", autocorrelations(residuals, lags)[:, 0]),
        (axes[1], "pacf", partial_autocorrelations(residuals, lags)[:, 0]),
    ):
        at = np.arange(1, lags + 1)
        one.axhspan(-limit, limit, color=GRID, alpha=0.6, linewidth=0)
        one.axhline(0.0, color=MUTED, linewidth=0.8)
        over = np.abs(values) > limit
        one.bar(at[~over], values[~over], 0.5, color=MAIN, linewidth=0)
        one.bar(at[over], values[over], 0.5, color=SECOND, linewidth=0)
        reach = max(0.3, 1.15 * float(np.abs(values).max()))
        one.set_ylim(-reach, reach)
        one.set_xlim(0.2, lags + 0.8)
        one.set_xticks(np.arange(found.period, lags + 1, found.period) if lags >= found.period else [])
        caption(one, f"{words[name]}（{words['band']}）" if language == "zh" else f"{words[name]}, {words['band']}")
    return _done(figure, axes, found, "residuals", language, [], 0)


def spectrum_picture(found: Evidence, language: str = "en", stars: float = 6.0) -> Figure:
    """Draw the spectra of original, residuals and adjusted series with seasonal and trading-day frequencies marked.

    Peaks of at least `stars` 52nds of the range, above the median, are marked by a dot; a report gives the rule's.

    Raises
    ------
    UsageError
        The series is too short for a spectrum.
    """
    words, known = WORDS[language], spectra(found)
    shown = [name for name in ("original", "residuals", "adjusted") if name in known]
    if not shown:
        raise UsageError(f"series {found.series!r} is too short for a spectrum", zh="序列太短，不能计算谱")
    figure, axes = panels([1.05] * len(shown), legend=2 if found.period == 12 else 1, captions=True)
    for one, name in zip(axes, shown, strict=True):
        spectrum = known[name]
        for mark, frequency in marked(found.period).items():
            trading = mark.startswith("t")
            one.axvline(frequency, color=SECOND if trading else GREY, linewidth=0.8, linestyle=":" if trading else "-")
        one.plot(spectrum.frequencies, spectrum.decibels, color=MAIN, linewidth=1.2)
        high = [*spectrum.significant("s", stars), *spectrum.significant("t", stars)]
        tops = [float(np.interp(p.frequency, spectrum.frequencies, spectrum.decibels)) for p in high]
        one.plot([p.frequency for p in high], tops, "o", color=SECOND, markersize=4)
        one.set_xlim(0.0, 0.5)
        ticks = np.arange(1, found.period // 2 + 1) / found.period
        last = one is axes[-1]
        one.set_xticks(ticks, [f"{k}/{found.period}" for k in range(1, len(ticks) + 1)] if last else [])
        caption(one, words[name][0].upper() + words[name][1:])
    handles = [Line2D([], [], color=GREY, linewidth=0.8, label=words["seasonal_f"])]
    if found.period == 12:
        handles.append(Line2D([], [], color=SECOND, linewidth=0.8, linestyle=":", label=words["trading"]))
    handles.append(Line2D([], [], color=SECOND, marker="o", markersize=4, linestyle="", label=words["peak"]))
    return _done(figure, axes, found, "spectrum", language, handles, 2)


def revisions_picture(found: Evidence, language: str = "en", history: pd.DataFrame | None = None) -> Figure:
    """Draw each period's first estimate beside the final one, and the revision below.

    Parameters
    ----------
    found
        The series.
    language
        "zh" or "en".
    history : DataFrame, optional
        Index periods, columns "first" and "final". Default: X-13's revision history, if it was run.

    Raises
    ------
    UsageError
        There is no history, or it lacks a column.
    """
    table = revision_history(found) if history is None else history
    if table is None or not {"first", "final"} <= set(table.columns):
        raise UsageError(
            f"series {found.series!r} has no revision history; ask for extended=True or pass columns 'first', 'final'",
            zh=f"序列“{found.series}”没有修订历史；请用 extended=True，或给出 first、final 两列",
        )
    words = WORDS[language]
    figure, (upper, lower) = panels([1.45, 0.85], legend=1)
    labels, t = [str(label) for label in table.index], np.arange(len(table))
    first, final = table["first"].to_numpy(dtype=np.float64), table["final"].to_numpy(dtype=np.float64)
    (one,) = upper.plot(t, first, "o", color=SECOND, markersize=2.6, markeredgewidth=0, label=words["first"])
    (two,) = upper.plot(t, final, color=MAIN, linewidth=1.2, label=words["final"])
    change = final - first if found.additive else 100 * (final / first - 1)
    lower.bar(t, change, 0.7, color=GREY, linewidth=0)
    lower.axhline(0.0, color=MUTED, linewidth=0.8)
    years(upper, labels, show=False)
    years(lower, labels)
    caption(lower, words["revision_units" if found.additive else "revision"])
    return _done(figure, [upper, lower], found, "revisions", language, [one, two], 2)


def revision_history(found: Evidence) -> pd.DataFrame | None:
    """Return first and final estimates of the adjusted series by period, from X-13's history; None without one."""
    table = found.tables.get("sae")
    if table is None or not len(table):
        return None
    stamps = [f"{int(stamp):06d}" for stamp in table[:, 0]]
    first = f"{stamps[0][:4]}-Q{int(stamps[0][4:])}" if found.period == 4 else f"{stamps[0][:4]}-{stamps[0][4:]}"
    labels = periods.between(first, periods.shift(first, len(table) - 1))
    return pd.DataFrame({"first": table[:, 1], "final": table[:, 2]}, index=pd.Index(labels, name="period"))


PICTURES: dict[str, Callable[[Evidence, str], Figure]] = {
    "series": series_picture,
    "si_ratios": si_picture,
    "month_plot": month_picture,
    "factors": factors_picture,
    "residuals": residuals_picture,
    "spectrum": spectrum_picture,
    "revisions": revisions_picture,
}


def draw(report: QualityReport, language: str) -> dict[str, Figure]:
    """Draw every picture the report has tables for."""
    found = report.evidence
    if found is None:
        return {}
    ready = {
        "si_ratios": found.has("d8"),
        "residuals": found.residuals() is not None,
        "spectrum": bool(spectra(found)),
        "revisions": revision_history(found) is not None,
    }
    shown = {name: picture for name, picture in PICTURES.items() if ready.get(name, True)}
    if "spectrum" in shown and report.limits is not None:
        shown["spectrum"] = partial(spectrum_picture, stars=report.limits.stars)
    return {name: picture(found, language) for name, picture in shown.items()}


def _need(found: Evidence, *codes: str) -> None:
    missing = [code for code in codes if code not in found.tables]
    if missing:
        told = ", ".join(missing)
        raise UsageError(f"series {found.series!r} has no table {told}", zh=f"序列“{found.series}”没有表 {told}")


def _slots(found: Evidence) -> list[tuple[int, Array]]:
    """Return, for each month, where its years lie on the axis; below zero for the other months' values."""
    place = (np.arange(len(found.labels)) + found.start - 1) % found.period
    year = (np.arange(len(found.labels)) + found.start - 1) // found.period
    inside = 0.12 + 0.76 * year / max(1, int(year.max()))
    return [(month, np.where(place == month, month + inside, -1.0)) for month in range(found.period)]


def _mean(axes: Axes, month: int, values: Array) -> None:
    if len(values):
        axes.hlines(values.mean(), month + 0.06, month + 0.94, color=MUTED, linewidth=0.8)


def _month_axis(axes: Axes, period: int) -> None:
    axes.set_xlim(0, period)
    for edge in range(1, period):
        axes.axvline(edge, color=GRID, linewidth=0.6)
    names = [f"Q{k}" for k in range(1, 5)] if period == 4 else [str(k) for k in range(1, 13)]
    axes.set_xticks(np.arange(period) + 0.5, names)


def _done(
    figure: Figure, axes: list[Axes], found: Evidence, name: str, language: str, handles: list[Line2D], columns: int
) -> Figure:
    finish(axes)
    title(figure, f"{found.series}{'：' if language == 'zh' else ': '}{NAMES[language][name]}")
    if handles:
        legend(figure, handles, columns=columns)
    return figure
