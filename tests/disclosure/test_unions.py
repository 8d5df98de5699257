"""Sums of withheld cells: no firm's figure comes out of them, judged by an attack on firms that shares no code."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from shuibei_index.disclosure import protect, protecting
from shuibei_index.index.tree import Hierarchy
from shuibei_index.rules import Rules

RULES = Rules.load()
MANY = {f"F{k}": 100.0 for k in range(10, 16)}
FLAT = dict.fromkeys("ABCD", "00")
ALONE = {"A": {"F1": 50.0}, "B": {"F1": 55.0}, "C": MANY, "D": MANY}
TWO = {"A": {"F1": 50.0, "F2": 40.0}, "B": {"F1": 60.0, "F2": 55.0}, "C": MANY, "D": MANY}
# B is withheld while B1 of it is published: what is left of A and B together is one firm's
DEEP = {"A": {"F1": 50.0}, "B1": MANY, "B2": {"F1": 70.0}, "C": dict.fromkeys(MANY, 1000.0)}
DEEP_TREE = {"A": "00", "B": "00", "C": "00", "B1": "B", "B2": "B"}


def protected(leaves, parents):
    rows = [("2025-06", code, firm, amount) for code, firms in leaves.items() for firm, amount in firms.items()]
    cells = pd.DataFrame(rows, columns=["period", "class_code", "enterprise_id", "turnover"])
    return protect(cells, Hierarchy.from_parents(parents), RULES, strict=False)


def hidden_of(protection):
    pattern = protection.pattern
    return set(pattern.loc[pattern["obs_conf"] == "C", "class_code"])


def nearest(leaves, parents, hidden):
    """How near anyone, firm or outsider, comes from above to a firm's total in withheld leaves: the least excess."""
    under = {code: {leaf for leaf in leaves if code in lineage(leaf, parents)} for code in {*parents, "00"}}
    unknown = [(leaf, firm) for leaf in leaves if leaf in hidden for firm in leaves[leaf]]
    if not unknown:
        return np.inf
    sums = [(code, [leaf in under[code] for leaf, _ in unknown]) for code in under if code not in hidden]
    sums = [(code, row) for code, row in sums if any(row)]
    matrix = np.array([row for _, row in sums], dtype=float)
    known = matrix @ np.array([leaves[leaf][firm] for leaf, firm in unknown])
    least = np.inf
    firms = sorted({firm for _, firm in unknown})
    for attacker in [None, *firms]:
        bounds = [(leaves[leaf][firm],) * 2 if firm == attacker else (0.0, None) for leaf, firm in unknown]
        for firm in firms:
            if firm == attacker:
                continue
            own = np.array([float(name == firm) for _, name in unknown])
            found = linprog(-own, A_eq=matrix, b_eq=known, bounds=bounds)
            truth = sum(leaves[leaf][name] for leaf, name in unknown if name == firm)
            least = min(least, (np.inf if found.status == 3 else -found.fun) / truth - 1.0)
    return least


def lineage(code, parents):
    while code in parents:
        yield code
        code = parents[code]
    yield code


@pytest.mark.parametrize(("leaves", "parents"), [(ALONE, FLAT), (TWO, FLAT), (DEEP, DEEP_TREE)])
def test_a_sum_of_withheld_cells_tells_of_no_firm(monkeypatch, leaves, parents):
    protection = protected(leaves, parents)
    assert protection.unsafe().empty
    assert nearest(leaves, parents, hidden_of(protection)) >= 0.1
    # each cell by itself was well kept before sums were looked at; the audit names what then gave the sum away
    monkeypatch.setattr(protecting, "widened", lambda table, keys, hidden, *more: np.zeros(len(hidden), dtype=bool))
    before = protected(leaves, parents)
    assert nearest(leaves, parents, hidden_of(before)) < 0.1
    assert "00" in set(before.unsafe()["class_code"])


def test_no_firm_comes_out_of_random_tables():
    rng = np.random.default_rng(11)
    parents = {"A": "00", "B": "00", "C": "00"} | {f"{top}{k}": top for top in "ABC" for k in range(4)}
    more = 0
    for _ in range(25):
        leaves = {
            leaf: {f"F{f}": float(rng.integers(20, 200)) for f in rng.choice(12, rng.integers(1, 9), replace=False)}
            for leaf in parents
            if len(leaf) == 2
        }
        protection = protected(leaves, parents)
        assert protection.unsafe().empty
        hidden = hidden_of(protection)
        assert nearest(leaves, parents, hidden) >= 0.1 - 1e-6
        more += len(hidden)
    assert more > 50
