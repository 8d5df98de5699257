"""Where the files that come with the package are: the one place that knows."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _shipped(in_wheel: str, in_checkout: str) -> Path:
    # A wheel carries the folder inside the package; a checkout has it beside the package.
    inside = _PACKAGE / "_data" / in_wheel
    return inside if inside.is_dir() else _PACKAGE.parent / in_checkout


def methodology_dir() -> Path:
    """Return the folder with the packaged rules, trees and decision records."""
    return _shipped("methodology", "methodology")


def samples_dir() -> Path:
    """Return the folder with the packaged sample data."""
    return _shipped("samples", "data/samples")
