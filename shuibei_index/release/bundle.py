"""The release: frozen as bytes, written in one rename, read back and verified."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from shuibei_index.errors import ReleaseError, UsageError
from shuibei_index.release.about import About
from shuibei_index.release.tables import read_parquet
from shuibei_index.release.words import headline
from shuibei_index.release.write import write_folder

if TYPE_CHECKING:
    from shuibei_index.release.facts import Facts
    from shuibei_index.release.verify import VerifyReport


@dataclass(frozen=True)
class Release:
    """One release: the bytes of every file, and the tables read from them.

    Parameters
    ----------
    files : mapping of str to bytes
        Relative path → content, the manifest included.
    """

    files: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        """Freeze the files."""
        object.__setattr__(self, "files", MappingProxyType(dict(sorted(self.files.items()))))

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Content of manifest.json.

        Raises
        ------
        ReleaseError
            It is missing or not JSON.
        """
        try:
            content = json.loads(self.files["manifest.json"])
        except KeyError:
            raise ReleaseError(
                "manifest.json is missing: this is not a release bundle", zh="没有 manifest.json，不是发布包"
            ) from None
        except ValueError as error:
            raise ReleaseError(f"manifest.json is not JSON: {error}") from error
        if not isinstance(content, dict):
            raise ReleaseError("manifest.json must hold one object")
        return content

    @cached_property
    def about(self) -> About:
        """The manifest as an object."""
        return About.from_manifest(self.manifest)

    @property
    def name(self) -> str:
        """Name of the release, e.g. "2025-06" or "2025-06-r1"."""
        return self.about.release

    @property
    def period(self) -> str:
        """Month of the release."""
        return self.about.period

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table in full precision, by name."""
        return {
            path.removesuffix(".parquet"): read_parquet(content)
            for path, content in self.files.items()
            if path.endswith(".parquet")
        }

    def frame(self, name: str) -> pd.DataFrame:
        """Return one table in full precision: indices, contributions, links, quality, revisions, adjustment.

        Raises
        ------
        UsageError
            The release has no such table.
        """
        path = f"{name}.parquet"
        if path not in self.files:
            there = ", ".join(p.removesuffix(".parquet") for p in self.files if p.endswith(".parquet"))
            raise UsageError(f"release {self.name} has no table {name!r}; it has {there}")
        # this table alone: another one may be damaged
        return self.tables[name].copy() if "tables" in self.__dict__ else read_parquet(self.files[path])

    def to_frame(self) -> pd.DataFrame:
        """Return the indices in full precision."""
        return self.frame("indices")

    @cached_property
    def facts(self) -> Facts:
        """What the bulletins say, as published text."""
        from shuibei_index.release.facts import gather

        return gather(self.tables, self.about)

    def headline(self, lang: str = "zh") -> str:
        """Return the headline sentence of the bulletin in "zh" or "en"."""
        return headline(self.facts, lang)

    def write(self, folder: str | Path) -> Path:
        """Write the bundle: all of it or nothing.

        The files go into a temporary folder beside `folder`, reach the disk, and appear by one rename. A folder that
        is already there is never changed: the same bytes are fine, others are refused.

        Raises
        ------
        ReleaseError
            `folder` exists with other content.
        """
        return write_folder(self.files, Path(folder))

    def verify(self) -> VerifyReport:
        """Check the files against the manifest, the formats against each other, and the bulletins against the data."""
        from shuibei_index.release.verify import verify

        return verify(self)

    def _repr_html_(self) -> str:
        return (
            f"<h4>Release {escape(self.name)} ({self.about.status})</h4>"
            f"<p>{escape(self.headline('zh'))}<br>{escape(self.headline('en'))}</p>"
        )


def read_release(path: str | Path) -> Release:
    """Read a bundle folder.

    Raises
    ------
    ReleaseError
        The folder is no bundle: it or its manifest is missing.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise ReleaseError(
            f"{folder} is not a folder; expected a release bundle", zh=f"{folder} 不是文件夹，应为发布包"
        )
    files = {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.is_symlink()
    }
    if "manifest.json" not in files:
        raise ReleaseError(f"{folder.name}: manifest.json is missing; this is not a release bundle")
    return Release(files)
