"""Real-time data of all vintages: each published value once, under the vintage that first showed it."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.csv as pv

from shuibei_index.release.tables import published

KEY = ["class_code", "component", "period"]
VALUES = ["index", "mom_pct", "yoy_pct", "ytd_pct"]
COLUMNS = [*KEY, "vintage", *VALUES, "obs_conf"]
_CODES = ["class_code", "component", "period", "vintage", "obs_conf"]


def published_rows(content: bytes, vintage: str) -> pd.DataFrame:
    """Return the unadjusted rows of an ``indices.csv`` with the vintage they belong to.

    Only unadjusted series: a seasonally adjusted one moves in nearly every vintage, and a table of all its vintages
    would be most of the site. Its vintages are in the bundles.
    """
    options = pv.ConvertOptions(
        include_columns=[*KEY, "adjustment", *VALUES, "obs_conf"],
        column_types=dict.fromkeys(("adjustment", "obs_conf", *KEY), "string") | dict.fromkeys(VALUES, "float64"),
    )
    table = pv.read_csv(io.BytesIO(content), convert_options=options)
    frame: pd.DataFrame = table.filter(pc.equal(table["adjustment"], "NSA")).drop_columns(["adjustment"]).to_pandas()
    return frame.assign(vintage=vintage)[COLUMNS]


def fold(known: pd.DataFrame | None, later: Iterable[pd.DataFrame], order: list[str]) -> pd.DataFrame:
    """Return the history with later vintages: a row where a value appears, or differs from the vintage before.

    Parameters
    ----------
    known : DataFrame, optional
        The history so far.
    later : iterable of DataFrame
        Rows of each later vintage, in the order of publication.
    order : list of str
        Names of all vintages in the order of publication.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, sorted by class, component, month, vintage in the order of publication.
    """
    parts = [*([known] if known is not None else []), *later]
    rows = pd.concat(parts, ignore_index=True)
    rank = rows["vintage"].map(pd.Series(np.arange(len(order)), index=order))
    rows = rows.assign(_rank=rank.to_numpy()).sort_values([*KEY, "_rank"], kind="stable").reset_index(drop=True)
    same = np.ones(len(rows), dtype=bool)
    for name in [*KEY, *VALUES, "obs_conf"]:
        values = rows[name].to_numpy()
        equal = values[1:] == values[:-1]
        if name in VALUES:
            equal |= np.isnan(values[1:].astype(float)) & np.isnan(values[:-1].astype(float))
        same[1:] &= equal.astype(bool)
    same[:1] = False
    return rows.loc[~same, COLUMNS].reset_index(drop=True)


def printed_history(history: pd.DataFrame, decimals: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """Return the history with its numbers as text, each with the decimals of its own vintage.

    Parameters
    ----------
    history : DataFrame
        As `fold` returns it.
    decimals : dict of str to (int, int)
        Vintage → decimals of an index, decimals of a rate.
    """
    result = history.copy()
    places = history["vintage"].map(decimals)
    texts = {name: np.full(len(history), "", dtype=object) for name in VALUES}
    for pair in sorted(set(decimals.values())):
        chosen = (places == pair).to_numpy()
        for name in VALUES:
            texts[name][chosen] = published(history[name].to_numpy()[chosen], pair[0] if name == "index" else pair[1])
    return result.assign(**texts)


def history_csv(printed: pd.DataFrame) -> bytes:
    """Return the history as CSV."""
    return printed.to_csv(index=False, lineterminator="\n").encode()


def read_history(content: bytes) -> pd.DataFrame:
    """Read it back."""
    types = dict.fromkeys(_CODES, "string") | dict.fromkeys(VALUES, "float64")
    options = pv.ConvertOptions(column_types=types, include_columns=COLUMNS)
    frame: pd.DataFrame = pv.read_csv(io.BytesIO(content), convert_options=options).to_pandas()
    return frame


def triangle(printed: pd.DataFrame, order: list[str], code: str, months: int, vintages: int) -> pd.DataFrame:
    """Return published levels of a class: one row a month, one column a vintage, latest first; "" before publication.

    Shape: (at most `months`, at most `vintages`).
    """
    rows = printed[(printed["class_code"] == code) & (printed["component"] == "total")]
    wide = rows.set_index(["period", "vintage"])["index"].unstack("vintage")  # noqa: PD010 - keys are unique
    wide = wide.reindex(columns=order).ffill(axis="columns").fillna("")
    return wide.iloc[::-1].iloc[:months, ::-1].iloc[:, :vintages]
