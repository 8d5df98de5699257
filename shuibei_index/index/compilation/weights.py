"""Yearly weights: which values weigh the classes of a year, and whose prices they carry."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from shuibei_index import months as month_names
from shuibei_index.errors import PriceError, ShapeError, WeightWarning, did_you_mean, first_few
from shuibei_index.index.tree.classification import Hierarchy

if TYPE_CHECKING:
    from shuibei_index.index.compilation.inputs import Inputs

Floats = npt.NDArray[np.float64]
#: Leaves named in place of a class above them.
_SHOWN = 6


@dataclass(frozen=True)
class YearWeights:
    """Weights of one year's leaves, shape (K,) by position in its tree, and the period whose prices they carry."""

    value: Floats
    price_period: tuple[str, ...]
    source: str


def stated_weights(
    year: int, tree: Hierarchy, table: pd.DataFrame | None, turnover: pd.DataFrame, first_year: bool
) -> YearWeights:
    """Return the weights of a year before price-updating.

    Parameters
    ----------
    year : int
    tree : Hierarchy
    table : DataFrame or None
        weights.csv: year, class_code, weight, price_period. A year without rows falls back to turnover.
    turnover : DataFrame
        Accepted turnover, months × classes (`PricePanel.turnover`).
    first_year : bool
        The first year of the data has no previous turnover and takes its own.

    Returns
    -------
    YearWeights
        Leaves that are not listed have weight 0.

    Raises
    ------
    PriceError
        A class is not a leaf of the year's tree, or no class of the headline has a weight.
    """
    rows = _rows_of(table, year) if table is not None else None
    if rows is not None and len(rows):
        _require_leaves(year, tree, rows)
        value, periods = np.zeros(len(tree.codes)), np.full(len(tree.codes), "", dtype=object)
        at = [tree.position[c] for c in rows["class_code"]]
        value[at], periods[at] = rows["weight"], rows["price_period"]
        _warn_of_unlisted_classes(year, tree, set(rows["class_code"]), turnover)
        lines = dict(zip(rows["class_code"], rows["line"], strict=True))
        return _checked(year, tree, value, tuple(periods), "weights.csv", lines)
    from_year = year if first_year else year - 1
    within = [m for m in turnover.index if m[:4] == str(from_year)]
    if not within:
        # a weight year that begins before the data: the first calendar year there is
        from_year = int(turnover.index[0][:4])
        within = [m for m in turnover.index if m[:4] == str(from_year)]
    sold = turnover.loc[within].sum()
    total = sold.reindex(list(tree.codes)).fillna(0.0).to_numpy(dtype=float)
    _warn_of_split_classes(year, from_year, tree, total)
    value = np.where(tree.is_leaf, total, 0.0)
    return _checked(year, tree, value, (str(from_year),) * len(tree.codes), f"turnover of {from_year}", {})


def _rows_of(table: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return a year's rows as the file means them, however a notebook read it (numbers as text, empty as NaN)."""
    for column in ("year", "class_code", "weight"):
        if column not in table:
            raise ShapeError(f"weights: no column {column!r}; expected year, class_code, weight, price_period")
    mine = (pd.to_numeric(table["year"], errors="coerce") == year).to_numpy()
    rows = table[mine]
    codes = rows["class_code"].astype(str)
    if codes.duplicated().any():
        raise ShapeError(f"weights of {year}: classes stand twice: {first_few(codes[codes.duplicated()])}")
    period = rows["price_period"] if "price_period" in rows else pd.Series("", index=rows.index)
    if pd.api.types.is_numeric_dtype(period):
        period = period.astype("Int64")
    return pd.DataFrame(
        {
            "class_code": codes,
            "weight": pd.to_numeric(rows["weight"], errors="coerce").astype(float),
            "price_period": period.astype("string").fillna("").astype(object),
            # in the file the header is the first
            "line": np.flatnonzero(mine) + 2,
        }
    )


def _warn_of_split_classes(year: int, from_year: int, tree: Hierarchy, total: Floats) -> None:
    split = tree.in_headline & ~tree.is_leaf & (total > 0)
    if split.any():
        share = 100.0 * total[split].sum() / total[tree.in_headline].sum()
        names = [c for c, s in zip(tree.codes, split, strict=True) if s]
        warnings.warn(
            f"weights of {year}: {share:.1f} % of the turnover of {from_year} lies in classes that have classes below "
            f"them in the tree of {year} ({first_few(names)}), and weighs nothing. Give weights.csv rows for {year}.",
            WeightWarning,
            stacklevel=4,
        )


def _warn_of_unlisted_classes(year: int, tree: Hierarchy, listed: set[str], turnover: pd.DataFrame) -> None:
    before = [m for m in turnover.index if m[:4] == str(year - 1)]
    sold = turnover.loc[before].sum()
    inside = {c for c, counts in zip(tree.codes, tree.in_headline & tree.is_leaf, strict=True) if counts}
    left_out = sorted(str(c) for c in sold.index[sold > 0] if c in inside and c not in listed)
    if left_out:
        share = 100.0 * sold[left_out].sum() / sold[[c for c in sold.index if c in inside]].sum()
        warnings.warn(
            f"weights of {year}: weights.csv has rows for {year}, but none for {first_few(left_out)}, which had "
            f"{share:.1f} % of the turnover of {year - 1}: they weigh nothing that year.",
            WeightWarning,
            stacklevel=4,
        )


def _require_leaves(year: int, tree: Hierarchy, rows: pd.DataFrame) -> None:
    stray = rows[~rows["class_code"].isin(tree.leaves)]
    if not len(stray):
        return
    code, line = str(stray["class_code"].iloc[0]), int(stray["line"].iloc[0])
    below = _leaves_below(tree, code)
    if below:
        few = below[:_SHOWN]
        en = f"it has classes below it: give the weights of its leaves {', '.join(map(repr, few))}"
        zh = f"其下还有分类，请改为末级分类的权数：{'、'.join(few)}"
        en, zh = (text + (" …" if len(below) > _SHOWN else "") for text in (en, zh))
    else:
        near = difflib.get_close_matches(code, tree.leaves, n=3, cutoff=0.6)
        en = f"there is no such class{did_you_mean(code, tree.leaves)}"
        zh = "没有该分类" + (f"；是否为 {'、'.join(near)}" if near else "")
    raise PriceError(
        f"weights of {year}: not a leaf of the tree in force: {first_few(stray['class_code'])} (weights.csv, line "
        f"{line}); {en}; see 'shuibei-index rules show'",
        zh=f"weights.csv 第 {line} 行：{year} 年权数的分类 {code} 不是当年分类树的末级分类；{zh}"
        + (f"（共 {len(stray)} 行）" if len(stray) > 1 else ""),
    )


def _leaves_below(tree: Hierarchy, code: str) -> list[str]:
    if code not in tree.position:
        return []
    below = np.zeros(len(tree.codes), dtype=bool)
    below[tree.position[code]] = True
    for at in tree.steps_down:
        below[at] |= below[tree.parent[at]] & (tree.parent[at] >= 0)
    return [c for c, inside, leaf in zip(tree.codes, below, tree.is_leaf, strict=True) if inside and leaf]


def _checked(
    year: int, tree: Hierarchy, value: Floats, periods: tuple[str, ...], source: str, lines: Mapping[str, int]
) -> YearWeights:
    """Return the weights if they weigh; `lines` of weights.csv by class, empty for turnover."""
    where_zh = "weights.csv" if lines else f"{source.removeprefix('turnover of ')} 年销售额"
    bad = [c for c, v in zip(tree.codes, value, strict=True) if not (np.isfinite(v) and v >= 0)]
    if bad:
        line = lines.get(bad[0])
        raise PriceError(
            f"weights of {year}: not a number, or below 0, for {first_few(bad)} ({source}"
            + (f", line {line})" if line else ")"),
            zh=where_zh + (f" 第 {line} 行" if line else "") + f"：{year} 年分类 {bad[0]} 的权数不是数字或小于 0",
        )
    if not (value[tree.in_headline] > 0).any():
        span = f"{min(lines.values())}–{max(lines.values())}" if lines else ""
        raise PriceError(
            f"weights of {year}: no class of the headline has a weight above 0 ({source}"
            + (f", lines {span})" if lines else ")"),
            zh=where_zh + (f" 第 {span} 行" if lines else "") + f"：{year} 年总指数所含分类没有一个权数大于 0",
        )
    return YearWeights(value, periods, source)


def turnover_by_firm(inputs: Inputs, number: int) -> csr_array | None:
    """Return the firms' shares in the turnover that weighs each class of a year; None for weights of weights.csv.

    Weights that are turnover of the sampled firms are sampled with them.

    Parameters
    ----------
    inputs : Inputs
    number : int
        The weight year, as a position in `inputs.spans`.

    Returns
    -------
    csr_array, shape (K, firms), or None
        Each row with an entry sums to 1.
    """
    stated = inputs.stated[number]
    if not stated.source.startswith("turnover"):
        return None
    panel, shape = inputs.panel, (len(stated.value), len(inputs.firms[0]))
    within = np.flatnonzero(np.array([m.startswith(stated.price_period[0]) for m in panel.months])[panel.month])
    item = panel.item[within]
    leaf = inputs.leaves[number][inputs.cells.item_cell[item]]
    counts = (leaf >= 0) & (panel.amount_fen[within] > 0)
    entries = leaf[counts], inputs.firms[1][item[counts]]
    amount = csr_array((panel.amount_fen[within][counts].astype(float), entries), shape=shape)
    amount.data /= np.repeat(amount.sum(axis=1), np.diff(amount.indptr))
    return amount


def price_updated(
    stated: YearWeights, tree: Hierarchy, months: tuple[str, ...], levels: Floats, at_link: Floats, year: int
) -> Floats:
    """Carry the weights of a year to the prices of its link month.

    Parameters
    ----------
    stated : YearWeights
    tree : Hierarchy
    months : tuple of str, length T
    levels : ndarray, shape (T, K, R)
        Chained levels of the tree's classes in R replicates; NaN where a class or month has none yet.
    at_link : ndarray, shape (K, R)
        Their levels in the link month.

    Returns
    -------
    ndarray, shape (K, R)
        weight · level in the link month / mean level of the price period: values at link-month prices, same scale. A
        class without a level in its price period follows its nearest ancestor that has one.

    Warns
    -----
    WeightWarning
        A price period lies outside the data: the weights are used as they stand.
    """
    factor = np.ones(at_link.shape)
    position = {m: t for t, m in enumerate(months)}
    for period in sorted({p for p, w in zip(stated.price_period, stated.value, strict=True) if p and w > 0}):
        rows = [position[m] for m in month_names.months_of(period) if m in position]
        chosen = np.array([p == period for p in stated.price_period])
        if not rows or np.isnan(levels[rows]).all():
            warnings.warn(
                f"weights of {year} carry prices of {period}, for which there is no index "
                f"(it covers {_covered(months, levels)}): they are used as they stand. "
                f"Leave price_period empty if that is meant.",
                WeightWarning,
                stacklevel=3,
            )
            continue
        count = (~np.isnan(levels[rows])).sum(axis=0)
        mean = np.nansum(levels[rows], axis=0) / np.where(count > 0, count, np.nan)
        ratio = at_link / mean
        for level in range(1, int(tree.depth.max(initial=0)) + 1):
            at = np.flatnonzero((tree.depth == level) & np.isnan(ratio[:, 0]))
            ratio[at] = ratio[tree.parent[at]]
        ratio = np.where(np.isnan(ratio), 1.0, ratio)
        factor[chosen] = ratio[chosen]
    return stated.value[:, np.newaxis] * factor


def _covered(months: tuple[str, ...], levels: Floats) -> str:
    rows = np.flatnonzero(~np.isnan(levels).all(axis=(1, 2)))
    return f"{months[rows[0]]} to {months[rows[-1]]}"
