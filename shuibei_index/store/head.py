"""Head: the ledger's last digest in a file of its own, so that a ledger that lost its end is found out."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path

from shuibei_index.errors import StoreError
from shuibei_index.store.chain import has_head, head

_TEMP = "incoming-head-"


class Head:
    """The file ``head`` of a store: the digest the ledger had after the last writing.

    A ledger whose last rows vanish together with their seals agrees with itself: a log with a flipped bit, of which
    SQLite reads what stands before it and no more; a ledger restored from an older copy; rows taken away with their
    seals. The digest in this file is then one the ledger has never had.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.path = root / "head"

    def read(self) -> str:
        """Return the digest; "" = none was noted, by an older version or before the first writing."""
        try:
            return self.path.read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            return ""

    def note(self, connection: sqlite3.Connection) -> None:
        """Note the ledger's head, after a writing has ended."""
        last = head(connection)
        if last is None or last[1] == self.read():
            return
        # The writing is done and cannot be taken back. If this fails the file keeps an older digest, which the ledger
        # has had as well: it then proves less, never anything wrong.
        with contextlib.suppress(OSError):
            descriptor, name = tempfile.mkstemp(prefix=_TEMP, dir=self._root)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(last[1] + "\n")
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self.path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise

    def require(self, connection: sqlite3.Connection) -> None:
        """Stop if the ledger never had the digest noted: writing on would hide what it lost.

        Raises
        ------
        StoreError
            Says what to do.
        """
        noted = self.read()
        if noted and not has_head(connection, noted):
            raise StoreError(
                f"the ledger has lost what was written last: it never had the state {noted[:16]}… noted in store/head. "
                "Nothing was written. Restore store/ from a backup; only if an older copy was put back on purpose, "
                "delete the file store/head.",
                zh="账本缺少最近写入的内容（与 store/head 登记的摘要不符）；未写入任何内容。请从备份恢复 store/；"
                "如确系有意恢复旧副本，请删除 store/head 文件",
            )

    def temporary(self) -> list[Path]:
        """Return what a writer killed while noting left behind."""
        return sorted(self._root.glob(f"{_TEMP}*"))

    def sweep(self) -> None:
        """Remove what a writer killed while noting left behind. Only the holder of the lock may call it."""
        for path in self.temporary():
            path.unlink()
