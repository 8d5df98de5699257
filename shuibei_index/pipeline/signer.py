"""The key that signs the releases of a workspace, and where its passphrase comes from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from shuibei_index.signature import read_private
from shuibei_index.signature.errors import SignatureError

if TYPE_CHECKING:
    from shuibei_index.signature import PrivateKey
    from shuibei_index.workspace import Workspace

#: The environment variable that is asked for the passphrase of a locked key if none other is named.
VARIABLE = "SHUIBEI_PASSPHRASE"
#: What is said when a release that is no trial goes out without a signature.
UNSIGNED = (
    "注意 warning: 发布包未签名（未指定 signing_key） the release is not signed: workspace.toml names no signing_key"
)


def passphrase_of(*, variable: str = "", file: str = "", default: bool = True) -> str:
    """Return a passphrase from a file (its first line) or an environment variable; never from the command line.

    Parameters
    ----------
    variable, file : str
        Where it is; "" = not there.
    default : bool
        Look into `VARIABLE` if neither is named.

    Raises
    ------
    SignatureError
        The file cannot be read, or the variable named is not set.
    """
    if file:
        try:
            lines = Path(file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise SignatureError(
                f"the passphrase file {file} cannot be read: {error}", zh=f"口令文件 {file} 无法读取：{error}"
            ) from error
        if not lines or not lines[0]:
            raise SignatureError(f"the passphrase file {file} is empty", zh=f"口令文件 {file} 为空")
        return lines[0]
    if variable and not os.environ.get(variable):
        raise SignatureError(f"the variable {variable} is not set", zh=f"未设置环境变量 {variable}")
    return os.environ.get(variable or VARIABLE, "") if variable or default else ""


def signer(workspace: Workspace, *, key: str = "", passphrase: str | None = None) -> PrivateKey | None:
    """Return the key that signs the releases of a workspace: the one named, else that of workspace.toml, else None.

    Parameters
    ----------
    workspace : Workspace
    key : str
        File of the private key. The one in workspace.toml (``signing_key``) is relative to the workspace, and must lie
        outside it.
    passphrase : str, optional
        Default: from the environment variable `VARIABLE`.

    Raises
    ------
    SignatureError
        The key cannot be used.
    """
    named = workspace.settings.signing_key
    if not key and not named:
        return None
    path = Path(key) if key else workspace.root / Path(named).expanduser()
    words = passphrase_of() if passphrase is None else passphrase
    return read_private(path, passphrase=words, outside=workspace.root)
