"""Log: the write-ahead log of the ledger, checked frame by frame; SQLite leaves out in silence what it cannot read."""

from __future__ import annotations

import struct
from pathlib import Path

_HEADER, _FRAME = 32, 24
_MAGIC = {0x377F0682: "<", 0x377F0683: ">"}


def first_bad_frame(path: Path) -> int:
    """Return the number of the first frame of a log that does not match its checksum; 0 = every frame does.

    Frames of an earlier round of the log, which end the valid ones, and a last frame cut short by a kill are no
    damage. −1 = the header of the log itself is damaged. Source: SQLite, "WAL-mode File Format", §4.

    Parameters
    ----------
    path
        The file ``ledger.sqlite-wal``; it need not be there.
    """
    data = path.read_bytes() if path.is_file() else b""
    if len(data) < _HEADER:
        return 0
    magic, _, size, _, *salt = struct.unpack(">6I", data[:24])
    if magic not in _MAGIC:
        return -1
    order = _MAGIC[magic]
    sums = _sums(data[:24], order, (0, 0))
    if sums != struct.unpack(">2I", data[24:32]) or not 512 <= size <= 65536:
        return -1
    step = _FRAME + size
    for number, start in enumerate(range(_HEADER, len(data) - step + 1, step), 1):
        frame = data[start : start + step]
        page, _, salt_1, salt_2, *expected = struct.unpack(">6I", frame[:24])
        if [salt_1, salt_2] != salt:
            return number if _goes_on(data, start + step, step, salt) else 0
        sums = _sums(frame[24:], order, _sums(frame[:8], order, sums))
        if sums != tuple(expected) or page == 0:
            return number
    return 0


def _goes_on(data: bytes, start: int, step: int, salt: list[int]) -> bool:
    """Tell whether frames of this round follow: then the one before them was damaged, and is not of an older round."""
    rest = range(start, len(data) - step + 1, step)
    return any(list(struct.unpack(">2I", data[at + 8 : at + 16])) == salt for at in rest)


def _sums(data: bytes, order: str, start: tuple[int, int]) -> tuple[int, int]:
    first, second = start
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    # each sum needs the one before it: there is no way around the loop, over some hundred words a page
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second
