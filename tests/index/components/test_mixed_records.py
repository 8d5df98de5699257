"""Item-months of records of which some could be split and some could not: prices that stay give an index that stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuibei_index import months
from tests.index.components.market import Deal, change, gaps, panel_of, series_of

BY_PIECE = {"0101": 0.0, "0102": 0.0, "0302": 100.0}
ALSO_GOLD = {"0101": 50.0, "0102": 0.0, "0302": 50.0}
RING = Deal("2024-01", "R", "0302", 500, 300, 10, unit="piece", basis="per_piece")


def held(deals: list[Deal], weights: dict[str, float] = BY_PIECE) -> None:
    """Check that no month moves: total, metal and making."""
    series = series_of(deals, weights)
    for component in ("total", "metal", "making"):
        level = series.component_index[component][:, series.codes.index("0302")]
        # fen are whole
        np.testing.assert_allclose(level / level[0], 1.0, atol=2e-6)
    assert gaps(series) < 1e-11


def test_pieces_are_counted_where_their_charge_is_known() -> None:
    # two rings alike each month, of the second month one could not be split
    deals = [RING, RING, replace(RING, period="2024-02"), replace(RING, period="2024-02", split=False)]
    held([*deals, replace(RING, period="2024-03"), replace(RING, period="2024-03")])


def test_a_lighter_ring_that_could_not_be_split_is_no_price_cut() -> None:
    # 8 g at the same prices beside 10 g: only the 10 g are known to be alike
    later = replace(RING, period="2024-02")
    held([RING, RING, later, replace(later, grams=8, split=False), replace(RING, period="2024-03", grams=8)])


def test_a_piece_without_a_weight_does_not_make_the_others_lighter() -> None:
    later = replace(RING, period="2024-02")
    held([RING, later, replace(later, weighed=False), replace(RING, period="2024-03", grams=8)])


def test_what_moves_is_seen_beside_a_record_that_could_not_be_split() -> None:
    # the charge per piece rises by a tenth
    dearer = replace(RING, period="2024-02", charge=330)
    series = series_of([RING, RING, dearer, replace(dearer, split=False)], BY_PIECE)
    assert change(series, "making") == pytest.approx(10.0, abs=1e-9)
    assert change(series) == pytest.approx(100 * 30 / 5300, abs=1e-9)


def test_a_month_without_any_split_is_unsplit_as_a_whole() -> None:
    deals = [RING, replace(RING, split=False), replace(RING, period="2024-02", split=False, charge=830)]
    gold = [Deal("2024-01", "G", "0101", 500, 20), Deal("2024-02", "G", "0101", 500, 20)]
    series = series_of([*deals, *gold], ALSO_GOLD)
    assert change(series, "total", "0302") == pytest.approx(10.0)
    frame = series.contributions_frame().query("measure == 'mom' and class_code == '0302' and level == 2")
    assert frame.set_index("component")["points_pp"]["unsplit"] == pytest.approx(5.0)
    assert gaps(series) < 1e-11


def test_sums_of_pieces_and_weights_rest_on_records_that_were_split() -> None:
    parts = panel_of([RING, replace(RING, split=False), replace(RING, weighed=False, pieces=3)]).parts
    assert parts is not None
    assert (parts.piece_count.tolist(), parts.piece_milli.tolist(), parts.split_milli.tolist()) == ([4], [4000], [4000])
    assert (parts.net_mg.tolist(), parts.net_milli.tolist()) == ([10_000], [1000])
    assert (parts.pure_ug.tolist(), parts.pure_milli.tolist()) == ([10_000_000], [1000])


@st.composite
def mixtures(draw: st.DrawFn) -> list[Deal]:
    """Draw deals of one item over some months, alike in their prices: weights, pieces and what is known of them vary.

    A charge is by the piece throughout or by the gram throughout, and every month has a record that could be split.
    Pieces without a weight weigh what the others of their month do.
    """
    unit, basis = draw(st.sampled_from(["g", "piece"])), draw(st.sampled_from(["per_piece", "per_gram"]))
    deals = []
    for t in range(draw(st.integers(2, 4))):
        same = draw(st.booleans())
        first = draw(st.integers(40, 120)) / 10
        deals += [
            Deal(
                months.shift("2024-01", t),
                "R",
                "0302" if unit == "piece" else "0101",
                500.0,
                300.0 if basis == "per_piece" else 20.0,
                first if same else draw(st.integers(40, 120)) / 10,
                pieces=draw(st.integers(1, 5)),
                basis=basis,
                unit=unit,
                split=k == 0 or draw(st.booleans()),
                weighed=k == 0 or not same or draw(st.booleans()),
            )
            for k in range(draw(st.integers(1, 4)))
        ]
    return deals


@settings(deadline=None, max_examples=40)
@given(mixtures())
def test_any_mixture_at_the_same_prices_gives_the_same_index(deals: list[Deal]) -> None:
    code = deals[0].class_code
    series = series_of(deals, {"0101": 0.0, "0102": 0.0, "0302": 0.0} | {code: 100.0})
    for component in ("total", "metal", "making"):
        level = series.component_index[component][:, series.codes.index(code)]
        np.testing.assert_allclose(level / level[0], 1.0, atol=1e-8)
