"""What can be wrong with a key or a signature."""

from __future__ import annotations

from shuibei_index.errors import ReleaseError


class SignatureError(ReleaseError):
    """A key or signature cannot be read, made, or trusted."""
