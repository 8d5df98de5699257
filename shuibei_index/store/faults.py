"""Faults: what a check of the store found, in both languages, and what was done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

#: Faults shown as text; machines are given all of them.
_MANY = 200


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it should be.

    Parameters
    ----------
    kind : str
        E.g. "object_changed"; the same for every fault of its kind.
    name : str
        What it is about: a digest, a row, a file of a release.
    zh, en : str
        What it is, and what can be done.
    done : str
        What was done about it, in both languages; "" = nothing yet.
    """

    kind: str
    name: str
    zh: str
    en: str
    done: str = ""

    def line(self) -> str:
        """Return the fault as lines of text."""
        text = f"{self.name}\n  {self.zh}\n  {self.en}"
        return f"{text}\n  已修复 repaired: {self.done}" if self.done else text


@dataclass(frozen=True)
class StoreCheck:
    """What a check of the store found.

    Parameters
    ----------
    faults : tuple of Fault
        What is broken, repaired or not.
    notes : tuple of Fault
        What is left over or could not be looked at, and hurts nothing.
    head : str
        The ledger's digest: it seals every row of every table. Noted elsewhere, it proves later that no row changed.
    counts : mapping of str to int
        Objects, their bytes, rows and releases looked at.
    """

    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...] = ()
    head: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Nothing is broken, or all that was is repaired."""
        return all(fault.done for fault in self.faults)

    def text(self) -> str:
        """Return the result as text for the command line."""
        said = (*self.faults, *self.notes)
        lines = [fault.line() for fault in said[:_MANY]]
        if len(said) > _MANY:
            rest = len(said) - _MANY
            lines.append(f"另有 {rest} 处，用 --json 列出全部。\n{rest} more; --json lists them all.")
        broken = sum(not fault.done for fault in self.faults)
        counts = self.counts
        lines.append(
            f"对象 objects {counts.get('objects', 0)}（{counts.get('bytes', 0)} bytes），"
            f"账本行 rows {counts.get('rows', 0)}，发布 releases {counts.get('releases', 0)}"
        )
        if self.head:
            lines.append(f"账本摘要 head {self.head}")
        repaired = len(self.faults) - broken
        lines.append(
            f"不完好 not sound: {broken} 处 broken, {repaired} 处已修复 repaired"
            if broken
            else f"完好 sound{f'，已修复 {repaired} 处 repaired' if repaired else ''}"
        )
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the result for machines."""
        return {
            "ok": self.ok,
            "faults": [asdict(fault) for fault in self.faults],
            "notes": [asdict(note) for note in self.notes],
            "head": self.head,
            "counts": dict(self.counts),
        }
