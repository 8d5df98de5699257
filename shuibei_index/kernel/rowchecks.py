"""Row checks ready to run: expressions of the catalogue, compiled once, asked of whole batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shuibei_index import months
from shuibei_index.checks import Check, Checks
from shuibei_index.errors import ShapeError, UsageError, did_you_mean
from shuibei_index.kernel.cells import Block, Cells
from shuibei_index.kernel.expression import parse
from shuibei_index.kernel.masks import Mask, fails, holds
from shuibei_index.kernel.nodes import Node
from shuibei_index.kernel.proof import Ranges, unproven
from shuibei_index.kernel.vocabulary import columns_of

Bits = npt.NDArray[np.unsignedinteger[Any]]
_WIDTHS: tuple[tuple[int, Any], ...] = ((16, np.uint16), (32, np.uint32), (64, np.uint64))


@dataclass(frozen=True)
class RowCheck:
    """One expression of the catalogue, parsed."""

    check: Check
    node: Node

    @property
    def rule(self) -> str:
        """Its id."""
        return self.check.rule

    def objects(self, columns: Any) -> Mask:
        """Return the records that do not meet the condition; an unknown answer counts as the check says."""
        return ~holds(self.node, columns) if self.check.null == "fail" else fails(self.node, columns)

    def in_force(self, month: str) -> bool:
        """Tell whether the check applies to records of a month ("YYYY-MM")."""
        return self.check.since <= month and (not self.check.until or month < self.check.until)


@dataclass(frozen=True)
class RowChecks:
    """All row checks of one scope.

    Parameters
    ----------
    checks : tuple of RowCheck
        In the order of their ids: the bit of a check is its place.

    Examples
    --------
    >>> checks = RowChecks.load()
    >>> table = pa.table({name: pa.nulls(1, pa.string() if kind == "text" else pa.int64())
    ...                   for name, kind in columns_of("record").items()})
    >>> [rule for place, rule in enumerate(checks.rules) if checks.flags(table)[0] >> place & 1]
    ['record_keys', 'record_words']
    """

    checks: tuple[RowCheck, ...]

    @classmethod
    def load(
        cls, folder: str | Path | None = None, overlay: str | Path | None = None, *, scope: str = "record"
    ) -> RowChecks:
        """Read the expressions of a methodology folder (default: the packaged one), overlaid by a workspace's own."""
        return cls.of(Checks.load(folder, overlay), scope)

    @classmethod
    def of(cls, catalogue: Checks, scope: str = "record") -> RowChecks:
        """Take the expressions of one scope from a catalogue: "record" = accepted records, "row" = reported rows."""
        chosen = [c for c in catalogue.checks.values() if c.expression and c.scope == scope]
        if len(chosen) > _WIDTHS[-1][0] and scope == "record":
            raise UsageError(f"{len(chosen)} row checks of accepted records; at most {_WIDTHS[-1][0]} run together")
        return cls(tuple(RowCheck(c, parse(c.expression, columns_of(scope))) for c in chosen))

    def only(self, *rules: str) -> RowChecks:
        """Return the checks of these ids."""
        for rule in rules:
            if rule not in self.rules:
                raise UsageError(f"no row check {rule!r}{did_you_mean(rule, self.rules)}")
        return RowChecks(tuple(check for check in self.checks if check.rule in rules))

    def needed(self, ranges: Ranges) -> RowChecks:
        """Return what of the checks must look at records whose columns have these ranges (`kernel.proof`)."""
        left = [
            RowCheck(each.check, node)
            for each in self.checks
            if (node := unproven(each.node, ranges, unknown_fails=each.check.null == "fail")) is not None
        ]
        return RowChecks(tuple(left))

    def __len__(self) -> int:
        return len(self.checks)

    def __iter__(self) -> Iterator[RowCheck]:
        return iter(self.checks)

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids, in the order of the bits."""
        return tuple(check.rule for check in self.checks)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the checks look at, and the month where a date limits one of them."""
        names = {name for check in self.checks for name in check.node.columns}
        dated = any(check.check.since or check.check.until for check in self.checks)
        return tuple(sorted(names | ({"period"} if dated else set())))

    def flags(self, table: pa.Table) -> Bits:
        """Return one whole number per record: bit k is set where check k objects.

        Parameters
        ----------
        table : Table
            One batch of accepted records; text columns best dictionary-coded.

        Returns
        -------
        ndarray of uint16 (uint32, uint64 for more than 16, 32 checks)

        Raises
        ------
        ShapeError
            A column a check looks at is missing or of another kind.
        """
        missing = [name for name in self.columns if name not in table.column_names]
        if missing:
            raise ShapeError(f"row checks look at {', '.join(missing)}, which the records do not have")
        dtype = next(kind for width, kind in _WIDTHS if len(self.checks) <= width)
        bits = np.zeros(table.num_rows, dtype=dtype)
        cells = Cells(table)
        dates = [self._applies(check, cells) for check in self.checks]
        for block in cells.blocks():
            part = bits[block.rows]
            for place, (check, applies) in enumerate(zip(self.checks, dates, strict=True)):
                mask = _dated(check.objects(block), applies, block, cells)
                # most checks object to nothing in most blocks
                if mask.any():
                    part |= mask.astype(dtype) << dtype(place)
        return bits

    def masks(self, table: pa.Table) -> Iterator[tuple[RowCheck, Mask]]:
        """Yield each check, however many there are, with the records it objects to."""
        width = _WIDTHS[0][0]
        for first in range(0, len(self.checks), width):
            some = RowChecks(self.checks[first : first + width])
            bits = some.flags(table)
            for place, check in enumerate(some.checks):
                yield check, (bits >> np.uint16(place) & np.uint16(1)).astype(bool)

    @staticmethod
    def _applies(check: RowCheck, cells: Cells) -> Mask | None:
        """Tell for each month of the batch whether the check is in force; None = for all."""
        if not (check.check.since or check.check.until):
            return None
        words = cells.coded("period")[1].to_pylist()
        applies = np.array([months.is_month(w) and check.in_force(w) for w in words], dtype=bool)
        return None if applies[:-1].all() and not cells.table.column("period").null_count else applies


def _dated(mask: Mask, applies: Mask | None, block: Block, cells: Cells) -> Mask:
    return mask if applies is None else mask & applies[cells.coded("period")[0][block.rows]]
