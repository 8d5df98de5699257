"""The release: frozen as bytes, written in one rename, read back and verified."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from shuibei_index import moments
from shuibei_index.errors import ReleaseError, UsageError
from shuibei_index.release.about import About
from shuibei_index.release.tables import read_parquet
from shuibei_index.release.words import headline
from shuibei_index.release.write import write_folder
from shuibei_index.signature.statement import NAME as SIGNATURE
from shuibei_index.signature.statement import Statement

if TYPE_CHECKING:
    from shuibei_index.release.facts import Facts
    from shuibei_index.release.verify import VerifyReport
    from shuibei_index.signature import Keyring, PrivateKey, PublicKey


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

    def as_of(self, date: str) -> pd.DataFrame:
        """Return the indices if they were public at the end of a day.

        One release does not know whether a later one had replaced it by then: `read_vintages` does.

        Raises
        ------
        UsageError
            `date` is no date YYYY-MM-DD, or lies before the release.
        """
        day = moments.read_day(date, "date").isoformat()
        if day < self.about.released_on:
            raise UsageError(
                f"release {self.name} came on {self.about.released_on}; what was public on {day} is in an earlier one: "
                "shuibei_index.read_vintages(folder).as_of(date)",
                zh=f"发布 {self.name} 的发布日为 {self.about.released_on}；"
                f"{day} 所见数字请用 read_vintages(文件夹).as_of(日期)",
            )
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

    def sign(self, key: PrivateKey) -> Statement:
        """Return the signature of the manifest, which holds the digest of every other file; the same one every time."""
        comment = f"release:{self.name}\treleased_on:{self.about.released_on}"
        return key.sign(self.files["manifest.json"], comment)

    def signed(self, key: PrivateKey) -> Release:
        """Return the release with its signature as a further file."""
        return Release({**self.files, SIGNATURE: self.sign(key).to_bytes()})

    def verify(
        self,
        public_key: Keyring | PublicKey | str | Path | Iterable[PublicKey | str | Path] | None = None,
        *,
        signature: bytes | str | Path | None = None,
    ) -> VerifyReport:
        """Check the files against the manifest, the formats against each other, and the bulletins against the data.

        Parameters
        ----------
        public_key : str, Path, PublicKey, Keyring or several, optional
            Whose signature the release must bear: the key itself (starts with RW), the file of a key (.pub), or a
            table of keys (.csv). Without one the report names the signature, and does not check it.
        signature : bytes, str or Path, optional
            A signature kept elsewhere (or its file), in place of manifest.json.minisig in the bundle.

        Returns
        -------
        VerifyReport
            `ok`, `problems`, `signature`.

        Raises
        ------
        SignatureError
            What is given as `public_key` is no key, or the file of the signature cannot be read.
        """
        from shuibei_index.release.verify import verify
        from shuibei_index.signature import as_keyring
        from shuibei_index.signature.errors import SignatureError

        if isinstance(signature, str | Path):
            place = Path(signature)
            try:
                signature = place.read_bytes()
            except OSError as error:
                raise SignatureError(
                    f"the signature {place} cannot be read: {error.strerror or error}",
                    zh=f"签名文件 {place} 无法读取：{error.strerror or error}",
                ) from error
        return verify(self, None if public_key is None else as_keyring(public_key), signature)

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
