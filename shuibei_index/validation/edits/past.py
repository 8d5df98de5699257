"""Everything the edits of a month know of the months before it."""

from __future__ import annotations

import numpy as np

from shuibei_index.index.tree import METALS
from shuibei_index.validation.edits.lines import SALE, Floats, Ints, Lines, Mask
from shuibei_index.validation.edits.memory import Memory
from shuibei_index.validation.edits.ordered import Ordered
from shuibei_index.validation.edits.stripping import Measures, log, strip

_BASES = 4
_FEN = 100.0
#: Odd numbers that spread item, quantity and amount over 64 bits; two lines share a key one time in 2^60.
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9))


class Past:
    """Memories by item, last month's quotes and lines, and the tax basis in which each firm reports."""

    def __init__(self, items: int, firms: int) -> None:
        self.price, self.stone, self.premium = Memory(items), Memory(items), Memory(items)
        # a charge per gram has nothing to do with one per piece
        self.charge = Memory(items * _BASES)
        self.value, self.net_ratio = Memory(items), Memory(items)
        self.piece_grams, self.piece_carats = Memory(items), Memory(items)
        self.tax = np.zeros((firms + 1, 2))
        self.month = -1
        self.quotes = self.lines = np.empty(0, dtype=np.uint64)
        self.metal = np.full(len(METALS) + 1, np.nan)

    def learn(self, lines: Lines, month: int) -> None:
        """Take the lines of a month that stand into memory; NaN and items of no interest are left out."""
        chosen, kept = lines, Measures(lines, strip(lines))
        item = chosen.item
        for name in ("price", "stone", "value", "net_ratio"):
            getattr(self, name).remember(item, getattr(kept, name), month)
        # of lines that were split as well: next month's may state no metal price
        self.premium.remember(item, kept.over_metal, month)
        self.charge.remember(charge_key(item, chosen.basis.astype(np.int64)), kept.charge, month)
        self.piece_grams.remember(item, log(chosen.grams / chosen.pieces), month)
        self.piece_carats.remember(item, log(chosen.carats / chosen.pieces), month)
        self.tax += tax_counts(chosen, len(self.tax))
        self.month = month
        self.quotes, self.lines = quote_keys(chosen)[0], line_keys(chosen)
        self.metal = metal_middle(chosen, kept.metal_price)


def tax_counts(lines: Lines, firms: int) -> Floats:
    """Return the lines of each firm before tax and with tax."""
    # firms nobody knows now are counted in the last place
    # counted from 1: place 0, of firms nobody knows now, goes to the end
    known = lines.firm + 1
    incl = np.bincount(known, lines.incl, firms)
    return np.roll(np.stack([np.bincount(known, minlength=firms) - incl, incl], axis=1), -1, axis=0)


def charge_key(item: Ints, basis: Ints) -> Ints:
    """Return the place of an item's charge in its memory: one for each basis."""
    return np.where(item >= 0, item * _BASES + basis, -1)


def quote_keys(lines: Lines) -> tuple[np.ndarray, Mask]:
    """Return one number for each item and metal price to the fen, and which lines have one."""
    known = ~np.isnan(lines.price) & (lines.item >= 0)
    fen = np.rint(np.where(known, lines.price, 0.0) * _FEN).astype(np.uint64)
    key = lines.item.astype(np.uint64) * _MIX[0] + fen * _MIX[1]
    return np.where(known, key, np.uint64(0)), known


def line_keys(lines: Lines) -> np.ndarray:
    """Return one number for each item, quantity and amount."""
    quantity = np.rint(np.nan_to_num(lines.quantity) * 1000.0).astype(np.uint64)
    amount = np.rint(np.nan_to_num(lines.amount) * _FEN).astype(np.int64).astype(np.uint64)
    return np.asarray(lines.item.astype(np.uint64) * _MIX[0] + quantity * _MIX[1] + amount * _MIX[2])


def metal_middle(lines: Lines, price: Floats) -> Floats:
    """Return the log of the month's price of each metal, to be compared with that of another month.

    Parameters
    ----------
    lines : Lines
        Lines of one month, shape (N,).
    price : ndarray, shape (N,)
        Log of their metal prices before tax; NaN = none stated.

    Returns
    -------
    ndarray, shape (metals + 1,)
        The middle of the firms' own quotes, one voice for each firm; the benchmark of a metal nobody quotes; NaN where
        there is neither, and in the last place, that of no metal.

    Notes
    -----
    The benchmark changes its series, and the next month's level is another series' (decision 0245): a step between the
    two is no move of the metal. What firms quote is one series throughout (decision 0269).
    """
    table = np.full(len(METALS) + 1, np.nan)
    metal = lines.metal.astype(np.int64)
    sold = (lines.trade == SALE) & (metal >= 0)
    bench = log(lines.without_tax(lines.benchmark))
    middle = Ordered.of(np.where(sold, bench, np.nan), metal, len(METALS)).quantile(0.5)
    quoted = np.flatnonzero(sold & ~np.isnan(price))
    firms = int(lines.firm.max()) + 2 if lines.size else 1
    voice = metal[quoted] * firms + lines.firm[quoted] + 1
    count = np.bincount(voice, minlength=len(METALS) * firms)
    heard = np.flatnonzero(count)
    mean = np.bincount(voice, price[quoted], count.size)[heard] / count[heard]
    own = Ordered.of(mean, heard // firms, len(METALS)).quantile(0.5)
    table[:-1] = np.where(np.isnan(own), middle, own)
    return table
