"""What can go wrong in *using* the package. Wrong *data* does not raise: it becomes a finding."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ShuibeiIndexError(ValueError):
    """Base of every error this package raises on purpose. Command line: exit code 1.

    Parameters
    ----------
    message : str
        What is wrong, where, what was expected, what to do.
    zh : str
        The same in Chinese, for what the index team meets at the command line.
    """

    exit_code = 1

    def __init__(self, message: str = "", zh: str = "") -> None:
        super().__init__(message)
        self.zh = zh


class UsageError(ShuibeiIndexError):
    """The caller asked for something that does not exist or does not fit. Exit code 2."""

    exit_code = 2


class GateError(ShuibeiIndexError):
    """The data did not pass a gate of the rules. Exit code 3."""

    exit_code = 3


class RulesError(ShuibeiIndexError):
    """A rule file is incomplete, contradictory, or asked for a date it does not cover."""


class TreeError(ShuibeiIndexError):
    """A classification tree has a loop, an orphan, a duplicate or an unknown code."""


class WorkspaceError(ShuibeiIndexError):
    """A file of the workspace is missing or malformed."""


class StoreError(ShuibeiIndexError):
    """The store is locked, damaged, or written by a newer version."""


class ShapeError(ShuibeiIndexError):
    """Arrays whose lengths must agree do not."""


class PriceError(ShuibeiIndexError):
    """A price, quantity or weight outside what the formula is defined for."""


class EngineError(ShuibeiIndexError):
    """The seasonal adjustment engine could not be found or did not produce its tables."""


class ReleaseError(ShuibeiIndexError):
    """A release cannot be made, read, or does not verify."""


class ShuibeiIndexWarning(UserWarning):
    """Base of the package's warnings."""


class WeightWarning(ShuibeiIndexWarning):
    """Weights were used in a way the user should know of."""


class FallbackWarning(ShuibeiIndexWarning):
    """A weaker method stands in for the one the rules name."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x' or 'y'?"`` or an empty string."""
    near = difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    return "; did you mean " + " or ".join(repr(n) for n in near) + "?" if near else ""


def first_few(names: Iterable[object], limit: int = 3) -> str:
    """Return the first names and the count, for error texts.

    Examples
    --------
    >>> first_few(["a", "b", "c", "d"])
    "4 ('a', 'b', 'c', …)"
    """
    names = list(names)
    return f"{len(names)} ({', '.join(repr(n) for n in names[:limit])}{', …' if len(names) > limit else ''})"
