"""Observations: the tables of a release as one long SDMX table, every value as it is published, and back again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shuibei_index.release.formats.sdmx.codes import (
    DIMENSIONS,
    OF_OBSERVATION,
    OF_SERIES,
    TIME,
    UNITS,
    VALUE,
    CodeName,
    class_code,
    identifier,
)
from shuibei_index.release.policy import Policy
from shuibei_index.release.schema import Column, Table, decimals
from shuibei_index.release.tables import published

#: Columns of an observation, in the order of the files.
COLUMNS = (*DIMENSIONS, TIME, VALUE, *OF_OBSERVATION, *OF_SERIES)


@dataclass(frozen=True)
class Mapped:
    """How a table of the bundle becomes observations: which of its columns are which dimension, or a constant."""

    family: str
    measures: tuple[str, ...]
    frequency: str = "M"
    time: str = "period"
    item: str = "class_code"
    #: Column of the table that says which measure a row holds; its values get "_pp".
    measure_from: str = ""
    #: The measure that stands in the file even where its value is missing.
    always: str = ""


#: Tables that are series of the index. The others (quality, revisions, diagnostics) are about series or vintages: they
#: are in the data package.
MAPPED: Mapping[str, Mapped] = {
    "indices": Mapped("P", ("index", "mom_pct", "yoy_pct", "ytd_pct"), always="index"),
    "contributions": Mapped("P", ("points_pp",), measure_from="measure"),
    "links": Mapped("P", ("link_factor", "weight", "price_updated_weight"), "A", "year"),
    "without_tax": Mapped("X", ("index", "mom_pct", "yoy_pct", "tax_mom_pp", "tax_yoy_pp")),
    "prosperity": Mapped("C", ("index", "mom_pct", "yoy_pct"), item=""),
}


def measures(tables: Mapping[str, Table]) -> dict[str, CodeName]:
    """Return the measures of the tables there are, by code, named as their columns are."""
    found: dict[str, CodeName] = {}
    for name, mapped in MAPPED.items():
        if name not in tables:
            continue
        columns = {c.name: c for c in tables[name].columns}
        if mapped.measure_from:
            words = {
                "mom": ("环比影响", "effect on the monthly change"),
                "yoy": ("同比影响", "effect on the annual change"),
            }
            for value in columns[mapped.measure_from].allowed:
                zh, en = words[value]
                found[f"{value}_pp"] = CodeName(f"{value}_pp", f"对总指数{zh}", f"{en} of the headline")
        else:
            for measure in mapped.measures:
                found.setdefault(measure, CodeName(measure, columns[measure].zh, columns[measure].en))
    return found


def observations(frames: Mapping[str, pd.DataFrame], tables: Mapping[str, Table], policy: Policy) -> pd.DataFrame:
    """Return the observations of a release, as text.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Tables in full precision, withheld values empty.
    tables : mapping of str to Table
    policy : Policy
        Says how many decimals are published.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, one row per observation, in the order of the keys. OBS_VALUE is the published text; "" where
        it is withheld (OBS_CONF C) or missing (OBS_STATUS M). What there never was has no row.
    """
    parts = [
        _of_table(frames[name], tables[name], mapped, policy)
        for name, mapped in MAPPED.items()
        if name in frames and name in tables and len(frames[name])
    ]
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS), dtype=object)
    whole["OBS_STATUS"] = _with_status(whole)
    return whole.sort_values([*DIMENSIONS, TIME], kind="stable", ignore_index=True)


def _with_status(whole: pd.DataFrame) -> pd.Series:
    # what has no status of its own is as provisional as the index of its class in that month; else it is normal
    own = whole["OBS_STATUS"]
    key = [TIME, "ITEM"]
    known = whole[own.ne("") & whole["FAMILY"].eq("P") & whole["ADJUSTMENT"].eq("NSA") & whole["COMPONENT"].eq("total")]
    status = known.drop_duplicates(key).set_index(key)["OBS_STATUS"]
    beside = status.reindex(pd.MultiIndex.from_frame(whole[key])).to_numpy()
    taken = own.eq("") & whole["FAMILY"].ne("C") & pd.notna(beside)
    return own.mask(taken, pd.Series(beside, index=whole.index)).replace("", "A")


def _of_table(frame: pd.DataFrame, table: Table, mapped: Mapped, policy: Policy) -> pd.DataFrame:
    columns = {c.name: c for c in table.columns}
    if mapped.measure_from and "level" in frame:
        # a leaf above the lowest level stands on each level below its own as well: once is enough
        key = [name for name in table.key if name != "level"]
        frame = frame.sort_values("level", kind="stable").drop_duplicates(key)
    head = pd.DataFrame(index=frame.index)
    head["FREQ"], head["REF_AREA"] = mapped.frequency, "CN"
    head["ADJUSTMENT"] = frame["adjustment"].astype(str) if "adjustment" in frame else "NSA"
    head["FAMILY"] = mapped.family
    head["ITEM"] = _identifiers(frame[mapped.item]) if mapped.item else identifier("00")
    head["COMPONENT"] = frame["component"].astype(str) if "component" in frame else "total"
    head[TIME] = frame[mapped.time].astype(str)
    head["OBS_STATUS"] = frame["obs_status"].astype(str) if "obs_status" in frame else ""
    head["OBS_CONF"] = frame["obs_conf"].astype(str) if "obs_conf" in frame else "F"
    parts = []
    for name in mapped.measures:
        column = columns[name]
        one = head.copy()
        code = frame[mapped.measure_from].astype(str) + "_pp" if mapped.measure_from else name
        one["MEASURE"] = code
        one[VALUE] = published(frame[name].to_numpy(dtype=float), decimals(column.kind, policy))
        one["UNIT_MEASURE"], one["DECIMALS"] = unit_code(column), str(decimals(column.kind, policy))
        there = one[VALUE].ne("") | one["OBS_CONF"].eq("C")
        if name == mapped.always:
            there |= one["OBS_STATUS"].eq("M")
        parts.append(one.loc[there, list(COLUMNS)])
    return pd.concat(parts, ignore_index=True).astype(object)


def unit_code(column: Column) -> str:
    """Return the code of a column's unit."""
    return UNITS[column.unit][0]


def _identifiers(codes: pd.Series) -> pd.Series:
    known = {code: identifier(str(code)) for code in codes.unique()}
    return codes.map(known)


def table_from(observed: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return one table of the bundle out of its observations, values as numbers as published.

    Parameters
    ----------
    observed : DataFrame
        Columns `COLUMNS`, as read from a file.
    name : str
        A table of `MAPPED`.

    Returns
    -------
    DataFrame
        The table's own key (without level) and measures, obs_status and obs_conf, in key order; a row per key of which
        there is an observation.
    """
    mapped = MAPPED[name]
    rows = observed[observed["FAMILY"].eq(mapped.family) & observed["FREQ"].eq(mapped.frequency)]
    wanted = tuple(f"{m}_pp" for m in ("mom", "yoy")) if mapped.measure_from else mapped.measures
    rows = rows[rows["MEASURE"].isin(wanted)]
    keys = {"period" if mapped.time == "period" else "year": TIME, "class_code": "ITEM", "component": "COMPONENT"}
    keys |= {"adjustment": "ADJUSTMENT"}
    if mapped.measure_from:
        keys["measure"] = "MEASURE"
        long = rows.assign(MEASURE=rows["MEASURE"].str.removesuffix("_pp"), _kind="points_pp")
    else:
        long = rows.assign(_kind=rows["MEASURE"])
    text = long[VALUE].fillna("").astype(str)
    long = long.assign(_value=np.where(text == "", "nan", text).astype(float))
    index = list(keys.values())
    # one observation per key: a second one is an error
    wide = long.pivot(index=index, columns="_kind", values="_value")  # noqa: PD010
    wide = wide.reindex(columns=list(mapped.measures))
    marks = long.groupby(index, sort=True)[list(OF_OBSERVATION)].first()
    result = wide.join(marks).reset_index().rename(columns={v: k for k, v in keys.items()})
    result = result.rename(columns={"OBS_STATUS": "obs_status", "OBS_CONF": "obs_conf"})
    known = {item: class_code(item) for item in result["class_code"].unique()}
    result["class_code"] = result["class_code"].map(known)
    result.columns.name = None
    return result


def without(table: Table, *names: str) -> Table:
    """Return a table without some of its columns."""
    return dataclasses.replace(table, columns=tuple(c for c in table.columns if c.name not in names))
