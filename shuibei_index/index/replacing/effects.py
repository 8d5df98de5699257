"""Effects: what each link does to the index in the month it is made, and what all of them do to the level."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.aggregate.panel import PricePanel
from shuibei_index.checks import Checks
from shuibei_index.index.compilation.inputs import Inputs
from shuibei_index.index.compilation.run import compile_inputs
from shuibei_index.index.compilation.series import IndexSeries
from shuibei_index.index.components.unit_parts import UnitParts
from shuibei_index.index.elementary.observations import Observations
from shuibei_index.index.replacing.links import LINK_COLUMNS, TOLD_COLUMNS
from shuibei_index.index.replacing.panel import ReplacedPanel, rows_behind
from shuibei_index.index.tree.classification import HEADLINE
from shuibei_index.index.upkeep.effects import MonthEffects
from shuibei_index.index.upkeep.wording import figures, signed

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LINKED_COLUMNS: tuple[str, ...] = (
    *LINK_COLUMNS, "status", "since", "reference_period", "price_before", "price_before_adjusted", "price",
    "effect_class_pp", "effect_pp", "text_zh", "text_en", *TOLD_COLUMNS,
)  # fmt: skip
TOTAL_COLUMNS: tuple[str, ...] = (
    "period", "class_code", "index", "index_without", "effect", "mom_pct", "mom_without_pct", "effect_mom_pp",
)  # fmt: skip


def linked(series: IndexSeries, *, checks: Checks | None = None) -> pd.DataFrame:
    """Return every replacement the series was compiled with, and what it does. For the index team only.

    Parameters
    ----------
    series : IndexSeries
        Made by `compile_index` from the panel of `apply_replacements`.
    checks : Checks, optional
        The texts.

    Returns
    -------
    DataFrame
        One row per link, in the order given. status "linked", "by_itself" (overlap or class_mean: nothing is compared),
        "too_long" (the old item's imputation had ended before its successor came, so no price could be compared), or
        why the panel could not link (`ReplacedPanel`). price_before, CNY per unit: the old item's (carried, if it was
        absent); price_before_adjusted: at the quality of the new one; price: the new one's first. effect_class_pp,
        effect_pp: the change of class and headline in month `since` less that without the link, all others in place,
        in percentage points; 0 where nothing is compared. asked: the method asked for, where the model of hedonic
        refused another than method; note_zh, note_en: how its factors were found, or why it refused. Without
        a link the successor enters with the class.

    Raises
    ------
    UsageError
        The series was not made by `compile_index`.

    Notes
    -----
    Exact, as for `upkeep.adjustments`: the sums of the cell's formula without the pair, that is the old item moving
    with its class in the month. `total_effects` compiles again instead: there the metal of an old item left to itself
    is carried with the benchmark up to its limit. Decision 0264.
    """
    run = series.own_products().run
    panel = run.inputs.panel
    if not isinstance(panel, ReplacedPanel) or not len(panel.links):
        return pd.DataFrame(columns=list(LINKED_COLUMNS))
    frame = panel.links.copy()
    # links that nobody says more of were made by the method asked for
    for name in TOLD_COLUMNS:
        plain = frame["method"] if name == "asked" else ""
        frame[name] = frame[name].astype(object).fillna(plain) if name in frame else plain
    names = ("price_before", "price_before_adjusted", "price", "effect_class_pp", "effect_pp")
    values: dict[str, Floats] = {name: np.full(len(frame), 0.0 if "effect" in name else np.nan) for name in names}
    keys = pd.MultiIndex.from_frame(panel.items[["enterprise_id", "class_code", "item_id"]])
    # of a chain of links the prices stand under the newest item's id
    newest = _newest(frame)
    status = frame["status"].to_numpy(dtype=object).copy()
    for month in sorted(set(frame.loc[frame["status"] == "linked", "since"])):
        effects = MonthEffects.of(series, month)
        own = np.flatnonzero((frame["status"] == "linked") & (frame["since"] == month))
        items = np.asarray(
            keys.get_indexer(
                pd.MultiIndex.from_arrays(
                    [frame["enterprise_id"].iloc[own], frame["class_code"].iloc[own], newest[own]]
                )
            )
        )
        place = np.full(len(panel.items), -1, dtype=np.int64)
        counted = np.flatnonzero(effects.unbroken)
        place[effects.pairs.item[counted]] = counted
        rows = place[items]
        status[own[rows < 0]] = "too_long"
        own, rows = own[rows >= 0], rows[rows >= 0]
        for name, found in _compared(effects, rows, panel).items():
            values[name][own] = found
    frame = frame.assign(status=status, **values)
    return _worded(frame, Checks.load() if checks is None else checks)[list(LINKED_COLUMNS)]


def _newest(frame: pd.DataFrame) -> npt.NDArray[np.object_]:
    on = frame[frame["status"] == "linked"]
    keys = ["enterprise_id", "class_code"]
    names = frame["by_item_id"].to_numpy(dtype=object).copy()
    follows = pd.MultiIndex.from_frame(on[[*keys, "item_id"]])
    for _ in range(len(on)):
        at = follows.get_indexer(pd.MultiIndex.from_frame(frame[keys].assign(name=names)))
        if (at < 0).all():
            break
        names = np.where(at >= 0, on["by_item_id"].to_numpy(dtype=object)[at], names)
    return names


def _compared(effects: MonthEffects, rows: Ints, panel: ReplacedPanel) -> dict[str, Floats]:
    """Return prices and effects of some pairs of a month."""
    inputs, pairs = effects.run.inputs, effects.pairs
    before, after = pairs.before[rows], pairs.after[rows]
    observed, quality = inputs.pairs.observed, inputs.pairs.observed.log_quality
    step = np.zeros(len(rows)) if quality is None else quality[after] - quality[before]
    unit = panel.unit_scale[rows_behind(inputs)]
    cell = pairs.cell[rows]
    link = effects.links(rows, np.arange(len(rows)), cell, None)
    of_class, of_headline = effects.points(cell, link)
    return {
        "price_before": observed.price[before] * unit[before],
        "price_before_adjusted": observed.price[before] * np.exp(step) * unit[after],
        "price": observed.price[after] * unit[after],
        "effect_class_pp": of_class,
        "effect_pp": of_headline,
    }


def _worded(frame: pd.DataFrame, checks: Checks) -> pd.DataFrame:
    zh, en = (np.full(len(frame), "", dtype=object) for _ in range(2))
    fields: dict[str, Any] = {
        "by": frame["by_item_id"].astype(str).to_numpy(dtype=object),
        "method": frame["method"].to_numpy(dtype=object),
        "since": frame["since"].to_numpy(dtype=object),
        "last": frame["reference_period"].to_numpy(dtype=object),
        "charge_factor": figures(frame["charge_factor"]),
        "stone_factor": figures(frame["stone_factor"]),
        "price_before": figures(frame["price_before"]),
        "price_adjusted": figures(frame["price_before_adjusted"]),
        "price": figures(frame["price"]),
        "effect_class": signed(frame["effect_class_pp"]),
        "effect": signed(frame["effect_pp"]),
    }
    for status in sorted(set(frame["status"])):
        mine = (frame["status"] == status).to_numpy()
        chosen: dict[str, Any] = {name: values[mine] for name, values in fields.items()}
        text = checks.find(f"replacement_{status}", **chosen)
        zh[mine], en[mine] = text["message_zh"].to_numpy(), text["message_en"].to_numpy()
    return frame.assign(text_zh=zh, text_en=en)


def without_links(series: IndexSeries) -> IndexSeries:
    """Compile a series once more from the panel before anything was linked, without bands.

    Raises
    ------
    UsageError
        The series was not made by `compile_index`.
    """
    inputs = series.own_products().run.inputs
    panel = inputs.panel
    if not isinstance(panel, ReplacedPanel) or panel.original is None:
        return series
    return compile_inputs(_inputs_of(inputs, panel.original)).series(series.base_period, None)


def _inputs_of(inputs: Inputs, panel: PricePanel) -> Inputs:
    """Return the inputs with another panel of the same classes."""
    cell = np.searchsorted(np.array(inputs.words), panel.items["class_code"].to_numpy(dtype=str)).astype(np.int64)
    return dataclasses.replace(
        inputs,
        panel=panel,
        observed=Observations.of(panel),
        parts=UnitParts.of(panel),
        cells=dataclasses.replace(inputs.cells, item_cell=cell),
    )


def total_effects(series: IndexSeries) -> pd.DataFrame:
    """Return what all links together do to the index of the last month, class by class.

    Parameters
    ----------
    series : IndexSeries
        As for `linked`.

    Returns
    -------
    DataFrame
        One row per class whose index or change differs, and the headline: index as compiled and compiled once more
        without any link, and their difference in index points; changes on the month before in per cent and their
        difference in percentage points. Empty without links.
    """
    panel = series.own_products().run.inputs.panel
    if not isinstance(panel, ReplacedPanel):
        return pd.DataFrame(columns=list(TOTAL_COLUMNS))
    other = without_links(series)
    rates = []
    for one in (series, other):
        index = one.index
        rates.append(100.0 * (index[-1] / index[max(len(index) - 2, 0)] - 1.0))
    frame = pd.DataFrame({"period": series.months[-1], "class_code": list(series.codes)})
    frame["index"], frame["index_without"] = series.index[-1], other.index[-1]
    frame["effect"] = frame["index"] - frame["index_without"]
    frame["mom_pct"], frame["mom_without_pct"] = rates
    frame["effect_mom_pp"] = rates[0] - rates[1]
    moved = (frame[["effect", "effect_mom_pp"]].abs() > 1e-9).any(axis=1) | (frame["class_code"] == HEADLINE)
    return frame.loc[moved, list(TOTAL_COLUMNS)].reset_index(drop=True)
