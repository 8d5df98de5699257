"""Connecting: opening the file of a ledger, and saying in words why that cannot be done."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from shuibei_index.errors import StoreError


def connect(path: Path) -> sqlite3.Connection:
    """Open the file of a ledger; in a folder that nobody can write, for reading alone."""
    # Autocommit: transactions begin and end where the store says, not where the driver guesses.
    # Any thread may use it, one at a time: notebooks run cells in threads of their own.
    target = str(path)
    if path.exists() and not os.access(path.parent, os.W_OK) and not _has_log(path):
        # Readers of a folder nobody can write need no log beside the ledger, and could not make one.
        target = path.resolve().as_uri() + "?immutable=1"
    connection = sqlite3.connect(target, timeout=30.0, isolation_level=None, check_same_thread=False, uri=True)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        if sys.version_info >= (3, 12):
            # no statement can then rewrite the form of the ledger behind SQLite's back
            connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
    except UnicodeDecodeError as error:
        # SQLite tells of a damaged form in the damaged words themselves
        connection.close()
        raise sqlite3.DatabaseError(f"malformed form ({error.reason})") from error
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def begun(path: Path) -> bool:
    """Tell whether a ledger file has any table: one whose making was killed has none, or is not there."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    try:
        with closing(connect(path)) as connection:
            return bool(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])
    except sqlite3.DatabaseError:
        # damaged, or not a ledger at all: whoever opens it says so
        return True


def _has_log(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def unreadable(path: Path, error: sqlite3.DatabaseError) -> StoreError:
    """Return the error of a ledger that cannot be read: rights, a folder that cannot be written, or damage."""
    if not os.access(path, os.R_OK):
        return StoreError(
            f"{path.name} may not be read by this user; ask the owner of store/ for the rights.",
            zh="当前用户无权读取账本，请向 store/ 的所有者申请权限",
        )
    if not os.access(path.parent, os.W_OK):
        return StoreError(
            f"{path.name} cannot be read where it is ({error}): store/ cannot be written, and what was written last is "
            f"still in {path.name}-wal. Copy store/ to a folder that can be written, or give the rights to write.",
            zh="store/ 不可写，而最近的记录尚在日志文件中；请把 store/ 复制到可写的文件夹，或赋予写权限",
        )
    if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_IOERR", "SQLITE_FULL", "SQLITE_CANTOPEN")):
        return StoreError(
            f"{path.name} cannot be opened now ({error}): most often no space is left on the disk, not even for the "
            "index that SQLite keeps beside the ledger. Nothing was changed. Make room and run again; if there is, the "
            "disk itself reports errors.",
            zh=f"账本目前无法打开（{error}）：多半是磁盘已满（SQLite 需在账本旁保存索引）。未作任何改动；"
            "请腾出空间后重试；若空间充足，则磁盘本身报错",
        )
    return StoreError(
        f"{path.name} is not a readable ledger ({error}). Restore store/ from a backup; the inbox and "
        "the releases are not affected.",
        zh=f"账本无法读取（{error}）；请从备份恢复 store/，收表文件与发布包不受影响",
    )
