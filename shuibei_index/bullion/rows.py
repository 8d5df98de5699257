"""Rows of a table with several series of a metal: which are named, whether they may stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.bullion.series import KnownSeries, known_series, series_of
from shuibei_index.errors import WorkspaceError, did_you_mean
from shuibei_index.index.tree import METALS
from shuibei_index.metal_prices import price_table

if TYPE_CHECKING:
    from shuibei_index.rules import Rules, RulesAt

METALS_ZH = dict(zip(METALS, ("黄金", "铂", "钯", "银"), strict=True))
_KEY = "\x1f"


def known_of(rules: Rules | RulesAt, table: pd.DataFrame) -> tuple[KnownSeries, ...]:
    """Return the series known in the last month of a table; none by rules of versions without them."""
    # releases of versions without the rule are made again as they were made
    if "bullion_series" not in list(rules) or not len(table):
        return ()
    when = table["period"].astype(str) if "period" in table else pd.Series("", index=table.index)
    if "quoted_at" in table:
        timed = table["quoted_at"].fillna("").astype(str)
        when = when.where(timed == "", timed)
    days = sorted(day for day in when.str[:7].unique() if len(day) == len("2005-01"))
    return known_series(rules.at(days[-1])) if days else ()


def series_named(table: pd.DataFrame, known: tuple[KnownSeries, ...]) -> npt.NDArray[np.object_]:
    """Return the known series each row is of; "" = none."""
    source = table.get("source", pd.Series("", index=table.index)).fillna("").astype(str)
    found = np.full(len(table), "", dtype=object)
    for metal in METALS:
        rows = (table["metal"] == metal).to_numpy()
        found[rows] = series_of(metal, source[rows], known)
    return found


def several_of(table: pd.DataFrame, series: npt.NDArray[np.object_]) -> list[str]:
    """Return the metals of which a table has more than one known series."""
    named = pd.DataFrame({"metal": table["metal"].to_numpy(), "series": series})
    number = named[named["series"] != ""].groupby("metal")["series"].nunique()
    return [metal for metal in METALS if number.get(metal, 0) > 1]


def _check(
    table: pd.DataFrame,
    series: npt.NDArray[np.object_],
    rows: npt.NDArray[np.bool_],
    known: tuple[KnownSeries, ...],
    name: str,
    first_line: int,
) -> None:
    def refuse(bad: npt.NDArray[np.bool_], en: str, zh: str) -> None:
        if bad.any():
            at = int(np.argmax(bad))
            metal, source = table["metal"].iloc[at], str(table["source"].iloc[at])
            names = [one.name for one in known if one.metal == metal]
            # of a series that is known the name is not what is wrong
            near = did_you_mean(source, names) if series[at] == "" else ""
            raise WorkspaceError(
                f"{name}, line {at + first_line}: {metal}, source {source!r}{near}: {en}; "
                f"known series of {metal}: {', '.join(names)} (rule bullion_series)",
                f"{name} 第 {at + first_line} 行（{METALS_ZH[metal]}，来源 {source!r}）：{zh}；"
                f"已知序列：{'、'.join(names)}（规则 bullion_series）",
            )

    refuse(
        rows & (series == ""),
        "the metal has several series here, so every row must name a known one",
        "该金属有多个序列，每行来源须为已知序列",
    )
    empty = pd.Series("", index=table.index)
    time = table.get("quoted_at", empty).fillna("").astype(str).str.strip().str[:10]
    month = table.get("period", empty).fillna("").astype(str).str.strip()
    outside = np.zeros(len(table), dtype=bool)
    for one in known:
        mine = rows & (table["metal"] == one.metal).to_numpy() & (series == one.name)
        start, end = one.since or "0000-00-00", one.until or "9999-99-99"
        timed = (time != "").to_numpy()
        early = np.where(timed, (time < start).to_numpy(), (month < start[:7]).to_numpy())
        late = np.where(timed, (time > end).to_numpy(), (month > end[:7]).to_numpy())
        outside |= mine & (early | late)
    refuse(outside, "outside the validity of the series", "不在该序列的有效期内")
    if "quoted_at" not in table:
        keys = pd.DataFrame({"metal": table["metal"].to_numpy(), "series": series, "period": month.to_numpy()})
        refuse(rows & keys.duplicated().to_numpy(), "the series has the month twice", "该序列同一月份重复")


def in_part(rows: pd.DataFrame, known: tuple[KnownSeries, ...]) -> npt.NDArray[np.bool_]:
    """Tell which prices of months are of a month that the validity of their series covers only in part.

    Parameters
    ----------
    rows : DataFrame
        period, metal, series; prices of months.

    Notes
    -----
    The mean of the last days of a month beside the mean of the whole month is a ratio of two different times.
    """
    first = rows["period"].astype(str) + "-01"
    last = pd.Series(pd.PeriodIndex(rows["period"].tolist(), freq="M").end_time.strftime("%Y-%m-%d"), index=rows.index)
    part = np.zeros(len(rows), dtype=bool)
    for one in known:
        mine = (rows["metal"] == one.metal) & (rows["series"] == one.name)
        part |= (mine & ((first < one.since) | (last > (one.until or "9999-99-99")))).to_numpy()
    return part


def by_series(
    table: pd.DataFrame,
    series: npt.NDArray[np.object_],
    several: list[str],
    known: tuple[KnownSeries, ...],
    name: str,
    first_line: int,
) -> pd.DataFrame:
    """Return the table with the name of the series of each row; prices of months of each that has quotes only."""
    rows = table["metal"].isin(several).to_numpy()
    _check(table, series, rows, known, name, first_line)
    # each series is a metal of its own until one is chosen: the table's checks and means of days hold for each
    keyed = np.where(rows, table["metal"].astype(str).to_numpy(dtype=object) + _KEY + series, table["metal"])
    full = price_table(table.assign(metal=keyed, source=table.get("source", "")), name, first_line)
    split = full["metal"].str.split(_KEY, n=1, expand=True).reindex(columns=[0, 1])
    return full.assign(metal=split[0].to_numpy(), series=split[1].to_numpy())
