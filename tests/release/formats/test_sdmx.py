from __future__ import annotations

import io

import pandas as pd
import pytest
import sdmx as sdmx1
from pysdmx.io import read_sdmx
from pysdmx.model import DataStructureDefinition
from sdmx.reader.csv import Reader

from shuibei_index.release.formats.sdmx import observations
from shuibei_index.release.formats.sdmx.codes import DIMENSIONS, TIME, VALUE, class_code, identifier
from tests.release.formats.conftest import HIDDEN, NAMES, Bundle

KEY = [*DIMENSIONS, TIME]


@pytest.fixture(scope="module")
def expected(bundle: Bundle) -> pd.DataFrame:
    return observations(bundle.frames, bundle.tables, bundle.about.policy).set_index(KEY).sort_index()


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    found = found.set_index(KEY).sort_index()
    assert found.index.equals(expected.index)
    # as numbers: a reader may have read them as such; the text has been compared elsewhere
    assert found[VALUE].astype(float).equals(expected[VALUE].replace("", "NaN").astype(float))
    for name in ("OBS_STATUS", "OBS_CONF", "UNIT_MEASURE", "DECIMALS"):
        assert found[name].astype(str).tolist() == expected[name].tolist(), name


@pytest.mark.parametrize("path", ["sdmx/structure-2.1.xml", "sdmx/structure-3.0.xml"])
def test_the_writer_reads_its_structure_and_the_standard_accepts_it(bundle: Bundle, path: str) -> None:
    message = read_sdmx(bundle.files[path].decode(), validate=True)
    found = {one.id: one for one in message.structures or ()}
    assert {f"CL_{name}" for name in DIMENSIONS} <= set(found)
    definitions = [one for one in message.structures or () if isinstance(one, DataStructureDefinition)]
    assert [[c.id for c in one.components.dimensions] for one in definitions] == [KEY]
    names = {code.id: code.name for code in found["CL_ITEM"].items}
    assert names["CJ0101"] == NAMES["0101"]
    assert names["CJ0203"] == "two lines; _x0041_"
    assert {n.removeprefix("CJ") for n in names} == set(bundle.frames["indices"]["class_code"])


@pytest.mark.parametrize("path", ["sdmx/data.xml", "sdmx/data.csv"])
def test_pysdmx_reads_the_data(bundle: Bundle, expected: pd.DataFrame, path: str) -> None:
    message = read_sdmx(bundle.files[path].decode(), validate=path.endswith("xml"))
    data = message.data[0]
    assert data.short_urn == "Dataflow=SHUIBEI:CJI(1.0)"
    same(data.data, expected)


@pytest.fixture(scope="module")
def structure(bundle: Bundle) -> sdmx1.message.StructureMessage:
    return sdmx1.read_sdmx(io.BytesIO(bundle.files["sdmx/structure-2.1.xml"]))


def test_another_reader_finds_both_languages_and_the_tree(structure: sdmx1.message.StructureMessage) -> None:
    items = structure.codelist["CL_ITEM"]
    assert items["CJ06"].name.localizations == {"en": "Pearls and organic gems", "zh": "珍珠及有机宝石"}
    assert items["CJ0101"].name.localizations["zh"] == NAMES["0101"]
    assert items["CJ0101"].parent.id == "CJ01"
    assert items["CJ01"].parent.id == "CJ00"
    assert items["CJ00"].parent is items
    assert items["CJ90"].parent is items  # a satellite
    for one in structure.codelist.values():
        assert all({"en", "zh"} <= set(code.name.localizations) for code in one)
    concepts = structure.concept_scheme["CS_CJI"]
    assert concepts["MEASURE"].name.localizations["zh"] == "指标"
    dsd = structure.structure["CJI"]
    assert [d.id for d in dsd.dimensions] == KEY


def test_another_reader_reads_the_data(
    bundle: Bundle, expected: pd.DataFrame, structure: sdmx1.message.StructureMessage
) -> None:
    dsd = structure.structure["CJI"]
    from_xml = sdmx1.read_sdmx(io.BytesIO(bundle.files["sdmx/data.xml"]), structure=dsd)
    assert from_xml.header.prepared.isoformat() == f"{bundle.about.released_on}T00:00:00+00:00"
    from_csv = Reader().convert(io.BytesIO(bundle.files["sdmx/data.csv"]), structure=dsd)
    for message in (from_xml, from_csv):
        (data,) = message.data
        rows = []
        for one in data.obs:
            row = {k: str(v.value) for k, v in one.key.values.items()}  # noqa: PD011
            row |= {k: str(v.value) for k, v in (one.attached_attribute | one.attrib).items()}
            rows.append({**row, VALUE: one.value})
        same(pd.DataFrame(rows), expected)


def test_what_is_withheld_or_missing_has_no_number_and_says_so(bundle: Bundle, expected: pd.DataFrame) -> None:
    rows = expected.reset_index()
    gone = rows[rows["ITEM"].eq("CJ" + HIDDEN)]
    assert set(gone["MEASURE"]) >= {"index", "mom_pct", "mom_pp", "weight"}
    assert gone[VALUE].eq("").all() and gone["OBS_CONF"].eq("C").all()
    lost = rows[rows["OBS_STATUS"].eq("M") & rows["MEASURE"].eq("index")]
    assert lost[["ITEM", VALUE]].to_numpy().tolist() == [["CJ0602", ""]]
    for path in ("sdmx/data.xml", "sdmx/data.csv"):
        assert bundle.files[path].count(b"NaN") == int(rows[VALUE].eq("").sum())


def test_identifiers_are_one_to_one() -> None:
    codes = ["01", "A.1", "A_2e_1", "A 1", "甲", "a-b"]
    assert [class_code(identifier(code)) for code in codes] == codes
    assert all(identifier(code).isascii() for code in codes)
