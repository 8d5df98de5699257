from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.adjust import adjusting, default_specification, seasonally_adjust, spring_festival_regressors
from shuibei_index.adjust.engine import ladder
from shuibei_index.adjust.engine.output import Output
from shuibei_index.errors import FallbackWarning, UsageError
from shuibei_index.rules import Rules

Market = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]


def _row(adjusted: adjusting.Adjustment, series: str) -> pd.Series:
    return adjusted.diagnostics.set_index("series").loc[series]


def test_published_frame(market: Market) -> None:
    frame, _ = market(series=2)
    adjusted = seasonally_adjust(frame)
    table = adjusted.to_frame()
    assert list(table.columns) == ["period", "series", "adjustment", "value"]
    assert len(table) == 2 * 2 * 144
    assert not table.duplicated(["period", "series", "adjustment"]).any()
    assert table["period"].iloc[[0, 143]].tolist() == ["2014-01", "2025-12"]
    sa = table.query("series == 'S1' and adjustment == 'SA'")["value"].to_numpy()
    np.testing.assert_array_equal(sa, adjusted.decomposition("S1")["SA"])


def test_original_is_adjusted_times_factor(market: Market) -> None:
    frame, _ = market(series=1)
    parts = seasonally_adjust(frame).decomposition("S0")
    np.testing.assert_allclose(parts["SA"] * parts["factor"], parts["original"], rtol=1e-12)
    np.testing.assert_allclose(parts["seasonal"] * parts["calendar"], parts["factor"], rtol=1e-12)
    np.testing.assert_allclose(parts["TREND"] * parts["irregular"], parts["SA"], rtol=1e-12)


def test_known_festival_effect_is_recovered(market: Market) -> None:
    frame, truth = market(series=8)
    spec = default_specification(month="2025-06")
    with_festival = seasonally_adjust(frame, specification=spec).components["SA"]
    without = seasonally_adjust(frame, specification=replace(spec, festival=None)).components["SA"]
    early = truth.index.str[5:].isin(["01", "02", "03"])

    def error(sa: pd.DataFrame, months: np.ndarray) -> float:
        return float(np.sqrt(np.mean(np.square(np.log(sa) - np.log(truth)).to_numpy()[months])))

    assert error(with_festival, early) < 0.4 * error(without, early)
    assert error(with_festival, ~early) < 1.2 * error(without, ~early)
    # Centred regressors leave the level where it is.
    bias = float((np.log(with_festival) - np.log(truth)).to_numpy().mean())
    assert abs(bias) < 0.005


def test_festival_coefficients_are_those_put_in(market: Market) -> None:
    adjusted = seasonally_adjust(market(series=8)[0])
    found = adjusted.coefficients.query("group == 'User-defined Holiday'").groupby("term")["estimate"].mean()
    np.testing.assert_allclose(found[["before", "during", "after"]], [0.12, -0.20, 0.06], atol=0.02)
    assert (adjusted.diagnostics["cny_during_t"] < -10).all()
    assert (adjusted.diagnostics["verdict"] == "seasonal").all()
    expected = spring_festival_regressors("2014-01", "2026-12")
    pd.testing.assert_frame_equal(adjusted.regressors, expected, check_exact=True)


def test_same_bytes_twice_and_on_any_number_of_workers(market: Market) -> None:
    frame, _ = market(series=5)
    before = frame.copy()
    runs = [seasonally_adjust(frame), seasonally_adjust(frame), seasonally_adjust(frame, workers=1)]
    texts = {
        run.to_frame().to_csv() + run.diagnostics.to_csv() + run.coefficients.to_csv() + str(run.requests)
        for run in runs
    }
    assert len(texts) == 1
    pd.testing.assert_frame_equal(frame, before, check_exact=True)
    assert "/" not in texts.pop().replace("\n", "")


def test_fifty_series_four_of_them_unfit(market: Market, private_tmp: Path) -> None:
    frame, _ = market(series=50, months=60)
    frame = frame.rename(columns={"S10": "足金首饰（工费）"})
    frame["S1"] = 0.0
    frame.loc["2016-05", "S2"] = np.nan
    frame.loc[:"2017-04", "S3"] = np.nan
    frame.loc["2015-07", "S4"] = np.inf
    adjusted = seasonally_adjust(frame)
    assert adjusted.diagnostics["series"].tolist() == frame.columns.tolist()
    assert adjusted.diagnostics["status"].value_counts().to_dict() == {"adjusted": 46, "refused": 4}
    assert adjusted.status("足金首饰（工费）") == "adjusted"
    told = adjusted.diagnostics.set_index("series")[["reason_en", "reason_zh"]]
    assert "all 60 months are 0" in told.loc["S1", "reason_en"]
    assert "1 month missing inside (2016-05)" in told.loc["S2", "reason_en"]
    assert "only 20 months (2017-05 to 2018-12), at least 36" in told.loc["S3", "reason_en"]
    assert "it can be adjusted from 2020-04 on" in told.loc["S3", "reason_en"]
    assert "the value of 2015-07 is infinite" in told.loc["S4", "reason_en"]
    assert told.loc["S3", "reason_zh"] == (
        "序列“S3”：只有 20 个月（2017-05 至 2018-12），至少需要 36 个月；可自 2020-04 起调整"
    )
    assert not adjusted.to_frame()["series"].isin(["S1", "S2", "S3", "S4"]).any()
    assert list(private_tmp.iterdir()) == []


def test_late_start_and_early_end_are_cut_to_the_own_span(market: Market) -> None:
    frame, _ = market(series=2)
    frame["late"] = frame["S0"].where(frame.index >= "2018-01")
    frame["closed"] = frame["S1"].where(frame.index <= "2020-06")
    adjusted = seasonally_adjust(frame)
    alone = seasonally_adjust(frame.loc["2018-01":, "S0"])
    sa = adjusted.components["SA"]["late"]
    assert sa.loc[:"2017-12"].isna().all()
    np.testing.assert_array_equal(sa.loc["2018-01":], alone.components["SA"]["S0"])
    assert adjusted.components["SA"]["closed"].last_valid_index() == "2020-06"
    assert _row(adjusted, "late")["note_en"] == "starts in 2018-01"
    assert _row(adjusted, "closed")[["note_zh", "n_obs"]].tolist() == ["至 2020-06 结束", 78]


def test_missing_months_are_estimated_only_if_asked_and_few(market: Market) -> None:
    frame, _ = market(series=2)
    frame.loc["2018-03":"2018-04", "S0"] = np.nan
    frame.loc["2018-01":"2019-12", "S1"] = np.nan
    spec = replace(default_specification(month="2025-06"), missing="estimate")
    adjusted = seasonally_adjust(frame, specification=spec)
    assert _row(adjusted, "S0")[["status", "n_missing"]].tolist() == ["adjusted", 2]
    assert adjusted.components["SA"]["S0"].notna().all()
    assert "16.7 %, more than the limit of 10 %" in _row(adjusted, "S1")["reason_en"]


def test_values_not_above_zero(market: Market) -> None:
    frame, _ = market(series=1)
    frame.loc["2015-02", "S0"] = -1.0
    refused = seasonally_adjust(frame)
    assert "the value of 2015-02 is not above zero" in _row(refused, "S0")["reason_en"]
    spec = replace(default_specification(month="2025-06"), not_positive="additive")
    adjusted = seasonally_adjust(frame, specification=spec)
    assert _row(adjusted, "S0")[["status", "transform", "mode"]].tolist() == ["adjusted", "none", "additive"]
    parts = adjusted.decomposition("S0")
    np.testing.assert_allclose(parts["SA"] + parts["factor"], parts["original"], rtol=0, atol=1e-9)


@pytest.mark.parametrize("count", [35, 36])
def test_exactly_three_years(market: Market, count: int) -> None:
    adjusted = seasonally_adjust(market(series=1)[0].iloc[:count])
    assert adjusted.status("S0") == ("adjusted" if count == 36 else "refused")


def test_nothing_to_run(market: Market) -> None:
    adjusted = seasonally_adjust(market(series=2)[0].iloc[:20])
    assert adjusted.to_frame().empty
    assert adjusted.engine["name"] == "X-13ARIMA-SEATS"
    assert "refused" in adjusted._repr_html_()


def test_series_outside_the_date_table(market: Market) -> None:
    frame, _ = market(series=1)
    old = frame.set_axis(pd.period_range("1949-06", periods=144, freq="M"))
    assert "not inside the Spring Festival table 1950-2100" in _row(seasonally_adjust(old), "S0")["reason_en"]
    spec = replace(default_specification(month="2025-06"), festival=None)
    assert seasonally_adjust(old, specification=spec).status("S0") == "adjusted"


def test_ladder_is_climbed_down_and_recorded(market: Market) -> None:
    frame, _ = market(series=1)
    spec = replace(default_specification(month="2025-06"), variables=("seasonal",))
    row = _row(seasonally_adjust(frame, specification=spec), "S0")
    assert row[["status", "step", "model"]].tolist() == ["adjusted", "airline", "(0 1 1)(0 1 1)"]
    assert row["attempts"] == "configured: Cannot have a seasonal difference with seasonal regression effects"
    assert row["note_zh"] == "按规则设定失败，改用航空模型"


def test_x11_alone_is_the_last_step() -> None:
    # The same pattern every year to the last digit: differencing leaves nothing to estimate a model from.
    pattern = pd.Series(100.0 + np.arange(120) % 12, index=pd.period_range("2014-01", periods=120, freq="M"), name="S0")
    adjusted = seasonally_adjust(pattern)
    row = _row(adjusted, "S0")
    assert row[["status", "step", "model"]].tolist() == ["adjusted", "x11", ""]
    assert row["attempts"].count("Differencing has annihilated the series") == 2
    assert "Spring Festival effect not removed" in row["note_en"]
    assert [step for step, _ in adjusted.attempts["S0"]] == ["configured", "airline"]
    assert adjusted.specifications["S0"].x11_only
    np.testing.assert_allclose(adjusted.components["SA"]["S0"], pattern.mean(), rtol=1e-3)


def test_series_every_step_fails_on_is_refused_in_words(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(jobs: list[ladder.Job], *_: object, **__: object) -> dict[str, Output]:
        return {job.name: Output(failure="no memory") for job in jobs}

    monkeypatch.setattr(ladder, "run_jobs", fail)
    row = _row(seasonally_adjust(market(series=1)[0]), "S0")
    assert row["status"] == "refused"
    assert row["attempts"] == "configured: no memory; airline: no memory; x11: no memory"
    assert "X-13 各步均未成功" in row["reason_zh"]


def test_no_program_on_this_machine(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    frame, _ = market(series=2)
    frame["short"] = frame["S0"].where(frame.index >= "2024-01")
    monkeypatch.setattr(adjusting, "locate", lambda program: None)
    with pytest.warns(FallbackWarning, match="own X-11 stands in"):
        adjusted = seasonally_adjust(frame)
    assert adjusted.diagnostics["status"].tolist() == ["fallback", "fallback", "refused"]
    assert adjusted.engine["name"] == "own X-11"
    assert "以自有 X-11 代替" in _row(adjusted, "S0")["reason_zh"]
    assert _row(adjusted, "S0")["verdict"] == "untested"
    parts = adjusted.decomposition("S0")
    np.testing.assert_allclose(parts["SA"] * parts["factor"], parts["original"], rtol=1e-12)
    # The Spring Festival effect is taken out all the same.
    assert list(adjusted.given["S0"].columns) == ["before", "during", "after"]
    assert (_row(adjusted, "S0")["cny_during_t"]) < -5


def test_stl_by_choice(market: Market) -> None:
    frame, _ = market(series=1)
    frame["gap"] = frame["S0"].where(frame.index != "2016-07")
    spec = replace(default_specification(month="2025-06"), missing="estimate")
    adjusted = seasonally_adjust(frame, engine="stl", specification=spec)
    assert adjusted.diagnostics["status"].tolist() == ["adjusted", "refused"]
    assert "no value in 2016-07; STL" in _row(adjusted, "gap")["reason_en"]


def test_series_without_seasonality_is_published_with_a_verdict() -> None:
    rng = np.random.default_rng(5)
    walk = np.exp(np.cumsum(rng.normal(0, 0.03, (120, 30)), axis=0))
    frame = pd.DataFrame(walk, index=pd.period_range("2015-01", periods=120, freq="M"))
    verdicts = seasonally_adjust(frame).diagnostics["verdict"]
    assert (verdicts == "none").mean() > 0.5
    assert (verdicts == "seasonal").mean() < 0.1


def test_accepted_forms_give_the_same_result(market: Market) -> None:
    frame, _ = market(series=1, months=48)
    labels = frame.index.strftime("%Y-%m")

    class Levels:
        def levels_frame(self) -> pd.DataFrame:
            return frame

    forms: list[object] = [
        frame,
        frame["S0"],
        frame.set_axis(labels),
        frame.to_timestamp(how="end"),
        frame.iloc[::-1],
        frame.set_axis(labels).rename_axis("period").reset_index(),
        pa.Table.from_pandas(frame.set_axis(labels).rename_axis("period").reset_index()),
        Levels(),
    ]
    results = {seasonally_adjust(form).to_frame().to_csv() for form in forms}
    assert len(results) == 1


@pytest.mark.parametrize(
    ("series", "says"),
    [
        ([1, 2, 3], "cannot adjust a list"),
        (pd.DataFrame(), "nothing to adjust"),
        (pd.Series([1.0, 2.0], index=["2025-01", "2025-01"]), "a month stands twice: 1 \\('2025-01'\\)"),
        (pd.Series([1.0, 2.0], index=["2025-01", "2025-13"]), "not months: 1 \\('2025-13'\\)"),
        (pd.Series([1.0], index=pd.period_range("2025", periods=1, freq="Y")), "expected months \\(M\\) or quarters"),
        (pd.DataFrame([["x"]], index=["2025-01"], columns=["rings"]), "series 'rings' is not numeric"),
        (pd.DataFrame([[1.0, 2.0]], index=["2025-01"], columns=["a", "a"]), "same name: 1 \\('a'\\)"),
    ],
)
def test_wrong_tables_are_named(series: object, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        seasonally_adjust(series)


def test_wrong_options_are_named(market: Market) -> None:
    frame, _ = market(series=1)
    with pytest.raises(UsageError, match="expected one of x13, x11, stl"):
        seasonally_adjust(frame, engine="x12")
    with pytest.raises(UsageError, match="workers is 0"):
        seasonally_adjust(frame, workers=0)
    short = pd.DataFrame({"own": 1.0}, index=frame.index)
    with pytest.raises(UsageError, match="cover 2014-01 to 2025-12; X-13 needs 2014-01 to 2026-12"):
        seasonally_adjust(frame, regressors=short)
    with pytest.raises(UsageError, match="ASCII names"):
        seasonally_adjust(frame, regressors=short.rename(columns={"own": "春节"}))
    with pytest.raises(UsageError, match="transform is 'ln'"):
        replace(default_specification(month="2025-06"), transform="ln")
    with pytest.raises(UsageError, match="variables is"):
        replace(default_specification(month="2025-06"), variables=("td } x11{",))


def test_rules_can_change_the_request(market: Market) -> None:
    rules = Rules.load().at("2025-06")
    entries = dict(rules.entries)
    entries["seasonal_arima"] = replace(entries["seasonal_arima"], value="(1 1 0)(0 1 1)")
    entries["seasonal_minimum_months"] = replace(entries["seasonal_minimum_months"], value=200)
    frame, _ = market(series=1)
    assert "at least 200" in _row(seasonally_adjust(frame, rules=replace(rules, entries=entries)), "S0")["reason_en"]
    entries["seasonal_minimum_months"] = rules.entries["seasonal_minimum_months"]
    assert _row(seasonally_adjust(frame, rules=replace(rules, entries=entries)), "S0")["model"] == "(1 1 0)(0 1 1)"


def test_sixty_series_take_seconds(market: Market) -> None:
    frame, _ = market(series=60)
    begun = time.monotonic()
    assert (seasonally_adjust(frame).diagnostics["status"] == "adjusted").all()
    assert time.monotonic() - begun < 15
