"""Every number the simulated market is made with, with its unit, in one place."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.simulation.mistake_names import KINDS, LINE_KINDS

FORMATS = ("xlsx", "csv", "parquet")


@dataclass(frozen=True)
class MarketSettings:
    """Parameters of a simulated market. None of them is a fact about Shuibei: see methodology/simulator.md.

    Parameters
    ----------
    firms
        Enterprises in the reporting panel.
    sampled
        Share of the market's enterprises that are in the panel (0 to 1]; the truth covers the whole market.
    items_per_firm
        Item places of an enterprise; a place holds one item after another when items are replaced.
    lines_per_item
        Mean transaction lines of an item in a month (at least 1).
    mistakes
        Share of reported lines that carry one reporting mistake.
    kinds
        Which mistakes there are. Without one, the others stay where they are. The two added kinds come on top of the
        share: "charge_doubled" befalls a fourteenth of it of the other lines, "last_month_copied" see `copied`.
    copied
        Share of firm-months in which an enterprise sends last month's lines again, if `kinds` has "last_month_copied"
        and `mistakes` is above 0.
    noise
        Scale of idiosyncratic price movement (deal time, item, line); 0 = none.
    churn
        Scale of entry and exit of firms and items and of months without a sale; 0 = none.
    drift
        Scale of the loss of metal weight inside items sold by the piece (轻量化); 0 = none.
    response, late
        Share of firm-months that report at all; share of files that arrive in the next month's folder.
    formats
        File formats enterprises send: a selection of xlsx, csv, parquet.
    tax_basis
        Tax basis of the workspace ("incl" or "excl") in which weights and truth are computed.
    stage
        Trade stage of the workspace.
    """

    firms: int = 40
    sampled: float = 0.5
    items_per_firm: int = 16
    lines_per_item: float = 1.5
    mistakes: float = 0.02
    kinds: tuple[str, ...] = tuple(LINE_KINDS)
    copied: float = 0.02
    noise: float = 1.0
    churn: float = 1.0
    drift: float = 1.0
    response: float = 0.97
    late: float = 0.02
    formats: tuple[str, ...] = FORMATS
    tax_basis: str = "incl"
    stage: str = "wholesale"

    # --- firms
    #: CNY a month before tax at the start: median turnover of an enterprise, and the spread of its logarithm
    firm_turnover: float = 6_000_000.0
    firm_turnover_log_sd: float = 1.1
    #: share of very large enterprises, and how many times the median they sell
    large_firm_share: float = 0.06
    large_firm_factor: float = 12.0
    #: share of enterprises that report before tax (不含税)
    excl_share: float = 0.3
    #: log standard deviation of an enterprise's level of charges
    firm_charge_log_sd: float = 0.12
    #: share of an enterprise's item places taken by its own line of trade
    speciality_share: float = 0.6
    #: yearly probability (× churn) that an enterprise leaves; that one of the final market was not yet there
    firm_exit_per_year: float = 0.03
    firm_entry_per_year: float = 0.03

    # --- items
    #: mean life of an item in months at churn 1; shortest life in months
    item_life_months: float = 36.0
    item_life_min_months: int = 6
    #: log mean and log standard deviation of a replacement's charge and stone level on its predecessor's
    new_item_log_mean: float = 0.12
    new_item_log_sd: float = 0.30
    #: log standard deviation of items' popularity, of their base charge, weight and stone price
    item_turnover_log_sd: float = 0.6
    item_charge_log_sd: float = 0.35
    item_weight_log_sd: float = 0.45
    item_stone_log_sd: float = 0.5
    #: share (× churn) of item-months without any sale
    no_sale_share: float = 0.04
    #: loss of metal weight a year, highest value, of items sold by the piece (× drift)
    drift_per_year_max: float = 0.05

    # --- prices
    #: log standard deviation (× noise): day within the month, common to the market; deal on the day
    day_log_sd: float = 0.008
    deal_log_sd: float = 0.003
    #: log standard deviation a month (× noise) and persistence of an item's own charge and stone price
    item_price_log_sd: float = 0.03
    item_price_persistence: float = 0.8
    #: log standard deviation (× noise) of charges and stone prices between the lines of an item in a month
    line_price_log_sd: float = 0.01
    #: log standard deviation a month of the common path of each class's charges and of its stone prices
    class_charge_log_sd: float = 0.006
    class_stone_log_sd: float = 0.010
    #: market-wide changes of all making charges: (month, log change from that month on), e.g. (("2024-06", -0.05),)
    charge_steps: tuple[tuple[str, float], ...] = ()

    # --- volumes
    #: own-price elasticity of quantities; trend of quantities a year (log)
    elasticity: float = 0.5
    volume_trend: float = 0.02
    #: log standard deviation of an item-month's and of a line's quantity
    item_volume_log_sd: float = 0.20
    line_volume_log_sd: float = 0.30

    # --- seasons (log effects)
    #: ordinary seasonality of volumes and of charges: January … December, each sums to 0
    volume_season: tuple[float, ...] = (0.04, -0.02, -0.03, -0.05, 0.08, -0.04, -0.08, -0.03, 0.02, 0.10, -0.02, 0.03)
    charge_season: tuple[float, ...] = (
        0.004,
        0.000,
        -0.004,
        -0.006,
        0.004,
        -0.004,
        -0.008,
        -0.004,
        0.002,
        0.008,
        0.002,
        0.006,
    )
    #: days before the Spring Festival that lift, and from it on that depress, trade
    festival_days_before: int = 20
    festival_days_after: int = 14
    #: log effect of a month that holds the whole of such a window
    festival_volume_before: float = 0.35
    festival_volume_after: float = -0.50
    festival_charge_before: float = 0.04
    festival_charge_after: float = -0.03

    # --- trades that are not sales
    trade_in_share: float = 0.010
    return_share: float = 0.008
    #: price of old gold taken in, as a share of the metal price
    trade_in_price: float = 0.98

    # --- metals without a table: start in CNY per gram, log standard deviation and log drift a month
    metal_start: tuple[tuple[str, float], ...] = (
        ("gold", 250.0),
        ("platinum", 280.0),
        ("palladium", 140.0),
        ("silver", 4.2),
    )
    metal_log_sd: tuple[tuple[str, float], ...] = (
        ("gold", 0.035),
        ("platinum", 0.045),
        ("palladium", 0.060),
        ("silver", 0.055),
    )
    metal_log_drift: float = 0.003

    def __post_init__(self) -> None:
        """Refuse values outside what they mean."""
        shares = (
            "mistakes", "copied", "response", "late", "excl_share", "speciality_share", "trade_in_share",
            "return_share",
        )  # fmt: skip
        for name in shares:
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name} is {getattr(self, name)!r}; expected a share from 0 to 1")
        for name in ("noise", "churn", "drift"):
            if not getattr(self, name) >= 0:
                raise UsageError(f"{name} is {getattr(self, name)!r}; expected a scale of 0 (none) or more")
        if not 0 < self.sampled <= 1:
            raise UsageError(
                f"sampled is {self.sampled!r}; expected a share above 0, up to 1 (the panel is the market)"
            )
        for name in ("firms", "items_per_firm"):
            if not (isinstance(getattr(self, name), int) and getattr(self, name) >= 1):
                raise UsageError(f"{name} is {getattr(self, name)!r}; expected a whole number of at least 1")
        if not self.lines_per_item >= 1:
            raise UsageError(f"lines_per_item is {self.lines_per_item!r}; expected 1 or more")
        for name in self.kinds:
            if name not in KINDS:
                raise UsageError(f"kind {name!r} is unknown{did_you_mean(name, KINDS)}; expected {', '.join(KINDS)}")
        for name in self.formats:
            if name not in FORMATS:
                raise UsageError(
                    f"format {name!r} is unknown{did_you_mean(name, FORMATS)}; expected {', '.join(FORMATS)}"
                )
        if not self.formats:
            raise UsageError(f"formats is empty; expected some of {', '.join(FORMATS)}")
        if self.tax_basis not in ("incl", "excl"):
            raise UsageError(f"tax_basis is {self.tax_basis!r}; expected 'incl' or 'excl'")
        if self.stage not in ("wholesale", "retail"):
            raise UsageError(f"stage is {self.stage!r}; expected 'wholesale' or 'retail'")

    @property
    def market_firms(self) -> int:
        """Enterprises in the whole market."""
        return max(self.firms, round(self.firms / self.sampled))

    def replace(self, **changes: object) -> MarketSettings:
        """Return settings with some values changed; unknown names are refused."""
        known = [f.name for f in dataclasses.fields(self)]
        for name in changes:
            if name not in known:
                raise UsageError(f"unknown setting {name!r}{did_you_mean(name, known)}")
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]
