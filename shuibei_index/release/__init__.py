"""Release: from index series to a frozen, verified bundle and its bulletins.

The names are read when they are first used: the command line must start without loading matplotlib.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shuibei_index.release.bundle import Release, read_release
    from shuibei_index.release.make import make_release
    from shuibei_index.release.verify import Problem, VerifyReport

__all__ = ["Problem", "Release", "VerifyReport", "make_release", "read_release"]

_HOME = {
    "Problem": "verify",
    "Release": "bundle",
    "VerifyReport": "verify",
    "make_release": "make",
    "read_release": "bundle",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
