"""Sums of withheld cells: no firm's figure comes out of them, judged by an attack on firms that shares no code."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import null_space
from scipy.optimize import linprog

from shuibei_index.disclosure import protect, secondary, unions
from shuibei_index.disclosure.small_sums import determined_sums
from shuibei_index.disclosure.weighted_sums import telling_sums
from shuibei_index.errors import GateError
from shuibei_index.index.tree import Hierarchy
from shuibei_index.rules import Rules
from tests.disclosure.attacker import attack_sums, random_case

RULES = Rules.load()
MANY = {f"F{k}": 100.0 for k in range(10, 16)}
FLAT = dict.fromkeys("ABCD", "00")
ALONE = {"A": {"F1": 50.0}, "B": {"F1": 55.0}, "C": MANY, "D": MANY}
TWO = {"A": {"F1": 50.0, "F2": 40.0}, "B": {"F1": 60.0, "F2": 55.0}, "C": MANY, "D": MANY}
# B is withheld while B1 of it is published: what is left of A and B together is one firm's
DEEP = {"A": {"F1": 50.0}, "B1": MANY, "B2": {"F1": 70.0}, "C": dict.fromkeys(MANY, 1000.0)}
DEEP_TREE = {"A": "00", "B": "00", "C": "00", "B1": "B", "B2": "B"}


# sparse classes share the same three firms, in both components: what a total tells of one counts for the other
HOSTILE = [54, 72, 89, 91, 0, 1, 2]


def protected(leaves, parents, *, strict=False):
    rows = [
        ("2025-06", *((leaf, "metal") if isinstance(leaf, str) else leaf), firm, amount)
        for leaf, firms in leaves.items()
        for firm, amount in firms.items()
    ]
    cells = pd.DataFrame(rows, columns=["period", "class_code", "component", "enterprise_id", "turnover"])
    if all(isinstance(leaf, str) for leaf in leaves):
        cells = cells.drop(columns="component")
    return protect(cells, Hierarchy.from_parents(parents), RULES, strict=strict)


def hidden_of(protection):
    pattern = protection.pattern
    gone = pattern[pattern["obs_conf"] == "C"]
    return set(zip(gone["class_code"], gone["component"], strict=True))


def nearest(leaves, parents, hidden):
    """How near anyone, firm or outsider, comes from above to what a firm sells in withheld leaves: the least excess.

    Of each firm its sum over the withheld leaves, of metal, of making, and of both.
    """
    keyed = {(leaf, "total") if isinstance(leaf, str) else leaf: firms for leaf, firms in leaves.items()}
    flat = [(code, part, firm, amount) for (code, part), firms in keyed.items() for firm, amount in firms.items()]
    amounts = np.array([amount for *_, amount in flat])
    parts = {"total", *(part for _, part in keyed)}
    sums = np.array([
        [code in lineage(leaf, parents) and part in ("total", own) for leaf, own, _, _ in flat]
        for code in {*parents, "00"}
        for part in sorted(parts)
        if (code, part) not in hidden
    ], dtype=float)  # fmt: skip
    firms = sorted({firm for _, _, firm, _ in flat})
    least = np.inf
    for attacker in [None, *firms]:
        bounds = [(amount, amount) if firm == attacker else (0.0, None) for _, _, firm, amount in flat]
        for firm in firms:
            for part in parts:
                own = np.array([
                    name == firm and part in ("total", of) and (leaf, of) in hidden for leaf, of, name, _ in flat
                ], dtype=float)  # fmt: skip
                if firm == attacker or not own.any():
                    continue
                found = linprog(-own, A_eq=sums, b_eq=sums @ amounts, bounds=bounds)
                if found.status == 0:
                    least = min(least, -found.fun / (own @ amounts) - 1.0)
    return least


def lineage(code, parents):
    while code in parents:
        yield code
        code = parents[code]
    yield code


def nothing_more(table, keys, hidden, *more):
    return np.zeros(len(hidden), dtype=bool)


@pytest.mark.parametrize(("leaves", "parents"), [(ALONE, FLAT), (TWO, FLAT), (DEEP, DEEP_TREE)])
def test_a_sum_of_withheld_cells_tells_of_no_firm(monkeypatch, leaves, parents):
    protection = protected(leaves, parents)
    assert protection.unsafe().empty
    assert nearest(leaves, parents, hidden_of(protection)) >= 0.1
    # each cell by itself was well kept before sums were looked at; the audit names what then gave the sum away
    monkeypatch.setattr(secondary, "widened", nothing_more)
    before = protected(leaves, parents)
    assert nearest(leaves, parents, hidden_of(before)) < 0.1
    assert "00" in set(before.unsafe()["class_code"])


def test_a_sum_nothing_can_hide_is_refused(monkeypatch):
    assert protected(ALONE, FLAT, strict=True).unsafe().empty
    monkeypatch.setattr(secondary, "widened", nothing_more)
    with pytest.raises(GateError, match=r"from .*'00 total all 2025'.* follow sums of withheld cells") as refused:
        protected(ALONE, FLAT, strict=True)
    assert "由 00 total all 2025 可推算不公布单元之和" in refused.value.zh


def few_across(making, stone):
    """Two classes of two; in 01 few firms have making charges of one class, the same few stones of the other."""
    leaves = {
        (code, part): dict(MANY) for code in ("0101", "0102", "0201", "0202") for part in ("metal", "making", "stone")
    }
    del leaves["0102", "stone"]
    return leaves | {("0102", "making"): making, ("0101", "stone"): stone}


@pytest.mark.parametrize(
    ("making", "stone"), [({"F1": 50.0}, {"F1": 30.0}), ({"F1": 50.0, "F2": 40.0}, {"F1": 30.0, "F2": 60.0})]
)
def test_a_sum_over_classes_and_components_at_once_tells_of_no_firm(monkeypatch, making, stone):
    parents = {"01": "00", "02": "00", "0101": "01", "0102": "01", "0201": "02", "0202": "02"}
    leaves = few_across(making, stone)
    protection = protected(leaves, parents)
    assert protection.unsafe().empty
    assert nearest(leaves, parents, hidden_of(protection)) >= 0.1
    # class by class and component by component nothing was to be seen of it
    monkeypatch.setattr(unions, "determined_sums", lambda *_: iter(()))
    monkeypatch.setattr(unions, "_telling_weighted", lambda *_: [])
    before = protected(leaves, parents)
    assert nearest(leaves, parents, hidden_of(before)) < 1e-6


def test_determined_sums_are_those_of_the_null_space():
    rng = np.random.default_rng(3)
    for _ in range(20):
        relations = rng.integers(-1, 2, (4, 8)).astype(float)
        basis = null_space(relations)
        free = np.flatnonzero(np.linalg.norm(basis, axis=1) > 1e-9)
        wanted = {
            members
            for size in (2, 3)
            for members in itertools.combinations(free.tolist(), size)
            if np.abs(basis[list(members)].sum(axis=0)).max() < 1e-9
        }
        found = list(determined_sums(np.arange(8) + 5, basis, np.eye(13, dtype=bool)))
        assert len(found) == len(set(found)) and {tuple(m - 5 for m in one) for one in found} == wanted


def hostile(seed):
    rng = np.random.default_rng(seed)
    leaves = {}
    for code in "ABCDE":
        few = rng.random() < 0.45
        firms = (
            rng.choice(3, rng.integers(1, 3), replace=False) if few else 3 + rng.choice(11, rng.integers(5, 9), False)
        )
        for firm in firms.tolist():
            size = 10 ** rng.uniform(1, 3)
            for part in ("metal", "making"):
                if rng.random() < 0.8:
                    amount = size if part == "metal" else size * rng.uniform(0.05, 1)
                    leaves.setdefault((code, part), {})[f"F{firm}"] = float(round(amount, 1))
    return leaves


def test_no_firm_comes_out_of_classes_and_components(monkeypatch):
    parents = dict.fromkeys("ABCDE", "00")
    for seed in HOSTILE:
        protection = protected(hostile(seed), parents)
        assert protection.unsafe().empty
        assert nearest(hostile(seed), parents, hidden_of(protection)) >= 0.1 - 1e-6
    # a cell that follows from published ones hides nothing of a sum: where it is taken to, firms come out
    monkeypatch.setattr(unions, "is_fixed", lambda basis: np.zeros(len(basis), dtype=bool))
    monkeypatch.setattr(unions, "determined_sums", lambda *_: iter(()))
    monkeypatch.setattr(unions, "_telling_weighted", lambda *_: [])
    for seed in HOSTILE[:4]:
        assert nearest(hostile(seed), parents, hidden_of(protected(hostile(seed), parents))) < 0.1 - 1e-6


@pytest.mark.parametrize("seed", [5, 8, 74])
def test_no_sum_of_many_cells_tells_of_a_firm(monkeypatch, seed):
    rng = np.random.default_rng([0, seed])
    sizes = {"leaves": (5, 12), "parts": (1, 4), "months": (1, 4), "firms": (5, 12)}
    cells, parents = random_case(rng, **{name: int(rng.integers(*size)) for name, size in sizes.items()})
    tree = {code: above for code, above in parents.items() if above}
    protection = protect(cells, tree, RULES)
    assert protection.unsafe().empty
    assert not attack_sums(cells, parents, protection.pattern)
    # sums of six, eight and twenty-seven cells: no dimension, and no two or three of them, gave them away
    monkeypatch.setattr(secondary, "widened", nothing_more)
    assert not protect(cells, tree, RULES, strict=False).unsafe().empty
    monkeypatch.undo()
    monkeypatch.setattr(unions, "_telling_weighted", lambda *_: [])
    assert attack_sums(cells, parents, protect(cells, tree, RULES).pattern)


def test_a_difference_of_published_sums_tells_of_a_firm():
    # a + b and b + c are known: so is a − c, and c is small
    relations, ends = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]), np.ones(3, dtype=bool)
    others = np.array([[0.0, 400.0, 2.0], [0.0, 300.0, 2.0], [0.0, 300.0, 2.0]])
    rules = RULES.at("2025-06")
    for small, told in (([100.0, 0.0, 0.0], True), ([40.0, 0.0, 0.0], False), ([100.0, 500.0, 0.0], True)):
        (weights,) = telling_sums(relations, ends, [np.vstack([small, others])], rules)
        assert (weights is not None) == told
        if told:
            np.testing.assert_allclose(weights, [1.0, 0.0, -1.0], atol=1e-6)
    # c being his own, the first of the others knows a all the better
    (weights,) = telling_sums(relations, ends, [np.vstack([[40.0, 0.0, 0.0], others * [1, 1, 0], [0, 0, 6.0]])], rules)
    np.testing.assert_allclose(weights, [1.0, 0.0, -1.0], atol=1e-6)


def test_a_small_firm_is_seen_beside_large_ones():
    relations, ends = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]), np.ones(4, dtype=bool)
    large = np.hstack([np.zeros((6, 2)), np.full((6, 2), 1e8)])
    (weights,) = telling_sums(relations, ends, [np.vstack([[5.0, 6.0, 0.0, 0.0], large])], RULES.at("2025-06"))
    np.testing.assert_allclose(weights, [1.0, 1.0, 0.0, 0.0], atol=1e-6)


def test_a_sum_only_an_earlier_release_tells_is_no_reason_to_stop():
    # M = A + B was shown while others had part in it; now F1 is alone there, and nothing shown now tells of it
    parents = {"M": "00", "N": "00", "O": "00", "A": "M", "B": "M", "C": "N", "D": "O"}
    leaves = {"A": {"F1": 50.0}, "B": {"F1": 55.0}, "C": MANY, "D": dict.fromkeys(MANY, 500.0)}
    rows = [("2025-06", leaf, firm, amount) for leaf, firms in leaves.items() for firm, amount in firms.items()]
    cells = pd.DataFrame(rows, columns=["period", "class_code", "enterprise_id", "turnover"])
    shown = pd.DataFrame({"period": ["2025-06"], "class_code": ["M"], "obs_conf": ["F"]})
    protection = protect(cells, Hierarchy.from_parents(parents), RULES, previous=shown)
    assert {"M", "A", "B"} <= {code for code, _ in hidden_of(protection)}
    assert protection.unsafe().empty
