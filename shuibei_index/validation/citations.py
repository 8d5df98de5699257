"""Citations: which dated rule made a value, as a text short enough for a column and exact enough to be looked up."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shuibei_index.rules import Rules, RulesAt, RuleValue

#: What is written where no rule was needed.
AS_REPORTED = "as reported"
_AND = " + "
_CITED = re.compile(r"^(?P<rule>[a-z][a-z0-9_]*)(?:\.(?P<key>.+))? \((?P<since>\d{4}-\d\d-\d\d)\)$")


@dataclass(frozen=True)
class Citation:
    """A rule, the entry of its table ("" = the whole), and the first day of the value used."""

    rule: str
    key: str
    since: str

    def entry(self, rules: Rules) -> RuleValue | None:
        """Return the dated value cited, or None if these rules do not have it."""
        if self.rule not in rules.rules:
            return None
        since = dt.date.fromisoformat(self.since)
        return next((v for v in rules[self.rule].values if v.since == since), None)

    def value(self, rules: Rules) -> Any:
        """Return what the rule says for the entry cited, or None."""
        entry = self.entry(rules)
        return None if entry is None else _within(entry.value, self.key)


def cite(rules: RulesAt, rule: str, *keys: str) -> str:
    """Return the citation of a rule's value in force.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> cite(Rules.load().at("2025-06"), "unit_systems", "hk", "qian")
    'unit_systems.hk.qian (2005-01-01)'
    """
    return f"{'.'.join((rule, *keys))} ({rules.entry(rule).since.isoformat()})"


def join(*citations: str) -> str:
    """Return one text of several citations, each once, empty ones left out."""
    return _AND.join(dict.fromkeys(text for text in citations if text))


def cited(text: str) -> Iterator[Citation]:
    """Yield the rules a text cites.

    Examples
    --------
    >>> [(c.rule, c.key) for c in cited("unit_systems.hk.qian (2005-01-01)")], list(cited(AS_REPORTED))
    ([('unit_systems', 'hk.qian')], [])
    """
    for part in text.split(_AND):
        found = _CITED.match(part)
        if found is not None:
            yield Citation(found["rule"], found["key"] or "", found["since"])


def _within(value: Any, key: str) -> Any:
    """Walk into nested tables; a key of a table may hold dots itself (au99.99)."""
    if not key:
        return value
    if not isinstance(value, dict):
        return None
    for name, inner in value.items():
        if key == name:
            return inner
        if key.startswith(f"{name}."):
            return _within(inner, key[len(name) + 1 :])
    return None
