"""Elementary aggregates in bulk: against a slow implementation, against piar, and under changes that change nothing."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index import Hierarchy
from shuibei_index.index.elementary.aggregates import elementary_aggregates
from shuibei_index.index.elementary.formulas import FORMULAS
from tests.index.elementary_reference import compile_slowly

REFERENCE = Path(__file__).parents[3] / "shared/data/reference/index/piar_matched_sample"
TREE = Hierarchy.from_parents(
    {"1": "00", "11": "1", "12": "1", "B1": "11", "B2": "11", "B3": "11", "B4": "12", "B5": "12"}
)
WEIGHTS = {"B1": 553, "B2": 646, "B3": 312, "B4": 622, "B5": 330}
#: ms_prices of piar 0.10.1 (made-up prices): product, cell, prices of 202001 … 202004; "-" = row without a price.
MATCHED = """
1 B1 1.14 . . .
2 B1 - 6.94 2.32 .
3 B1 6.09 5.45 - -
4 B2 6.23 - 3.03 2.65
5 B2 8.61 - 1.59 3.05
6 B2 6.4 - 0.4 5.07
7 B3 0.09 8.37 2.19 1.81
8 B3 2.33 2.86 8.11 7.6
9 B3 6.66 2.67 5.26 2.01
10 B3 5.14 1.87 9.15 2.59
11 B4 . . 8.31 9.92
12 B4 . . 0.46 8.07
"""
#: Headline of piar 0.10.1 chained on the same data, by imputation (expected_index_chained_by_imputation.csv).
HEADLINES = {
    "parental": [1, 1.30072391107879, 0.867572212018498, 1.94002034724665],
    "class_mean": [1, 1.3007239110787892, 1.3827661966452023, 3.7815355199208249],
    "carry_forward": [1, 1.1721549854951374, 0.94745066895359153, 2.1463181963853066],
    "carry_backward": [1, 0.83930253671882671, 0.87382249062077233, 1.9539968987041487],
}


def matched_sample():
    rows = []
    for line in MATCHED.split("\n")[1:-1]:
        product, cell, *prices = line.split()
        for t, price in enumerate(prices):
            if price != ".":
                rows.append((f"20200{t + 1}", product, cell, np.nan if price == "-" else float(price)))
    return pd.DataFrame(rows, columns=["period", "product", "cell", "price"])


def run(table=None, **options):
    return elementary_aggregates(matched_sample() if table is None else table, tree=TREE, weights=WEIGHTS, **options)


def read(name):
    if not (REFERENCE / name).is_file():
        return None
    table = pd.read_csv(REFERENCE / name, dtype=str).rename(columns={"value": "x"})
    return table.assign(**{c: table[c].astype(float) for c in ("x", "price") if c in table})


@pytest.mark.parametrize("method", HEADLINES)
@pytest.mark.parametrize("sample", ["span", "rows"])
def test_imputation_as_piar(method, sample):
    found = run(imputation=method, sample=sample)
    np.testing.assert_allclose(found.classes["00"], HEADLINES[method], rtol=1e-12)
    expected, prices = read("expected_index_chained_by_imputation.csv"), read("expected_imputed_prices.csv")
    if expected is not None:
        name = method.replace("parental", "overall-mean").replace("_", "-")
        chosen = expected[expected["method"].str.startswith(name)].pivot_table(
            dropna=False, index="period", columns="level", values="x"
        )
        np.testing.assert_allclose(found.classes[list(chosen.columns)], chosen, rtol=1e-12)
        both = prices[prices["method"].str.startswith(name)].merge(found.prices, on=["period", "product"], how="left")
        np.testing.assert_allclose(both["price_y"], both["price_x"], rtol=1e-12)


@pytest.mark.parametrize(("order", "b3"), [(-1, 0.65914330094236129), (0, 2.0200036077304113), (1, 23.748045485407921)])
def test_orders_as_piar(order, b3):
    found = run(formula=order, imputation="none")
    assert found.links[1, 2] == pytest.approx(b3, rel=1e-13)
    expected = read("expected_elementary_by_order.csv")
    if expected is not None:
        chosen = expected[expected["elementary_order"] == str(order)].pivot_table(
            dropna=False, index="period", columns="level", values="x"
        )
        np.testing.assert_allclose(found.links, chosen, rtol=1e-12)


def test_missing_kept_as_piar():
    links = run(imputation="none", missing="keep").links
    expected = np.full((4, 4), np.nan)
    expected[0, 1:3] = 1
    expected[1:, 2] = 2.0200036077304113, 1.6353354906289708, 0.53799599832260792
    expected[3, [1, 3]] = 2.7704563339076351, 4.5762861829630586
    np.testing.assert_allclose(links, expected, rtol=1e-12)
    # what is imputed is not missing any more: B2 waits in 202002, its products all carried
    kept = run(imputation="parental", missing="keep").links
    assert not np.isnan(kept[2:, 1]).any()
    # product 2 is new in 202002, so B1 is not whole; B3 is all observed, and the headline moves with it alone
    assert np.isnan(kept[1, 0])
    assert kept[1, 2] == run(imputation="parental", missing="keep").class_links.loc["202002", "00"]


@pytest.mark.parametrize("order", [-1, 0, 1])
def test_order_up_the_tree_as_piar(order):
    expected = read("expected_index_by_aggregation_order.csv")
    found = run(imputation="none", order=order).class_links
    if expected is not None:
        chosen = expected[expected["aggregate_order"] == str(order)].pivot_table(
            dropna=False, index="period", columns="level", values="x"
        )
        np.testing.assert_allclose(found[list(chosen.columns)], chosen, rtol=1e-12)
    b = run(imputation="none").links[1]
    w, known = np.array([553, 646, 312, 622]), ~np.isnan(b)
    share = w[known] / w[known].sum()
    by_hand = np.exp(share @ np.log(b[known])) if order == 0 else (share @ b[known] ** order) ** (1 / order)
    assert found.loc["202002", "00"] == pytest.approx(by_hand, rel=1e-13)


def test_contributions_as_piar():
    found = run(imputation="none")
    own = found.contributions("B3").query("period == '202002'").set_index("product")["contribution"]
    expected = {
        "7": 1.4318690311191724,
        "8": 0.052866060012244427,
        "9": -0.22125406490381525,
        "10": -0.24347741849719046,
    }
    np.testing.assert_allclose(own[list(expected)], list(expected.values()), rtol=1e-12)
    table = read("expected_contributions.csv")
    if table is not None:
        for level, part in table.groupby("level"):
            both = part.dropna().merge(
                found.contributions(level), on=["period", "product"], how="outer", indicator=True
            )
            assert (both["_merge"] == "both").all()
            np.testing.assert_allclose(both["contribution"], both["x"], rtol=1e-11, atol=1e-16)


def market(seed, products=24, months=9, present=0.7):
    rng = np.random.default_rng(seed)
    cell_of = {i: "ABCD"[i % 4] for i in range(products)}
    prices, values = {}, {}
    for i in range(products):
        for t in range(months):
            # cell D vanishes for two months, A for one
            if (
                rng.random() < present
                and not (cell_of[i] == "D" and t in (3, 4))
                and not (cell_of[i] == "A" and t == 5)
            ):
                prices[i, t] = float(np.exp(rng.normal(1 + i % 3, 0.4)))
                values[i, t] = float(rng.uniform(0.1, 9) if rng.random() < 0.9 else 0.0)
    return prices, values, cell_of, months


def long_table(prices, values, cell_of):
    keys = list(prices)
    return pd.DataFrame(
        {
            "period": [t for _, t in keys], "product": [f"p{i}" for i, _ in keys],
            "cell": [cell_of[i] for i, _ in keys], "price": list(prices.values()), "value": [values[k] for k in keys],
        }
    )  # fmt: skip


GROUPS = {"X": ["A", "B"], "Y": ["C", "D"]}
SMALL = Hierarchy.from_parents({"X": "00", "Y": "00", "A": "X", "B": "X", "C": "Y", "D": "Y"})
SHARES = {"A": 3.0, "B": 1.0, "C": 2.0, "D": 5.0}
UNWEIGHTED = ("jevons", "carli", "harmonic", "cswd", "bmw", "dutot")


@pytest.mark.parametrize("method", ["parental", "class_mean", "carry_forward", "none"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_engine_is_the_slow_implementation(formula, method):
    for seed, limit in ((1, None), (2, 1), (3, 2), (4, 0)):
        prices, values, cell_of, months = market(seed)
        found = elementary_aggregates(
            long_table(prices, values, cell_of), formula=formula, imputation=method, max_months=limit, sample="open",
            weight=None if formula in UNWEIGHTED else "value", tree=SMALL, weights=SHARES,
        )  # fmt: skip
        own, top = compile_slowly(
            prices, values, cell_of, months, formula, method, months if limit is None else limit, SHARES, GROUPS
        )
        expected = [[links[c] for c in "ABCD"] for links in own]
        np.testing.assert_allclose(found.links[1:], expected, rtol=1e-12, atol=0, err_msg=f"{seed}")
        np.testing.assert_allclose(found.classes["00"], top, rtol=1e-12, atol=0)
        for code in ("A", "D", "Y", "00"):
            sums = found.contributions(code).groupby("period")["contribution"].sum()
            change = found.class_links[code].reindex(sums.index) - 1
            np.testing.assert_allclose(sums, change, rtol=1e-9, atol=1e-13)


def test_given_weights_weigh_formulas_of_prices():
    prices, values, cell_of, _ = market(5, present=1.0)
    table = long_table(prices, values, cell_of)
    for name, same in (("jevons", "geo_paasche"), ("carli", "palgrave"), ("harmonic", "paasche")):
        a, b = (elementary_aggregates(table, weight="value", formula=f, imputation="none").links for f in (name, same))
        np.testing.assert_allclose(a, b, rtol=1e-14)
    # a weight that is not known weighs nothing
    table.loc[table["value"] == 0, "value"] = np.nan
    again = elementary_aggregates(table, weight="value", formula="harmonic", imputation="none").links
    np.testing.assert_allclose(again, b, rtol=1e-14)


def test_rows_names_and_units_do_not_matter():
    prices, values, cell_of, _ = market(7)
    table = long_table(prices, values, cell_of)
    options = {"tree": SMALL, "weights": SHARES, "weight": "value", "formula": {"A": "fisher", "other": "tornqvist"}}
    base = elementary_aggregates(table, **options)
    shuffled = table.sample(frac=1, random_state=3)
    unit = {p: 10.0 ** ((7 * n) % 13 - 6) for n, p in enumerate(table["product"].unique())}
    for other in (
        shuffled,
        table.assign(product="Z" + table["product"].str[::-1]),
        table.assign(price=table["price"] * table["product"].map(unit)),
        table.assign(price=table["price"] * 1000.0),
        table.assign(period=[f"2020-{t + 1:02d}" for t in table["period"]]),
        table.assign(period=pd.PeriodIndex([f"2020-{t + 1:02d}" for t in table["period"]], freq="M")),
        table.astype({"product": "category", "cell": "category"}),
        pa.Table.from_pandas(table, preserve_index=False),
        {name: table[name].to_numpy() for name in table},
    ):
        found = elementary_aggregates(other, **options)
        np.testing.assert_allclose(found.links, base.links, rtol=1e-12, atol=0)
        np.testing.assert_allclose(found.classes, base.classes, rtol=1e-12, atol=0)


def test_parquet_and_key_columns(tmp_path):
    table = matched_sample()
    pq.write_table(pa.Table.from_pandas(table), tmp_path / "prices.parquet")
    np.testing.assert_array_equal(run(tmp_path / "prices.parquet").links, run().links)
    # products numbered within their cell
    table["product"] = table.groupby("cell")["product"].transform(lambda x: pd.factorize(x)[0])
    with pytest.raises(ShapeError, match="more than one cell"):
        run(table)
    np.testing.assert_allclose(run(table, product=["cell", "product"]).classes, run().classes, rtol=1e-13)


@pytest.mark.parametrize("scale", [1e-12, 1e12])
@pytest.mark.parametrize("formula", UNWEIGHTED)
def test_magnitudes(scale, formula):
    table = pd.DataFrame({"period": [1, 1, 2, 2], "product": list("abab"), "cell": "x", "price": [1.0, 2.0, 3.0, 5.0]})
    plain = elementary_aggregates(table, formula=formula).links
    table["price"] *= scale
    np.testing.assert_allclose(elementary_aggregates(table, formula=formula).links, plain, rtol=1e-12)
    table.loc[2:, "price"] /= scale
    np.testing.assert_allclose(elementary_aggregates(table, formula=formula).links[1], plain[1] / scale, rtol=1e-12)


def test_edges():
    table = pd.DataFrame({"period": [1, 2], "product": ["a", "a"], "cell": "x", "price": [2.0, 3.0]})
    assert elementary_aggregates(table).links.ravel().tolist() == [1.0, pytest.approx(1.5)]
    single = elementary_aggregates(table[:1])
    assert single.links.tolist() == [[1.0]] and single.matched.tolist() == [[0]] and len(single.to_frame()) == 1
    none = elementary_aggregates(table.assign(product=["a", "b"]))
    assert np.isnan(none.links[1, 0]) and list(none.prices["flag"]) == ["O", "N"]
    empty = elementary_aggregates(table.assign(price=np.nan))
    assert np.isnan(empty.links).all() and list(empty.prices["flag"]) == ["M", "M"]
    tops = elementary_aggregates(table.assign(price=np.nan), tree={"x": "00"}, weights={"x": 1})
    assert tops.classes.isna().all().all()
    with pytest.raises(ShapeError, match="no rows"):
        elementary_aggregates(table[:0])


def test_rule_of_each_cell_and_spell():
    table = matched_sample()
    found = run(imputation={"B1": "carry_forward", "B": "class_mean"}, max_months=1)
    flags = found.prices.set_index(["period", "product"])["flag"]
    assert flags["202003", "3"] == "F" and flags["202004", "3"] == "M"
    # no cell mate is matched in 202002: the class mean does not carry B2 on
    assert flags["202002", "4"] == "M" and flags["202003", "4"] == "N"
    assert flags["202001", "2"] == "M" and flags["202002", "2"] == "N" and ("202002", "1") not in flags
    assert run(sample="open").prices.set_index(["period", "product"])["flag"]["202004", "1"] == "P"
    assert set(run(table, imputation="carry_backward").prices["flag"]) == {"O", "N", "B", "M"}


def test_what_is_shown():
    found = run()
    frame = found.relatives_frame()
    row = frame.set_index(["period", "product"]).loc[("202003", "4")]
    assert row["back_price"] == pytest.approx(8.1035099660208569, rel=1e-12)
    assert row["relative"] == pytest.approx(3.03 / 8.1035099660208569, rel=1e-12)
    assert found.summary().loc["202002", "P"] == 3
    assert "4 cells × 4 periods" in repr(found) and "<table" in found._repr_html_()
    np.testing.assert_allclose(found.levels[:, 1], found.classes["B2"], rtol=0)
    assert len(found.to_frame()) == 16 and len(found.back_prices) == len(frame)
    found.plot("11")
    plt.close("all")
    wide = found.contributions()
    sums = wide.groupby("period")["up_3"].sum()
    np.testing.assert_allclose(sums, found.class_links["00"].iloc[1:] - 1, rtol=1e-12)
    with pytest.raises(ValueError, match="read-only"):
        found.links[0, 0] = 2


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        ({"price": -1.0}, {}, PriceError, "above 0"),
        ({"price": "a"}, {}, ShapeError, "numbers"),
        ({"product": "1"}, {"tree": None, "weights": None}, ShapeError, "more than one cell"),
        ({"product": "1", "cell": "B1"}, {}, ShapeError, "twice"),
        ({"cell": None}, {}, ShapeError, "empty"),
        ({"cell": "B9"}, {"product": ["product"]}, UsageError, "not leaves"),
        ({}, {"cell": "sell"}, ShapeError, "did you mean 'cell'"),
        ({}, {"formula": "jevon"}, UsageError, "did you mean 'jevons'"),
        ({}, {"formula": float("inf")}, UsageError, "order"),
        ({}, {"formula": "fisher"}, UsageError, "weight"),
        ({}, {"imputation": "parentel"}, UsageError, "parental"),
        ({}, {"imputation": {"B1": "none"}}, UsageError, "other"),
        ({}, {"sample": "row"}, UsageError, "rows"),
        ({}, {"missing": "na"}, UsageError, "keep"),
        ({}, {"max_months": -1}, UsageError, "negative"),
        ({}, {"weights": None}, UsageError, "weights"),
        ({}, {"tree": None}, UsageError, "no tree"),
    ],
)
def test_mistakes(change, options, error, words):
    with pytest.raises(error, match=words):
        elementary_aggregates(matched_sample().assign(**change), **({"tree": TREE, "weights": WEIGHTS} | options))
