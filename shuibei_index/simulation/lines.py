"""The transaction lines of one month, for the whole market, in exact units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.index.hierarchy import METALS
from shuibei_index.simulation.classes import Classes
from shuibei_index.simulation.firms import Firms
from shuibei_index.simulation.items import Items
from shuibei_index.simulation.profiles import PER_GRAM, PER_PIECE, PERCENT
from shuibei_index.simulation.settings import MarketSettings
from shuibei_index.simulation.streams import Streams

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
TRADES = ("sale", "toll", "trade_in", "return")
SALE, TOLL, TRADE_IN, RETURN = range(4)
NO_CHARGE = -1
_OPENING, _OPEN_SECONDS = 9 * 3600, 9 * 3600


@dataclass(frozen=True)
class MonthLines:
    """Lines of one month in the enterprises' own tax basis, sorted by enterprise and line number; arrays (L,).

    Parameters
    ----------
    item
        Position of the item.
    line_no
        Number of the line in the enterprise's report of the month, by time of the deal, from 1.
    second
        Seconds from the beginning of the month to the deal.
    trade
        Position in ``TRADES``.
    pieces
        Pieces.
    net_mg, gross_mg
        Net metal and gross weight, mg; net is 0 for goods without metal.
    carat
        Carats of all stones, thousandths.
    metal_price
        Fen per gram of pure metal; 0 = none.
    charge
        Fen per gram, fen per piece, or hundredths of a percent of the metal value, as `basis` says.
    basis
        PER_GRAM, PER_PIECE, PERCENT, or NO_CHARGE.
    loss
        Hundredths of a percent.
    stone_fen, amount_fen
        Price of all stones, and of the whole line.
    """

    item: Ints
    line_no: Ints
    second: Ints
    trade: npt.NDArray[np.int8]
    pieces: Ints
    net_mg: Ints
    gross_mg: Ints
    carat: Ints
    metal_price: npt.NDArray[np.int32]
    charge: npt.NDArray[np.int32]
    basis: npt.NDArray[np.int8]
    loss: npt.NDArray[np.int16]
    stone_fen: Ints
    amount_fen: Ints


def metal_fen(net_mg: Ints, metal_price: Ints, fineness: Ints, loss: Ints) -> Floats:
    """Return the metal value of lines in fen, not rounded: net weight × price × fineness × (1 + loss)."""
    return net_mg / 1000 * metal_price * (fineness / 10_000) * (1 + loss / 10_000)


def charge_fen(net_mg: Ints, pieces: Ints, metal: Floats, charge: Ints, basis: Ints) -> Floats:
    """Return the making charge of lines in fen, not rounded."""
    return np.select(
        [basis == PER_GRAM, basis == PER_PIECE, basis == PERCENT],
        [net_mg / 1000 * charge, pieces * charge.astype(float), metal * charge / 10_000],
        0.0,
    )


@dataclass
class LineMaker:
    """Makes the months one after another; holds what lasts from month to month (items' own price movement)."""

    periods: list[str]
    firms: Firms
    items: Items
    classes: Classes
    metal: Floats  # (T, metals) CNY per gram, tax included
    vat: Floats  # (T,) percent
    volume_season: Floats  # (T,) log
    charge_season: Floats  # (T,) log
    settings: MarketSettings
    streams: Streams

    def __post_init__(self) -> None:
        """Draw the common paths of classes and start the items' own movement at nothing."""
        rng, T, C = self.streams.of("classes"), len(self.periods), len(self.classes.codes)
        years = np.arange(T)[:, None] / 12
        steps = rng.standard_normal((2, T, C))
        steps[:, 0] = 0.0
        walk = np.cumsum(steps, axis=1)
        steps_so_far = [sum(by for month, by in self.settings.charge_steps if month <= p) for p in self.periods]
        common = years * self.classes.charge_trend + np.array(steps_so_far, dtype=float)[:, None]
        self.charge_path = common + self.settings.class_charge_log_sd * walk[0]
        self.stone_path = years * self.classes.stone_trend + self.settings.class_stone_log_sd * walk[1]
        self.own_charge = np.zeros(len(self.items.ids))
        self.own_stone = np.zeros(len(self.items.ids))
        self._base_price = self._piece_price(np.arange(len(self.items.ids)), 0, self.items.net_mg)

    def make(self, t: int) -> MonthLines:
        """Return the lines of month t; months must be made in order."""
        items, settings = self.items, self.settings
        rng, noise = self.streams.of("lines", t), self.streams.of("noise", t)
        N = len(items.ids)
        scale, persistence = settings.item_price_log_sd * settings.noise, settings.item_price_persistence
        self.own_charge = persistence * self.own_charge + scale * noise.standard_normal(N)
        self.own_stone = persistence * self.own_stone + scale * noise.standard_normal(N)
        present = rng.random(N) >= settings.no_sale_share * settings.churn
        item_volume = settings.item_volume_log_sd * rng.standard_normal(N)
        extra = rng.poisson(settings.lines_per_item - 1.0, N)
        alive = np.flatnonzero((items.since <= t) & (t < items.until) & present)
        net = items.net_at(alive, t)
        wanted = self._wanted(alive, t, net) * np.exp(item_volume[alive])
        count = 1 + extra[alive]
        row = np.repeat(np.arange(len(alive)), count)
        item = alive[row]
        share = np.exp(settings.line_volume_log_sd * rng.standard_normal(len(row))) / count[row]
        pieces = np.maximum(np.rint(wanted[row] * share), 1).astype(np.int64)
        return self._priced(t, item, net[row], pieces, rng, noise)

    def _piece_price(self, chosen: Ints, t: int, net_mg: Ints) -> Floats:
        # CNY for one piece at the month's common prices and the item's own deviation, tax included
        items, leaf = self.items, self.items.leaf[chosen]
        metal = np.where(self.classes.metal[leaf] >= 0, self.metal[t, self.classes.metal[leaf]], 0.0)
        metal = np.where(self.classes.is_toll[leaf], 0.0, metal)
        metal = metal_fen(net_mg, metal, items.fineness[chosen], items.loss[chosen])
        charge = np.where(items.fineness[chosen] > 0, net_mg / 1000 * items.charge[chosen], 0.0)
        charge = charge * np.exp(self.charge_path[t, leaf] + self.own_charge[chosen])
        carats = np.where(self.classes.by_carat[leaf], items.carat[chosen] / 1000, 1.0)
        stone = carats * items.stone[chosen] * np.exp(self.stone_path[t, leaf] + self.own_stone[chosen])
        return np.asarray(metal + charge + stone)

    def _wanted(self, alive: Ints, t: int, net_mg: Ints) -> Floats:
        relative = self._piece_price(alive, t, net_mg) / self._base_price[alive]
        season = self.volume_season[t] + self.settings.volume_trend * t / 12
        quantity = self.items.turnover[alive] / self._base_price[alive]
        return np.asarray(quantity * relative**-self.settings.elasticity * np.exp(season))

    def _priced(
        self, t: int, item: Ints, piece_net: Ints, pieces: Ints, rng: np.random.Generator, noise: np.random.Generator
    ) -> MonthLines:
        items, classes, settings = self.items, self.classes, self.settings
        leaf, L = items.leaf[item], len(item)
        has_metal, by_piece, by_carat = classes.metal[leaf] >= 0, classes.by_piece[leaf], classes.by_carat[leaf]
        toll = classes.is_toll[leaf]
        tax = np.where(self.firms.before_tax[items.firm[item]], 1 + self.vat[t] / 100, 1.0)

        # what is sold by weight does not weigh the same twice; bars do
        uneven = np.where(has_metal & ~by_piece & ~classes.is_bar[leaf], 0.03, 0.0)
        wobble = np.exp(uneven * np.clip(rng.standard_normal(L), -3, 3))
        weight = np.rint(pieces * piece_net * wobble / 10).astype(np.int64) * 10
        weight = np.where(by_piece, pieces * piece_net, weight)
        net = np.where(has_metal, weight, 0)
        carat = pieces * items.carat[item]
        gross = np.rint(weight * items.gross[item] / 10).astype(np.int64) * 10 + np.where(by_carat, 0, carat // 5)

        trade = np.where(toll, TOLL, SALE)
        kind = rng.random(L)
        plain = has_metal & ~by_piece & ~toll & ~classes.is_bar[leaf]
        trade = np.where(plain & (kind < settings.trade_in_share), TRADE_IN, trade)
        trade = np.where(~toll & (kind >= 1 - settings.return_share), RETURN, trade)

        day, clock = self._deal_time(t, L, rng)
        market_day = self._day_path(t, noise)[day, np.maximum(classes.metal[leaf], 0)]
        deal = market_day + settings.deal_log_sd * settings.noise * noise.standard_normal(L)
        price = np.where(has_metal & ~toll, self.metal[t, classes.metal[leaf]] * np.exp(deal) / tax, 0.0)
        price = np.where(trade == TRADE_IN, price * settings.trade_in_price, price)
        price_fen = np.rint(price * 100).astype(np.int64)

        own = settings.line_price_log_sd * settings.noise * noise.standard_normal((2, L))
        season = self.charge_season[t]
        charge, basis = self._charge(t, item, season + own[0], tax, trade, has_metal)
        loss = np.where(toll | (trade == TRADE_IN), 0, items.loss[item])
        metal = metal_fen(net, price_fen, items.fineness[item], loss)
        making = charge_fen(net, pieces, metal, charge, basis)
        stone = items.stone[item] * np.exp(self.stone_path[t, leaf] + self.own_stone[item] + own[1]) / tax
        stone_unit = np.maximum(np.rint(stone * 100), np.where(items.stone[item] > 0, 1, 0))
        stone_fen = np.where(by_carat, np.rint(stone_unit * carat / 1000), stone_unit * pieces).astype(np.int64)
        stone_fen = np.where(trade == TRADE_IN, 0, stone_fen)
        amount = np.rint(metal + making).astype(np.int64) + stone_fen

        second = day * 86_400 + clock
        firm = items.firm[item]
        order = np.lexsort((item, second, firm))
        sorted_firm = firm[order]
        line_no = np.arange(L) - np.searchsorted(sorted_firm, sorted_firm) + 1
        return MonthLines(
            item=item[order],
            line_no=line_no,
            second=second[order],
            trade=trade[order].astype(np.int8),
            pieces=pieces[order],
            net_mg=net[order],
            gross_mg=gross[order],
            carat=carat[order],
            metal_price=price_fen[order].astype(np.int32),
            charge=charge[order].astype(np.int32),
            basis=basis[order].astype(np.int8),
            loss=loss[order].astype(np.int16),
            stone_fen=stone_fen[order],
            amount_fen=amount[order],
        )

    def _charge(
        self, t: int, item: Ints, effect: Floats, tax: Floats, trade: Ints, has_metal: npt.NDArray[np.bool_]
    ) -> tuple[Ints, Ints]:
        items, leaf = self.items, self.items.leaf[item]
        level = np.exp(self.charge_path[t, leaf] + self.own_charge[item] + effect)
        per_gram = items.charge[item] / tax * level * 100
        # a charge per piece is set for the piece as it was when new; lighter pieces are no less work
        per_piece = per_gram * items.net_mg[item] / 1000
        start = self.metal[0, np.maximum(self.classes.metal[leaf], 0)]
        percent = items.charge[item] * level / start * 10_000
        value = np.select(
            [items.basis[item] == PER_GRAM, items.basis[item] == PER_PIECE], [per_gram, per_piece], percent
        )
        charged = has_metal & (trade != TRADE_IN)
        charge = np.where(charged, np.maximum(np.rint(value), 1), 0).astype(np.int64)
        return charge, np.where(charged, items.basis[item], NO_CHARGE)

    def _deal_time(self, t: int, L: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
        return rng.integers(0, self._days(t), L), _OPENING + rng.integers(0, _OPEN_SECONDS, L)

    def _days(self, t: int) -> int:
        first = np.datetime64(self.periods[t], "M")
        return int(((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64))

    def _day_path(self, t: int, noise: np.random.Generator) -> Floats:
        # a random walk through the month whose mean is the month's price
        walk = np.cumsum(noise.standard_normal((31, len(METALS))), axis=0)[: self._days(t)]
        walk = walk - walk.mean(axis=0)
        # a centred walk of 30 steps has a standard deviation of about √5 steps
        return np.asarray(walk * self.settings.day_log_sd * self.settings.noise / np.sqrt(5.0))
