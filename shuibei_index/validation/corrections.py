"""Corrections: the values a decision puts in the place of what was sent; what was sent is kept."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from shuibei_index.decisions import FIXED
from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.intake.times import parse_times
from shuibei_index.validation.batch import Batch
from shuibei_index.validation.findings import texts

_KIND = {column.name: column.kind for column in SUBMISSION}


def spelled_out(bound: pd.DataFrame, batch: Batch) -> pd.DataFrame:
    """Return one row per corrected cell: at, column, new, decision, person; of several the last decision stands.

    Raises
    ------
    UsageError
        A decision corrects a column that cannot be corrected, or to something that is no value of it.
    """
    named = bound[bound["action"] == "correct"]
    cells = [
        (at, column, new, decision, person)
        for at, values, decision, person in named[["at", "values", "decision", "person"]].to_numpy().tolist()
        for column, new in checked_values(values, f"decision {decision}").items()
    ]
    frame = pd.DataFrame(cells, columns=["at", "column", "new", "decision", "person"]).astype({"at": "int64"})
    return frame.drop_duplicates(["at", "column"], keep="last").sort_values(["column", "at"], ignore_index=True)


def checked_values(text: str, where: str) -> dict[str, Any]:
    """Return the values of a correction, each of the type of its column; None = the cell becomes empty.

    Examples
    --------
    >>> checked_values('{"amount": 515, "weight_unit": "g"}', "decision 1")
    {'amount': 515.0, 'weight_unit': 'g'}

    Raises
    ------
    UsageError
        It is no JSON object, a column does not exist or is not to be corrected, or a value is of another type.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{where}: values are not JSON ({error})", zh=f"{where}：更正值不是 JSON") from error
    if not isinstance(content, dict):
        raise UsageError(f"{where}: values must be {{column: value}}", zh=f"{where}：更正值应为 {{列名: 值}}")
    return {column: _value(column, value, where) for column, value in content.items()}


def _value(column: str, value: Any, where: str) -> Any:
    if column not in _KIND or column in FIXED:
        allowed = [name for name in _KIND if name not in FIXED]
        raise UsageError(
            f"{where}: column {column!r} cannot be corrected{did_you_mean(column, allowed)}",
            zh=f"{where}：列 {column!r} 不能更正",
        )
    if value is None:
        return None
    kind = _KIND[column]
    wrong = UsageError(f"{where}: {column} cannot be {value!r}", zh=f"{where}：{column} 不能为 {value!r}")
    if kind == "text":
        if not isinstance(value, str) or (column == "deal_time" and parse_times(pa.array([value]))[1].any()):
            raise wrong
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) >= 2**53:
        raise wrong
    if kind == "integer" and int(value) != value:
        raise wrong
    return int(value) if kind == "integer" else float(value)


def with_values(batch: Batch, changes: pd.DataFrame) -> Batch:
    """Return the records with the cells replaced."""
    table = batch.table
    for name, cells in changes.groupby("column", sort=True):
        column = table[name]
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        new: Any = cells["new"].tolist()
        if pa.types.is_temporal(kind):
            new = parse_times(pa.array(new, pa.string()))[0]
        fresh = pa.array(new, kind, from_pandas=True)
        if pa.types.is_dictionary(column.type):
            fresh = fresh.dictionary_encode().cast(column.type)
        place = np.arange(batch.size)
        place[cells["at"].to_numpy()] = batch.size + np.arange(len(cells))
        joined = pa.chunked_array([*column.chunks, fresh], column.type).unify_dictionaries()
        table = table.set_column(table.schema.get_field_index(str(name)), str(name), joined.take(pa.array(place)))
    return Batch.of(table)


def corrected(changes: pd.DataFrame, sent: Batch, batch: Batch) -> pd.DataFrame:
    """Return the changes with the cells as text: value = as sent, expected = as decided."""
    parts = []
    for name, cells in changes.groupby("column", sort=True):
        at = cells["at"].to_numpy()
        before, after = (texts(each.table, str(name), at).to_pylist() for each in (sent, batch))
        parts.append(cells.assign(value=before, expected=after))
    told = pd.concat(parts, ignore_index=True) if parts else changes.assign(value="", expected="")
    # a cell that says the same as before was not corrected
    return told[told["value"] != told["expected"]]
