"""``datapackage.json``: the files described for machines by the Frictionless Data Package specification."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from shuibei_index.release.about import About
from shuibei_index.release.schema import INTEGER, MONTH, SHARE, Column, Table
from shuibei_index.release.tables import json_bytes

#: Tables that tell of series of the indices: what they name must be there.
_ABOUT_INDICES = ("contributions", "quality", "components", "without_tax")
_MEDIA_TYPES = {
    "xml": "application/xml",
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/parquet",
}
_MEDIA_TYPES["xlsx"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Further files, path → (name, title). SDMX-CSV and CSV for Excel hold what the tables hold, in other words.
_FURTHER: Mapping[str, tuple[str, str]] = {
    "indices.json": ("indices-json", "Indices in full precision (指数，未修约)"),
    "facts.json": ("facts-json", "Every number of the bulletins with its words (公报中的全部数字)"),
    "bulletin.xlsx": ("bulletin-xlsx", "Annex to the bulletin (公报附表)"),
    "sdmx/structure-2.1.xml": ("sdmx-structure-21", "SDMX-ML 2.1 structure (SDMX 结构)"),
    "sdmx/structure-3.0.xml": ("sdmx-structure-30", "SDMX-ML 3.0 structure (SDMX 结构)"),
    "sdmx/data.xml": ("sdmx-data-xml", "SDMX-ML 2.1 structure-specific data (SDMX 数据)"),
    "sdmx/data.csv": ("sdmx-data-csv", "SDMX-CSV 2.0 data (SDMX 数据)"),
    "sdmx/metadata.json": ("metadata-json", "Reference metadata, ESMS headings (参考元数据)"),
    "schema/indices.schema.json": ("schema-indices", "JSON Schema of indices.json (格式定义)"),
    "schema/facts.schema.json": ("schema-facts", "JSON Schema of facts.json (格式定义)"),
    "schema/manifest.schema.json": ("schema-manifest", "JSON Schema of manifest.json (格式定义)"),
}


def datapackage(tables: Mapping[str, Table], files: Mapping[str, bytes], about: About) -> bytes:
    """Return the descriptor of the CSV files and of what other files of the bundle are there.

    Parameters
    ----------
    tables : mapping of str to Table
    files : mapping of str to bytes
        Of the bundle, the CSV of each table among them.
    about : About

    Notes
    -----
    A licence is for the index team to grant, so none is stated here.
    """
    content = {
        "profile": "data-package",
        "name": f"shuibei-china-jewelry-index-{about.release}",
        "title": f"{about.name('en')} {about.release}",
        "description": f"{about.name('zh')}，{about.period}；{about.base_period} = 100",
        "version": about.vintage,
        "created": f"{about.released_on}T00:00:00Z",
        "keywords": ["price index", "jewellery", "珠宝", "价格指数"],
        "resources": [
            *(_resource(table, files[f"{name}.csv"]) for name, table in tables.items()),
            *(_file(path, name, title, files[path]) for path, (name, title) in _FURTHER.items() if path in files),
        ],
    }
    return json_bytes(content)


def _resource(table: Table, content: bytes) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(column, column.name in table.key) for column in table.columns],
        "missingValues": [""],
        "primaryKey": list(table.key),
    }
    if table.name in _ABOUT_INDICES:
        key = ["period", "class_code"]
        schema["foreignKeys"] = [{"fields": key, "reference": {"resource": "indices", "fields": key}}]
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": f"{table.en} ({table.zh})",
        "path": f"{table.name}.csv",
        "parquet": f"{table.name}.parquet",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **_sealed(content),
        "schema": schema,
    }


def _file(path: str, name: str, title: str, content: bytes) -> dict[str, Any]:
    kind = path.rpartition(".")[2]
    # "file": not described as tables; their columns are those of a standard, and their figures those of the tables
    stated = {
        "name": name,
        "type": "file",
        "title": title,
        "path": path,
        "format": kind,
        "mediatype": _MEDIA_TYPES[kind],
    }
    return {"profile": "data-resource", **stated, **_sealed(content)}


def _sealed(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "hash": "sha256:" + hashlib.sha256(content).hexdigest()}


def _field(column: Column, required: bool) -> dict[str, Any]:
    kind = "number" if column.is_number else {INTEGER: "integer", MONTH: "yearmonth"}.get(column.kind, "string")
    field: dict[str, Any] = {"name": column.name, "type": kind, "title": column.zh, "description": column.en}
    if column.unit:
        field["unit"] = column.unit
    constraints: dict[str, Any] = {"required": True} if required else {}
    if column.allowed:
        constraints["enum"] = list(column.allowed)
    if column.kind == SHARE and "0 to 1" in column.unit:
        constraints |= {"minimum": 0, "maximum": 1}
    return {**field, "constraints": constraints} if constraints else field
