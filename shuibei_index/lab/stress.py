"""Stresses laid on a simulated market: what bends chained indices and the simulator itself does not produce.

Each returns factors on prices and new quantities. Promotions, clearance and seasonal goods leave the true movement
from the first month to the last what it was (but for the little they do to the first), so that an index that differs
in the last has drifted; "leaders" changes the movement itself, and only targets taken from the stressed market serve.
The figures are illustrative, like the simulator's.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import UsageError, did_you_mean

Floats = npt.NDArray[np.float64]

#: Promotions: share of item-months, depth of the discount (from, to), own-price elasticity of the sales they draw,
#: and what is sold the month after as a share of what would be sold (buyers have stocked up).
PROMOTED, DEPTH, ELASTICITY, HANGOVER = 0.08, (0.05, 0.20), 6.0, 0.5
#: Clearance: price factors of the last three months of an item that leaves the market, and what they do to sales.
CLEARED, CLEARANCE_SALES = (0.95, 0.88, 0.80), (1.2, 1.5, 1.8)
#: Seasonal goods: share of items, months of a year in which they are sold, first and last price factor of a season.
SEASONAL, SEASON_MONTHS, SEASON_PRICES = 0.4, 5, (1.06, 0.94)

#: Leaders: a year's log change of prices for each log unit of an item's turnover above the mean.
LEAD = 0.005


def stressed(name: str, prices: Floats, quantities: Floats, *, seed: int) -> tuple[Floats, Floats]:
    """Return factors on prices and the new quantities, both (T, N); NaN = not sold.

    Parameters
    ----------
    name : {"promotions", "clearance", "seasonal", "leaders"}
    prices, quantities : ndarray, shape (T, N)
    seed : int

    Raises
    ------
    UsageError
        No stress of that name.
    """
    if name not in STRESSES:
        raise UsageError(f"unknown stress {name!r}{did_you_mean(name, STRESSES)}; there are {', '.join(STRESSES)}")
    return STRESSES[name](prices, quantities, np.random.default_rng(seed))


def _promotions(prices: Floats, quantities: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    T, N = prices.shape
    on = rng.random((T, N)) < PROMOTED
    # never two in a row, so that the month after is one at the usual price; none at the ends of the range
    on[1:] &= ~on[:-1]
    on[[0, -2, -1]] = False
    factor = np.where(on, 1.0 - rng.uniform(*DEPTH, (T, N)), 1.0)
    after = np.zeros_like(on)
    after[1:] = on[:-1]
    return factor, quantities * factor**-ELASTICITY * np.where(after, HANGOVER, 1.0)


def _clearance(prices: Floats, quantities: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    T, sold = len(prices), ~np.isnan(prices)
    last = T - 1 - sold[::-1].argmax(axis=0)
    # who is sold in the last months may go on for years
    leaves = sold.any(axis=0) & (last < T - len(CLEARED))
    ago = last - np.arange(T)[:, None]
    final = leaves & (ago >= 0) & (ago < len(CLEARED))
    step = np.clip(len(CLEARED) - 1 - ago, 0, len(CLEARED) - 1)
    factor = np.where(final, np.array(CLEARED)[step], 1.0)
    return factor, quantities * np.where(final, np.array(CLEARANCE_SALES)[step], 1.0)


def _seasonal(prices: Floats, quantities: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    T, N = prices.shape
    seasonal, opens = rng.random(N) < SEASONAL, rng.integers(0, 12, N)
    month = (np.arange(T)[:, None] - opens) % 12
    path = np.geomspace(SEASON_PRICES[0], SEASON_PRICES[1], SEASON_MONTHS)
    factor = np.where(seasonal, path[np.minimum(month, SEASON_MONTHS - 1)], 1.0)
    away = seasonal & (month >= SEASON_MONTHS)
    return np.where(away, np.nan, factor), np.where(away, np.nan, quantities)


def _leaders(prices: Floats, quantities: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    sold = ~np.isnan(prices)
    months = sold.sum(axis=0)
    turnover = np.where(sold, prices * quantities, 0.0).sum(axis=0)
    size = np.log(np.where(months > 0, turnover, 1.0)) - np.log(np.maximum(months, 1))
    size = np.where(months > 0, size - size[months > 0].mean(), 0.0)
    return np.exp(LEAD * size * np.arange(len(prices))[:, None] / 12), quantities


STRESSES = {"promotions": _promotions, "clearance": _clearance, "seasonal": _seasonal, "leaders": _leaders}
#: Stresses after which targets of the market without them are no truth any more.
MOVING = ("leaders",)
