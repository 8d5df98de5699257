"""Every field the own X-11 takes gives what X-13 gives on the same specification; every other is named or refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust import Adjustment, Specification, default_specification, fallback, seasonally_adjust
from shuibei_index.adjust.checks import Ready
from shuibei_index.adjust.engine.program import locate
from shuibei_index.adjust.x11.not_taken import not_taken, not_taken_by_stl
from shuibei_index.adjust.x11.terms import takes, weekday_counts
from shuibei_index.rules import Rules, RulesAt
from tests.adjust.x11.making import series

needs_x13 = pytest.mark.skipif(locate() is None, reason="no X-13 program on this machine")

# The filters are the same to rounding; two searches for one maximum of the likelihood are not.
FILTERS, SEARCH = 1e-10, 1e-4
# Weights (c17) are steep in the irregular: they are compared where nothing is searched for.
_PLAIN = ("a18", "b1", "d8", "d10", "d11", "d12", "d13", "d16", "d18", "saa")


@pytest.fixture(scope="module")
def rules() -> RulesAt:
    return Rules.load().at("2024-06")


@pytest.fixture(scope="module")
def spec(rules: RulesAt) -> Specification:
    return replace(default_specification(rules), festival=None, outliers=(), missing="estimate", x11_mode="default")


@pytest.fixture(scope="module")
def months() -> pd.Series:
    """Return 161 months with a step, a jump, a change that fades, and work on weekdays."""
    index = pd.period_range("2008-03", periods=161, freq="M")
    days = weekday_counts("2008-03", 161)
    work = days[:, :5].sum(axis=1) - 2.5 * days[:, 5:].sum(axis=1)
    values = 100 * series(161, 12, 5, extremes=0.0) * np.exp(0.004 * work)
    values[70:] *= 1.2
    values[95] *= 1.3
    values[120:140] *= np.exp(0.3 * 0.7 ** np.arange(20))
    return pd.Series(np.array([float(f"{value:.10g}") for value in values]), index, name="s")


def both(data: pd.Series, spec: Specification, **kwargs: object) -> tuple[Adjustment, Adjustment]:
    own = seasonally_adjust(data, engine="x11", specification=spec, **kwargs)  # type: ignore[arg-type]
    other = seasonally_adjust(data, engine="x13", specification=spec, **kwargs)  # type: ignore[arg-type]
    assert own.diagnostics["status"].tolist() == ["adjusted"], own.diagnostics["reason_en"].tolist()
    assert other.diagnostics["step"].tolist() == ["configured"], other.diagnostics["attempts"].tolist()
    assert "does not take" not in own.diagnostics["note_en"].iloc[0]
    return own, other


def require_same(own: Adjustment, other: Adjustment, tolerance: float) -> None:
    mine, theirs = own.tables["s"], other.tables["s"]
    shared = [code for code in _PLAIN if code in mine and code in theirs]
    assert {"d10", "d11", "d12", "d13", "d16"} <= set(shared)
    assert ("saa" in mine) == ("saa" in theirs)
    for code in shared:
        # Amounts of an additive run are measured by the level they belong to.
        scale = theirs["d11" if own.diagnostics["mode"].iloc[0] == "additive" else code]
        far = np.abs(mine[code] - theirs[code]).max() / np.abs(scale).max()
        assert far < tolerance, (code, far)
    sa = (own.components["SA"]["s"] / other.components["SA"]["s"] - 1).abs().max()
    assert sa < tolerance


STEP, JUMP, FADES, RAMP = "ls2014.Jan", "ao2016.2", "tc2018.3", "rp2010.1-2010.6"
EXACT: dict[str, dict[str, object]] = {
    "x11_only": {"x11_only": True},
    "x11_only, pseudoadd": {"x11_only": True, "x11_mode": "pseudoadd"},
    "x11_only, logadd, filters": {
        "x11_only": True,
        "x11_mode": "logadd",
        "seasonal_filter": "s3x9",
        "trend_filter": 17,
        "sigma_limits": (1.8, 2.8),
    },
    "x11_only, additive": {"x11_only": True, "transform": "none", "seasonal_filter": ("s3x3",) * 6 + ("s3x5",) * 6},
    "no forecasts": {"forecast_months": 0},
    "no forecasts, force": {"forecast_months": 0, "force": "regress"},
    "both parameters held": {"fixed_arima": (0.5, 0.6)},
    "held, outliers": {"fixed_arima": (0.5, 0.6), "variables": (STEP, JUMP)},
}
SEARCHED: dict[str, dict[str, object]] = {
    "one parameter held": {"fixed_arima": (None, 0.6)},
    "outliers": {"variables": (STEP, JUMP, FADES, RAMP)},
    "outliers, logadd": {"variables": (STEP, JUMP, FADES), "x11_mode": "logadd"},
    "outliers, additive": {"variables": (STEP, JUMP, FADES, "td"), "transform": "none"},
    "td": {"variables": ("td", STEP)},
    "td1coef": {"variables": ("td1coef", STEP)},
    "td1coef, additive": {"variables": ("td1coef", STEP), "transform": "none"},
    "tdnolpyear lpyear": {"variables": ("tdnolpyear", "lpyear", STEP)},
    "td, auto": {"variables": ("td", STEP), "transform": "auto"},
    "festival": {"variables": (STEP, "td1coef"), "festival": (20, 7, 20)},
    "festival held": {"variables": (STEP,), "festival": (20, 7, 20), "fixed_regression": {"before": 0.1}},
    "td1coef held": {"variables": (STEP, "td1coef"), "fixed_regression": {"td1coef": 0.004}},
    "span": {"variables": (STEP,), "series_span": ("2009-04", "2019-08")},
    "denton": {"variables": (STEP,), "force": "denton"},
    "denton, years from April": {"variables": (STEP,), "force": "denton", "force_start": 4},
    "regress": {
        "variables": (STEP, "td1coef"),
        "force": "regress",
        "force_target": "calendaradj",
        "force_rho": 0.8,
        "force_lambda": 1.0,
    },
}


@needs_x13
@pytest.mark.parametrize("case", EXACT)
def test_without_a_search_all_is_equal_to_rounding(case: str, months: pd.Series, spec: Specification) -> None:
    own, other = both(months, spec.with_fields(EXACT[case]))
    require_same(own, other, FILTERS)
    assert np.abs(own.tables["s"]["c17"] - other.tables["s"]["c17"]).max() < FILTERS
    assert own.diagnostics["model"].tolist() == other.diagnostics["model"].tolist()
    assert own.diagnostics["transform"].tolist() == other.diagnostics["transform"].tolist()


@needs_x13
@pytest.mark.parametrize("case", SEARCHED)
def test_with_the_model_as_near_as_two_searches(case: str, months: pd.Series, spec: Specification) -> None:
    own, other = both(months, spec.with_fields(SEARCHED[case]))
    require_same(own, other, SEARCH)
    assert own.diagnostics["outliers"].tolist() == other.diagnostics["outliers"].tolist()
    mine, theirs = (table.set_index(["group", "term"])["estimate"] for table in (own.coefficients, other.coefficients))
    shared = [key for key in mine.index if key in theirs.index]
    assert len(shared) >= len(spec.with_fields(SEARCHED[case]).variables)
    scale = theirs.abs().max() if len(theirs) else 1.0
    assert not shared or (mine[shared] - theirs[shared]).abs().max() < 1e-3 * scale


@needs_x13
def test_quarters(spec: Specification) -> None:
    index = pd.period_range("1995Q3", periods=96, freq="Q")
    data = pd.Series(100 * series(96, 4, 5, extremes=0.0), index, name="s")
    fields = {"variables": ("td", "tc2008.2", "ls2013.1"), "force": "regress", "forecast_months": 8}
    require_same(*both(data, spec.with_fields(fields)), SEARCH)


@needs_x13
@pytest.mark.parametrize("kind", ["seasonal", "td", "lom", "lpyear", "ao", "ls", "so", "holiday", "user"])
def test_the_callers_regressors_go_where_x13_puts_them(kind: str, months: pd.Series, spec: Specification) -> None:
    noise = np.random.default_rng(1).normal(0, 1, len(months) + 12)
    periods = pd.period_range("2008-03", periods=len(noise), freq="M").strftime("%Y-%m")
    given = pd.DataFrame({"z": noise}, index=list(periods))
    held = spec.with_fields({"fixed_arima": (0.5, 0.6)})
    require_same(*both(months, held, regressors=given, usertype=kind), 1e-8)


@needs_x13
def test_factors_are_carried_on_only_where_asked(months: pd.Series, spec: Specification) -> None:
    own, other = both(months, replace(spec, projected=False, variables=(STEP,)))
    assert own.projected["s"] == other.projected["s"] == {}


def test_what_is_not_taken_is_named(months: pd.Series, spec: Specification) -> None:
    asked = spec.with_fields(
        {
            "arima": "(2 1 2)(0 1 1)",
            "fixed_arima": (0.1, None, None, None, 0.3),
            "variables": ("easter[8]", STEP),
            "outliers": ("ao", "ls"),
            "critical": 4.0,
            "aictest": ("td",),
            "model_span": ("2010-01", None),
            "backcast_months": 12,
            "history": True,
        }
    )
    row = seasonally_adjust(months, engine="x11", specification=asked).diagnostics.iloc[0]
    assert row["status"] == "adjusted"
    for words in (
        "arima=(2 1 2)(0 1 1)",
        "fixed_arima=0.1 None None None 0.3",
        "variables=easter[8]",
        "outliers=ao ls",
        "critical=4",
        "aictest=td",
        "model_span=2010-01..",
        "backcast_months=12",
        "history=True",
    ):
        assert words in row["note_en"]
        assert words in row["note_zh"]
    assert "own X-11 does not take: " in row["note_en"]
    assert "自有 X-11 未采用：" in row["note_zh"]
    assert STEP not in row["note_en"]
    assert row["outliers"] == "LS2014.Jan"
    # The same model in other words is the same model; without a model nothing of it is left out.
    assert not_taken(replace(spec, arima="(0,1,1)(0,1,1)")) == ()
    alone = {"x11_only": True, "arima": "(2 1 2)(0 1 1)", "spectrum": True, "tables": (*spec.tables, "e5")}
    assert not_taken(spec.with_fields(alone)) == ("spectrum=True", "tables=e5")
    assert not takes("so2012.3")
    assert not_taken(replace(spec, user=("z",), usertype=("transitory",))) == ("usertype=transitory",)


def test_what_would_be_something_else_is_refused(months: pd.Series, spec: Specification) -> None:
    for fields, zh, en in (
        ({"method": "seats"}, "X-11 的结果不是 SEATS 的结果", "no result of SEATS"),
        ({"force": "denton", "force_target": "both"}, "需要 X-13", "needs X-13"),
        ({"fixed_regression": {"nothing": 0.1}}, "既不在", "neither in"),
    ):
        row = seasonally_adjust(months, engine="x11", specification=spec.with_fields(fields)).diagnostics.iloc[0]
        assert row["status"] == "refused"
        assert zh in row["reason_zh"]
        assert en in row["reason_en"]


def test_stl_names_all_it_leaves_out(months: pd.Series, spec: Specification) -> None:
    fields = {"festival": (20, 7, 20), "variables": (STEP,), "seasonal_filter": "s3x3", "force": "denton"}
    item = Ready("s", "2008-03", months.to_numpy(), spec.with_fields(fields | {"outliers": ("ao",)}))
    named = not_taken_by_stl(item.specification)
    wanted = {"arima=(0 1 1)(0 1 1)", "festival=20 7 20", f"variables={STEP}", "outliers=ao", "forecast_months=12"}
    assert wanted | {"seasonal_filter=s3x3", "force=denton"} <= set(named)
    row = fallback.stl_named_row(item)
    assert all(words in str(row["note_en"]) and words in str(row["note_zh"]) for words in named)
    assert fallback.stl_refusal(item) is None
    refused = fallback.stl_refusal(replace(item, specification=replace(spec, method="seats")))
    assert refused is not None
    assert "SEATS" in refused.reason.zh
    assert "SEATS" in refused.reason.en
    alone = not_taken_by_stl(replace(spec, x11_only=True))
    assert alone == ("x11_only=True",)


def test_days_of_the_week() -> None:
    # January 2024 begins on a Monday; the first quarter of 2024 has 91 days.
    assert weekday_counts("2024-01", 2).tolist() == [[5, 5, 5, 4, 4, 4, 4], [4, 4, 4, 5, 4, 4, 4]]
    assert weekday_counts("2024-Q1", 1).tolist() == [[13] * 7]
    assert weekday_counts("1965-02", 1).tolist() == [[4] * 7]
