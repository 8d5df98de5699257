"""The items (规格品) of the market: class, metal, weight, charge, stones, and their lives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.simulation.classes import Classes
from shuibei_index.simulation.firms import Firms
from shuibei_index.simulation.profiles import PERCENT
from shuibei_index.simulation.settings import MarketSettings
from shuibei_index.simulation.streams import Streams

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

COLOURS = ("D-E", "F-G", "H", "I-J")
CLARITIES = ("VVS", "VS", "SI", "P")
CUTS = ("EX", "VG", "G")
_LETTERS = {"01": "AU", "02": "WM", "03": "DI", "04": "JD", "05": "CS", "06": "PL", "90": "BAR", "91": "TL"}


@dataclass(frozen=True)
class Items:
    """Items of all enterprises, all arrays of shape (N,), in order of enterprise, place and generation.

    Parameters
    ----------
    ids
        The enterprise's own code of the item.
    firm, leaf
        Positions of the enterprise and of the leaf class.
    since, until
        First month of sale and the month after the last.
    turnover
        Intended monthly turnover at the start, CNY.
    fineness
        Tenths of a per mille; 0 = no metal.
    net_mg
        Net metal weight of a piece when new; goods without metal: their weight.
    gross
        Gross on net weight, without stones.
    charge
        Making charge, CNY per gram at the start of the range.
    basis
        PER_GRAM, PER_PIECE or PERCENT.
    loss
        Loss rate, hundredths of a percent.
    stone
        CNY per carat (classes priced by carat) or per piece; 0 = none.
    carat
        Carats of a piece, thousandths.
    stone_type, colour, clarity, cut
        Positions in the lists of names; −1 = none.
    drift
        Share of the metal weight lost a year.
    """

    ids: npt.NDArray[np.str_]
    firm: Ints
    leaf: Ints
    since: Ints
    until: Ints
    turnover: Floats
    fineness: Ints
    net_mg: Ints
    gross: Floats
    charge: Floats
    basis: Ints
    loss: Ints
    stone: Floats
    carat: Ints
    stone_type: Ints
    colour: Ints
    clarity: Ints
    cut: Ints
    drift: Floats

    def net_at(self, chosen: Ints, t: int) -> Ints:
        """Return the net weight in mg of a piece of the chosen items in month t, after weight drift."""
        lost = self.drift[chosen] * (t - self.since[chosen]) / 12
        return np.rint(self.net_mg[chosen] * np.maximum(1.0 - lost, 0.5)).astype(np.int64)


def make_items(n_months: int, firms: Firms, classes: Classes, settings: MarketSettings, streams: Streams) -> Items:
    """Draw the items of every enterprise over the whole range."""
    rng = streams.of("items")
    P = len(firms.ids) * settings.items_per_firm
    place_firm = np.repeat(np.arange(len(firms.ids)), settings.items_per_firm)
    leaf = _choose_classes(place_firm, firms, classes, settings, rng)
    popularity = firms.size[place_firm] * np.exp(settings.item_turnover_log_sd * rng.standard_normal(P))
    by_class = np.bincount(leaf, popularity, len(classes.codes))
    turnover = popularity * (classes.share * firms.size.sum() / np.where(by_class > 0, by_class, 1.0))[leaf]
    place, since, until = _lives(n_months, place_firm, leaf, firms, classes, settings, rng)
    generation = np.arange(len(place)) - np.searchsorted(place, place)
    return _goods(place, generation, since, until, place_firm, leaf, turnover, firms, classes, settings, rng)


def _choose_classes(
    place_firm: Ints, firms: Firms, classes: Classes, settings: MarketSettings, rng: np.random.Generator
) -> Ints:
    # square roots: small classes get more items than their turnover alone would give them
    frequency = np.sqrt(classes.share)
    own = rng.random(len(place_firm)) < settings.speciality_share
    anywhere = np.searchsorted(np.cumsum(frequency / frequency.sum())[:-1], rng.random(len(place_firm)), side="right")
    # within the firm's line of trade: cumulative frequencies of each top class, laid end to end
    order = np.argsort(classes.top, kind="stable")
    total = np.bincount(classes.top, frequency)
    stacked = np.cumsum(frequency[order] / total[classes.top[order]])
    target = firms.speciality[place_firm] + rng.random(len(place_firm))
    within = order[np.minimum(np.searchsorted(stacked, target, side="right"), len(order) - 1)]
    return np.where(own, within, anywhere)


def _lives(
    n_months: int,
    place_firm: Ints,
    leaf: Ints,
    firms: Firms,
    classes: Classes,
    settings: MarketSettings,
    rng: np.random.Generator,
) -> tuple[Ints, Ints, Ints]:
    P, shortest = len(leaf), settings.item_life_min_months
    if settings.churn == 0:
        ends = np.full((P, 1), n_months, dtype=np.int64)
    else:
        mean = max(settings.item_life_months / settings.churn, shortest + 1.0)
        G = n_months // shortest + 2
        lives = shortest + rng.geometric(1.0 / (mean - shortest), size=(P, G))
        lives[:, 0] = np.ceil(lives[:, 0] * rng.random(P))  # the first is somewhere in its life when the range begins
        ends = np.cumsum(lives, axis=1)
    starts = np.concatenate([np.zeros((P, 1), dtype=np.int64), ends[:, :-1]], axis=1)
    opens = np.maximum(classes.since[leaf], firms.since[place_firm])[:, None]
    closes = np.minimum(classes.until[leaf], firms.until[place_firm])[:, None]
    since, until = np.maximum(starts, opens), np.minimum(ends, closes)
    place, generation = np.nonzero(since < until)
    return place, since[place, generation], until[place, generation]


def _goods(
    place: Ints,
    generation: Ints,
    since: Ints,
    until: Ints,
    place_firm: Ints,
    place_leaf: Ints,
    place_turnover: Floats,
    firms: Firms,
    classes: Classes,
    settings: MarketSettings,
    rng: np.random.Generator,
) -> Items:
    N, firm, leaf = len(place), place_firm[place], place_leaf[place]
    later = generation > 0
    novelty = np.where(
        later,
        np.exp(settings.new_item_log_mean + settings.new_item_log_sd * rng.standard_normal(N)),
        1.0,
    )

    def lognormal(sd: float) -> Floats:
        return np.exp(sd * rng.standard_normal(N))

    def pick(table: Ints, count: Ints) -> Ints:
        return table[leaf, np.floor(rng.random(N) * count[leaf]).astype(np.int64)]

    metal = classes.metal[leaf] >= 0
    fineness = np.where(metal, pick(classes.fineness, classes.n_fineness), 0)
    basis = pick(classes.bases, classes.n_bases)
    net = classes.weight[leaf] * lognormal(settings.item_weight_log_sd)
    net = np.where(classes.is_bar[leaf], np.array([10, 20, 50, 100, 200, 500.0])[rng.integers(0, 6, N)], net)
    net_mg = np.rint(net * 100).astype(np.int64) * 10  # scales show 0.01 g
    charge = classes.charge[leaf] * firms.charge_level[firm] * novelty * lognormal(settings.item_charge_log_sd)
    spread = rng.random(N)
    size = classes.carat_low[leaf] + (classes.carat_high[leaf] - classes.carat_low[leaf]) * spread
    carat = np.rint(size * 100).astype(np.int64) * 10
    stone = classes.stone[leaf] * novelty * lognormal(settings.item_stone_log_sd)
    graded = classes.graded[leaf]
    gross = classes.gross_low[leaf] + (classes.gross_high[leaf] - classes.gross_low[leaf]) * rng.random(N)
    loss = np.where(metal & (basis != PERCENT), pick(classes.losses, classes.n_losses), 0)
    drifting = metal & classes.by_piece[leaf]
    drift = np.where(drifting, rng.random(N) * settings.drift_per_year_max * settings.drift, 0.0)
    number = np.char.zfill((place % settings.items_per_firm * 100 + generation).astype(str), 5)
    letters = np.array([_LETTERS.get(code[:2], "GD") for code in classes.codes])
    stone_type = np.where(classes.n_stones[leaf] > 0, pick(classes.stone_types, np.maximum(classes.n_stones, 1)), -1)
    return Items(
        ids=np.char.add(np.char.add(letters[leaf], "-"), number),
        firm=firm,
        leaf=leaf,
        since=since,
        until=until,
        turnover=place_turnover[place],
        fineness=fineness,
        net_mg=np.where(classes.weight[leaf] > 0, np.maximum(net_mg, 100), 0),
        gross=gross,
        charge=charge,
        basis=basis,
        loss=loss,
        stone=stone,
        carat=carat,
        stone_type=stone_type,
        colour=np.where(graded, rng.integers(0, len(COLOURS), N), -1),
        clarity=np.where(graded, rng.integers(0, len(CLARITIES), N), -1),
        cut=np.where(graded, rng.integers(0, len(CUTS), N), -1),
        drift=drift,
    )
