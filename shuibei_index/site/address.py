"""Addresses inside the site: relative, so that it works from a disk and under any path of a server."""

from __future__ import annotations

import re

LANGUAGES = ("zh", "en")
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


def slug(code: str) -> str:
    """Return a class code as a file name; one that is none, or could leave its folder, becomes its bytes in hex.

    Examples
    --------
    >>> slug("0101"), slug("../x")
    ('0101', 'x-2e2e2f78')
    """
    return code if _SAFE.fullmatch(code) and not code.startswith("x-") else f"x-{code.encode().hex()}"


def in_language(path: str, lang: str) -> str:
    """Return where a page stands in one language: Chinese at the root, English under en/."""
    return path if lang == "zh" else f"en/{path}"


def root_of(path: str) -> str:
    """Return the way from a file back to the root.

    Examples
    --------
    >>> root_of("en/classes/01.html"), root_of("index.html")
    ('../../', '')
    """
    return "../" * path.count("/")
