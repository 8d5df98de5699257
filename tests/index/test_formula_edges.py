"""Defined behaviour of every formula where data are extreme or hardly there; the table of methodology/formulas.md."""

import inspect
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from shuibei_index.errors import PriceError, ShapeError
from shuibei_index.index import bilateral
from shuibei_index.index.extender import Extender
from shuibei_index.index.multilateral import geary_khamis, geks, time_dummy_hedonic, tpd, wtpd
from shuibei_index.index.multilateral.similarity import similarity_linked
from shuibei_index.index.splice import METHODS, SPLICES, extend
from tests.index import by_hand

NAN = float("nan")
ALL = list(bilateral.__all__)
PRICES_ONLY = ("jevons", "dutot", "carli", "harmonic", "cswd", "bmw", "hybrid_cswd")
#: Items bought in one of the two months only have no weight in these.
BOTH_MONTHS = ("bialek", "cswdb", "geary_khamis", "geo_walsh", "martini", "rao", "sato_vartia", "theil", "walsh")
MANY = {
    **{f"geks {name}": (lambda p, q, name=name: geks(p, q, name)) for name in ("tornqvist", "fisher", "sato_vartia")},
    **{"tpd": tpd, "wtpd": wtpd, "geary_khamis": geary_khamis, "similarity_linked": similarity_linked},
    "hedonic": lambda p, q: time_dummy_hedonic(p, q, np.arange(np.shape(p)[1]) % 3 == 1),
    **{f"extend {s}": (lambda p, q, s=s: extend(p, q, window=3, splice=s)) for s in SPLICES},
    **{f"extend {m}": (lambda p, q, m=m: extend(p, q, m, window=3)) for m in METHODS},
}


def call(name, market, **more):
    formula = getattr(bilateral, name)
    more |= {"sigma": 0.7} if name == "lloyd_moulton" else {}
    return formula(**{n: market[n] for n in inspect.signature(formula).parameters if n in market}, **more)


def market(p0, p1, q0, q1, pb=None, qb=None):
    return {"p0": p0, "p1": p1, "q0": q0, "q1": q1, "pb": pb or p0, "qb": qb or q0}


def plainly(name, m):
    if name in by_hand.FORMULAS:
        return by_hand.FORMULAS[name](list(zip(m["p0"], m["p1"], m["q0"], m["q1"], strict=True)))
    return by_hand.third_period(list(zip(m["p0"], m["p1"], m["pb"], m["qb"], strict=True)))[name]


def test_every_price_and_quantity_between_1e_minus_12_and_1e12():
    rng = np.random.default_rng(7)
    for size in (1, 2, 3, 5) * 20:
        m = {name: (10 ** rng.uniform(-12, 12, size)).tolist() for name in ("p0", "p1", "q0", "q1", "pb", "qb")}
        for name in ALL:
            found = call(name, m)
            assert 0 < found < math.inf, name
            assert_allclose(found, plainly(name, m), rtol=1e-10, err_msg=name)


@pytest.mark.parametrize("scale", [1e-12, 1e12])
@pytest.mark.parametrize("method", MANY)
def test_many_months_between_1e_minus_12_and_1e12(method, scale):
    rng = np.random.default_rng(1)
    p, q = rng.lognormal(0, 0.3, (6, 5)), rng.lognormal(0, 1, (6, 5))
    expected = MANY[method](p, q)
    for prices, quantities in ((p * scale, q), (p, q * scale), (p * scale, q / scale)):
        assert_allclose(MANY[method](prices, quantities), expected, rtol=1e-11)


@pytest.mark.parametrize("name", ALL)
def test_one_item_is_its_relative(name):
    assert_allclose(call(name, market([2.0], [3.0], [5.0], [7.0])), 1.5, rtol=1e-15)


@pytest.mark.parametrize("name", ALL)
def test_nothing_to_compare_is_nan_not_an_error(name):
    nothing = [NAN, NAN]
    for m in (
        market([], [], [], []),
        market(nothing, nothing, nothing, nothing),
        # no match: one item has a price in month 0 only, the other in month 1 only
        market([2.0, NAN], [NAN, 3.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]),
    ):
        assert math.isnan(call(name, m))
        grouped = call(name, m, group=np.zeros(len(m["p0"]), dtype=int))
        assert np.isnan(grouped).all()


@pytest.mark.parametrize("name", ALL)
def test_all_quantities_zero(name):
    found = call(name, market([1.0, 2.0], [2.0, 2.0], [0.0, 0.0], [0.0, 0.0], [1.0, 1.0], [0.0, 0.0]))
    assert math.isnan(found) != (name in PRICES_ONLY)


@pytest.mark.parametrize("name", ALL)
def test_each_item_sold_in_one_month_only(name):
    found = call(name, market([1.0, 2.0], [2.0, 2.0], [1.0, 0.0], [0.0, 1.0]))
    assert math.isnan(found) == (name in BOTH_MONTHS)


def test_the_page_says_so():
    page = (by_hand.REPOSITORY / "methodology" / "formulas.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith("| every item sold in one of the months"))
    assert [name for name in ALL if f"`{name}`" in row] == list(BOTH_MONTHS)


@pytest.mark.parametrize("method", MANY)
def test_one_month_one_item_nothing(method):
    run = MANY[method]
    if method != "hedonic":
        assert run([[2.0]], [[1.0]]).tolist() == [1.0]
        assert_allclose(run([[2.0], [3.0], [5.0], [4.0]], np.ones((4, 1))), [1.0, 1.5, 2.5, 2.0], rtol=1e-14)
    assert np.isnan(run(np.full((4, 2), NAN), np.ones((4, 2)))).all()
    p = np.array([[1.0, 2.0, NAN], [NAN, NAN, 5.0], [2.0, 4.0, NAN], [3.0, 6.0, NAN]])
    if method != "hedonic":  # a characteristic links months without a common item
        assert_allclose(run(p, np.ones_like(p)), [1.0, NAN, 2.0, 3.0], rtol=1e-13)


def test_too_short_for_production_and_impossible_prices_are_told():
    with pytest.raises(ShapeError, match="wait until the first is full"):
        Extender([[1.0]], [[1.0]])
    for bad in (0.0, -1.0, math.inf):
        with pytest.raises(PriceError):
            bilateral.jevons(p0=[1.0], p1=[bad])
        with pytest.raises(PriceError):
            geks([[1.0], [bad]], [[1.0], [1.0]])
