"""Adjustments: items whose metal content changed in a month, what was taken out, and what that does to the index."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.checks import Checks
from shuibei_index.index.compilation.series import IndexSeries
from shuibei_index.index.components.unit_parts import UnitParts
from shuibei_index.index.replacing.panel import content_scales, first_of_successor
from shuibei_index.index.upkeep.effects import MonthEffects, position
from shuibei_index.index.upkeep.wording import figures, percentages, signed

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ADJUSTMENT_COLUMNS: tuple[str, ...] = (
    "period", "class_code", "enterprise_id", "item_id", "method", "n_items", "reference_period", "net_before", "net",
    "fineness_before", "fineness", "factor", "price_before", "price_before_adjusted", "price", "effect_class_pp",
    "effect_pp", "text_zh", "text_en",
)  # fmt: skip
#: ln of a quality up to which it is rounding, as in `components.content`.
_ROUNDING = 1e-12


def adjustments(series: IndexSeries, month: str, *, checks: Checks | None = None) -> pd.DataFrame:
    """Return the changes of metal content that were taken out of a month's prices. For the index team only.

    Parameters
    ----------
    series : IndexSeries
        Made by `compile_index`.
    month : str
    checks : Checks, optional
        The texts.

    Returns
    -------
    DataFrame
        One row per item whose net or pure metal in a pricing unit changed by more than the rule
        upkeep_content_tolerance (method "content"), and one per class for all others together (method
        "content_small", no enterprise nor item, n_items of them). reference_period is the month of the earlier price;
        net in grams per pricing unit, fineness in ‰; factor = price_before_adjusted / price_before, the earlier
        price (CNY per unit; carried if the item was absent) at the later content and as it was. effect_class_pp and
        effect_pp are the percentage points by which the month's change of the class and of the headline differs from
        that without the adjustment of this row, all others in place. Largest first.

    Raises
    ------
    UsageError
        No such month, or a series not made by `compile_index`.

    Notes
    -----
    Exact: the cell's formula with ln(p1/p0) in place of ln(p1/p0'), carried up with the weights of the month. Source:
    decisions 0230 and 0251.
    """
    t, run = position(series, month), series.own_products().run
    inputs = run.inputs
    parts = inputs.priced[1]
    quality = inputs.pairs.observed.log_quality
    if parts is None or quality is None or t == 0 or not inputs.adjusts[t]:
        return pd.DataFrame(columns=list(ADJUSTMENT_COLUMNS))
    effects = MonthEffects.of(series, month)
    pairs = effects.pairs
    step = quality[pairs.after] - quality[pairs.before]
    # what takes the place of another item is told as a replacement
    taken = first_of_successor(inputs, pairs.after)
    rows = np.flatnonzero((np.abs(step) > _ROUNDING) & effects.unbroken & ~taken)
    tolerance = float(inputs.rules.at(month)["upkeep_content_tolerance"])
    large = _changed(parts, pairs.before[rows], pairs.after[rows]) > tolerance
    texts = Checks.load() if checks is None else checks
    each = _each(effects, rows[large], step, parts, texts)
    rest = _together(effects, rows[~large], step, texts, tolerance)
    frame = pd.concat([f for f in (each, rest) if len(f)] or [each], ignore_index=True)
    frame.insert(0, "period", month)
    order = np.lexsort(
        (frame["item_id"], frame["enterprise_id"], frame["class_code"], -frame["effect_class_pp"].abs(),
         -frame["effect_pp"].abs())
    )  # fmt: skip
    return frame.iloc[order][list(ADJUSTMENT_COLUMNS)].reset_index(drop=True)


def _each(effects: MonthEffects, rows: Ints, step: Floats, parts: UnitParts, checks: Checks) -> pd.DataFrame:
    """Return the rows of single items."""
    pairs, inputs = effects.pairs, effects.run.inputs
    whole, before, after = inputs.pairs, pairs.before[rows], pairs.after[rows]
    cell = pairs.cell[rows]
    link = effects.links(rows, np.arange(len(rows)), cell, step[rows])
    of_class, of_headline = effects.points(cell, link)
    source = before if whole.source is None else whole.source[before]
    frame = inputs.panel.items.iloc[pairs.item[rows]][["class_code", "enterprise_id", "item_id"]]
    frame = frame.reset_index(drop=True).assign(method="content", n_items=1)
    frame["reference_period"] = np.array(inputs.panel.months, dtype=object)[inputs.observed.month[source]]
    scales = content_scales(inputs)
    for side, at in (("_before", before), ("", after)):
        net, pure = (
            (parts.net[at], parts.pure[at])
            if scales is None
            else (parts.net[at] / scales[0][at], parts.pure[at] / scales[1][at])
        )
        frame[f"net{side}"] = net
        frame[f"fineness{side}"] = pure / np.where(net > 0, net, np.nan)
    frame["factor"] = np.exp(step[rows])
    frame["price_before"] = whole.observed.price[before]
    frame["price_before_adjusted"] = frame["price_before"] * frame["factor"]
    frame["price"] = whole.observed.price[after]
    frame["effect_class_pp"], frame["effect_pp"] = of_class, of_headline
    names = ("net_before", "net", "fineness_before", "fineness", "price_before")
    stated: dict[str, Any] = {name: figures(frame[name]) for name in names}
    shown = checks.find(
        "upkeep_content",
        **stated,
        price_adjusted=figures(frame["price_before_adjusted"]),
        effect_class=signed(of_class),
        effect=signed(of_headline),
    )
    return frame.assign(text_zh=shown["message_zh"].to_numpy(), text_en=shown["message_en"].to_numpy())


def _together(effects: MonthEffects, rows: Ints, step: Floats, checks: Checks, tolerance: float) -> pd.DataFrame:
    """Return one row a class for the items below the tolerance."""
    cell, candidate = np.unique(effects.pairs.cell[rows], return_inverse=True)
    link = effects.links(rows, candidate.astype(np.int64), cell, step[rows])
    of_class, of_headline = effects.points(cell, link)
    number = np.bincount(candidate, minlength=len(cell))
    codes = np.array(effects.run.inputs.words, dtype=object)[cell]
    frame = pd.DataFrame({"class_code": codes, "enterprise_id": "", "item_id": "", "method": "content_small"})
    frame["n_items"], frame["reference_period"] = number, ""
    empty = ("net_before", "net", "fineness_before", "fineness", "factor", "price_before", "price_before_adjusted")
    frame = frame.assign(**dict.fromkeys((*empty, "price"), np.nan))
    frame["effect_class_pp"], frame["effect_pp"] = of_class, of_headline
    shown = checks.find(
        "upkeep_content_small",
        n=number.astype(str).astype(object),
        tolerance=percentages(np.full(len(cell), tolerance)),
        effect_class=signed(of_class),
        effect=signed(of_headline),
    )
    return frame.assign(text_zh=shown["message_zh"].to_numpy(), text_en=shown["message_en"].to_numpy())


def _changed(parts: UnitParts, before: Ints, after: Ints) -> Floats:
    """Return by how much net or pure metal in a unit changed, whichever more, shape (Q,)."""
    changes = []
    for content in (parts.net, parts.pure):
        old, new = content[before], content[after]
        known = (old > 0) & (new > 0)
        changes.append(np.where(known, np.abs(new / np.where(known, old, 1.0) - 1.0), 0.0))
    return np.maximum(*changes)
