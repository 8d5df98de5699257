"""The own X-11 as the stand-in for X-13: the same series through both, with model and holidays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust import Specification, default_specification, fallback, seasonally_adjust
from shuibei_index.adjust.checks import Ready, check_series
from shuibei_index.adjust.engine.program import locate
from shuibei_index.adjust.quality.diagnostics import COLUMNS
from shuibei_index.adjust.regressors import Regressors, assemble
from shuibei_index.adjust.x11.comparing import check_adjustment, check_against_x13
from shuibei_index.errors import UsageError
from shuibei_index.rules import Rules, RulesAt
from tests.adjust.conftest import Market
from tests.adjust.x11.making import series

needs_x13 = pytest.mark.skipif(locate() is None, reason="no X-13 program on this machine")


@pytest.fixture(scope="module")
def rules() -> RulesAt:
    return Rules.load().at("2025-06")


def plain(rules: RulesAt, **fields: object) -> Specification:
    """Return the rules' specification without outlier search, which the stand-in does not do."""
    return replace(default_specification(rules), outliers=(), **fields)  # type: ignore[arg-type]


def prepared(frame: pd.DataFrame, spec: Specification, rules: RulesAt) -> tuple[list[Ready], dict[str, Regressors]]:
    checked = [check_series(str(name), frame[name], spec, rules) for name in frame.columns]
    found = assemble([item for item in checked if isinstance(item, Ready)], None)
    assert len(found.ready) == len(frame.columns)
    return found.ready, found.given


def labelled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis(pd.PeriodIndex(frame.index, freq="M").strftime("%Y-%m"))


@needs_x13
def test_adjusted_series_are_those_of_x13_with_the_airline_model(market: Market, rules: RulesAt) -> None:
    frame, _ = market(6, 120, 5)
    spec = plain(rules)
    engine = seasonally_adjust(frame, specification=spec)
    ready, given = prepared(labelled(frame), spec, rules)
    outputs = fallback.own_x11_all(ready, rules, given)
    for name in frame.columns:
        own, other = outputs[name], engine.tables[name]
        assert own.failure == ""
        # Two searches for the same maximum: as close as X-13's own tolerance.
        for code in ("d10", "d11", "d12", "d13", "d16", "d18", "b1", "a18"):
            assert np.abs(own.tables[code] / other[code] - 1).max() < 2e-4, (name, code)
            assert own.tables[code].shape == (120,)
        assert np.abs(own.ahead["d16"] / engine.projected[name]["d16"] - 1).max() < 2e-4
        assert abs(float(own.diagnostics["aicc"]) - float(engine.udg[name]["aicc"])) < 0.01
        own_terms = [key for key in own.diagnostics if key.startswith("User-defined Holiday$")]
        assert [float(own.diagnostics[key].split()[0]) for key in own_terms] == pytest.approx(
            [float(engine.udg[name][key].split()[0]) for key in own_terms], abs=2e-4
        )
        assert len(own_terms) == 3
        joint, other_joint = (udg["chi$User-defined Holiday"].split() for udg in (own.diagnostics, engine.udg[name]))
        assert joint[0] == other_joint[0] == "3"
        assert float(joint[1]) == pytest.approx(float(other_joint[1]), rel=1e-2)


@needs_x13
def test_the_check_finds_agreement_and_a_wrong_factor(market: Market, rules: RulesAt) -> None:
    frame, _ = market(3, 120, 2)
    engine = seasonally_adjust(frame, specification=replace(default_specification(rules), x11_mode="logadd"))
    found = check_adjustment(engine)
    assert found["series"].tolist() == list(frame.columns)
    assert found["compared"].all()
    assert (found["difference"] < 1e-10).all()
    tables = {name: dict(own) for name, own in engine.tables.items()}
    tables["S1"]["d10"] = tables["S1"]["d10"] * np.where(np.arange(120) == 60, 1.001, 1.0)
    wrong = check_adjustment(replace(engine, tables=tables))
    assert wrong.set_index("series")["difference"]["S1"] > 5e-4
    # Without the forecasts X-13's filters saw there is nothing to compare.
    blind = check_adjustment(replace(engine, projected={}))
    assert not blind["compared"].any()
    assert blind["difference"].isna().all()


@needs_x13
def test_filters_alone(rules: RulesAt) -> None:
    values = np.column_stack([series(72, 4, k) for k in range(3)])
    found = check_against_x13(values, first="2001-Q3", mode="pseudoadd", seasonal_filter="s3x5")
    assert set(found) == {"d10", "d11", "d12", "d13"}
    assert all(len(far) == 3 and (far < 1e-10).all() for far in found.values())


def test_one_series_has_the_tables_of_a_stand_in(market: Market, rules: RulesAt) -> None:
    frame, truth = market(1, 96, 4)
    (item,), given = prepared(labelled(frame), plain(rules), rules)
    kept = frame["S0"].to_numpy().copy()
    tables = fallback.own_x11(item, rules, given[item.series])
    assert set(tables) >= set(fallback.stl(item, rules)) | {"d18", "a1", "a18", "b1", "c17", "d8", "d9"}
    assert all(table.shape == (96,) for table in tables.values())
    assert np.array_equal(item.values, kept)
    assert np.abs(tables["d11"] * tables["d16"] / kept - 1).max() < 1e-12
    assert np.abs(tables["d10"] * tables["d18"] / tables["d16"] - 1).max() < 1e-12

    def miss(adjusted: np.ndarray) -> float:
        return float(np.sqrt(np.mean(np.log(adjusted / truth["S0"].to_numpy()) ** 2)))

    # What STL cannot do: it leaves the Spring Festival in.
    assert miss(tables["d11"]) < 0.4 * miss(fallback.stl(item, rules)["d11"])


def test_missing_months_additive_quarters_and_two_lengths_at_once(rules: RulesAt) -> None:
    spec = plain(rules, festival=None)
    values = series(120, 12, 8)
    holes = values.copy()
    holes[[30, 64]] = np.nan
    quarters = series(60, 4, 9) - 60
    ready = [
        Ready("full", "2014-01", values, spec),
        Ready("holes", "2014-01", holes, spec),
        Ready("short", "2018-05", values[40:], spec),
        Ready("quarters", "2010-Q2", quarters, replace(spec, transform="none")),
    ]
    outputs = fallback.own_x11_all(ready, rules, {})
    assert list(outputs) == ["full", "holes", "short", "quarters"]
    for item in ready:
        assert outputs[item.series].failure == ""
        assert np.isfinite(outputs[item.series].tables["d11"]).all()
        alone = fallback.own_x11(item, rules)
        assert np.abs(alone["d11"] - outputs[item.series].tables["d11"]).max() < 1e-9
    assert np.abs(outputs["holes"].tables["d11"] / outputs["full"].tables["d11"] - 1).max() < 0.1
    tables = outputs["quarters"].tables
    assert np.abs(tables["d11"] + tables["d16"] - quarters).max() < 1e-9
    assert (tables["d18"] == 0).all()


def test_effects_go_where_their_type_says(rules: RulesAt) -> None:
    spec = plain(rules, festival=None)
    rng = np.random.default_rng(6)
    months = 120 + spec.forecast_months
    moved, step = rng.integers(0, 2, months).astype(float), (np.arange(months) >= 70).astype(float)
    values = series(120, 12, 8, extremes=0.0) * np.exp(0.2 * moved[:120] + 0.3 * step[:120])
    item = Ready("both", "2014-01", values, spec)
    design = np.column_stack([moved, step])

    def run(*types: str) -> dict[str, np.ndarray]:
        return fallback.own_x11(item, rules, Regressors(("moved", "step"), "2014-01", design, types))

    calendar, kept = run("holiday", "ls"), run("user", "ls")
    assert np.ptp(np.log(calendar["d18"])) == pytest.approx(0.2, abs=0.03)
    assert (kept["d18"] == 1).all()
    # A level shift stays in the adjusted series and in the trend, at once and not smoothed over months.
    assert np.log(calendar["d12"][70] / calendar["d12"][69]) == pytest.approx(0.3, abs=0.08)
    assert np.abs(kept["d11"] / (calendar["d11"] * calendar["d18"]) - 1).max() < 1e-9


def test_what_cannot_be_adjusted_is_said(rules: RulesAt) -> None:
    spec = plain(rules, festival=None)
    short = Ready("short", "2014-01", series(30, 12, 1), spec)
    bad = Ready("bad", "2014-01", np.r_[series(59, 12, 1), -1.0], spec)
    good = Ready("good", "2014-01", series(60, 12, 1), spec)
    wild = Ready("wild", "2014-01", np.exp(np.linspace(-300, 300, 60) * (-1) ** np.arange(60)), spec)
    outputs = fallback.own_x11_all([short, bad, good, wild], rules, {})
    assert "not numbers" in outputs["wild"].failure
    assert "36" in outputs["short"].failure
    assert "above zero" in outputs["bad"].failure
    assert outputs["good"].failure == ""
    with pytest.raises(UsageError, match="36") as caught:
        fallback.own_x11(short, rules)
    assert "short" in caught.value.zh
    late = Regressors(("x",), "2014-03", np.ones((72, 1)), ("holiday",))
    with pytest.raises(UsageError, match="2014-01"):
        fallback.own_x11(good, rules, late)


def test_rows_say_what_was_done_and_what_was_not(market: Market, rules: RulesAt) -> None:
    frame, _ = market(1, 96, 4)
    ready, given = prepared(labelled(frame), plain(rules), rules)
    ready.append(Ready("short", "2014-01", series(30, 12, 1), plain(rules, festival=None)))
    outcomes = fallback.own_outcomes(ready, rules, given)
    assert {name: outcome.step for name, outcome in outcomes.items()} == {"S0": "own", "short": ""}
    row = fallback.own_row(ready[0], outcomes["S0"], fell=True)
    assert tuple(row) == COLUMNS
    assert (row["status"], row["engine"], row["step"]) == ("fallback", "x11", "own")
    assert (row["model"], row["transform"], row["mode"]) == ("(0 1 1)(0 1 1)", "log", "multiplicative")
    assert row["reason_zh"] == fallback.OWN_NOTE.zh
    assert row["verdict"] == "untested"
    assert float(str(row["cny_during_t"])) < -5
    assert float(str(row["cny_p"])) < 1e-6
    chosen = fallback.own_row(ready[0], outcomes["S0"], fell=False)
    assert (chosen["status"], chosen["reason_en"]) == ("adjusted", "")
    refused = fallback.own_row(ready[1], outcomes["short"], fell=True)
    assert refused["status"] == "refused"
    assert "36" in str(refused["reason_en"])
    assert "至少需要 36 期" in str(refused["reason_zh"])
    assert outcomes["short"].failures[0][0] == "own"


def test_the_stand_in_says_who_it_is() -> None:
    identity = fallback.own_identity()
    assert identity["name"] == "own X-11"
    assert identity["version"]
    assert "X-11" in fallback.OWN_NOTE.zh
    assert "own X-11" in fallback.OWN_NOTE.en
