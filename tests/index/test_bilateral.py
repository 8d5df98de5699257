"""Bilateral formulas: gpindex on the six items of the PPI Manual, groups, matching, magnitudes, refusals."""

import importlib.util
import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index import bilateral
from shuibei_index.index.quantity import bennet, montgomery, quantity_index, value_index

#: Six items, five months: Balk (2008) tables 3.1 and 3.2, from PPI Manual (2004) tables 19.1 and 19.2.
P = np.array(
    [
        [1, 1, 1, 1, 1, 1],
        [1.2, 3, 1.3, 0.7, 1.4, 0.8],
        [1, 1, 1.5, 0.5, 1.7, 0.6],
        [0.8, 0.5, 1.6, 0.3, 1.9, 0.4],
        [1, 1, 1.6, 0.1, 2, 0.2],
    ]
)
Q = np.array(
    [
        [1, 1, 2, 1, 4.5, 0.5],
        [0.8, 0.9, 1.9, 1.3, 4.7, 0.6],
        [1, 1.1, 1.8, 3, 5, 0.8],
        [1.2, 1.2, 1.9, 6, 5.6, 1.3],
        [0.9, 1.2, 2, 12, 6.5, 2.5],
    ]
)
REFERENCE = Path(__file__).parents[3] / "shared/data/reference/index/gpindex_price6"
#: Name in gpindex → name and parameters here.
NAMES = {
    "arithmetic.Carli": ("carli", {}),
    "arithmetic.Dutot": ("dutot", {}),
    "arithmetic.Laspeyres": ("laspeyres", {}),
    "arithmetic.Palgrave": ("palgrave", {}),
    "arithmetic.Drobisch": ("drobisch", {}),
    "arithmetic.Unnamed": ("unnamed", {}),
    "arithmetic.Walsh1": ("walsh", {}),
    "arithmetic.MarshallEdgeworth": ("marshall_edgeworth", {}),
    "arithmetic.GearyKhamis": ("geary_khamis", {}),
    "arithmetic.Lowe": ("lowe", {}),
    "arithmetic.Young": ("young", {}),
    "arithmetic.HybridCSWD": ("hybrid_cswd", {}),
    "geometric.Jevons": ("jevons", {}),
    "geometric.Laspeyres": ("geo_laspeyres", {}),
    "geometric.Paasche": ("geo_paasche", {}),
    "geometric.Tornqvist": ("tornqvist", {}),
    "geometric.Vartia1": ("montgomery_vartia", {}),
    "geometric.Vartia2": ("sato_vartia", {}),
    "geometric.Walsh2": ("geo_walsh", {}),
    "geometric.Young": ("geo_young", {}),
    "geometric.Theil": ("theil", {}),
    "geometric.Rao": ("rao", {}),
    "harmonic.Coggeshall": ("harmonic", {}),
    "harmonic.Laspeyres": ("harmonic_laspeyres", {}),
    "harmonic.Paasche": ("paasche", {}),
    "harmonic.Young": ("harmonic_young", {}),
    "fisher": ("fisher", {}),
    "hlp": ("harmonic_laspeyres_paasche", {}),
    "cswd": ("cswd", {}),
    "cswdb": ("cswdb", {}),
    "bw": ("bmw", {}),
    "lehr": ("lehr", {}),
    "stuvel(2,2)": ("stuvel", {}),
    "stuvel(1,3)": ("stuvel", {"a": 1, "b": 3}),
    "lm(0.5)": ("lloyd_moulton", {"sigma": 0.5}),
    "lm(0.7)": ("lloyd_moulton", {"sigma": 0.7}),
    "lm(1.5)": ("lloyd_moulton", {"sigma": 1.5}),
    "lm(-0.3)": ("lloyd_moulton", {"sigma": -0.3}),
    "arithmetic_agmean(0.25)": ("ag_mean", {"sigma": 0.25}),
    "arithmetic_agmean(0.7)": ("ag_mean", {}),
    "geometric_agmean(0.25)": ("geo_ag_mean", {"sigma": 0.25}),
    "geometric_agmean(0.7)": ("geo_ag_mean", {"sigma": 0.7}),
    "martini(0.3)": ("martini", {"a": 0.3}),
    "martini(0.5)": ("martini", {}),
}
REQUIRED = {"lloyd_moulton": {"sigma": 0.7}}
ALL = list(bilateral.__all__)
EPS = 1e-12


def call(name, market, **more):
    formula = getattr(bilateral, name)
    wanted = {n: market[n] for n in inspect.signature(formula).parameters if n in market}
    return formula(**wanted, **{**REQUIRED.get(name, {}), **more})


def months(i, j):
    return {"p0": P[i], "p1": P[j], "q0": Q[i], "q1": Q[j], "pb": P[0], "qb": Q[0]}


def random_market(size, seed=3):
    rng = np.random.default_rng(seed)
    return {n: 10 ** rng.uniform(-1, 1, size) for n in ("p0", "p1", "q0", "q1", "pb", "qb")}


#: Period 5 on period 1 by gpindex 0.6.3 (R 4.2.2) on its price6 and quantity6, which its help page says are adapted
#: from Balk (2008) tables 3.1 and 3.2, themselves from the PPI Manual (2004) tables 19.1 and 19.2.
PRINTED = {
    "arithmetic.Carli": 0.983333333333,
    "arithmetic.Laspeyres": 1.440000000000,
    "harmonic.Paasche": 0.796812749004,
    "fisher": 1.071172422426,
    "geometric.Tornqvist": 1.247661343087,
    "arithmetic.Walsh1": 1.184986386956,
    "geometric.Jevons": 0.632455532034,
    "geometric.Vartia2": 1.254022580146,
    "geometric.Vartia1": 1.267786457400,
    "arithmetic.MarshallEdgeworth": 0.980056980057,
    "arithmetic.GearyKhamis": 1.348121910198,
    "stuvel(2,2)": 0.977026785477,
    "lm(0.7)": 1.234619449146,
}


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_printed_values_of_gpindex(name):
    formula, parameters = NAMES[name]
    assert call(formula, months(0, 4), **parameters) == pytest.approx(PRINTED[name], abs=5e-13)


def test_equal_to_gpindex():
    """All results of gpindex on its own data, where they are at hand: fixed base, period on period, chained."""
    if not REFERENCE.is_dir():
        pytest.skip("reference data are not here")
    for name, typed in (("price", P), ("quantity", Q)):
        table = np.genfromtxt(REFERENCE / f"input_{name}6.csv", delimiter=",", skip_header=1)
        assert (typed == table[:, 1:].T).all()
    # names such as stuvel(1,3) stand in the file with a bare comma
    lines = (REFERENCE / "expected_price_indexes.csv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.rsplit(",", 4) for line in lines]
    assert {row[0] for row in rows} == set(NAMES)
    for title, period, *values in rows:
        name, parameters = NAMES[title]
        month = int(period) - 1
        links = [call(name, months(t - 1, t), **parameters) for t in range(1, month + 1)] or [1.0]
        found = (call(name, months(0, month), **parameters), links[-1], np.prod(links))
        np.testing.assert_allclose(found, [float(v) for v in values], rtol=EPS, atol=0, err_msg=f"{title} {period}")


def test_formulas_of_priceindices_as_it_documents_them():
    m = months(0, 3)
    p0, p1, q0, q1 = m["p0"], m["p1"], m["q0"], m["q1"]
    value = (p1 @ q1) / (p0 @ q0)
    low, high = np.minimum(q0, q1), np.maximum(q0, q1)
    middle = np.sqrt(p0 * p1)
    np.testing.assert_allclose(
        call("bialek", m), ((p1 @ low) * (p1 @ high) / (p0 @ low) / (p0 @ high)) ** 0.5, rtol=EPS
    )
    np.testing.assert_allclose(call("davies", m), value * (q0 @ middle) / (q1 @ middle), rtol=EPS)
    factorial = value * (p0 @ q0 + p1 @ q0) / (p1 @ q1 + p0 @ q1)
    np.testing.assert_allclose(call("banerjee", m), factorial, rtol=EPS)
    np.testing.assert_allclose(call("unit_value", m), value * q0.sum() / q1.sum(), rtol=EPS)


def test_families_contain_each_other():
    m = months(0, 3)
    np.testing.assert_allclose(call("quadratic_mean", m, order=2), call("fisher", m), rtol=EPS)
    np.testing.assert_allclose(call("quadratic_mean", m, order=1e-10), call("tornqvist", m), rtol=1e-9)
    np.testing.assert_allclose(call("lloyd_moulton", m, sigma=1 - 1e-9), call("geo_laspeyres", m), rtol=1e-8)
    np.testing.assert_allclose(call("lloyd_moulton", m, sigma=0), call("laspeyres", m), rtol=EPS)
    np.testing.assert_allclose(call("martini", m, a=1), call("paasche", m), rtol=EPS)
    np.testing.assert_allclose(call("lowe", m | {"qb": m["q1"]}), call("paasche", m), rtol=EPS)


@pytest.mark.parametrize("name", ALL)
def test_groups_are_computed_apart(name):
    market = random_market(40)
    group = np.arange(40) % 4
    group[group == 2] = 5  # codes without items: 2 and 4
    group[7] = -1
    found = call(name, market, group=group)
    assert found.shape == (6,) and np.isnan(found[[2, 4]]).all()
    for code in (0, 1, 3, 5):
        part = {n: a[group == code] for n, a in market.items()}
        np.testing.assert_allclose(found[code], call(name, part), rtol=EPS, atol=0)


@pytest.mark.parametrize("name", ALL)
def test_unmatched_items_are_as_if_not_there(name):
    market = random_market(12)
    full = {n: a[3:] for n, a in market.items()}
    holes = {n: a.copy() for n, a in market.items()}
    wanted = [n for n in inspect.signature(getattr(bilateral, name)).parameters if n in holes]
    for item in range(3):
        holes[wanted[item % len(wanted)]][item] = np.nan
    np.testing.assert_allclose(call(name, holes), call(name, full), rtol=EPS, atol=0)
    assert np.isnan(call(name, {n: np.full(3, np.nan) for n in market}))
    assert np.isnan(call(name, {n: np.array([]) for n in market}))
    assert call(name, {n: np.array([]) for n in market}, group=np.array([], dtype=int)).shape == (0,)


@pytest.mark.parametrize("name", ALL)
def test_a_quantity_of_zero_is_the_limit_of_small_ones(name):
    market = random_market(5)
    small = market | {"q1": np.where(np.arange(5) == 2, 1e-250, market["q1"])}
    zero = market | {"q1": np.where(np.arange(5) == 2, 0.0, market["q1"])}
    if name == "cswdb":  # quantity relatives: the item is unmatched
        np.testing.assert_allclose(
            call(name, zero), call(name, {n: np.delete(a, 2) for n, a in market.items()}), rtol=EPS
        )
        return
    slow = {"sato_vartia": 1e-2, "montgomery_vartia": 1e-2}  # logarithmic means go to 0 like 1/ln
    np.testing.assert_allclose(call(name, zero), call(name, small), rtol=slow.get(name, EPS), atol=0)


@pytest.mark.parametrize("name", ALL)
def test_rows_in_any_order_and_input_of_any_kind(name):
    market = random_market(30)
    order = np.random.default_rng(1).permutation(30)
    value = call(name, market)
    assert isinstance(value, float)
    np.testing.assert_allclose(call(name, {n: a[order] for n, a in market.items()}), value, rtol=EPS, atol=0)
    assert call(name, {n: a.tolist() for n, a in market.items()}) == value
    assert call(name, {n: pd.Series(a) for n, a in market.items()}) == value
    assert all((random_market(30)[n] == market[n]).all() for n in market)  # callers' arrays are as they were


@pytest.mark.parametrize("name", ALL)
@given(exponent=st.integers(-12, 12), other=st.integers(-12, 12))
def test_magnitudes(name, exponent, other):
    market = random_market(6)
    scaled = {n: a * (10.0**exponent if n[0] == "p" else 10.0**other) for n, a in market.items()}
    if name in ("lehr", "banerjee", "stuvel"):  # not linear in prices, but months together keep it
        assert "proportionality" in getattr(bilateral, name).__doc__.split("Fails:")[1]
    np.testing.assert_allclose(call(name, scaled), call(name, market), rtol=1e-11, atol=0)


def test_the_style_page_example_and_signatures():
    assert round(bilateral.tornqvist(p0=[1, 1], p1=[1, 8], q0=[1, 16], q1=[1, 1]), 4) == 6.7044
    for name in ALL:
        parameters = inspect.signature(getattr(bilateral, name)).parameters.values()
        assert all(p.kind is p.KEYWORD_ONLY for p in parameters), name
        doc = getattr(bilateral, name).__doc__
        assert all(f"\n{part}\n---" in doc for part in ("Parameters", "Returns", "Raises", "Notes", "Examples")), name


@pytest.mark.parametrize(
    "arrays, error, words",
    [
        ({"p0": [1, 2], "p1": [1]}, ShapeError, "p1 has 1 items and p0 has 2"),
        ({"p0": [[1]], "p1": [[1]]}, ShapeError, r"p0 has shape \(1, 1\)"),
        ({"p0": ["a"], "p1": [1]}, ShapeError, "p0 must hold numbers"),
        ({"p0": [1, 1, 1], "p1": [1, 0, -2]}, PriceError, r"p1 must be above 0 and finite: 0.0 at position 1 \(2 such"),
        ({"p0": [1, np.inf], "p1": [1, 2]}, PriceError, "p0 must be above 0 and finite: inf at position 1"),
        ({"p0": [1], "p1": [1], "group": [0.5]}, ShapeError, "integer codes"),
        ({"p0": [1], "p1": [1], "group": [-2]}, ShapeError, "only negative code"),
        ({"p0": [1], "p1": [1], "group": [0, 1]}, ShapeError, "one code per item"),
    ],
)
def test_what_is_refused(arrays, error, words):
    with pytest.raises(error, match=words) as caught:
        bilateral.jevons(**arrays)
    assert caught.value.zh


def test_more_refusals():
    with pytest.raises(PriceError, match="q1 must be 0 or above"):
        bilateral.fisher(p0=[1], p1=[1], q0=[1], q1=[-1])
    with pytest.raises(PriceError, match="item 'E012/RG-0007'"):
        bilateral.jevons(p0=pd.Series([1.0], index=["E012/RG-0007"]), p1=pd.Series([-1.0], index=["E012/RG-0007"]))
    with pytest.raises(ShapeError, match="different indexes"):
        bilateral.jevons(p0=pd.Series([1.0, 2.0], index=["a", "b"]), p1=pd.Series([1.0, 2.0], index=["b", "a"]))
    with pytest.raises(UsageError, match="same sign"):
        bilateral.stuvel(p0=[1], p1=[1], q0=[1], q1=[1], a=1, b=-1)
    # an item left out by its code is not examined
    assert bilateral.jevons(p0=[1.0, -1.0], p1=[2.0, 1.0], group=[0, -1]) == pytest.approx([2.0])


def test_quantity_and_value():
    m = months(0, 3)
    four = {n: m[n] for n in ("p0", "p1", "q0", "q1")}
    value = value_index(**four)
    np.testing.assert_allclose(value, (P[3] @ Q[3]) / (P[0] @ Q[0]), rtol=EPS)
    np.testing.assert_allclose(quantity_index("paasche", **four), (P[3] @ Q[3]) / (P[3] @ Q[0]), rtol=EPS)
    for name in ("fisher", "sato_vartia", "montgomery_vartia", "stuvel"):
        np.testing.assert_allclose(quantity_index(name, **four) * call(name, m), value, rtol=EPS)
    lloyd = quantity_index(bilateral.lloyd_moulton, **four, parameters={"sigma": 0.0})
    np.testing.assert_allclose(lloyd, quantity_index("laspeyres", **four), rtol=EPS)
    with pytest.raises(PriceError, match="q1 must be above 0"):
        quantity_index("laspeyres", p0=[1.0], q0=[1.0], q1=[0.0])
    with pytest.raises(UsageError, match="needs q1"):
        quantity_index("laspeyres", p0=[1.0], q0=[1.0])
    with pytest.raises(UsageError, match="did you mean"):
        quantity_index("laspeyre", p0=[1.0], q0=[1.0])
    with pytest.raises(UsageError, match="unknown arguments sigma"):
        quantity_index("laspeyres", p0=[1.0], q0=[1.0], q1=[1.0], sigma=[1.0])


def test_indicators_add_up():
    market = {n: random_market(20)[n] for n in ("p0", "p1", "q0", "q1")}
    market["q1"][3] = market["q0"][4] = market["q0"][5] = market["q1"][5] = 0.0
    group = np.arange(20) % 3
    change = [(market["p1"] * market["q1"] - market["p0"] * market["q0"])[group == g].sum() for g in range(3)]
    for indicator in (bennet, montgomery):
        found = indicator(**market, group=group)
        np.testing.assert_allclose(found.price + found.quantity, change, rtol=1e-11, atol=1e-12)
        assert isinstance(indicator(**market).price, float)
    np.testing.assert_allclose(bennet(p0=[1], p1=[3], q0=[2], q1=[2]), (4.0, 0.0))


def test_bench_small(capsys):
    path = Path(__file__).parents[2] / "benchmarks" / "bench_bilateral.py"
    spec = importlib.util.spec_from_file_location("bench_bilateral", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert set(module.main(["--small"])) == set(ALL)
    assert "floor" in capsys.readouterr().out
