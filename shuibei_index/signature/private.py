"""Private keys: made, kept owner-only outside the workspace, locked by a passphrase if one is given."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path

from shuibei_index.signature.errors import SignatureError
from shuibei_index.signature.lines import UNTRUSTED, decoded, encoded, plain, text_lines
from shuibei_index.signature.public import KIND, PublicKey
from shuibei_index.signature.statement import Statement

_OPEN, _LOCKED, _SUM = b"\0\0", b"Sc", b"B2"
#: Work of scrypt for a new passphrase, in libsodium's two numbers: 128 MiB and about a third of a second.
_OPERATIONS, _MEMORY = 1 << 22, 1 << 27
#: Most memory a key file may ask for; minisign's own keys ask for 1 GiB.
_MOST_MEMORY = 1 << 30


@dataclass(frozen=True)
class PrivateKey:
    """A key that signs.

    Parameters
    ----------
    key_id : bytes, 8
    seed : bytes, 32
    """

    key_id: bytes
    seed: bytes = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """The public key of the pair."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return PublicKey(self.key_id, key.public_bytes_raw())

    def sign(self, message: bytes, comment: str) -> Statement:
        """Sign the BLAKE2b digest of a message. The same message, comment and key always give the same bytes."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        signature = key.sign(hashlib.blake2b(message).digest())
        sealed = key.sign(signature + plain(comment).encode())
        return Statement(b"ED", self.key_id, signature, comment, sealed)

    def to_bytes(self, passphrase: str = "") -> bytes:
        """Return the content of a key file, locked by a passphrase unless it is empty. ``minisign -S -s`` reads it."""
        public = self.public
        content = self.key_id + self.seed + public.key
        content += hashlib.blake2b(KIND + content, digest_size=32).digest()
        salt, operations, memory, kind = bytes(32), 0, 0, _OPEN
        if passphrase:
            salt, operations, memory, kind = secrets.token_bytes(32), _OPERATIONS, _MEMORY, _LOCKED
            content = _mixed(content, passphrase, salt, operations, memory)
        head = KIND + kind + _SUM + salt + operations.to_bytes(8, "little") + memory.to_bytes(8, "little")
        words = "minisign encrypted secret key" if passphrase else "minisign secret key, not encrypted"
        return f"{UNTRUSTED}{words}\n{encoded(head + content)}\n".encode()


def make_keys(folder: str | Path, *, name: str = "shuibei-index", passphrase: str = "") -> tuple[Path, Path]:
    """Draw a key pair; write ``NAME.key`` (for its owner alone) and ``NAME.pub``; return both paths.

    Parameters
    ----------
    folder : str or Path
        Outside every workspace; made with owner-only rights if it is not there.
    name : str
        Of the files.
    passphrase : str
        Locks the private key; "" = it is not locked.

    Raises
    ------
    SignatureError
        A file of that name is there: keys are never overwritten.
    """
    folder = Path(folder)
    if any((parent / "workspace.toml").is_file() for parent in (folder.resolve(), *folder.resolve().parents)):
        raise SignatureError(
            f"{folder} is inside a workspace, which people copy and pass on; keep keys in a folder of their own",
            zh=f"{folder} 位于工作区内，工作区会被复制与传递；请把密钥放在单独的文件夹",
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    private, public = folder / f"{name}.key", folder / f"{name}.pub"
    key = PrivateKey(secrets.token_bytes(8), secrets.token_bytes(32))
    for path, content, mode in ((private, key.to_bytes(passphrase), 0o600), (public, key.public.to_bytes(), 0o644)):
        _write_new(path, content, mode)
    return private, public


def read_private(path: str | Path, *, passphrase: str = "", outside: Path | None = None) -> PrivateKey:
    """Read a key file.

    Parameters
    ----------
    path : str or Path
    passphrase : str
        Of a locked key.
    outside : Path, optional
        The workspace, in which the key must not lie.

    Raises
    ------
    SignatureError
        It is missing, damaged, readable by others, inside the workspace, or locked by another passphrase.
    """
    path = Path(path)
    if outside is not None and path.resolve().is_relative_to(outside.resolve()):
        raise SignatureError(
            f"the signing key {path.name} is inside the workspace, which people copy and pass on; keep it elsewhere",
            zh=f"签名密钥 {path.name} 位于工作区内，工作区会被复制与传递；请放到工作区之外",
        )
    try:
        mode, data = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise SignatureError(
            f"the signing key {path.name} cannot be read: {error.strerror or error}",
            zh=f"签名密钥 {path.name} 无法读取：{error.strerror or error}",
        ) from error
    if sys.platform != "win32" and mode & 0o077:
        raise SignatureError(
            f"the signing key {path.name} can be read or changed by others (mode {mode & 0o777:o}); "
            f"run: chmod 600 {path.name}, and make a new key if others had access",
            zh=f"签名密钥 {path.name} 可被他人读写（权限 {mode & 0o777:o}）；请执行 chmod 600，若他人接触过请更换密钥",
        )
    content = decoded(text_lines(data, 2, path.name)[1], 158, path.name)
    if content[:2] != KIND or content[4:6] != _SUM or content[2:4] not in (_OPEN, _LOCKED):
        raise SignatureError(f"{path.name} is no private key of minisign", zh=f"{path.name} 不是 minisign 私钥")
    return _opened(content, passphrase, path.name)


def _opened(content: bytes, passphrase: str, name: str) -> PrivateKey:
    salt, body = content[6:38], content[54:]
    operations, memory = (int.from_bytes(content[at : at + 8], "little") for at in (38, 46))
    if content[2:4] == _LOCKED:
        if not passphrase:
            raise SignatureError(
                f"the signing key {name} is locked; pass --passphrase-file FILE or --passphrase-env NAME",
                zh=f"签名密钥 {name} 设有口令；请用 --passphrase-file 文件 或 --passphrase-env 变量名 提供",
            )
        if memory > _MOST_MEMORY or operations > _MOST_MEMORY:
            raise SignatureError(
                f"{name} asks for {memory} bytes of memory to be unlocked; at most {_MOST_MEMORY}",
                zh=f"解锁 {name} 需要 {memory} 字节内存，超过上限",
            )
        body = _mixed(body, passphrase, salt, operations, memory)
    expected = hashlib.blake2b(KIND + body[:72], digest_size=32).digest()
    if not hmac.compare_digest(expected, body[72:]):
        raise SignatureError(
            f"the signing key {name} does not open: the passphrase is another, or the file is damaged",
            zh=f"签名密钥 {name} 无法打开：口令不符或文件损坏",
        )
    key = PrivateKey(body[:8], body[8:40])
    if key.public.key != body[40:72]:
        # a wrong public half would let a signature give the private one away
        raise SignatureError(f"{name}: its two halves are not of one key", zh=f"{name} 的公私两半不是同一密钥")
    return key


def _mixed(content: bytes, passphrase: str, salt: bytes, operations: int, memory: int) -> bytes:
    """Return bytes XOR a stream that the passphrase gives: locks what is open, opens what is locked."""
    n, r, p = _scrypt_numbers(operations, memory)
    stream = hashlib.scrypt(
        passphrase.encode(), salt=salt, n=n, r=r, p=p, maxmem=(n + p + 2) * 128 * r + (1 << 20), dklen=len(content)
    )
    return bytes(a ^ b for a, b in zip(content, stream, strict=True))


def _scrypt_numbers(operations: int, memory: int) -> tuple[int, int, int]:
    """Return N, r, p as libsodium chooses them for a number of operations and bytes of memory."""
    operations, r = max(operations, 32_768), 8
    if operations < memory // 32:
        return _power_above(operations // (r * 4) // 2), r, 1
    n = _power_above(memory // (r * 128) // 2)
    return n, r, max(min(operations // 4 // n, 0x3FFFFFFF) // r, 1)


def _power_above(half: int) -> int:
    return 1 << max(half.bit_length(), 1)


def _write_new(path: Path, content: bytes, mode: int) -> None:
    try:
        # the rights are there from the first moment, whatever the umask
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise SignatureError(
            f"{path} exists; keys are never overwritten: choose another --name or folder",
            zh=f"{path} 已存在；密钥不会被覆盖，请换 --name 或文件夹",
        ) from error
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(mode)
