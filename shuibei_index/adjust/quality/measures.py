"""The value of every measure of the quality report for one series: the engine's own figure, or computed here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from shuibei_index.adjust.quality.catalogue import WORDS
from shuibei_index.adjust.quality.evidence import RECENT_YEARS, Evidence, spectra
from shuibei_index.adjust.quality.limits import Limits
from shuibei_index.adjust.quality.mstatistics import NAMES, m_statistics
from shuibei_index.adjust.quality.seasonality_tests import (
    Outcome,
    combined_test,
    kruskal_wallis,
    ljung_box,
    moving_seasonality,
    qs,
    residual_seasonality,
    stable_seasonality,
)
from shuibei_index.adjust.wording import Text
from shuibei_index.errors import ShapeError

RESIDUAL_YEARS = 3
LAG_YEARS = 2
NAN = math.nan
_COMBINED = {"yes": 0.0, "probably": 1.0, "no": 2.0}


class Value(NamedTuple):
    """A measure's value: the number that is rated, a text beside it, and why there is none ("" if there is one)."""

    number: float
    note: Text = Text("", "")
    absent: str = ""


def measure(found: Evidence, limits: Limits) -> dict[str, Value]:
    """Return the value of every measure, in the order of the catalogue's groups.

    Parameters
    ----------
    found
        What is known about the series.
    limits
        The limits in force.
    """
    values: dict[str, Value] = {}
    for part in (_data, _model, _tests, _decomposition, _spectra, _stability):
        values.update(part(found, limits))
    return values


def _number(value: float, note: str = "") -> Value:
    return Value(value, Text(note, note), "" if not math.isnan(value) else "absent")


def _words(zh: str, en: str) -> Value:
    return Value(NAN, Text(zh, en), "" if en else "absent")


def _data(found: Evidence, _limits: Limits) -> Iterator[tuple[str, Value]]:
    yield "length", _number(len(found.tables["a1"]) / found.period)
    logs = str(found.row.get("transform", "")) == "log"
    modes = {
        "mult": ("乘法", "multiplicative"),
        "add": ("加法", "additive"),
        "logadd": ("对数加法", "log-additive"),
        "pseudoadd": ("伪加法", "pseudo-additive"),
    }[found.mode]
    yield (
        "transform",
        _words(("取对数，" if logs else "不取对数，") + modes[0], ("logs, " if logs else "no logs, ") + modes[1]),
    )
    seasonal, trend = found.udg.get("sfmsr", ""), found.udg.get("finaltrendma", "")
    chosen = found.udg.get("seasonalma", "").split()
    seasonal = seasonal or (chosen[0].lower() if len(set(chosen)) == 1 and chosen[0] != "MSR" else "")
    told = [part for part in (seasonal, f"Henderson {trend}" if trend else "") if part]
    yield "filters", _words("，".join(told), ", ".join(told))
    spec = found.specification
    festival = spec.festival if spec is not None and found.row.get("step") != "x11" else None
    yield (
        "windows",
        _words("/".join(map(str, festival)), "/".join(map(str, festival))) if festival else _words("无", "none"),
    )


def _model(found: Evidence, _limits: Limits) -> Iterator[tuple[str, Value]]:
    has = bool(found.udg.get("arimamdl")) and found.row.get("step") != "x11"
    missing = Value(NAN, absent="not_applicable")
    model = str(found.row.get("model", ""))
    yield "model", _words(model, model) if model else missing
    yield "aicc", _number(found.number("aicc")) if has else missing
    yield "holiday", _holiday(found)
    chi = found.number("ftest$Trading Day", 3)
    one = found.number("ftest$1-Coefficient Trading Day", 3)
    day = one if math.isnan(chi) else chi
    yield "trading_day", _number(day) if not math.isnan(day) else missing
    yield "outliers", _outliers(found) if has else missing
    residuals = found.residuals()
    if residuals is not None and has:
        parameters = int(np.nan_to_num(found.number("nmodel")))
        lags = min(LAG_YEARS * found.period, len(residuals) // 2)
        test = ljung_box(residuals, lags=lags, parameters=parameters)
        yield "ljung_box", _number(float(test.p), f"Q({lags}) = {float(test.statistic):.1f}")
        z = residuals - residuals.mean()
        spread = float(np.mean(z**2))
        skew, tail = float(np.mean(z**3)) / spread**1.5, float(np.mean(z**4)) / spread**2
        bera = len(z) / 6 * (skew**2 + (tail - 3) ** 2 / 4)
        yield "normality", _number(math.exp(-bera / 2), f"JB = {bera:.1f}")
        yield "skewness", _number(skew)
        yield "kurtosis", _number(tail)
    else:
        for name in ("ljung_box", "normality", "skewness", "kurtosis"):
            yield name, Value(NAN, absent="absent") if has else missing
    yield "forecast_error", _number(found.number("aape.0")) if has else missing
    yield "forecast_error_out", _out_of_sample(found) if has else missing


def _out_of_sample(found: Evidence) -> Value:
    """Return the mean absolute percentage error one step ahead, from the history of forecasts (table fce)."""
    if "fce" not in found.tables:
        return Value(NAN, absent="absent" if found.ran("history") else "not_asked")
    # X-13 saves the sum of squared errors up to each month.
    squares = np.diff(found.tables["fce"][:, 1], prepend=0.0)[-RESIDUAL_YEARS * found.period :]
    actual = found.tables["a1"][-len(squares) :]
    share = np.sqrt(np.maximum(squares, 0.0)) / np.abs(actual)
    return _number(float(100 * np.nanmean(share)))


def _holiday(found: Evidence) -> Value:
    p = found.number("chi$User-defined Holiday", 2)
    own = found.coefficients[found.coefficients["group"].str.startswith("User-defined Holiday")]
    if math.isnan(p) and len(own) == 1:
        p = math.erfc(abs(float(own["t"].iloc[0])) / math.sqrt(2))
    note = ", ".join(f"{term} t = {t:.1f}" for term, t in zip(own["term"], own["t"], strict=True))
    return _number(p, note) if len(own) and not math.isnan(p) else Value(NAN, absent="not_applicable")


def _outliers(found: Evidence) -> Value:
    own = outlier_rows(found)
    note = ", ".join(f"{term} (t = {t:.1f})" for term, t in own)
    return Value(100.0 * len(own) / len(found.tables["a1"]), Text(note, note))


def outlier_rows(found: Evidence) -> list[tuple[str, float]]:
    """Return every automatically found outlier as (type and date, t)."""
    table = found.coefficients
    own = table[table["group"] == "AutoOutlier"]
    return list(zip(own["term"].astype(str), own["t"].astype(float), strict=True))


def _p(found: Evidence, key: str, own: Callable[[], Outcome], percent: bool = False, sign: str = "F") -> Value:
    """Return X-13's test of that key, or our own of the tables."""
    statistic, p = found.number(key, 0), found.number(key, 1) / (100.0 if percent else 1.0)
    if math.isnan(p):
        try:
            test = own()
        except (KeyError, ShapeError):  # the engine has no such table, or too few years of it
            return Value(NAN, absent="absent")
        statistic, p = float(test.statistic), float(test.p)
    return _number(p, f"{sign} = {statistic:.2f}")


def _tests(found: Evidence, limits: Limits) -> Iterator[tuple[str, Value]]:
    tables, start, period = found.tables, found.start, found.period
    neutral = 0.0 if found.mode in ("add", "logadd") else 1.0

    def stable() -> Outcome:
        return stable_seasonality(tables["d8"], start=start, period=period)

    def kruskal() -> Outcome:
        return kruskal_wallis(tables["d8"], start=start, period=period)

    def moving() -> Outcome:
        return moving_seasonality(tables["d8"], start=start, period=period, neutral=neutral)

    seats = found.udg.get("f2.fsd8") is None and "d8" not in tables
    absent = Value(NAN, absent="not_applicable" if seats and found.row.get("engine") == "x13" else "absent")
    f, k, m = (
        _p(found, "f2.fsd8", stable, percent=True),
        _p(found, "f2.kw", kruskal, percent=True, sign="χ²"),
        _p(found, "f2.msf", moving, percent=True),
    )
    for name, value in (("f_stable", f), ("kruskal", k), ("f_moving", m)):
        yield name, absent if value.absent else value
    word = found.udg.get("f2.idseasonal", "").split(" ")[0]
    if not word and "d8" in tables:
        word = str(combined_test(stable(), moving(), kruskal(), limits.combined)[0])
    yield "combined", Value(_COMBINED[word], WORDS[word]) if word in _COMBINED else absent
    times = _differences(found)
    yield "qs_original", _qs(found, "qsori", "a1", times, None, None)
    yield "qs_original_8y", _qs(found, "qssori", "a1", times, RECENT_YEARS, None)
    yield "qs_prior", _qs(found, "qsorievadj", "b1" if "b1" in tables else "a1", times, None, None)
    yield "qs_adjusted", _qs(found, "qssadj", "d11", times, None, None)
    yield "qs_adjusted_8y", _qs(found, "qsssadj", "d11", times, RECENT_YEARS, None)
    yield "qs_irregular", _qs(found, "qsirr", "d13", 0, None, found.neutral)
    yield "qs_irregular_8y", _qs(found, "qssirr", "d13", 0, RECENT_YEARS, found.neutral)
    residual = found.number("qsrsd", 1)
    has = "rsd" in tables
    yield (
        "qs_residuals",
        _qs(found, "qsrsd", "rsd", 0, None, 0.0)
        if has or not math.isnan(residual)
        else Value(NAN, absent="not_applicable"),
    )
    yield (
        "f_residual",
        _p(found, "d11.f", lambda: residual_seasonality(tables["d11"], start=start, period=period), percent=True),
    )
    yield (
        "f_residual_3y",
        _p(
            found,
            "d11.3y.f",
            lambda: residual_seasonality(tables["d11"], start=start, period=period, years=RESIDUAL_YEARS),
            percent=True,
        ),
    )


def _differences(found: Evidence) -> int:
    """Return how often X-13 differences a series before QS: as often as its model does in all, once without one."""
    regular, seasonal = found.number("nonseasonaldiff"), found.number("seasonaldiff")
    if math.isnan(regular):
        # The airline model, the only one of the other engines, differences twice.
        return 2 if found.udg.get("arimamdl") else 1
    return max(1, int(regular + np.nan_to_num(seasonal)))


def _qs(found: Evidence, key: str, table: str, differences: int, years: int | None, centre: float | None) -> Value:
    def own() -> Outcome:
        values = found.tables[table]
        if years is not None and len(values) < years * found.period:
            raise ShapeError(f"fewer than {years} years")
        return qs(values, period=found.period, differences=differences, years=years, centre=centre)

    value = _p(found, key, own, sign="QS")
    short = years is not None and len(found.tables["a1"]) < years * found.period
    return Value(NAN, absent="not_applicable") if value.absent and short else value


def _decomposition(found: Evidence, _limits: Limits) -> Iterator[tuple[str, Value]]:
    told = {name: found.number(f"f3.{name}") for name in (*NAMES, "q", "qm2")}
    if math.isnan(told["q"]) and found.has("d1", "d8", "e1", "e3") and found.mode != "pseudoadd":
        used = "s" + found.udg.get("sfmsr", "3x5")
        own = m_statistics(found.tables, start=found.start, period=found.period, mode=found.mode, seasonal_filter=used)
        told = {name: float(own[name]) for name in told}
    # M statistics are of X-11 tables; SEATS, STL and series under six years lack all or some.
    seats = found.row.get("engine") == "x13" and math.isnan(told["q"])
    for name, value in told.items():
        short = name in NAMES[7:] and not math.isnan(told["q"])
        yield (
            name,
            Value(value, absent="" if not math.isnan(value) else "not_applicable" if seats or short else "absent"),
        )


def _spectra(found: Evidence, limits: Limits) -> Iterator[tuple[str, Value]]:
    known = spectra(found)
    for of in ("residuals", "adjusted", "irregular", "original"):
        kinds = (("s", "peaks"), ("t", "trading_peaks")) if of != "original" else (("s", "peaks"),)
        for kind, name in kinds:
            if of not in known or (kind == "t" and found.period != 12):
                none = "not_applicable" if of == "residuals" or kind == "t" else "absent"
                yield f"{name}_{of}", Value(NAN, absent=none)
                continue
            high = known[of].significant(kind, limits.stars)
            note = ", ".join(f"{found.period * p.frequency:.3g}" for p in high)
            told = Text(f"每年 {note} 次" if high else "", f"{note} cycles a year" if high else "")
            yield f"{name}_{of}", Value(float(len(high)), told)


def _stability(found: Evidence, _limits: Limits) -> Iterator[tuple[str, Value]]:
    asked = found.ran("sspans")
    for name, key in (("sliding_factors", "s2.a.per"), ("sliding_changes", "s2.d.per")):
        yield name, _asked(found.number(key, 2), asked)
    asked = found.ran("history")
    moved = np.diff(found.tables["d11"])
    typical = float(np.mean(np.abs(moved if found.additive else 100 * moved / found.tables["d11"][:-1])))
    for name, key in (("history_level", "r01.lag00.aar.all"), ("history_change", "r02.lag00.aar.all")):
        revision = found.number(key)
        unit = "" if found.additive else " %"
        note = Text(f"平均 {revision:.3g}{unit}", f"mean {revision:.3g}{unit}")
        yield name, Value(revision / typical, note) if not math.isnan(revision) else _asked(NAN, asked)


def _asked(value: float, asked: bool) -> Value:
    return Value(value) if not math.isnan(value) else Value(NAN, absent="failed" if asked else "not_asked")
