"""SDMX: structure and data of a release for the statistical world, written by pysdmx."""

from __future__ import annotations

from shuibei_index.release.formats.sdmx.messages import DATA_CSV, DATA_XML, data_messages, read_csv, read_xml
from shuibei_index.release.formats.sdmx.observations import observations, table_from
from shuibei_index.release.formats.sdmx.structure import STRUCTURE_21, STRUCTURE_30, structure_messages

__all__ = [
    "DATA_CSV",
    "DATA_XML",
    "STRUCTURE_21",
    "STRUCTURE_30",
    "data_messages",
    "observations",
    "read_csv",
    "read_xml",
    "structure_messages",
    "table_from",
]
