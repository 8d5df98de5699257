"""The dealers' spread: what firms pay or ask for metal (their own 料价) over the benchmark. A side series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.aggregate.reading import Piece, in_threads, pieces
from shuibei_index.bullion.reference import BullionReference, reference
from shuibei_index.errors import ShapeError, UsageError, did_you_mean
from shuibei_index.index.tree import METALS, Hierarchy
from shuibei_index.validation.quotes import QUOTE, at_deal

if TYPE_CHECKING:
    from shuibei_index.rules import Rules, RulesAt

Trees = Callable[[str], Hierarchy]
_TEXTS = ("enterprise_id", "period", "class_code", "trade_type", "stage", "tax_basis", "split")
_COLUMNS = (*_TEXTS, "deal_time", "metal_price", "metal_fen")
_SUMS = ["value", "paid", "n_records", "quote_value", "quote_paid", "quoted", "n_quote_records"]
#: What is withheld where too few firms are behind it.
_SHOWN = ["own_price", "spread", "spread_pct", "iqr_pct"]
_QUOTED = ["quote_own_price", "quote", "quote_spread", "quote_spread_pct"]
COLUMNS = [
    "period", "metal", "benchmark", *_SHOWN, "n_firms", "n_records", "withheld",
    *_QUOTED, "n_quote_firms", "n_quote_records",
]  # fmt: skip


@dataclass(frozen=True, repr=False)
class DealersSpread:
    """The spread of firms' own metal prices over the benchmark, by metal and month.

    Parameters
    ----------
    table : DataFrame
        period, metal, benchmark, own_price, spread (CNY per gram of pure metal, tax basis of the benchmark),
        spread_pct, iqr_pct (between firms, percentage points), n_firms, n_records, withheld (too few firms); against
        the last quote before each deal quote_own_price, quote, quote_spread, quote_spread_pct, n_quote_firms,
        n_quote_records (empty without quotes).
    firms_min : dict of str to int
        Enterprises a figure needs, by month.
    """

    table: pd.DataFrame
    firms_min: dict[str, int]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per month and metal."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """Return one row per metal: months, months withheld, mean and last spread in per cent."""
        by = self.table.groupby("metal", sort=False)
        return by.agg(
            months=("period", "size"),
            withheld=("withheld", "sum"),
            mean_spread_pct=("spread_pct", "mean"),
            last_month=("period", "max"),
            last_spread_pct=("spread_pct", "last"),
        ).reset_index()

    def plot(self, metal: str = "gold", ax: Any = None) -> Any:
        """Plot the spread of a metal with the quartiles' distance between firms; returns the axes."""
        from shuibei_index.bullion.chart import spread_chart

        there = sorted(set(self.table["metal"]))
        if metal not in there:
            raise UsageError(
                f"no spread of {metal!r}{did_you_mean(metal, there)}; there are {', '.join(there) or 'none'}",
                f"没有 {metal} 的价差；现有 {'、'.join(there) or '无'}",
            )
        return spread_chart(self, metal, ax)

    def __repr__(self) -> str:
        return f"DealersSpread: {len(self.table)} months and metals, {int(self.table['withheld'].sum())} withheld"

    def _repr_html_(self) -> str:
        return "<h4>料价价差 Dealers' spread</h4>" + self.summary().round(4).to_html(index=False)


def spread(
    accepted: object,
    metal_prices: BullionReference | pd.DataFrame,
    *,
    rules: Rules | RulesAt,
    tree: Trees | None = None,
    stage: str | None = None,
) -> DealersSpread:
    """Compare firms' own metal prices with the benchmark of the month, and with the last quote before each deal.

    Parameters
    ----------
    accepted : Table, DataFrame, path or list of these
        Accepted records. Used are sales whose metal, charge and stones are all stated (split = "stated"), of classes
        priced by the gram of a metal.
    metal_prices : BullionReference or DataFrame
        The reference, or a table it is made of (`reference`).
    rules : Rules or RulesAt
        benchmark_tax_basis, vat_rate, spread_firms_min.
    tree : function of a month, optional
        The classification in force. Default: the packaged one.
    stage : {"wholesale", "retail"}, optional

    Returns
    -------
    DealersSpread

    Raises
    ------
    ShapeError
        The records lack a column, as those of versions that did not split prices do.

    Notes
    -----
    P = Σ v p / Σ v with p the own metal price per gram of pure metal in the tax basis of the benchmark and v the
    record's metal value; spread = P − B in CNY per gram, 100 (P/B − 1) in per cent, with B the chosen series' own price
    (not spliced). The quartiles are of the firms' spreads, each firm one voice. Decision 0246.
    """
    found = metal_prices if isinstance(metal_prices, BullionReference) else reference(metal_prices, rules)
    work = partial(_sums_of, table=found.table, rules=rules, tree=tree or Hierarchy.load, stage=stage)
    firms = pd.concat(list(in_threads(work, pieces(accepted))), ignore_index=True)
    keys = ["period", "metal", "enterprise_id"]
    firms = firms.groupby(keys, sort=True)[_SUMS].sum().reset_index()
    own = found.series.set_index(["period", "metal"])["own_cny_per_gram"]
    firms["benchmark"] = own.reindex(pd.MultiIndex.from_frame(firms[keys[:2]])).to_numpy()
    months = firms["period"].unique()
    least = {m: int(rules.at(m)["spread_firms_min"]) for m in months}
    return DealersSpread(_table(firms, least), least)


def _sums_of(piece: Piece, table: pd.DataFrame, rules: Rules | RulesAt, tree: Trees, stage: str | None) -> pd.DataFrame:
    parts = [_sums(records, table, rules, tree, stage) for records in piece.read(_COLUMNS)]
    return pd.concat(parts, ignore_index=True)


def _sums(
    records: pa.Table, table: pd.DataFrame, rules: Rules | RulesAt, tree: Trees, stage: str | None
) -> pd.DataFrame:
    missing = [name for name in _COLUMNS if name not in records.column_names]
    if missing:
        raise ShapeError(
            f"accepted records have no column {', '.join(missing)}; take them in again with this version",
            f"已接受记录缺少列 {'、'.join(missing)}；请用当前版本重新收表",
        )
    wanted = pc.and_(_is(records, "split", "stated"), _is(records, "trade_type", "sale"))
    if stage is not None:
        wanted = pc.and_(wanted, _is(records, "stage", stage))
    for name in ("metal_price", "metal_fen"):
        wanted = pc.and_(wanted, pc.fill_null(pc.greater(records[name], 0), fill_value=False))
    records = records.filter(wanted)
    frame = records.select(["enterprise_id", "period", "class_code", "tax_basis"]).to_pandas()
    frame = frame.astype(dict.fromkeys(frame.columns, object))
    metal, factor = _by_month(frame, rules, tree)
    price = records["metal_price"].to_numpy() * factor
    value = records["metal_fen"].to_numpy() / 100.0
    time = records["deal_time"].combine_chunks()
    time = pa.concat_arrays(time.chunks) if isinstance(time, pa.ChunkedArray) else time
    deal = at_deal(table, metal, time)
    timed = deal.level == QUOTE
    of = pd.DataFrame(
        {
            "period": frame["period"].to_numpy(),
            "metal": np.array([*METALS, ""], dtype=object)[metal],
            "enterprise_id": frame["enterprise_id"].to_numpy(),
            "value": value,
            "paid": value * price,
            "n_records": 1,
            "quote_value": np.where(timed, value, 0.0),
            "quote_paid": np.where(timed, value * price, 0.0),
            "quoted": np.where(timed, value * deal.price, 0.0),
            "n_quote_records": timed.astype(np.int64),
        }
    )
    return of[of["metal"] != ""].groupby(["period", "metal", "enterprise_id"], sort=True)[_SUMS].sum().reset_index()


def _is(records: pa.Table, column: str, word: str) -> pa.ChunkedArray:
    return pc.fill_null(pc.equal(records[column].cast(pa.string()), word), fill_value=False)


def _by_month(frame: pd.DataFrame, rules: Rules | RulesAt, tree: Trees) -> tuple[Any, Any]:
    """Return the metal of each record's class (position in METALS, −1 = none) and the step to the benchmark's basis."""
    metal, factor = np.full(len(frame), -1, dtype=np.int8), np.ones(len(frame))
    incl = (frame["tax_basis"] == "incl").to_numpy()
    for month, rows in frame.groupby("period", sort=True).indices.items():
        at, now = rules.at(str(month)), tree(str(month))
        units, metals = now.column("unit"), now.column("metal")
        place = {code: METALS.index(name) for code, name in metals.items() if name in METALS and units.get(code) == "g"}
        metal[rows] = frame["class_code"].iloc[rows].map(place).fillna(-1).to_numpy(np.int8)
        vat = 1.0 + float(at["vat_rate"]) / 100.0
        wanted = at["benchmark_tax_basis"] == "incl"
        factor[rows] = np.where(incl[rows] == wanted, 1.0, vat if wanted else 1.0 / vat)
    return metal, factor


def _table(firms: pd.DataFrame, least: dict[str, int]) -> pd.DataFrame:
    keys = ["period", "metal"]
    firms["pct"] = 100.0 * (firms["paid"] / firms["value"] / firms["benchmark"] - 1.0)
    firms["has_quote"] = firms["n_quote_records"] > 0
    by = firms.groupby(keys, sort=True)
    table = by[_SUMS].sum().join(by["benchmark"].first())
    table["n_firms"], table["n_quote_firms"] = by.size(), by["has_quote"].sum()
    table["iqr_pct"] = by["pct"].quantile(0.75) - by["pct"].quantile(0.25)
    table = table.reset_index()
    table["own_price"] = table["paid"] / table["value"]
    weight = table["quote_value"].where(table["quote_value"] > 0)
    table["quote_own_price"], table["quote"] = table["quote_paid"] / weight, table["quoted"] / weight
    for own, against, name in (
        ("own_price", "benchmark", "spread"),
        ("quote_own_price", "quote", "quote_spread"),
    ):
        table[name] = table[own] - table[against]
        table[f"{name}_pct"] = 100.0 * (table[own] / table[against] - 1.0)
    needed = table["period"].map(least)
    table["withheld"] = (table["n_firms"] < needed).to_numpy(dtype=bool)
    table.loc[table["withheld"], _SHOWN] = np.nan
    table.loc[(table["n_quote_firms"] < needed).to_numpy(dtype=bool), _QUOTED] = np.nan
    return table[COLUMNS]
