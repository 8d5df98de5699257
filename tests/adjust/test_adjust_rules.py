"""The names in adjust.toml and in the code of the stage match both ways."""

from __future__ import annotations

import importlib
import inspect
import re
import tomllib
from pathlib import Path

from shuibei_index.resources import methodology_dir

STAGE = Path(inspect.getfile(importlib.import_module("shuibei_index.adjust"))).parent


def test_every_rule_is_read_where_it_says() -> None:
    rules = tomllib.loads((methodology_dir() / "rules" / "adjust.toml").read_text(encoding="utf-8"))
    for name, rule in rules.items():
        module, _, function = rule["used_by"].partition(":")
        source = inspect.getsource(getattr(importlib.import_module(module), function))
        helpers = inspect.getsource(importlib.import_module(module))
        assert f'["{name}"]' in (source if function != "check_series" else helpers), name


def test_every_rule_read_exists() -> None:
    rules = tomllib.loads((methodology_dir() / "rules" / "adjust.toml").read_text(encoding="utf-8"))
    read = {
        name
        for path in STAGE.rglob("*.py")
        for name in re.findall(r'(?:rules|in_force)\["(\w+)"\]', path.read_text(encoding="utf-8"))
    }
    assert read == set(rules)


def test_decisions_exist() -> None:
    text = (methodology_dir() / "rules" / "adjust.toml").read_text(encoding="utf-8")
    for number in set(re.findall(r'decision = "(\d{4})"', text)):
        assert list((methodology_dir() / "decisions").glob(f"{number}-*.md")), number
