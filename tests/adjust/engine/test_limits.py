"""What X-13 aborts on is said before it runs; and X-13 does abort on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust import Specification, default_specification, seasonally_adjust
from shuibei_index.adjust.engine.jobs import Job, run_jobs
from shuibei_index.adjust.engine.limits import beyond_limits, without_information
from shuibei_index.adjust.engine.program import locate
from shuibei_index.adjust.periods import between, shift
from shuibei_index.adjust.specification.request import request_text

PLAIN = replace(default_specification(month="2025-06"), festival=None, outliers=(), missing="estimate")


def _values(count: int, period: int = 12) -> np.ndarray:
    rng = np.random.default_rng(4)
    t = np.arange(count)
    return 100 * np.exp(np.cumsum(rng.normal(0.001, 0.01, count)) + 0.1 * np.sin(2 * np.pi * t / period))


def _said_by_x13(values: np.ndarray, first: str, spec: Specification, period: int = 12) -> str:
    engine = locate()
    assert engine is not None
    coded = np.where(np.isnan(values), -99999.0, values)
    job = Job("S", request_text(spec, "S", "S.dta", (), "", period=period), first, coded)
    return run_jobs([job], engine)["S"].failure


def _gone(values: np.ndarray, *at: int) -> np.ndarray:
    values = values.copy()
    values[list(at)] = np.nan
    return values


def _with(values: np.ndarray, at: int, value: float) -> np.ndarray:
    values = values.copy()
    values[at] = value
    return values


CASES: list[tuple[str, Callable[[], np.ndarray], str, dict[str, object], str, str]] = [
    ("long", lambda: _values(1020), "1900-01", {}, "has 1020 values and with the forecasts spans 86", "Too many obs"),
    ("crash", lambda: _values(960), "1900-01", {}, "at most 900 values", "ended abnormally"),
    ("years", lambda: _values(336, 4), "1900-Q1", {}, "spans 87 years", "exceeds program limit"),
    ("large", lambda: _values(120) * 1e20, "2010-01", {}, "the value of 2010-01, 2010-02", "too large"),
    ("mark", lambda: _with(_values(120), 50, -99999.0), "2010-01", {"transform": "none", "missing": "refuse"},
     "the value of 2014-03 is -99999", ""),
    ("february", lambda: _gone(_values(120), *range(1, 120, 12)), "2010-01", {}, "month 2 of any year", "month are"),
    ("gap, no model", lambda: _gone(_values(120), 7), "2010-01", {"x11_only": True}, "2010-08 missing", "Must specify"),
    ("outlier", lambda: _values(120), "2010-01", {"variables": ("ls2008.Nov",)}, "outlier ls2008.Nov", "Not within"),
    ("shift last", lambda: _values(120), "2010-01", {"variables": ("ls2019.12",)}, "outlier ls2019.12", "Not within"),
    ("search", lambda: _values(120), "2010-01", {"outliers": ("ao",), "outlier_span": ("2030-01", None)}, "2030-01 of"
     " outlier_span", "Span not within"),
    ("model", lambda: _values(120), "2010-01", {"model_span": ("2018-06", None)}, "leaves 6 values", "minimum series"),
    ("trend", lambda: _values(36), "2010-01", {"trend_filter": 101}, "101 terms", "Henderson filter of length 101"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "make", "first", "fields", "says", "aborts"), CASES, ids=[case[0] for case in CASES])
def test_said_beforehand_and_true(
    name: str, make: Callable[[], np.ndarray], first: str, fields: dict[str, object], says: str, aborts: str
) -> None:
    values, spec = make(), replace(PLAIN, **fields)  # type: ignore[arg-type]
    period = 4 if "Q" in first else 12
    labels = between(first, shift(first, len(values) - 1))
    told = beyond_limits("戒指", values, labels, spec, period)
    assert told is not None
    assert says in told.en
    assert told.en.startswith("series '戒指'")
    assert told.zh.startswith("序列“戒指”")
    assert aborts in _said_by_x13(values, first, spec, period)


def test_the_longest_series_is_taken_and_the_message_helps() -> None:
    values = _values(900)
    assert beyond_limits("a", values, between("1900-01", "1974-12"), PLAIN, 12) is None
    assert _said_by_x13(values, "1900-01", PLAIN) == ""
    long = pd.Series(_values(1008), index=pd.period_range("1900-01", periods=1008, freq="M"), name="a")
    told = seasonally_adjust(long, specification=PLAIN).diagnostics.iloc[0]["reason_en"]
    assert "series_span=('1909-01', None)" in told
    shorter = replace(PLAIN, series_span=("1909-01", None))
    assert seasonally_adjust(long, specification=shorter).status("a") == "adjusted"


@pytest.mark.parametrize(("arima", "least"), [("(0 1 1)(0 1 1)", 26), ("(2 1 2)(1 1 1)", 41), ("(1 0 0)(0 1 1)", 25)])
def test_fewest_values_of_a_model(arima: str, least: int) -> None:
    values, labels = _values(120), between("2010-01", "2019-12")
    for count, fits in ((least, True), (least - 1, False)):
        spec = replace(PLAIN, arima=arima, model_span=(labels[-count], None))
        assert (beyond_limits("a", values, labels, spec, 12) is None) == fits
        assert ("minimum series length" in _said_by_x13(values, "2010-01", spec)) == (not fits)


def test_what_runs_is_not_refused() -> None:
    values, labels = _gone(_values(120), 3, 40), between("2010-01", "2019-12")
    spec = replace(PLAIN, variables=("ls2010.Feb", "ao2019.Dec", "td"), trend_filter=23)
    assert beyond_limits("a", values, labels, spec, 12) is None
    assert _said_by_x13(values, "2010-01", spec) == ""


def test_columns_that_say_nothing() -> None:
    t = np.arange(120)
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(2, 120))
    columns = np.column_stack([one, t % 12 == 3, np.ones(120), 2 * one, two, t, one + two, 1e-8 * rng.normal(size=120)])
    seen = np.ones(120, dtype=bool)
    assert without_information(columns, PLAIN, 12, seen) == [1, 2, 3, 5, 6]
    # Without seasonal differences a seasonal column does say something.
    assert without_information(columns, replace(PLAIN, arima="(0 1 1)"), 12, seen) == [2, 3, 6]


def test_a_useless_regressor_is_left_out_and_noted() -> None:
    index = pd.period_range("2010-01", periods=120, freq="M")
    longer = pd.period_range("2010-01", periods=132, freq="M")
    rng = np.random.default_rng(0)
    own = pd.DataFrame({"wage": rng.normal(size=132), "flat": 0.0, "march": (longer.month == 3) * 1.0}, index=longer)
    adjusted = seasonally_adjust(pd.Series(_values(120), index=index, name="戒指"), regressors=own, usertype="user")
    row = adjusted.diagnostics.iloc[0]
    assert row[["status", "step"]].tolist() == ["adjusted", "configured"]
    assert "regressors left out" in row["note_en"]
    assert row["note_en"].endswith("flat, march")
    assert "flat、march" in row["note_zh"]
    assert list(adjusted.given["戒指"].columns) == ["wage"]
    assert adjusted.specifications["戒指"].user == ("wage",)


def test_numbers_x13_takes_for_zero() -> None:
    values, labels = _values(72), between("2015-01", "2020-12")
    tiny = values / values.max() * 1e-20
    reason = beyond_limits("a", tiny, labels, PLAIN, 12)
    assert reason is not None
    assert "takes for zero" in reason.en
    assert "视为零" in reason.zh
    assert "equal to zero" in _said_by_x13(tiny, "2015-01", PLAIN)
    small = values / values.max() * 1e-19
    assert beyond_limits("a", small, labels, PLAIN, 12) is None
    assert _said_by_x13(small, "2015-01", PLAIN) == ""


@pytest.mark.parametrize(("start", "outside"), [("2100-01", True), ("2010-01", True), ("2018-01", False)])
def test_history_that_begins_outside_the_data(start: str, outside: bool) -> None:
    spec = replace(PLAIN, history=True, history_start=start)
    reason = beyond_limits("a", _values(72), between("2015-01", "2020-12"), spec, 12)
    assert (reason is not None) == outside
    if reason is not None:
        assert f"{start} of history_start does not lie within 2015-01 to 2020-11" in reason.en
        assert "history_start" in reason.zh
