"""Inputs: what a compiled index is made of, as cells of turnover and as additive figures that are published."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from shuibei_index.aggregate.panel import PricePanel
from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.disclosure.protecting import protect
from shuibei_index.disclosure.protection import Protection


def turnover_cells(panel: PricePanel) -> pd.DataFrame:
    """Return the turnover of every enterprise by month, class and component.

    Parameters
    ----------
    panel : PricePanel

    Returns
    -------
    DataFrame
        period, class_code, component, enterprise_id, turnover (CNY), as `protect` takes them. Without parts of prices
        the component is total.
    """
    keys = panel.items.iloc[panel.item][["class_code", "enterprise_id"]].reset_index(drop=True)
    keys.insert(0, "period", np.array(panel.months, dtype=object)[panel.month])
    # as the shares of components.csv: what is not split of the turnover, never below 0
    rest = np.maximum(panel.amount_fen, 0)
    if panel.parts is None:
        return keys.assign(component="total", turnover=rest / 100.0)
    parts = [panel.parts.metal_fen, panel.parts.making_fen, panel.parts.stone_fen]
    parts.append(np.maximum(rest - sum(parts), 0))
    frames = [keys.assign(component=name, turnover=fen / 100.0) for name, fen in zip(COMPONENTS, parts, strict=True)]
    whole = pd.concat(frames, ignore_index=True)
    return whole[whole["turnover"] != 0.0].reset_index(drop=True)


def index_values(series: Any) -> pd.DataFrame:
    """Return what an index publishes that adds up over the tree: weight × relative in each month, and the weights.

    Parameters
    ----------
    series : IndexSeries

    Returns
    -------
    DataFrame
        period, class_code, component, measure ("value": price-updated weight × index relative to the link month;
        "weight": the weights of a year, at its first month; "link": the same at the link month), value.
    """
    frames = []
    for segment in series.segments:
        codes = np.array(segment.tree.codes, dtype=object)
        inside = segment.tree.in_headline
        labels = [series.months[t] for t in segment.span.months]
        if not labels:
            continue
        worth = segment.weight * segment.relative
        named = [("value", month, worth[1 + row]) for row, month in enumerate(labels)]
        # the weights of a year are published for it, and withheld with the link month before it
        named += [("weight", labels[0], segment.weight), ("link", series.months[segment.span.link], segment.weight)]
        for measure, month, value in named:
            frame = pd.DataFrame({"class_code": codes[inside], "value": np.nan_to_num(value[inside])})
            frames.append(frame.assign(period=month, component="total", measure=measure))
    columns = ["period", "class_code", "component", "measure", "value"]
    # a series of a single month is all link month: it has no relative yet
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def protect_series(
    series: Any, panel_firms: pd.DataFrame | None = None, *, previous: pd.DataFrame | None = None, strict: bool = True
) -> Protection:
    """Protect a compiled index: turnover behind it, weight × relative, weights, with one pattern.

    Parameters
    ----------
    series : IndexSeries
        From `compile_index`: it carries its panel, trees and rules.
    panel_firms : DataFrame, optional
        panel.csv: enterprises of one `group` are one respondent.
    previous : DataFrame, optional
        `Protection.pattern` of the release before.
    strict : bool
        As in `protect`.
    """
    inputs = series.own_products().run.inputs
    trees = {inputs.panel.months[0]: inputs.trees[0]}
    for span, tree in zip(inputs.spans, inputs.trees, strict=True):
        trees |= {inputs.panel.months[t]: tree for t in span.months}
    return protect(
        turnover_cells(inputs.panel),
        lambda month: trees[month],
        inputs.rules,
        groups=panel_firms,
        values=index_values(series),
        previous=previous,
        strict=strict,
    )
