"""Rules in the plan: which section shows which rule, each exactly once; what no section names is in the annex."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from shuibei_index.compliance.document import Cell, Code, Document, Words
from shuibei_index.errors import RulesError
from shuibei_index.rules import Rule, Rules, RuleValue

#: Files of rules by section of the plan. A file that is named nowhere is in the annex.
FILES: dict[str, tuple[str, ...]] = {
    "forms": ("templates.toml", "intake.toml"),
    "checks": ("validate.toml",),
    "weights": ("aggregate.toml",),
    "formulas": ("index.toml",),
    "upkeep": ("upkeep.toml",),
    "metal": ("bullion.toml",),
    "seasonal": ("adjust.toml",),
    "disclosure": ("disclosure.toml",),
    "publication": ("release.toml",),
    "revision": ("revision.toml",),
    "review": ("review.toml", "influence.toml"),
    "response": ("response.toml",),
    "archive": ("compliance.toml",),
}
_TITLES: list[Words] = [
    ("规则", "rule"), ("含义", "meaning"), ("现行值", "value in force"), ("单位", "unit"), ("起", "since"),
    ("其他时期", "other times"), ("依据", "basis"),
]  # fmt: skip


def rules_of(rules: Rules, section: str) -> list[Rule]:
    """Return the rules of a section in order of name; section "annex" has all that no other has."""
    files = FILES.get(section, ())
    placed = {name for names in FILES.values() for name in names}
    return [rules[n] for n in rules if (rules[n].file in files if section != "annex" else rules[n].file not in placed)]


def rule_table(document: Document, chosen: Iterable[Rule], month: str) -> None:
    """Add a table of rules with every dated value; the one in force in `month` stands apart."""
    document.table(_TITLES, [_row(rule, month) for rule in chosen])


def shown(value: Any) -> str:
    """Return a value of a rule as text, in full."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=isinstance(value, dict), default=str)


def _row(rule: Rule, month: str) -> list[Cell]:
    try:
        now: RuleValue | None = rule.at(month)
    except RulesError:
        # stated all the same: a rule that begins later is a rule
        now = None
    others = "; ".join(f"{v.since}: {shown(v.value)}" for v in rule.values if v is not now) or "–"
    if now is None:
        return [Code(rule.name), (rule.title_zh, rule.title), ("尚无", "none yet"), rule.unit, "–", others, "–"]
    number = f"decision {now.decision}" if now.decision else ""
    basis: Words = (
        "；".join(x for x in (now.reference, number.replace("decision", "决定")) if x),
        "; ".join(x for x in (now.reference, number) if x),
    )
    since = f"{now.since}" + (f" – {now.until}" if now.until else "")
    return [Code(rule.name), (rule.title_zh, rule.title), Code(shown(now.value)), rule.unit, since, others, basis]
