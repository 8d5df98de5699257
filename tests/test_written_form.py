"""A file of a newer form is refused in words; one that says nothing has form 1."""

import shutil

import pytest

from shuibei_index.checks import Checks
from shuibei_index.errors import RulesError, WorkspaceError
from shuibei_index.resources import methodology_dir
from shuibei_index.rules import Rules
from shuibei_index.skeleton import make_workspace
from shuibei_index.workspace import Workspace


def test_a_new_workspace_says_its_form(tmp_path):
    make_workspace(tmp_path / "ws")
    toml = tmp_path / "ws" / "workspace.toml"
    assert "schema_version = 1\n" in toml.read_text(encoding="utf-8")
    assert Workspace.open(tmp_path / "ws").settings.link_month == 12
    toml.write_text("link_month = 6\n")
    assert Workspace.open(tmp_path / "ws").settings.link_month == 6


@pytest.mark.parametrize("version", ["2", "0", "true", '"1"', "1.0"])
def test_a_workspace_of_another_form_is_refused(tmp_path, version):
    (tmp_path / "workspace.toml").write_text(f"schema_version = {version}\nnew_key = 1\n")
    with pytest.raises(WorkspaceError, match=r"workspace\.toml.* schema_version") as refused:
        Workspace.open(tmp_path)
    assert ("newer program" in str(refused.value)) == (version == "2")
    assert ("请更新程序" in refused.value.zh) == (version == "2")


@pytest.mark.parametrize(("kind", "load"), [("rules", Rules.load), ("checks", Checks.load)])
def test_rules_and_checks_of_a_newer_form_are_refused(tmp_path, kind, load):
    shutil.copytree(methodology_dir() / kind, tmp_path / "own" / kind)
    file = sorted((tmp_path / "own" / kind).glob("*.toml"))[0]
    text = file.read_text(encoding="utf-8")
    file.write_text("schema_version = 1\n" + text, encoding="utf-8")
    load(overlay=tmp_path / "own")
    file.write_text("schema_version = 7\n" + text, encoding="utf-8")
    with pytest.raises(RulesError, match=rf"{file.name} has schema_version 7"):
        load(overlay=tmp_path / "own")
