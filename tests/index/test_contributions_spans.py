"""Contributions through chains, rolled up, as shares of the change, and as people look at them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index import contributions
from tests.index.test_contributions_linked import chained, market

MONTHS = [f"2024-{m:02d}" for m in range(1, 13)] + [f"2025-{m:02d}" for m in range(1, 13)]


def market_of_products(seed, spread=0.05, missing=0.2):
    """Return points of 8 products to monthly Jevons links, and the links; products come and go."""
    rng = np.random.default_rng(seed)
    relatives = np.exp(spread * rng.normal(size=(24, 8)))
    relatives[rng.random(relatives.shape) < missing] = np.nan
    relatives[:, 0] = np.exp(spread)
    points = np.array([contributions.of_mean(row, 0) for row in relatives])
    frame = pd.DataFrame(points, index=MONTHS, columns=[f"p{k}" for k in range(8)])
    return frame, frame.sum(axis=1) + 1


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(1e-9, 1.0), st.integers(1, 23), st.floats(0, 0.95))
def test_adds_up_over_any_span(seed, spread, lag, missing):
    points, links = market_of_products(seed, spread, missing)
    index = links.copy()
    index.iloc[0] = 1.0
    index = index.cumprod()
    found = contributions.over_lag(points, links, lag)
    size = 1 + found.abs().sum(axis=1)
    assert (((found.sum(axis=1) - (index / index.shift(lag) - 1)).abs() / size)[lag:] <= 1e-12).all()
    assert found[:lag].isna().all(axis=None)
    span = contributions.over_span(points, links, start=MONTHS[-1 - lag], end=MONTHS[-1])
    assert_allclose(span, found.iloc[-1], rtol=1e-12, atol=1e-16)


def test_one_link_is_itself_and_two_by_hand():
    points = [[9.0, 9.0], [0.5, np.nan], [-0.1, 0.3]]
    links = [7.0, 1.5, 1.2]
    assert_allclose(contributions.over_lag(points, links, 1)[1:], points[1:])
    assert_allclose(contributions.over_span(points, links), [0.5 - 0.15, 0.45], rtol=1e-12)
    assert_allclose(contributions.over_span(points, links, start=1, end=2), [-0.1, 0.3])
    assert np.isnan(contributions.over_span(points, links, end=1)[1])
    assert contributions.over_lag([[1.0]], [1.0]).shape == (1, 1)


def test_monthly_links_of_an_annual_index_are_ribes_form():
    # what Ribe's form says of fixed weights within the year, link by link
    levels, weights = market(21, years=3)
    monthly = contributions.ribe(levels, weights, lag=1)
    links = monthly.sum(axis=1) + 1
    assert_allclose((links.cumprod() / chained(levels, weights, 12)), 1, rtol=1e-12)
    for lag in (5, 12, 25):
        found = contributions.over_lag(monthly, links, lag)
        assert_allclose(found, contributions.ribe(levels, weights, lag=lag), rtol=1e-9, atol=1e-13)


def test_from_products_to_firms_to_classes_to_the_headline():
    points, links = market_of_products(4)
    firm = {f"p{k}": f"firm {k % 3}" for k in range(8)}
    kind = pd.Series({"firm 0": "rings", "firm 1": "rings", "firm 2": "chains"})
    year = contributions.over_lag(points, links)
    firms = contributions.roll_up(year, firm)
    kinds = contributions.roll_up(firms, kind)
    assert kinds.columns.tolist() == ["chains", "rings"]
    assert_allclose(kinds.sum(axis=1), year.sum(axis=1), rtol=1e-12)
    # rolled up first and carried through the chain then: the same
    assert_allclose(contributions.over_lag(contributions.roll_up(points, firm), links), firms, rtol=1e-11)
    both = contributions.roll_up(year, pd.DataFrame({"kind": pd.Series(firm).map(kind), "firm": firm}))
    assert both.columns.names == ["kind", "firm"]
    assert_allclose(both["rings"].sum(axis=1, min_count=1), kinds["rings"], rtol=1e-12)
    alone = contributions.roll_up(year.iloc[-1], firm)
    assert_allclose(alone, firms.iloc[-1], rtol=1e-12)
    assert np.isnan(contributions.roll_up([np.nan, 0.1], ["a", "b"])["a"])


def test_refusals_of_chains_and_labels():
    points, links = market_of_products(1)
    with pytest.raises(PriceError, match="position 3"):
        contributions.over_lag(points, links.where(links.index != "2024-04", 0.0))
    with pytest.raises(ShapeError, match="different months"):
        contributions.over_lag(points, links.iloc[1:])
    with pytest.raises(ShapeError, match="\\(T, N\\)"):
        contributions.over_lag(points.iloc[0], links)
    with pytest.raises(UsageError, match="lag"):
        contributions.over_lag(points, links, 0)
    with pytest.raises(UsageError, match="before end"):
        contributions.over_span(points, links, start=3, end=3)
    with pytest.raises(ShapeError, match="no month '2030-01'"):
        contributions.over_span(points, links, end="2030-01")
    with pytest.raises(ShapeError, match="no label for the items 1 \\('p0'\\)"):
        contributions.roll_up(points, {f"p{k}": "a" for k in range(1, 8)})
    with pytest.raises(ShapeError, match="without a label"):
        contributions.roll_up([0.1, 0.2], ["a", None])
    with pytest.raises(ShapeError, match="1 labels for 2 items"):
        contributions.roll_up([0.1, 0.2], ["a"])


def test_shares_are_given_from_the_floor_on():
    made = contributions.share_of_change([0.0004, 0.0001])
    assert_allclose(made.share, [0.8, 0.2])
    assert not made.guarded[0]
    below = contributions.share_of_change([0.0004, 0.00009999])
    assert below.share.isna().all() and below.guarded[0]
    assert below.to_frame()["flag"].tolist() == ["near_zero", "near_zero"]
    assert not contributions.share_of_change([0.0004, 0.00009999], floor=0.04).guarded[0]
    # down as well as up; nothing at all; a change that is not known
    assert_allclose(contributions.share_of_change([-0.02, -0.01]).share, [2 / 3, 1 / 3])
    for points, change in (([0.0, 0.0], None), ([0.01, np.nan], np.nan), ([np.nan, np.nan], None), ([], None)):
        assert contributions.share_of_change(points, change).guarded.all()


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=6), st.floats(0.01, 1.0))
def test_shares_add_up_to_one_or_are_not_there(points, floor):
    made = contributions.share_of_change(points, floor=floor)
    # 1e-7 of room: the sum is that of numpy, not that of Python
    if abs(100 * sum(points)) < floor * (1 - 1e-7):
        assert made.share.isna().all() and made.guarded.all()
    elif abs(100 * sum(points)) > floor * (1 + 1e-7):
        assert_allclose(made.share.sum(), 1, rtol=0, atol=1e-9)


def test_a_share_above_the_whole_is_marked_as_such():
    # the printed case: one class had 122.66 % of the change of the whole, the others took part of it away again
    made = contributions.share_of_change(pd.Series({"a": 0.012266, "b": -0.002266}), 0.01)
    frame = made.to_frame()
    assert_allclose(frame["share_pct"], [122.66, -22.66], rtol=1e-12)
    assert frame["flag"].tolist() == ["above_100", "opposite"]
    assert "1 期有超过 100%" in made.summary()
    assert "near_zero" not in made._repr_html_()
    with pytest.raises(UsageError, match="floor"):
        contributions.share_of_change([0.1], floor=0.0)
    with pytest.raises(ShapeError, match="changes for 1 months"):
        contributions.share_of_change([0.1], [0.1, 0.1])


def test_decomposition_for_people():
    points, links = market_of_products(4)
    year = contributions.over_lag(points, links).iloc[12:]
    change = year.sum(axis=1)
    change.iloc[-1] += 1e-4
    made = contributions.decomposition(year, change)
    frame = made.to_frame()
    assert list(frame) == ["period", "item", "points_pp", "share_pct", "flag"]
    assert_allclose(frame.groupby("period")["points_pp"].sum(), 100 * year.sum(axis=1), rtol=1e-12)
    assert_allclose(made.residual.iloc[-1], 1e-4, rtol=1e-9)
    assert made.summary().startswith("2025-12: ") and "residual +0.0100" in made.summary()
    assert "其余 3 项 others" in made.summary("2025-06")
    assert "<pre>" in made._repr_html_()
    firms = made.roll_up({f"p{k}": f"企业{k % 3}" for k in range(8)})
    assert_allclose(firms.points.sum(axis=1), year.sum(axis=1), rtol=1e-12)
    axes = firms.plot(top=2)
    assert {"其他 other", "变动 change"} < {t.get_text() for t in axes.get_legend().get_texts()}
    axes.figure.canvas.draw()
    calm = contributions.decomposition(pd.Series({"a": 0.001, "b": -0.0009}))
    assert "no shares of a change" in calm.summary() and calm.shares.guarded.all()
    assert contributions.decomposition([[0.1, 0.2]]).change.tolist() == pytest.approx([0.3])
    with pytest.raises(UsageError, match="no month"):
        made.summary("2030-01")
    with pytest.raises(ShapeError, match="one each"):
        contributions.decomposition([0.1, 0.2], [0.1, 0.2])
    with pytest.raises(ShapeError, match="same months"):
        contributions.Decomposition(year, change.iloc[1:])
