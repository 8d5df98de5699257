"""Tables and pictures of a hedonic index."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

from shuibei_index.errors import UsageError
from shuibei_index.index.hedonic import LOOSE_DIAMONDS, Characteristics, Grade, Measure, time_dummy_index
from shuibei_index.index.hedonic.charts import LABELS
from tests.index.hedonic.markets import stones

TABLE, TRUTH = stones(noise=0.1)
FOUND = time_dummy_index(TABLE, LOOSE_DIAMONDS, covariance="cluster", cluster="enterprise_id")


def test_frames():
    frame = FOUND.to_frame()
    assert frame.columns.tolist() == ["period", "level", "standard_error", "low", "high", "link", "n"]
    assert_allclose(frame["link"][1:].prod(), FOUND.levels[-1], rtol=1e-12)
    assert frame["n"].sum() == len(TABLE)
    assert_allclose(FOUND.summary()["mom_pct"][1], 100 * (FOUND.levels[1] - 1), rtol=1e-9)
    assert not FOUND.levels.flags.writeable
    html = FOUND._repr_html_()
    assert "特征价格指数" in html and "2024-06" in html and "Pooled" not in html


def test_signs_expected_and_otherwise():
    good = FOUND.coefficients().set_index("name")
    assert (good["flag"] == "").all()
    assert_allclose(good.loc["log stone_carat", "effect"], 1.7, atol=0.12)
    steps = FOUND.grade_steps()
    colour = steps[steps["column"] == "stone_colour"]
    assert colour["level"].tolist() == ["D", "E", "F", "G"] and colour["next_level"].tolist() == ["E", "F", "G", "H"]
    assert_allclose(colour["step"], 0.07, atol=0.06)
    bands = steps[steps["column"] == "stone_carat band"]
    assert bands["step"].to_numpy()[-1] > 0  # larger stones dearer: the next band exceeds this one
    # grades the wrong way round
    turned = TABLE.assign(stone_colour=TABLE["stone_colour"].map(dict(zip("DEFGH", "HGFED", strict=True))))
    bad = time_dummy_index(turned, LOOSE_DIAMONDS)
    flags = bad.coefficients().set_index("name")["flag"]
    assert (flags[flags.index.str.startswith("stone_colour")] == "SIGN").sum() >= 2
    assert (bad.grade_steps().query("column == 'stone_colour'")["flag"] != "").sum() >= 3
    assert bad.diagnostics()["wrong_beyond_doubt"][0] > 0


def test_diagnostics_and_influential_sales():
    table = TABLE.copy()
    table.index = [f"deal {k}" for k in range(len(table))]
    table.loc["deal 77", "price"] *= 8
    found = time_dummy_index(table, LOOSE_DIAMONDS, weights="equal")
    assert found.influential(3)["row"][0] == "deal 77" and found.influential(3)["period"][0] == "2024-01"
    row = found.diagnostics().iloc[0]
    assert row["n"] == len(table) and 0.9 < row["r2"] < 1 and row["adjusted_r2"] < row["r2"]
    assert row["largest_cook"] == found.influential(1)["cook"][0]
    robust = time_dummy_index(table, LOOSE_DIAMONDS, weights="equal", norm="tukey").diagnostics().iloc[0]
    assert robust["weighted_down"] >= 1
    pairs = time_dummy_index(TABLE, LOOSE_DIAMONDS, window="adjacent")
    assert len(pairs.diagnostics()) == 5 and pairs.influential(4)["fit"].notna().all()


def test_pooling_is_shown():
    rare = TABLE.copy()
    rare.loc[[1, 2], "stone_colour"] = "N"
    found = time_dummy_index(rare, Characteristics((Measure("stone_carat"), Grade("stone_colour", "colour"))))
    assert found.pooled["pooled_into"].tolist() == ["H+N", "H+N"]
    assert "Pooled grades" in found._repr_html_()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pictures_can_show_their_words(language, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of a character its font lacks
        axes = FOUND.plot(language=language)
        axes.figure.savefig(tmp_path / "index.png")
        figure = FOUND.plot_residuals(language=language)
        figure.savefig(tmp_path / "residuals.png")
    assert axes.get_ylabel() == LABELS[language]["index"].format(first="2024-01")
    assert_allclose(axes.lines[0].get_ydata(), 100 * FOUND.levels, rtol=1e-15)
    scatter = figure.axes[0].lines[1]
    assert_allclose(np.sort(scatter.get_ydata()), np.sort(FOUND.fits[0].residuals), rtol=1e-12)


def test_pictures_that_do_not_exist():
    with pytest.raises(UsageError, match="language"):
        FOUND.plot(language="fr")
    with pytest.raises(UsageError, match="no regression 3"):
        FOUND.plot_residuals(fit=3)
