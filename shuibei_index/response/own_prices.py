"""Own prices: each firm's own index of matched items by class, and its making charge per gram."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index import months as month_names
from shuibei_index.aggregate import PricePanel
from shuibei_index.rules import RulesAt

Floats = npt.NDArray[np.float64]


def window(month: str, rules: RulesAt) -> list[str]:
    """Return the months a scorecard looks back on, the month itself last.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> window("2025-06", Rules.load().at("2025-06"))[0]
    '2024-06'
    """
    count = int(rules["scorecard_months"])
    return [month_names.shift(month, step - count + 1) for step in range(count)]


def own_links(panel: PricePanel, months: list[str]) -> pd.DataFrame:
    """Return the change of each firm's own prices by class and month.

    Parameters
    ----------
    panel : PricePanel
    months : list of str
        Consecutive; the first has no change.

    Returns
    -------
    DataFrame
        enterprise_id, class_code, period, link (price ratio to the month before), items (priced in both months), value
        (CNY, of these items in both months together).

    Notes
    -----
    Törnqvist over the firm's items priced in both months: weights are the mean of the item's shares in the firm's
    turnover of the matched items in either month.
    """
    N = len(panel.items)
    first, last = (month_names.ordinal(m) - month_names.ordinal(panel.months[0]) for m in (months[0], months[-1]))
    key = panel.month * N + panel.item
    now = np.flatnonzero((panel.month > first) & (panel.month <= last) & ~np.isnan(panel.price))
    at = np.searchsorted(key, key[now] - N)
    matched = (at < len(key)) & (key[np.minimum(at, len(key) - 1)] == key[now] - N)
    now, before = now[matched], at[matched]
    good = ~np.isnan(panel.price[before])
    now, before = now[good], before[good]
    item = panel.item[now]
    group, labels = pd.factorize(
        pd.MultiIndex.from_arrays(
            [
                panel.items["enterprise_id"].to_numpy()[item],
                panel.items["class_code"].to_numpy()[item],
                panel.month[now],
            ]
        )
    )
    G = len(labels)
    value0, value1 = panel.amount_fen[before].astype(float), panel.amount_fen[now].astype(float)
    sum0, sum1 = (np.bincount(group, weights=v, minlength=G) for v in (value0, value1))
    weight = 0.5 * (value0 / sum0[group] + value1 / sum1[group])
    logs = np.bincount(group, weights=weight * np.log(panel.price[now] / panel.price[before]), minlength=G)
    frame = pd.DataFrame(list(labels), columns=["enterprise_id", "class_code", "t"])
    frame["period"] = np.array(panel.months, dtype=object)[frame["t"].to_numpy(dtype=np.int64)]
    frame["link"], frame["items"] = np.exp(logs), np.bincount(group, minlength=G)
    frame["value"] = (sum0 + sum1) / 100.0
    return frame.drop(columns="t").sort_values(["enterprise_id", "class_code", "period"], ignore_index=True)


def own_path(links: pd.Series, months: list[str]) -> Floats:
    """Return the chained index over the months that ends in the last one, its first month = 100; NaN before it.

    Parameters
    ----------
    links : Series
        Price ratios by period.
    months : list of str
        A month without a link breaks the chain: it starts after the last break.
    """
    link = links.reindex(months).to_numpy(dtype=float)
    gaps = np.flatnonzero(np.isnan(link))
    start = int(gaps[-1]) if gaps.size else 0
    path = np.full(len(months), np.nan)
    if start == len(months) - 1:
        return path
    path[start] = 100.0
    path[start + 1 :] = 100.0 * np.cumprod(link[start + 1 :])
    return path


def turnover_of(panel: PricePanel, months: list[str]) -> pd.DataFrame:
    """Return enterprise_id, class_code, period, value (CNY), items: what each firm sold in some months."""
    known = [m for m in months if m in panel.months]
    at = np.isin(panel.month, [panel.months.index(m) for m in known])
    frame = panel.items.iloc[panel.item[at]][["enterprise_id", "class_code"]].reset_index(drop=True)
    frame["period"] = np.array(panel.months, dtype=object)[panel.month[at]]
    frame["value"], frame["items"] = panel.amount_fen[at] / 100.0, 1
    return frame.groupby(["enterprise_id", "class_code", "period"], as_index=False)[["value", "items"]].sum()


def charges_per_gram(accepted: pa.Table) -> pd.DataFrame:
    """Return the making charge per gram of net metal of each firm and class, weighted by grams.

    Parameters
    ----------
    accepted : Table
        Accepted records of a month, schema `intake.schema.RECORD`.

    Returns
    -------
    DataFrame
        enterprise_id, class_code, charge (CNY per gram, in the tax basis of the index), grams. Only sales and toll work
        whose charge is per gram or per piece: a percentage of the metal moves with the metal price and is no level.
    """
    names = ["enterprise_id", "class_code", "charge_basis", "trade_type", "making_charge", "net_weight_mg", "pieces",
             "weight_mg", "amount_fen", "amount_reported_fen"]  # fmt: skip
    table = accepted.select(names)
    # contract §3: an empty net weight is the weight
    net = pc.coalesce(table["net_weight_mg"], table["weight_mg"])
    table = table.set_column(table.schema.get_field_index("net_weight_mg"), "net_weight_mg", net)
    texts = {n: table[n].cast(pa.string()) for n in names[:4]}
    usable = _all(
        pc.is_in(texts["charge_basis"], pa.array(["per_gram", "per_piece"])),
        pc.is_in(texts["trade_type"], pa.array(["sale", "toll"])),
        pc.is_valid(table["making_charge"]),
        pc.fill_null(pc.greater(table["net_weight_mg"], 0), False),
        pc.greater(table["amount_reported_fen"], 0),
    )
    lines = table.filter(usable)
    grams = lines["net_weight_mg"].to_numpy() / 1000.0
    per_gram = pc.equal(lines["charge_basis"].cast(pa.string()), "per_gram").to_numpy()
    pieces = pc.fill_null(lines["pieces"], 1).to_numpy()
    # amounts were brought to the tax basis of the index, charges were not: they take the same factor
    basis = lines["amount_fen"].to_numpy() / lines["amount_reported_fen"].to_numpy()
    frame = pd.DataFrame(
        {
            "enterprise_id": lines["enterprise_id"].cast(pa.string()).to_pandas().astype(object),
            "class_code": lines["class_code"].cast(pa.string()).to_pandas().astype(object),
            "total": lines["making_charge"].to_numpy() * np.where(per_gram, grams, pieces) * basis,
            "grams": grams,
        }
    )
    sums = frame.groupby(["enterprise_id", "class_code"], as_index=False)[["total", "grams"]].sum()
    return sums.assign(charge=sums["total"] / sums["grams"]).drop(columns="total")


def _all(*masks: pa.ChunkedArray) -> pa.ChunkedArray:
    result = masks[0]
    for mask in masks[1:]:
        result = pc.and_(result, mask)
    return result
