"""Rules of this stage are read where they say; the benchmark runs."""

from __future__ import annotations

import ast
import importlib
import inspect
import runpy
import textwrap
from pathlib import Path

import pytest

from shuibei_index.rules import Rules

OWN = [
    rule
    for rule in Rules.load().rules.values()
    if rule.file == "validate.toml" or rule.used_by.startswith("shuibei_index.validation.")
]


@pytest.mark.parametrize("rule", OWN, ids=lambda rule: rule.name)
def test_the_named_function_reads_the_rule(rule):
    module, name = rule.used_by.split(":")
    target = importlib.import_module(module)
    for part in name.split("."):
        target = getattr(target, part) if inspect.ismodule(target) else vars(target)[part]
    tree = ast.parse(textwrap.dedent(inspect.getsource(getattr(target, "func", target))))
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert rule.name in strings


def test_small_benchmark_runs(capsys):
    path = Path(__file__).parents[2] / "benchmarks" / "bench_validate.py"
    assert runpy.run_path(str(path))["main"](["--small"]) == 0
    assert "validate, shuffled rows" in capsys.readouterr().out
