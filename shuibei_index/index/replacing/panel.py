"""Panel: the price panel in which successors go on in the place of the items they replace."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.aggregate.panel import PricePanel
from shuibei_index.index.replacing.links import CONTINUED, checked_links, end_of_chain, no_links

if TYPE_CHECKING:
    from shuibei_index.aggregate.parts import PartSums
    from shuibei_index.index.compilation.inputs import Inputs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Contents of items that were linked are held in millionths, so that a factor can be put into whole numbers.
_GRAIN = 1_000_000
#: What became of a link, by its place here.
STATUSES = ("by_itself", "linked", "not_there", "too_early", "no_price", "no_content")
_BY_ITSELF, _LINKED, _NOT_THERE, _TOO_EARLY, _NO_PRICE, _NO_CONTENT = range(len(STATUSES))


@dataclass(frozen=True, repr=False)
class ReplacedPanel(PricePanel):
    """A price panel in which linked items share one row of prices, under the newest item's id.

    Parameters
    ----------
    original : PricePanel
        Before anything was linked.
    links : DataFrame
        `LINK_COLUMNS`, and status (`STATUSES`: by_itself = overlap or class_mean, linked, or why it could not be: an
        item has no sales; the successor was sold before the old one; no price; grams or pieces not known), since (the
        successor's first month, "" = none), reference_period (the last month of the old one before it).
    net_scale, pure_scale : ndarray, shape (C,)
        By what the net metal and pieces, and the pure metal, of each row were multiplied.
    unit_scale : ndarray, shape (C,)
        Pricing units of the old quality in one of the row's.
    takes_over : ndarray of bool, shape (C,)
        The first price of a successor that goes on in the place of another item.
    """

    original: PricePanel | None = None
    links: pd.DataFrame = field(default_factory=no_links)
    net_scale: Floats = field(default_factory=lambda: np.ones(0))
    pure_scale: Floats = field(default_factory=lambda: np.ones(0))
    unit_scale: Floats = field(default_factory=lambda: np.ones(0))
    takes_over: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))

    @cached_property
    def price(self) -> Floats:
        """Unit value of each cell in units of the quality its item began with, CNY, shape (C,)."""
        return np.asarray(super().price / self.unit_scale)

    def select(self, months: list[str]) -> PricePanel:
        """Return the panel of some consecutive months; what was linked in them stays linked."""
        keep = slice(
            int(self.starts[self.months.index(months[0])]), int(self.starts[self.months.index(months[-1]) + 1])
        )
        scales = {name: getattr(self, name)[keep] for name in ("net_scale", "pure_scale", "unit_scale")}
        original = self if self.original is None else self.original
        return _with(super().select(months), original.select(months), self.links, self.takes_over[keep], **scales)

    def keep(self, cells: Ints) -> PricePanel:
        """Return the panel with some of its cells; what was linked stays linked."""
        scales = {name: getattr(self, name)[cells] for name in ("net_scale", "pure_scale", "unit_scale")}
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(PricePanel)}
        fewer = PricePanel(**plain).keep(cells)
        original = self if self.original is None else self.original
        return _with(fewer, original, self.links, self.takes_over[cells], **scales)


def apply_replacements(panel: PricePanel, links: pd.DataFrame) -> PricePanel:
    """Let successors go on in the place of the items they replace.

    Parameters
    ----------
    panel : PricePanel
    links : DataFrame
        `LINK_COLUMNS`, one row per replacement accepted.

    Returns
    -------
    PricePanel
        The very same without any link; otherwise a `ReplacedPanel`. Its turnover by class and month is that of
        `panel`. Prices of an old item from its successor's first month on stay its own: it is a new item then.

    Raises
    ------
    ShapeError, UsageError
        As `checked_links`.

    Notes
    -----
    The successor's first price is compared with the old item's last one (carried to the month before, if the old one
    was absent then) at the new quality:

        p0' = m0 · x1/x0 + c0 · n1/n0 · q_c + s0 · q_s

    m, c, s metal, charge and stones in a unit, x and n its pure and net metal (pieces in place of n for charges by the
    piece), q_c the charge factor and q_s the stone factor. Where either price could not be split p0' = p0 · q_c. The
    content terms are those of every item (`UnitParts.reference`); q_c is put into the successor's grams and pieces of
    work, q_s into its pricing unit (one unit counts as q_s of the old ones), so that the relatives of later months stay
    what they are. overlap and class_mean change nothing: both items enter with their own movement. Source: CPI Manual
    2020, ch. 6; PPI Manual, ch. 7–8; decision 0260.
    """
    links = checked_links(links)
    if not len(links):
        return panel
    joint = _Joints(panel, links)
    frame = joint.described()
    if not joint.linked.any():
        return _with(panel, panel, frame)
    return joint.panel(frame)


def rows_behind(inputs: Inputs) -> Ints:
    """Return the row of the panel behind each of the prices that enter the links."""
    rows = np.flatnonzero(~np.isnan(inputs.panel.price))
    source = inputs.pairs.source
    return rows if source is None else rows[source]


def content_scales(inputs: Inputs) -> tuple[Floats, Floats] | None:
    """Return by what the net and pure metal of the prices that enter the links were multiplied; None = nothing."""
    panel = inputs.panel
    if not isinstance(panel, ReplacedPanel):
        return None
    rows = rows_behind(inputs)
    return panel.net_scale[rows], panel.pure_scale[rows]


def first_of_successor(inputs: Inputs, after: Ints) -> Bools:
    """Tell which of some prices, by their place among those that enter the links, are a successor's first ones."""
    panel = inputs.panel
    if not isinstance(panel, ReplacedPanel):
        return np.zeros(len(after), dtype=bool)
    row = rows_behind(inputs)[after]
    return np.asarray(panel.takes_over[row])


def _with(
    panel: PricePanel, original: PricePanel, frame: pd.DataFrame, takes_over: Bools | None = None, **scales: Floats
) -> ReplacedPanel:
    plain: dict[str, Any] = {f.name: getattr(panel, f.name) for f in dataclasses.fields(PricePanel)}
    ones = np.ones(len(panel.month))
    plain |= {name: scales.get(name, ones) for name in ("net_scale", "pure_scale", "unit_scale")}
    first = np.zeros(len(ones), dtype=bool) if takes_over is None else takes_over
    return ReplacedPanel(**plain, original=original, links=frame, takes_over=first)


class _Joints:
    """The places where one item takes over from another, J of them, and what has to be done there."""

    def __init__(self, panel: PricePanel, links: pd.DataFrame) -> None:
        self.given, self.links = panel, links
        names = ["enterprise_id", "class_code"]
        items = pd.MultiIndex.from_frame(panel.items[[*names, "item_id"]])
        self.old, self.new = (
            np.asarray(items.get_indexer(pd.MultiIndex.from_frame(links[[*names, c]])), dtype=np.int64)
            for c in ("item_id", "by_item_id")
        )
        T, N, rows = len(panel.months), len(panel.items), np.arange(len(panel.month))
        there = (self.old >= 0) & (self.new >= 0)
        first = np.full(N + 1, T, dtype=np.int64)
        # what is written last stays; the row past the end stands for items without sales
        first[panel.item[::-1]] = panel.month[::-1]
        self.since = np.where(there, first[self.new], T)
        continued = links["method"].isin(CONTINUED).to_numpy()
        late = there & (first[self.old] < self.since)
        taken = np.full(N, 0, dtype=np.int64)
        taken[self.old[late]] = self.since[late]
        #: rows of old items from before their successors came
        self.moves: Bools = panel.month < taken[panel.item]
        priced = ~np.isnan(panel.price)
        self.before, self.after = (np.full(N + 1, -1, dtype=np.int64) for _ in range(2))
        own = rows[priced & self.moves]
        self.before[panel.item[own]] = own
        own = rows[priced][::-1]
        self.after[panel.item[own]] = own
        self.before, self.after = self.before[self.old], self.after[self.new]
        known = there & (self.before >= 0) & (self.after >= 0)
        self.charge, self.unit, encoded = self._factors(known)
        self.status = np.select(
            [~there, ~continued, ~late, ~known, ~encoded],
            [_NOT_THERE, _BY_ITSELF, _TOO_EARLY, _NO_PRICE, _NO_CONTENT],
            _LINKED,
        )
        self.linked: Bools = self.status == _LINKED
        self.moves &= np.isin(panel.item, self.old[self.linked])

    def _factors(self, known: Bools) -> tuple[Floats, Floats, Bools]:
        """Return the factors of charges and of the pricing unit, shape (J,), and whether the content takes them."""
        charge, stone = (self.links[c].to_numpy(dtype=float) for c in ("charge_factor", "stone_factor"))
        parts = self.given.parts
        if parts is None:
            return np.ones(len(charge)), charge, known
        b, a = np.where(known, self.before, 0), np.where(known, self.after, 0)
        split = parts.known[b] & parts.known[a]
        making = np.where(parts.making_fen[b] > 0, parts.making_fen[b], 1)
        share = np.where(parts.making_fen[b] > 0, parts.gram_charge_fen[b] / making, 1.0)
        weighed = (parts.net_mg[b] > 0) & (parts.net_mg[a] > 0)
        enough = ((share == 0) | weighed) & ((share == 1) | (parts.piece_count[b] > 0))
        plain = ~split | (parts.making_fen[b] == 0) | (charge == 1.0)
        unit = np.where(split, np.where(parts.stone_fen[b] > 0, stone, 1.0), charge)
        return np.where(split, charge, 1.0), unit, known & (plain | enough)

    def described(self) -> pd.DataFrame:
        months = np.array([*self.given.months, ""], dtype=object)
        row = np.where(self.before >= 0, self.given.month[self.before], len(self.given.months))
        return self.links.assign(
            status=np.array(STATUSES, dtype=object)[self.status],
            since=months[self.since],
            reference_period=np.where(self.since < len(self.given.months), months[row], ""),
        )

    def panel(self, frame: pd.DataFrame) -> ReplacedPanel:
        """Return the panel with the linked items in one."""
        given, on = self.given, self.linked
        old, new, N = self.old[on], self.new[on], len(self.given.items)
        onward, back = np.full((2, N), -1, dtype=np.int64)
        onward[old], back[new] = new, old
        target = end_of_chain(onward, "replacements go in a circle", "替换关系成环")
        # ln of the factors of an item beside the first one of its chain: charges, pricing unit
        steps, own = np.zeros((N, 2)), np.zeros((N, 2))
        own[new] = np.log(np.column_stack([self.charge[on], self.unit[on]]))
        here = np.arange(N)
        while (here >= 0).any():
            steps += np.where((here >= 0)[:, np.newaxis], own[here], 0.0)
            here = np.where(here >= 0, back[here], -1)
        touched = np.zeros(N, dtype=bool)
        touched[old] = touched[new] = True
        grain = np.where(touched, float(_GRAIN), 1.0)
        net, pure = grain * np.exp(steps[:, 0] - steps[:, 1]), grain * np.exp(-steps[:, 1])
        item = np.where(self.moves, target[given.item], given.item)
        order = np.lexsort((item, given.month))
        used, place = np.unique(item[order], return_inverse=True)
        parts = None if given.parts is None else self._contents(given.parts, net, pure)
        changed = PricePanel(
            given.months,
            given.items.iloc[used].reset_index(drop=True),
            given.month[order],
            place.astype(np.int64),
            given.amount_fen[order],
            given.quantity_milli[order],
            given.n_records[order],
            None if parts is None else parts.take(order),
        )
        rows = given.item[order]
        scales = {"net_scale": net[rows], "pure_scale": pure[rows], "unit_scale": np.exp(steps[rows, 1])}
        first = np.zeros(len(rows), dtype=bool)
        first[self.after[on]] = True
        return _with(changed, given, frame, first[order], **scales)

    def _contents(self, parts: PartSums, net: Floats, pure: Floats) -> PartSums:
        """Return the parts with the factors in the grams and pieces of work."""
        item = self.given.item
        some = np.flatnonzero((net != 1.0)[item])
        grams, gold, pieces, units = (
            getattr(parts, name).copy() for name in ("net_mg", "pure_ug", "piece_count", "piece_milli")
        )
        grams[some] = np.rint(grams[some] * net[item[some]])
        gold[some] = np.rint(gold[some] * pure[item[some]])
        pieces[some] = np.rint(pieces[some] * net[item[some]])
        # a charge by the piece followed by one by the gram is compared as it stands, times the factor
        b, a = self.before[self.linked], self.after[self.linked]
        bare = (parts.gram_charge_fen[b] < parts.making_fen[b]) & (parts.piece_count[a] == 0) & parts.known[a]
        b, a = b[bare], a[bare]
        per_unit = parts.piece_count[b] / np.where(parts.piece_milli[b] > 0, parts.piece_milli[b], 1)
        units[a] = parts.split_milli[a]
        pieces[a] = np.rint(per_unit * units[a] * net[item[a]])
        return dataclasses.replace(parts, net_mg=grams, pure_ug=gold, piece_count=pieces, piece_milli=units)
