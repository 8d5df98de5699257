"""Public keys: 32 bytes of ed25519 and the eight that name them, as minisign writes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shuibei_index.signature.errors import SignatureError
from shuibei_index.signature.lines import UNTRUSTED, decoded, encoded, text_lines

#: The letters before every key of ed25519.
KIND = b"Ed"


@dataclass(frozen=True)
class PublicKey:
    """A public key.

    Parameters
    ----------
    key_id : bytes, 8
        Names the key pair; drawn when it was made.
    key : bytes, 32
        The key of ed25519.

    Examples
    --------
    >>> PublicKey.parse("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3").name
    'E7620F1842B4E81F'
    """

    key_id: bytes
    key: bytes

    @classmethod
    def parse(cls, text: str, name: str = "public key") -> PublicKey:
        """Read a key from its line of base64.

        Raises
        ------
        SignatureError
            It is none.
        """
        data = decoded(text.strip(), 42, name)
        if data[:2] != KIND:
            raise SignatureError(f"{name} is not a key of ed25519", zh=f"{name} 不是 ed25519 公钥")
        return cls(data[2:10], data[10:])

    @property
    def name(self) -> str:
        """The number of the key as minisign shows it: 16 hexadecimal digits."""
        return self.key_id[::-1].hex().upper()

    @property
    def text(self) -> str:
        """The key as one line of base64."""
        return encoded(KIND + self.key_id + self.key)

    def to_bytes(self) -> bytes:
        """Return the content of a file of the key; ``minisign -V -p FILE`` reads it."""
        return f"{UNTRUSTED}minisign public key {self.name}\n{self.text}\n".encode()

    def confirms(self, message: bytes, signature: bytes) -> bool:
        """Tell whether a signature of 64 bytes is that of this key over a message."""
        # imported here: only those who sign or verify pay for it
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, message)
        except InvalidSignature:
            return False
        return True


def read_public(path: str | Path) -> PublicKey:
    """Read the file of a public key.

    Raises
    ------
    SignatureError
        It is missing or no such file.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SignatureError(
            f"the public key {path} cannot be read: {error.strerror or error}",
            zh=f"公钥文件 {path} 无法读取：{error.strerror or error}",
        ) from error
    return PublicKey.parse(text_lines(data, 2, path.name)[1], path.name)
