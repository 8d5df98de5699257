"""Lines of minisign's files: a comment that nothing vouches for, and a line of base64."""

from __future__ import annotations

import base64
import binascii

from shuibei_index.signature.errors import SignatureError

UNTRUSTED = "untrusted comment: "
TRUSTED = "trusted comment: "
#: Longest file of a key or signature that is looked at; minisign's comments are shorter than 10 000 bytes.
LARGEST = 20_000


def text_lines(data: bytes, n: int, name: str) -> list[str]:
    """Return the `n` lines of a file of minisign.

    Raises
    ------
    SignatureError
        It has another number of lines, or is no text.
    """
    try:
        lines = data.decode("utf-8").splitlines() if len(data) <= LARGEST else []
    except UnicodeDecodeError:
        lines = []
    if len(lines) != n or not lines[0].startswith(UNTRUSTED):
        raise SignatureError(
            f"{name} is no file of minisign: expected {n} lines, the first starting {UNTRUSTED.strip()!r}",
            zh=f"{name} 不是 minisign 文件：应为 {n} 行，首行以 {UNTRUSTED.strip()} 开头",
        )
    return lines


def decoded(text: str, size: int, name: str) -> bytes:
    """Return the bytes of a line of base64 that must hold `size` of them.

    Raises
    ------
    SignatureError
        It is no base64, or of another length.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != size:
        raise SignatureError(f"{name}: a line is damaged; expected {size} bytes as base64", zh=f"{name} 有一行已损坏")
    return data


def encoded(data: bytes) -> str:
    """Return bytes as a line of base64."""
    return base64.b64encode(data).decode("ascii")


def plain(comment: str) -> str:
    """Return a comment if minisign would take it: one line of printable ASCII.

    Raises
    ------
    SignatureError
        It is none.
    """
    if any(letter != "\t" and not " " <= letter <= "~" for letter in comment):
        raise SignatureError(
            f"a comment must be one line of ASCII, not {comment!r}", zh=f"注释应为一行 ASCII 文本，实为 {comment!r}"
        )
    return comment
