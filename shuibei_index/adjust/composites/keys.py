"""Keys: one name for a class and its component, so that one frame holds the series of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from shuibei_index.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shuibei_index.index import IndexSeries

TOTAL = "total"
_MARK = ":"


def series_key(class_code: str, component: str = TOTAL) -> str:
    """Return the name of a class's series: the code alone for the full price, else "code:component".

    Examples
    --------
    >>> series_key("0101"), series_key("0101", "making")
    ('0101', '0101:making')
    """
    return class_code if component == TOTAL else f"{class_code}{_MARK}{component}"


def split_key(key: str) -> tuple[str, str]:
    """Return class code and component of a name `series_key` made.

    Examples
    --------
    >>> split_key("0101:making"), split_key("00")
    (('0101', 'making'), ('00', 'total'))
    """
    code, mark, component = key.partition(_MARK)
    return code, component if mark else TOTAL


def component_levels(series: IndexSeries, keys: Iterable[str] | None = None) -> pd.DataFrame:
    """Return index levels of classes and their components side by side, ready for `seasonally_adjust`.

    Parameters
    ----------
    series : IndexSeries
    keys : iterable of str, optional
        Names as `series_key` makes them. Default: every class and component with at least one level.

    Returns
    -------
    DataFrame
        Months × series, base = 100; NaN where a series does not exist.

    Raises
    ------
    UsageError
        A key names no series.
    """
    frames = [
        pd.DataFrame(levels, pd.Index(series.months, name="period"), [series_key(code, name) for code in series.codes])
        for name, levels in series.component_index.items()
    ]
    every = pd.concat(frames, axis=1)
    if keys is None:
        return every.loc[:, every.notna().any()]
    wanted = list(keys)
    strange = [key for key in wanted if key not in every.columns]
    if strange:
        raise UsageError(
            f"no series {strange[0]!r}; keys are a class code, or code{_MARK}component, such as '00{_MARK}making'",
            zh=f"没有序列 {strange[0]}；应为分类代码，或“代码{_MARK}构成”，如 00{_MARK}making",
        )
    return every[wanted]
