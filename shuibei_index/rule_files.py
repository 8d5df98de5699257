"""Rule files: ``rules/*.toml`` read and checked; what is wrong is named by file, rule and key."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from shuibei_index.errors import RulesError, did_you_mean
from shuibei_index.rule_values import Rule, RuleValue, kind_of
from shuibei_index.written_form import without_version

_RULE_KEYS = {"title", "title_zh", "unit", "used_by", "values"}
_RULE_REQUIRED = {"title", "title_zh", "unit", "used_by", "values"}
_VALUE_KEYS = {"from", "until", "value", "reference", "decision"}
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")


def read_folder(folder: Path, *, required: bool = True) -> dict[str, Rule]:
    """Return the rules of a folder, or of its rules/, by name.

    Raises
    ------
    RulesError
        Names file, rule and key of the first thing that is wrong.
    """
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
    stated = without_version(content, file, RulesError)
    return MappingProxyType({name: _rule(file, name, table) for name, table in stated.items()})


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
    kinds = {kind_of(v.value) for v in values}
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
