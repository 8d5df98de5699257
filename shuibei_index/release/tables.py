"""The only place that rounds: numbers to published text, by the policy in force, once."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from shuibei_index.release.policy import Policy
from shuibei_index.release.schema import INTEGER, Table, decimals
from shuibei_index.teamfiles import FORMULA_STARTS

Texts = npt.NDArray[np.str_]


def published(values: npt.ArrayLike, places: int) -> Texts:
    """Return numbers as they are published: `places` decimals, "" for NaN, never "-0.00".

    Notes
    -----
    The stored binary number is rounded in one step to the nearest decimal, a tie to the even digit (GB/T 8170-2008
    §3.2; §3.3 forbids rounding in steps). ``numpy.round`` multiplies first and so rounds twice: it makes 1.115,
    which is stored as 1.1149999…, 1.12.

    Examples
    --------
    >>> [str(t) for t in published([0.125, 0.375, 1.115, -0.001, float("nan")], 2)]
    ['0.12', '0.38', '1.11', '0.00', '']
    """
    numbers = np.atleast_1d(np.asarray(values, dtype=float))
    text: Texts = np.char.mod(f"%.{places}f", numbers)
    zero = f"{0:.{places}f}"
    text = np.where(text == "-" + zero, zero, text)
    return np.where(np.isnan(numbers), "", text)


def as_published(value: float, places: int) -> str:
    """Return one number as it is published.

    Examples
    --------
    >>> as_published(-0.04, 1), as_published(8.35, 1)
    ('0.0', '8.3')
    """
    return str(published([value], places)[0])


def rounded(values: npt.ArrayLike, places: int) -> npt.NDArray[np.float64]:
    """Return the published numbers as floats, NaN where there is none."""
    text = published(values, places)
    return np.where(text == "", "nan", text).astype(float)


def printed(frame: pd.DataFrame, table: Table, policy: Policy) -> pd.DataFrame:
    """Return the table as published text: numbers rounded by their kind, text no spreadsheet takes for a formula."""
    result: dict[str, object] = {}
    for column in table.columns:
        values = frame[column.name]
        if column.is_number:
            result[column.name] = published(values.to_numpy(dtype=float), decimals(column.kind, policy))
        elif column.kind == INTEGER:
            result[column.name] = values.astype("Int64").astype(object).where(values.notna(), "").astype(str).to_numpy()
        else:
            text = values.fillna("").astype(str)
            result[column.name] = text.where(~text.str.startswith(FORMULA_STARTS), "'" + text).to_numpy()
    return pd.DataFrame(result, columns=table.names)


def csv_bytes(frame: pd.DataFrame, table: Table, policy: Policy) -> bytes:
    """Return the published table as CSV: UTF-8 without a byte order mark, LF, one header line."""
    text = io.StringIO()
    printed(frame, table, policy).to_csv(text, index=False, lineterminator="\n")
    return text.getvalue().encode()


def parquet_bytes(frame: pd.DataFrame, table: Table, about: Mapping[str, str]) -> bytes:
    """Return the table in full precision as Parquet; units and meanings with the columns, `about` with the table."""
    fields, arrays = [], []
    for column in table.columns:
        kind = pa.float64() if column.is_number else pa.int64() if column.kind == INTEGER else pa.string()
        notes = {"title_zh": column.zh, "description": column.en, "unit": column.unit}
        fields.append(pa.field(column.name, kind, metadata={k: v for k, v in notes.items() if v}))
        arrays.append(pa.array(frame[column.name], type=kind, from_pandas=True))
    whole = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=dict(about)))
    sink = io.BytesIO()
    pq.write_table(whole, sink, compression="zstd", row_group_size=1 << 20, store_schema=True)
    return sink.getvalue()


def read_parquet(content: bytes) -> pd.DataFrame:
    """Read a table back from its Parquet bytes."""
    frame: pd.DataFrame = pq.read_table(io.BytesIO(content)).to_pandas()
    return frame


def json_bytes(content: Any) -> bytes:
    """Return JSON: UTF-8, keys in the order given, shortest digits that give the same number back, no NaN."""
    return (json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def indices_json(frame: pd.DataFrame, about: Mapping[str, str]) -> bytes:
    """Return the indices in full precision, one object per series with one list per measure (null = none)."""
    measures = ["index", "mom_pct", "yoy_pct", "ytd_pct"]
    series = []
    keys = ["class_code", "component", "adjustment"]
    for _, rows in frame.sort_values([*keys, "period"], kind="stable").groupby(keys, sort=False):
        head = {name: str(rows[name].iloc[0]) for name in [*keys, "name_zh", "name_en"]}
        lists = {m: [None if v != v else v for v in rows[m].tolist()] for m in measures}
        codes = {name: rows[name].tolist() for name in ("period", "obs_status", "obs_conf")}
        series.append({**head, "level": int(rows["level"].iloc[0]), **codes, **lists})
    units = {"index": "points, base period = 100", "mom_pct": "percent", "yoy_pct": "percent", "ytd_pct": "percent"}
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, allow_nan=False) for one in series)
    head_text = json.dumps({**about, "units": units}, ensure_ascii=False)[:-1]
    return f'{head_text},\n"series": [\n{lines}\n]}}\n'.encode()
