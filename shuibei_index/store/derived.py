"""Derived tables: what was made of objects before, kept to be made faster next time. Nothing counts on them."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path

from shuibei_index.store.faults import Fault

_TEMP = ".making-"
_DIGEST_BYTES = hashlib.sha256().digest_size
_HEX = set("0123456789abcdef")


class Derived:
    """A folder of tables made of objects, each named by the digest of everything it was made of.

    It may be deleted at any time, by anybody: what is missing is made anew. A file begins with the SHA-256 of its name
    and its content; one that was changed, cut short or given another name is said to be so and not believed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def get(self, key: str) -> bytes | None:
        """Return what was kept under a key; None = nothing, or nothing that is still what was kept.

        Parameters
        ----------
        key : str
            64 hexadecimal digits.
        """
        path = self._place(key)
        try:
            content = _content(key, path.read_bytes())
        except OSError:  # never kept, deleted, or not ours to read: it is made anew from the objects
            return None
        if content is None:
            sys.stderr.write(
                f"注意 note: 派生数据 {path.name} 已变，未采用，现由采用记录重算 the derived table was changed: it is "
                "not used but made anew from the accepted records\n"
            )
        return content

    def put(self, key: str, content: bytes) -> bool:
        """Keep something under a key; tell whether it was kept.

        A store that can only be read, or a full disk, keeps nothing: that is no error, it is only slower next time.
        """
        if not os.access(self.root.parent, os.W_OK):
            return False
        temp: Path | None = None
        try:
            self.root.mkdir(mode=0o700, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix=_TEMP, dir=self.root)
            temp = Path(name)
            with os.fdopen(descriptor, "wb") as sink:
                sink.write(_seal(key, content) + content)
            # no forcing to disk: a file that a power cut leaves broken does not have the digest it begins with
            temp.replace(self._place(key))
        except OSError as error:
            if temp is not None:
                temp.unlink(missing_ok=True)
            sys.stderr.write(
                f"注意 note: 派生数据未能保存（{error.strerror}），下次将重新计算 a derived table could not be kept "
                f"({error.strerror}); it will be made anew next time\n"
            )
            return False
        return True

    def files(self) -> list[Path]:
        """Return the files, in order."""
        return sorted(path for path in self.root.glob("*") if not path.name.startswith(_TEMP))

    def faults(self, *, remove: bool = False) -> list[Fault]:
        """Return the files that are not what was kept: they are never used.

        Parameters
        ----------
        remove : bool
            Delete them: they are made anew when needed. What does not bear the name of a derived table stays.
        """
        found = []
        for path in self.files():
            try:
                sound = _is_key(path.name) and _content(path.name, path.read_bytes()) is not None
                done = remove and not sound and _is_key(path.name)
                if done:
                    path.unlink()
            except OSError:  # not ours to read or to delete
                sound = done = False
            if not sound:
                zh = "派生数据已变，不会被采用；删除即可，需要时自动重算。"
                en = "a derived table that was changed; it is never used. Delete it: it is made anew when needed."
                text = "已删除，需要时重算 deleted, made anew when needed" if done else ""
                found.append(Fault("derived_changed", f"derived/{path.name}", zh, en, text))
        return found

    def clear(self) -> int:
        """Delete everything; return how many files."""
        files = sorted(self.root.glob("*")) + sorted(self.root.glob(f"{_TEMP}*"))
        for path in files:
            path.unlink(missing_ok=True)
        return len(files)

    def _place(self, key: str) -> Path:
        if not _is_key(key):
            raise ValueError(f"{key!r} is no key; expected 64 hexadecimal digits")
        return self.root / key


def _is_key(name: str) -> bool:
    return len(name) == 64 and set(name) <= _HEX


def _seal(key: str, content: bytes) -> bytes:
    return hashlib.sha256(key.encode() + content).digest()


def _content(key: str, data: bytes) -> bytes | None:
    content = data[_DIGEST_BYTES:]
    return content if data[:_DIGEST_BYTES] == _seal(key, content) else None
