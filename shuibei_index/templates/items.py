"""Items: what a firm reported in recent months, from its accepted records: its own list and the last figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index import months
from shuibei_index.rules import RulesAt

#: What describes an item and is filled in for its firm, as far as it was the same in the item's last line.
TRAITS: tuple[str, ...] = (
    "class_code",
    "trade_type",
    "stage",
    "fineness",
    "tax_basis",
    "charge_basis",
    "stone_type",
    "stone_colour",
    "stone_clarity",
    "stone_cut",
)
#: The figures of an item's last month, for comparison: sums of its lines, and what its last line said.
SUMS: tuple[str, ...] = ("pieces", "weight_mg", "net_weight_mg", "amount_reported_fen", "stone_amount_fen")
LAST: tuple[str, ...] = ("metal_price", "making_charge", "loss_rate")
_DEALS = ("sale", "toll")
_KEY = ["enterprise_id", "item_id"]


def item_window(month: str, rules: RulesAt) -> tuple[str, str]:
    """Return the first and last month whose records make the items of a form for `month`.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> item_window("2025-06", Rules.load().at("2025-06"))
    ('2024-12', '2025-05')
    """
    return months.shift(month, -int(rules["form_item_months"])), months.shift(month, -1)


def own_items(records: pa.Table | Sequence[pa.Table], *, month: str, rules: RulesAt) -> pd.DataFrame:
    """Return the items of every firm with their traits and the figures of the last month they were sold.

    Parameters
    ----------
    records : pyarrow.Table, or several
        Accepted records (`intake.schema.RECORD`); months outside the window of the rules are left out.
    month : str
        The month of the form.
    rules : RulesAt

    Returns
    -------
    DataFrame
        One row per firm and item, sorted by firm, class, item: enterprise_id, item_id, `TRAITS`, last_period, lines,
        `SUMS` (of the item's last month), `LAST` (of its last line). Sales and toll work only: a trade-in or a
        return makes no item.
    """
    tables = [records] if isinstance(records, pa.Table) else list(records)
    first, last = item_window(month, rules)
    names = [*_KEY, "period", "line_no", *TRAITS, *SUMS, *LAST]
    parts = [_within(table.select(names), first, last) for table in tables]
    frame = pa.concat_tables(parts).to_pandas() if parts else pd.DataFrame(columns=names)
    frame = frame.sort_values([*_KEY, "period", "line_no"], kind="stable", ignore_index=True)
    newest = frame.groupby(_KEY, sort=False)["period"].transform("max") if len(frame) else frame["period"]
    frame = frame[frame["period"] == newest]
    groups = frame.groupby(_KEY, sort=True)
    ends = frame[~frame.duplicated(_KEY, keep="last")].set_index(_KEY)
    sums = groups[list(SUMS)].sum(min_count=1)
    joined = ends[[*TRAITS, "period", *LAST]].join(sums).join(groups.size().rename("lines"))
    joined = joined.rename(columns={"period": "last_period"}).reset_index()
    columns = [*_KEY, *TRAITS, "last_period", "lines", *SUMS, *LAST]
    return joined.sort_values(["enterprise_id", "class_code", "item_id"], kind="stable", ignore_index=True)[columns]


def of_firm(items: pd.DataFrame, enterprise_id: str) -> pd.DataFrame:
    """Return one firm's items of a table that is sorted by firm."""
    start, end = np.searchsorted(items["enterprise_id"].to_numpy(dtype=object), [enterprise_id, enterprise_id + "\0"])
    return items.iloc[int(start) : int(end)].reset_index(drop=True)


def _within(table: pa.Table, first: str, last: str) -> pa.Table:
    period = table["period"].cast(pa.string())
    chosen = pc.and_(pc.greater_equal(period, first), pc.less_equal(period, last))
    chosen = pc.and_(chosen, pc.is_in(table["trade_type"].cast(pa.string()), value_set=pa.array(_DEALS)))
    return _texts(table.filter(chosen))


def _texts(table: pa.Table) -> pa.Table:
    # dictionaries of different files would not concatenate into one category
    fields = [pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in table.schema]
    return table.cast(pa.schema(fields))
