"""Lock: one writer at a time, and a second one is told who the first is."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from shuibei_index.errors import StoreError


class WriterLock:
    """A lock file. The operating system frees it when its holder ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def acquire(self, command: str) -> None:
        """Take the lock, or say who holds it.

        Raises
        ------
        StoreError
            Another process, or another writer of this one, is writing.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 500).decode("utf-8", "replace").strip() or "another process"
            os.close(descriptor)
            raise StoreError(
                f"the store is being written by {holder}; {command!r} changed nothing. Wait until it has finished."
            ) from None
        except OSError as error:
            os.close(descriptor)
            raise StoreError(
                f"the store cannot be locked ({error}); it must lie on a disk that supports file locks."
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} ({command})\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1
