"""Superlative aggregation up a tree: against two-month formulas, sums written out by leaf, and piar's inputs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index import Hierarchy, bilateral, unchain
from shuibei_index.index.hierarchy.superlative import superlative

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "reference" / "index" / "piar_superlative_hierarchy"
BELOW = {"11": ["B1", "B2", "B3"], "12": ["B4", "B5", "B6"]}
LEAVES = [*BELOW["11"], *BELOW["12"]]

#: piar 0.10.1, superlative-aggregation: made-up links and values of 6 elementary aggregates (first three months).
LINKS = pd.DataFrame(
    [
        [1.0] * 6,
        [1.0883615585044026, 1.1503092772327363, 1.1043929313309491,
         1.1544498264789582, 0.9825923840515316, 0.86654871404170997],
        [0.93003815468400719, 1.0036897342652082, 1.0910821015015244,
         1.1958947751671074, 0.8138141740113497, 0.86094939606264242],
    ],
    columns=LEAVES,
)  # fmt: skip
VALUES = pd.DataFrame(
    [
        [117.89635848253965, 195.16587536782026, 145.37280732765794,
         132.67524086404592, 196.54153233859688, 170.74818771798164],
        [164.45426365826279, 138.98284849710763, 169.85436393879354,
         154.40578644629568, 122.64671786688268, 148.45577550586313],
        [179.30071698501706, 100.59876295272261, 118.77124458551407,
         168.18336232099682, 137.01041236054152, 136.16255701053888],
    ],
    columns=LEAVES,
)  # fmt: skip


def tree():
    return Hierarchy.from_parents({"11": "00", "12": "00"} | {c: k for k, below in BELOW.items() for c in below})


def fisher(g, v, w):
    return (
        sum(a * b for a, b in zip(v, g, strict=True)) / sum(v) * sum(w) / sum(a / b for a, b in zip(w, g, strict=True))
    ) ** 0.5


def tornqvist(g, v, w):
    shares = [0.5 * (a / sum(v) + b / sum(w)) for a, b in zip(v, w, strict=True)]
    return np.prod([x**s for x, s in zip(g, shares, strict=True)])


def walsh(g, v, w):
    u = [(a * b) ** 0.5 for a, b in zip(v, w, strict=True)]
    return sum(a * x**0.5 for a, x in zip(u, g, strict=True)) / sum(a / x**0.5 for a, x in zip(u, g, strict=True))


BY_HAND = {"fisher": fisher, "tornqvist": tornqvist, "walsh": walsh}


def by_hand(formula, stages, links=LINKS, values=VALUES):
    one, rows, level = BY_HAND[formula], [], dict.fromkeys(["00", *BELOW, *LEAVES], 1.0)
    for t in range(len(links)):
        if t:
            g, v, w = (dict(x.iloc[s]) for x, s in ((links, t), (values, t - 1), (values, t)))
            for node, below in BELOW.items():
                g[node] = one(*([x[c] for c in below] for x in (g, v, w)))
                v[node], w[node] = sum(v[c] for c in below), sum(w[c] for c in below)
            top = LEAVES if stages == "one" else list(BELOW)
            g["00"] = one(*([x[c] for c in top] for x in (g, v, w)))
            level = {c: level[c] * g[c] for c in level}
        rows.append(level)
    return pd.DataFrame(rows)


@pytest.mark.parametrize("stages", ["one", "many"])
@pytest.mark.parametrize("formula", sorted(BY_HAND))
def test_every_class_as_worked_out_by_hand(formula, stages):
    found = superlative(LINKS, VALUES, tree(), formula=formula, stages=stages, links=True)
    expected = by_hand(formula, stages)
    assert_allclose(found[expected.columns], expected, rtol=1e-14)
    assert_allclose(superlative(LINKS.cumprod() * 7, VALUES, tree(), formula=formula, stages=stages), found, rtol=1e-14)


def test_the_inputs_of_piar_forward_and_backward_up_the_whole_tree():
    if not REFERENCE.exists():
        pytest.skip("reference data piar_superlative_hierarchy are not here")
    links = pd.read_csv(REFERENCE / "input_elementary.csv").pivot_table("value", "period", "level")
    values = pd.read_csv(REFERENCE / "input_weights_by_period.csv").pivot_table("weights", "period", "ea")
    found = unchain(superlative(links, values, tree(), links=True))
    for t in range(2, 5):
        g, v, w = links.loc[t], values.loc[t - 1], values.loc[t]
        # first stage, then the classes with the sums of the weights below them; −1 is the harmonic mean
        ahead = {k: (v[b] * g[b]).sum() / v[b].sum() for k, b in BELOW.items()}
        back = {k: w[b].sum() / (w[b] / g[b]).sum() for k, b in BELOW.items()}
        laspeyres = sum(v[b].sum() * ahead[k] for k, b in BELOW.items()) / v.sum()
        paasche = w.sum() / sum(w[b].sum() / back[k] for k, b in BELOW.items())
        assert_allclose(found.loc[t, "00"], (laspeyres * paasche) ** 0.5, rtol=1e-14)
        assert_allclose(found.loc[t, list(BELOW)], [(ahead[k] * back[k]) ** 0.5 for k in BELOW], rtol=1e-14)
    assert_allclose(found.to_numpy()[1:, 3:], np.asarray(links)[1:], rtol=1e-15)


@pytest.mark.parametrize("formula", sorted(BY_HAND))
def test_in_one_stage_the_headline_is_the_formula_over_all_leaves_whatever_the_tree(formula):
    rng = np.random.default_rng(4)
    p, q = rng.lognormal(size=(2, 2, 6))
    levels, values = pd.DataFrame(p, columns=LEAVES), pd.DataFrame(p * q, columns=LEAVES)
    direct = getattr(bilateral, formula)(p0=p[0], p1=p[1], q0=q[0], q1=q[1])
    assert_allclose(superlative(levels, values, tree(), formula=formula)["00"].iloc[1], direct, rtol=1e-13)
    flat = Hierarchy.from_parents(dict.fromkeys(LEAVES, "00"))
    for stages in ("one", "many"):
        assert_allclose(
            superlative(levels, values, flat, formula=formula, stages=stages)["00"].iloc[1], direct, rtol=1e-13
        )
    # not so in many stages: the tree is seen in the headline
    many = superlative(levels, values, tree(), formula=formula, stages="many")["00"].iloc[1]
    assert abs(many / direct - 1) > 1e-6


def test_one_and_many_stages_differ_to_the_second_order_only():
    gap = []
    for size in (0.1, 0.01):
        g = LINKS ** (size / 0.1)
        one, many = (superlative(g, VALUES, tree(), stages=s, links=True)["00"].iloc[-1] for s in ("one", "many"))
        gap.append(abs(one / many - 1))
    assert gap[0] > 1e-6 and gap[1] < gap[0] / 50


def test_orders_reach_the_formulas():
    found = {r: superlative(LINKS, VALUES, tree(), order=r, links=True) for r in (0, 1, 0.5, -1)}
    assert_allclose(found[0], superlative(LINKS, VALUES, tree(), formula="tornqvist", links=True), rtol=1e-15)
    assert_allclose(found[1], superlative(LINKS, VALUES, tree(), links=True), rtol=1e-15)
    crossed = superlative(LINKS, VALUES, tree(), formula="walsh", links=True)
    assert abs(found[0.5]["00"].iloc[-1] / crossed["00"].iloc[-1] - 1) > 1e-7
    g, v, w = (x.to_numpy() for x in (LINKS.loc[1], VALUES.loc[0], VALUES.loc[1]))
    by_minus_one = (v.sum() / (v / g).sum() * (w @ g) / w.sum()) ** 0.5
    assert_allclose(found[-1].loc[1, "00"], by_minus_one, rtol=1e-14)


@pytest.mark.parametrize("stages", ["one", "many"])
@pytest.mark.parametrize("formula", sorted(BY_HAND))
def test_gaps_scales_and_order_of_columns(formula, stages):
    options = {"formula": formula, "stages": stages, "links": True}
    gaps = LINKS.copy()
    gaps.loc[1, BELOW["12"]] = gaps.loc[2, "B1"] = np.nan
    found = superlative(gaps, VALUES, tree(), **options)
    assert found.notna().all(axis=None)
    links = unchain(found)
    # the whole of 12 is missing: it moves as the headline, which moves as 11
    assert_allclose(links.loc[1, ["12", "B4", "11"]], links.loc[1, "00"], rtol=1e-15)
    assert_allclose(links.loc[2, "B1"], links.loc[2, "11"], rtol=1e-14)
    dropped = superlative(gaps, VALUES, tree(), missing="drop", **options)
    assert dropped.isna().sum().sum() == 5 and np.isnan(dropped.loc[2, "B1"])
    spread = superlative(gaps, VALUES, tree(), missing="spread", **options)
    assert_array_equal(spread["00"].isna(), [False, True, True])
    assert_array_equal(spread["11"].isna(), [False, False, True])
    scaled = superlative(gaps, VALUES.mul([1e-12, 1.0, 1e12], axis=0), tree(), **options)
    assert_allclose(scaled, found, rtol=1e-13)
    assert_allclose(superlative(gaps[LEAVES[::-1]], VALUES[LEAVES[::-1]], tree(), **options), found, rtol=0)


def test_values_that_are_not_known_or_nothing():
    unknown = VALUES.copy()
    unknown.loc[1, "B4"] = np.nan
    found = superlative(LINKS, unknown, tree(), links=True)
    without = superlative(LINKS.drop(columns="B4"), VALUES.drop(columns="B4"), tree(), links=True)
    assert_allclose(found[["00", "12"]], without[["00", "12"]], rtol=1e-14)
    assert_allclose(found["B4"], LINKS["B4"].cumprod(), rtol=1e-14)
    # sold in one of the two months only: counts in one of the two means
    entering = VALUES.copy()
    entering.loc[0, "B4"] = 0.0
    g, v, w = LINKS.loc[1], entering.loc[0], entering.loc[1]
    assert_allclose(superlative(LINKS, entering, tree(), links=True).loc[1, "00"], fisher(g, v, w), rtol=1e-14)
    # a class without value in one month has no link of its own
    empty = VALUES.copy()
    empty.loc[0, BELOW["12"]] = 0.0
    links = unchain(superlative(LINKS, empty, tree(), links=True))
    assert links.loc[1, "12"] != 1 and np.isfinite(links.to_numpy()).all()
    nothing = superlative(LINKS * np.nan, VALUES, tree(), links=True)
    assert nothing.iloc[0].eq(1).all() and nothing.iloc[1:].isna().all(axis=None)


def test_what_is_refused():
    with pytest.raises(UsageError, match="did you mean 'fisher'"):
        superlative(LINKS, VALUES, tree(), formula="fischer")
    for option in ({"stages": "two"}, {"missing": "parent_level"}, {"order": np.inf}):
        with pytest.raises(UsageError):
            superlative(LINKS, VALUES, tree(), **option)
    with pytest.raises(ShapeError, match="3 months"):
        superlative(LINKS, VALUES.iloc[:2], tree())
    with pytest.raises(PriceError, match="'B1'"):
        superlative(LINKS, VALUES.assign(B1=-1.0), tree())
    with pytest.raises(PriceError, match="row 1"):
        superlative(LINKS.replace(LINKS.loc[1, "B1"], 0.0), VALUES, tree())
