"""Parts that leave nothing for the one not stated: a hair below 0 is 0, and more than the rule allows is no split."""

from __future__ import annotations

from typing import Any

import pytest

#: a set piece, K gold: 2.50 g × 780 × 750 ‰ = 1462.50, charge 300 a piece, no stones stated
PIECE: dict[str, Any] = {
    "class_code": "0302", "pieces": 1, "weight": 2.5, "net_weight": 2.5, "fineness": 750, "metal_price": 780.0,
    "making_charge": 300.0, "charge_basis": "件工费", "stone_amount": None,
}  # fmt: skip


def parts(report: Any) -> dict[str, Any]:
    """Return the parts of the one record, after checking that they add up to its amount."""
    (row,) = report.accepted.astype(object).where(report.accepted.notna(), None).to_dict("records")
    names = ("metal_fen", "loss_fen", "making_fen", "stone_fen")
    if row["metal_fen"] is not None:
        assert sum(row[name] for name in names) == row["amount_fen"]
        assert min(row[name] for name in names) >= 0
    return row


@pytest.mark.parametrize("amount", [1762.50, 1762.49, 1762.51, 1760.00])
def test_stones_left_a_hair_below_nothing_are_none(run, amount: float) -> None:
    row = parts(run({**PIECE, "amount": amount}))
    assert row["split"] == "stone_left"
    assert (row["making_fen"], row["stone_fen"]) == (30_000, max(round(100 * (amount - 1762.5)), 0))


def test_a_remainder_of_floating_point_is_none(run) -> None:
    # 32.2 × 780 × 750 ‰ + 30 × 32.2 is 19 803.00, and 1e-13 more in doubles
    row = parts(
        run({**PIECE, "weight": 32.2, "net_weight": 32.2, "pieces": 5, "making_charge": 30.0,
             "charge_basis": "克工费", "amount": 19_803.00})
    )  # fmt: skip
    assert (row["split"], row["making_fen"], row["stone_fen"]) == ("stone_left", 96_600, 0)


@pytest.mark.parametrize("left", [-0.02, 0.0, 0.02, 3.0])
def test_a_charge_of_which_rounding_alone_is_left_is_not_known(run, left: float) -> None:
    # on either side of 0: 5 mg of gold at 780 and half a yuan may be missing from the line
    row = parts(run({**PIECE, "making_charge": None, "stone_amount": 1000.0, "amount": 2462.5 + left}))
    assert row["split"] == "" and row["metal_fen"] is None


def test_a_small_charge_left_stays_what_it_is(run) -> None:
    row = parts(run({**PIECE, "making_charge": None, "stone_amount": 1000.0, "amount": 2468.50}))
    assert (row["split"], row["metal_fen"], row["making_fen"]) == ("charge_left", 146_250, 600)


def test_no_charge_stated_as_nothing_leaves_the_metal(run) -> None:
    for amount in (0.3 + 1000.7, 2462.51, 1999.99, 3333.33):
        row = parts(run({**PIECE, "metal_price": None, "making_charge": 0.0, "stone_amount": 0.7, "amount": amount}))
        assert (row["split"], row["making_fen"], row["stone_fen"]) == ("metal_left", 0, 70)


def test_what_is_further_below_nothing_is_no_split(run) -> None:
    # 1 % of the amount, past identity_tolerance
    assert parts(run({**PIECE, "amount": 1745.0}))["metal_fen"] is None
    assert parts(run({**PIECE, "making_charge": None, "stone_amount": 1000.0, "amount": 2435.0}))["metal_fen"] is None


def test_a_remainder_never_takes_all_the_metal(run) -> None:
    # 0.05 g of metal beside a charge of 10 000: a shortfall the rule allows is more than the metal
    row = parts(run({**PIECE, "weight": 0.05, "net_weight": 0.05, "stone_amount": None, "making_charge": 10_000.0,
                     "amount": 9_995.0}))  # fmt: skip
    assert row["split"] == "" and row["metal_fen"] is None


def test_loss_goes_by_the_metal_that_is_left(run) -> None:
    row = parts(run({**PIECE, "loss_rate": 3.0, "amount": round(1462.5 * 1.03 + 300, 2) - 0.02}))
    assert row["stone_fen"] == 0
    assert row["loss_fen"] == round((row["metal_fen"] + row["loss_fen"]) * 0.03 / 1.03)
