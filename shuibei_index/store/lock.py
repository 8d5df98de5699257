"""Lock: one writer at a time, and a second one is told who the first is, since when, where, and what to do."""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import time
from pathlib import Path

from shuibei_index.errors import StoreError


class WriterLock:
    """A lock file. The operating system frees it when its holder ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def acquire(self, command: str) -> str:
        """Take the lock, or say who holds it.

        Returns
        -------
        str
            Who held it before and ended without giving it back, e.g. "process 41 on pc7 (intake 2025-06)"; "" = nobody.

        Raises
        ------
        StoreError
            Another process, or another writer of this one, is writing; or the folder cannot be written or locked.
        """
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise _cannot_write(command, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _Holder.read(descriptor)
            os.close(descriptor)
            raise holder.refuses(command) from None
        except OSError as error:
            os.close(descriptor)
            raise StoreError(
                f"the store cannot be locked ({error}); it must lie on a disk that supports file locks.",
                zh=f"无法锁定库（{error.strerror}）；库须放在支持文件锁的磁盘上",
            ) from error
        before = _Holder.read(descriptor).name
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, _Holder.own(command).encode(), 0)
        except OSError as error:
            os.close(descriptor)
            raise _cannot_write(command, error) from error
        self._descriptor = descriptor
        return before

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                # the words in the file are for others to read; what frees the store is the unlocking
                os.ftruncate(self._descriptor, 0)
            # a process started meanwhile may have inherited the file: closing it here alone would not free it
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            os.close(self._descriptor)
            self._descriptor = -1


class _Holder:
    """What the lock file says of who holds it: name, process, host, and the host's steady clock when it was taken."""

    def __init__(self, text: str) -> None:
        lines = [*text.split("\n"), "", "", "", ""]
        self.name, self._pid, self._host, self._since = (line.strip() for line in lines[:4])

    @classmethod
    def read(cls, descriptor: int) -> _Holder:
        return cls(os.pread(descriptor, 1000, 0).decode("utf-8", "replace"))

    @staticmethod
    def own(command: str) -> str:
        # The steady clock counts from the start of the machine: set the clock back or forth, the age stays right.
        host, named = platform.node(), " ".join(command.split())
        return f"process {os.getpid()} on {host} ({named})\n{os.getpid()}\n{host}\n{time.monotonic():.3f}\n"

    def refuses(self, command: str) -> StoreError:
        name, age, here = self.name or "another process", self._age(), self._host in ("", platform.node())
        age_en = f" for {age} s" if age is not None else ""
        age_zh = f"，已 {age} 秒" if age is not None else ""
        if here and self._pid.isdecimal() and not _alive(int(self._pid)):
            advice = "It has ended, but a process it started still holds the lock: end that one, then run again."
            advice_zh = "该进程已结束，但其子进程仍占用锁，请结束子进程后重试"
        elif here:
            advice = "Wait until it has finished, or end that process: what it has not finished is then taken back."
            advice_zh = "请等待其完成；或结束该进程，未完成的部分会自动撤销"
        else:
            advice = f"Wait until it has finished on {self._host}."
            advice_zh = f"请等待主机 {self._host} 上的操作完成"
        return StoreError(
            f"the store is being written by {name}{age_en}; {command!r} changed nothing. {advice}",
            zh=f"库正被占用：{name}{age_zh}；{command!r} 未作任何改动。{advice_zh}",
        )

    def _age(self) -> int | None:
        try:
            age = time.monotonic() - float(self._since)
        except ValueError:
            return None
        return int(age) if self._host == platform.node() and age >= 0 else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _cannot_write(command: str, error: OSError) -> StoreError:
    why = error.strerror or str(error)
    return StoreError(
        f"store/ cannot be written ({why}); {command!r} changed nothing. Check rights and space of the folder.",
        zh=f"store/ 无法写入（{why}）；{command!r} 未作任何改动，请检查该文件夹的权限与空间",
    )
