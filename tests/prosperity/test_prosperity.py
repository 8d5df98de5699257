"""The prosperity index by hand: what moves it, what must not, and what it withholds."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.errors import RulesError, UsageError
from shuibei_index.prosperity import ProsperityIndex, prosperity_index
from shuibei_index.resources import methodology_dir
from shuibei_index.rules import Rules

MONTHS = ["2024-01", "2024-02", "2024-03", "2024-04"]
FIRMS = [f"E{k}" for k in range(6)]
FLAT = pd.Series(100.0, index=MONTHS)


def sold(amounts, months=MONTHS, firms=FIRMS):
    """Turnover from months × firms; NaN = no record."""
    frame = pd.DataFrame(amounts, index=pd.Index(months, name="period"), columns=pd.Index(firms, name="enterprise_id"))
    return frame.stack().rename("turnover").reset_index()  # noqa: PD013


def business(stock, cost, margin, months=MONTHS, firms=FIRMS):
    frame = pd.DataFrame({"period": np.repeat(months, len(firms)), "enterprise_id": np.tile(firms, len(months))})
    shape = (len(months), len(firms))
    for name, value in (("stock_value", stock), ("cost_of_sales", cost), ("gross_margin", margin)):
        frame[name] = np.broadcast_to(np.asarray(value, dtype=float), shape).ravel()
    return frame


def survey(answers, question="sales", months=MONTHS):
    """Answers by month as words like "uuusd"."""
    score = {"u": 1.0, "s": 0.5, "d": 0.0}
    rows = [
        (m, f"E{k}", question, score[a]) for m, word in zip(months, answers, strict=True) for k, a in enumerate(word)
    ]
    return pd.DataFrame(rows, columns=["period", "enterprise_id", "question", "score"])


def own_rules(tmp_path, old, new):
    text = (methodology_dir() / "rules" / "prosperity.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "own.toml").write_text(text.replace(old, new), encoding="utf-8")
    return Rules.load(overlay=tmp_path)


def test_scale_by_hand():
    base = np.array([10.0, 20, 30, 40, 50, 50])
    price = pd.Series([100.0, 100, 125, 125], index=MONTHS)
    found = prosperity_index(sold(np.outer([1, 1.1, 1.1, 2.2], base)), price, base_period="2024-01")
    # nominal 1, 1.1, 1.1, 2.2; deflated by 1, 1, 1.25, 1.25
    assert found.levels["scale"] == pytest.approx([1000, 1100, 880, 1760])
    frame = found.to_frame()
    assert set(frame["family"]) == {"C"} and set(frame["component"]) == {"scale"}
    assert frame["mom_pct"].tolist()[1:] == pytest.approx([10, -20, 100]) and frame["yoy_pct"].isna().all()
    assert frame["n_enterprises"].tolist() == [6, 6, 6, 6] and set(frame["obs_conf"]) == {"F"}


def test_a_price_rise_of_15_percent_with_constant_quantities_moves_nothing():
    base = np.array([10.0, 20, 30, 40, 50, 50])
    price = pd.Series([100.0, 100, 115, 115], index=MONTHS)
    found = prosperity_index(sold(np.outer([1, 1, 1.15, 1.15], base)), price)
    assert found.levels["scale"] == pytest.approx(1000.0)


def test_a_firm_that_enters_or_leaves_moves_nothing():
    amounts = np.tile([10.0, 20, 30, 40, 50, 50], (4, 1))
    amounts[:2, 5] = np.nan  # enters in March
    amounts[3, 0] = np.nan  # leaves in April
    found = prosperity_index(sold(amounts), FLAT)
    assert found.levels["scale"] == pytest.approx(1000.0)
    # five before it came, five of the six in April
    assert found.firms["scale"].tolist() == [5, 5, 5, 5]
    naive = np.nansum(amounts, axis=1)
    assert naive[2] / naive[1] == pytest.approx(200 / 150)


def test_mean_of_the_base_period_is_1000():
    months = [f"2023-{m:02d}" for m in range(1, 13)] + ["2024-01"]
    base = np.array([10.0, 20, 30, 40, 50, 50])
    price = pd.Series(100.0, index=months)
    found = prosperity_index(sold(np.outer(np.arange(1, 14), base), months), price, base_period="2023")
    assert found.levels["scale"][:12].mean() == pytest.approx(1000)
    assert found.levels["scale"] == pytest.approx(1000 * np.arange(1, 14) / 6.5)
    assert found.to_frame()["yoy_pct"].iloc[-1] == pytest.approx(1200.0)


def test_a_month_with_too_few_firms_has_no_value_and_breaks_nothing():
    amounts = np.tile([10.0, 20, 30, 40, 50, 50], (4, 1)) * np.array([[1], [5], [2], [3]])
    amounts[1, 2:] = np.nan
    found = prosperity_index(sold(amounts), FLAT, base_period="2024-01")
    assert found.levels["scale"] == pytest.approx([1000, np.nan, 2000, 3000], nan_ok=True)
    frame = found.to_frame()
    assert frame["period"].tolist() == ["2024-01", "2024-03", "2024-04"]
    # no month before it: a rate over two months is none
    assert np.isnan(frame["mom_pct"].iloc[1]) and frame["mom_pct"].iloc[2] == pytest.approx(50)


def test_efficiency_by_hand():
    # stock turn 12 × 100 / 400 = 3, then 12 × 100 / 300 = 4; margin rate 25 / 125 = 20 %, at last 81.8 / 181.8 = 45 %
    stock = np.array([400.0, 300, 300, 300])[:, None]
    margin = np.array([25.0, 25, 25, 900 / 11])[:, None]
    found = prosperity_index(None, FLAT, business(stock, 100.0, margin), base_period="2024-01")
    assert found.levels["efficiency"] == pytest.approx(
        [1000, 1000 * (4 / 3) ** 0.5, 1000 * (4 / 3) ** 0.5, 1000 * (4 / 3 * 2.25) ** 0.5]
    )
    table = found.measures_frame()
    assert table["stock_turn"].tolist() == pytest.approx([3, 4, 4, 4])
    assert table["margin_pct"].tolist() == pytest.approx([20, 20, 20, 45])
    assert found.components == ("efficiency",)


def test_a_month_of_loss_has_no_efficiency():
    margin = np.array([25.0, -10, 25, 25])[:, None]
    found = prosperity_index(None, FLAT, business(400.0, 100.0, margin))
    assert found.levels["efficiency"] == pytest.approx([1000, np.nan, 1000, 1000], nan_ok=True)


def test_a_firm_without_stock_figures_is_not_compared():
    figures = business(400.0, 100.0, 25.0)
    figures.loc[(figures["enterprise_id"] == "E0") & (figures["period"] == "2024-02"), "stock_value"] = np.nan
    # E0 has a stock a hundred times that of others: it must not make a jump where it is missing
    figures.loc[figures["enterprise_id"] == "E0", "stock_value"] *= 100
    found = prosperity_index(None, FLAT, figures)
    assert found.levels["efficiency"] == pytest.approx(1000.0)
    assert found.firms["efficiency"].tolist() == [6, 5, 5, 6]


def test_confidence_by_hand():
    answers = survey(["uussdd", "uuuudd", "ssssss", "uuuuuu"])
    found = prosperity_index(None, FLAT, survey=answers, base_period="2024-01")
    # diffusion 50, 66.7, 50, 100; balance 0, 33.3, 0, 100
    assert found.levels["confidence"] == pytest.approx([1000, 4000 / 3, 1000, 2000])
    assert found.measures_frame()["balance_sales"].tolist() == pytest.approx([0, 100 / 3, 0, 100])


def test_stock_that_rises_is_bad_and_questions_count_alike():
    both = pd.concat(
        [survey(["ssssss", "uuuuuu", "ssssss", "ssssss"]), survey(["ssssss", "uuuuuu", "dddddd", "ssssss"], "stock")]
    )
    found = prosperity_index(None, FLAT, survey=both, base_period="2024-01")
    # 50; (100 + 0) / 2; (50 + 100) / 2; 50
    assert found.levels["confidence"] == pytest.approx([1000, 1000, 1500, 1000])
    missing = both[~((both["question"] == "stock") & (both["period"] == "2024-03"))]
    again = prosperity_index(None, FLAT, survey=missing, base_period="2024-01")
    assert again.levels["confidence"] == pytest.approx([1000, 1000, np.nan, 1000], nan_ok=True)
    with pytest.raises(UsageError, match="unknown question 'stocks'; did you mean 'stock'") as error:
        prosperity_index(None, FLAT, survey=survey(["uuuuu"] * 4, "stocks"))
    assert "未知问题" in error.value.zh


def whole(**changes):
    base = np.array([10.0, 20, 30, 40, 50, 50])
    parts = {
        "turnover": sold(np.outer([1, 1.1, 1.2, 1.3], base)),
        "price": FLAT,
        "business": business(np.array([400.0, 300, 300, 300])[:, None], 100.0, 25.0),
        "survey": survey(["uussdd", "uuuudd", "ssssss", "uuuuuu"]),
        "base_period": "2024-01",
        **changes,
    }
    return prosperity_index(**parts)


def test_total_is_the_weighted_mean():
    found = whole()
    turn = 1000 * (4 / 3) ** 0.5
    parts = np.array([[1000, 1100, 1200, 1300], [1000, turn, turn, turn], [1000, 4000 / 3, 1000, 2000]])
    assert found.levels["total"] == pytest.approx(np.array([0.5, 0.3, 0.2]) @ parts)
    assert found.components == ("scale", "efficiency", "confidence", "total")
    assert found.summary()["weight"].tolist()[:3] == [0.5, 0.3, 0.2]


def test_absent_data_are_an_absent_family_or_dimension(tmp_path):
    assert prosperity_index(None, FLAT) is None
    assert whole(survey=None).components == ("scale", "efficiency")
    rules = own_rules(tmp_path, 'value = "parts"', 'value = "whole"')
    assert whole(survey=None, rules=rules) is None and "total" in whole(rules=rules).components
    # four firms are too few by rule: as good as no data
    few = sold(np.ones((4, 4)), firms=FIRMS[:4])
    assert prosperity_index(few, FLAT) is None
    with pytest.raises(RulesError, match="'prosperity_absent' is 'some'"):
        whole(rules=own_rules(tmp_path, 'value = "parts"', 'value = "some"'))


def test_total_of_those_there_does_not_jump_when_one_enters(tmp_path):
    rules = own_rules(tmp_path, 'value = "parts"', 'value = "rescaled"')
    late = survey(["uuuuuu", "uuuuuu"], months=MONTHS[2:])
    found = whole(survey=late, rules=rules, base_period="2024-01")
    two = np.array([0.5, 0.3]) @ np.stack([found.levels["scale"], found.levels["efficiency"]]) / 0.8
    assert found.levels["total"][:3] == pytest.approx(two[:3])
    assert found.bases["confidence"] == "2024-03" and found.levels["confidence"][2] == pytest.approx(1000)
    # all three from then on: turnover 1200 → 1300 of 1000s, the rest unchanged
    turn = 1000 * (4 / 3) ** 0.5
    before, after = (0.5 * s + 0.3 * turn + 0.2 * 1000 for s in (1200, 1300))
    assert found.levels["total"][3] / found.levels["total"][2] == pytest.approx(after / before)
    strict = whole(survey=late)
    assert np.isnan(strict.levels["total"][:2]).all() and not np.isnan(strict.levels["total"][2:]).any()


def test_withheld_values_are_empty_with_everything_that_would_tell_them(tmp_path):
    amounts = np.tile([1000.0, 900, 1, 1, 1, 1], (4, 1))
    amounts[0] = amounts[1] = 100.0
    found = whole(turnover=sold(amounts))
    frame = found.to_frame().set_index(["component", "period"])
    # April has the two large firms in both months; March is compared with February, and they dominate March
    assert frame.loc["scale", "obs_conf"].tolist() == ["F", "F", "C", "C"]
    assert frame.loc["scale", "index"].isna().tolist() == [False, False, True, True]
    assert frame.loc["total", "obs_conf"].tolist() == ["F", "F", "C", "C"]
    assert frame.loc["total", "index"].isna().tolist() == [False, False, True, True]
    assert frame.loc["scale", "mom_pct"].isna().tolist() == [True, False, True, True]
    assert set(frame.loc["confidence", "obs_conf"]) == {"F"}
    # computed all the same
    assert not np.isnan(found.levels["scale"]).any()
    few = own_rules(tmp_path, "value = 5", "value = 2")
    two = prosperity_index(sold(np.ones((4, 2)), firms=FIRMS[:2]), FLAT, rules=few)
    assert set(two.to_frame()["obs_conf"]) == {"C"} and two.to_frame()["index"].isna().all()


def test_callers_data_stay_as_they_are_and_order_does_not_matter():
    parts = [sold(np.ones((4, 6))), business(400.0, 100.0, 25.0), survey(["uussd"] * 4)]
    copies = [p.copy() for p in parts]
    first = prosperity_index(parts[0], FLAT, parts[1], parts[2])
    for part, copy in zip(parts, copies, strict=True):
        pd.testing.assert_frame_equal(part, copy)
    shuffled = [p.sample(frac=1, random_state=3) for p in parts]
    again = prosperity_index(shuffled[0], FLAT[::-1], shuffled[1], shuffled[2])
    pd.testing.assert_frame_equal(first.to_frame(), again.to_frame())


@pytest.mark.parametrize(
    ("changes", "en"),
    [
        ({"price": 5}, "expected an IndexSeries or a Series"),
        ({"price": pd.Series([], dtype=float)}, "no month"),
        ({"price": pd.Series([1.0, 2.0], index=["2024-01", "2024-01"])}, "a month twice"),
        ({"turnover": pd.concat([sold(np.ones((4, 6)))] * 2)}, "stands twice"),
        ({"turnover": sold(np.ones((4, 6))).rename(columns={"turnover": "turnovr"})}, "did you mean 'turnovr'"),
    ],
)
def test_refusals(changes, en):
    with pytest.raises(UsageError, match=en) as error:
        whole(**changes)
    assert error.value.zh


def test_faces_of_the_result(tmp_path):
    import matplotlib.pyplot as plt

    found = whole()
    assert isinstance(found, ProsperityIndex) and "scale" in repr(found)
    html = found._repr_html_()
    assert "景气指数" in html and "示意" in html and "缺少" not in html
    assert "信心 confidence" in whole(survey=None)._repr_html_()
    with pytest.raises(UsageError, match="did you mean 'scale'"):
        found.published("scales")
    axes = found.plot()
    lines = [line for line in axes.get_lines() if len(line.get_xdata()) == 4]
    assert len(lines) == 4 and lines[0].get_ydata() == pytest.approx(found.levels["scale"])
    assert next(t.get_text() for t in axes.get_legend().get_texts()) == "规模 scale"
    axes.figure.savefig(tmp_path / "p.png")  # a glyph the font lacks is a warning, and so an error
    plt.close(axes.figure)


def test_raw_answers_are_as_good_as_scores():
    scored = survey(["uuuus", "uussd", "ddddd", "uuuuu"])
    words = {1.0: "up", 0.5: "持平", 0.0: "down"}
    raw = scored.assign(answer=scored["score"].map(words)).drop(columns="score")
    kept = raw.copy()
    found = prosperity_index(None, FLAT, None, raw)
    assert found.levels["confidence"] == pytest.approx(
        prosperity_index(None, FLAT, None, scored).levels["confidence"], nan_ok=True
    )
    pd.testing.assert_frame_equal(raw, kept)


@pytest.mark.parametrize(
    ("change", "en", "zh"),
    [
        (lambda f: f.drop(columns="score"), "column 'answer' is missing", "缺少列 answer"),
        (lambda f: f.drop(columns="score").assign(anwser="up"), "did you mean 'anwser'", "缺少列 answer"),
        (lambda f: f.rename(columns={"question": "q"}), "column 'question' is missing", "缺少列 question"),
        (lambda f: f.drop(columns="enterprise_id"), "column 'enterprise_id' is missing", "缺少列 enterprise_id"),
        (lambda f: f.drop(columns="score").assign(answer="better"), "answer 'better'.*up, same or down", "上升"),
        (lambda f: f.drop(columns="score").assign(answer=None), "answer.*up, same or down", "上升"),
        (lambda f: pd.concat([f, f.iloc[:1]]), "answers a question twice", "两个回答"),
        (lambda f: f.assign(score=2.0), "score.*0, 0.5 or 1", "0、0.5 或 1"),
    ],
)
def test_survey_frames_that_cannot_be_read_are_refused_in_both_languages(change, en, zh):
    with pytest.raises(UsageError, match=en) as error:
        prosperity_index(None, FLAT, None, change(survey(["uuuuu"] * 4)))
    assert zh in error.value.zh
