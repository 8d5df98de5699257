"""Checks: what can be wrong with reported data, as data, read from ``methodology/checks/*.toml``.

A check is a name, a severity and two message templates. The code that finds the fault names the check and hands
over arrays; the table of findings is made here, so that every finding looks alike and speaks both languages.

A check may carry its condition itself, as an ``expression`` (`shuibei_index.kernel.expression`): then no code is
needed, and a workspace may add its own in ``methodology/checks/*.toml``.
"""

from __future__ import annotations

import functools
import hashlib
import json
import string
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.errors import RulesError, ShapeError, did_you_mean
from shuibei_index.intake.schema import FINDING_COLUMNS, SEVERITIES
from shuibei_index.kernel.conditions import FIELDS, KEYS, condition
from shuibei_index.kernel.near import near
from shuibei_index.resources import methodology_dir
from shuibei_index.written_form import without_version

SCOPES: tuple[str, ...] = ("file", "sheet", "row", "cell", "group", "firm", "month", "record")
_KEYS = {"severity", "scope", "zh", "en", "expected", "reference"}
#: Files of the package whose checks look at records in code, and can be asked again under another name; those that
#: are about files or months cannot.
_NAMEABLE = ("validate.toml", "edits.toml")
_OF_FILES = ("file", "sheet", "month")
#: Columns of findings that are numbers.
_NUMBERS = {"line_no": "Int64", "influence": "float64"}
#: Fields a template may use without the caller passing them apart.
_COMMON = ("enterprise_id", "period", "line_no", "file", "sheet", "cell", "value", "expected")


@dataclass(frozen=True)
class Check:
    """One kind of fault: what it is called, how grave it is, and what to say in both languages."""

    rule: str
    severity: str
    scope: str
    zh: str
    en: str
    expected: str
    reference: str
    source: str = field(compare=False)
    expression: str = ""
    named: str = ""
    null: str = ""
    cell: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class Checks:
    """The catalogue of all checks.

    Examples
    --------
    >>> checks = Checks.load()
    >>> checks["number_format"].severity
    'reject'
    >>> found = checks.find("same_content", file=["b.csv", "c.csv"], value="a.csv")
    >>> found[["file", "severity", "message_en"]].to_numpy().tolist()[1]
    ['c.csv', 'note', 'the content is the same as that of a.csv; it was not read again.']
    """

    checks: Mapping[str, Check]
    digest: str

    @classmethod
    def load(cls, folder: str | Path | None = None, overlay: str | Path | None = None) -> Checks:
        """Read and check the catalogue.

        Parameters
        ----------
        folder
            A methodology folder (with ``checks/``). Default: the packaged one.
        overlay
            A second methodology folder: its checks replace those of the same name; new ones need an expression, or
            the name of a check in code whose condition they take (`named`).

        Raises
        ------
        RulesError
            Names file, check and key of the first thing that is wrong.
        """
        root = Path(folder) if folder is not None else methodology_dir()
        files = sorted((root / "checks").glob("*.toml"))
        if not files:
            raise RulesError(
                f"no catalogue of checks (*.toml) in {root / 'checks'}",
                zh=f"{root / 'checks'} 中没有审核目录（*.toml）",
            )
        checks = _read_files(files)
        if overlay is not None:
            checks = _overlaid(checks, _read_files(sorted((Path(overlay) / "checks").glob("*.toml"))))
        _check_named(checks)
        content = {name: _stated(check) for name, check in sorted(checks.items())}
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return cls(dict(sorted(checks.items())), hashlib.sha256(text.encode()).hexdigest())

    def __getitem__(self, rule: str) -> Check:
        """Return the check of that name."""
        if rule not in self.checks:
            raise RulesError(f"no check {rule!r}{did_you_mean(rule, self.checks)}")
        return self.checks[rule]

    def __iter__(self) -> Iterator[str]:
        return iter(self.checks)

    def __len__(self) -> int:
        return len(self.checks)

    def after(self, rule: str) -> list[Check]:
        """Return the checks that take their condition from a check in code, by id."""
        return [check for check in self.checks.values() if check.named == rule]

    def find(self, rule: str, *, severity: str | None = None, **fields: Any) -> pd.DataFrame:
        """Return findings of one check, one row each.

        Parameters
        ----------
        rule
            Name of the check.
        severity
            In place of the severity of the catalogue.
        **fields
            The columns of a finding (enterprise_id, period, line_no, file, sheet, cell, value, expected) and whatever
            else the message templates use. Each is one value for all findings or an array with one value each; at
            least one array gives the number of findings, else there is one. What is left out is empty;
            `expected` left out is the text of the catalogue.

        Returns
        -------
        DataFrame
            Columns `FINDING_COLUMNS`; text, but line_no ``Int64``.

        Raises
        ------
        RulesError
            The check is unknown or its templates use a field that was not passed.
        ShapeError
            The arrays differ in length.
        """
        check = self[rule]
        length = _length(rule, fields)
        fields.setdefault("expected", check.expected)
        texts = {name: _texts(value, length) for name, value in fields.items()}
        for name in _COMMON:
            texts.setdefault(name, _texts("", length))
        line_no = pd.array(_numbers(fields.get("line_no"), length), dtype="Int64")
        columns: dict[str, Any] = {name: texts[name].to_pandas() for name in _COMMON if name != "line_no"}
        columns["line_no"] = line_no
        columns["rule"] = _texts(rule, length).to_pandas()
        columns["severity"] = _texts(severity or check.severity, length).to_pandas()
        columns["message_zh"] = _render(check, check.zh, texts, length).to_pandas()
        columns["message_en"] = _render(check, check.en, texts, length).to_pandas()
        columns |= {"diagnosis": "", "proposed": "", "influence": np.nan}
        frame = pd.DataFrame({name: columns[name] for name in FINDING_COLUMNS})
        return frame.astype({name: "str" for name in FINDING_COLUMNS if name not in _NUMBERS})


def no_findings() -> pd.DataFrame:
    """Return an empty table of findings with the right columns and types."""
    return pd.DataFrame({name: pd.Series(dtype=_NUMBERS.get(name, "str")) for name in FINDING_COLUMNS})


def gather(findings: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put tables of findings below one another, in the order given."""
    full = [f for f in findings if len(f)]
    return pd.concat(full, ignore_index=True) if full else no_findings()


def _read_files(files: Sequence[Path]) -> dict[str, Check]:
    checks: dict[str, Check] = {}
    for path in files:
        for name, check in _read_file(path).items():
            if name in checks:
                raise RulesError(
                    f"{path.name}: check {name!r} already stands in {checks[name].source}",
                    zh=f"{path.name}：审核 {name!r} 已见于 {checks[name].source}",
                )
            checks[name] = check
    return checks


def _overlaid(checks: dict[str, Check], extra: dict[str, Check]) -> dict[str, Check]:
    for name, check in extra.items():
        where = f"{check.source}: check {name!r}"
        if name not in checks and not check.expression and not check.named:
            english, chinese = near(name, checks)
            raise RulesError(
                f"{where} is new and has no expression, so nothing would ever find it{english}; write one, or 'named'",
                zh=f"{where} 是新审核，却没有 expression 或 named，永远不会发现任何问题{chinese}",
            )
        if name in checks and (check.named or bool(checks[name].expression) != bool(check.expression)):
            by_code = not checks[name].expression
            english, chinese = ("code", "代码") if by_code else ("an expression", "表达式")
            other = "by a name" if check.named else "by an expression" if by_code else "by code"
            raise RulesError(
                f"{where} of the package is found by {english}, not {other}; give yours another name",
                zh=f"{where} 与软件自带的审核同名，而后者由{chinese}判定；请另取名称",
            )
    return {**checks, **extra}


def _check_named(checks: Mapping[str, Check]) -> None:
    """Check that what is named exists, can be named, and tells what the texts speak of."""
    known = sorted(
        name
        for name, check in checks.items()
        if check.source in _NAMEABLE and check.scope not in _OF_FILES and not check.expression and not check.named
    )
    for name, check in checks.items():
        if not check.named:
            continue
        where = f"{check.source}: check {name!r}"
        if check.named not in known:
            english, chinese = near(check.named, known)
            raise RulesError(
                f"{where}: no check {check.named!r} in code{english}; there are {', '.join(known)}",
                zh=f"{where}：没有名为 {check.named!r} 的审核{chinese}；可用的有 {'、'.join(known)}",
            )
        told = _fields(checks[check.named]) | set(FIELDS)
        for used in sorted(_fields(check) - told):
            some = ", ".join(sorted(told))
            raise RulesError(
                f"{where}: its texts speak of {{{used}}}; {check.named!r} tells {some}",
                zh=f"{where}：文字中用了 {{{used}}}；{check.named!r} 可用的有 {some}",
            )


def _fields(check: Check) -> set[str]:
    return {name for text in (check.zh, check.en) for _, name in _parts(text) if name is not None}


def _stated(check: Check) -> dict[str, str]:
    return {key: value for key, value in asdict(check).items() if value or key in _KEYS}


def _read_file(path: Path) -> Mapping[str, Check]:
    return _read_text(path.name, path.read_bytes())


# a run reads the catalogue once for every month: the same bytes give the same (frozen) checks
@functools.lru_cache(maxsize=64)
def _read_text(file: str, text: bytes) -> Mapping[str, Check]:
    try:
        content = tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RulesError(f"{file} is not valid TOML: {error}", zh=f"{file} 不是有效的 TOML：{error}") from error
    stated = without_version(content, file, RulesError)
    return MappingProxyType({name: _check(file, name, table) for name, table in stated.items()})


def _check(file: str, name: str, table: Any) -> Check:
    where = f"{file}: check {name!r}"
    if not isinstance(table, dict):
        raise RulesError(f"{where} must be a table, e.g. [{name}]", zh=f"{where} 应为一个表，如 [{name}]")
    for key in table:
        if key not in _KEYS | KEYS:
            english, chinese = near(key, _KEYS | KEYS)
            raise RulesError(f"{where}: unknown key {key!r}{english}", zh=f"{where}：没有键 {key!r}{chinese}")
    for key in sorted(_KEYS):
        if not isinstance(table.get(key), str) or (key != "expected" and not table[key].strip()):
            raise RulesError(f"{where}: {key!r} is missing or not a text", zh=f"{where}：缺少 {key!r} 或不是文本")
    if table["severity"] not in SEVERITIES:
        raise RulesError(
            f"{where}: severity {table['severity']!r}; expected one of {', '.join(SEVERITIES)}",
            zh=f"{where}：severity 为 {table['severity']!r}；应为 {'、'.join(SEVERITIES)} 之一",
        )
    if table["scope"] not in SCOPES:
        raise RulesError(
            f"{where}: scope {table['scope']!r}; expected one of {', '.join(SCOPES)}",
            zh=f"{where}：scope 为 {table['scope']!r}；应为 {'、'.join(SCOPES)} 之一",
        )
    used: set[str] = set()
    for key in ("zh", "en"):
        try:
            used |= {field for _, field in _parts(table[key]) if field is not None}
        except ValueError as error:
            raise RulesError(
                f"{where}: {key} is not a template: {error}", zh=f"{where}：{key} 不是有效的文字模板：{error}"
            ) from error
    return Check(rule=name, source=file, **{key: table[key] for key in _KEYS}, **condition(where, name, table, used))


def _parts(template: str) -> list[tuple[str, str | None]]:
    parts = []
    for literal, name, spec, conversion in string.Formatter().parse(template):
        if spec or conversion or (name is not None and not name.isidentifier()):
            raise ValueError(f"only plain fields such as {{value}} are allowed, not {{{name}}}")
        parts.append((literal, name))
    return parts


def _render(check: Check, template: str, texts: Mapping[str, pa.Array], length: int) -> pa.Array:
    # Joined column by column: a month of ten million records may have a million findings.
    pieces: list[Any] = []
    for literal, name in _parts(template):
        pieces.append(_texts(literal, length))
        if name is not None:
            if name not in texts:
                raise RulesError(f"check {check.rule!r} speaks of {{{name}}}, which was not passed to find()")
            pieces.append(texts[name])
    return pc.binary_join_element_wise(*pieces, "") if length else pa.array([], pa.string())


def _length(rule: str, fields: Mapping[str, Any]) -> int:
    lengths = {name: len(value) for name, value in fields.items() if _is_many(value)}
    if len(set(lengths.values())) > 1:
        sizes = ", ".join(f"{name} {size}" for name, size in sorted(lengths.items()))
        raise ShapeError(f"findings of {rule!r}: arrays of different lengths: {sizes}")
    return next(iter(lengths.values()), 1)


def _is_many(value: Any) -> bool:
    return not isinstance(value, str) and hasattr(value, "__len__")


def _texts(value: Any, length: int) -> pa.Array:
    if not _is_many(value):
        text = "" if value is None else str(value)
        return pa.repeat(pa.scalar(text, pa.string()), length)
    if isinstance(value, pa.ChunkedArray):
        value = value.combine_chunks()
    array = value if isinstance(value, pa.Array) else pa.array(value, from_pandas=True)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return pc.fill_null(array.cast(pa.string()), "")


def _numbers(value: Any, length: int) -> Any:
    if value is None:
        return [pd.NA] * length
    if not _is_many(value):
        return np.full(length, int(value), dtype=np.int64)
    if isinstance(value, pa.Array | pa.ChunkedArray):
        return value.to_pandas(integer_object_nulls=True)
    return value
