"""``datapackage.json``: the tables described for machines by the Frictionless Data Package specification."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from shuibei_index.release.about import About
from shuibei_index.release.schema import INTEGER, MONTH, Column, Table
from shuibei_index.release.tables import json_bytes


def datapackage(tables: Mapping[str, Table], files: Mapping[str, bytes], about: About) -> bytes:
    """Return the descriptor of the CSV files; each names the Parquet file with the same table in full precision."""
    content = {
        "profile": "data-package",
        "name": f"shuibei-china-jewelry-index-{about.release}",
        "title": f"{about.name('en')} {about.release}",
        "description": f"{about.name('zh')}，{about.period}；{about.base_period} = 100",
        "version": about.vintage,
        "resources": [_resource(table, files[f"{name}.csv"]) for name, table in tables.items()],
    }
    return json_bytes(content)


def _resource(table: Table, content: bytes) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": f"{table.en} ({table.zh})",
        "path": f"{table.name}.csv",
        "parquet": f"{table.name}.parquet",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
        "schema": {
            "fields": [_field(column, column.name in table.key) for column in table.columns],
            "missingValues": [""],
            "primaryKey": list(table.key),
        },
    }


def _field(column: Column, required: bool) -> dict[str, Any]:
    kind = "number" if column.is_number else {INTEGER: "integer", MONTH: "yearmonth"}.get(column.kind, "string")
    field: dict[str, Any] = {"name": column.name, "type": kind, "title": column.zh, "description": column.en}
    if column.unit:
        field["unit"] = column.unit
    constraints: dict[str, Any] = {"required": True} if required else {}
    if column.allowed:
        constraints["enum"] = list(column.allowed)
    return {**field, "constraints": constraints} if constraints else field
