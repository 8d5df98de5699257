"""The verb: what it prints, and how it refuses."""

import json

import pytest

from shuibei_index.cli import site as verb
from shuibei_index.cli.main import parser
from shuibei_index.errors import UsageError
from shuibei_index.site import SiteResult


def run(monkeypatch, *words):
    asked = {}

    def build(source, out, **options):
        asked.update(source=source, out=out, **options)
        return SiteResult(out, "2025-06", 3, 1, 40, 90, 12, 0)

    monkeypatch.setattr("shuibei_index.site.build_site", build)
    options = parser(("site",)).parse_args(["site", *words])
    return verb.run(options), asked


def test_it_tells_people_and_machines(monkeypatch, capsys):
    code, asked = run(monkeypatch, "--workspace", "WS", "--out", "www", "--bundles", "latest", "--force")
    assert code == 0
    assert asked == {"source": "WS", "out": "www", "base_url": "", "bundles": "latest", "at": "", "force": True}
    told = capsys.readouterr()
    assert "3 个版本 releases" in told.out and "--base-url" in told.err
    run(monkeypatch, "--out", "www", "--json", "--base-url", "https://example.org/")
    told = capsys.readouterr()
    assert json.loads(told.out)["latest"] == "2025-06" and told.err == ""


def test_a_folder_without_releases_is_wrong_usage(tmp_path):
    options = parser(("site",)).parse_args(["site", "--workspace", str(tmp_path), "--out", str(tmp_path / "www")])
    with pytest.raises(UsageError, match="holds no release") as caught:
        verb.run(options)
    assert caught.value.exit_code == 2 and "发布包" in caught.value.zh
