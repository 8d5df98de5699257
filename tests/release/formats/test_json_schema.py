from __future__ import annotations

import copy
import json

import jsonschema
import pytest

from tests.release.formats.conftest import Bundle


def validator(bundle: Bundle, name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads(bundle.files[f"schema/{name}.schema.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_indices_json_is_as_its_schema_says(bundle: Bundle) -> None:
    content = json.loads(bundle.files["indices.json"])
    check = validator(bundle, "indices")
    check.validate(content)
    for change in (
        lambda c: c["series"][0]["index"].__setitem__(0, "97.1"),
        lambda c: c["series"][0].pop("obs_conf"),
        lambda c: c["series"][0]["obs_status"].__setitem__(0, "X"),
        lambda c: c.__setitem__("period", "2024-13"),
        lambda c: c["series"][0].__setitem__("enterprise_id", "E1"),
    ):
        broken = copy.deepcopy(content | {"series": content["series"][:1]})
        change(broken)
        assert not check.is_valid(broken)


def test_a_manifest_is_as_its_schema_says(bundle: Bundle) -> None:
    listed = [{"path": "indices.csv", "bytes": 9, "sha256": "ab" * 32}]
    manifest = json.loads(json.dumps({**bundle.about.to_manifest(), "files": listed}))
    check = validator(bundle, "manifest")
    check.validate(manifest)
    assert not check.is_valid({**manifest, "schema_version": "9"})
    for name in ("files", "digests", "status", "policy"):
        assert not check.is_valid({k: v for k, v in manifest.items() if k != name})
    with pytest.raises(jsonschema.ValidationError, match="does not match"):
        check.validate({**manifest, "digests": {"rules": "abc"}})
