"""Tables of a workspace: its CSV files as text, and metal prices from them."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from shuibei_index.errors import FallbackWarning, UsageError, WorkspaceError, did_you_mean
from shuibei_index.metal_prices import price_table
from shuibei_index.metal_rows import metal_rows, once_a_month
from shuibei_index.rules import Rules


def read_metal_prices(path: str | Path, rules: Callable[[], Rules] | None = None) -> pd.DataFrame:
    """Read a table of metal prices: period, metal, cny_per_gram, and source if there (other columns are left out).

    Rows may have the date and time of a quote in quoted_at instead of a period: then the table has the columns and
    rows of `metal_prices.price_table`. With `rules` a metal may have several series (sources): the table has the one
    that `bullion.reference` chooses.

    Raises
    ------
    WorkspaceError
        Names the line of the first period, time, metal or price that is not one, or that contradicts another.
    """
    path = Path(path)
    frame = metal_price_rows(path)
    if rules is not None and frame[["metal", "source"]].drop_duplicates()["metal"].duplicated().any():
        from shuibei_index.bullion.reference import reference

        with of_the_file():
            found = reference(frame, rules(), name=path.name, first_line=2)
        for text in found.warnings():
            warnings.warn(text, FallbackWarning, stacklevel=3)
        if len(found.candidates):
            return found.table
    if "quoted_at" in frame.columns:
        return price_table(frame, path.name, first_line=2)
    once_a_month(frame, path.name, first_line=2)
    return frame


def metal_price_rows(path: Path) -> pd.DataFrame:
    """Return the rows of a table of metal prices as they stand, times not yet read."""
    quoted = "quoted_at" in _table(path, ["period or quoted_at", "metal", "cny_per_gram"]).columns
    if quoted:
        frame = read_table(path, ["metal", "cny_per_gram", "quoted_at"], ["period", "source"])
    else:
        frame = read_table(path, ["period", "metal", "cny_per_gram"], ["source"])
    return metal_rows(frame, path.name, first_line=2)


@contextlib.contextmanager
def of_the_file() -> Iterator[None]:
    """Tell what is wrong with a table of the caller's as wrong with the file it was read from."""
    try:
        yield
    except UsageError as error:
        raise WorkspaceError(str(error), zh=error.zh) from error


def _table(path: Path, expected: list[str]) -> pd.DataFrame:
    if not path.is_file():
        raise WorkspaceError(
            f"{path.name} is missing; expected the columns {', '.join(expected)}",
            zh=f"缺少文件 {path.name}，应有列 {'、'.join(expected)}",
        )
    try:
        frame = _cells(path, "utf-8-sig")
    except UnicodeDecodeError:
        frame = _cells(path, "gb18030")
    except ValueError as error:
        # a line longer than the header stands in the wrong columns: pandas names it
        text = str(error).strip()
        raise WorkspaceError(
            f"{path.name} is not a CSV table: {text}", zh=f"{path.name} 不是有效的 CSV 表：{text}"
        ) from error
    return frame.iloc[1:].set_axis(frame.iloc[0].str.strip().tolist(), axis=1).reset_index(drop=True)


def read_table(path: Path, required: list[str], optional: list[str]) -> pd.DataFrame:
    """Return columns of a CSV file as text without spaces around; optional ones that are not there are empty.

    UTF-8 or GB18030. Raises WorkspaceError: no such file, no table, or a required column is missing.
    """
    frame = _table(path, required + optional)
    for column in required:
        if column not in frame:
            raise WorkspaceError(
                f"{path.name}: column {column!r} is missing{did_you_mean(column, frame.columns)}; "
                f"found {', '.join(map(str, frame.columns))}",
                zh=f"{path.name} 缺少列 {column}；现有 {'、'.join(map(str, frame.columns))}",
            )
    for column in optional:
        if column not in frame:
            frame[column] = ""
    return frame[required + optional].map(str.strip)


def _cells(path: Path, encoding: str) -> pd.DataFrame:
    # the header is read like any line: else pandas takes the first columns of longer lines for row names
    return pd.read_csv(
        path, header=None, dtype=str, keep_default_na=False, encoding=encoding, skipinitialspace=True
    ).fillna("")
