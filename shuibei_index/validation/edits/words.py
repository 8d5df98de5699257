"""What is said about the records the edits object to: one text for each, in the order of the mask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shuibei_index.index.tree import UNITS
from shuibei_index.validation.edits.lines import PER_PIECE, PERCENT, Floats, Ints, Mask
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.registry import numbers

if TYPE_CHECKING:
    from shuibei_index.validation.edits.month import Month

#: Texts of the placeholders of a message, one for each record objected to.
Told = dict[str, npt.NDArray[Any]]


def jump_words(facts: Facts, rows: Ints, month: Month, mask: Mask) -> Told:
    """Return the words of a price out of all proportion."""
    at = rows[mask]
    price = facts.price[at]
    factor = np.exp(month.measures.price - month.reference_price)[mask]
    return {
        "price": numbers(price),
        "unit": np.array([*UNITS, ""])[facts.classified.unit[at]],
        "expected": numbers(price / factor),
        "ratio": _three(factor),
    }


def quote_words(month: Month, mask: Mask) -> Told:
    """Return the words of a metal price far from those of its day."""
    price, middle = month.measures.metal_price[mask], month.quote[mask]
    return {"now": numbers(np.exp(price)), "expected": numbers(np.exp(middle)), "ratio": _three(np.exp(price - middle))}


def stale_words(month: Month, mask: Mask) -> Told:
    """Return the words of a price left as it was."""
    before = month.past.metal[month.lines.metal.astype(np.int64)][mask]
    move = np.exp(month.quote[mask] - before) - 1
    return {"move": np.array([f"{value:+.1%}" for value in move.tolist()], dtype=np.str_)}


def tax_words(month: Month, mask: Mask) -> Told:
    """Return the words of a line in another tax basis than the firm's others."""
    incl = month.lines.incl[mask]
    other = np.where(incl, "excl", "incl")
    return {
        "expected": other,
        "expected_zh": np.where(incl, "不含税", "含税"),
        "expected_en": other,
    }


def compared_words(month: Month, names: tuple[str, ...], mask: Mask) -> Told:
    """Return the words of a charge or price far from what the past and the class let expect."""
    if not mask.any():
        return {}
    now, expected = np.full(mask.size, np.nan), np.full(mask.size, np.nan)
    apart = np.zeros(mask.size, dtype=bool)
    votes, known = np.zeros(mask.size, dtype=np.int64), np.zeros(mask.size, dtype=bool)
    for name in names:
        found = month.compared[name]
        rows = found.edited & mask & np.isnan(now)
        # by what is compared: the stated basis against the own past, everything per gram against the class
        beside = rows & (np.zeros_like(rows) if found.apart is None else found.apart)
        level = np.isnan(found.reference) & (name == "charge") & ~beside
        value = np.where(level, month.measures.charge_per_gram, found.value)
        at = np.flatnonzero(rows)
        now[at], expected[at] = value[at], found.expected(at)
        if name == "premium":
            # compared over the value of the metal, told as a price in the basis of the line
            over = np.log(month.lines.benchmark[at] * month.lines.fineness[at])
            now[at], expected[at] = now[at] + over, expected[at] + over
        if found.others is not None:
            expected[beside] = found.others[beside]
            apart |= beside
        votes[rows], known[rows] = found.votes[rows], ~np.isnan(found.reference)[rows]
    now, expected, own, apart = np.exp(now[mask]), np.exp(expected[mask]), known[mask], apart[mask]
    unit = _charge_unit(month, mask, own | apart) if names == ("charge",) else np.full(int(mask.sum()), "")
    return {
        "now": np.char.add(numbers(now), unit),
        "expected": np.char.add(numbers(expected), unit),
        "ratio": _three(now / expected),
        "votes": votes[mask].astype(np.str_),
        "against_zh": np.select(
            [own, apart],
            ["与该规格品近月相比", "该规格品无往期数据，与其当月其他行相比"],
            "该规格品无往期数据，与同类相比",
        ),
        "against_en": np.select(
            [own, apart],
            ["against the item's last months", "against its other lines of the month: the item has no past"],
            "against its class: the item has no past",
        ),
    }


def _charge_unit(month: Month, mask: Mask, own: Mask) -> npt.NDArray[np.str_]:
    basis = np.where(own, month.lines.basis[mask], 0)
    return np.select([basis == PER_PIECE, basis == PERCENT], ["/piece", " %"], "/g")


def _three(ratio: Floats) -> npt.NDArray[np.str_]:
    return np.array([f"{value:.3g}" for value in ratio.tolist()], dtype=np.str_)
