"""The releases a site is made of: found, ordered, and held against their own manifests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from shuibei_index.errors import ReleaseError, UsageError
from shuibei_index.release import Release, read_release
from shuibei_index.release.about import About, vintage_order
from shuibei_index.release.embargo import is_lifted, require_lifted

Order = tuple[str, str, int]


@dataclass(frozen=True)
class Source:
    """One bundle folder. `digest` is the sha256 of its manifest, which names the sha256 of every file."""

    folder: Path
    digest: str
    about: About

    @property
    def name(self) -> str:
        """Name of the release."""
        return self.about.release

    @property
    def order(self) -> Order:
        """Place in the order of publication."""
        return (self.about.released_on, *self.place)

    @property
    def place(self) -> tuple[str, int]:
        """Month and number of the revision: the greatest is the latest vintage, whenever others were released."""
        return vintage_order(self.name)

    def read(self) -> Release:
        """Read the bundle; a damaged one is refused.

        Raises
        ------
        ReleaseError
            A file is missing, or is not the one of the manifest.
        """
        release = read_release(self.folder)
        for entry in release.manifest["files"]:
            content = release.files.get(entry["path"])
            if content is None or hashlib.sha256(content).hexdigest() != entry["sha256"]:
                raise ReleaseError(
                    f"release {self.name}: {entry['path']} is missing or not the released file; nothing is published "
                    f"from a damaged bundle ('shuibei-index verify {self.name}' names all that is wrong)",
                    zh=f"发布包 {self.name} 的 {entry['path']} 缺失或被改动，不能据此生成网站；可用 verify 核验",
                )
        return release


def find_sources(path: str | Path) -> list[Source]:
    """Return the releases of a workspace, or the bundles of a folder, in the order of their publication.

    Raises
    ------
    UsageError
        The folder does not exist or holds no release.
    ReleaseError
        A manifest cannot be read.
    """
    root = Path(path)
    folder = root / "releases" if (root / "workspace.toml").is_file() else root
    manifests = sorted(folder.glob("*/manifest.json")) if folder.is_dir() else []
    if not manifests:
        raise UsageError(
            f"{folder} holds no release; expected a workspace with releases/, or a folder of bundles "
            f"('shuibei-index release' makes one)",
            zh=f"{folder} 中没有发布包；应为含 releases/ 的工作区或发布包所在文件夹",
        )
    found = [_source(manifest) for manifest in manifests]
    names = [source.name for source in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ReleaseError(
            f"{folder}: release {twice[0]} stands twice; expected one folder a release",
            zh=f"{folder} 中版本 {twice[0]} 出现两次",
        )
    return sorted(found, key=lambda s: s.order)


def public_sources(sources: list[Source], at: str) -> tuple[list[Source], list[Source]]:
    """Return the releases that are public at a time, and those that are not yet.

    Parameters
    ----------
    sources : list of Source
    at : str
        The time it is, by the one who asks; "" = not said.

    Raises
    ------
    GateError
        There is an embargo and no time to hold it against, or no release is public.
    """
    lifted = [is_lifted(one.about.embargo_until, at) for one in sources]
    waiting = [one for one, is_public in zip(sources, lifted, strict=True) if not is_public]
    if waiting and (not at or len(waiting) == len(sources)):
        require_lifted(waiting[0].name, waiting[0].about.embargo_until, at)
    return [one for one, is_public in zip(sources, lifted, strict=True) if is_public], waiting


def _source(manifest: Path) -> Source:
    content = manifest.read_bytes()
    about = Release({"manifest.json": content}).about
    return Source(manifest.parent, hashlib.sha256(content).hexdigest(), about)
