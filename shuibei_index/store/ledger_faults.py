"""Faults of the ledger: its file, its log, its form, its chain of digests."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from shuibei_index.store.chain import Break, breaks, has_head, head, sealed_tables
from shuibei_index.store.connecting import connect
from shuibei_index.store.faults import Fault
from shuibei_index.store.head import Head
from shuibei_index.store.ledger import make_tables
from shuibei_index.store.upgrades import SCHEMA_VERSION, SEALED_SINCE, schema_version
from shuibei_index.store.wal import first_bad_frame

_RESTORE = "Restore store/ from a backup."
_RESTORE_ZH = "请从备份恢复 store/。"
_BROKEN = {
    "changed": ("封存后被改动：内容与摘要不符。", "was changed after it was sealed: it does not match its digest."),
    "removed": ("封存后被删除。", "was removed after it was sealed."),
    "unsealed": ("由他人加入：没有封存的摘要。", "was put in by another hand: no digest seals it."),
    "head": ("各表总摘要与其内容不符。", "does not match: the digest over all tables is not that of its content."),
}


def log_faults(root: Path) -> list[Fault]:
    """Return what is wrong with the write-ahead log; look before anything else opens the ledger."""
    bad = first_bad_frame(root / "ledger.sqlite-wal")
    if not bad:
        return []
    place = "the header" if bad < 0 else f"frame {bad}"
    where = "文件头" if bad < 0 else f"第 {bad} 帧"
    return [
        Fault(
            "log_changed",
            "ledger.sqlite-wal",
            f"账本日志{where}与校验和不符：其后写入的内容已读不出。{_RESTORE_ZH}",
            f"{place} of the ledger's log does not match its checksum: what was written after it cannot be read. "
            + _RESTORE,
        )
    ]


def ledger_faults(root: Path, noted: str = "") -> tuple[list[Fault], str, int]:
    """Return what is wrong with the ledger, its head, and how many rows were looked at.

    Parameters
    ----------
    root
        Folder of the store.
    noted
        A head noted elsewhere; "" = none.
    """
    path = root / "ledger.sqlite"
    # read before the ledger: a writer at work makes it younger than the rows looked at, never the other way round
    beside = Head(root).read()
    try:
        connection = connect(path)
    except sqlite3.Error as error:
        return [_unreadable(error)], "", 0
    try:
        # damage may leave bytes that are no text: they are to be named, not to stop the check
        connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        connection.execute("BEGIN")
        faults = [*_cut_short(path), *_file_faults(connection)]
        form = schema_version(connection)
        if form > SCHEMA_VERSION or form < 1:
            return [*faults, _form(f"的版本为 {form}", f"is {form}")], "", 0
        sealed = form >= SEALED_SINCE
        if not sealed and (beside or noted or _has_seals(connection)):
            # an older form has no chain: whoever writes an older number into a sealed ledger does not get rid of it
            faults.append(
                _form(f"的版本被改为 {form}，而其内容已封存", f"is {form} now, and the ledger was sealed before")
            )
        if not sealed:
            return faults, "", 0
        faults += _form_faults(connection, form)
        faults += [_broken(found) for found in breaks(connection)]
        for name, digest in (("store/head", beside), ("--head", noted)):
            if digest and not has_head(connection, digest):
                faults.append(
                    Fault(
                        "head_unknown",
                        name,
                        f"账本从未有过所登记的摘要 {digest}：最近的内容已丢失，或历史被重写。{_RESTORE_ZH}",
                        f"the ledger never had the state noted, {digest}: its end was lost or its history rewritten. "
                        + _RESTORE,
                    )
                )
        last = head(connection)
        tables = sealed_tables(connection)
        rows = sum(int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in tables)
        return faults, last[1] if last else "", rows
    except sqlite3.Error as error:
        return [_unreadable(error)], "", 0
    finally:
        connection.close()


def _cut_short(path: Path) -> list[Fault]:
    # SQLite reads a last page that is cut short as if zeros followed, and may so find nothing wrong
    with path.open("rb") as file:
        said = int.from_bytes(file.read(18)[16:18], "big")
    page, size = 65536 if said == 1 else said, path.stat().st_size
    return [_damaged(f"{size} bytes are no whole number of pages of {page}")] if page and size % page else []


def _file_faults(connection: sqlite3.Connection) -> list[Fault]:
    said = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
    faults = [_damaged(text) for text in said if text != "ok"]
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        faults.append(_damaged(f"{table} row {row} names a row of {parent} that is not there"))
    return faults


def _form_faults(connection: sqlite3.Connection, number: int) -> list[Fault]:
    def form(of: sqlite3.Connection) -> dict[str, tuple[str, str, str]]:
        rows = of.execute("SELECT name, type, tbl_name, sql FROM sqlite_schema")
        return {str(name): (str(kind), str(table), str(sql)) for name, kind, table, sql in rows}

    fresh = sqlite3.connect(":memory:", isolation_level=None)
    try:
        make_tables(fresh, number)
        expected, found = form(fresh), form(connection)
    finally:
        fresh.close()
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    return [_form(f"中的 {name} 被改动、删除或添加", f"has {name} changed, removed or added") for name in wrong]


def _has_seals(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'heads'").fetchone() is not None


def _broken(found: Break) -> Fault:
    zh, en = _BROKEN[found.kind]
    return Fault(
        f"row_{found.kind}", f"{found.table} {found.row}", f"该行{zh}{_RESTORE_ZH}", f"this row {en} {_RESTORE}"
    )


def _form(zh: str, en: str) -> Fault:
    return Fault("form_changed", "ledger.sqlite", f"账本结构{zh}。{_RESTORE_ZH}", f"its form {en}. {_RESTORE}")


def _damaged(text: str) -> Fault:
    return Fault(
        "ledger_damaged", "ledger.sqlite", f"账本文件损坏：{text}。{_RESTORE_ZH}", f"damaged: {text}. {_RESTORE}"
    )


def _unreadable(error: sqlite3.Error) -> Fault:
    return Fault(
        "ledger_unreadable",
        "ledger.sqlite",
        f"账本无法读取（{error}）。{_RESTORE_ZH}",
        f"cannot be read ({error}). {_RESTORE}",
    )
