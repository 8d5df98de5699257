"""Statements: the signature of a manifest, beside it as ``manifest.json.minisig``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from shuibei_index.signature.errors import SignatureError
from shuibei_index.signature.lines import TRUSTED, UNTRUSTED, decoded, encoded, plain, text_lines
from shuibei_index.signature.public import PublicKey

#: Name of the file in a bundle.
NAME = "manifest.json.minisig"
#: The letters of a signature over the BLAKE2b digest of the message, and of the older one over the message itself.
_HASHED, _WHOLE = b"ED", b"Ed"


@dataclass(frozen=True)
class Statement:
    """One signature with what it says of itself.

    Parameters
    ----------
    kind : bytes, 2
        What was signed: the digest of the message, or the message.
    key_id : bytes, 8
        Of the key that signed.
    signature : bytes, 64
    comment : str
        Words that are signed as well: name and day of the release.
    sealed : bytes, 64
        The signature over signature and comment.
    """

    kind: bytes
    key_id: bytes
    signature: bytes
    comment: str
    sealed: bytes

    @property
    def name(self) -> str:
        """The number of the key that signed, as minisign shows it."""
        return self.key_id[::-1].hex().upper()

    def to_bytes(self) -> bytes:
        """Return the content of the file; ``minisign -V -m manifest.json -p KEY`` reads it."""
        lines = [
            f"{UNTRUSTED}signature of a release by key {self.name}",
            encoded(self.kind + self.key_id + self.signature),
            f"{TRUSTED}{plain(self.comment)}",
            encoded(self.sealed),
        ]
        return "".join(f"{line}\n" for line in lines).encode()

    def fault(self, message: bytes, key: PublicKey) -> tuple[str, str] | None:
        """Return what is wrong with the signature of a message by this key, in both languages; None if nothing."""
        if self.key_id != key.key_id:
            return f"由另一密钥 {self.name} 签名，不是 {key.name}。", f"was made by key {self.name}, not by {key.name}."
        signed = message if self.kind == _WHOLE else hashlib.blake2b(message).digest()
        if not key.confirms(signed, self.signature):
            return (
                f"不是密钥 {key.name} 对此清单的签名：清单或签名被改动。",
                f"is no signature of this manifest by key {key.name}: the manifest or the signature was changed.",
            )
        if not key.confirms(self.signature + self.comment.encode(), self.sealed):
            return "的注释被改动。", "has a comment that was changed."
        return None


def read_statement(data: bytes) -> Statement:
    """Read the file of a signature.

    Raises
    ------
    SignatureError
        It is no such file.
    """
    lines = text_lines(data, 4, NAME)
    first = decoded(lines[1], 74, NAME)
    if first[:2] not in (_HASHED, _WHOLE) or not lines[2].startswith(TRUSTED):
        raise SignatureError(f"{NAME} is no signature of minisign", zh=f"{NAME} 不是 minisign 签名")
    comment = lines[2].removeprefix(TRUSTED)
    return Statement(first[:2], first[2:10], first[10:], comment, decoded(lines[3], 64, NAME))
