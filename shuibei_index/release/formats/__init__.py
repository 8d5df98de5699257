"""Formats of a release beside its CSV, Parquet and JSON: SDMX, annex workbook, schemas; and how each is read back."""

from __future__ import annotations

from shuibei_index.release.formats.agreement import Disagreement, disagreements
from shuibei_index.release.formats.making import files
from shuibei_index.release.formats.reading import READERS, read

FORMATS = tuple(READERS)

__all__ = ["FORMATS", "Disagreement", "disagreements", "files", "read"]
