"""Bilateral formulas against figures printed by other packages and against a second computation in plain Python."""

import inspect
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose

from shuibei_index.index import bilateral
from shuibei_index.index.quantity import bennet, montgomery, quantity_index
from tests.index import by_hand
from tests.index.by_hand import cells, matched

DATA = [
    "multilateral_ces_sigma_2",
    "multilateral_milk_pl",
    "multilateral_pic_scanner",
    "multilateral_turvey",
    "turvey_seasonal",
    "gpindex_price6",
    "indexnumr_indicators",
]
PARAMETERS = {"lloyd_moulton": {"sigma": 0.7}}


def panel(folder):
    if folder != "gpindex_price6":
        return tuple(frame.to_numpy() for frame in by_hand.read(folder))
    path = by_hand.REFERENCE / folder
    if not path.exists():
        pytest.skip(f"reference data {folder} are not here")
    names = [path / f"input_{name}6.csv" for name in ("price", "quantity")]
    return tuple(np.genfromtxt(name, delimiter=",", skip_header=1)[:, 1:].T for name in names)


def ours(name, p, q, base, t, weights=0):
    formula = getattr(bilateral, name)
    months = {"p0": p[base], "p1": p[t], "q0": q[base], "q1": q[t], "pb": p[weights], "qb": q[weights]}
    return formula(**{n: months[n] for n in inspect.signature(formula).parameters if n in months}, **_more(name))


def _more(name):
    return PARAMETERS.get(name, {})


@pytest.mark.parametrize("folder", DATA)
def test_fixed_base_and_chained_against_plain_python(folder):
    p, q = panel(folder)
    rows = [(cells(p[t]), cells(q[t])) for t in range(len(p))]

    def expected(name, base, t):
        return by_hand.FORMULAS[name](matched(rows[base][0], rows[t][0], rows[base][1], rows[t][1]))

    prices_only = {"jevons", "carli", "harmonic", "dutot", "cswd", "bmw", "hybrid_cswd"}
    assert set(bilateral.__all__) == set(by_hand.FORMULAS) | {"lowe", "young", "geo_young", "harmonic_young"}
    for name in by_hand.FORMULAS:
        # one-sided formulas use an item whose other quantity is missing; in these data both are missing together
        assert name in prices_only or (np.isnan(p) == np.isnan(q)).all()
        fixed = [ours(name, p, q, 0, t) for t in range(1, len(p))]
        assert_allclose(fixed, [expected(name, 0, t) for t in range(1, len(p))], rtol=1e-12, err_msg=name)
        links = [ours(name, p, q, a, b) for a, b in pairwise(range(len(p)))]
        by_item = [expected(name, a, b) for a, b in pairwise(range(len(p)))]
        assert_allclose(np.cumprod(links), np.cumprod(by_item), rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("folder", DATA)
def test_formulas_with_a_weight_period_against_plain_python(folder):
    p, q = panel(folder)
    weights = len(p) // 2
    for t in range(len(p)):
        items = matched(cells(p[0]), cells(p[t]), cells(p[weights]), cells(q[weights]))
        for name, value in by_hand.third_period(items).items():
            if name == "lowe":  # needs no price of the weight period
                value = by_hand.third_period(matched(cells(p[0]), cells(p[t]), cells(q[weights]), cells(q[weights])))[
                    name
                ]
            assert_allclose(ours(name, p, q, 0, t, weights), value, rtol=1e-12, err_msg=name)


#: PriceIndices, README.md (sections on bilateral and chain indices), data set milk (Dec 2018 = 1), seven decimals.
JEVONS = [1, 1.0222661, 1.0300191, 1.0353857, 1.0075504, 1.0395393, 0.9853148, 1.0053100, 1.0033727, 1.0177604,
          1.0243906, 1.0086291, 1.0249373, 1.0282234]  # fmt: skip
FISHER = [1, 1.0021692, 0.9983528, 0.9868188, 0.9954079, 0.9904548, 0.9906674, 0.9848588, 0.9987586, 0.9959955,
          0.9767235, 0.9771107, 0.9868354, 0.9615501]  # fmt: skip
CHAINED_FISHER = [1, 1.0021692, 1.0004617, 0.9862756, 0.9944042, 0.9915704, 0.9898026, 0.9876325, 0.9981591,
                  0.9968851, 0.9786428, 0.9771951, 0.9874251, 0.9618094]  # fmt: skip
#: Quadratic mean of order 3, Young with March 2019 as weight period: the first 13 months.
QUADRATIC = [1, 1.0025266, 0.9983839, 0.9866552, 0.9956790, 0.9905572, 0.9908235, 0.9845825, 0.9989635, 0.9962294,
             0.9770339, 0.9762389, 0.9868723]  # fmt: skip
YOUNG = [1, 0.9982428, 1.0005565, 0.9766453, 0.9875892, 0.9874894, 0.9827443, 0.9893828, 1.0005086, 0.9976441,
         0.9746506, 0.9943300, 0.9939052]  # fmt: skip
PRINTED = {"rtol": 0, "atol": 5.1e-8}


def test_printed_by_priceindices():
    p, q = panel("multilateral_milk_pl")
    for name, values in (("jevons", JEVONS), ("fisher", FISHER), ("young", YOUNG)):
        found = [ours(name, p, q, 0, t, weights=3) for t in range(len(values))]
        assert_allclose(found, values, **PRINTED, err_msg=name)
    links = [ours("fisher", p, q, t - 1, t) for t in range(1, 14)]
    assert_allclose(np.cumprod([1.0, *links]), CHAINED_FISHER, **PRINTED)
    months = [{"p0": p[0], "p1": p[t], "q0": q[0], "q1": q[t]} for t in range(14)]
    assert_allclose([bilateral.quadratic_mean(**m, order=3) for m in months[:13]], QUADRATIC, **PRINTED)
    assert_allclose(bilateral.lloyd_moulton(p0=p[0], p1=p[13], q0=q[0], sigma=0.9), 0.9835069, **PRINTED)
    lowe = [bilateral.lowe(p0=p[12], p1=p[t], qb=q[0]) for t in (12, 13, 14)]
    assert_allclose(lowe, [1.0, 0.9880546, 1.0024443], **PRINTED)


#: IndexNumR, tests/testthat/test-indicator.R: price and quantity indicators of CES_sigma_2, month on month.
BENNET = [[-1.78071737125315, 2.77153621300123, 0.372248873679598, -3.23083514886471, 3.86787781881992,
           -0.667765464846739, -3.23305497762899, 2.95445995421543, -2.76365908752882, 3.28633320483667,
           0.0823209818013025],
          [4.78071737125315, -4.77153621300123, 0.627751126320402, 6.23083514886471, -5.86787781881992,
           1.66776546484674, 6.23305497762899, -4.95445995421543, 5.76365908752881, -5.28633320483667,
           0.917679018198699]]  # fmt: skip
MONTGOMERY = [[-1.27874802287663, 2.23764163264406, 0.373294606860997, -2.35138599056262, 3.23912450758093,
               -0.665710587242193, -2.74535253122247, 2.45168559478284, -2.2876179051576, 2.85483402898994,
               0.0839129500556],
              [4.27874802287663, -4.23764163264406, 0.626705393139003, 5.35138599056262, -5.23912450758093,
               1.66571058724219, 5.74535253122247, -4.45168559478284, 5.2876179051576, -4.85483402898994,
               0.916087049944403]]  # fmt: skip


@pytest.mark.parametrize(("indicator", "printed"), [(bennet, BENNET), (montgomery, MONTGOMERY)])
def test_indicators_printed_by_indexnumr(indicator, printed):
    p, q = by_hand.ces()
    found = [indicator(p0=p[t - 1], p1=p[t], q0=q[t - 1], q1=q[t]) for t in range(1, len(p))]
    # printed with 15 digits; the differences of values lose two
    assert_allclose(np.array(found).T, printed, rtol=2e-12)


def test_typed_data_are_those_of_the_package():
    p, q = by_hand.ces()
    assert_allclose(p, panel("multilateral_ces_sigma_2")[0], rtol=0)
    assert_allclose(q, panel("multilateral_ces_sigma_2")[1], rtol=1e-15)


def test_quantity_indices_against_plain_python():
    p, q = by_hand.ces()
    for name in ("laspeyres", "paasche", "fisher", "tornqvist", "sato_vartia", "walsh", "geo_laspeyres"):
        for t in range(1, len(p)):
            four = {"p0": p[0], "p1": p[t], "q0": q[0], "q1": q[t]}
            expected = by_hand.FORMULAS[name](list(zip(q[0], q[t], p[0], p[t], strict=True)))
            assert_allclose(quantity_index(name, **four), expected, rtol=1e-13)


def test_a_ces_market_has_one_price_of_living():
    """Elasticity 2: Sato–Vartia and Lloyd–Moulton give the true cost of living, fixed base and chained alike."""
    p, q = by_hand.ces()
    weight = np.array([0.2, 0.2, 0.2, 0.4])
    truth = 1 / (weight / p).sum(axis=1)
    for t in range(1, len(p)):
        months = {"p0": p[0], "p1": p[t], "q0": q[0]}
        assert_allclose(bilateral.sato_vartia(**months, q1=q[t]), truth[t] / truth[0], rtol=1e-14)
        assert_allclose(bilateral.lloyd_moulton(**months, sigma=2), truth[t] / truth[0], rtol=1e-14)
        # the form with current shares is the same formula looked at backwards
        current = 1 / bilateral.lloyd_moulton(p0=p[t], p1=p[0], q0=q[t], sigma=2)
        assert_allclose(current, truth[t] / truth[0], rtol=1e-14)
