"""The split of every record: metal, loss, making charge, stones, adding up to its amount in one tax basis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.rules import RulesAt
from shuibei_index.validation import fineness as read
from shuibei_index.validation.batch import Mask
from shuibei_index.validation.classify import PIECE
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.identity import line, tolerance
from shuibei_index.validation.registry import Rows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: How a record was split: every part stated; the charge, the metal or the stones are what the others leave; a fixed
#: price per piece (一口价) less its metal at the benchmark; toll work is all charge; goods without metal are all stone;
#: "" = it could not be split.
HOW = ("", "stated", "charge_left", "metal_left", "stone_left", "one_price", "toll", "stone")
_NOT, _STATED, _CHARGE, _METAL, _STONE, _ONE_PRICE, _TOLL, _ALL_STONE = range(len(HOW))


@dataclass(frozen=True)
class Split:
    """Parts of L records in fen of the accepted tax basis; all 0 where `how` is "not split".

    Parameters
    ----------
    how : ndarray of int8, shape (L,)
        Position in `HOW`.
    metal, loss, making, stone : ndarray of int64, shape (L,)
        They add up to the accepted amount.
    net_mg, pure_ug : ndarray of int64, shape (L,)
        Net metal weight, and pure metal in it; 0 = no metal, or not known.
    """

    how: npt.NDArray[np.int8]
    metal: Ints
    loss: Ints
    making: Ints
    stone: Ints
    net_mg: Ints
    pure_ug: Ints

    @property
    def known(self) -> Mask:
        """Whether each record could be split."""
        return np.asarray(self.how != _NOT)


def split_records(facts: Facts, rows: Rows | slice) -> Split:
    """Split the amounts of records.

    Parameters
    ----------
    facts : Facts
    rows : ndarray of int, or slice
        The accepted records.

    Notes
    -----
    metal = net grams × metal price × fineness; loss = metal × loss rate; charge = per gram × net grams, per piece ×
    pieces, or per cent of metal and loss. Where all parts are stated the charge and the stones stand as they are, and
    what rounding leaves (within identity_tolerance, or the record is not split) goes to the metal, of which it is the
    smallest share. One part not stated is what the others leave. Stones below 0 within identity_tolerance are none,
    and the metal takes the difference; further below there is no split. A charge not stated of which no more is left
    than rounded weights and amounts may leave by themselves was left out of the amount, and is not known: no split.
    With neither metal price nor charge the metal is taken at the month's benchmark where the rule one_price_metal
    says so. Decisions 0232, 0320.
    """
    parts = line(facts, rows)
    number, normal = facts.batch.number, facts.normalised
    reported, amount = normal.reported.values[rows] / 100.0, normal.amount[rows]
    toll, sale = facts.toll[rows], facts.sale[rows] & facts.in_tree[rows]
    has_metal = facts.metal[rows] >= 0
    mg = facts.net_mg[rows]
    pure = np.where(facts.fineness.status[rows] == read.STATED, facts.fineness.permille[rows], 0.0)
    fine_grams = mg / 1000.0 * pure / 1000.0
    loss_rate = np.where(number["loss_rate"].known[rows], number["loss_rate"].values[rows], 0.0) / 100.0

    priced, charge, charged, percent = _stated(facts, rows, parts.charge)
    stones_known = normal.stone.known[rows] | (facts.classified.unit[rows] != PIECE)
    stone = np.where(normal.stone.known[rows], parts.stone, 0.0)
    with_loss = fine_grams * np.where(priced, number["metal_price"].values[rows], 0.0) * (1.0 + loss_rate)
    charge = np.where(percent, with_loss * number["making_charge"].values[rows] / 100.0, charge)
    at_benchmark = facts.benchmark_of_line[rows] * fine_grams * (1.0 + loss_rate)
    by_rule = facts.classified.per_month(one_price_at_benchmark, False)[rows]

    how = np.zeros(len(amount), dtype=np.int8)
    metal, making = np.zeros(len(amount)), np.zeros(len(amount))
    usable = sale & has_metal & (amount > 0) & (reported > 0)
    sound = usable & (fine_grams > 0)
    allowed, rounding = tolerance(facts, rows, reported), tolerance(facts, rows, np.zeros(len(amount)))

    def settle(code: int, where: Mask, metal_is: Floats, making_is: Floats, stone_is: Floats) -> None:
        within = (metal_is > 0) & (making_is >= -allowed) & (stone_is >= -allowed)
        # rounded weights and amounts leave a hair below nothing as often as one above it
        short = (making_is < 0) | (stone_is < 0)
        making_is, stone_is = np.maximum(making_is, 0.0), np.maximum(stone_is, 0.0)
        metal_is = np.where(short, reported - making_is - stone_is, metal_is)
        fits = where & (how == _NOT) & within & (metal_is > 0)
        how[fits], metal[fits], making[fits], stone[fits] = code, metal_is[fits], making_is[fits], stone_is[fits]

    exact = np.abs(with_loss + charge + stone - reported) <= allowed
    settle(_STATED, sound & priced & charged & stones_known & exact, reported - charge - stone, charge, stone)
    left = reported - with_loss - stone
    settle(_CHARGE, sound & priced & ~charged & stones_known & (left > rounding), with_loss, left, stone)
    settle(_STONE, sound & priced & charged & ~stones_known, with_loss, charge, reported - with_loss - charge)
    # a charge in per cent of the metal needs no metal price: both are in the amount
    share = np.where(percent, number["making_charge"].values[rows] / 100.0, 0.0)
    left = np.where(percent, (reported - stone) / (1.0 + share), reported - charge - stone)
    settle(_METAL, usable & ~priced & (charged | percent) & stones_known, left, reported - left - stone, stone)
    left = reported - at_benchmark - stone
    one_price = sound & ~priced & ~charged & ~percent & stones_known & by_rule & (at_benchmark > 0) & (left >= 0)
    settle(_ONE_PRICE, one_price, at_benchmark, left, stone)
    all_charge = toll & facts.in_tree[rows] & (amount > 0)
    how[all_charge], making[all_charge], stone[all_charge] = _TOLL, reported[all_charge], 0.0
    all_stone = sale & ~has_metal & (amount > 0)
    how[all_stone], stone[all_stone] = _ALL_STONE, reported[all_stone]
    return _in_fen(how, metal, making, stone, loss_rate, reported, amount, mg, pure, has_metal & sale)


def one_price_at_benchmark(rules: RulesAt) -> bool:
    """Tell whether the metal of a piece at one price (一口价) is taken at the month's benchmark."""
    # releases of older versions have no such rule
    return "one_price_metal" in rules.entries and rules["one_price_metal"] == "benchmark"


def _stated(facts: Facts, rows: Rows | slice, charge: Floats) -> tuple[Mask, Floats, Mask, Mask]:
    """Return where the metal price is stated, the charge in CNY, where it is, and where it is in per cent."""
    number = facts.batch.number
    price, given = number["metal_price"], number["making_charge"]
    priced = price.known[rows] & (price.values[rows] > 0)
    per_gram, per_piece, percent = (
        given.known[rows] & facts.is_word("charge_basis", word)[rows] for word in ("per_gram", "per_piece", "percent")
    )
    counted = per_gram | (per_piece & number["pieces"].known[rows])
    return priced, charge, counted | (percent & priced), percent


def _in_fen(
    how: npt.NDArray[np.int8],
    metal: Floats,
    making: Floats,
    stone: Floats,
    loss_rate: Floats,
    reported: Floats,
    amount: Ints,
    mg: Ints,
    pure: Floats,
    metal_sold: Mask,
) -> Split:
    """Bring the parts into whole fen of the accepted tax basis, so that they add up to the amount."""
    known = how != _NOT
    to_fen = np.where(known, amount / np.where(reported > 0, reported, 1.0), 0.0)
    loss = metal * loss_rate / (1.0 + loss_rate)
    whole = [np.rint(part * to_fen).astype(np.int64) for part in (loss, making, stone)]
    rest = np.where(known, amount - sum(whole), 0)
    # goods without metal: what rounding leaves belongs to the only part they have
    for code, k in ((_TOLL, 1), (_ALL_STONE, 2)):
        whole[k] += np.where(how == code, rest, 0)
        rest = np.where(how == code, 0, rest)
    content = known & metal_sold
    return Split(
        how,
        rest.astype(np.int64),
        whole[0],
        whole[1],
        whole[2],
        np.where(content, mg, 0).astype(np.int64),
        np.where(content, np.rint(mg * pure), 0).astype(np.int64),
    )
