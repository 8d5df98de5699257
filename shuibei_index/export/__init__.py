"""Releases put into the databases of a publishing platform: PostgreSQL, SQLite, DuckDB."""

from __future__ import annotations

from shuibei_index.export.address import Address, read_address
from shuibei_index.export.errors import ExportError
from shuibei_index.export.loading import SCHEMA, Loaded, load

__all__ = ["SCHEMA", "Address", "ExportError", "Loaded", "load", "read_address"]
