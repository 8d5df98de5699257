"""Naming: which objects the ledger counts on, and what each of them is."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shuibei_index.store.chain import SEALED
from shuibei_index.store.upgrades import schema_version

_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_MONTH_TABLES = {
    "accepted": "采用记录 accepted records",
    "held": "待核记录 held records",
    "rejected": "退回记录 rejected records",
    "findings": "检查结果 findings",
}
#: Frozen inputs of a release that are objects; other digests among them are of what is no object.
_FROZEN = ("months", "files", "rules", "own_rules", "own_checks", "trees", "decisions", "replacements", "sign_offs")


@dataclass(frozen=True)
class Named:
    """An object the ledger counts on.

    Parameters
    ----------
    sha256 : str
    what : str
        What it is, for people.
    table : bool
        It is a table, kept as Parquet by the store itself.
    month : str
        The month whose state it is part of; "" = it is none.
    """

    sha256: str
    what: str
    table: bool = False
    month: str = ""


def named_objects(connection: sqlite3.Connection) -> dict[str, Named]:
    """Return every object the ledger counts on, by digest; the first thing it is counts."""
    found: dict[str, Named] = {}
    for named in _named(connection):
        found.setdefault(named.sha256, named)
    return found


def mentioned(connection: sqlite3.Connection) -> set[str]:
    """Return every digest that stands anywhere in the ledger, whatever it is of: none of these is ever an orphan."""
    form = schema_version(connection)
    known = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    digests: set[str] = set()
    for table, columns in SEALED.items():
        if table in known:
            there = [c for c in columns if form > 1 or c != "decisions"]
            for row in connection.execute(f"SELECT {', '.join(there)} FROM {table}"):
                digests.update(_DIGEST.findall("\n".join(map(str, row))))
    return digests


def _named(connection: sqlite3.Connection) -> Iterator[Named]:
    for seq, month, name, sha256 in connection.execute("SELECT seq, inbox_month, file_name, sha256 FROM receipts"):
        yield Named(sha256, f"回执 receipt {seq}: {month}/{name}")
    for seq, month, *shas in connection.execute(f"SELECT seq, month, {', '.join(_MONTH_TABLES)} FROM months"):
        for words, sha256 in zip(_MONTH_TABLES.values(), shas, strict=True):
            yield Named(sha256, f"{month} {words} (state {seq})", table=True, month=month)
    if schema_version(connection) >= 4:
        for release, path, sha256 in connection.execute(
            "SELECT r.release, f.path, f.sha256 FROM released_files f JOIN releases r ON r.seq = f.release"
        ):
            yield Named(sha256, f"发布 release {release}: {path}")
    if schema_version(connection) >= 5:
        for seq, release, signed in connection.execute(
            "SELECT seq, release, signed FROM sign_offs WHERE action = 'sign'"
        ):
            yield Named(signed, f"签字 sign-off {seq}: {release}")
    for release, manifest, inputs in connection.execute("SELECT release, manifest, inputs FROM releases"):
        yield Named(manifest, f"发布 release {release}: manifest.json")
        content = json.loads(inputs)
        for kind in _FROZEN:
            for name, sha256 in _leaves(content.get(kind)):
                # months are tables and stand in the table of months as well
                yield Named(sha256, f"发布 release {release}, 冻结 frozen {kind} {name}".rstrip(), kind == "months")


def _leaves(content: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _leaves(value, str(key))
    elif isinstance(content, str) and _DIGEST.fullmatch(content):
        yield name, content
