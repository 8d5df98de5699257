"""Rows of a table of metal prices: months, metals and prices are what they must be, in a file and in a notebook."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months
from shuibei_index.errors import ShuibeiIndexError, WorkspaceError, did_you_mean
from shuibei_index.index.tree import METALS
from shuibei_index.required import require_rows

_ONCE = (
    "each metal once a month (several series of one: sources of the rule bullion_series)",
    "同一金属每月一次（多个序列须为规则 bullion_series 的来源）",
)


def metal_rows(
    frame: pd.DataFrame,
    name: str = "metal_prices",
    first_line: int = 1,
    error: type[ShuibeiIndexError] = WorkspaceError,
) -> pd.DataFrame:
    """Return the rows of a table of metal prices as they stand, prices as numbers; times are not read.

    Parameters
    ----------
    frame : DataFrame
        metal, cny_per_gram, and period or quoted_at.
    name, first_line, error
        As `require_rows`.

    Raises
    ------
    ShuibeiIndexError
        `error`: a column is missing; a month (of a table without quotes) or metal that is none; a price that is not a
        number above 0.
    """
    timed = "quoted_at" in frame
    for column in ("metal", "cny_per_gram") if timed else ("period", "metal", "cny_per_gram"):
        if column not in frame:
            raise error(
                f"{name}: column {column!r} is missing{did_you_mean(column, map(str, frame.columns))}; "
                f"found {', '.join(map(str, frame.columns))}",
                zh=f"{name} 缺少列 {column}；现有 {'、'.join(map(str, frame.columns))}",
            )

    def require(column: str, good: pd.Series | npt.NDArray[np.bool_], en: str, zh: str) -> None:
        require_rows(frame, name, column, good, (en, zh), first_line=first_line, error=error)

    if not timed:
        require("period", frame["period"].astype(str).map(months.is_month), "a month YYYY-MM", "月份 YYYY-MM")
    metals = ", ".join(METALS)
    require("metal", frame["metal"].isin(METALS), f"one of {metals}", f"以下之一：{metals}")
    price = pd.to_numeric(frame["cny_per_gram"], errors="coerce").astype(float)
    require("cny_per_gram", np.isfinite(price) & (price > 0), "a price above 0", "大于 0 的价格")
    return frame.assign(cny_per_gram=price)


def once_a_month(
    frame: pd.DataFrame,
    name: str,
    first_line: int = 1,
    error: type[ShuibeiIndexError] = WorkspaceError,
    *,
    apart: Sequence[str] = (),
) -> None:
    """Stop at a metal that stands twice in a month of a table without quotes; those `apart` may.

    Raises
    ------
    ShuibeiIndexError
        `error`.
    """
    good = ~frame.duplicated(["period", "metal"]) | frame["metal"].isin(list(apart))
    require_rows(frame, name, "period", good, _ONCE, first_line=first_line, error=error)
