"""Small files, read and written with as few calls to the operating system as there can be.

X-13 leaves a dozen small files a series: opening them as text costs more than reading them.
"""

from __future__ import annotations

import os

_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
_BLOCK = 1 << 20


def content(path: str) -> bytes | None:
    """Return what stands in a file, None if there is none."""
    try:
        handle = os.open(path, _READ)
    except FileNotFoundError:
        return None
    try:
        found = os.read(handle, _BLOCK)
        if len(found) < _BLOCK:
            return found
        parts = [found]
        while parts[-1]:
            parts.append(os.read(handle, _BLOCK))
        return b"".join(parts)
    finally:
        os.close(handle)


def put(path: str, text: str) -> None:
    """Write ASCII text to a file, in place of what stood in it."""
    left = memoryview(text.encode("ascii"))
    handle = os.open(path, _WRITE, 0o600)
    try:
        while left:
            left = left[os.write(handle, left) :]
    finally:
        os.close(handle)
