"""Required: the first row of a table that is not what it must be, told with its line in Chinese and English."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import ShuibeiIndexError, WorkspaceError


def require_rows(
    frame: pd.DataFrame,
    name: str,
    column: str,
    good: pd.Series | npt.NDArray[np.bool_],
    expected: tuple[str, str],
    *,
    first_line: int = 2,
    error: type[ShuibeiIndexError] = WorkspaceError,
) -> None:
    """Stop at the first row that is not good.

    Parameters
    ----------
    frame : DataFrame, R rows
    name : str
        What the table is called: the name of its file.
    column : str
        The column at fault.
    good : array of bool, shape (R,)
    expected : (str, str)
        What is expected there, English and Chinese.
    first_line : int
        Number of the first row; in a file the line after the header.
    error : type
        What is raised.

    Raises
    ------
    ShuibeiIndexError
        `error`, with the line, the value and what was expected.
    """
    bad = ~np.asarray(good, dtype=bool)
    if not bad.any():
        return
    at, number = int(np.argmax(bad)), int(bad.sum())
    value = frame[column].iloc[at]
    shown = repr(value.item() if hasattr(value, "item") else value)
    raise error(
        f"{name}, line {at + first_line}: {column} is {shown}; expected {expected[0]}"
        + (f" ({number} lines in all)" if number > 1 else ""),
        zh=f"{name} 第 {at + first_line} 行：{column} 为 {shown}；应为{expected[1]}"
        + (f"（共 {number} 行）" if number > 1 else ""),
    )
