"""Rules: every threshold and method choice, by date, read from ``methodology/rules/*.toml``.

A rule is a table of dated values. Four locks keep the documented and the executed rule the same: the loader
refuses unknown keys, gaps and overlaps; a month outside the dates is an error; names in code and in files are
compared both ways by a test; and the digest of what was read goes into every release.
"""

from __future__ import annotations

import copy
import hashlib
import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from shuibei_index.errors import RulesError, did_you_mean
from shuibei_index.resources import methodology_dir
from shuibei_index.rule_files import read_folder
from shuibei_index.rule_values import Rule, RuleValue, kind_of

__all__ = ["Rule", "RuleValue", "Rules", "RulesAt"]


@dataclass(frozen=True)
class Rules:
    """All rules of a methodology folder.

    Examples
    --------
    >>> rules = Rules.load().at("2025-06")
    >>> rules["vat_rate"]
    13.0
    """

    rules: dict[str, Rule]
    digest: str = field(default="")
    #: Months looked up so far: a compilation of twenty years asks thousands of times.
    _months: dict[str, RulesAt] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def load(cls, folder: str | Path | None = None, overlay: str | Path | None = None) -> Rules:
        """Read and check every rule file.

        Parameters
        ----------
        folder
            A methodology folder (with ``rules/``), or a folder of rule files. Default: the packaged one.
        overlay
            A second folder whose rules replace those of the same name.

        Raises
        ------
        RulesError
            Names file, rule and key of the first thing that is wrong.
        """
        rules = read_folder(Path(folder) if folder is not None else methodology_dir())
        if overlay is not None:
            extra = read_folder(Path(overlay), required=False)
            for name in extra:
                if name not in rules:
                    raise RulesError(
                        f"{extra[name].file}: rule {name!r} is not known to this version{did_you_mean(name, rules)}",
                        zh=f"{extra[name].file}：本版本没有规则 {name}",
                    )
                kinds = [kind_of(rule[name].values[0].value) for rule in (rules, extra)]  # noqa: PD011
                if kinds[0] != kinds[1]:
                    raise RulesError(
                        f"{extra[name].file}: rule {name!r} must be a {kinds[0]}, not a {kinds[1]}",
                        zh=f"{extra[name].file}：规则 {name} 的取值应为 {kinds[0]}，而不是 {kinds[1]}",
                    )
            rules = {**rules, **extra}
        return cls(dict(sorted(rules.items())), _digest(rules))

    def __getitem__(self, name: str) -> Rule:
        """Return the rule of that name."""
        if name not in self.rules:
            raise RulesError(f"no rule {name!r}{did_you_mean(name, self.rules)}", zh=f"没有规则 {name}")
        return self.rules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def check_used(self) -> None:
        """Check that the place each rule names as its reader exists.

        Raises
        ------
        RulesError
            Names the first rule whose reader does not exist.
        """
        for rule in self.rules.values():
            module, _, name = rule.used_by.partition(":")
            if module.partition(".")[0] != "shuibei_index":
                # importing runs what is imported: a rules file that came from elsewhere must not choose it
                raise RulesError(
                    f"{rule.file}: rule {rule.name!r} says it is used by {rule.used_by!r}, which is not part of "
                    "shuibei_index",
                    zh=f"{rule.file}：规则 {rule.name} 所称的使用者 {rule.used_by} 不属于 shuibei_index",
                )
            try:
                place = importlib.import_module(module)
                for part in name.split("."):
                    place = getattr(place, part)
            except (ImportError, AttributeError) as error:
                raise RulesError(
                    f"{rule.file}: rule {rule.name!r} says it is used by {rule.used_by!r}: {error}",
                    zh=f"{rule.file}：规则 {rule.name} 所称的使用者 {rule.used_by} 不存在：{error}",
                ) from error

    def at(self, month: str) -> RulesAt:
        """Return the values in force in `month` ("YYYY-MM"); an error if any rule has none."""
        found = self._months.get(month)
        if found is None:
            found = RulesAt(month, {name: rule.at(month) for name, rule in self.rules.items()}, self.digest)
            self._months[month] = found
        return found


@dataclass(frozen=True)
class RulesAt:
    """The values in force in one month: ``rules["name"]`` is the value, ``rules.entry("name")`` the whole entry."""

    month: str
    entries: dict[str, RuleValue]
    digest: str
    _views: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __getitem__(self, name: str) -> Any:
        """Return the value of the rule of that name; what is a list or a table, as a copy of the caller's own."""
        value = self.entry(name).value
        return copy.deepcopy(value) if isinstance(value, list | dict) else value

    def view(self, name: str) -> Any:
        """Return the value for reading only: tuples and read-only tables, made once, where each record's class asks."""
        if name not in self._views:
            self._views[name] = _read_only(self.entry(name).value)
        return self._views[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def entry(self, name: str) -> RuleValue:
        """Return the value with its unit, date, reference and decision."""
        if name not in self.entries:
            raise RulesError(f"no rule {name!r}{did_you_mean(name, self.entries)}", zh=f"没有规则 {name}")
        return self.entries[name]

    def at(self, month: str) -> RulesAt:
        """Return itself: a month's rules, once chosen, serve every month they are applied to."""
        return self

    def to_frame(self) -> pd.DataFrame:
        """Return a table: rule, value, unit, since, reference, decision."""
        return pd.DataFrame(
            [(e.name, e.value, e.unit, e.since.isoformat(), e.reference, e.decision) for e in self.entries.values()],
            columns=["rule", "value", "unit", "since", "reference", "decision"],
        )

    def _repr_html_(self) -> str:
        return f"<h4>Rules in force in {self.month}</h4>" + self.to_frame().to_html(index=False)


def _read_only(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: _read_only(item) for key, item in value.items()})
    return tuple(_read_only(item) for item in value) if isinstance(value, list) else value


def _digest(rules: dict[str, Rule]) -> str:
    content = {
        name: {
            "unit": rule.unit,
            "values": [
                [
                    v.since.isoformat(),
                    v.until.isoformat() if v.until else None,
                    v.value,
                    v.reference,
                    v.decision,
                ]
                for v in rule.values  # noqa: PD011
            ],
        }
        for name, rule in sorted(rules.items())
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
