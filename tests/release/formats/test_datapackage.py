from __future__ import annotations

import json
from pathlib import Path

import frictionless
import pytest

from tests.release.formats.conftest import Bundle


def written(bundle: Bundle, folder: Path) -> Path:
    for path, content in bundle.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder / "datapackage.json"


def test_frictionless_accepts_the_package(bundle: Bundle, tmp_path: Path) -> None:
    report = frictionless.validate(str(written(bundle, tmp_path)))
    assert report.valid, report.flatten(["name", "rowNumber", "message"])
    assert {task.name for task in report.tasks} >= {"indices", "contributions", "links", "quality", "revisions"}


def test_frictionless_refuses_what_breaks_the_description(bundle: Bundle, tmp_path: Path) -> None:
    path = written(bundle, tmp_path)
    content = json.loads(path.read_text(encoding="utf-8"))
    for resource in content["resources"]:
        resource.pop("hash", None)
        resource.pop("bytes", None)
    links = next(r for r in content["resources"] if r["name"] == "links")
    quality = next(r for r in content["resources"] if r["name"] == "quality")
    content["resources"] = [next(r for r in content["resources"] if r["name"] == "indices"), quality, links]
    path.write_text(json.dumps(content), encoding="utf-8")
    lines = (tmp_path / "quality.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "quality.csv").write_text("\n".join([*lines[:3], lines[3].replace(",01", ",77", 1)]) + "\n")
    head, first = (tmp_path / "links.csv").read_text(encoding="utf-8").splitlines()[:2]
    (tmp_path / "links.csv").write_text("\n".join([head, first, first]) + "\n")
    report = frictionless.validate(str(path))
    kinds = {kind for _, kind in report.flatten(["name", "type"])}
    assert {"foreign-key", "primary-key"} <= kinds


@pytest.mark.parametrize("name", ["quality", "contributions"])
def test_every_field_is_described(bundle: Bundle, name: str) -> None:
    content = json.loads(bundle.files["datapackage.json"])
    resource = next(r for r in content["resources"] if r["name"] == name)
    header = bundle.files[f"{name}.csv"].decode().splitlines()[0].split(",")
    assert [f["name"] for f in resource["schema"]["fields"]] == header
    assert all(f["title"] and f["description"] for f in resource["schema"]["fields"])
    assert resource["schema"]["foreignKeys"][0]["reference"]["resource"] == "indices"
