"""Block: one table of one file as it was found, before any cell is interpreted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shuibei_index.intake.headers import Header


class FileFault(Exception):  # noqa: N818 -- it is data about a file, caught by the reader, never shown to a caller
    """A file cannot be used; `rule` names the check, `fields` fill its messages."""

    def __init__(self, rule: str, **fields: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.fields = fields


@dataclass
class Issue:
    """One thing to say about a file, a sheet or a cell: a check's name and what fills its messages."""

    rule: str
    sheet: str = ""
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class CellFault:
    """A cell the reader itself knows to be unusable: line (from 1), canonical column, check, what stands there."""

    line: int
    column: str
    rule: str
    value: str


@dataclass
class Block:
    """Cells as text, column by column, or an Arrow table of typed columns.

    Exactly one of `cells` and `table` is used; `first` are the first three cells of each line.
    `kinds` tells what Excel took each cell of a workbook for: s text, n number, d date, t date and time, b true or
    false, u anything else, p percentage; f a number that stands in `figures` (NaN elsewhere), with an empty text.
    """

    sheet: str
    header: Header
    lines: npt.NDArray[np.int64]
    cells: dict[str, list[str] | pa.Array] = field(default_factory=dict)
    kinds: dict[str, bytes] = field(default_factory=dict)
    figures: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    first: list[list[str] | pa.Array] = field(default_factory=list)
    ragged: npt.NDArray[np.bool_] | None = None
    table: pa.Table | None = None
    faults: list[CellFault] = field(default_factory=list)


@dataclass
class FileRead:
    """What came of one file: its blocks, or a fault; and what there is to say about it."""

    receipt: int
    file: str
    sha256: str = ""
    size: int = 0
    format: str = ""
    encoding: str = ""
    blocks: list[Block] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    outcome: str = "read"
    reason: str = ""

    def say(self, rule: str, sheet: str = "", **fields: Any) -> None:
        """Add something to say about the file."""
        self.issues.append(Issue(rule, sheet, {k: str(v) for k, v in fields.items()}))

    def reject(self, fault: FileFault) -> None:
        """Set the file aside: nothing of it is used, and the fault says why."""
        self.blocks.clear()
        self.outcome, self.reason = "rejected", fault.rule
        self.say(fault.rule, **fault.fields)
