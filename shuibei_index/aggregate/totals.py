"""One pass over any number of records: row checks, and sums by item and month, in bounded memory, on any engine.

`partial_totals` is the kernel: one batch in, small tables of whole numbers out. Adding such tables is all that is left,
so threads, the order of files, or another engine (`aggregate.spark`) change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.aggregate.leaders import leaders
from shuibei_index.aggregate.panel import PricePanel, toll_rule
from shuibei_index.aggregate.parts import PART_COLUMNS
from shuibei_index.aggregate.reading import Piece, in_threads, pieces
from shuibei_index.aggregate.sums import COLUMNS, Toll, add_up, partial_sums
from shuibei_index.errors import UsageError
from shuibei_index.kernel.rowchecks import RowChecks

if TYPE_CHECKING:
    from shuibei_index.rules import Rules, RulesAt

ENGINES = ("local", "spark")
#: What failures are counted by.
FOUND_BY = ("rule", "enterprise_id", "period")
_FOUND = pa.schema([*((name, pa.string()) for name in FOUND_BY), ("records", pa.int64())])


@dataclass(frozen=True, repr=False)
class Totals:
    """What a pass over accepted records found.

    Parameters
    ----------
    sums : Table
        Turnover, quantity and records of each item and month (`aggregate.sums`).
    found : Table
        rule, enterprise_id, period, records: how many records each check objects to; only what is above 0.
    records : int
        Records read.
    checks : RowChecks
        The checks asked.
    """

    sums: pa.Table
    found: pa.Table
    records: int
    checks: RowChecks

    def counts(self) -> dict[str, int]:
        """Return the number of records each check objects to, 0 included."""
        counts = dict.fromkeys(self.checks.rules, 0)
        by_rule = self.found.group_by("rule").aggregate([("records", "sum")])
        return counts | dict(zip(by_rule["rule"].to_pylist(), by_rule["records_sum"].to_pylist(), strict=True))

    def leaders(self) -> pa.Table:
        """Return the share of the two largest firms by month and class (`aggregate.leaders`)."""
        return leaders(self.sums)

    def panel(self) -> PricePanel:
        """Return the price panel of the records."""
        return PricePanel.from_sums(self.sums)

    def summary(self) -> pd.DataFrame:
        """Return one row per check: rule, severity, records, share of all, message in both languages."""
        counts = self.counts()
        rows = [
            (c.rule, c.check.severity, counts[c.rule], counts[c.rule] / max(self.records, 1), c.check.zh, c.check.en)
            for c in self.checks
        ]
        return pd.DataFrame(rows, columns=["rule", "severity", "records", "share", "zh", "en"])

    def __repr__(self) -> str:
        objected = sum(count > 0 for count in self.counts().values())
        return f"Totals: {self.records:,} records, {len(self.sums):,} item-months, {objected} checks object"

    def _repr_html_(self) -> str:
        return f"<h4>{self!r}</h4>" + self.summary().to_html(index=False)


@dataclass(frozen=True)
class Partial:
    """What came of some records: to be added to others of its kind."""

    sums: pa.Table
    found: pa.Table
    records: int


def totals(
    source: object,
    *,
    checks: RowChecks | None = None,
    rules: Rules | RulesAt | None = None,
    stage: str | None = None,
    toll_classes: Toll | None = None,
    threads: int = 2,
    engine: str = "local",
    statistics: bool = True,
    parts: bool = False,
) -> Totals:
    """Check accepted records and add them up by item and month.

    Parameters
    ----------
    source : Table, DataFrame, path or list of these
        Accepted records, or Parquet files of them; files are streamed a row group at a time.
    checks : RowChecks, optional
        Default: those of the package. ``RowChecks(())`` = none.
    rules, stage, toll_classes
        As in `make_panel`.
    threads : int
        Pieces worked on at a time (local engine).
    engine : {"local", "spark"}
        Where the batches are worked on; "spark" takes paths only and needs the extra ``[spark]``.
    statistics : bool
        Believe the smallest and largest values a Parquet file states: what they prove is not read (local engine). False
        looks at every value; the answer is the same unless a file states what is not so.
    parts : bool
        Whether to add up the parts of the prices too: metal, making charge, stones.

    Returns
    -------
    Totals
        The same bytes from every engine and any order of records.

    Raises
    ------
    UsageError
        No such engine, or nothing to read.

    Notes
    -----
    Records a check objects to still enter the sums: what was accepted counts; the findings say what is odd about it.
    Method page: methodology/3-aggregate.md.

    Examples
    --------
    >>> frame = pd.DataFrame({"enterprise_id": ["E1", "E1"], "item_id": "a", "class_code": "010101",
    ...     "period": "2025-06", "trade_type": "sale", "stage": "wholesale", "amount_fen": [80_000, 0],
    ...     "quantity_milli": [1000, 500]})
    >>> found = totals(frame, checks=RowChecks.load().only("record_quantity"))
    >>> found
    Totals: 2 records, 1 item-months, 0 checks object
    >>> found.sums["amount_fen"].to_pylist()
    [80000]
    """
    if engine not in ENGINES:
        raise UsageError(
            f"engine must be one of {', '.join(ENGINES)}, not {engine!r}",
            zh=f"engine 应为 {'、'.join(ENGINES)} 之一，不能是 {engine!r}",
        )
    checks = RowChecks.load() if checks is None else checks
    toll = toll_rule(rules) if toll_classes is None else toll_classes
    if engine == "spark":
        from shuibei_index.aggregate.spark import totals_on_spark

        return totals_on_spark(source, checks=checks, toll_classes=toll, stage=stage, parts=parts)
    work = partial(_of_piece, checks=checks, toll_classes=toll, stage=stage, statistics=statistics, parts=parts)
    return gather(in_threads(work, pieces(source), threads), checks)


def columns_read(checks: RowChecks, parts: bool = False) -> list[str]:
    """Return the columns a pass with these checks looks at."""
    own = dict.fromkeys([*COLUMNS, *(PART_COLUMNS if parts else ())])
    return [*own, *(name for name in checks.columns if name not in own)]


def partial_totals(
    table: pa.Table, *, checks: RowChecks, toll_classes: Toll, stage: str | None, parts: bool = False
) -> Partial:
    """Check one batch of records and add it up: the kernel every engine runs."""
    sums = partial_sums(table, toll_classes=toll_classes, stage=stage, parts=parts)
    return Partial(sums, _found(table, checks), int(table.num_rows))


def gather(partials: Iterable[Partial], checks: RowChecks) -> Totals:
    """Add up what came of all batches, as it comes in."""
    found: list[pa.Table] = []
    records = 0

    def sums() -> Iterable[pa.Table]:
        nonlocal records
        for part in partials:
            records += part.records
            found.append(part.found)
            yield part.sums

    total = add_up(sums())
    return Totals(total, add_found(found), records, checks)


def add_found(parts: Sequence[pa.Table]) -> pa.Table:
    """Add counts of failures; sorted by rule, enterprise and month."""
    table = pa.concat_tables([_FOUND.empty_table(), *parts])
    added = table.group_by(list(FOUND_BY), use_threads=False).aggregate([("records", "sum")])
    added = added.rename_columns([*FOUND_BY, "records"]).cast(_FOUND)
    return added.sort_by([(name, "ascending") for name in FOUND_BY]).combine_chunks()


def _of_piece(piece: Piece, *, checks: RowChecks, statistics: bool, parts: bool, **options: Any) -> Partial:
    checks = checks.needed(piece.ranges) if statistics else checks
    read = piece.read(columns_read(checks, parts))
    found = [partial_totals(table, checks=checks, parts=parts, **options) for table in read]
    if len(found) == 1:
        return found[0]
    sums = add_up(part.sums for part in found)
    return Partial(sums, add_found([part.found for part in found]), sum(part.records for part in found))


def _found(table: pa.Table, checks: RowChecks) -> pa.Table:
    if not len(checks):
        return _FOUND.empty_table()
    bits = checks.flags(table)
    rows = np.flatnonzero(bits)
    if not rows.size:
        return _FOUND.empty_table()
    bits = bits[rows]
    few = table.select(list(FOUND_BY[1:])).take(pa.array(rows))
    texts = [pc.fill_null(few.column(name).cast(pa.string()), "") for name in FOUND_BY[1:]]
    one = pa.array(np.ones(len(rows), dtype=np.int64))
    plain = pa.table([*texts, one], names=[*FOUND_BY[1:], "records"])
    parts = []
    for place, rule in enumerate(checks.rules):
        hit = (bits >> bits.dtype.type(place)) & bits.dtype.type(1)
        if hit.any():
            chosen = plain.filter(pa.array(hit.astype(bool)))
            parts.append(chosen.add_column(0, "rule", pa.repeat(pa.scalar(rule), len(chosen))).cast(_FOUND))
    return add_found(parts)
