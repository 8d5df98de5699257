"""Reading: the vintages of a workspace, of a folder of bundles, or of a store that kept their files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from shuibei_index.errors import ReleaseError, StoreError, UsageError
from shuibei_index.store import Store
from shuibei_index.store.objects import Objects
from shuibei_index.store.rebuilding import latest_releases
from shuibei_index.store.store import LEDGER
from shuibei_index.vintages.vintage import Vintage
from shuibei_index.vintages.vintages import Vintages

_NAME = re.compile(r"^\d{4}-(0[1-9]|1[0-2])(-r[1-9]\d*)?$")
_MANIFEST = "manifest.json"


def read_vintages(path: str | Path) -> Vintages:
    """Return the vintages below a path; only their manifests are read.

    Parameters
    ----------
    path : str or Path
        A workspace, its releases/ folder or any folder of bundles, one bundle, or a store/: what a store kept of
        releases is as good as their folders.

    Returns
    -------
    Vintages

    Raises
    ------
    UsageError
        There is no such folder, or no release in it.
    ReleaseError
        A manifest cannot be read, or is not the one the ledger recorded.
    StoreError
        A release the ledger knows is neither in its folder nor in the store.
    """
    home = Path(path)
    if not home.is_dir():
        raise UsageError(
            f"{home} is no folder; expected a workspace, a folder of releases or a store",
            zh=f"{home} 不是文件夹，应为工作区、发布包所在文件夹或库",
        )
    if (home / _MANIFEST).is_file():
        return Vintages((_of_folder(home),))
    releases = home if not (home / "workspace.toml").is_file() else home / "releases"
    found = {folder.name: _of_folder(folder) for folder in _bundles(releases)}
    for store in (home, home / "store"):
        if (store / LEDGER).is_file():
            found = _with_store(found, store)
    if not found:
        raise UsageError(
            f"{home.name} has no releases (folders YYYY-MM or YYYY-MM-r1 with a manifest.json)",
            zh=f"{home.name} 中没有发布包（含 manifest.json 的 YYYY-MM 或 YYYY-MM-r1 文件夹）",
        )
    return Vintages(tuple(found.values()))


def _bundles(releases: Path) -> Iterator[Path]:
    if releases.is_dir():
        yield from (folder for folder in sorted(releases.iterdir()) if _NAME.match(folder.name) and folder.is_dir())


def _of_folder(folder: Path) -> Vintage:
    def load(name: str) -> bytes:
        file = folder / name
        if not file.is_file():
            raise ReleaseError(f"release {folder.name}: {name} is missing", zh=f"发布包 {folder.name} 缺少 {name}")
        return file.read_bytes()

    return Vintage.of(load(_MANIFEST), load)


def _with_store(found: dict[str, Vintage], root: Path) -> dict[str, Vintage]:
    """Return the releases with those of the ledger whose folders are not there; check the others against it."""
    whole = dict(found)
    with Store.open(root) as store, store.snapshot():
        for name, record in latest_releases(store).items():
            if name not in whole:
                whole[name] = _of_store(name, store.objects, store.released_files(record.seq))
            if whole[name].digest != record.manifest:
                raise ReleaseError(
                    f"release {name}: manifest.json is not the one the ledger recorded when it was made; "
                    "run 'shuibei-index verify' on it",
                    zh=f"发布包 {name} 的清单与库中登记的不一致，请先运行 shuibei-index verify 核验",
                )
    return whole


def _of_store(name: str, objects: Objects, kept: dict[str, str]) -> Vintage:
    if _MANIFEST not in kept:
        raise StoreError(
            f"release {name} was made before its files were kept in the store, and its folder is gone: "
            "what was public then cannot be told. Restore releases/ from a backup, or from where it was published.",
            zh=f"发布 {name} 制作时尚未把文件存入库，其文件夹又已丢失，无法得知当时公布的数字；请从备份或已发布处恢复",
        )

    def load(path: str) -> bytes:
        if path not in kept:
            raise StoreError(f"the store has no {path} of release {name}", zh=f"库中没有发布 {name} 的 {path}")
        return objects.get_bytes(kept[path])

    return Vintage.of(load(_MANIFEST), load)
