"""Monthly metal prices of the market: from a table, or a seeded random path where the table has none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import UsageError, first_few
from shuibei_index.index.hierarchy import METALS
from shuibei_index.metal_prices import month_prices
from shuibei_index.simulation.settings import MarketSettings
from shuibei_index.simulation.streams import Streams
from shuibei_index.workspace_tables import read_metal_prices


def metal_table(
    given: str | Path | pd.DataFrame | None, periods: list[str], settings: MarketSettings, streams: Streams
) -> pd.DataFrame:
    """Return period, metal, cny_per_gram, source for every month and metal, sorted.

    Parameters
    ----------
    given
        A CSV of the workspace's form (period, metal, cny_per_gram), or such a table, or None.
        A metal that it does not name at all gets a random path, source "simulated".

    Raises
    ------
    UsageError
        The table names a metal but lacks some of the months.
    """
    table = _read(given)
    parts = []
    # one generator for all four paths, drawn always: which metals the table has must not move the others
    rng = streams.of("metals")
    for metal in METALS:
        path = _random_path(metal, len(periods), settings, rng)
        own = table[table["metal"] == metal].set_index("period")
        if len(own):
            missing = [p for p in periods if p not in own.index]
            if missing:
                raise UsageError(
                    f"the metal price table has no {metal} price for {first_few(missing)} months; "
                    f"add them, choose other months, or leave {metal} out altogether (then its path is simulated)"
                )
            values, source = own.loc[periods, "cny_per_gram"].to_numpy(dtype=float), "table"
            sources = own.loc[periods, "source"].replace("", source).to_list()
        else:
            values, sources = path, ["simulated"] * len(periods)
        parts.append(pd.DataFrame({"period": periods, "metal": metal, "cny_per_gram": values, "source": sources}))
    return pd.concat(parts, ignore_index=True).sort_values(["period", "metal"], kind="stable", ignore_index=True)


def _read(given: str | Path | pd.DataFrame | None) -> pd.DataFrame:
    if given is None:
        return pd.DataFrame({"period": [], "metal": [], "cny_per_gram": [], "source": []})
    if not isinstance(given, pd.DataFrame):
        # a market is made of months: of quotes, their mean
        return month_prices(read_metal_prices(given))
    missing = [c for c in ("period", "metal", "cny_per_gram") if c not in given]
    if missing:
        raise UsageError(
            f"the metal price table has no column {', '.join(missing)}; expected period, metal, cny_per_gram"
        )
    frame = given[["period", "metal", "cny_per_gram"]].assign(source=given.get("source", ""))
    price = frame["cny_per_gram"].to_numpy(dtype=float)
    if not (np.isfinite(price) & (price > 0)).all():
        raise UsageError("the metal price table holds a cny_per_gram that is not above 0")
    if frame.duplicated(["period", "metal"]).any():
        raise UsageError("the metal price table holds a metal twice in a month")
    return frame.reset_index(drop=True)


def _random_path(metal: str, n: int, settings: MarketSettings, rng: np.random.Generator) -> np.ndarray:
    steps = settings.metal_log_drift + dict(settings.metal_log_sd)[metal] * rng.standard_normal(n)
    steps[0] = 0.0
    return np.round(dict(settings.metal_start)[metal] * np.exp(np.cumsum(steps)), 4)


def metal_by_month(table: pd.DataFrame, periods: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the metal prices of a market, CNY per gram with tax, shape (T, metals)."""
    prices = table.set_index(["metal", "period"])["cny_per_gram"]
    return np.stack([prices.loc[metal].loc[list(periods)].to_numpy(dtype=float) for metal in METALS], axis=1)
