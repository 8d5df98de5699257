"""Structure messages: code lists, concepts, data structure and dataflow, in SDMX-ML 2.1 and 3.0."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from lxml import etree
from pysdmx.io import write_sdmx
from pysdmx.io.format import Format
from pysdmx.model import (
    Agency,
    AgencyScheme,
    Code,
    Codelist,
    Component,
    Components,
    Concept,
    ConceptScheme,
    Dataflow,
    DataStructureDefinition,
    DataType,
    ItemReference,
    Organisation,
    Role,
)
from pysdmx.model.message import Header

from shuibei_index.release.about import About, as_date
from shuibei_index.release.formats.sdmx.codes import (
    AGENCY,
    CONCEPT_NAMES,
    CONCEPTS,
    DIMENSIONS,
    DSD,
    FLOW,
    OF_DATASET,
    OF_OBSERVATION,
    TIME,
    VALUE,
    VERSION,
    CodeName,
    code_lists,
)
from shuibei_index.release.formats.sdmx.observations import measures
from shuibei_index.release.schema import Table

STRUCTURE_21, STRUCTURE_30 = "sdmx/structure-2.1.xml", "sdmx/structure-3.0.xml"
_XML = "http://www.w3.org/XML/1998/namespace"
_TYPES = {TIME: DataType.PERIOD, VALUE: DataType.DOUBLE, "DECIMALS": DataType.INTEGER}


def header(about: About, kind: str) -> Header:
    """Return the header of a message: named and dated by the release, never by the clock."""
    day = dt.datetime.combine(as_date(about.released_on, "released_on"), dt.time(), dt.UTC)
    # an identifier in a header may not begin with a digit
    return Header(id=f"CJI_{about.release}_{kind}", prepared=day, sender=Organisation(id=AGENCY))


def structure_messages(
    frames: Mapping[str, pd.DataFrame], tables: Mapping[str, Table], about: About
) -> dict[str, bytes]:
    """Return the two structure messages, path → content.

    Parameters
    ----------
    frames, tables : mapping
        Of the release.
    about : About

    Notes
    -----
    pysdmx writes the English names only; the Chinese ones and the hierarchy of the classes are added to the tree it
    wrote, in the elements the standard has for them (decision 0361).
    """
    lists = code_lists(frames, measures(tables))
    artefacts = _artefacts(lists, about)
    files = {}
    for path, form in (
        (STRUCTURE_21, Format.STRUCTURE_SDMX_ML_2_1),
        (STRUCTURE_30, Format.STRUCTURE_SDMX_ML_3_0),
    ):
        text = write_sdmx(artefacts, form, header=header(about, "STRUCTURE"), prettyprint=True)
        files[path] = _with_chinese(str(text).encode(), lists, about)
    return files


def schema(lists: Mapping[str, Sequence[CodeName]]) -> DataStructureDefinition:
    """Return the data structure definition."""
    series = ",".join(DIMENSIONS)
    codelists = _codelists(lists)
    parts: list[Component] = [_component(name, Role.DIMENSION, codelists) for name in (*DIMENSIONS, TIME)]
    parts.append(_component(VALUE, Role.MEASURE, codelists, required=False))
    parts += [_component(name, Role.ATTRIBUTE, codelists, "O", required=False) for name in OF_OBSERVATION]
    parts += [_component(name, Role.ATTRIBUTE, codelists, series) for name in ("UNIT_MEASURE", "DECIMALS")]
    parts += [_component(name, Role.ATTRIBUTE, codelists, "D") for name in OF_DATASET]
    return DataStructureDefinition(
        id=DSD, name="Shuibei China Jewelry Index", agency=AGENCY, version=VERSION, components=Components(parts)
    )


def _component(
    name: str, role: Role, codelists: Mapping[str, Codelist], attached: str | None = None, *, required: bool = True
) -> Component:
    concept = ItemReference(sdmx_type="Concept", agency=AGENCY, id=CONCEPTS, version=VERSION, item_id=name)
    coded = codelists.get(name)
    return Component(
        id=name,
        required=required,
        role=role,
        concept=concept,
        local_codes=coded,
        local_dtype=None if coded else _TYPES.get(name, DataType.STRING),
        attachment_level=attached,
    )


def _codelists(lists: Mapping[str, Sequence[CodeName]]) -> dict[str, Codelist]:
    return {
        name: Codelist(
            id=f"CL_{name}",
            name=CONCEPT_NAMES[name][1],
            agency=AGENCY,
            version=VERSION,
            items=[Code(id=one.code, name=_writable(one.en)) for one in codes],
        )
        for name, codes in lists.items()
    }


def _artefacts(lists: Mapping[str, Sequence[CodeName]], about: About) -> list[Any]:
    # a data type with every concept: a reader looks it up where an attribute belongs to the whole data set
    concepts = [
        Concept(id=name, name=en, dtype=_TYPES.get(name, DataType.STRING)) for name, (_, en) in CONCEPT_NAMES.items()
    ]
    flow = Dataflow(
        id=FLOW,
        name=_writable(about.name("en")),
        agency=AGENCY,
        version=VERSION,
        structure=f"DataStructure={AGENCY}:{DSD}({VERSION})",
    )
    return [
        AgencyScheme(
            id="AGENCIES",
            name="Agencies",
            agency="SDMX",
            version="1.0",
            items=[Agency(id=AGENCY, name="Shuibei index team")],
        ),
        *_codelists(lists).values(),
        ConceptScheme(id=CONCEPTS, name="Concepts of the index", agency=AGENCY, version=VERSION, items=concepts),
        schema(lists),
        flow,
    ]


def _with_chinese(content: bytes, lists: Mapping[str, Sequence[CodeName]], about: About) -> bytes:
    tree = etree.fromstring(content)
    names: dict[tuple[str, str], str] = {("AGENCIES", ""): "机构", ("AGENCIES", AGENCY): "水贝指数编制组"}
    names |= {(CONCEPTS, ""): "指数概念", (DSD, ""): "水贝·中国珠宝指数"}
    names |= {(CONCEPTS, name): zh for name, (zh, _) in CONCEPT_NAMES.items()}
    for name, codes in lists.items():
        names[(f"CL_{name}", "")] = CONCEPT_NAMES[name][0]
        names |= {(f"CL_{name}", one.code): one.zh for one in codes}
    above = {one.code: one.parent for one in lists["ITEM"] if one.parent}
    is_21 = b"/v2_1/" in content
    for english in tree.xpath("//*[local-name()='Name']"):
        owner = english.getparent()
        around = owner.getparent().get("id")
        scheme, item = (around, owner.get("id")) if around else (owner.get("id"), "")
        is_flow = etree.QName(owner).localname == "Dataflow"
        zh = about.name("zh") if is_flow else names[(scheme, item)]
        chinese = etree.Element(english.tag, nsmap=english.nsmap)
        chinese.set(f"{{{_XML}}}lang", "zh")
        chinese.text, chinese.tail = _writable(zh), english.tail
        english.addnext(chinese)
        if scheme == "CL_ITEM" and item in above:
            parent = etree.Element(etree.QName(etree.QName(owner).namespace, "Parent"), nsmap=owner.nsmap)
            if is_21:
                etree.SubElement(parent, "Ref", id=above[item])
            else:
                parent.text = above[item]
            parent.tail = chinese.tail
            chinese.addnext(parent)
    text: bytes = etree.tostring(tree, encoding="UTF-8", xml_declaration=True)
    return text + b"\n"


def _writable(text: str) -> str:
    # XML has no control characters; a name is one line
    return "".join(letter if letter.isprintable() else " " for letter in text).strip() or "-"
