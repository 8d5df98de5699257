"""Chained aggregates over years: the ONS toy, classes that come and go, and data of other packages."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index.chain import average, chain, chained_aggregate, link, rebase, unchain
from shuibei_index.index.chain.periods import weeks_in, write
from shuibei_index.index.hierarchy import Hierarchy, aggregate
from shuibei_index.months import between, shift

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "reference" / "index"
TREE = Hierarchy.from_parents({"1": "00", "2": "00", "A": "1", "B": "1", "C": "2", "D": "2"})


def market(labels, seed=3, classes="ABCD"):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        100 * np.exp(np.cumsum(rng.normal(0, 0.04, (len(labels), len(classes))), 0)), labels, [*classes]
    )


def yearly_weights(years, seed=4, classes="ABCD"):
    return pd.DataFrame(np.random.default_rng(seed).uniform(1, 9, (len(years), len(classes))), years, [*classes])


def wide(path, rows, columns, values):
    return pd.read_csv(path).set_index([rows, columns])[values].unstack()  # noqa: PD010


def folder(name):
    path = REFERENCE / name
    if not path.exists():
        pytest.skip(f"reference data {name} are not here")
    return path


def test_ons_toy_resets_the_relatives_at_each_link():
    months = between("2019-12", "2022-12")
    a = np.interp(range(37), [0, 12, 24, 36], [100.0, 200.0, 220.0, 242.0])
    levels = pd.DataFrame({"A": a, "B": 100.0}, months)
    weights = pd.DataFrame(50.0, [2020, 2021, 2022], ["A", "B"])
    chained = chained_aggregate(levels, weights, base=100.0)
    assert_allclose(chained.iloc[[0, 12, 24, 36]], [100, 150, 157.5, 165.375], rtol=1e-13)
    # one row of weights for all years is the fixed basket, which the fault gave: 160 and 171
    assert_allclose(chained_aggregate(levels, weights.iloc[:1], base=100.0).iloc[[24, 36]], [160, 171], rtol=1e-13)


def by_hand(levels, weights, overlap, at=12):
    """A second computation with plain loops: total of all classes."""
    total = pd.Series(np.nan, levels.index)
    for year in weights.index:
        w = weights.loc[year] / weights.loc[year].sum()
        months = between(f"{year}-01", f"{year}-12") if at == 12 else between(shift(f"{year}-{at:02d}", 1),
                                                                              f"{year + 1}-{at:02d}")  # fmt: skip
        months = [m for m in months if m in levels.index]
        if overlap == "month":
            start = shift(months[0], -1)
            factor = total.get(start, np.nan)
            total[start] = factor = 1.0 if np.isnan(factor) else factor
            for m in months:
                total[m] = factor * (w * levels.loc[m] / levels.loc[start]).sum()
            continue
        before = between(f"{year - 1}-01", f"{year - 1}-12")
        reference = levels.loc[before].mean()
        own = {m: (w * levels.loc[m] / reference).sum() for m in [*before, *months]}
        if total[before].isna().all():
            for m in before:
                total[m] = own[m]
        for m in months:
            total[m] = own[m] * (
                total[before].mean() if overlap == "annual" else total[shift(m, -12)] / own[shift(m, -12)]
            )
    return total


@pytest.mark.parametrize(("overlap", "at"), [("month", 12), ("month", 1), ("month", 3), ("annual", None),
                                             ("over_the_year", None)])  # fmt: skip
def test_against_plain_loops(overlap, at):
    levels, weights = market(between("2018-12", "2022-10")), yearly_weights([2020, 2021, 2022])
    found = chained_aggregate(levels, weights, overlap=overlap, link_month=at if overlap == "month" else None)
    expected = by_hand(levels, weights, overlap, at or 12)
    assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("at", range(1, 13))
def test_weights_of_a_year_link_before_it_or_early_in_it(at):
    levels, weights = market(between("2019-01", "2023-12")), yearly_weights([2020, 2021, 2022])
    named = weights.set_axis([f"{y - 1 if at > 6 else y}-{at:02d}" for y in weights.index])
    found = chained_aggregate(levels, weights, link_month=at)
    assert_allclose(found, chained_aggregate(levels, named), rtol=1e-14)
    assert found.first_valid_index() == named.index[0]


@pytest.mark.parametrize("overlap", ["month", "annual", "over_the_year"])
def test_tree_in_steps_scales_and_bases_change_nothing(overlap):
    levels, weights = market(between("2019-01", "2022-12")), yearly_weights([2020, 2021, 2022])
    total = chained_aggregate(levels, weights, overlap=overlap)
    nodes = chained_aggregate(levels, weights, TREE, overlap=overlap)
    assert_allclose(nodes["00"], total, rtol=1e-12)
    assert_allclose(nodes["1"], chained_aggregate(levels[["A", "B"]], weights[["A", "B"]], overlap=overlap), rtol=1e-12)
    scaled = levels * [1e-12, 1e12, 3.0, 0.1]
    assert_allclose(chained_aggregate(scaled, weights * 1e9, overlap=overlap), total, rtol=1e-12)
    assert_allclose(chained_aggregate(levels, weights, overlap=overlap, base=100.0), 100 * total, rtol=1e-14)
    # one class: its own rates
    alone = chained_aggregate(levels[["A"]], weights[["A"]], overlap=overlap).dropna()
    own = levels.loc[alone.index, "A"]
    assert_allclose(alone / alone.iloc[0], own / own.iloc[0], rtol=1e-12)


def test_classes_enter_and_leave_at_links():
    levels, weights = market(between("2019-12", "2022-12")), yearly_weights([2020, 2021, 2022])
    levels.loc[:"2020-11", "D"] = np.nan
    weights.loc[2020, "D"] = np.nan
    levels.loc["2022-02":, "B"] = np.nan
    weights.loc[2022, "B"] = np.nan
    nodes = chained_aggregate(levels, weights, TREE, base=100.0)
    assert nodes.loc[:"2020-11", "D"].isna().all() and nodes.loc["2020-12", "D"] == 100.0
    assert nodes.loc["2022-01":, "B"].isna().all() and nodes.loc[:"2021-12", "B"].notna().all()
    assert nodes[["00", "1", "2", "A", "C"]].notna().all().all()
    step = nodes.loc["2021-06", "00"] / nodes.loc["2020-12", "00"]
    w, x = weights.loc[2021] / weights.loc[2021].sum(), levels.loc["2021-06"] / levels.loc["2020-12"]
    assert_allclose(step, (w * x).sum(), rtol=1e-13)
    assert_allclose(nodes.loc["2022-12", "1"] / nodes.loc["2021-12", "1"],
                    levels.loc["2022-12", "A"] / levels.loc["2021-12", "A"], rtol=1e-13)  # fmt: skip


def test_a_class_that_comes_back_is_moved_by_its_parent():
    levels, weights = market(between("2019-12", "2022-12")), yearly_weights([2020, 2021, 2022])
    weights.loc[2021, "A"] = np.nan
    levels.loc["2021-01":"2021-11", "A"] = np.nan
    nodes = chained_aggregate(levels, weights, TREE)
    assert nodes.loc["2021-01":"2021-11", "A"].isna().all()
    assert_allclose(nodes.loc["2021-12", "A"] / nodes.loc["2020-12", "A"],
                    nodes.loc["2021-12", "1"] / nodes.loc["2020-12", "1"], rtol=1e-13)  # fmt: skip


def test_a_gap_inside_a_stretch_takes_the_movement_of_the_parent():
    levels, weights = market(between("2019-12", "2020-12")), yearly_weights([2020])
    levels.loc["2020-05", "A"] = np.nan
    nodes = chained_aggregate(levels, weights, TREE)
    gap, last = nodes.loc["2020-05"], nodes.loc["2020-04"]
    assert_allclose(gap["A"] / last["A"], gap["1"] / last["1"], rtol=1e-13)
    assert_allclose(nodes.loc["2020-12", "A"], levels.loc["2020-12", "A"] / levels.loc["2019-12", "A"], rtol=1e-13)


def test_price_updating_to_the_link_month():
    levels, weights = market(between("2018-01", "2021-12")), yearly_weights([2020, 2021])
    updated = weights.copy()
    updated.loc[2020] *= levels.loc["2019-12"] / levels.loc["2018-01":"2018-12"].mean()
    updated.loc[2021] *= levels.loc["2020-12"] / levels.loc["2019-06"]
    found = chained_aggregate(levels, weights, price_period={2020: "2018", 2021: "2019-06"})
    assert_allclose(found, chained_aggregate(levels, updated), rtol=1e-13)
    with pytest.raises(UsageError, match="do not cover their price period 2017"):
        chained_aggregate(levels, weights, price_period={2020: "2017"})
    levels.loc["2018-03", "B"] = np.nan
    with pytest.raises(PriceError, match=r"no level in every period of 2018 for 1 \('B'\)"):
        chained_aggregate(levels, weights, price_period={2020: "2018"})


def test_trees_that_change_and_weeks():
    labels = [write("week", y, w) for y in (2020, 2021) for w in range(1, weeks_in(y) + 1)]
    levels, weights = market(labels), yearly_weights([2020, 2021])
    other = Hierarchy.from_parents({"1": "00", "3": "00", "A": "1", "B": "3", "C": "3", "D": "3"})
    nodes = chained_aggregate(levels, weights, {2020: TREE, 2021: other})
    assert_allclose(nodes["00"], chained_aggregate(levels, weights), rtol=1e-13)
    assert nodes.loc["2021-W01":, "2"].isna().all() and nodes.loc[:"2020-W52", "3"].isna().all()
    w, x = weights.loc[2021] / weights.loc[2021].sum(), levels.loc["2021-W20"] / levels.loc["2020-W53"]
    assert_allclose(nodes.loc["2021-W20", "00"] / nodes.loc["2020-W53", "00"], (w * x).sum(), rtol=1e-13)


def without(levels, month):
    levels = levels.copy()
    levels.loc[month] = np.nan
    return levels


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        (lambda x, w: (without(x, "2020-12"), w), {}, PriceError,
         r"weights of 2021: no level in the link month 2020-12 for 4 \('A', 'B', 'C', …\)"),
        (lambda x, w: (x, w), {"overlap": "annual"}, PriceError, "needs levels of the whole year 2019"),
        (lambda x, w: (without(x, "2020-05"), w.loc[[2021]]), {"overlap": "annual"}, PriceError,
         "weights of 2021: no level in every period of 2020"),
        (lambda x, w: (x, w.rename(columns={"A": "E"})), {}, ShapeError, "levels does not have: 1"),
        (lambda x, w: (x, w.iloc[::-1]), {}, ShapeError, "must be in order"),
        (lambda x, w: (x, w), {"overlap": "yearly"}, UsageError, "is not known"),
        (lambda x, w: (x, w), {"overlap": "annual", "link_month": 1}, UsageError, "no link month"),
        (lambda x, w: (x, w.rename(index={2020: "2020-W01"})), {}, UsageError, "by month, not by week"),
        (lambda x, w: (x, -w), {}, PriceError, "not negative"),
        (lambda x, w: (x * 0, w), {}, PriceError, "above 0"),
        (lambda x, w: (x, w), {"tree": {2020: TREE}}, UsageError, "no tree for the weights of 1"),
        (lambda x, w: (x, w), {"price_period": {2019: "2019"}}, UsageError, "does not have: 1"),
    ],
)  # fmt: skip
def test_wrong_use_is_refused(change, options, error, message):
    levels, weights = change(market(between("2019-12", "2021-12")), yearly_weights([2020, 2021]))
    with pytest.raises(error, match=message):
        chained_aggregate(levels, weights, **options)


# Weights and indices of a real consumer price index (R package hicp), and what statisticians published from them


@pytest.fixture(scope="module")
def hicp():
    path = folder("hicp_chain_linking")
    index = wide(path / "input_index.csv", "time", "coicop", "index")
    index.index = index.index.str[:7]
    return index, wide(path / "input_item_weights.csv", "year", "coicop", "weight")


PUBLISHED = [
    # aggregate, its parts (text: all COICOP codes of that length), distance allowed in index points
    ("TOTAL", 4, 0.01), ("TOTAL", 5, 0.01), ("TOTAL", 6, 0.01), ("TOTAL", 7, 0.01), ("TOTAL", ["GD", "SERV"], 0.01),
    ("TOTAL", ["FOOD", "NRG", "IGD_NNRG", "SERV"], 0.01), ("TOTAL", ["NRG", "TOT_X_NRG"], 0.01),
    ("NRG", ["ELC_GAS", "FUEL"], 0.01), ("FOOD", ["FOOD_P", "FOOD_NP"], 0.016),
]  # fmt: skip


@pytest.mark.parametrize(("total", "parts", "within"), PUBLISHED)
def test_published_aggregates_of_hicp_within_rounding(hicp, total, parts, within):
    """Parts and aggregates are published with two decimals: rounding of both is up to 0.005, and the links add some."""
    index, weights = hicp
    if isinstance(parts, int):
        parts = [c for c in index if c.startswith("CP") and len(c) == parts]
        assert len(parts) >= 13
    weights = weights.loc[2022:2025, parts]
    found = chained_aggregate(index[parts], weights, base=index[total].iloc[0])
    assert (found - index[total]).abs().max() < within
    # the same from the building blocks: unchain, Laspeyres of each year, chain
    blocks = unchain(index[parts], overlap="month")
    shares = weights.loc[[max(2022, int(m[:4])) for m in index.index]].set_axis(index.index)
    summed = (blocks * shares).sum(axis=1) / shares.where(blocks.notna()).sum(axis=1)
    assert_allclose(chain(summed, index[total].iloc[0], overlap="month"), found, rtol=3e-5)
    if len(parts) == 2:
        assert_allclose(chain(summed, index[total].iloc[0], overlap="month"), found, rtol=1e-13)


def test_double_link_as_in_precon():
    """ONS practice (precon `double_link`): January's weights from December, those of February from January on."""
    path = folder("precon_chaining")
    tables = [
        pd.read_csv(path / f"input_{n}.csv", index_col=0) for n in ("chained_components", "weights", "weights_feb")
    ]
    levels, january, february = (t.set_axis(t.index.str[:7]) for t in tables)
    single = january.set_axis([shift(m, -1) for m in january.index])
    double = pd.concat([single, february.set_axis([shift(m, -1) for m in february.index])]).sort_index()
    found = chained_aggregate(levels, double.iloc[1:], base=100.0)
    for month in levels.index[1:]:
        start = shift(month, -1) if month[5:] in ("01", "02") else f"{month[:4]}-01"
        w = (january if month[5:] == "01" else february).loc[f"{month[:4]}-{'01' if month[5:] == '01' else '02'}"]
        step = float((w * levels.loc[month] / levels.loc[start]).sum() / w.sum())
        base = 100.0 if start == levels.index[0] else found[start]
        assert_allclose(found[month], base * step, rtol=1e-13)
    # with one link a year: each January
    once = chained_aggregate(levels, january.set_axis([int(m[:4]) for m in january.index]), link_month=1)
    w = january.loc["2019-01"]
    step = (w * levels.loc["2020-01"] / levels.loc["2019-01"]).sum() / w.sum()
    assert_allclose(once["2020-01"] / once["2019-01"], step, rtol=1e-13)


def test_two_baskets_of_piar_joined_at_a_quarter_and_at_a_year():
    """Vignette multiple-baskets of piar: baskets of 5 and 6 classes with a year in common."""
    path = folder("piar_baskets_links")
    totals, by_loops = [], []
    for n, start in ((1, 0), (2, 4)):
        links = wide(path / f"input_elementary_basket{n}.csv", "period", "level", "value")
        table = pd.read_csv(path / f"input_weights_basket{n}.csv", dtype={"level2": str}).set_index("ea")
        tree = Hierarchy.from_parents({"11": "00", "12": "00"} | table["level2"].to_dict())
        first = pd.DataFrame(1.0, [start], links.columns)
        levels = chain(pd.concat([first, links]))
        labels = [f"{2000 + p // 4}-Q{p % 4 + 1}" for p in levels.index - 1 + 4]
        totals.append(aggregate(levels, table["weights"], tree)["00"].set_axis(labels).iloc[1:])
        w = table["weights"] / table["weights"].sum()
        by_loops.append([sum(w[c] * np.prod(links.loc[:p, c]) for c in links) for p in links.index])
    old, new = totals
    assert_allclose(old, by_loops[0], rtol=1e-13)
    assert_allclose(new, by_loops[1], rtol=1e-13)
    a, b = by_loops
    quarter = link(old, new, "2002-Q4")
    assert_allclose(quarter, [*a, *(a[7] / b[3] * x for x in b[4:])], rtol=1e-13)
    year = link(old, new, "2002")
    assert_allclose(year, [*a, *(sum(a[4:]) / sum(b[:4]) * x for x in b[4:])], rtol=1e-13)
    assert_allclose(rebase(year, "2002"), [*(100 * x / np.mean(a[4:]) for x in a),
                                           *(100 * x / np.mean(b[:4]) for x in b[4:])], rtol=1e-13)  # fmt: skip


def test_annual_averages_of_piar_subperiods():
    """Vignette subperiods of piar: the quarterly index chained, averaged by year, on the first year."""
    path = folder("piar_subperiods")
    links = wide(path / "input_elementary.csv", "period", "level", "value")
    links.index = links.index.str[1:].astype(int)
    links = links.sort_index()
    table = pd.read_csv(path / "input_weights.csv", dtype=str).set_index("ea")
    parents = {"11": "00", "12": "00", "13": "00"} | dict(zip(table["level3"], table["level2"], strict=True))
    tree = Hierarchy.from_parents(parents | table["level3"].to_dict())
    levels = chain(pd.concat([pd.DataFrame(1.0, [0], links.columns), links]))
    index = aggregate(levels, table["weight"].astype(float), tree).iloc[1:]
    index.index = [f"{2001 + (p - 1) // 4}-Q{(p - 1) % 4 + 1}" for p in index.index]
    annual = average(index)
    assert list(annual.index) == ["2001", "2002", "2003"]
    w = np.arange(1.0, 13) / 78
    total = np.cumprod(links.to_numpy(), axis=0) @ w
    assert_allclose(annual["00"], total.reshape(3, 4).mean(axis=1), rtol=1e-13)
    assert_allclose(rebase(annual["00"], "2001", 1.0), annual["00"] / annual["00"].iloc[0], rtol=1e-14)
    assert_allclose(average(index["00"], "moving_year").dropna(),
                    [total[t - 3 : t + 1].mean() for t in range(3, 12)], rtol=1e-13)  # fmt: skip


def test_averages_need_whole_spans():
    levels = pd.Series(np.arange(1.0, 19.0), between("2023-11", "2025-04"))
    assert average(levels).isna().tolist() == [True, False, True]
    quarters = average(levels.to_frame("A"), "quarter")
    assert list(quarters.index) == ["2023-Q4", "2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4", "2025-Q1", "2025-Q2"]
    assert_allclose(quarters["A"].dropna(), [4, 7, 10, 13, 16], rtol=1e-15)
    assert average(levels.iloc[:5], "moving_year").isna().all()
    with pytest.raises(UsageError, match="no fixed length"):
        average(pd.Series([1.0], ["2024-W05"]), "moving_year")
    with pytest.raises(UsageError, match="quarters are averages of months"):
        average(pd.Series([1.0], ["2024-W05"]), "quarter")
    with pytest.raises(UsageError, match="choose one of year"):
        average(levels, "years")
