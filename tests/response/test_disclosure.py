"""A card tells a firm nothing about a peer: too few others, one that dominates, or anything finer than the rounding."""

import numpy as np
import pytest

from shuibei_index.response import month_status, write_scorecards
from shuibei_index.response.disclosure import may_compare, others_middle, rounded
from shuibei_index.rules import Rules

MONTH = "2024-02"
AT = Rules.load().at(MONTH)


def test_three_others_are_needed():
    value = np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
    allowed = may_compare(value, AT)
    assert allowed[:, 0].tolist() == [True] * 4
    # in the second class three firms report: each has two others; who does not report there has three
    assert allowed[:, 1].tolist() == [False, False, False, True]


@pytest.mark.parametrize("seed", range(20))
def test_dominance_is_counted_as_the_definition_says(seed):
    rng = np.random.default_rng(seed)
    value = np.where(rng.random((7, 5)) < 0.7, rng.lognormal(0.0, 2.0, (7, 5)), 0.0)
    allowed = may_compare(value, AT)
    for f, k in np.ndindex(*value.shape):
        others = np.delete(value[:, k], f)
        others = others[others > 0]
        good = len(others) >= 3 and others.sum() - others.max() >= 0.2 * others.max()
        assert allowed[f, k] == good, (f, k)


def test_equal_largest_firms_are_others_to_each_other():
    assert may_compare(np.array([[5.0], [5.0], [1.0], [1.0]]), AT).all()
    # of the three others of the second firm the first sells nearly everything
    assert not may_compare(np.array([[100.0], [5.0], [1.0], [1.0]]), AT)[1, 0]


@pytest.mark.parametrize("seed", range(20))
def test_the_middle_is_a_mean_of_at_least_three_others(seed):
    rng = np.random.default_rng(seed)
    level = np.where(rng.random((8, 4)) < 0.75, rng.integers(5, 40, (8, 4)).astype(float), np.nan)
    found = others_middle(level, 3)
    for f, k in np.ndindex(*level.shape):
        others = np.sort(np.delete(level[:, k], f))
        others = others[~np.isnan(others)]
        n = len(others)
        width = 3 if n % 2 else 4
        want = others[(n - width) // 2 : (n - width) // 2 + width].mean() if n >= 3 else np.nan
        np.testing.assert_allclose(found[f, k], want)


def test_rounding_steps():
    assert rounded(np.array([0.149, -0.04, np.nan]), "rate", AT)[:2].tolist() == [0.1, 0.0]
    assert np.isnan(rounded(np.array([np.nan]), "rate", AT)[0])
    assert rounded(np.array([23.3]), "charge", AT).tolist() == [23.5]


def card(workspace, firm="E1"):
    write_scorecards(workspace, month_status(workspace, MONTH))
    return (workspace.work(MONTH) / "scorecards" / f"{firm}.html").read_text(encoding="utf-8")


BASE = {"E1": (15.0, 100.0), "E2": (12.0, 110.0), "E3": (18.0, 90.0)}


def test_with_two_others_the_card_does_not_depend_on_them(hand_made):
    one = card(hand_made("a", BASE))
    other = card(hand_made("b", BASE | {"E2": (25.0, 40.0), "E3": (9.0, 300.0)}))
    assert one == other
    assert "不比较 not shown" in one


def test_with_three_others_the_class_is_shown(hand_made):
    # the guard of the test above: where comparison is allowed the others do show
    one = card(hand_made("a", BASE | {"E4": (20.0, 95.0)}))
    other = card(hand_made("b", BASE | {"E4": (40.0, 95.0)}))
    assert one != other
    assert "不比较 not shown" not in one
    # mean of the three others, 12.6, 18.9 and 21 at this month's charges, rounded to half a yuan
    assert "<td class=n>17.5</td>" in one


def test_one_that_dominates_hides_the_class(hand_made):
    big = {"E4": (20.0, 5000.0)}
    one, other = card(hand_made("a", BASE | big)), card(hand_made("b", BASE | {"E4": (26.0, 6000.0)}))
    assert one == other
    assert "不比较 not shown" in one


def test_who_charges_what_among_the_others_does_not_show(hand_made):
    # exchanged, and shifted against each other: the mean of three stays, and with it the card
    peers = [(12.0, 100.0), (18.0, 100.0), (21.0, 100.0)]
    cards = []
    for name, order in (("a", (0, 1, 2)), ("b", (2, 0, 1))):
        firms = {"E1": (15.0, 100.0)} | {f"E{n + 2}": peers[at] for n, at in enumerate(order)}
        cards.append(card(hand_made(name, firms)))
    shifted = {"E1": (15.0, 100.0), "E2": (8.0, 100.0), "E3": (22.0, 100.0), "E4": (21.0, 100.0)}
    cards.append(card(hand_made("c", shifted)))
    assert cards[0] == cards[1]
    assert rows(cards[0]) == rows(cards[2])


def rows(page):
    return page[page.index("<h2>价格与工费") : page.index("<h2>数据质量")]


def test_no_peer_is_named(hand_made):
    page = card(hand_made("a", BASE | {"E4": (20.0, 95.0)}))
    assert "企业1" in page
    assert not [name for name in ("E2", "E3", "E4", "企业2", "企业3", "企业4") if name in page]


FOUR = {"E1": (15.0, 100.0), "E2": (30.0, 100.0), "E3": (20.0, 100.0), "E4": (20.0, 100.0)}


def test_firms_that_do_not_move_the_class_are_no_cover(hand_made):
    """Of three others two sell new items only: the change of the class is the third's, and E1 could work it out."""
    cards = [
        rows(card(hand_made(f"m{charge}", FOUR, fresh=("E3", "E4"), last={"E2": charge, "E3": 55.0 - charge})))
        for charge in (33.0, 35.0)
    ]
    assert cards[0] == cards[1]
    # the charges of this month are those of three others all the same
    assert cards[0].count("不比较 not shown") == 1


def test_who_has_nothing_to_compare_sees_the_change_of_three_others(hand_made):
    made = hand_made("own", FOUR, fresh=("E1",))
    assert "不比较 not shown" not in rows(card(made)) and "不比较 not shown" in rows(card(made, "E2"))


def test_one_that_dominates_the_movement_hides_it(hand_made):
    # of 4 × 3000 g sold by the others, those with items of both months sell 3000 and twice 10 g
    firms = {"E1": (15.0, 100.0), "E2": (30.0, 3000.0), "E3": (20.0, 10.0), "E4": (20.0, 10.0)}
    more = {"E5": (21.0, 3000.0), "E6": (22.0, 3000.0)}
    cards = [
        rows(card(hand_made(f"d{charge}", firms | more, fresh=("E5", "E6"), last={"E2": charge})))
        for charge in (33.0, 31.5)
    ]
    for page in cards:
        assert page.count("不比较 not shown") == 1
