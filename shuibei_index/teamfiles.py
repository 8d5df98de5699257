"""Files for the team under work/: firm level, so readable by their owner only; written whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

#: A cell that starts with one of these would be run as a formula by a spreadsheet; the full-width ones by those set to
#: Chinese or Japanese.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_RETURN = re.compile(r"\r\n?")


def write_table(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    """Write a table as UTF-8 CSV, mode 0600 in a folder of mode 0700, by one rename.

    Texts that a spreadsheet would take for a formula are written with a leading apostrophe; numbers are left alone.
    """
    safe = frame.copy()
    for column in safe.columns[[not pd.api.types.is_numeric_dtype(t) for t in safe.dtypes]]:
        # a lone carriage return ends the line for whoever reads the file, but is not quoted by whoever writes it: what
        # follows it would stand in a cell of its own
        text = safe[column].astype(object).map(lambda v: _RETURN.sub("\n", v) if isinstance(v, str) else v)
        risky = text.map(lambda v: isinstance(v, str) and v.startswith(FORMULA_STARTS)).to_numpy(dtype=bool)
        safe[column] = np.where(risky, "'" + text.astype(str), text) if risky.any() else text
    return write_bytes(folder, name, safe.to_csv(index=False, lineterminator="\n").encode())


def write_bytes(folder: Path, name: str, data: bytes) -> Path:
    """Write a file, mode 0600 in a folder of mode 0700, by one rename; what a killed writing of it left goes."""
    make_folder(folder)
    folder.chmod(0o700)
    _sweep(folder, f".{name}-")
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}-")
    target = folder / name
    try:
        with os.fdopen(handle, "wb") as file:
            # held for as long as it is written: a writer beside this one does not take it for a left-over
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, each for its owner alone; one that is there stays as it is."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _sweep(folder: Path, prefix: str) -> None:
    """Remove the temporary files of writings that were killed: firm-level records lie in them."""
    for path in [p for p in folder.iterdir() if p.name.startswith(prefix)]:
        with contextlib.suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
