"""Revision policies: what is held, what is projected, what a history says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust import default_specification, seasonally_adjust
from shuibei_index.adjust.policies import POLICIES, Policy, adjust_by_policy, default_policy, hold, revision_history
from shuibei_index.errors import UsageError

SPEC = default_specification(month="2025-06")
SEARCHING = replace(SPEC, outliers=("ao", "ls"))


@pytest.fixture(scope="module")
def observed() -> pd.DataFrame:
    """Three series of 2014-01 to 2025-05; the first with a spike the review sees and one it does not."""
    from tests.adjust.conftest import simulated

    frame = simulated(3, 137)[0]
    frame.iloc[40, 0] *= 1.4
    frame.iloc[135, 0] *= 1.4
    return frame


def test_reviewed_until() -> None:
    policy = Policy("projected", review_month=12)
    assert [policy.reviewed_until(m) for m in ("2025-11", "2025-12", "2026-01")] == ["2024-12", "2025-12", "2025-12"]
    assert Policy("projected", review_month=3).reviewed_until("2025-02") == "2024-03"


def test_default_policy_is_a_rule() -> None:
    assert default_policy(month="2025-06") == Policy("partial_concurrent", 12, 0.5)


@pytest.mark.parametrize("kwargs", [{"name": "frozen"}, {"name": "projected", "review_month": 13}])
def test_no_such_policy(kwargs: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Policy(**kwargs)  # type: ignore[arg-type]


def test_every_policy_says_what_it_does() -> None:
    for name in POLICIES:
        policy = Policy(name)
        assert policy.text_zh and policy.text_en and policy.text_en.isascii()


def test_what_is_held_gives_the_review_again(observed: pd.DataFrame) -> None:
    early = observed.loc[: pd.Period("2024-12")]
    review = seasonally_adjust(early, specification=SEARCHING)
    for name in early.columns:
        held = hold(review, name)
        assert held.outliers == () and held.fixed_arima and held.fixed_regression
        again = seasonally_adjust(early[name], specification=held)
        np.testing.assert_allclose(again.components["SA"][name], review.components["SA"][name], rtol=1e-8)
        # nothing was estimated
        rows = again.coefficients.set_index("term")["se"]
        assert (rows[["before", "during", "after"]] == 0).all()
    assert "AO2017.May" in hold(review, "S0").variables


def test_partial_concurrent_holds_coefficients_and_finds_new_outliers(observed: pd.DataFrame) -> None:
    policy = Policy("partial_concurrent", holds="coefficients")
    adjusted = adjust_by_policy(observed, policy, specification=SEARCHING)
    table = adjusted.diagnostics.set_index("series")
    assert set(table["policy"]) == {"partial_concurrent"} and set(table["reviewed_until"]) == {"2024-12"}
    review = seasonally_adjust(observed.loc[: pd.Period("2024-12")], specification=SEARCHING)
    for name in observed.columns:
        mine, then = (
            a.coefficients[a.coefficients["series"] == name].set_index("term")["estimate"] for a in (adjusted, review)
        )
        for term in ("before", "during", "after"):
            assert mine[term] == pytest.approx(then[term], rel=1e-9)
    assert "2025.Apr" in table.loc["S0", "outliers"]


def test_partial_concurrent_holds_the_arima_part(observed: pd.DataFrame) -> None:
    adjusted = adjust_by_policy(observed, "partial_concurrent", specification=SPEC)
    rows = adjusted.coefficients[adjusted.coefficients["series"] == "S1"].set_index("group")["se"]
    assert (rows["User-defined Holiday"] > 0).all() and (rows["MA"] == 0).all()


def test_an_ordinary_new_month_is_no_outlier(observed: pd.DataFrame) -> None:
    """Of one month X-13 would search with a critical value of 1.96: every twentieth month were an outlier."""
    adjusted = adjust_by_policy(observed, "partial_concurrent", specification=SEARCHING)
    assert set(adjusted.diagnostics["policy_holds"]) == {"arima"}
    assert all(3.5 < (spec.critical or 0) < 4.2 for spec in adjusted.specifications.values())


def test_in_the_review_month_everything_is_estimated(observed: pd.DataFrame) -> None:
    december = observed.loc[: pd.Period("2024-12")]
    adjusted = adjust_by_policy(december, "projected", specification=SPEC)
    full = seasonally_adjust(december, specification=SPEC)
    pd.testing.assert_frame_equal(adjusted.components["SA"], full.components["SA"])
    assert set(adjusted.diagnostics["reviewed_until"]) == {"2024-12"}


def test_projected_factors(observed: pd.DataFrame) -> None:
    adjusted = adjust_by_policy(observed, "projected", specification=SPEC)
    review = seasonally_adjust(observed.loc[: pd.Period("2024-12")], specification=SPEC)
    pd.testing.assert_frame_equal(adjusted.components["SA"].loc[:"2024-12"], review.components["SA"])
    new = adjusted.components["SA"].loc["2025-01":]
    for name in observed.columns:
        factors = review.projected[name]["d16"][: len(new)]
        np.testing.assert_allclose(new[name], adjusted.original.loc["2025-01":, name] / factors, rtol=1e-14)
    # whatever else is known of a series is the review's too
    pd.testing.assert_frame_equal(adjusted.table("d11"), review.table("d11"), check_freq=False)
    assert adjusted.diagnostics["aicc"].tolist() == review.diagnostics["aicc"].tolist()
    assert adjusted.udg == review.udg and adjusted.specifications.keys() == review.specifications.keys()
    assert adjusted.projected_factors(12).index[0] == "2025-01"
    assert adjusted.coefficients["estimate"].tolist() == review.coefficients["estimate"].tolist()
    # data after the review change no earlier month
    changed = observed.copy()
    changed.iloc[-1] *= 3
    again = adjust_by_policy(changed, "projected", specification=SPEC).components["SA"]
    pd.testing.assert_frame_equal(again.iloc[:-1], adjusted.components["SA"].iloc[:-1])


def test_projected_factors_of_an_additive_series(observed: pd.DataFrame) -> None:
    spec = replace(SPEC, transform="none")
    adjusted = adjust_by_policy(np.log(observed), "projected", specification=spec)
    review = seasonally_adjust(np.log(observed).loc[: pd.Period("2024-12")], specification=spec)
    last = adjusted.original["S1"].iloc[-1] - review.projected["S1"]["d16"][4]
    assert adjusted.components["SA"]["S1"].iloc[-1] == pytest.approx(last, rel=1e-12)


def test_controlled_current_takes_the_partial_result_where_it_differs(observed: pd.DataFrame) -> None:
    moved = observed.copy()
    # the season of one series turns over after the review
    moved.iloc[-5:, 1] *= [0.7, 1.3, 0.8, 1.2, 0.7]
    limit = Policy("controlled_current", limit_pct=0.6)
    adjusted = adjust_by_policy(moved, limit, specification=SPEC)
    policies = adjusted.diagnostics.set_index("series")["policy"]
    assert policies["S1"] == "partial_concurrent" and "controlled_current" in set(policies)
    parts = {name: adjust_by_policy(moved, name, specification=SPEC) for name in ("projected", "partial_concurrent")}
    for name, policy in policies.items():
        source = parts["projected" if policy == "controlled_current" else policy].components["SA"][name]
        pd.testing.assert_series_equal(adjusted.components["SA"][name], source)
        off = parts["projected"].components["SA"][name] / parts["partial_concurrent"].components["SA"][name] - 1
        assert (100 * off.iloc[-5:].abs().max() > 0.6) == (policy == "partial_concurrent")


def test_too_short_for_a_review(observed: pd.DataFrame) -> None:
    young = observed.iloc[-40:]
    adjusted = adjust_by_policy(young, "partial_concurrent", specification=SPEC)
    table = adjusted.diagnostics
    assert set(table["status"]) == {"adjusted"} and set(table["policy"]) == {"full_concurrent"}
    assert set(table["reviewed_until"]) == {"2025-05"}


def test_refused_series_have_no_policy(observed: pd.DataFrame) -> None:
    frame = observed.assign(zeros=0.0)
    table = adjust_by_policy(frame, "projected", specification=SPEC).diagnostics.set_index("series")
    assert table.loc["zeros", "status"] == "refused" and table.loc["zeros", "policy"] == ""


def test_history_is_what_each_month_would_have_said(observed: pd.DataFrame) -> None:
    for name in ("full_concurrent", "partial_concurrent", "projected"):
        history = revision_history(observed[["S0", "S1"]], name, first="2024-11", specification=SPEC, depth=3)
        for vintage in ("2024-11", "2025-02", "2025-05"):
            alone = adjust_by_policy(observed.loc[: pd.Period(vintage)], name, specification=SPEC).components["SA"]
            said = history.triangle("S1")[vintage].dropna()
            np.testing.assert_allclose(said, alone["S1"].loc[said.index], rtol=1e-9)
        triangle = history.triangle("S0")
        assert list(triangle.columns) == ["2024-11", "2024-12", "2025-01", "2025-02", "2025-03", "2025-04", "2025-05"]
        # three months of each vintage, all of the last
        assert triangle["2024-11"].count() == 3 and triangle["2025-05"].count() == len(observed)


def test_revisions_by_hand(observed: pd.DataFrame) -> None:
    history = revision_history(observed["S2"], "full_concurrent", first="2025-03", specification=SPEC)
    triangle, table = history.triangle("S2"), history.revisions().set_index("period")
    assert list(table.index) == ["2025-03", "2025-04"]
    row = table.loc["2025-04"]
    assert row["level_pct"] == pytest.approx(
        100 * (triangle.loc["2025-04", "2025-05"] / triangle.loc["2025-04", "2025-04"] - 1), rel=1e-12
    )
    first = triangle.loc["2025-04", "2025-04"] / triangle.loc["2025-03", "2025-04"]
    final = triangle.loc["2025-04", "2025-05"] / triangle.loc["2025-03", "2025-05"]
    assert row["change_pp"] == pytest.approx(100 * (final - first), rel=1e-9)
    assert history.summary()["n"].tolist() == [2] and "修订历史" in history._repr_html_()


@pytest.mark.parametrize("kwargs", [{"first": "2030-01"}, {"first": "2025-01", "depth": 1}, {"first": "2014-01"}])
def test_history_asks_for_months_of_the_data(observed: pd.DataFrame, kwargs: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        revision_history(observed, **kwargs)  # type: ignore[arg-type]
