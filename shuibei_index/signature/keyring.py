"""The keys whose signatures are trusted, each with its dates: ``reference/signing_keys.csv``."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from shuibei_index.signature.errors import SignatureError
from shuibei_index.signature.public import PublicKey, read_public

#: The file in a workspace, to be published with the releases.
FILE = "reference/signing_keys.csv"
_COLUMNS = ("public_key", "valid_from", "valid_until", "revoked_on", "note")


@dataclass(frozen=True)
class Trust:
    """One key and when it is trusted.

    Parameters
    ----------
    key : PublicKey
    valid_from, valid_until : str
        First and last day of release it may sign, "YYYY-MM-DD"; "" = no end.
    revoked_on : str
        Day from which nothing it ever signed is trusted: whoever stole it writes any date. "" = not revoked.
    """

    key: PublicKey
    valid_from: str = ""
    valid_until: str = ""
    revoked_on: str = ""

    def fault(self, released_on: str) -> tuple[str, str] | None:
        """Return why the key does not count for a release of that day, in both languages; None if it does."""
        name = self.key.name
        if self.revoked_on:
            zh = f"所用密钥 {name} 已于 {self.revoked_on} 吊销，其全部签名不再可信。"
            return zh, f"was made by key {name}, revoked on {self.revoked_on}: none of its signatures is trusted."
        if self.valid_from and released_on < self.valid_from:
            zh = f"所用密钥 {name} 自 {self.valid_from} 起有效，发布日为 {released_on}。"
            return zh, f"was made by key {name}, valid from {self.valid_from}; the release is of {released_on}."
        if self.valid_until and released_on > self.valid_until:
            zh = f"所用密钥 {name} 已于 {self.valid_until} 到期，发布日为 {released_on}。"
            return zh, f"was made by key {name}, expired on {self.valid_until}; the release is of {released_on}."
        return None


@dataclass(frozen=True)
class Keyring:
    """The keys that are trusted."""

    trusts: tuple[Trust, ...]

    @property
    def names(self) -> str:
        """The numbers of the keys, for texts."""
        return ", ".join(trust.key.name for trust in self.trusts) or "–"

    def find(self, key_id: bytes) -> Trust | None:
        """Return the entry of the key with this number."""
        return next((trust for trust in self.trusts if trust.key.key_id == key_id), None)


def as_keyring(keys: Keyring | PublicKey | str | Path | Iterable[PublicKey | str | Path]) -> Keyring:
    """Return what a caller names as a keyring.

    Parameters
    ----------
    keys : Keyring, PublicKey, str, Path, or several of these
        A text is a key itself (starts with RW), or names the file of a key (.pub) or of a keyring (.csv).

    Raises
    ------
    SignatureError
        It is none of these.
    """
    if isinstance(keys, Keyring):
        return keys
    if isinstance(keys, PublicKey):
        return Keyring((Trust(keys),))
    if isinstance(keys, str | Path):
        text = str(keys)
        if text.lower().endswith(".csv"):
            return read_keyring(text)
        whole = text.startswith("RW") and len(text) == 56 and not Path(text).exists()
        return Keyring((Trust(PublicKey.parse(text) if whole else read_public(text)),))
    return Keyring(tuple(trust for key in keys for trust in as_keyring(key).trusts))


def read_keyring(path: str | Path) -> Keyring:
    """Read a table of keys: public_key, valid_from, valid_until, revoked_on, note.

    Raises
    ------
    SignatureError
        The file is missing, or names the line that is wrong.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SignatureError(
            f"the keys in {path.name} cannot be read: {error}", zh=f"密钥表 {path.name} 无法读取：{error}"
        ) from error
    rows = list(csv.DictReader(io.StringIO(text)))
    known = rows[0].keys() if rows else csv.DictReader(io.StringIO(text)).fieldnames or ()
    if "public_key" not in known or set(known) - set(_COLUMNS):
        raise SignatureError(
            f"{path.name} must have the columns {', '.join(_COLUMNS)}; the first is needed",
            zh=f"{path.name} 应有列 {'、'.join(_COLUMNS)}，其中 public_key 必填",
        )
    trusts = tuple(_trust(row, f"{path.name}, line {n}") for n, row in enumerate(rows, start=2))
    if len({trust.key.key_id for trust in trusts}) < len(trusts):
        raise SignatureError(f"{path.name}: a key stands twice", zh=f"{path.name} 中有密钥重复")
    return Keyring(trusts)


def _trust(row: dict[str, str], place: str) -> Trust:
    days = []
    for name in _COLUMNS[1:4]:
        text = (row.get(name) or "").strip()
        try:
            days.append(dt.date.fromisoformat(text).isoformat() if text else "")
        except ValueError as error:
            raise SignatureError(
                f"{place}: {name} must be YYYY-MM-DD, not {text!r}", zh=f"{place}：{name} 应为 YYYY-MM-DD，实为 {text}"
            ) from error
    return Trust(PublicKey.parse(row["public_key"], place), *days)
