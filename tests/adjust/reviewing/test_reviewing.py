"""The yearly review: windows by AICc, forecasts from within the data, what is proposed and what is accepted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust import default_specification, seasonally_adjust, spring_festival_regressors
from shuibei_index.adjust.reviewing import (
    Candidates,
    accept,
    accepted_specifications,
    choose_windows,
    read_acceptances,
    review_specifications,
    window_grid,
)
from shuibei_index.adjust.reviewing.review import _SEASONAL, festival_of, window_name
from shuibei_index.errors import UsageError, WorkspaceError
from shuibei_index.rules import Rules

RULES = Rules.load().at("2025-06")
SPEC = replace(default_specification(RULES), outliers=())


def made(festival: tuple[int, int, int] | None, seed: int = 5, series: int = 2) -> pd.DataFrame:
    """Return series of ten years with an effect in these windows."""
    rng = np.random.default_rng(seed)
    index = pd.period_range("2014-01", periods=120, freq="M").strftime("%Y-%m")
    logs = 4 + np.cumsum(rng.normal(0.003, 0.01, (120, series)), axis=0) + rng.normal(0, 0.01, (120, series))
    pattern = rng.normal(0, 0.05, (12, series))
    logs += (pattern - pattern.mean(axis=0))[np.arange(120) % 12]
    if festival is not None:
        before, during, after = festival
        effect = spring_festival_regressors(index[0], index[-1], before, after, during=during).to_numpy()
        logs += (effect @ np.array([0.3, -0.45, 0.15][: effect.shape[1]]))[:, None]
    return pd.DataFrame(np.exp(logs), index=index, columns=[f"S{k}" for k in range(series)])


def test_the_grid_is_a_rule() -> None:
    grid = window_grid(RULES)
    assert grid["none"] is None and grid["20-7-14"] == (20, 7, 14)
    before, during, after = RULES["spring_festival_window_grid"]
    assert len(grid) == 1 + len(before) * len(during) * len(after)
    assert all(festival_of(name) == window and window_name(window) == name for name, window in grid.items())


@pytest.mark.parametrize("festival", [(7, 7, 7), (20, 7, 20)])
def test_the_true_windows_are_chosen(festival: tuple[int, int, int]) -> None:
    frame = made(festival)
    table = choose_windows(frame, dict.fromkeys(frame.columns, SPEC), RULES)
    assert len(table) == len(frame.columns) * len(window_grid(RULES))
    chosen = table[table["chosen"]].set_index("series")["window"]
    assert chosen.to_dict() == dict.fromkeys(frame.columns, window_name(festival))
    # the AICc is X-13's of that specification
    alone = seasonally_adjust(frame["S0"], specification=replace(SPEC, festival=festival))
    mine = table[(table["series"] == "S0") & (table["window"] == window_name(festival))]["aicc"]
    assert mine.iloc[0] == pytest.approx(alone.diagnostics["aicc"].iloc[0], abs=1e-6)


def test_forecast_errors_are_those_of_the_forecasts() -> None:
    frame = made((20, 7, 20), series=1)
    pool = Candidates(frame, {"S0": {"now": SPEC, "plain": replace(SPEC, festival=None)}}, RULES)
    table = pool.forecast_errors([12]).set_index("candidate")["error_pct"]
    early = seasonally_adjust(frame.iloc[:-12], specification=SPEC)
    forecast = early.table("fct")["S0"].to_numpy()
    expected = 100 * np.abs(forecast / frame["S0"].iloc[-12:].to_numpy() - 1).mean()
    assert table["now"] == pytest.approx(expected, rel=1e-12)
    assert table["plain"] > table["now"]


def test_outliers_of_later_dates_do_not_stop_a_forecast_from_before_them() -> None:
    frame = made((20, 7, 20), series=1)
    spec = replace(SPEC, variables=("ao2015.Mar", "ls2023.Jun"))
    table = Candidates(frame, {"S0": {"now": spec}}, RULES).forecast_errors([36, 12])
    assert np.isfinite(table["error_pct"]).all()


def test_a_review_proposes_what_the_data_favour_and_nothing_else() -> None:
    right, wrong = made((20, 7, 20), 5, 1), made((7, 7, 7), 6, 1)
    frame = pd.DataFrame({"right": right["S0"], "wrong": wrong["S0"]})
    now = replace(SPEC, festival=(20, 7, 20))
    review = review_specifications(frame, specification=now)
    rows = review.table.set_index("series")
    assert rows.loc["right", "window_proposed"] == "20-7-20"
    assert rows.loc["wrong", "window_proposed"] == "7-7-7" and rows.loc["wrong", "aicc_gain"] > 2
    assert "wrong" in review.changed() and "AICc" in rows.loc["wrong", "reason_zh"]
    # what would change is the difference of the two adjusted series
    both = [seasonally_adjust(frame["wrong"], specification=s).components["SA"]["wrong"] for s in
            (review.current["wrong"], review.proposed["wrong"])]  # fmt: skip
    moved = 100 * (both[1] / both[0] - 1).abs()
    assert rows.loc["wrong", "max_change_pct"] == pytest.approx(moved.max(), rel=1e-6)
    assert rows.loc["wrong", "mean_change_pct"] == pytest.approx(moved.mean(), rel=1e-6)
    assert rows["spans_current"].notna().all() and rows["forecast_error_proposed"].notna().all()
    assert "wrong" in review._repr_html_()


def test_series_the_engine_cannot_adjust_are_left_out() -> None:
    frame = made((20, 7, 20), series=1).assign(zeros=0.0)
    assert review_specifications(frame, specification=SPEC).table["series"].tolist() == ["S0"]


@pytest.fixture(scope="module")
def review():
    frame = made((7, 7, 7), 6, 1)
    return review_specifications(frame, specification=replace(SPEC, festival=(20, 7, 20)))


def test_an_acceptance_is_kept_and_used_from_its_month(review, tmp_path: Path) -> None:
    path = tmp_path / "reference" / "seasonal_specifications.jsonl"
    added = accept(path, review, person="王敏", at="2024-02-05T10:00", reason="年度评审")
    assert [a.series for a in added] == ["S0"] and added[0].valid_from == "2024-01"
    assert accepted_specifications(path, "2023-12", SPEC) == {}
    in_force = accepted_specifications(path, "2024-01", SPEC)["S0"]
    assert in_force.festival == (7, 7, 7) and in_force == review.proposed["S0"]
    accept(path, review, series=["S0"], person="李强", at="2025-02-03T09:00", reason="again", valid_from="2025-01")
    lines = read_acceptances(path)
    assert [a.person for a in lines] == ["王敏", "李强"] and lines[0].previous == "" and lines[1].previous
    assert lines[0].evidence["aicc_gain"] > 2 and lines[0].before["festival"] == [20, 7, 20]


def test_a_changed_line_is_noticed(review, tmp_path: Path) -> None:
    path = tmp_path / "accepted.jsonl"
    for at in ("2024-02-05T10:00", "2025-02-05T10:00"):
        accept(path, review, person="王敏", at=at, reason="年度评审")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("王敏", "李强", 1), encoding="utf-8")
    with pytest.raises(WorkspaceError, match="line 2"):
        read_acceptances(path)
    path.write_text("not a line\n", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="line 1"):
        read_acceptances(path)


@pytest.mark.parametrize("field", ["person", "at", "reason"])
def test_an_acceptance_needs_a_person_a_time_and_a_reason(review, tmp_path: Path, field: str) -> None:
    said = {"person": "王敏", "at": "2024-02-05T10:00", "reason": "年度评审"} | {field: " "}
    with pytest.raises(UsageError, match=field):
        accept(tmp_path / "accepted.jsonl", review, **said)


def test_a_series_not_in_the_review(review, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="S9"):
        accept(tmp_path / "a.jsonl", review, series=["S9"], person="a", at="2024-02-05T10:00", reason="b")


def test_what_is_not_to_change_cannot_be_accepted(tmp_path: Path) -> None:
    frame = made((20, 7, 20), 7, 1)
    found = review_specifications(frame, specification=replace(SPEC, festival=(20, 7, 20)))
    assert found.changed() == []
    path = tmp_path / "a.jsonl"
    assert accept(path, found, person="a", at="2024-02-05T10:00", reason="b") == [] and not path.exists()
    with pytest.raises(UsageError, match="no change of 'S0'"):
        accept(path, found, series=["S0"], person="a", at="2024-02-05T10:00", reason="b")


def test_one_origin_is_too_few_for_another_model() -> None:
    """Seed 5 favours (2 1 0)(0 1 1) over ten years; of six years one origin is left, and nothing is proposed."""
    frame = made((20, 7, 20), 5, 1)
    now = replace(SPEC, festival=(20, 7, 20))
    assert review_specifications(frame, specification=now).table["model_proposed"].tolist() == ["(2 1 0)(0 1 1)"]
    young = review_specifications(frame.iloc[-72:], specification=now).table
    assert young["model_proposed"].tolist() == ["(0 1 1)(0 1 1)"]


@pytest.mark.parametrize(
    ("model", "seasonal"), [("(0 1 1)(0 1 1)", True), ("(1 0 0)", False), ("(1 0 0)(0 0 0)", False)]
)
def test_a_model_without_a_season_is_known(model: str, seasonal: bool) -> None:
    assert (_SEASONAL.search(model) is not None) == seasonal


def test_a_change_that_makes_the_series_unstable_is_not_proposed(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = made((7, 7, 7), 6, 1)
    now = replace(SPEC, festival=(20, 7, 20))
    spans = iter([5.0, 12.5])
    monkeypatch.setattr("shuibei_index.adjust.reviewing.review._unstable", lambda adjusted, series: next(spans))
    found = review_specifications(frame, specification=now)
    row = found.row("S0")
    assert found.changed() == [] and row["window_proposed"] == "20-7-20" and row["max_change_pct"] == 0.0
    assert found.proposed["S0"] == found.current["S0"]
    assert "5.0% 升至 12.5%" in str(row["reason_zh"]) and "from 5.0 to 12.5 %" in str(row["reason_en"])
