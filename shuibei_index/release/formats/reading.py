"""Read a table back from any format of a bundle, with the columns it has in every one of them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from shuibei_index.errors import UsageError
from shuibei_index.release.formats.cells import HIDDEN
from shuibei_index.release.formats.making import BOM, EXCEL_FOLDER
from shuibei_index.release.formats.sheets import ANNEX
from shuibei_index.release.tables import read_parquet

Files = Mapping[str, bytes]
_WORDS = ("obs_status", "obs_conf")


def read(source: str | Path | Files, form: str, table: str = "indices") -> pd.DataFrame:
    r"""Read a table of a release back from one of its formats.

    Parameters
    ----------
    source : str, Path or mapping of str to bytes
        Folder of the bundle, or its files (`Release.files`).
    form : str
        "parquet", "json" (full precision), "csv", "excel-csv", "sdmx-csv", "sdmx-ml", "xlsx" (as published).
    table : str
        Name of the table; json has the indices only, SDMX what is a series (indices, contributions, links,
        without_tax, prosperity), xlsx the release month of indices, contributions and quality, all of links and
        revisions, and "history": the index levels of all months.

    Returns
    -------
    DataFrame
        Numbers as float, NaN where there is none or it is withheld; codes as text. Level and names are left out where
        the format does not hold them.

    Raises
    ------
    UsageError
        There is no such format, or it does not hold the table, or the bundle (an older one) has no such file.

    Examples
    --------
    >>> read({"links.csv": b"year,class_code,weight\n2024,00,1.0\n"}, "csv", "links")["weight"].tolist()
    [1.0]
    """
    if form not in READERS:
        raise UsageError(
            f"there is no format {form!r}; expected one of {', '.join(READERS)}",
            zh=f"没有格式 {form!r}，可用：{'、'.join(READERS)}",
        )
    path, reader = READERS[form]
    path = path.format(table=table)
    content = _content(source, path)
    return reader(content, table)


def _content(source: str | Path | Files, path: str) -> bytes:
    if isinstance(source, Mapping):
        content = source.get(path)
    else:
        file = Path(source) / path
        content = file.read_bytes() if file.is_file() else None
    if content is None:
        raise UsageError(f"the bundle has no {path}", zh=f"发布包中没有 {path}")
    return content


def _parquet(content: bytes, table: str) -> pd.DataFrame:
    return read_parquet(content)


def _csv(content: bytes, table: str) -> pd.DataFrame:
    frame = pd.read_csv(io.BytesIO(content.removeprefix(BOM)), dtype=str, keep_default_na=False)
    return _numbers(frame)


def _json(content: bytes, table: str) -> pd.DataFrame:
    if table != "indices":
        raise UsageError(f"indices.json has no table {table!r}", zh=f"indices.json 中没有表 {table!r}")
    lists = ("period", "obs_status", "obs_conf", "index", "mom_pct", "yoy_pct", "ytd_pct")
    parts = [
        pd.DataFrame({name: one[name] for name in lists}).assign(**{k: v for k, v in one.items() if k not in lists})
        for one in json.loads(content)["series"]
    ]
    frame = pd.concat(parts, ignore_index=True)
    return frame.astype(dict.fromkeys(lists[3:], float))


def _sdmx_csv(content: bytes, table: str) -> pd.DataFrame:
    from shuibei_index.release.formats.sdmx import read_csv

    return _observed(read_csv(content), table)


def _sdmx_ml(content: bytes, table: str) -> pd.DataFrame:
    from shuibei_index.release.formats.sdmx import read_xml

    return _observed(read_xml(content), table)


def _observed(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    from shuibei_index.release.formats.sdmx.observations import MAPPED, table_from

    if table not in MAPPED:
        raise UsageError(
            f"SDMX has no table {table!r}; it has {', '.join(MAPPED)}",
            zh=f"SDMX 中没有表 {table!r}，有 {'、'.join(MAPPED)}",
        )
    return table_from(frame, table)


def _xlsx(content: bytes, table: str) -> pd.DataFrame:
    from shuibei_index.release.formats.workbook import read_annex

    found = read_annex(content)
    if table == "indices":
        whole = found["classes"].assign(component="total")
        frame = pd.concat([whole, found["components"]], ignore_index=True)
        frame = frame[[c for c in found["components"].columns if c != "component_name"]].assign(adjustment="NSA")
    elif table == "history":
        frame = found["history"].melt(id_vars="period", var_name="series", value_name="index")
        keys = frame.pop("series").str.rsplit(".", n=2, expand=True)
        frame = frame.assign(class_code=keys[0], component=keys[1], adjustment=keys[2])
    elif table in found:
        frame = found[table].copy()
    else:
        raise UsageError(f"{ANNEX} has no table {table!r}", zh=f"{ANNEX} 中没有表 {table!r}")
    for name in _WORDS:
        if name in frame:
            frame[name] = frame[name].astype(str).str[:1]
    return _numbers(frame.replace({HIDDEN: None}))


#: Columns that are text although they may look like numbers.
_TEXT = frozenset(
    ("class_code", "period", "link_period", "vintage", "name_zh", "name_en", "reason", "component", "adjustment")
)


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    result = {}
    for name in frame.columns:
        values = frame[name]
        if name not in _TEXT and name not in _WORDS:
            numbers = pd.to_numeric(values.replace("", np.nan), errors="coerce")
            given = values.notna() & values.ne("")
            if bool((given == numbers.notna()).all()):
                values = numbers.astype(float)
        result[name] = values
    return pd.DataFrame(result)


#: Format → its file and how a table is read from it.
READERS: Mapping[str, tuple[str, Callable[[bytes, str], pd.DataFrame]]] = {
    "parquet": ("{table}.parquet", _parquet),
    "json": ("indices.json", _json),
    "csv": ("{table}.csv", _csv),
    "excel-csv": (EXCEL_FOLDER + "/{table}.csv", _csv),
    "sdmx-csv": ("sdmx/data.csv", _sdmx_csv),
    "sdmx-ml": ("sdmx/data.xml", _sdmx_ml),
    "xlsx": (ANNEX, _xlsx),
}
