"""All further files of a bundle from one table of facts: SDMX, annex workbook, schemas, CSV for Excel."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from shuibei_index.release.about import About
from shuibei_index.release.facts import Facts, gather
from shuibei_index.release.formats.json_schema import schemas
from shuibei_index.release.formats.metadata import METADATA, metadata_json
from shuibei_index.release.formats.sheets import ANNEX, sheets
from shuibei_index.release.schema import Table
from shuibei_index.release.tables import csv_bytes
from shuibei_index.release.words import headline

#: Byte order mark: without it Excel takes a CSV for the code page of the machine.
BOM = b"\xef\xbb\xbf"
EXCEL_FOLDER = "excel"


def files(
    frames: Mapping[str, pd.DataFrame],
    tables: Mapping[str, Table],
    about: About,
    *,
    facts: Facts | None = None,
    csv: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """Return the files of a bundle that other formats are made of, path → content.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Tables of the release in full precision; withheld values are empty, with obs_conf C.
    tables : mapping of str to Table
        Their description.
    about : About
        The manifest: policy, names, days. No file asks the clock.
    facts : Facts, optional
        Of the bulletins; gathered anew without.
    csv : mapping of str to bytes, optional
        CSV files made already, by path; made anew without.

    Returns
    -------
    dict of str to bytes
        sdmx/structure-2.1.xml, sdmx/structure-3.0.xml, sdmx/data.csv (SDMX-CSV 2.0), sdmx/data.xml (SDMX-ML 2.1),
        sdmx/metadata.json, bulletin.xlsx, schema/*.json, and excel/<table>.csv for tables with Chinese in them.
    """
    # the libraries take a while to load: only who makes a release waits for them
    from shuibei_index.release.formats import sdmx
    from shuibei_index.release.formats.workbook import write_annex

    facts = facts or gather(frames, about)
    sentences = {lang: headline(facts, lang) for lang in ("zh", "en")}
    made = sdmx.structure_messages(frames, tables, about)
    made |= sdmx.data_messages(sdmx.observations(frames, tables, about.policy), frames, tables, about)
    made[METADATA] = metadata_json(about)
    made[ANNEX] = write_annex(sheets(frames, tables, about, sentences), about)
    made |= schemas()
    for name, table in tables.items():
        content = (csv or {}).get(f"{name}.csv") or csv_bytes(frames[name], table, about.policy)
        if not content.isascii():
            made[f"{EXCEL_FOLDER}/{name}.csv"] = BOM + content
    return made
