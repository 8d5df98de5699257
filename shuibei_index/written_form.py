"""Written form: the schema_version of the TOML files a team keeps; one of a later program is refused in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shuibei_index.errors import ShuibeiIndexError

#: Key at the top of a file; without it the file has form 1.
KEY = "schema_version"
NEWEST = 1


def without_version(content: Mapping[str, Any], file: str, error: type[ShuibeiIndexError]) -> dict[str, Any]:
    """Return what a file says besides its schema_version.

    Raises
    ------
    ShuibeiIndexError
        `error`: the version is no whole number from 1, or is newer than this program knows.

    Examples
    --------
    >>> from shuibei_index.errors import WorkspaceError
    >>> without_version({"schema_version": 1, "trial": True}, "workspace.toml", WorkspaceError)
    {'trial': True}
    """
    version = content.get(KEY, NEWEST)
    if type(version) is not int or version < 1:
        raise error(
            f"{file}: {KEY} is {version!r}; expected a whole number from 1 to {NEWEST}",
            zh=f"{file} 的 {KEY} 为 {version!r}，应为 1 至 {NEWEST} 的整数",
        )
    if version > NEWEST:
        raise error(
            f"{file} has {KEY} {version}, this version of shuibei-index reads {NEWEST}: it was written for a newer "
            "program; nothing was read. Install the newer shuibei-index",
            zh=f"{file} 的 {KEY} 为 {version}，本程序只能读取 {NEWEST}：该文件用于更新版本的程序，未读取；请更新程序",
        )
    return {key: value for key, value in content.items() if key != KEY}
