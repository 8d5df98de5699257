"""Private: files with one firm's figures, readable by their owner only, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from shuibei_index.errors import UsageError


def write_private(path: Path, content: bytes, *, overwrite: bool = False) -> Path:
    """Write a file, mode 0600, by one rename; folders that are made have mode 0700.

    Raises
    ------
    UsageError
        A file with other content stands there and `overwrite` is not set: it may be one that somebody filled in.
    """
    if path.exists() and not overwrite:
        if path.is_file() and path.read_bytes() == content:
            return path
        raise UsageError(
            f"{path.name} stands there already with other content, perhaps filled in by somebody; "
            "choose another folder, move it away, or pass --overwrite",
            zh=f"{path.name} 已存在且内容不同（可能已有人填写）；请改用其他文件夹、移走该文件，或加 --overwrite",
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp gives mode 0600 from the start: there is no moment at which others could read it
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".form-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path
