"""JSON Schema (draft 2020-12) of indices.json, facts.json and manifest.json, made from the tables' own description."""

from __future__ import annotations

import dataclasses
from typing import Any

from shuibei_index.release.about import STATUSES, About
from shuibei_index.release.factsheet import UNITS
from shuibei_index.release.policy import Policy
from shuibei_index.release.schema import INDICES, SCHEMA_VERSION
from shuibei_index.release.tables import json_bytes

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_MONTH = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
_DAY = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_TEXT = {"type": "string"}
_SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_MARKS: dict[str, Any] = {
    "release": {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])(-r[1-9][0-9]*)?$"},
    "period": _MONTH,
    "vintage": _TEXT,
    "base_period": {"type": "string", "pattern": "^[0-9]{4}(-(0[1-9]|1[0-2]))?$"},
    "status": {"enum": list(STATUSES)},
}
INDICES_SCHEMA, MANIFEST_SCHEMA = "schema/indices.schema.json", "schema/manifest.schema.json"
FACTS_SCHEMA = "schema/facts.schema.json"
#: Fields of a fact, and what they hold.
_FACT = {
    "id": "编号 dotted name: what it is, of which class, component, measure or month",
    "value": "数值 as published; empty where there is none, it is withheld, or the fact is words",
    "unit": "单位",
    "zh": "中文 words of the Chinese bulletin",
    "en": "英文 words of the English bulletin",
}


def schemas() -> dict[str, bytes]:
    """Return the schemas, path → content."""
    made = {INDICES_SCHEMA: indices_schema(), FACTS_SCHEMA: facts_schema(), MANIFEST_SCHEMA: manifest_schema()}
    return {path: json_bytes(content) for path, content in made.items()}


def facts_schema() -> dict[str, Any]:
    """Return the schema of facts.json."""
    fact: dict[str, Any] = {name: {**_TEXT, "description": words} for name, words in _FACT.items()}
    fact["unit"] = {"enum": list(UNITS), "description": _FACT["unit"]}
    return {
        "$schema": _DRAFT,
        "$id": f"urn:shuibei-index:schema:facts:{SCHEMA_VERSION}",
        "title": "公报中的全部数字 Every number of the bulletins, with unit and words",
        **_object({**_MARKS, "facts": {"type": "array", "items": _object(fact)}}),
    }


def indices_schema() -> dict[str, Any]:
    """Return the schema of indices.json."""
    allowed = {c.name: list(c.allowed) for c in INDICES.columns if c.allowed}
    words = {c.name: f"{c.zh} {c.en}" for c in INDICES.columns}
    measures = [c.name for c in INDICES.columns if c.is_number]
    series: dict[str, Any] = {
        name: {**_TEXT, "description": words[name]} for name in ("class_code", "name_zh", "name_en")
    }
    series |= {name: {"enum": allowed[name], "description": words[name]} for name in ("component", "adjustment")}
    series["level"] = {"type": "integer", "minimum": 0, "description": words["level"]}
    series["period"] = {"type": "array", "items": _MONTH, "description": words["period"]}
    for name in ("obs_status", "obs_conf"):
        series[name] = {"type": "array", "items": {"enum": allowed[name]}, "description": words[name]}
    for name in measures:
        series[name] = {"type": "array", "items": {"type": ["number", "null"]}, "description": words[name]}
    return {
        "$schema": _DRAFT,
        "$id": f"urn:shuibei-index:schema:indices:{SCHEMA_VERSION}",
        "title": "指数（未修约） Indices in full precision; the lists of a series have one entry per month",
        **_object(
            {
                **_MARKS,
                "units": _object(dict.fromkeys(measures, _TEXT)),
                "series": {"type": "array", "items": _object(series)},
            }
        ),
    }


def manifest_schema() -> dict[str, Any]:
    """Return the schema of manifest.json. A later version may say more; what is required here stays."""
    kinds = {"int": {"type": "integer"}, "str": _TEXT}
    policy = {f.name: kinds[str(f.type)] for f in dataclasses.fields(Policy) if str(f.type) in kinds}
    texts = {"type": "object", "additionalProperties": _TEXT}
    properties: dict[str, Any] = {
        "schema_version": {"const": SCHEMA_VERSION},
        **_MARKS,
        "package_version": _TEXT,
        "title": _object({"zh": _TEXT, "en": _TEXT}),
        "released_on": _DAY,
        "next_release": _DAY,
        "tax_basis": {"enum": ["incl", "excl"]},
        "stage": {"enum": ["wholesale", "retail"]},
        "trial": {"type": "boolean"},
        "reason": _TEXT,
        "notes": {"type": "array", "items": _object({"zh": _TEXT, "en": _TEXT})},
        "intake": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
        "engine": texts,
        "policy": {"type": "object", "properties": policy},
        "digests": {"type": "object", "additionalProperties": _SHA256},
        "files": {
            "type": "array",
            "items": _object({"path": _TEXT, "bytes": {"type": "integer", "minimum": 0}, "sha256": _SHA256}),
        },
    }
    stated = [f.name for f in dataclasses.fields(About) if f.name in properties]
    # there only where they have something to say
    properties |= _said_of_it(texts)
    return {
        "$schema": _DRAFT,
        "$id": f"urn:shuibei-index:schema:manifest:{SCHEMA_VERSION}",
        "title": "发布清单 Manifest of a release: what it is and the digest of every file",
        "type": "object",
        "properties": properties,
        "required": ["schema_version", *stated, "files"],
    }


def _said_of_it(texts: dict[str, Any]) -> dict[str, Any]:
    """Return the optional entries: sign-offs, the end of an embargo, what it corrects, what is next, whom to ask."""
    count = {"type": "integer", "minimum": 0}
    changed = {"values": count, "from": _MONTH, "to": _MONTH, "classes": {"type": "array", "items": _TEXT}}
    reason = _object({"zh": _TEXT, "en": _TEXT})
    erratum = {"corrects": _MARKS["release"], "reason": reason, "changed": _object(changed)}
    signature = _object({"role": _TEXT, "signed_at": _TEXT})
    return {
        "sign_offs": {
            "type": "object",
            "properties": {"required": count, "given": {"type": "array", "items": signature}, "signed": _SHA256},
        },
        "embargo_until": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}"},
        "errata": {"type": "array", "items": _object(erratum)},
        "next_dates": {"type": "array", "items": _object({"period": _MONTH, "date": _DAY})},
        "contact": texts,
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
