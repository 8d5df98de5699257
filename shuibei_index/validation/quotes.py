"""The benchmark at the time of a deal: the last quote of the day before it, or the day's mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.index.tree import METALS
from shuibei_index.metal_prices import quotes

#: What a price is compared with: the month's, the mean of the day's quotes, the last quote before the deal.
MONTH, DAY, QUOTE = range(3)
_DAY = 86_400
#: Seconds of more days than any quote has since 1970: metals do not touch each other.
_METAL = 1 << 40


@dataclass(frozen=True)
class AtDeal:
    """The benchmark of each record by quotes: CNY per gram in the table's tax basis (0 = none), and its level."""

    price: npt.NDArray[np.float64]
    level: npt.NDArray[np.int8]


def at_deal(table: pd.DataFrame | None, metal: npt.NDArray[np.int8], deal_time: pa.Array) -> AtDeal:
    """Return what quotes say of the metal of each record at the time of its deal.

    Parameters
    ----------
    table : DataFrame or None
        From `metal_prices.price_table`.
    metal : ndarray of int, shape (N,)
        Position in METALS, −1 = none.
    deal_time : pyarrow.Array of timestamp, shape (N,)
        Null = not known; midnight = only the day is known.

    Returns
    -------
    AtDeal
        The last quote of the same day at or before the deal; where there is none, or the deal has no time of day, the
        mean of the day's quotes; on days without quotes nothing (level MONTH, price 0).
    """
    nothing = AtDeal(np.zeros(metal.size), np.zeros(metal.size, dtype=np.int8))
    timed = None if table is None else quotes(table)
    if timed is None or not len(timed) or deal_time.null_count == len(deal_time):
        return nothing
    place = timed["metal"].map({name: k for k, name in enumerate(METALS)}).to_numpy(np.int64)
    when = timed["quoted_at"].to_numpy(dtype="datetime64[s]").astype(np.int64)
    value = timed["cny_per_gram"].to_numpy(np.float64)
    order = np.argsort(place * _METAL + when, kind="stable")
    key, value = (place * _METAL + when)[order], value[order]
    day_of_key = key // _METAL * _METAL + key % _METAL // _DAY
    days, at = np.unique(day_of_key, return_inverse=True)
    mean = np.bincount(at, value) / np.bincount(at)

    # before 1970 nothing was quoted: a record without a time is of no day
    second = np.asarray(pc.fill_null(deal_time.cast(pa.timestamp("s")).cast(pa.int64()), -_DAY).to_numpy())
    known = (second >= 0) & (metal >= 0)
    own = metal.astype(np.int64) * _METAL
    day = own + second // _DAY
    found = np.minimum(np.searchsorted(days, day), days.size - 1)
    of_day = known & (days[found] == day)
    last = np.searchsorted(key, own + second, side="right") - 1
    of_quote = of_day & (second % _DAY != 0) & (last >= 0)
    of_quote &= day_of_key[np.maximum(last, 0)] == day
    price = np.where(of_quote, value[np.maximum(last, 0)], np.where(of_day, mean[found], 0.0))
    return AtDeal(price, np.where(of_quote, QUOTE, np.where(of_day, DAY, MONTH)).astype(np.int8))
