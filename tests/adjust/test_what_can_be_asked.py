"""Everything a specification can ask for, run, and compared with the bare program given the exported files."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from shuibei_index.adjust import Adjustment, Specification, default_specification, seasonally_adjust
from shuibei_index.adjust.engine.output import read_table
from shuibei_index.adjust.engine.program import locate
from shuibei_index.errors import UsageError

Market = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
DEFAULT = default_specification(month="2025-06")


def _rerun(adjusted: Adjustment, folder: Path) -> dict[str, np.ndarray]:
    """Run the exported file of the one series by hand and return the tables it leaves."""
    adjusted.export(folder)
    engine = locate()
    assert engine is not None
    subprocess.run([str(engine.path), "S00000", "-s", "-n"], cwd=folder, capture_output=True, check=True)
    tables = ("b1", "d10", "d11", "d12", "d13", "d16", "s10", "s11", "s12", "s13", "s16", "saa", "rsd")
    return {code: read_table(folder / f"S00000.{code}")[1] for code in tables if (folder / f"S00000.{code}").is_file()}


@pytest.mark.parametrize(
    "fields",
    [
        {"method": "seats"},
        {"method": "seats", "arima": "(2 1 0)(1 0 0)", "festival": None},
        {"force": "denton"},
        {"force": "regress", "force_rho": 0.9, "force_lambda": 1.0, "force_start": 4},
        {"variables": ("td", "ls2018.Nov", "ao2017.3"), "transform": "none"},
        {"variables": ("td1coef",), "fixed_regression": {"td1coef": 0.002, "during": -0.2}, "fixed_arima": (0.4, None)},
        {"seasonal_filter": "s3x3", "trend_filter": 13, "sigma_limits": (1.0, 2.0)},
        {"seasonal_filter": ("s3x5",) * 11 + ("s3x9",)},
        {"outliers": ("ao", "ls", "tc"), "critical": 3.0, "outlier_span": ("2020-01", None)},
        {"model_span": ("2016-01", "2024-12"), "backcast_months": 12, "forecast_months": 24},
        {"holidays": (("mid_autumn", 7, 3, 0), ("dragon_boat", 3, 1, 0), ("qixi", 7, 1, 0))},
        {"x11_only": True, "outliers": ()},
        {"x11_mode": "pseudoadd", "festival": None, "outliers": ()},
        {"transform": "auto", "x11_mode": "default", "arima": "auto", "aictest": ("td", "user")},
    ],
    ids=lambda fields: " ".join(fields),
)
def test_exported_files_give_the_same_run(market: Market, tmp_path: Path, fields: dict[str, object]) -> None:
    frame, _ = market(series=1)
    adjusted = seasonally_adjust(frame, specification=replace(DEFAULT, **fields))  # type: ignore[arg-type]
    row = adjusted.diagnostics.iloc[0]
    assert row[["status", "step", "attempts"]].tolist() == ["adjusted", "configured", ""]
    theirs = _rerun(adjusted, tmp_path / "out")
    assert {"d11", "s11"} & set(theirs)
    for code, values in theirs.items():
        ours = adjusted.tables["S0"][code]
        own = ours[~np.isnan(ours)] if code == "rsd" else ours
        ahead = adjusted.projected["S0"].get(code, np.empty(0))
        begin = len(values) - len(own) - len(ahead)  # b1 begins with the backcasts
        assert_array_equal(np.concatenate([own, ahead]), values[begin:], err_msg=code)
    again = Specification.from_text((tmp_path / "out" / "S00000.spc").read_text())
    assert replace(again, x11_mode="mult", transform="log", tables=()) == replace(
        adjusted.specifications["S0"], x11_mode="mult", transform="log", tables=()
    )


def test_seats_takes_the_place_of_x11(market: Market) -> None:
    frame, _ = market(series=1)
    adjusted = seasonally_adjust(frame, specification=replace(DEFAULT, method="seats"))
    parts = adjusted.decomposition("S0")
    assert_allclose(parts["SA"] * parts["factor"], parts["original"], rtol=1e-12)
    assert_array_equal(parts["SA"], adjusted.tables["S0"]["s11"])
    assert "d11" not in adjusted.tables["S0"]
    assert adjusted.udg["S0"]["samode"] == "SEATS seasonal adjustment"
    # SEATS forecasts three years, so its regressors and factors reach as far.
    assert adjusted.given["S0"].index[-1] == "2028-12"
    assert len(adjusted.projected_factors()) == 36


def test_totals_of_the_years(market: Market) -> None:
    frame, _ = market(series=1)
    adjusted = seasonally_adjust(frame, specification=replace(DEFAULT, force="denton"))
    years = frame.index.year
    totals = adjusted.components["SA"]["S0"].groupby(years).sum()
    assert_allclose(totals, frame["S0"].groupby(years).sum(), rtol=1e-9)
    free = seasonally_adjust(frame).components["SA"]["S0"].groupby(years).sum()
    assert np.abs(free / frame["S0"].groupby(years).sum() - 1).max() > 1e-4


def test_projected_factors_adjust_the_months_to_come(market: Market) -> None:
    frame, _ = market(series=2)
    spec = replace(DEFAULT, series_span=(None, "2024-12"))
    adjusted = seasonally_adjust(frame, specification=spec)
    ahead = adjusted.projected_factors(6)
    assert ahead.index.tolist() == [f"2025-{m:02d}" for m in range(1, 7)]
    parts = [adjusted.projected_factors(6, component=name) for name in ("seasonal", "calendar")]
    assert_allclose(ahead, parts[0] * parts[1], rtol=1e-12)
    theirs = seasonally_adjust(frame).components["factor"].loc["2025-01":"2025-06"]
    assert np.abs(ahead / theirs - 1).to_numpy().max() < 0.02
    assert adjusted.components["SA"].loc["2025-01":].isna().to_numpy().all()
    with pytest.raises(UsageError, match="carried 12 periods ahead, 13 are asked for"):
        adjusted.projected_factors(13)
    with pytest.raises(UsageError, match="expected one of seasonal, factor, calendar"):
        adjusted.projected_factors(component="SA")


def test_a_specification_for_each_series(market: Market) -> None:
    frame, _ = market(series=3)
    own = {"S1": replace(DEFAULT, method="seats"), "S2": replace(DEFAULT, arima="(1 1 0)(0 1 1)", festival=None)}
    adjusted = seasonally_adjust(frame, specification=own)
    for name, spec in ({"S0": DEFAULT} | own).items():
        alone = seasonally_adjust(frame[[name]], specification=spec)
        assert_array_equal(alone.components["SA"][name], adjusted.components["SA"][name])
    assert adjusted.specifications == {"S0": DEFAULT} | own
    with pytest.raises(UsageError, match="'S9', which is no series of the data"):
        seasonally_adjust(frame, specification={"S9": DEFAULT})


def test_what_regressors_are_decides_where_their_effect_goes(market: Market) -> None:
    frame, _ = market(series=1)
    longer = pd.period_range("2014-01", periods=156, freq="M")
    days = np.random.default_rng(2).normal(0, 1, 156)
    own = pd.DataFrame({"days": days}, index=longer)
    series = (frame["S0"] * np.exp(0.02 * days[:144])).rename("a")
    spec = replace(DEFAULT, user=("days",))
    runs = {
        kind: seasonally_adjust(series, specification=spec, regressors=own, usertype=kind) for kind in ("td", "user")
    }
    found = runs["td"].coefficients.set_index("term")["estimate"]
    assert found["days"] == pytest.approx(0.02, abs=0.004)
    # Beside the Spring Festival, as the specification names the column.
    assert found["during"] == pytest.approx(-0.20, abs=0.03)
    left = {kind: np.log(run.components["SA"]["a"]).diff().corr(pd.Series(days[:144], run.original.index).diff())
            for kind, run in runs.items()}  # fmt: skip
    assert abs(left["td"]) < 0.2
    assert left["user"] > 0.5
    both = seasonally_adjust(frame[["S0"]].assign(S1=frame["S0"]), regressors={"S1": own})
    assert list(both.given["S1"].columns) == ["days"]
    assert list(both.given["S0"].columns) == ["before", "during", "after"]
    with pytest.raises(UsageError, match="no regressor 'day'; did you mean 'days'"):
        seasonally_adjust(series, specification=replace(DEFAULT, user=("day",)), regressors=own)
    with pytest.raises(UsageError, match="none are given"):
        seasonally_adjust(series, specification=spec)


def test_held_coefficients_are_as_held(market: Market) -> None:
    frame, _ = market(series=1)
    held = replace(DEFAULT, fixed_arima=(0.3, 0.6), fixed_regression={"during": -0.25})  # type: ignore[arg-type]
    adjusted = seasonally_adjust(frame, specification=held)
    rows = adjusted.coefficients.set_index("term")
    assert rows.loc[["during", "Nonseasonal$01$01", "Seasonal$12$12"], "estimate"].tolist() == [-0.25, 0.3, 0.6]
    assert rows.loc[["during", "Nonseasonal$01$01"], "t"].isna().all()
    assert rows.loc["before", "t"] > 2
    assert np.isnan(adjusted.diagnostics["cny_during_t"].iloc[0])


def test_quarters(market: Market) -> None:
    frame, _ = market(series=1)
    quarters = frame.groupby(frame.index.asfreq("Q")).sum()
    forms: list[object] = [
        quarters,
        quarters.set_axis([f"{q.year}-Q{q.quarter}" for q in quarters.index]),
        quarters.set_axis([f"{q.year}Q{q.quarter}" for q in quarters.index]),
        quarters.to_timestamp(how="end"),
        quarters.to_timestamp(how="start"),
    ]
    runs = [seasonally_adjust(form, specification=replace(DEFAULT, variables=("td1coef",))) for form in forms]
    assert len({run.to_frame().to_csv() for run in runs}) == 1
    adjusted = runs[0]
    assert adjusted.original.index[[0, -1]].tolist() == ["2014-Q1", "2025-Q4"]
    assert adjusted.diagnostics["step"].tolist() == ["configured"]
    assert adjusted.projected_factors().index[0] == "2026-Q1"
    assert adjusted.table("fct").index.tolist()[:2] == ["2026-Q1", "2026-Q2"]
    parts = adjusted.decomposition("S0")
    assert_allclose(parts["SA"] * parts["factor"], parts["original"], rtol=1e-12)
    short = seasonally_adjust(quarters.iloc[:11])
    assert "only 11 quarters (2014-Q1 to 2016-Q3), at least 12" in short.diagnostics["reason_en"].iloc[0]
    assert "11 个季度" in short.diagnostics["reason_zh"].iloc[0]
    adjusted.plot("S0")


def test_months_in_any_form(market: Market) -> None:
    frame, _ = market(series=1, months=48)
    runs = [
        seasonally_adjust(form).to_frame().to_csv()
        for form in (
            frame,
            frame.to_timestamp(how="start"),
            frame.set_axis(frame.index.strftime("%Y-%m-01")),
            frame.set_axis([p.end_time.date().isoformat() for p in frame.index]),
        )
    ]
    assert len(set(runs)) == 1


def test_tables_as_frames(market: Market) -> None:
    frame, _ = market(series=2)
    frame["late"] = frame["S0"].where(frame.index >= "2017-01")
    spec = replace(DEFAULT, sliding_spans=True, history=True, spectrum=True)
    adjusted = seasonally_adjust(frame, specification=spec)
    d8 = adjusted.table("d8")
    assert d8.shape == (144, 3)
    assert d8["late"].first_valid_index() == "2017-01"
    assert_allclose(adjusted.table("d11")["S1"], adjusted.components["SA"]["S1"], rtol=0)
    assert adjusted.table("fct").shape == (12, 3)
    assert_array_equal(adjusted.tables["S0"]["a1"], frame["S0"])
    assert list(adjusted.table("sae")["S0"].columns) == ["Conc_SA", "Final_SA"]
    assert adjusted.table("sfs")["S0"].shape[1] == 5
    assert adjusted.table("sfs")["S0"].iloc[0].isna().any()  # -999 of X-13
    assert adjusted.table("sp0")["S0"]["Frequency"].iloc[-1] == 0.5
    with pytest.raises(UsageError, match="no series has a table 'd99'"):
        adjusted.table("d99")


def test_only_what_is_asked_for_is_read(market: Market) -> None:
    frame, _ = market(series=1)
    adjusted = seasonally_adjust(frame, specification=replace(DEFAULT, tables=("d12",), projected=False))
    assert set(adjusted.tables["S0"]) == {"a1", "d11", "d12"}
    assert adjusted.components["TREND"]["S0"].notna().all()
    assert adjusted.components["seasonal"]["S0"].isna().all()
    assert adjusted.projected_factors().empty


def test_export_overwrites_nothing_unasked(market: Market, tmp_path: Path) -> None:
    frame, _ = market(series=2)
    frame = frame.rename(columns={"S1": "=SUM(A1)"}).assign(short=frame["S0"].where(frame.index >= "2024-01"))
    adjusted = seasonally_adjust(frame)
    files = adjusted.export(tmp_path / "out")
    assert [path.name for path in files] == [
        "series.csv", "engine.json", "S00000.spc", "S00000.dta", "S00000.log", "R00000.dta", "S00001.spc", "S00001.dta",
        "S00001.log",
    ]  # fmt: skip
    listed = pd.read_csv(tmp_path / "out" / "series.csv", dtype=str)
    assert listed["series"].tolist() == ["S0", "'=SUM(A1)", "short"]
    assert listed["status"].tolist() == ["adjusted", "adjusted", "refused"]
    before = {path.name: path.read_bytes() for path in files}
    with pytest.raises(UsageError, match=r"series.csv exists \(9 files in all\)"):
        adjusted.export(tmp_path / "out")
    adjusted.export(tmp_path / "out", overwrite=True)
    assert {path.name: path.read_bytes() for path in files} == before


def test_log_says_what_x13_said(market: Market) -> None:
    frame, _ = market(series=1)
    adjusted = seasonally_adjust(frame, specification=replace(DEFAULT, variables=("seasonal",)))
    log = adjusted.log("S0")
    assert log.index("[configured]") < log.index("seasonal difference with seasonal") < log.index("[airline]")
    assert "Execution" not in log  # no clock in a result
    assert adjusted.attempts["S0"][0][0] == "configured"
