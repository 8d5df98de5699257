"""The result: tables, the best, the page and the picture."""

import io

import numpy as np
import pytest
from numpy.testing import assert_allclose

from shuibei_index.errors import UsageError
from shuibei_index.lab import compare_methods


def test_the_table_has_a_row_per_class_method_and_target(found):
    frame = found.to_frame()
    assert found.targets == ("superlative", "transitive", "same_formula")
    assert len(frame) == 4 * len(found.methods) * 3
    assert not frame.duplicated(["class_code", "method", "target"]).any()
    assert set(frame.loc[frame["class_code"] == "030103", "unit"]) == {"ct"}
    assert found.levels.shape == (25, 4 * len(found.methods))
    row = frame.set_index(["class_code", "method", "target"]).loc[("0401", "carli chained", "superlative")]
    m, g = found.methods["method"].to_list().index("carli chained"), found.classes["class_code"].to_list().index("0401")
    error = found.log_levels[m, :, g] - found.log_targets["superlative"][:, g]
    error -= error[:12].mean()
    assert_allclose(row["rmse_pct"], 100 * np.sqrt((error**2).mean()), rtol=1e-12, atol=0)
    assert_allclose(row["end_pct"], 100 * error[-1], rtol=1e-12, atol=0)


def test_the_best_come_first_and_drift_breaks_a_tie(found):
    best = found.best(n=2)
    assert best.groupby("class_code").size().eq(2).all()
    for _, part in best.groupby("class_code"):
        assert part["rmse_pct"].is_monotonic_increasing
    whole = found.to_frame().query("target == 'superlative' and months == 25")
    assert_allclose(best.query("rank == 1")["rmse_pct"], whole.groupby("class_code")["rmse_pct"].min(), rtol=1e-12)
    # by identity all transitive and fixed-base methods are equal: the name decides, the same on every machine
    assert found.best(by="identity", n=1)["method"].nunique() == 1
    with pytest.raises(UsageError, match="did you mean 'rmse'"):
        found.best(by="rsme")
    with pytest.raises(UsageError, match="did you mean 'superlative'"):
        found.best(target="superlativ")


def test_summaries(found):
    by_unit = found.summary()
    assert set(by_unit["unit"]) == {"g", "ct", "piece"}
    for _, part in by_unit.groupby("unit"):
        whole = part["classes"] == part["classes"].max()
        assert whole.is_monotonic_decreasing, "methods that lack classes stand last"
        assert part.loc[whole, "rmse"].is_monotonic_increasing
    assert by_unit.loc[by_unit["unit"] == "g", "classes"].max() == 2
    by_class = found.summary(by="class_code", target="transitive")
    assert len(by_class) == (found.measures["months"] == found.measures["months"].max(axis=0)).sum()
    with pytest.raises(UsageError, match="by must be"):
        found.summary(by="metal")


def test_the_words_and_the_page(found, tmp_path):
    assert "4 classes" in repr(found) and "<table" in found._repr_html_()
    page = found.write(tmp_path / "m.html").read_text(encoding="utf-8")
    assert "各类最优" in page and "jevons chained" in page
    text = found.write(tmp_path / "m.csv").read_text(encoding="utf-8")
    assert text.startswith("class_code,unit,family,formula,extension,method,target,months,bias_pct,rmse_pct")
    assert text.count("\n") == len(found.to_frame()) + 1
    with pytest.raises(UsageError, match="the ending"):
        found.write(tmp_path / "m.xls")


def test_the_picture_shows_truth_methods_and_dots_in_both_languages(found, tmp_path):
    figure = found.plot("030103")
    words = " ".join(t.get_text() for t in figure.texts)
    assert "裸钻" in words and "Loose diamonds" in words and "均方根误差" in words
    legend = [t.get_text() for t in figure.legends[0].get_texts()]
    assert legend[0].startswith("最优真值 superlative truth") and "jevons chained" in legend
    top, low, dots = figure.axes
    assert len(top.lines) == len(legend) and len(low.lines) == len(legend)
    assert len(dots.get_yticks()) <= 24
    for sink in (io.BytesIO(), tmp_path / "p.png"):
        figure.savefig(sink, format="png")  # warnings are errors: a glyph the font lacks would be one
    assert found.write(tmp_path / "m.png").read_bytes() == found.write(tmp_path / "n.png").read_bytes()
    with pytest.raises(UsageError, match="in the comparison"):
        found.plot("0499")


def test_results_are_read_only_and_the_market_is_not_changed(found, market):
    with pytest.raises(ValueError, match="read-only"):
        found.log_levels[0, 0, 0] = 1.0
    before = market.goods.amount_fen.copy()
    compare_methods(market, classes=["90"], formulas=["jevons"], methods=[], windows=[], stress="seasonal")
    assert (market.goods.amount_fen == before).all()
