"""Standard errors and bands of the compiled index: against formulas, loops, and what must not change them."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.aggregate import make_panel
from shuibei_index.errors import ShapeError, UsageError
from shuibei_index.index import Hierarchy, compile_index
from shuibei_index.index.compilation.inputs import Inputs
from shuibei_index.index.compilation.run import compile_inputs
from shuibei_index.index.sampling.compiled import uncertainty
from shuibei_index.index.sampling.estimate import groups_of
from shuibei_index.rules import Rules

RULES = Rules.load()
FORMULAS = ("jevons", "tornqvist", "fisher", "dutot", "carli")


def inputs_of(records, tree, weights=None):
    return Inputs.of(make_panel(records), tree, RULES, 12, weights)


def fixed(*years):
    rows = [(y, c, w, "") for y in years for c, w in (("A.1", 5.0), ("A.2", 2.0), ("B", 3.0))]
    return pd.DataFrame(rows, columns=["year", "class_code", "weight", "price_period"])


@pytest.mark.parametrize("weights", [None, fixed(2020, 2021)])
def test_every_firm_once_is_the_index(market, tree, weights):
    inputs = inputs_of(market(), tree, weights)
    once = compile_inputs(inputs, np.ones((8, 3))).levels
    base = compile_inputs(inputs).levels
    np.testing.assert_allclose(once, np.broadcast_to(base, once.shape), rtol=1e-12, atol=0)


@pytest.mark.parametrize("weights", [None, fixed(2020, 2021)], ids=["turnover", "weights.csv"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_replicates_are_the_indices_of_panels_with_firms_repeated(market, formula, weights):
    parents = {"A": "00", "B": "00", "A.1": "A", "A.2": "A"}
    tree = Hierarchy.from_parents(parents, formula={"A.1": formula, "A.2": "jevons", "B": formula})
    records = market(gaps=0.25)
    times = np.random.default_rng(4).integers(0, 4, (8, 5)).astype(float)
    times[:, 0] = [0, 0, 0, 0, 0, 2, 1, 3]
    if formula == "fisher":
        # a replicate in which no firm of the cell sold in the month before takes one half of it, a panel Paasche twice
        times = np.maximum(times, 1)
    found = compile_inputs(inputs_of(records, tree, weights), times)
    assert not found.lost.any()
    for r in range(5):
        copies = []
        for f, m in enumerate(times[:, r].astype(int)):
            own = records[records["enterprise_id"] == f"E{f:02d}"]
            copies += [own.assign(enterprise_id=f"E{f:02d}x{c}") for c in range(m)]
        alone = compile_inputs(inputs_of(pd.concat(copies), tree, weights)).levels[..., 0]
        np.testing.assert_allclose(found.levels[..., r], alone, rtol=1e-10, atol=0)


def test_replicates_with_a_class_mean_break(market, tree):
    # imputation by the class alone stops where the class has no matched item: in one replicate, not in another
    rules = RULES.at("2020-01")
    entry = rules.entries["imputation_method"]
    changed = {**rules.entries, "imputation_method": type(entry)(**{**vars(entry), "value": {"other": "class_mean"}})}
    rules = type(rules)(rules.month, changed, rules.digest)
    records = market(gaps=0.3, months=10)
    alone = (records["class_code"] == "B") & (records["period"] == "2020-05")
    records = records[~alone | (records["enterprise_id"] == "E01")]
    times = np.array([[1, 1], [0, 1], [1, 1], [1, 0], [0, 1], [1, 1], [0, 0], [2, 1]], dtype=float)
    found = compile_inputs(Inputs.of(make_panel(records), tree, rules, 12, fixed(2020)), times)
    assert found.links.breaks[..., 0].any()
    assert not found.links.breaks[..., 1].any()
    for r in range(2):
        copies = [
            records[records["enterprise_id"] == f"E{f:02d}"].assign(enterprise_id=f"E{f:02d}x{c}")
            for f, m in enumerate(times[:, r].astype(int))
            for c in range(m)
        ]
        alone = compile_inputs(Inputs.of(make_panel(pd.concat(copies)), tree, rules, 12, fixed(2020))).levels[..., 0]
        np.testing.assert_allclose(found.levels[..., r], alone, rtol=1e-10, atol=0)


LOG = np.random.default_rng(8).normal(0.01, 0.05, 12)


@pytest.fixture(scope="module")
def one_class():
    return Hierarchy.from_parents({"A": "00"}, formula={"A": "jevons"})


def test_jackknife_of_a_jevons_is_the_standard_error_of_a_mean(one_item_each, one_class):
    panel = one_item_each(np.exp(LOG))
    logs = np.diff(np.log(panel.prices), axis=0)[0]
    found = uncertainty(panel, one_class, rules=RULES, method="jackknife", base_period="2020-01")
    expected = logs.std(ddof=1) / np.sqrt(12)
    assert found.log_se["mom"][1, 0] == pytest.approx(expected, rel=1e-12)
    assert found.log_se["index"][1, 0] == pytest.approx(expected, rel=1e-12)
    assert found.replicates == 12
    # ± t(11 degrees of freedom), 2.20099 (any table)
    low, high = found.band("mom")
    ratio = np.exp(logs.mean())
    assert low[1, 0] == pytest.approx(100 * (ratio * np.exp(-2.2009852 * expected) - 1), rel=1e-6)
    assert high[1, 0] == pytest.approx(100 * (ratio * np.exp(2.2009852 * expected) - 1), rel=1e-6)
    assert found.se("mom")[1, 0] == pytest.approx(100 * ratio * expected, rel=1e-12)


def test_bootstrap_meets_the_analytic_standard_error(one_item_each, one_class):
    # relative Monte-Carlo error of a standard error from R replicates: 1 / √(2R) = 1.1 %
    panel = one_item_each(np.exp(LOG))
    logs = np.diff(np.log(panel.prices), axis=0)[0]
    found = uncertainty(panel, one_class, rules=RULES, replicates=4000, base_period="2020-01")
    # the mean over firms drawn 11 times is a ratio: its variance is exactly that of a mean of 11 of 12
    expected = logs.std(ddof=0) / np.sqrt(11)
    assert found.log_se["mom"][1, 0] == pytest.approx(expected, rel=0.04)
    assert expected == pytest.approx(logs.std(ddof=1) / np.sqrt(12), rel=1e-12)


def test_bootstrap_in_strata_of_two_is_not_too_small(one_item_each, one_class):
    panel = one_item_each(np.exp(LOG))
    logs = np.diff(np.log(panel.prices), axis=0)[0]
    strata = {f"E{f:03d}": f"s{f // 2}" for f in range(12)}
    within = sum(2 * pair.var(ddof=1) for pair in logs.reshape(6, 2)) / 12**2
    found = {
        method: uncertainty(
            panel, one_class, rules=RULES, replicates=4000, strata=strata, method=method, base_period="2020-01"
        ).log_se["mom"][1, 0]
        for method in ("bootstrap", "resample")
    }
    assert found["bootstrap"] == pytest.approx(np.sqrt(within), rel=0.04)
    assert found["resample"] == pytest.approx(np.sqrt(within / 2), rel=0.04)


def test_a_class_of_a_single_firm_has_no_band(market, tree):
    records = market()
    records = records[(records["class_code"] != "B") | (records["enterprise_id"] == "E03")]
    found = uncertainty(make_panel(records), tree, rules=RULES, replicates=20)
    frame = found.to_frame()
    of_b = frame[frame["class_code"] == "B"]
    assert (~of_b["estimable"]).all()
    assert of_b[["se", "low_95", "high_95"]].isna().all(axis=None)
    assert of_b["value"].notna().all()
    others = frame[(frame["class_code"] == "00") & (frame["period"] > "2020-01")]
    assert others["estimable"].all()
    assert (others["low_95"] < others["value"]).all()
    assert (others["value"] < others["high_95"]).all()


def test_a_panel_of_one_firm_has_no_bands_and_a_base_month_is_exact(market, tree):
    one = uncertainty(make_panel(market(firms=1, items=12)), tree, rules=RULES)
    assert not one.estimable("index").any()
    assert one.replicates == 0
    found = uncertainty(make_panel(market()), tree, rules=RULES, base_period="2020-05", replicates=20)
    headline = found.codes.index("00")
    low, high = found.band("index")
    assert low[4, headline] == high[4, headline] == 100.0


def test_a_class_nobody_sells_and_a_class_that_comes_later(market, tree):
    records = market()
    late = records[(records["class_code"] != "B") | (records["period"] >= "2021-02")]
    found = uncertainty(make_panel(late), tree, rules=RULES, base_period="2020", replicates=20)
    b = found.codes.index("B")
    first = int(np.argmax(~np.isnan(found.index[:, b])))
    assert found.index[first, b] == 100.0
    assert found.band("index")[0][first, b] == 100.0
    assert found.estimable("index")[first + 1 :, b].all()
    never = uncertainty(make_panel(records[records["class_code"] != "B"]), tree, rules=RULES, replicates=20)
    assert "B" not in set(never.to_frame()["class_code"])
    assert not never.estimable("mom")[:, b].any()


def test_the_firms_behind_a_number(market, tree):
    records = market(gaps=0.0)
    found = uncertainty(make_panel(records), tree, rules=RULES, base_period="2020", replicates=10)
    for measure in ("mom", "yoy", "index"):
        for code in found.codes:
            own = records[records["class_code"].str.startswith(code.replace("00", ""))]
            number = found.behind[measure].number[13, found.codes.index(code)]
            assert number == own["enterprise_id"].nunique(), (measure, code)
    assert (found.behind["mom"].number[0] == 0).all()
    effective, number = found.behind["mom"].effective, found.behind["mom"].number
    assert (effective[1:] <= number[1:] + 1e-9).all()
    # class A.1 is weighted by turnover: 1 / Σ share²
    part = records[(records["class_code"] == "A.1") & (records["period"] == "2021-02")]
    share = part.groupby("enterprise_id")["amount_fen"].sum() / part["amount_fen"].sum()
    assert effective[13, found.codes.index("A.1")] == pytest.approx(1 / (share**2).sum(), rel=1e-9)


def test_same_seed_same_bits_and_names_of_firms_do_not_matter(market, tree):
    records = market()
    first, again = (uncertainty(make_panel(records), tree, rules=RULES, replicates=30) for _ in range(2))
    for measure in first.log_se:
        assert first.log_se[measure].tobytes() == again.log_se[measure].tobytes()
    new = {f"E{f:02d}": f"Z{(f * 5 + 3) % 8}" for f in range(8)}
    renamed = uncertainty(
        make_panel(records.assign(enterprise_id=records["enterprise_id"].map(new))), tree, rules=RULES, replicates=30
    )
    shuffled = uncertainty(make_panel(records.sample(frac=1, random_state=1)), tree, rules=RULES, replicates=30)
    for measure in first.log_se:
        np.testing.assert_allclose(renamed.log_se[measure], first.log_se[measure], rtol=1e-9, atol=1e-13)
        np.testing.assert_allclose(shuffled.log_se[measure], first.log_se[measure], rtol=1e-9, atol=1e-13)
    other = uncertainty(make_panel(records), tree, rules=RULES, replicates=30, seed=1)
    assert not np.allclose(other.log_se["mom"][1:], first.log_se["mom"][1:], rtol=1e-3, atol=0)


def test_a_month_more_leaves_the_bands_before_it(market, tree):
    records, weights = market(), fixed(2020, 2021)
    series = [
        compile_index(
            make_panel(records[records["period"] <= last]), tree, rules=RULES, weights=weights, base_period="2020"
        ).quality_frame()
        for last in ("2021-02", "2021-03")
    ]
    before = series[1][series[1]["period"] <= "2021-02"].reset_index(drop=True)
    for column in ("low_95", "high_95"):
        np.testing.assert_allclose(before[column], series[0][column], rtol=1e-12, atol=0)


def test_quality_has_the_bands_of_the_rules(market, tree):
    panel = make_panel(market())
    series = compile_index(panel, tree, rules=RULES)
    found = uncertainty(panel, tree, rules=RULES)
    assert found.replicates == RULES.at("2020-01")["confidence_replicates"]
    quality = series.quality.set_index(["period", "class_code"])
    frame = found.to_frame().query("measure == 'index'").set_index(["period", "class_code"])
    for column in ("low_95", "high_95"):
        np.testing.assert_array_equal(quality.loc[frame.index, column], frame[column])
    assert quality["low_95"].notna().any()
    none = compile_index(panel, tree, rules=RULES, replicates=0).quality
    assert none[["low_95", "high_95"]].isna().all(axis=None)


def test_groups_of_the_panel_are_strata(market, tree):
    records = market()
    firms = pd.DataFrame({"enterprise_id": [f"E{f:02d}" for f in range(7)], "group": [*"xxxyyy", ""]})
    firms = firms.assign(joined="", left="")
    names = [f"E{f:02d}" for f in range(8)]
    assert groups_of(names, firms) == [*"xxxyyy", "", ""]
    assert groups_of(names, firms.assign(group="")) is None
    assert groups_of(names, None) is None
    panel = make_panel(records)
    by_group = compile_index(panel, tree, rules=RULES, panel_firms=firms).quality
    strata = dict(zip(names, [*"xxxyyy", "", ""], strict=True))
    found = uncertainty(panel, tree, rules=RULES, strata=strata).to_frame().query("measure == 'index'")
    np.testing.assert_array_equal(by_group["low_95"], found["low_95"])
    with pytest.raises(ShapeError, match="no stratum for the firms"):
        uncertainty(panel, tree, rules=RULES, strata={"E00": "x"})


def test_replicates_without_a_headline_are_left_out_and_counted(market, tree):
    records = market(firms=2, items=9)
    # in one month only the first firm has reported
    records = records[(records["period"] != "2020-06") | (records["enterprise_id"] == "E00")]
    found = uncertainty(make_panel(records), tree, rules=RULES, replicates=60)
    assert 0 < found.lost < 60
    assert found.replicates + found.lost == 60
    assert np.isfinite(found.log_se["mom"][3]).all()
    assert "left out" in repr(found)


def test_what_people_look_at(market, tree, tmp_path):
    found = uncertainty(make_panel(market()), tree, rules=RULES, replicates=20)
    summary = found.summary()
    assert set(summary["measure"]) == {"index", "mom", "yoy"}
    assert "Uncertainty: 5 classes" in found._repr_html_()
    for measure in ("index", "mom", "yoy"):
        found.plot("A.1", measure).savefig(tmp_path / f"{measure}.png")
        assert (tmp_path / f"{measure}.png").stat().st_size > 5000
    with pytest.raises(UsageError, match="no class"):
        found.plot("C")
    with pytest.raises(UsageError, match="measure must be"):
        found.se("qoq")
    with pytest.raises(ValueError, match="read-only"):
        found.index[0, 0] = 1.0


@pytest.mark.parametrize("months", [2, 6, 7, 11, 12, 13])
def test_a_young_series_has_bands_from_its_first_months(market, tree, months):
    # a panel of 7 to 11 months has no year behind it, and bands of its level all the same
    panel = make_panel(market(months=months))
    found = uncertainty(panel, tree, rules=RULES, replicates=20)
    assert np.isfinite(found.log_se["index"][-1]).any()
    yearly = found.log_se["yoy"]
    assert np.isnan(yearly[: min(12, months)]).all()
    assert np.isfinite(yearly[12:]).any() == (months > 12)
