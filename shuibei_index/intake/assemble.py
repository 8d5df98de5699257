"""Assemble: the blocks of many files become one table of reports and one table of findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.checks import Checks, gather
from shuibei_index.intake.block import Block, FileRead, Issue
from shuibei_index.intake.convert import Found, Part, convert_texts, convert_typed
from shuibei_index.intake.limits import Limits
from shuibei_index.intake.reports import Layout, Reports, place
from shuibei_index.intake.schema import REPORT, SUBMISSION
from shuibei_index.intake.totals import stated_totals

Positions = npt.NDArray[np.int64]
_ENGLISH = {c.name: c.name for c in SUBMISSION}
_CHINESE = {c.name: c.name_zh for c in SUBMISSION}
#: Records converted together. Small enough to stay in memory as text, large enough for the cost per call to vanish.
_BATCH = 200_000
#: Findings that are told once per file and column, not once per cell.
_ONCE = frozenset({"normalised", "traditional_words"})


def assemble(reads: Sequence[FileRead], checks: Checks, limits: Limits) -> Reports:
    """Return the reports of files that were read, in the order of the files."""
    blocks = [(number, read, block) for number, (read, block) in enumerate((r, b) for r in reads for b in r.blocks)]
    parts = [convert_texts(batch, limits) for batch in _batches(blocks, typed=False)]
    parts += [convert_typed(batch) for batch in _batches(blocks, typed=True)]
    table, number, found = _table(parts, blocks)
    layout = Layout(np.searchsorted(number, np.arange(len(blocks))), tuple(_places(r, b) for _, r, b in blocks))
    sizes = np.bincount(number, minlength=len(blocks))
    _count(reads, sizes)
    none = np.zeros(0, dtype=np.int64)
    reports = Reports(table, gather([]), none, none, _files(reads, sizes), layout)
    owners = [read for _, read, _ in blocks]
    sheets = [block.sheet for _, _, block in blocks]
    frames = [*_issues(reads, checks), *_skipped(parts, owners, sheets, checks)]
    frames += [_cells(f, reports, owners, checks) for f in found]
    refused = {f.column: f.rows for f in found if f.rule == "number_format"}
    places = [(read.receipt, read.file, sheet) for read, sheet in zip(owners, sheets, strict=True)]
    skipped = [s for part in parts for s in part.skipped]
    frames += stated_totals(skipped, table, layout, refused, places, checks, limits)
    findings, rows, receipts = _sort(frames, reads)
    return Reports(table, findings, rows, receipts, reports.files, layout)


def _batches(blocks: Sequence[tuple[int, FileRead, Block]], *, typed: bool) -> list[list[tuple[int, Block]]]:
    # Text blocks are joined as they come; typed ones only with others of the same schema.
    groups: dict[str, list[list[tuple[int, Block]]]] = {}
    sizes: dict[str, int] = {}
    for number, _, block in blocks:
        if (block.table is not None) is not typed or not len(block.lines):
            continue
        key = "" if block.table is None else str(block.table.schema.remove_metadata())
        if key not in groups or sizes[key] + len(block.lines) > _BATCH:
            groups.setdefault(key, []).append([])
            sizes[key] = 0
        groups[key][-1].append((number, block))
        sizes[key] += len(block.lines)
    return [batch for group in groups.values() for batch in group]


def _table(
    parts: Sequence[Part], blocks: Sequence[tuple[int, FileRead, Block]]
) -> tuple[pa.Table, Positions, list[Found]]:
    # One table in the order of files and lines, the number of each record's block, and the cells found, in place.
    number = np.concatenate([p.block for p in parts]) if parts else np.zeros(0, dtype=np.int64)
    lines = np.concatenate([p.lines for p in parts]) if parts else np.zeros(0, dtype=np.int64)
    order = np.lexsort((lines, number)) if len(number) and np.any(np.diff(number) < 0) else None
    files = _names([read.file for _, read, _ in blocks])
    sheets = _names([block.sheet for _, _, block in blocks])
    receipts = np.array([read.receipt for _, read, _ in blocks], dtype=np.int64)
    columns = {
        field.name: pa.chunked_array([p.columns[field.name] for p in parts], field.type)
        for field in REPORT
        if field.name in _ENGLISH
    }
    table = pa.table(columns).unify_dictionaries() if parts else REPORT.empty_table().select(list(_ENGLISH))
    where = np.arange(len(number))
    if order is not None:
        table, number, lines = table.take(pa.array(order)), number[order], lines[order]
        where = np.empty_like(order)
        where[order] = np.arange(len(order))
    for name, values in (
        ("receipt", pa.array(receipts[number])),
        ("file", pa.DictionaryArray.from_arrays(pa.array(files[0][number], pa.int32()), files[1])),
        ("sheet", pa.DictionaryArray.from_arrays(pa.array(sheets[0][number], pa.int32()), sheets[1])),
        ("row", pa.array(lines)),
    ):
        table = table.append_column(REPORT.field(name), values)
    found, before = [], 0
    for part in parts:
        found += [Found(f.rule, f.column, where[f.rows + before], f.texts) for f in part.found]
        before += len(part.lines)
    return table.cast(REPORT), number, _merge(found)


def _names(names: list[str]) -> tuple[npt.NDArray[np.int32], pa.Array]:
    distinct, codes = np.unique(np.array(names, dtype=object), return_inverse=True)
    return codes.astype(np.int32), pa.array(distinct, pa.string())


def _merge(found: list[Found]) -> list[Found]:
    # One entry per check and column over all parts: making a table of findings has a price per call.
    groups: dict[tuple[str, str], list[Found]] = {}
    for f in found:
        groups.setdefault((f.rule, f.column), []).append(f)
    return [
        Found(rule, column, np.concatenate([f.rows for f in group]), pa.concat_arrays([f.texts for f in group]))
        for (rule, column), group in sorted(groups.items())
    ]


def _places(read: FileRead, block: Block) -> dict[str, str]:
    lettered = read.format != "parquet"
    return {name: place(_CHINESE[name], position, lettered) for name, position in block.header.columns.items()}


def _count(reads: Sequence[FileRead], sizes: Positions) -> None:
    at = 0
    for read in reads:
        rows = int(sizes[at : at + len(read.blocks)].sum())
        at += len(read.blocks)
        if read.outcome == "read" and rows == 0:
            read.say("no_records")
            read.reason = "no_records"


def _files(reads: Sequence[FileRead], sizes: Positions) -> pd.DataFrame:
    ends = np.cumsum([len(read.blocks) for read in reads]) if reads else np.zeros(0, dtype=np.int64)
    total = np.concatenate([[0], np.cumsum(sizes)])
    rows = np.diff(total[np.concatenate([[0], ends])])
    columns = {
        "receipt": np.array([r.receipt for r in reads], dtype=np.int64),
        "file": [r.file for r in reads],
        "sha256": [r.sha256 for r in reads],
        "bytes": np.array([r.size for r in reads], dtype=np.int64),
        "format": [r.format for r in reads],
        "encoding": [r.encoding for r in reads],
        "rows": rows.astype(np.int64),
        "outcome": [r.outcome for r in reads],
        "reason": [r.reason for r in reads],
    }
    texts = {name: "str" for name, values in columns.items() if isinstance(values, list)}
    return pd.DataFrame(columns).astype(texts)


def _issues(reads: Sequence[FileRead], checks: Checks) -> list[pd.DataFrame]:
    groups: dict[str, list[tuple[FileRead, Issue]]] = {}
    for read in reads:
        for issue in read.issues:
            groups.setdefault(issue.rule, []).append((read, issue))
    frames = []
    for rule, items in sorted(groups.items()):
        names = sorted({name for _, issue in items for name in issue.fields} - {"sheet"})
        fields: dict[str, Any] = {name: [issue.fields.get(name, "") for _, issue in items] for name in names}
        sheets = [issue.sheet or issue.fields.get("sheet", "") for _, issue in items]
        frame = checks.find(rule, file=[read.file for read, _ in items], sheet=sheets, **fields)
        frames.append(frame.assign(_receipt=[read.receipt for read, _ in items], _row=-1))
    return frames


def _skipped(
    parts: Sequence[Part], owners: Sequence[FileRead], sheets: Sequence[str], checks: Checks
) -> list[pd.DataFrame]:
    frames = []
    for part in parts:
        for s in part.skipped:
            lines = pa.array(s.lines).cast(pa.string())
            frame = checks.find(
                s.rule,
                file=[owners[b].file for b in s.block.tolist()],
                sheet=[sheets[b] for b in s.block.tolist()],
                cell=pc.binary_join_element_wise(lines, lines, ":"),
                value=s.texts,
                line=lines,
            )
            frames.append(frame.assign(_receipt=[owners[b].receipt for b in s.block.tolist()], _row=-1))
    return frames


def _cells(found: Found, reports: Reports, owners: Sequence[FileRead], checks: Checks) -> pd.DataFrame:
    rows, values = found.rows, found.texts
    extra: dict[str, Any] = {}
    if found.rule in _ONCE:
        receipts = reports.table.column("receipt").to_numpy()[rows]
        _, first, counts = np.unique(receipts, return_index=True, return_counts=True)
        rows, values, extra = rows[first], values.take(pa.array(first)), {"count": counts}
    records = reports.table.take(pa.array(rows))
    frame = checks.find(
        found.rule,
        enterprise_id=records.column("enterprise_id"),
        period=records.column("period"),
        line_no=records.column("line_no"),
        file=records.column("file"),
        sheet=records.column("sheet"),
        cell=reports.cells(found.column, rows),
        value=values,
        line=records.column("row"),
        column=_CHINESE.get(found.column, ""),
        column_en=_ENGLISH.get(found.column, ""),
        **extra,
    )
    return frame.assign(_receipt=records.column("receipt").to_numpy(), _row=rows)


def _sort(frames: Sequence[pd.DataFrame], reads: Sequence[FileRead]) -> tuple[pd.DataFrame, Positions, Positions]:
    findings = gather(frames)
    if "_row" not in findings:
        return findings, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    place_of = {read.receipt: at for at, read in enumerate(reads)}
    order = np.lexsort((findings["_row"].to_numpy(), findings["_receipt"].map(place_of).to_numpy()))
    findings = findings.iloc[order].reset_index(drop=True)
    rows, receipts = (findings[name].to_numpy().astype(np.int64) for name in ("_row", "_receipt"))
    return findings.drop(columns=["_receipt", "_row"]), rows, receipts
