from __future__ import annotations

import dataclasses
import importlib

from shuibei_index.release.policy import Policy, publication_policy
from shuibei_index.resources import methodology_dir
from shuibei_index.rules import Rules


def test_every_rule_of_the_stage_is_read_and_every_decision_written(rules: Rules) -> None:
    own = [rule for rule in rules.rules.values() if rule.file == "release.toml"]
    assert {rule.name for rule in own} == {f.name for f in dataclasses.fields(Policy)}
    decisions = {p.name[:4] for p in (methodology_dir() / "decisions").glob("*.md")}
    for rule in own:
        module, function = rule.used_by.split(":")
        assert callable(getattr(importlib.import_module(module), function))
        assert {v.decision for v in rule.values} <= decisions


def test_the_policy_survives_the_manifest(rules: Rules) -> None:
    policy = publication_policy(rules.at("2025-06"))
    assert Policy.from_manifest(dataclasses.asdict(policy)) == policy
