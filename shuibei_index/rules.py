"""Rules: every threshold and method choice, by date, read from ``methodology/rules/*.toml``.

A rule is a table of dated values. Four locks keep the documented and the executed rule the same: the loader
refuses unknown keys, gaps and overlaps; a month outside the dates is an error; names in code and in files are
compared both ways by a test; and the digest of what was read goes into every release.
"""

from __future__ import annotations

import copy
import datetime as dt
import functools
import hashlib
import importlib
import itertools
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from shuibei_index import months
from shuibei_index.errors import RulesError, did_you_mean
from shuibei_index.resources import methodology_dir

_RULE_KEYS = {"title", "title_zh", "unit", "used_by", "values"}
_RULE_REQUIRED = {"title", "title_zh", "unit", "used_by", "values"}
_VALUE_KEYS = {"from", "until", "value", "reference", "decision"}
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")


@dataclass(frozen=True)
class RuleValue:
    """One value of one rule, and why it is what it is."""

    name: str
    value: Any
    unit: str
    since: dt.date
    until: dt.date | None
    reference: str
    decision: str


@dataclass(frozen=True)
class Rule:
    """A named rule with its dated values, oldest first."""

    name: str
    title: str
    title_zh: str
    unit: str
    used_by: str
    file: str
    values: tuple[RuleValue, ...]

    def at(self, month: str) -> RuleValue:
        """Return the value in force in `month`.

        Raises
        ------
        RulesError
            The month lies before the first or after the last date of the rule.
        """
        months.ordinal(month)
        for value in reversed(self.values):
            if value.since.strftime("%Y-%m") <= month:
                if value.until is not None and month >= value.until.strftime("%Y-%m"):
                    raise RulesError(
                        f"rule {self.name!r} ended on {value.until}; it has no value for {month}",
                        zh=f"规则 {self.name} 已于 {value.until} 终止，{month} 没有取值",
                    )
                return value
        first = self.values[0].since
        raise RulesError(
            f"rule {self.name!r} starts on {first}; it has no value for {month}. "
            f"Add a value with an earlier date to {self.file}, or ask for a later month.",
            zh=f"{month} 没有规则可用：规则 {self.name} 自 {first} 起才有取值；"
            f"请改用较晚的月份，或在 {self.file} 补上更早的取值",
        )


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
        rules = _read_folder(Path(folder) if folder is not None else methodology_dir())
        if overlay is not None:
            extra = _read_folder(Path(overlay), required=False)
            for name in extra:
                if name not in rules:
                    raise RulesError(
                        f"{extra[name].file}: rule {name!r} is not known to this version{did_you_mean(name, rules)}",
                        zh=f"{extra[name].file}：本版本没有规则 {name}",
                    )
                kinds = [_kind(rule[name].values[0].value) for rule in (rules, extra)]  # noqa: PD011
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


def _read_folder(folder: Path, *, required: bool = True) -> dict[str, Rule]:
    inner = folder / "rules"
    files = sorted((inner if inner.is_dir() else folder).glob("*.toml"))
    if not files and required:
        raise RulesError(
            f"no rule files (*.toml) in {folder}; expected {folder}/rules/*.toml",
            zh=f"{folder} 中没有规则文件（*.toml），应在 {folder}/rules/ 之下",
        )
    rules: dict[str, Rule] = {}
    for path in files:
        for name, rule in _read_file(path).items():
            if name in rules:
                raise RulesError(
                    f"rule {name!r} stands in {rules[name].file} and again in {path.name}",
                    zh=f"规则 {name} 在 {rules[name].file} 与 {path.name} 中重复",
                )
            rules[name] = rule
    return rules


def _read_file(path: Path) -> Mapping[str, Rule]:
    return _read_text(path.name, path.read_bytes())


# a run reads the rules once for every month and stage: the same bytes give the same (frozen) rules
@functools.lru_cache(maxsize=64)
def _read_text(file: str, text: bytes) -> Mapping[str, Rule]:
    try:
        content = tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RulesError(f"{file} is not valid TOML: {error}", zh=f"{file} 不是有效的 TOML 文件：{error}") from error
    return MappingProxyType({name: _rule(file, name, table) for name, table in content.items()})


def _rule(file: str, name: str, table: Any) -> Rule:
    where, place = f"{file}: rule {name!r}", f"{file}：规则 {name}"
    if not isinstance(table, dict):
        raise RulesError(f"{where} must be a table, e.g. [{name}]", zh=f"{place} 应为一个表，如 [{name}]")
    if not _NAME.match(name):
        raise RulesError(
            f"{where}: names are lower case letters, digits and underscores",
            zh=f"{place} 的名称只能用小写字母、数字和下划线",
        )
    for key in table:
        if key not in _RULE_KEYS:
            raise RulesError(
                f"{where}: unknown key {key!r}{did_you_mean(key, _RULE_KEYS)}", zh=f"{place} 有未知的项 {key}"
            )
    for key in sorted(_RULE_REQUIRED - set(table)):
        raise RulesError(f"{where}: {key!r} is missing", zh=f"{place} 缺少 {key}")
    for key in ("title", "title_zh", "unit", "used_by"):
        if not isinstance(table[key], str) or not table[key].strip():
            raise RulesError(f"{where}: {key!r} must be a text", zh=f"{place} 的 {key} 应为文字")
    entries = table["values"]
    if not isinstance(entries, list) or not entries:
        raise RulesError(f"{where}: needs at least one [[{name}.values]]", zh=f"{place} 至少须有一个 [[{name}.values]]")
    values = tuple(_value(where, place, name, table["unit"], entry) for entry in entries)
    _check_dates(where, place, values)
    kinds = {_kind(v.value) for v in values}
    if len(kinds) > 1:
        raise RulesError(
            f"{where}: values are of different kinds: {', '.join(sorted(kinds))}",
            zh=f"{place} 的各取值类型不一致：{'、'.join(sorted(kinds))}",
        )
    return Rule(name, table["title"], table["title_zh"], table["unit"], table["used_by"], file, values)


def _value(where: str, place: str, name: str, unit: str, entry: Any) -> RuleValue:
    if not isinstance(entry, dict):
        raise RulesError(
            f"{where}: each value is a table with from, value and reference or decision",
            zh=f"{place} 的每个取值应为含 from、value 以及 reference 或 decision 的表",
        )
    for key in entry:
        if key not in _VALUE_KEYS:
            raise RulesError(
                f"{where}: unknown key {key!r} in a value{did_you_mean(key, _VALUE_KEYS)}",
                zh=f"{place} 的取值中有未知的项 {key}",
            )
    for key in ("from", "value"):
        if key not in entry:
            raise RulesError(f"{where}: a value without {key!r}", zh=f"{place} 有取值缺少 {key}")
    for key in ("from", "until"):
        date = entry.get(key)
        if date is not None and (not isinstance(date, dt.date) or isinstance(date, dt.datetime)):
            raise RulesError(
                f"{where}: {key!r} must be a date without quotes, e.g. 2025-01-01, not {date!r}",
                zh=f"{place} 的 {key} 应为不加引号的日期，如 2025-01-01，而不是 {date!r}",
            )
        if date is not None and date.day != 1:
            raise RulesError(
                f"{where}: {key} = {date}: rules change at the start of a month",
                zh=f"{place} 的 {key} = {date}：规则只能在月初变更",
            )
    if not (entry.get("reference") or entry.get("decision")):
        raise RulesError(
            f"{where}: the value from {entry['from']} has neither a reference nor a decision",
            zh=f"{place} 自 {entry['from']} 的取值既无出处（reference）也无决定（decision）",
        )
    return RuleValue(
        name,
        entry["value"],
        unit,
        entry["from"],
        entry.get("until"),
        str(entry.get("reference", "")),
        str(entry.get("decision", "")),
    )


def _check_dates(where: str, place: str, values: tuple[RuleValue, ...]) -> None:
    for earlier, later in itertools.pairwise(values):
        if later.since == earlier.since:
            raise RulesError(
                f"{where}: two values start on {later.since}", zh=f"{place} 有两个取值都自 {later.since} 起"
            )
        if later.since < earlier.since:
            raise RulesError(
                f"{where}: the value from {later.since} stands after that from {earlier.since}",
                zh=f"{place} 自 {later.since} 的取值排在自 {earlier.since} 的之后，次序有误",
            )
        if earlier.until is not None and earlier.until > later.since:
            raise RulesError(
                f"{where}: the values overlap from {later.since} to {earlier.until}",
                zh=f"{place} 的取值在 {later.since} 至 {earlier.until} 之间重叠",
            )
        if earlier.until is not None and earlier.until < later.since:
            raise RulesError(
                f"{where}: gap: no value from {earlier.until} to {later.since}",
                zh=f"{place} 在 {earlier.until} 至 {later.since} 之间没有取值",
            )
    last = values[-1]
    if last.until is not None and last.until <= last.since:
        raise RulesError(
            f"{where}: the value from {last.since} ends on {last.until}, before it starts",
            zh=f"{place} 自 {last.since} 的取值于 {last.until} 终止，早于起始",
        )


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else type(value).__name__


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
