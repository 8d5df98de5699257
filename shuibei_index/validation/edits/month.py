"""One month's lines beside their past: what is expected of each, and how far it is from that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from shuibei_index.rules import RulesAt
from shuibei_index.validation.edits.lines import NO_BASIS, OTHER, Floats, Ints, Lines, Mask
from shuibei_index.validation.edits.memory import Memory, item_means
from shuibei_index.validation.edits.ordered import Ordered
from shuibei_index.validation.edits.outliers import Fences
from shuibei_index.validation.edits.past import Past, charge_key, line_keys, quote_keys, tax_counts
from shuibei_index.validation.edits.peers import Peers, judged, peers_of
from shuibei_index.validation.edits.quotes import quote_residuals
from shuibei_index.validation.edits.stripping import Measures, Parts

#: What is judged against its own past, in the order in which it is said.
JUDGED = ("charge", "stone", "premium", "bare")


@dataclass(frozen=True)
class Compared:
    """One measure of the lines of a month beside its reference.

    `reference` the item's own past (log, NaN = none); `moved` how the items of each class moved, `level` where they
    stand, for items without a past; `others` the item's other lines of the month, where it has no past (log, NaN =
    none), `apart` the lines far from those; `edited` the lines objected to, by `votes` rules.
    """

    value: Floats
    reference: Floats
    klass: Ints
    moved: Peers | None
    level: Peers | None
    edited: Mask
    votes: Ints
    others: Floats | None = None
    apart: Mask | None = None

    def expected(self, rows: Ints) -> Floats:
        """Return what the measure should be about: the own past moved with the class, else where the class stands."""
        own = self.reference[rows] + np.nan_to_num(self.middle(rows))
        return np.where(np.isnan(own), self._of(self.level, "middle", rows), own)

    def middle(self, rows: Ints) -> Floats:
        """Return how far the class of each line moved."""
        return self._of(self.moved, "middle", rows)

    def scale(self, rows: Ints) -> Floats:
        """Return how unevenly the items of the class moved."""
        return self._of(self.moved, "scale", rows)

    def level_scale(self, rows: Ints) -> Floats:
        """Return how far apart the items of the class stand."""
        return self._of(self.level, "scale", rows)

    def level_middle(self, rows: Ints) -> Floats:
        """Return where the class stands."""
        return self._of(self.level, "middle", rows)

    def _of(self, peers: Peers | None, name: str, rows: Ints) -> Floats:
        if peers is None:
            return np.full(rows.size, np.nan)
        return np.asarray(getattr(peers, name)[self.klass[rows]])


@dataclass
class Month:
    """The lines of one month, what they are compared with, and which of them are objected to."""

    month: int
    lines: Lines
    parts: Parts
    measures: Measures
    stands: Mask
    rules: RulesAt
    past: Past
    groups: list[tuple[Ints, int]]
    items: int
    compared: dict[str, Compared] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Compare the metal prices with those of the day, and the full price with the past."""
        self.oldest = int(self.rules["price_jump_months"])
        self.reference_price = self.past.price.reference(self.lines.item, self.month, self.oldest)

    @cached_property
    def tax_seen(self) -> Floats:
        """Lines of each firm before tax and with tax, this month's and those before."""
        stands = self.lines.take(self.stands) if not self.stands.all() else self.lines
        return self.past.tax + tax_counts(stands, len(self.past.tax))

    def jumps(self) -> Mask:
        """Find prices out of all proportion to the item's own."""
        if self.past.price.empty:
            return np.zeros(self.lines.size, dtype=bool)
        away = np.abs(self.measures.price - self.reference_price)
        return np.asarray(self.stands & (away > np.log(float(self.rules["price_jump_factor"]))))

    def quotes(self) -> Mask:
        """Find metal prices far from those of the day."""
        rule = self.rules["metal_price_edit"]
        self.residual, self.quote, self.quote_scale = quote_residuals(
            self.lines, self.measures.metal_price, self.stands, int(rule["quotes"])
        )
        fence = np.fmax(float(rule["least"]), float(rule["robust_z"]) * self.quote_scale)
        return np.asarray(self.stands & (np.abs(self.residual) > fence))

    def stale(self) -> Mask:
        """Find metal prices, and prices with the metal in them, left as they were while the metal moved."""
        past, lines = self.past, self.lines
        none = np.zeros(lines.size, dtype=bool)
        if past.month != self.month - 1:
            return none
        rule = self.rules["stale_price"]
        before = past.metal[lines.metal.astype(np.int64)]
        price = self.measures.metal_price
        moved = np.abs(self.quote - before) >= float(rule["move"])
        key, known = quote_keys(lines)
        if not (known & moved).any():
            return none
        same = np.isin(key, past.quotes) & known & moved
        # a few fen are all the prices silver has: there it says nothing that two are equal
        steps = np.nan_to_num(lines.price) * 100.0 * self.quote_scale
        told = (steps >= float(rule["steps"])) | (np.abs(self.residual) > float(rule["robust_z"]) * self.quote_scale)
        same &= told
        # nearer to what the metal cost then than to what it costs now
        # a price held already, as far from the benchmark, is told all the same: this says why
        return np.asarray(same & (np.abs(price - before) < np.abs(self.residual)))

    def like_last_month(self) -> Mask:
        """Find metal prices that look like those of last month, whether or not the item's own is known.

        Beyond what quotes differ by today, and at most half as far from the price of last month.
        """
        if self.past.month != self.month - 1:
            return np.zeros(self.lines.size, dtype=bool)
        away = np.abs(self.measures.metal_price - self.past.metal[self.lines.metal.astype(np.int64)])
        far = np.abs(self.residual)
        beyond = far > float(self.rules["stale_price"]["robust_z"]) * self.quote_scale
        return np.asarray(beyond & (2.0 * away < far))

    def copied(self) -> Mask:
        """Find the lines of firms that sent last month's lines again: all of them, the whole file is in doubt."""
        past, lines, rule = self.past, self.lines, self.rules["copied_file"]
        if past.month != self.month - 1 or not past.lines.size:
            return np.zeros(lines.size, dtype=bool)
        firms = int(lines.firm.max()) + 2
        same = np.isin(line_keys(lines), past.lines) & (lines.item >= 0)
        count = np.bincount(lines.firm + 1, minlength=firms)
        again = np.bincount(lines.firm[same] + 1, minlength=firms)
        copied = (again >= float(rule["share"]) * count) & (count >= int(rule["lines"]))
        copied[0] = False
        return np.asarray(copied[lines.firm + 1])

    def other_basis(self) -> Mask:
        """Find lines in another tax basis than nearly all others of the firm, unless their price speaks for it."""
        lines, rule = self.lines, self.rules["tax_habit"]
        found = np.zeros(lines.size, dtype=bool)
        seen = self.tax_seen
        rest = seen.sum(axis=1) - 1
        # by firm: does it have a rule of its own, and lines that break it
        odd = (seen[:, ::-1] >= float(rule["share"]) * np.maximum(rest, 1)[:, None]) & (seen > 0)
        odd &= (rest >= int(rule["lines"]))[:, None]
        if not odd.any():
            return found
        rows = np.flatnonzero(self.stands & odd[lines.firm, lines.incl.astype(np.int64)])
        tax = np.log(lines.vat[rows])
        turned = np.where(lines.incl[rows], tax, -tax)
        fits = np.abs(self.residual[rows]) < tax / 4
        for name in ("premium", "bare"):
            beside = self.compared[name]
            away = beside.value[rows] - beside.expected(rows)
            scale = np.fmax(beside.scale(rows), float(rule["least_scale"]))
            gain = ((away + turned) ** 2 - away**2) / (2 * scale**2)
            fits |= ~np.isnan(beside.reference[rows]) & (gain > float(rule["evidence"]))
        found[rows[~fits]] = True
        return found

    def net_as_gross(self) -> Mask:
        """Find gross weights in the place of net weights of items whose net weight has always been less."""
        if self.past.net_ratio.empty:
            return np.zeros(self.lines.size, dtype=bool)
        before = self.past.net_ratio.reference(self.lines.item, self.month, self.oldest)
        least = float(self.rules["net_ratio_least"])
        return np.asarray(self.stands & (before < -least) & (self.measures.net_ratio > 0.1 * before))

    def compare(self) -> None:
        """Judge charges and stones against their own past, and those without a past against their class."""
        for name in JUDGED:
            self.compared[name] = self._compare(name)

    def price(self) -> Compared:
        """Return the whole prices beside their past: what the influence of a line is reckoned by."""
        if "price" not in self.compared:
            self.compared["price"] = self._compare("price")
        return self.compared["price"]

    def _known(self, name: str) -> tuple[Memory, Ints, int, Floats]:
        """Return what a measure is compared with: memory, the place of each line in it, its size; and the level."""
        item = self.lines.item
        if name == "charge":
            key = charge_key(item, self.lines.basis.astype(np.int64))
            return self.past.charge, key, self.items * (NO_BASIS + 1), self.measures.charge_per_gram
        memory = self.past.price if name == "bare" else getattr(self.past, name)
        # the few lines that cannot be split are beside all others of their class
        return memory, item, self.items, getattr(self.measures, "over_metal" if name == "premium" else name)

    def _compare(self, name: str) -> Compared:
        memory, key, size, level = self._known(name)
        klass, lines = self.lines.klass, self.lines.size
        nothing: Mask = np.broadcast_to(np.bool_(False), lines)
        nobody = np.broadcast_to(np.int64(0), lines)
        value = getattr(self.measures, name)
        if np.isnan(level).all() or (name == "premium" and np.isnan(value).all()):
            none = np.broadcast_to(np.nan, lines)
            return Compared(none, none, klass, None, None, nothing, nobody)
        reference = memory.reference(key, self.month, self.oldest)
        least: Mapping[str, Any] = self.rules["edit_least_distance"]
        widths, votes = self.rules["edit_widths"], int(self.rules["edit_votes"])
        of_item = np.zeros(size, dtype=np.int64)
        of_item[key] = klass
        edited, count, moved = nothing, nobody, None
        if not memory.empty:
            every = level if name == "premium" else value
            change, larger = every - reference, np.fmax(every, reference)
            moved = self._peers(change, larger, key, size, of_item, self.groups)
            if name != "price":
                edited, count = judged(
                    moved, change, larger, klass, votes=votes, least=float(least[name]), alone=float(least["alone"])
                )
                edited = edited & ~np.isnan(value)
        # levels are compared within a kind of goods: charges on silver say nothing about those on platinum
        stands = self._peers(level, level, key, size, of_item, self.groups[1:])
        if name != "price":
            width = np.fmax(stands.scale * float(widths["robust_z"]), float(least["level"]))
            far = Fences(stands.middle - width, stands.middle + width).outside(level, klass) & np.isnan(reference)
            far &= ~np.isnan(level if name == "charge" else value)
            edited, count = edited | far, np.where(far, 1, count)
        if name == "charge":
            others, apart = self._beside(value, reference, key, level - stands.middle[klass])
            edited, count = (edited | apart) & self.stands, np.where(apart, 1, count)
            return Compared(value, reference, klass, moved, stands, edited, count, others, apart)
        return Compared(value, reference, klass, moved, stands, edited & self.stands, count)

    def _beside(self, value: Floats, reference: Floats, key: Ints, from_class: Floats) -> tuple[Floats, Mask]:
        """Return what an item without a past is charged for on its other lines of the month, and the lines far off."""
        width = float(self.rules["edit_least_distance"]["lines"])
        others, far = np.full(value.size, np.nan), np.zeros(value.size, dtype=bool)
        heard = self.stands & (self.lines.trade != OTHER) & (key >= 0) & np.isnan(reference) & ~np.isnan(value)
        rows = np.flatnonzero(heard)
        if not rows.size:
            return others, far
        own = value[rows]
        item, of = np.unique(key[rows], return_inverse=True)
        ordered = Ordered.of(own, of, item.size)
        count, middle = ordered.count[of], ordered.quantile(0.5)[of]
        # of two lines the middle is between them: the other one is as far again
        others[rows] = np.where(count > 2, middle, np.where(count == 2, 2.0 * middle - own, np.nan))
        away = np.nan_to_num(np.abs(from_class[rows]))
        # of two lines neither is the rule: the one farther from the class is asked about, else both
        farther = away >= Ordered.of(away, of, item.size).quantile(1.0)[of]
        # where the lines of items differ anyway, a distance that is nothing unusual says nothing
        apart = np.abs(own - others[rows])
        usual = 1.4826 * float(np.nanmedian(apart)) if (count > 1).any() else 0.0
        width = max(width, usual * float(self.rules["edit_widths"]["robust_z"]))
        far[rows] = (apart > width) & ((count > 2) | farther)
        return others, far

    def _peers(
        self, change: Floats, larger: Floats, key: Ints, size: int, klass: Ints, groups: list[tuple[Ints, int]]
    ) -> Peers:
        # one voice for each item: a popular item does not set the middle by itself
        stands = self.stands & (self.lines.trade != OTHER) & (key >= 0)
        mean = item_means(key, np.where(stands, change, np.nan), size)
        sizes = mean if larger is change else item_means(key, np.where(stands, larger, np.nan), size)
        heard = np.flatnonzero(~np.isnan(mean))
        return peers_of(
            mean[heard],
            sizes[heard],
            klass[heard],
            groups,
            self.rules["edit_widths"],
            int(self.rules["edit_cell_least"]),
        )
