from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from shuibei_index.release import Release
from shuibei_index.release.policy import publication_policy
from shuibei_index.release.rates import rates_of, with_rates
from shuibei_index.rules import Rules

from .conftest import Series


def frame_of(levels: dict[str, float], adjustment: str = "SA") -> pd.DataFrame:
    frame = pd.DataFrame({"period": list(levels), "index": list(levels.values())})
    return frame.assign(
        class_code="00", component="total", adjustment=adjustment, mom_pct=0.0, yoy_pct=0.0, ytd_pct=0.0
    )


def test_rates_of_unadjusted_levels_are_those_of_the_index_stage(series: Series) -> None:
    plain = series.to_frame()
    ours = rates_of(plain)
    for name in ("mom_pct", "yoy_pct", "ytd_pct"):
        np.testing.assert_allclose(ours[name], plain[name].astype(float), rtol=1e-9, atol=1e-10)
        assert plain[name].notna().sum() > 1000


def test_adjusted_rows_get_rates_from_their_own_levels(release: Release) -> None:
    frame = release.to_frame()
    rows = frame[(frame["class_code"] == "01") & (frame["adjustment"] == "SA")].sort_values("period")
    level = rows["index"].to_numpy()
    np.testing.assert_allclose(rows["mom_pct"].to_numpy()[1:], 100 * (level[1:] / level[:-1] - 1), rtol=1e-12)
    np.testing.assert_allclose(rows["yoy_pct"].to_numpy()[12:], 100 * (level[12:] / level[:-12] - 1), rtol=1e-12)
    assert rows["yoy_pct"].to_numpy()[-1] != 0.0


def test_a_missing_month_leaves_gaps_not_wrong_rates() -> None:
    months = [f"2024-{m:02d}" for m in range(1, 13)] + [f"2025-{m:02d}" for m in range(1, 7)]
    levels = {m: 100.0 + k for k, m in enumerate(months) if m != "2024-03"}
    rates = rates_of(frame_of(levels)).set_index(pd.Index(list(levels)))
    assert np.isnan(rates.loc["2024-04", "mom_pct"])
    assert np.isnan(rates.loc["2025-03", "yoy_pct"])
    assert np.isnan(rates.loc["2025-04", "ytd_pct"])
    assert rates.loc["2025-02", "ytd_pct"] == pytest.approx(100 * ((112 + 113) / (100 + 101) - 1))


def test_rates_from_published_levels_can_be_recalculated_by_hand(rules: Rules) -> None:
    policy = dataclasses.replace(publication_policy(rules.at("2025-06")), rates_from="published")
    frame = frame_of({"2025-01": 100.004, "2025-02": 100.016}, "NSA")
    assert with_rates(frame, policy)["mom_pct"].iloc[1] == pytest.approx(100 * (100.02 / 100.00 - 1))
    unrounded = dataclasses.replace(policy, rates_from="unrounded")
    assert (
        with_rates(frame, unrounded)["mom_pct"].iloc[1] == 0.0
    )  # an unadjusted rate is kept as the index stage has it
