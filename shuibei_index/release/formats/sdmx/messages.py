"""Data messages: the observations as SDMX-CSV 2.0 (SDMX 3.0) and as structure-specific SDMX-ML 2.1."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pandas as pd
from lxml import etree
from pysdmx.io import write_sdmx
from pysdmx.io.format import Format
from pysdmx.io.pd import PandasDataset
from pysdmx.model import Schema
from pysdmx.model.dataset import ActionType

from shuibei_index.errors import ReleaseError
from shuibei_index.release.about import About
from shuibei_index.release.formats.sdmx.codes import AGENCY, FLOW, OF_DATASET, TIME, VALUE, VERSION, code_lists
from shuibei_index.release.formats.sdmx.observations import COLUMNS, measures
from shuibei_index.release.formats.sdmx.structure import header, schema
from shuibei_index.release.schema import Table

NO_NUMBER = "NaN"
DATA_CSV, DATA_XML = "sdmx/data.csv", "sdmx/data.xml"
_URN = f"Dataflow={AGENCY}:{FLOW}({VERSION})"


def data_messages(
    observed: pd.DataFrame, frames: Mapping[str, pd.DataFrame], tables: Mapping[str, Table], about: About
) -> dict[str, bytes]:
    """Return the two data messages, path → content.

    Parameters
    ----------
    observed : DataFrame
        From `observations`.
    frames, tables : mapping
        Of the release.
    about : About
    """
    components = schema(code_lists(frames, measures(tables))).components
    structure = Schema(context="dataflow", agency=AGENCY, id=FLOW, version=VERSION, components=components)
    attributes = dict(zip(OF_DATASET, (about.base_period, about.release), strict=True))
    files: dict[str, bytes] = {}
    # the standard's word for a number that is not there: withheld or missing, as status and confidentiality say
    stated = observed.assign(**{VALUE: observed[VALUE].replace("", NO_NUMBER)})
    for path, form in ((DATA_CSV, Format.DATA_SDMX_CSV_2_0_0), (DATA_XML, Format.DATA_SDMX_ML_2_1_STR)):
        data = PandasDataset(
            structure=structure, data=stated.copy(), attributes=dict(attributes), action=ActionType.Replace
        )
        if path == DATA_XML:
            text = str(
                write_sdmx(
                    [data],
                    form,
                    header=header(about, "DATA"),
                    dimension_at_observation={_URN: TIME},
                    prettyprint=False,
                )
            )
            # one series a line for whoever looks into the file
            text = text.replace("<Series ", "\n<Series ").replace(" />", "/>")
            files[path] = text.encode() + b"\n"
        else:
            files[path] = str(write_sdmx([data], form)).replace("\r\n", "\n").encode()
    return files


def read_csv(content: bytes) -> pd.DataFrame:
    """Return the observations of an SDMX-CSV file as text, columns `COLUMNS`.

    Raises
    ------
    ReleaseError
        It lacks columns.
    """
    frame = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    return _complete(frame, DATA_CSV)


def read_xml(content: bytes) -> pd.DataFrame:
    """Return the observations of a structure-specific SDMX-ML file as text, columns `COLUMNS`.

    Raises
    ------
    ReleaseError
        It is no XML, or lacks dimensions.
    """
    rows: list[dict[str, str]] = []
    series: dict[str, str] = {}
    # no entities, no network: what is read may come from anywhere
    walk = etree.iterparse(
        io.BytesIO(content), events=("start", "end"), tag=("Series", "Obs"), resolve_entities=False, no_network=True
    )
    try:
        for event, element in walk:
            if element.tag == "Series":
                series = dict(element.attrib) if event == "start" else {}
                if event == "end":
                    element.clear()
            elif event == "start":
                rows.append({**series, **element.attrib})
    except etree.XMLSyntaxError as error:
        raise ReleaseError(f"{DATA_XML}: no XML: {error}", zh=f"{DATA_XML}：不是 XML：{error}") from error
    frame = pd.DataFrame.from_records(rows) if rows else pd.DataFrame(columns=list(COLUMNS))
    for optional in (VALUE, "OBS_STATUS", "OBS_CONF"):
        if optional not in frame:
            frame[optional] = ""
    return _complete(frame.fillna(""), DATA_XML)


def _complete(frame: pd.DataFrame, path: str) -> pd.DataFrame:
    missing = [name for name in COLUMNS if name not in frame]
    if missing:
        raise ReleaseError(f"{path}: {', '.join(missing)} missing", zh=f"{path}：缺少 {'、'.join(missing)}")
    frame = frame[list(COLUMNS)].astype(object)
    return frame.assign(**{VALUE: frame[VALUE].replace(NO_NUMBER, "")})
