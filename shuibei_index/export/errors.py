"""What can go wrong with a database."""

from __future__ import annotations

from shuibei_index.errors import ShuibeiIndexError


class ExportError(ShuibeiIndexError):
    """A database cannot be reached, does not take a release, or holds another one under its name."""
