"""Code lists and concepts of the SDMX structure, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from shuibei_index.component_names import COMPONENT_NAMES
from shuibei_index.release.optional import PROSPERITY
from shuibei_index.release.schema import INDICES

AGENCY = "SHUIBEI"
#: Version of every artefact: that of the tables' schema. Lists may grow, so none is final.
VERSION = "1.0"
DSD = FLOW = "CJI"
CONCEPTS = "CS_CJI"

#: Dimensions in the order of a key, then time and value; domain: FREQ.REF_AREA.ADJUSTMENT.FAMILY.ITEM.COMPONENT.MEASURE
DIMENSIONS = ("FREQ", "REF_AREA", "ADJUSTMENT", "FAMILY", "ITEM", "COMPONENT", "MEASURE")
TIME, VALUE = "TIME_PERIOD", "OBS_VALUE"
OF_OBSERVATION = ("OBS_STATUS", "OBS_CONF")
OF_SERIES = ("UNIT_MEASURE", "DECIMALS")
OF_DATASET = ("BASE_PER", "RELEASE")

CONCEPT_NAMES: Mapping[str, tuple[str, str]] = {
    "FREQ": ("频率", "Frequency"),
    "REF_AREA": ("地区", "Reference area"),
    "ADJUSTMENT": ("季节调整", "Seasonal adjustment"),
    "FAMILY": ("指数族", "Family of indices"),
    "ITEM": ("分类", "Class of the classification"),
    "COMPONENT": ("构成", "Component of the price"),
    "MEASURE": ("指标", "Measure"),
    "TIME_PERIOD": ("报告期", "Time period"),
    "OBS_VALUE": ("数值", "Observation value, as published"),
    "OBS_STATUS": ("数据状态", "Observation status"),
    "OBS_CONF": ("保密状态", "Confidentiality status"),
    "UNIT_MEASURE": ("计量单位", "Unit of measure"),
    "DECIMALS": ("小数位", "Decimals"),
    "BASE_PER": ("基期", "Base period"),
    "RELEASE": ("发布版本", "Release, also the vintage"),
}

FAMILIES = {"P": ("价格", "price, as published"), "X": ("不含税价格", "price without tax"), "C": ("景气", "prosperity")}
#: Texts of the schema's units → code and names.
UNITS: Mapping[str, tuple[str, str, str]] = {
    "points, base period = 100": ("PT", "点（基期=100）", "index points, base period = 100"),
    "points": ("PT", "点（基期=100）", "index points, base period = 100"),
    "points, base period = 1000": ("PT1000", "点（基期=1000）", "index points, base period = 1000"),
    "percent": ("PC", "百分比", "percent"),
    "percentage points": ("PP", "个百分点", "percentage points"),
    "any scale": ("WGT", "权数（任意尺度）", "weight, any scale"),
    "share of the headline": ("SHARE", "占总指数比重", "share of the headline"),
}
_STATUS = {
    "A": ("正常", "normal value"),
    "P": ("初步", "provisional value"),
    "I": ("插补", "imputed value"),
    "R": ("修订", "revised value"),
    "M": ("缺失", "missing value"),
}
_CONFIDENTIAL = {"F": ("公开", "free"), "C": ("保密", "confidential: the value is withheld")}
_ADJUSTMENT = {
    "NSA": ("未经季节调整", "not seasonally adjusted"),
    "SA": ("季节调整后", "seasonally adjusted"),
    "TREND": ("趋势循环", "trend-cycle"),
}
_DIMENSIONS_OF_PROSPERITY = {
    "scale": ("规模", "scale"),
    "efficiency": ("效益", "efficiency"),
    "confidence": ("信心", "confidence"),
}
#: A code must be an SDMX identifier; what else a tree may use is written as _ and its hexadecimal number.
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")


class CodeName(NamedTuple):
    """One code: its names and the code above it."""

    code: str
    zh: str
    en: str
    parent: str = ""


#: Before the class code, as CP stands before a code of COICOP.
ITEM_PREFIX = "CJ"
_ESCAPED = re.compile("_([0-9a-f]+)_")


def class_code(item: str) -> str:
    """Return the class code of an SDMX identifier.

    Examples
    --------
    >>> class_code("CJ010102"), class_code("CJA_2e_1")
    ('010102', 'A.1')
    """
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), item.removeprefix(ITEM_PREFIX))


def identifier(code: str) -> str:
    """Return a class code as an SDMX identifier, one to one.

    The letters before it keep its leading zeros in every reader, and SDMX 3.0 asks them of a code above another.

    Examples
    --------
    >>> identifier("010102"), identifier("A.1")
    ('CJ010102', 'CJA_2e_1')
    """
    return ITEM_PREFIX + "".join(letter if letter in _PLAIN else f"_{ord(letter):x}_" for letter in code)


def code_lists(frames: Mapping[str, pd.DataFrame], measures: Mapping[str, CodeName]) -> dict[str, list[CodeName]]:
    """Return the code list of every coded component.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Tables of the release; the classes are those of its indices.
    measures : mapping of str to CodeName
        From `observations.measures`.
    """
    components = {k: COMPONENT_NAMES[k].pair for k in COMPONENT_NAMES} | _DIMENSIONS_OF_PROSPERITY
    for name in _allowed(PROSPERITY, "component"):
        components.setdefault(name, (name, name))
    known = set(_allowed(INDICES, "obs_status"))
    return {
        "FREQ": _named({"M": ("月", "monthly"), "A": ("年", "annual")}),
        "REF_AREA": _named({"CN": ("中国", "China")}),
        "ADJUSTMENT": _named({k: _ADJUSTMENT[k] for k in _allowed(INDICES, "adjustment")}),
        "FAMILY": _named(FAMILIES),
        "ITEM": items(frames),
        "COMPONENT": _named(components),
        "MEASURE": list(measures.values()),
        "UNIT_MEASURE": _named({code: (zh, en) for code, zh, en in UNITS.values()}),
        "OBS_STATUS": _named({k: v for k, v in _STATUS.items() if k in known}),
        "OBS_CONF": _named(_CONFIDENTIAL),
    }


def items(frames: Mapping[str, pd.DataFrame]) -> list[CodeName]:
    """Return the classes of a release, each with the class above it.

    The class above is the one with the longest code that begins its own; classes of the first level whose
    contributions count in the headline stand under it, satellites under nothing.
    """
    indices = frames["indices"]
    classes = indices.drop_duplicates("class_code", keep="last").sort_values("class_code", kind="stable")
    codes = classes["class_code"].astype(str).tolist()
    inside = set(frames["contributions"]["class_code"].astype(str)) if "contributions" in frames else set()
    known = set(codes)
    head = "00" if "00" in known else ""
    rows = []
    columns = (codes, classes["level"].tolist(), classes["name_zh"].astype(str), classes["name_en"].astype(str))
    for code, level, zh, en in zip(*columns, strict=True):
        starts = (code[:n] for n in range(len(code) - 1, 0, -1))
        above = next((start for start in starts if start in known), "") if level else ""
        if not above and level == 1 and code in inside:
            above = head
        # a name is obligatory in SDMX
        rows.append(CodeName(identifier(code), zh or code, en or code, identifier(above) if above else ""))
    return rows


def _named(names: Mapping[str, tuple[str, str]]) -> list[CodeName]:
    return [CodeName(code, zh, en) for code, (zh, en) in names.items()]


def _allowed(table: object, name: str) -> tuple[str, ...]:
    columns = {c.name: c for c in table.columns}  # type: ignore[attr-defined]
    return tuple(columns[name].allowed)
