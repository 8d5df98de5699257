"""The bundled sample: a simulated workspace, packed into one archive with the command and seed that made it."""

from __future__ import annotations

import zipfile
from pathlib import Path

from shuibei_index.errors import UsageError, WorkspaceError
from shuibei_index.resources import samples_dir
from shuibei_index.workspace import Workspace

ARCHIVE = "demo-2019-2024.zip"


def unpack_sample(folder: str | Path) -> Workspace:
    """Unpack the sample workspace into a new or empty folder; a folder that already holds it is used as it is.

    Raises
    ------
    UsageError
        The folder holds something else.
    WorkspaceError
        The archive did not come with the installation.
    """
    root, archive = Path(folder), samples_dir() / ARCHIVE
    if not archive.is_file():
        raise WorkspaceError(f"the sample {ARCHIVE} is not part of this installation; install the package again")
    with zipfile.ZipFile(archive) as packed:
        if (root / "workspace.toml").is_file() and (root / "README.txt").is_file():
            if (root / "README.txt").read_bytes() != packed.read("README.txt"):
                raise UsageError(f"{root} holds another workspace; choose another folder", zh=f"{root} 是另一个工作区")
            return Workspace.open(root)
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise UsageError(
                f"{root} exists and is not empty; choose another folder", zh=f"{root} 已存在且非空，请另选文件夹"
            )
        packed.extractall(root)
    return Workspace.open(root)
