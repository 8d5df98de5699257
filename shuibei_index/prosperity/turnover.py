"""Turnover of each enterprise and month, from the price panel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.aggregate import PricePanel
from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.hierarchy import Hierarchy

Floats = npt.NDArray[np.float64]


def firm_turnover(panel: PricePanel, trees: Mapping[int, Hierarchy] | None = None) -> pd.DataFrame:
    """Return the turnover of each enterprise in each month in which it reported.

    Parameters
    ----------
    panel : PricePanel
    trees : mapping of int to Hierarchy, optional
        The tree of each year: only classes of the headline count (bars and toll work stay out, as in the price index
        that deflates). None = every class of the panel.

    Returns
    -------
    DataFrame
        period, enterprise_id, turnover (CNY; exact sums of fen). An enterprise without a record in a month has no row.
    """
    firm, firms = pd.factorize(panel.items["enterprise_id"], sort=True)
    used = _of_headline(panel, trees)
    cell = (panel.month * len(firms) + firm[panel.item])[used]
    size = len(panel.months) * len(firms)
    fen = np.zeros(size, dtype=np.int64)
    np.add.at(fen, cell, panel.amount_fen[used])
    at = np.flatnonzero(np.bincount(cell, minlength=size))
    return pd.DataFrame(
        {
            "period": np.array(panel.months, dtype=object)[at // max(len(firms), 1)],
            "enterprise_id": np.asarray(firms, dtype=object)[at % max(len(firms), 1)],
            "turnover": fen[at] / 100.0,
        }
    )


def _of_headline(panel: PricePanel, trees: Mapping[int, Hierarchy] | None) -> npt.NDArray[np.bool_]:
    if trees is None:
        return np.ones(len(panel.month), dtype=bool)
    used = np.zeros(len(panel.month), dtype=bool)
    for year in sorted({int(m[:4]) for m in panel.months}):
        if year not in trees:
            raise UsageError(f"no tree of {year}; pass one for every year", zh=f"缺少 {year} 年的分类树")
        tree = trees[year]
        inside = panel.items["class_code"].isin(np.array(tree.codes, dtype=object)[tree.in_headline]).to_numpy()
        months = np.array([m.startswith(f"{year}-") for m in panel.months])
        used |= months[panel.month] & inside[panel.item]
    return used


def wide(frame: pd.DataFrame, column: str, months: tuple[str, ...], firms: pd.Index) -> Floats:
    """Return a column as an array of months × enterprises, shape (T, F), NaN where there is no row.

    Raises
    ------
    UsageError
        A column is not there, or an enterprise stands twice in a month.
    """
    for name in ("period", "enterprise_id", column):
        if name not in frame:
            raise UsageError(
                f"column {name!r} is missing{did_you_mean(name, map(str, frame.columns))}", zh=f"缺少列 {name}"
            )
    if frame.duplicated(["period", "enterprise_id"]).any():
        raise UsageError(f"{column}: an enterprise stands twice in a month", zh=f"{column}：同一企业同月有两行")
    t = pd.Index(months).get_indexer(pd.Index(frame["period"].astype(str)))
    f = firms.get_indexer(pd.Index(frame["enterprise_id"].astype(str)))
    result = np.full((len(months), len(firms)), np.nan)
    # months outside the index are not looked at
    inside = t >= 0
    result[t[inside], f[inside]] = frame[column].to_numpy(dtype=float)[inside]
    return result
