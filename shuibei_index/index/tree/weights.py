"""Stated weights against a tree: every fault at once, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shuibei_index.errors import PriceError, UsageError, did_you_mean, first_few
from shuibei_index.index.matching import Floats

if TYPE_CHECKING:
    from shuibei_index.index.tree.classification import Hierarchy

_SAYS = {
    "unknown": ("classes that are not in the tree", "分类树中没有的类"),
    "twice": ("classes that stand twice", "重复的类"),
    "not a number": ("weights that are no number", "权数不是数字"),
    "negative": ("weights below 0", "权数为负"),
    "nothing below": ("weights of classes above without weights below them", "上级类有权数而下级类没有"),
    "not the sum": ("weights of classes above that are not the sum of those below", "上级类权数不等于下级类之和"),
    "all zero": ("no class of the headline has a weight above 0", "总指数下没有大于零的权数"),
}


def weight_faults(tree: Hierarchy, weights: Mapping[str, float] | pd.Series, tolerance: float = 1e-9) -> pd.DataFrame:
    """Return every fault of stated weights, in the order of the codes.

    Parameters
    ----------
    tree, weights, tolerance
        As `Hierarchy.check_weights`.

    Returns
    -------
    DataFrame
        class_code, fault (unknown, twice, not a number, negative, nothing below, not the sum, all zero), stated,
        expected (the sum below; NaN where there is none to name). Empty = no fault.

    Raises
    ------
    UsageError
        `tolerance` is not a number of 0 or above.
    """
    if not (np.isfinite(tolerance) and tolerance >= 0):
        raise UsageError(f"tolerance must be a number of 0 or above, not {tolerance}")
    stated = pd.Series(weights)
    stated.index = stated.index.astype(str)
    stated = pd.to_numeric(stated, errors="coerce").astype(float)
    known, twice = stated.index.isin(tree.codes), stated.index.duplicated()
    faults = [_rows(stated[~known], "unknown"), _rows(stated[twice], "twice")]
    value = stated[known & ~twice].reindex(list(tree.codes)).to_numpy(copy=True)
    listed = np.isin(tree.codes, stated.index)
    for fault, bad in (("not a number", listed & ~np.isfinite(value)), ("negative", value < 0)):
        faults.append(_rows(pd.Series(value, list(tree.codes))[bad], fault))
    usable = np.where(np.isfinite(value), value, 0.0)
    below, some_below = _below(tree, usable), _below(tree, listed.astype(np.float64)) > 0
    above = listed & ~tree.is_leaf & np.isfinite(value)
    lonely = above & ~some_below & (usable > 0)
    apart = above & some_below & (np.abs(usable - below) > tolerance * np.maximum(np.abs(usable), np.abs(below)))
    for fault, bad in (("nothing below", lonely), ("not the sum", apart)):
        expected = np.where(bad, below, np.nan) if fault == "not the sum" else np.full(len(below), np.nan)
        faults.append(_rows(pd.Series(value, list(tree.codes))[bad], fault, expected[bad]))
    if not (usable[tree.in_headline & tree.is_leaf] > 0).any():
        faults.append(_rows(pd.Series([0.0], [tree.codes[0]]), "all zero"))
    return pd.concat(faults, ignore_index=True).sort_values("class_code", kind="stable", ignore_index=True)


def checked_weights(tree: Hierarchy, weights: Mapping[str, float] | pd.Series, tolerance: float) -> pd.Series:
    """Return the weights of the leaves, or refuse all faults together; see `Hierarchy.check_weights`.

    Raises
    ------
    PriceError
    """
    faults = weight_faults(tree, weights, tolerance)
    if len(faults):
        en, zh = [], []
        for fault, (words, chinese) in _SAYS.items():
            rows = faults[faults["fault"] == fault]
            if fault == "all zero" and len(rows):
                en.append(words)
                zh.append(chinese)
            elif len(rows):
                first = rows.iloc[0]
                hint = did_you_mean(first["class_code"], tree.codes) if fault == "unknown" else ""
                told = f" ({first['stated']:g}, below it {first['expected']:g})" if fault == "not the sum" else ""
                en.append(f"{words}: {first_few(rows['class_code'])}{told}{hint}")
                zh.append(f"{chinese}：{first_few(rows['class_code'])}")
        raise PriceError("weights do not fit the tree: " + "; ".join(en), "权数与分类树不符：" + "；".join(zh))
    stated = pd.Series(weights, dtype=float)
    stated.index = stated.index.astype(str)
    return stated.reindex(list(tree.leaves)).fillna(0.0)


def _below(tree: Hierarchy, value: Floats) -> Floats:
    total: Floats = np.where(tree.is_leaf, value, 0.0)
    for rung in tree.rungs:
        total[rung.parent] = rung.sum(total[rung.child])
    return total


def _rows(stated: pd.Series, fault: str, expected: object = np.nan) -> pd.DataFrame:
    return pd.DataFrame(
        {"class_code": stated.index.astype(str), "fault": fault, "stated": stated.to_numpy(), "expected": expected}
    )
