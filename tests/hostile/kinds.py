"""What a hostile or broken file is, and what is to become of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.intake.conftest import csv_text, grid, record

#: Two good records: what a file holds beside what is wrong with it, unless it says otherwise.
GOOD = grid([record(1, amount=100.5), record(2, amount=200)])
COLUMNS = len(GOOD[0])
AMOUNTS = (100.5, 200.0)


@dataclass(frozen=True)
class Kind:
    """One file, by what is wrong with it.

    Attributes
    ----------
    name : str
        Of the file; its number in the folder goes before it.
    content : bytes or callable
        Bytes, or a function that makes something at a path that no bytes can make.
    outcome : str
        read, rejected or ignored.
    reason : str
        The check that rejected or set aside the file.
    amounts : sequence
        The amounts read, None where the cell is refused.
    says : sequence of str
        Further checks that speak; no others may.
    also : dict
        Other columns, and what is read of them.
    """

    name: str
    content: bytes | Callable[[Path], None]
    outcome: str = "read"
    reason: str = ""
    amounts: Sequence[float | None] = ()
    says: Sequence[str] = ()
    also: dict[str, Sequence[Any]] = field(default_factory=dict)


def good(name: str, content: bytes | Callable[[Path], None], *says: str, **also: Sequence[Any]) -> Kind:
    """Return a file that is odd, but read: with the two good records."""
    return Kind(name, content, amounts=AMOUNTS, says=says, also=also)


def values(name: str, content: bytes, amounts: Sequence[float | None], *says: str, **also: Sequence[Any]) -> Kind:
    """Return a file that is read, with other records than the two good ones."""
    return Kind(name, content, amounts=amounts, says=says, also=also)


def bad(name: str, content: bytes | Callable[[Path], None], reason: str, *says: str) -> Kind:
    """Return a file that is rejected as a whole, with what else is said of it."""
    return Kind(name, content, "rejected", reason, says=says)


def text(rows: list[list[Any]] = GOOD, separator: str = ",") -> str:
    """Return rows as a delimited text."""
    return csv_text(rows, separator)
