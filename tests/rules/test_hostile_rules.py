"""A workspace that came from elsewhere chooses no code: rules, checks, trees and settings are data."""

import sys

import pytest

from shuibei_index.checks import Checks
from shuibei_index.cli.main import main
from shuibei_index.errors import RulesError, ShuibeiIndexError
from shuibei_index.kernel.expression import ExpressionError, parse
from shuibei_index.rules import Rules
from shuibei_index.skeleton import make_workspace

RULE = """
[evil]
title_zh = "恶"
title = "evil"
unit = "none"
used_by = "{used_by}"
[[evil.values]]
from = 2000-01-01
value = 1
reference = "none"
decision = "0001"
"""


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A workspace with a module beside it that tells when it is run."""
    root = tmp_path / "ws"
    make_workspace(root)
    (tmp_path / "evil_module.py").write_text("raise SystemExit('run')\n", encoding="utf-8")
    (root / "own" / "rules").mkdir(parents=True)
    toml = root / "workspace.toml"
    toml.write_text(toml.read_text("utf-8") + '\nmethodology = "own"\n', encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return root


@pytest.mark.parametrize("used_by", ["evil_module:run", "os:system", "shuibei_index_evil:run", "antigravity:x"])
def test_a_rule_of_a_workspace_imports_nothing_of_others(workspace, used_by, capsys):
    (workspace / "own" / "rules" / "evil.toml").write_text(RULE.format(used_by=used_by), encoding="utf-8")
    loaded = set(sys.modules)
    assert main(["rules", "check", "--workspace", str(workspace)]) != 0
    assert not {"evil_module", "antigravity", "shuibei_index_evil"} & (set(sys.modules) - loaded)
    assert "错误" in capsys.readouterr().err


def test_check_used_itself_refuses(workspace):
    (workspace / "own" / "rules" / "evil.toml").write_text(RULE.format(used_by="evil_module:run"), encoding="utf-8")
    try:
        rules = Rules.load(overlay=workspace / "own")
    except RulesError:
        return
    with pytest.raises(RulesError, match="not part of shuibei_index"):
        rules.check_used()


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('id') = 0",
        "().__class__.__base__ = 1",
        "amount.__class__ = 1",
        "amount[0] = 1",
        "eval('1') = 1",
        "@pd = 1",
        "`amount` = 1",
        "amount = (lambda: 1)()",
        "amount := 1",
        "abs.__globals__ = 1",
        "amount ** amount = 1",
        "(" * 200 + "amount = 1" + ")" * 200,
    ],
)
def test_an_expression_is_never_python(text):
    with pytest.raises(ExpressionError):
        parse(text, {"amount": "number"})


def test_checks_and_trees_of_a_workspace_are_data(workspace):
    (workspace / "own" / "checks").mkdir()
    (workspace / "own" / "checks" / "evil.toml").write_text('[evil]\nrun = "evil_module:run"\n', encoding="utf-8")
    with pytest.raises(ShuibeiIndexError):
        Checks.load(overlay=workspace / "own")
    assert "evil_module" not in sys.modules


@pytest.mark.parametrize("methodology", ["../", "../../..", "/etc", "own/../../own"])
def test_a_methodology_that_points_elsewhere_is_read_as_data_at_most(workspace, methodology):
    from shuibei_index.workspace import Workspace

    toml = workspace / "workspace.toml"
    toml.write_text(toml.read_text("utf-8").replace('methodology = "own"', f'methodology = "{methodology}"'), "utf-8")
    opened = Workspace.open(workspace)
    try:
        opened.rules(), opened.checks(), opened.tree("2025")
    except ShuibeiIndexError as error:
        assert "evil" not in str(error)
    assert "evil_module" not in sys.modules
