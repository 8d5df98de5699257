"""The engine of elementary links: replicates, dated rules, and what the observations refuse."""

import numpy as np
import pytest

from shuibei_index.errors import PriceError, ShapeError
from shuibei_index.index.elementary.cell_links import CellLinks, Cells, link_sums, matched_pairs
from shuibei_index.index.elementary.formulas import FORMULAS, NAMES, formula_codes
from shuibei_index.index.elementary.imputation import Imputation, method_codes, spells
from shuibei_index.index.elementary.observations import Observations

T, G, FIRMS = 8, 3, 5


def market(seed=1, items=30, present=0.75):
    """Return observations, cell and firm of each item."""
    rng = np.random.default_rng(seed)
    month, item = np.nonzero(rng.random((T, items)) < present)
    price, value = np.exp(rng.normal(2, 0.5, len(month))), rng.uniform(1, 5, len(month))
    return Observations(month, item, price, value, T, items), np.arange(items) % G, np.arange(items) // G % FIRMS


def compiled(observed, cell, formula, imputation, firm=None, multiplicity=None):
    alive = np.ones((T, 1), dtype=bool)
    cells = Cells(cell, formula_codes([formula]).reshape(1, 1), imputation, alive, G)
    pairs = matched_pairs(observed, cells, imputation.reach(alive))
    sums = link_sums(pairs, T, G, None if firm is None else firm[pairs.item])
    links = CellLinks(sums, cells, T, multiplicity)
    found = []
    for t in range(1, T):
        own = links.links(t)
        links.carry(t, own, own)
        found.append(own)
    return np.array(found)


def chosen_items(observed, cell, items):
    """Return the market of some items, one listed twice counting as two."""
    copies = [np.flatnonzero(observed.item == i) for i in items]
    rows = np.concatenate(copies)
    item = np.repeat(np.arange(len(items)), [len(c) for c in copies])
    order = np.argsort(observed.month[rows], kind="stable")
    rows = rows[order]
    return (
        Observations(observed.month[rows], item[order], observed.price[rows], observed.value[rows], T, len(items)),
        cell[np.array(items)],
    )


@pytest.mark.parametrize("method", ["parental", "class_mean", "carry_forward", "none"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_replicates_are_panels_of_their_own(formula, method):
    observed, cell, firm = market()
    imputation = Imputation.uniform(method, 3, T)
    times = np.array([[1, 1, 1, 1, 1], [2, 0, 1, 3, 0], [1, 1, 0, 1, 1]], dtype=float).T
    found = compiled(observed, cell, formula, imputation, firm, times)
    base = compiled(observed, cell, formula, imputation)
    np.testing.assert_allclose(found[..., 0], base[..., 0], rtol=1e-12)
    for r in (1, 2):
        items = [i for i in range(observed.n_items) for _ in range(int(times[firm[i], r]))]
        alone = compiled(*chosen_items(observed, cell, items), formula, imputation)
        np.testing.assert_allclose(found[..., r], alone[..., 0], rtol=1e-11)


def test_a_rule_with_a_date_and_a_limit():
    # an item is absent in months 1 to 4; carrying forward is the rule in months 1 and 2 only, for one month at most
    observed = Observations(
        np.array([0, 0, 1, 2, 3, 4, 5, 5]), np.array([0, 1, 1, 1, 1, 1, 0, 1]),
        np.array([10.0, 1, 2, 4, 8, 16, 40, 32]), np.ones(8), T, 2,
    )  # fmt: skip
    cell = np.zeros(2, dtype=np.int64)
    forward, parental = method_codes(["carry_forward", "parental"])
    dated = Imputation(np.full((T, 1), parental), np.full((T, 1), 9))
    dated.method[1:3] = forward
    links = compiled(observed, cell, "jevons", dated)[:, 0, 0]
    # carried unchanged for two months (and counted so), then with the cell: 10 · 2 · 2 = 40 in month 4
    np.testing.assert_allclose(links[:5], [np.sqrt(2), np.sqrt(2), 2, 2, np.sqrt(2 * 1.0)], rtol=1e-13)
    short = Imputation(dated.method, dated.limit.copy())
    short.limit[1:3] = 1
    links = compiled(observed, cell, "jevons", short)[:, 0, 0]
    # after one month it is dropped, and new when it comes back
    np.testing.assert_allclose(links[:5], [np.sqrt(2), 2, 2, 2, 2], rtol=1e-13)
    absent = spells(observed, cell, short.reach(np.ones((T, 1), dtype=bool)))
    assert absent.month[absent.observation == 0].tolist() == [1]


def test_a_pair_a_firm_must_be_named_for():
    observed, cell, firm = market()
    cells = Cells(cell, np.zeros((1, 1), dtype=np.int64), Imputation.uniform("none", 0, T), np.ones((1, 1), bool), G)
    pairs = matched_pairs(observed, cells, np.arange(T)[:, None])
    with pytest.raises(ShapeError, match="firms for"):
        link_sums(pairs, T, G, firm[:3])


def test_whole_arrays_and_months_are_the_same_pairs():
    observed, cell, _ = market(4)
    imputation = Imputation.uniform("parental", 1, T)
    alive = np.ones((T, G), dtype=bool)
    alive[4, 1] = False
    codes = np.tile(formula_codes([NAMES[0], NAMES[5], NAMES[8]]), (T, 1))
    pairs = matched_pairs(observed, Cells(cell, codes, imputation, alive, G), imputation.reach(alive))
    assert not ((pairs.end == 4) & (pairs.cell == 1)).any()
    assert (pairs.end - pairs.start <= 2).all()
    whole = observed.pairs
    for name in ("before", "after", "start", "end", "item", "log_relative"):
        np.testing.assert_array_equal(getattr(pairs, name), getattr(whole, name)[pairs.chosen])
    np.testing.assert_array_equal(pairs.formula, codes[0][pairs.cell])
    np.testing.assert_allclose(np.exp(pairs.log_relative), observed.price[pairs.after] / observed.price[pairs.before])
    following = np.full(len(observed), T)
    following[whole.before] = whole.end
    np.testing.assert_array_equal(observed.next_month, following)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"month": [0, 1, 0]}, ShapeError, "in order of month"),
        ({"item": [0, 0, 0]}, ShapeError, "stand twice"),
        ({"item": [0, 0]}, ShapeError, "one length"),
        ({"price": [1.0, 0.0, 1.0]}, PriceError, "position 1"),
        ({"price": [1.0, 1.0, np.nan]}, PriceError, "position 2"),
        ({"price": [np.inf, 1.0, 1.0]}, PriceError, "above 0"),
        ({"value": [1.0, -1.0, 1.0]}, PriceError, "not below 0"),
    ],
)
def test_what_is_no_observation(change, error, words):
    given = {"month": [0, 1, 1], "item": [0, 0, 1], "price": [1.0, 2, 3], "value": [1.0, 1, 1]} | change
    with pytest.raises(error, match=words):
        Observations(*(np.array(given[k]) for k in ("month", "item", "price", "value")), 2, 2)
