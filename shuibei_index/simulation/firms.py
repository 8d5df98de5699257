"""The enterprises of the market: size, tax basis, line of trade, entry and exit, and who is in the panel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.simulation.settings import MarketSettings
from shuibei_index.simulation.streams import Streams


@dataclass(frozen=True)
class Firms:
    """Enterprises, all arrays of shape (F,).

    Parameters
    ----------
    ids
        Enterprise codes, in order.
    size
        Mean monthly turnover in CNY.
    before_tax
        Whether the enterprise reports before tax (不含税).
    charge_level
        Factor on making charges.
    speciality
        Position of the enterprise's own line of trade in the list of first-level classes.
    since, until
        First month with trade, and the month after the last, as positions in the range simulated.
    in_panel
        Whether the enterprise reports.
    """

    ids: npt.NDArray[np.str_]
    size: npt.NDArray[np.float64]
    before_tax: npt.NDArray[np.bool_]
    charge_level: npt.NDArray[np.float64]
    speciality: npt.NDArray[np.int64]
    since: npt.NDArray[np.int64]
    until: npt.NDArray[np.int64]
    in_panel: npt.NDArray[np.bool_]

    def panel_frame(self, periods: list[str]) -> pd.DataFrame:
        """Return panel.csv of the reporting enterprises."""
        rows = np.flatnonzero(self.in_panel)
        group = np.array(["large", "middle", "small"])[np.searchsorted(_cuts(self.size), -self.size[rows])]
        ended = self.until[rows] < len(periods)
        last = np.array(periods)[np.clip(self.until[rows] - 1, 0, len(periods) - 1)]
        return pd.DataFrame(
            {
                "enterprise_id": self.ids[rows],
                "name": np.char.add("模拟企业", np.char.lstrip(self.ids[rows], "E")),
                "group": group,
                "joined": np.array(periods)[self.since[rows]],
                "left": np.where(ended, last, ""),
                "contact": "",
            }
        )


def make_firms(
    n_months: int, n_lines_of_trade: npt.NDArray[np.float64], settings: MarketSettings, streams: Streams
) -> Firms:
    """Draw the enterprises of the market.

    Parameters
    ----------
    n_months
        Length of the range.
    n_lines_of_trade
        Share of each first-level class, from which specialities are drawn.
    """
    rng, F = streams.of("firms"), settings.market_firms
    large = rng.random(F) < settings.large_firm_share
    large[rng.integers(F)] = True  # no market without a large enterprise
    size = settings.firm_turnover * np.exp(settings.firm_turnover_log_sd * rng.standard_normal(F))
    size = np.where(large, size * settings.large_firm_factor, size)
    share = n_lines_of_trade / n_lines_of_trade.sum()
    speciality = np.searchsorted(np.cumsum(share)[:-1], rng.random(F), side="right")
    before_tax = rng.random(F) < settings.excl_share
    charge_level = np.exp(settings.firm_charge_log_sd * rng.standard_normal(F))
    since, until = _lives(n_months, F, settings, rng)
    until[np.argmax(size)], since[np.argmax(size)] = n_months, 0  # someone trades in every month
    width = max(3, len(str(F)))
    ids = np.char.add("E", np.char.zfill(np.arange(1, F + 1).astype(str), width))
    return Firms(ids, size, before_tax, charge_level, speciality, since, until, _panel(size, settings, streams))


def _lives(
    n_months: int, F: int, settings: MarketSettings, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    enter, entry_month, leave = rng.random(F), rng.random(F), rng.random(F)
    entry = 1.0 - np.exp(-settings.firm_entry_per_year * settings.churn * n_months / 12)
    since = np.where(enter < entry, (entry_month * n_months).astype(np.int64), 0)
    hazard = settings.firm_exit_per_year * settings.churn / 12
    life = np.full(F, n_months, dtype=float) if hazard == 0 else np.ceil(-np.log1p(-leave) / hazard)
    until = np.minimum(since + np.clip(life, 3, n_months), n_months).astype(np.int64)
    return since, until


def _panel(size: npt.NDArray[np.float64], settings: MarketSettings, streams: Streams) -> npt.NDArray[np.bool_]:
    # every F/n-th enterprise down the size order from a random start: all sizes are represented
    F, n = len(size), settings.firms
    start = streams.of("panel").random()
    chosen = np.argsort(-size, kind="stable")[np.floor((np.arange(n) + start) * F / n).astype(np.int64)]
    panel = np.zeros(F, dtype=bool)
    panel[chosen] = True
    return panel


def _cuts(size: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return -np.quantile(size, [0.9, 0.5])
