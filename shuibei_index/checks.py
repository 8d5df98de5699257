"""Checks: what can be wrong with reported data, as data, read from ``methodology/checks/*.toml``.

A check is a name, a severity and two message templates. The code that finds the fault names the check and hands
over arrays; the table of findings is made here, so that every finding looks alike and speaks both languages.

A check may carry its condition itself, as an ``expression`` (`shuibei_index.kernel.expression`): then no code is
needed, and a workspace may add its own in ``methodology/checks/*.toml``.
"""

from __future__ import annotations

import hashlib
import json
import string
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.errors import RulesError, ShapeError, did_you_mean
from shuibei_index.intake.schema import FINDING_COLUMNS, SEVERITIES
from shuibei_index.kernel.conditions import KEYS, condition
from shuibei_index.resources import methodology_dir

SCOPES: tuple[str, ...] = ("file", "sheet", "row", "cell", "group", "firm", "month", "record")
_KEYS = {"severity", "scope", "zh", "en", "expected", "reference"}
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
            A second methodology folder: its checks replace those of the same name; new ones need an expression.

        Raises
        ------
        RulesError
            Names file, check and key of the first thing that is wrong.
        """
        root = Path(folder) if folder is not None else methodology_dir()
        files = sorted((root / "checks").glob("*.toml"))
        if not files:
            raise RulesError(f"no catalogue of checks (*.toml) in {root / 'checks'}")
        checks = _read_files(files)
        if overlay is not None:
            checks = _overlaid(checks, _read_files(sorted((Path(overlay) / "checks").glob("*.toml"))))
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
                raise RulesError(f"{path.name}: check {name!r} already stands in {checks[name].source}")
            checks[name] = check
    return checks


def _overlaid(checks: dict[str, Check], extra: dict[str, Check]) -> dict[str, Check]:
    for name, check in extra.items():
        where = f"{check.source}: check {name!r}"
        if name not in checks and not check.expression:
            raise RulesError(
                f"{where} is new and has no expression, so nothing would ever find it{did_you_mean(name, checks)}"
            )
        if name in checks and bool(checks[name].expression) != bool(check.expression):
            kinds = ("code", "an expression") if check.expression else ("an expression", "code")
            raise RulesError(
                f"{where} of the package is found by {kinds[0]}, not by {kinds[1]}; give yours another name"
            )
    return {**checks, **extra}


def _stated(check: Check) -> dict[str, str]:
    return {key: value for key, value in asdict(check).items() if value or key in _KEYS}


def _read_file(path: Path) -> dict[str, Check]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RulesError(f"{path.name} is not valid TOML: {error}") from error
    return {name: _check(path.name, name, table) for name, table in content.items()}


def _check(file: str, name: str, table: Any) -> Check:
    where = f"{file}: check {name!r}"
    if not isinstance(table, dict):
        raise RulesError(f"{where} must be a table, e.g. [{name}]")
    for key in table:
        if key not in _KEYS | KEYS:
            raise RulesError(f"{where}: unknown key {key!r}{did_you_mean(key, _KEYS | KEYS)}")
    for key in sorted(_KEYS):
        if not isinstance(table.get(key), str) or (key != "expected" and not table[key].strip()):
            raise RulesError(f"{where}: {key!r} is missing or not a text")
    if table["severity"] not in SEVERITIES:
        raise RulesError(f"{where}: severity {table['severity']!r}; expected one of {', '.join(SEVERITIES)}")
    if table["scope"] not in SCOPES:
        raise RulesError(f"{where}: scope {table['scope']!r}; expected one of {', '.join(SCOPES)}")
    used: set[str] = set()
    for key in ("zh", "en"):
        try:
            used |= {field for _, field in _parts(table[key]) if field is not None}
        except ValueError as error:
            raise RulesError(f"{where}: {key} is not a template: {error}") from error
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
