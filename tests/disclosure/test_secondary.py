"""Secondary suppression: the optimum by brute force, the heuristic beside it, insiders, bounds and the null space."""

import itertools

import numpy as np
import pandas as pd
import pytest

from shuibei_index.disclosure import by_flows, determined, optimum, outsider, protect, reach, scenarios, secondary
from shuibei_index.errors import GateError
from shuibei_index.rules import Rules
from tests.disclosure.attacker import attack_table, random_case
from tests.disclosure.test_primary import EVEN, own_rules, sold

RULES = Rules.load()
CASES = [
    {"leaves": 5, "parts": 1, "months": 1, "firms": 6},
    {"leaves": 7, "parts": 1, "months": 2, "firms": 8},
    {"leaves": 6, "parts": 2, "months": 1, "firms": 9},
    {"leaves": 6, "parts": 3, "months": 1, "firms": 11},
]


def solved(seed, **size):
    """The one table of a random case with something to protect."""
    for n in itertools.count():
        cells, parents = random_case(np.random.default_rng([seed, n]), **size)
        try:
            found = protect(cells, {c: a for c, a in parents.items() if a}, RULES)
        except GateError:
            continue
        if (found.solved[0].hidden & ~found.solved[0].primary).any():
            return cells, parents, found


def withstands(table, hidden, rules):
    """Every attack on a pattern, one after another."""
    targets = np.flatnonzero((table.need > 0).any(axis=0))
    return all(
        (reach(table, hidden, a)[0] >= table.need[a.blocks, k] * (1 - 1e-6)).all()
        for k in targets.tolist()
        for a in scenarios(table, k, hidden, rules)
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_optimum_is_the_cheapest_of_all_patterns(seed):
    _, _, found = solved(seed, leaves=4, parts=1, months=1, firms=6)
    one = found.solved[0]
    table, open_ = one.table, np.flatnonzero(~one.primary & ~one.table.never)
    cheapest = np.inf
    for size in range(len(open_) + 1):
        for extra in itertools.combinations(open_.tolist(), size):
            hidden = one.primary.copy()
            hidden[list(extra)] = True
            cost = table.cost[hidden].sum()
            if cost < cheapest and withstands(table, hidden, one.rules):
                cheapest = cost
    best = optimum(table, one.primary, one.rules)
    assert withstands(table, best, one.rules)
    np.testing.assert_allclose(table.cost[best].sum(), cheapest, rtol=1e-6)


@pytest.mark.parametrize("size", CASES)
@pytest.mark.parametrize("seed", range(3))
def test_the_heuristic_withstands_and_is_near_the_optimum(seed, size):
    _, _, found = solved(seed, **size)
    one = found.solved[0]
    hidden, exposed = by_flows(one.table, one.primary, one.rules)
    assert not exposed and withstands(one.table, hidden, one.rules)
    best = optimum(one.table, one.primary, one.rules)
    cost = one.table.cost
    assert cost[best].sum() * (1 - 1e-6) <= cost[hidden].sum() <= 1.5 * cost[best].sum()
    # nothing withheld is there for nothing
    for cell in np.flatnonzero(hidden & ~one.primary).tolist():
        without = hidden.copy()
        without[cell] = False
        assert not withstands(one.table, without, one.rules)


@pytest.mark.parametrize("size", CASES)
@pytest.mark.parametrize("heuristic", [False, True])
def test_the_attacker_finds_nothing(size, heuristic, tmp_path):
    rules = own_rules(tmp_path, "value = 1500", "value = 0") if heuristic else RULES
    for seed in range(2):
        cells, parents, _ = solved(seed, **size)
        found = protect(cells, {c: a for c, a in parents.items() if a}, rules)
        assert {one.method for one in found.solved} <= ({"heuristic"} if heuristic else {"exact", "heuristic"})
        assert attack_table(cells, parents, found.pattern) == []
        assert found.audit()["safe"].all() and not found.audit()["exact"].any()


def test_the_attacker_finds_what_is_left_open():
    """Without secondary cells, and with one secondary cell missing: the attack can fail, and so can these tests."""
    for seed, size in enumerate(CASES[1:3]):
        cells, parents, found = solved(seed, **size)
        bare = found.pattern["obs_conf"].mask(found.pattern["reason"] == "secondary", "F")
        assert attack_table(cells, parents, found.pattern.assign(obs_conf=bare))
        one = found.solved[0]
        for cell in np.flatnonzero(one.hidden & ~one.primary).tolist():
            key = found.keys.iloc[one.table.cell[cell]]
            own = (found.pattern[["class_code", "component", "stage"]] == key).all(axis=1)
            without = one.hidden.copy()
            without[cell] = False
            ours = not withstands(one.table, without, one.rules)
            months = [b for b, name in enumerate(one.table.blocks) if name != "sum"]
            in_months = any(
                (reach(one.table, without, a)[0] < one.table.need[a.blocks, k] * (1 - 1e-3))[
                    np.isin(a.blocks, months)
                ].any()
                for k in np.flatnonzero((one.table.need > 0).any(axis=0)).tolist()
                for a in scenarios(one.table, k, without, one.rules)
            )
            theirs = attack_table(
                cells, parents, found.pattern.assign(obs_conf=found.pattern["obs_conf"].mask(own, "F"))
            )
            assert ours
            assert bool(theirs) == in_months


def test_two_firms_alone_in_two_cells_do_not_protect_each_other(tmp_path, monkeypatch):
    """E5 is alone in A, E6 in B: the sum of the two tells each the other's; an outsider learns nothing."""
    tree = {"A": "00", "B": "00", "C": "00", "D": "00"}
    cells = sold({"A": [0.0] * 5 + [20.0], "B": [0.0] * 6 + [21.0], "C": EVEN, "D": [2 * x for x in EVEN]})
    alone = own_rules(tmp_path, 'value = "sole"', 'value = "none"')
    # the sum of A and B is of two firms: withheld whoever the attacker is taken to be
    for rules in (alone, RULES):
        pattern = protect(cells, tree, rules).pattern
        assert set(pattern.loc[pattern["obs_conf"] == "C", "class_code"]) == {"A", "B", "C"}
        assert attack_table(cells, {"00": ""} | tree, pattern) == []
    monkeypatch.setattr(secondary, "widened", lambda table, keys, hidden, *more: np.zeros(len(hidden), dtype=bool))
    pattern = protect(cells, tree, RULES).pattern
    assert set(pattern.loc[pattern["obs_conf"] == "C", "class_code"]) == {"A", "B", "C"}
    open_ = protect(cells, tree, alone, strict=False).pattern
    attacked = {(key[1], key[3]) for key in attack_table(cells, {"00": ""} | tree, open_)}
    assert attacked == {("A", "E6"), ("B", "E5")}
    assert attack_table(cells, {"00": ""} | tree, open_, insiders=False) == []


def test_bounds_by_hand():
    """A (5) and B (20) withheld: B is known within 10, so A is within 2.5 for one who knows it within half."""
    tree = {"A": "00", "B": "00", "C": "00"}
    cells = sold({"A": [5.0], "B": [2.0, 2.0, 2.0, 7.0, 7.0], "C": EVEN})
    audit = protect(cells, tree, RULES).audit().set_index("table")
    row = audit.loc["2025 2025-06"]
    assert (row["class_code"], row["reason"]) == ("A", "threshold")
    np.testing.assert_allclose(row[["value", "lower", "upper", "width", "required"]].astype(float), [5, 2.5, 7.5, 5, 1])


def test_the_null_space_tells_what_is_determined():
    tree = {"A": "00", "B": "00", "A1": "A", "A2": "A", "B1": "B", "B2": "B"}
    cells = sold({"A1": [5.0], "A2": EVEN, "B1": EVEN, "B2": EVEN})
    one = protect(cells, tree, RULES, strict=False).solved[0]
    names = {}
    for n, k in enumerate(one.table.cell.tolist()):
        names[["00", "A", "A1", "A2", "B", "B1", "B2"][k]] = n
    hidden = np.zeros(len(names), dtype=bool)
    hidden[[names["A1"]]] = True
    assert determined(one.table, hidden, 0)[names["A1"]]
    hidden[[names["A"]]] = True
    # the headline less B gives A, and A less A2 gives A1
    assert determined(one.table, hidden, 0)[[names["A"], names["A1"]]].all()
    assert reach(one.table, hidden, outsider(one.table, names["A1"]))[0].max() < 1e-9
    hidden[[names["B"], names["B1"]]] = True
    assert not determined(one.table, hidden, 0).any()


def test_stage_is_a_dimension_of_its_own():
    """One firm sells A by retail: retail of A is withheld, and enough else that no difference tells it."""
    tree = {"A": "00", "B": "00", "C": "00"}
    wholesale = sold({"A": EVEN, "B": EVEN, "C": EVEN}).assign(stage="wholesale")
    retail = sold({"A": [9.0], "B": EVEN, "C": EVEN}).assign(stage="retail")
    found = protect(pd.concat([wholesale, retail]), tree, RULES)
    withheld = found.pattern[found.pattern["obs_conf"] == "C"]
    assert ("A", "retail") in set(zip(withheld["class_code"], withheld["stage"], strict=True))
    assert {"A", "00"} < set(found.pattern["class_code"]) and len(withheld) >= 4
    assert found.audit()["safe"].all()


def test_cost_by_number_of_cells(tmp_path):
    few = own_rules(tmp_path, 'value = "turnover"\ndecision = "0302"', 'value = "cells"\ndecision = "0302"')
    cells, parents, found = solved(3, leaves=6, parts=2, months=1, firms=9)
    other = protect(cells, {c: a for c, a in parents.items() if a}, few)
    assert other.solved[0].hidden.sum() <= found.solved[0].hidden.sum()
    assert attack_table(cells, parents, other.pattern) == []


def test_the_same_again_and_in_any_order():
    cells, parents, found = solved(1, leaves=9, parts=3, months=3, firms=9)
    tree = {c: a for c, a in parents.items() if a}
    again = protect(cells.sample(frac=1.0, random_state=1), tree, RULES)
    pd.testing.assert_frame_equal(found.pattern, again.pattern)
