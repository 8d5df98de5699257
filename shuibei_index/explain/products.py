"""Products: what each item of each enterprise adds to a change, its prices and their parts. For the index team only."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.explain.classes import PARTS
from shuibei_index.explain.effects import NOISE, PAIRS, Effects
from shuibei_index.explain.pairs import PairEffects, observed_parts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_KEYS = ["enterprise_id", "item_id", "class_code"]


def product_table(effects: Effects) -> pd.DataFrame:
    """Return what every product adds to a change.

    Returns
    -------
    DataFrame
        enterprise_id, item_id, class_code; `cause`, that of its largest points, and whether it was `absent` or
        `returned` in the span or its content `adjusted`; price_before, price (CNY per unit, reported; empty where not
        sold) and their parts metal_before, metal, …; weight_share, the product's share of the class's value in the
        month before its last price of the span; metal_pp, making_pp, stone_pp, unsplit_pp, points_pp; neutral_pp, what
        the change of content would have added. Largest first. Rows without enterprise and item are classes that
        moved with the class above (cause above) and the changes of weights: with them the points add up.
    """
    change, mine = effects.change, effects.inside[effects.pairs.cell]
    pairs = effects.pairs.take(mine)
    panel = change.series.own_products().run.inputs.panel
    touched, row = np.unique(pairs.item, return_inverse=True)
    number = len(touched)
    added, neutral = effects.points[mine], effects.neutral[mine]
    points = _sums(row, added, number)
    by_cause = np.stack(
        [np.bincount(row, (effects.cause[mine] == c) * added.sum(axis=1), number) for c in range(len(PAIRS))], axis=1
    )
    frame = panel.items.iloc[touched][_KEYS].reset_index(drop=True)
    frame["cause"] = np.array(PAIRS, dtype=object)[np.argmax(np.abs(by_cause), axis=1)]
    for name, flag in (
        ("absent", pairs.absent),
        ("returned", pairs.returned),
        ("adjusted", np.abs(neutral).any(axis=1)),
    ):
        frame[name] = np.bincount(row, flag, number) > 0
    for side, month in (("_before", change.start), ("", change.end)):
        prices = _prices(effects, month)[touched]
        frame[f"price{side}"] = prices.sum(axis=1)
        for c, name in enumerate(COMPONENTS):
            frame[f"{name}{side}"] = prices[:, c]
    frame["weight_share"] = _weights(effects, pairs, row, number)
    frame[list(PARTS)] = points
    frame["points_pp"] = points.sum(axis=1)
    frame["neutral_pp"] = _sums(row, neutral, number).sum(axis=1)
    rest = _rest(effects)
    frame = pd.concat([frame, rest], ignore_index=True) if len(rest) else frame
    return frame.iloc[np.argsort(-frame["points_pp"].abs().to_numpy(), kind="stable")].reset_index(drop=True)


def enterprise_table(products: pd.DataFrame) -> pd.DataFrame:
    """Return what every enterprise adds, from `product_table`: enterprise_id, n_items, parts, points_pp, neutral_pp."""
    sums = [*PARTS, "points_pp", "neutral_pp"]
    by = products.groupby("enterprise_id", sort=True)
    frame = by[sums].sum().reset_index()
    frame.insert(1, "n_items", by["item_id"].agg(lambda ids: int((ids != "").sum())).to_numpy())
    return frame.iloc[np.argsort(-frame["points_pp"].abs().to_numpy(), kind="stable")].reset_index(drop=True)


def _sums(row: Ints, values: Floats, number: int) -> Floats:
    return np.stack([np.bincount(row, values[:, c], number) for c in range(values.shape[1])], axis=1)


def _prices(effects: Effects, month: int) -> Floats:
    """Return the parts of the reported price of every item in a month, shape (N, 4), NaN = not sold."""
    series = effects.change.series
    observed, parts = series.own_products().run.inputs.observed, observed_parts(series)
    here = np.arange(observed.starts[month], observed.starts[month + 1])
    prices = np.full((observed.n_items, len(COMPONENTS)), np.nan)
    prices[observed.item[here]] = parts.value[here]
    return prices


def _weights(effects: Effects, pairs: PairEffects, row: Ints, number: int) -> Floats:
    at = pairs.end - effects.change.start - 1
    unit = effects.paths[0].unit[at]
    value = pairs.share * effects.worth[at, pairs.cell] / np.where(unit > 0, unit, np.nan)
    weight = np.zeros(number)
    # pairs are in order of month: the last of each product stays
    weight[row] = value
    return weight


def _rest(effects: Effects) -> pd.DataFrame:
    """Return the rows that are no product's: leaves that moved with the class above, and the changes of weights."""
    change = effects.change
    codes = effects.paths[0].pieces[0].year.segment.tree.codes
    moved = np.flatnonzero(np.abs(effects.above).any(axis=1))
    rows = [("above", codes[k], effects.above[k]) for k in moved]
    whole = effects.paths[0].above.sum(axis=0)
    if np.abs(whole).any():
        rows.append(("above", change.class_code, whole))
    weights = [points for points in effects.weights.values() if np.abs(points).max() > NOISE]
    rows += [("weights", change.class_code, points) for points in weights]
    if not rows:
        return pd.DataFrame()
    frame = pd.DataFrame({"enterprise_id": "", "item_id": "", "class_code": [r[1] for r in rows]})
    frame["cause"] = [r[0] for r in rows]
    points = np.array([r[2] for r in rows]).reshape(len(rows), len(COMPONENTS))
    frame[list(PARTS)] = points
    for name in ("absent", "returned", "adjusted"):
        frame[name] = False
    return frame.assign(points_pp=points.sum(axis=1), neutral_pp=0.0, weight_share=np.nan)
