"""The folder of a site: every file written whole or not at all, unchanged ones left alone, old ones removed."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shuibei_index.errors import UsageError

STATE = ".site-state.json"
_FORMAT = 1


@dataclass
class Output:
    """One build into a folder.

    The state file in the folder says which release digests and which settings it was built from, and the sha256 of each
    file. It is written last; before the first other file is written, one that vouches for nothing takes its place, so
    that what an interrupted build left is made again.
    """

    root: Path
    old: dict[str, Any]
    files: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    written: int = 0

    @classmethod
    def open(cls, root: Path) -> Output:
        """Open a folder for a site: a new one, an empty one, or one that holds a site.

        Raises
        ------
        UsageError
            The folder holds something else: a build would mix with it.
        """
        state = root / STATE
        if state.is_file():
            try:
                old = json.loads(state.read_bytes())
            except ValueError:
                old = {}
            return cls(root, old if isinstance(old, dict) and old.get("format") == _FORMAT else {})
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise UsageError(
                f"{root} is not empty and holds no site ({STATE} is missing); give a new folder",
                zh=f"{root} 非空且不是本程序生成的网站（缺少 {STATE}），请另给一个文件夹",
            )
        return cls(root, {})

    def intact(self, path: str) -> bool:
        """Whether a file is still, byte for byte, what the last build wrote."""
        stated, target = self.old.get("files", {}).get(path), self.root / path
        return stated is not None and target.is_file() and _sha256(target.read_bytes()) == stated

    def put(self, path: str, content: bytes) -> None:
        """Write a file, if it is not there with the same content."""
        digest, target = _sha256(content), self.root / path
        self.files[path] = digest
        if target.is_file() and target.stat().st_size == len(content) and target.read_bytes() == content:
            return
        if not self.written:
            self._write_state({"files": self.old.get("files", {})})
        self.written += 1
        _write(target, content)

    def keep(self, path: str) -> bool:
        """Take a file over from the last build without reading it; False if it is not there."""
        stated = self.old.get("files", {}).get(path)
        if stated is None or not (self.root / path).is_file():
            return False
        self.files[path] = stated
        return True

    def keep_made(self, path: str, inputs: str) -> bool:
        """Take over a file that the last build made from the same inputs; False if it must be made."""
        if not inputs:
            return False
        self.inputs[path] = inputs
        return self.old.get("inputs", {}).get(path) == inputs and self.keep(path)

    def close(self, about: dict[str, Any]) -> int:
        """Remove what this build did not make, write the state, and return how many files were removed."""
        stale = sorted(set(self.old.get("files", {})) - set(self.files))
        for path in stale:
            (self.root / path).unlink(missing_ok=True)
        for folder in sorted({(self.root / path).parent for path in stale}, reverse=True):
            while folder != self.root:
                with contextlib.suppress(OSError):  # another file lives there
                    folder.rmdir()
                folder = folder.parent
        made = {"inputs": dict(sorted(self.inputs.items())), "files": dict(sorted(self.files.items()))}
        self._write_state({**about, **made})
        return len(stale)

    def _write_state(self, content: dict[str, Any]) -> None:
        text = json.dumps({"format": _FORMAT, **content}, ensure_ascii=False, indent=0)
        _write(self.root / STATE, f"{text}\n".encode())


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.half")
    half.write_bytes(content)
    half.replace(target)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
