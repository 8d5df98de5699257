"""Source: one file to read, opened so that nothing but an unchanging regular file gets in."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from shuibei_index.errors import UsageError

_CHUNK = 1 << 20


class NotRegularError(OSError):
    """The path is a link, a folder, a pipe or a device."""


class UnreadableError(OSError):
    """The file is there, but its rights or its disk do not let it be read."""


class ChangedError(OSError):
    """The file changed while it was read."""


@dataclass(frozen=True)
class Source:
    """A file with the name its sender gave it and the number it was received under."""

    receipt: int
    file: str
    path: Path

    @property
    def suffix(self) -> str:
        """The extension of the sender's name, lower case, with the dot."""
        return Path(self.file).suffix.lower()


@contextmanager
def open_regular(path: str | Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading; on leaving, make sure it is still the same.

    Raises
    ------
    NotRegularError
        A link, folder, pipe or device stands there.
    UnreadableError
        The file cannot be opened.
    ChangedError
        Size, time or identity changed while the file was open.
    """
    try:
        # Without O_NONBLOCK a pipe would make us wait for ever; without O_NOFOLLOW a link could lead anywhere.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if _is_other(path):
            raise NotRegularError(f"{Path(path).name} is a link, folder, pipe or device, not a file") from error
        raise UnreadableError(error.errno, error.strerror) from error
    before = os.fstat(descriptor)
    if not stat.S_ISREG(before.st_mode):
        os.close(descriptor)
        raise NotRegularError(f"{Path(path).name} is not a regular file")
    with os.fdopen(descriptor, "rb") as stream:
        yield stream
        after = os.fstat(descriptor)
        same = (before.st_size, before.st_mtime_ns, before.st_ino) == (after.st_size, after.st_mtime_ns, after.st_ino)
        if not same:
            raise ChangedError(f"{Path(path).name} changed while it was read")


def _is_other(path: str | Path) -> bool:
    # Whether something is there that is no regular file. What stands there may have gone meanwhile.
    try:
        return not stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def digest_of(stream: BinaryIO) -> tuple[str, int]:
    """Return sha256 and number of bytes of an open file, and go back to its start."""
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    stream.seek(0)
    return digest.hexdigest(), size


def find_sources(paths: str | Path | Iterable[str | Path]) -> list[Source]:
    """Return the files of the given paths; a folder stands for all it holds, by name (not what lies deeper).

    Raises
    ------
    UsageError
        A path does not exist.
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    found: list[Path] = []
    for path in map(Path, given):
        if path.is_dir() and not path.is_symlink():
            found += sorted(path.iterdir(), key=lambda p: p.name)
        elif path.exists() or path.is_symlink():
            found.append(path)
        else:
            raise UsageError(f"{path} does not exist; expected a submission file or a folder of them")
    return [Source(number, sent_name(path), path) for number, path in enumerate(found, start=1)]


def is_bystander(name: str) -> bool:
    """Tell whether a file is left by a system or a program, not sent by anybody (.DS_Store, ~$book.xlsx)."""
    return name.startswith((".", "~$")) or name.lower() in {"thumbs.db", "desktop.ini"}


def sent_name(path: Path) -> str:
    r"""Return a file's name as text; one in another encoding (a ZIP made on Windows) is read as GB18030.

    Characters that would not be seen, or would turn what is seen around, are written out: a name is shown to people, in
    terminals too.

    Examples
    --------
    >>> sent_name(Path(os.fsdecode("甲.csv".encode("gb18030"))))
    '甲.csv'
    >>> print(sent_name(Path("E001\u202evsc.exe")))
    E001\u202evsc.exe
    """
    raw = os.fsencode(path.name)
    for encoding in ("utf-8", "gb18030"):
        try:
            return _seen(raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return _seen(raw.decode("utf-8", "backslashreplace"))


def _seen(name: str) -> str:
    # str.isprintable is false for control, direction and zero-width characters and for all blanks but the usual one;
    # the full-width blank is one people see.
    return "".join(c if c.isprintable() or c == "\u3000" else c.encode("unicode_escape").decode("ascii") for c in name)
