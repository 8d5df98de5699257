"""Benchmark prices of metals: one for each month, and where there are any, quotes of the day with their time.

A table of prices has the columns period, metal, cny_per_gram and source; with quotes also quoted_at. Its rows without a
time are the prices of whole months, those with a time are quotes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months
from shuibei_index.errors import WorkspaceError

#: Date and time, local; another zone than China's would move quotes over the end of a month.
_TIME = r"^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(?:\+08:?00)?$"


def price_table(frame: pd.DataFrame, name: str = "metal_prices", first_line: int = 1) -> pd.DataFrame:
    """Return a table with a price for every month in which a metal has quotes.

    Parameters
    ----------
    frame : DataFrame
        metal, cny_per_gram, and period ("YYYY-MM") or quoted_at ("YYYY-MM-DD HH:MM[:SS]", China's time) in each row;
        source if known. Without the column quoted_at the frame itself is returned.
    name : str
        What errors call the table.
    first_line : int
        Number of the first row in errors.

    Returns
    -------
    DataFrame
        period, metal, cny_per_gram, source, quoted_at ("" = price of the month): the months first, then the quotes. A
        month stated in the table stands; else it is the mean of the means of the days that have quotes.

    Raises
    ------
    WorkspaceError
        A time that is none; a row with neither month nor time, or with a month that is not that of its time; a metal
        twice in a month or at one time.
    """
    if "quoted_at" not in frame.columns:
        return frame
    # missing cells of a DataFrame are as empty as those of a file
    empty = pd.Series("", index=frame.index)
    period, stated = (
        frame.get(column, empty).fillna("").astype(str).str.strip().to_numpy(dtype=object)
        for column in ("period", "quoted_at")
    )
    timed = np.array([text != "" for text in stated], dtype=bool)
    time = _times(pd.Series(stated))

    def require(good: npt.NDArray[np.bool_], column: str, values: npt.NDArray[np.object_], en: str, zh: str) -> None:
        if not good.all():
            at = int(np.argmin(good))
            raise WorkspaceError(
                f"{name}, line {at + first_line}: {column} is {values[at]!r}; expected {en}",
                zh=f"{name} 第 {at + first_line} 行：{column} 为 {values[at]!r}；应为{zh}",
            )

    require(
        ~timed | ~np.isnat(time), "quoted_at", stated,
        "a date and a time, e.g. 2026-02-03 10:00 (China's time)", "日期和时间，如 2026-02-03 10:00（北京时间）",
    )  # fmt: skip
    named = np.array([months.is_month(text) for text in period], dtype=bool)
    require(named | (timed & (period == "")), "period", period, "a month YYYY-MM, or a time in quoted_at",
            "月份 YYYY-MM，或在 quoted_at 中填写时间")  # fmt: skip
    of_time = np.where(timed, time.astype("datetime64[M]").astype(str), period).astype(object)
    require(of_time == np.where(period == "", of_time, period), "period", period,
            "the month of quoted_at, or an empty cell", "与 quoted_at 同月，或留空")  # fmt: skip
    when = np.where(timed, time.astype("datetime64[us]").astype(str), "").astype(object)
    table = pd.DataFrame(
        {
            "period": of_time.astype(str),
            "metal": frame["metal"].to_numpy(),
            "cny_per_gram": frame["cny_per_gram"].to_numpy(dtype=np.float64),
            "source": frame.get("source", empty).fillna("").astype(str).to_numpy(),
            "quoted_at": when.astype(str),
        }
    )
    require(
        ~table.duplicated(["period", "metal", "quoted_at"]).to_numpy(), "quoted_at", stated,
        "each metal once a month, and once at a time", "同一金属每月一个月价、同一时间一个报价",
    )  # fmt: skip
    return pd.concat([_months(table), table[timed].sort_values(["metal", "quoted_at"])], ignore_index=True)


def month_prices(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table that are prices of months."""
    return table[table["quoted_at"] == ""] if "quoted_at" in table.columns else table


def quotes(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table that are quotes; none in a table without times."""
    return table[table["quoted_at"] != ""] if "quoted_at" in table.columns else table.iloc[:0]


def _times(texts: pd.Series) -> npt.NDArray[np.datetime64]:
    parts = texts.str.extract(_TIME)
    iso = parts[0] + "T" + parts[1]
    return pd.to_datetime(iso, format="ISO8601", errors="coerce").to_numpy(dtype="datetime64[us]")


def _months(table: pd.DataFrame) -> pd.DataFrame:
    stated, timed = month_prices(table), quotes(table)
    day = timed["quoted_at"].str[:10]
    keys = ["period", "metal"]
    # a wild day has more quotes than a calm one, but is one day
    of_day = timed.groupby([*keys, day], sort=True)["cny_per_gram"].mean()
    mean = of_day.groupby(level=[0, 1], sort=True).mean().reset_index()
    mean = mean.assign(source="mean of quotes", quoted_at="")
    known = pd.MultiIndex.from_frame(mean[keys]).isin(pd.MultiIndex.from_frame(stated[keys]))
    both = pd.concat([stated, mean[~known]], ignore_index=True)
    return both.sort_values(keys, kind="stable", ignore_index=True)
