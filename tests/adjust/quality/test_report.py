"""The report rates what should be rated, says what was not computed, and says why."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust.adjusting import seasonally_adjust
from shuibei_index.adjust.adjustment import Adjustment
from shuibei_index.adjust.quality.catalogue import CATALOGUE
from shuibei_index.adjust.quality.rating import overall
from shuibei_index.adjust.quality.report import quality_report, quality_table
from shuibei_index.adjust.quality.seasonality_tests import qs
from shuibei_index.errors import UsageError
from shuibei_index.rules import Rules
from tests.adjust.conftest import simulated


def test_a_clear_series_is_good(market_adjusted: Adjustment) -> None:
    report = quality_report(market_adjusted, "总指数")
    assert report.rating == "good"
    assert report.status == "adjusted"
    assert list(report.rows["measure"]) == list(CATALOGUE)
    udg = market_adjusted.udg["总指数"]
    assert report.value("q") == float(udg["f3.q"])
    assert report.value("m07") == float(udg["f3.m07"])
    assert report.value("qs_adjusted") == float(udg["qssadj"].split()[1])
    assert math.isclose(report.value("f_residual"), float(udg["d11.f"].split()[1]) / 100)
    assert report.value("skewness") == pytest.approx(float(udg["skewness"]), abs=5e-4)
    assert report.value("kurtosis") == pytest.approx(float(udg["kurtosis"]), abs=5e-4)
    rated = report.rows[report.rows["rating"] != ""]
    assert (rated["sentence_zh"] != "").all()
    assert (rated["sentence_en"] != "").all()
    assert (rated["reference"] != "").all()
    assert set(report.decided_by) <= set(report.rows.loc[report.rows["decides"], "measure"])


def test_series_without_a_pattern_are_bad(market_adjusted: Adjustment) -> None:
    for name in ("walk", "noise"):
        report = quality_report(market_adjusted, name)
        assert report.rating == "bad", name
        assert "qs_prior" in report.decided_by
        assert "QS of the original without" in report.verdict.en
        assert "剔除日历效应与异常值的原序列" in report.verdict.zh


def test_outliers_and_coefficients_are_told(market_adjusted: Adjustment) -> None:
    report = quality_report(market_adjusted, "<b>spiked</b>")
    found = report.outliers()
    assert ("AO", "2019.Jan") in set(zip(found["kind"], found["period"], strict=True))
    assert found["t"].abs().min() > 3
    assert {"estimate", "se", "t"} <= set(report.coefficients().columns)
    assert report.value("outliers") == pytest.approx(100 * len(found) / 132)


def test_a_refused_series_says_why(market_adjusted: Adjustment) -> None:
    report = quality_report(market_adjusted, "flat")
    assert report.rating == "none"
    assert report.rows.empty
    assert report.figures() == {}
    assert "flat" in report.verdict.en
    assert report.verdict.zh
    assert math.isnan(report.value("q"))


def test_costly_measures_only_when_asked(market_adjusted: Adjustment) -> None:
    plain = quality_report(market_adjusted, "总指数").rows.set_index("measure")
    for name in ("sliding_factors", "sliding_changes", "history_level", "history_change"):
        assert "extended=True" in plain.loc[name, "shown_en"]
        assert "未计算" in plain.loc[name, "shown_zh"]
        assert plain.loc[name, "rating"] == ""
    full = quality_report(market_adjusted, "总指数", extended=True)
    for name in ("sliding_factors", "sliding_changes", "history_level", "history_change"):
        assert full.value(name) >= 0, name
    found = full.evidence
    assert found is not None
    sa = found.tables["d11"]
    typical = 100 * np.mean(np.abs(np.diff(sa) / sa[:-1]))
    assert full.value("history_level") == pytest.approx(float(found.udg["r01.lag00.aar.all"]) / typical)
    assert "revisions" in full.figures("zh")
    # The same adjustment otherwise.
    assert full.value("q") == float(market_adjusted.udg["总指数"]["f3.q"])


def test_the_rule_that_decides(market_adjusted: Adjustment) -> None:
    table = quality_report(market_adjusted, "总指数").rows
    none = dict.fromkeys(table["measure"], "")
    assert overall(table, none)[0] == "good"
    weak = table.assign(rating=table["rating"].mask(table["measure"] == "q", "uncertain"))
    assert overall(weak, none) == ("uncertain", ("q",))
    worse = weak.assign(rating=weak["rating"].mask(weak["measure"] == "f_residual", "bad"))
    assert overall(worse, none) == ("bad", ("f_residual",))
    beside = table.assign(rating=table["rating"].mask(table["measure"] == "m01", "bad"))
    assert overall(beside, none)[0] == "good"
    assert overall(table, {**none, "q": "absent"}) == ("uncertain", ("q",))
    assert overall(table, {**none, "sliding_factors": "not_asked"})[0] == "good"


def test_limits_follow_the_rules(market_adjusted: Adjustment) -> None:
    rules = Rules.load().at("2025-06")
    strict = replace(rules.entry("seasonal_quality_q"), value=[0.0001, 0.0002])
    own = replace(rules, entries={**rules.entries, "seasonal_quality_q": strict})
    report = quality_report(market_adjusted, "总指数", rules=own)
    assert report.rating == "bad"
    assert report.decided_by == ("q",)


def test_table_has_one_row_a_series(market_adjusted: Adjustment) -> None:
    table = quality_table(market_adjusted)
    assert list(table["series"]) == ["总指数", "<b>spiked</b>", "walk", "noise", "flat"]
    assert list(table["rating"]) == ["good", "good", "bad", "bad", "none"]
    assert table.loc[0, "q"] == quality_report(market_adjusted, "总指数").value("q")
    assert table.loc[4, list(CATALOGUE)].isna().all()


def test_other_engines_have_a_report(market_adjusted: Adjustment) -> None:
    stl = seasonally_adjust(market_adjusted.original[["总指数"]], engine="stl")
    report = quality_report(stl, "总指数")
    assert report.rating == "uncertain"
    assert {"q", "m07", "combined"} <= set(report.decided_by)
    assert report.value("f_residual") > 0.05
    assert set(report.figures("en")) == {"series", "month_plot", "factors", "spectrum"}
    with pytest.raises(UsageError, match="X-13's"):
        quality_report(stl, "总指数", extended=True)


def test_short_series_and_quarters() -> None:
    rng = np.random.default_rng(11)
    t = np.arange(40)
    level = 100 * np.exp(0.003 * t + 0.1 * np.sin(t * np.pi / 6) + rng.normal(0, 0.01, 40))
    short = seasonally_adjust(pd.Series(level, index=pd.period_range("2021-03", periods=40, freq="M"), name="S"))
    report = quality_report(short, "S")
    assert report.rows.set_index("measure").loc["length", "rating"] == "uncertain"
    assert report.rows.set_index("measure").loc["m08", "shown_en"] == "does not apply"
    assert set(report.figures("zh")) >= {"series", "si_ratios", "month_plot", "factors", "residuals", "spectrum"}


def test_wrong_use_is_told(market_adjusted: Adjustment) -> None:
    with pytest.raises(UsageError, match="no series"):
        quality_report(market_adjusted, "goldd")
    report = quality_report(market_adjusted, "总指数")
    with pytest.raises(UsageError, match="did you mean 'm07'"):
        report.value("m7")
    with pytest.raises(UsageError, match="zh, en"):
        report.figures("fr")


def test_a_moving_festival_does_not_hide_the_pattern() -> None:
    # The festival moves between months and masks the pattern in the raw original: 33 of 200 simulated series.
    frame, _ = simulated(5, 120)
    masked = quality_report(seasonally_adjust(frame[["S0", "S3"]]), "S3")
    assert masked.value("qs_original") > 0.05
    assert masked.value("qs_prior") < 0.0001
    assert masked.rating == "good"


def test_own_qs_equals_the_engine_with_a_model(market_adjusted: Adjustment) -> None:
    report = quality_report(market_adjusted, "<b>spiked</b>")
    found = report.evidence
    assert found is not None
    for key, table in (("qsori", "a1"), ("qsorievadj", "b1"), ("qssadj", "d11")):
        np.testing.assert_allclose(qs(found.tables[table], differences=2).statistic, found.number(key), atol=5.1e-6)
