"""Convert: blocks as found become columns of numbers, times and clean texts, with what is wrong by cell.

Small tables are joined first and converted together: the cost is that of the cells, not of the files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.intake.block import Block
from shuibei_index.intake.limits import Limits
from shuibei_index.intake.lines import Filled, Skipped, find_records, join
from shuibei_index.intake.numbers import Affix, Numbers, parse_cells, parse_numbers, whole
from shuibei_index.intake.rawcells import RawCells
from shuibei_index.intake.schema import DEAL_COLUMNS, ID_COLUMNS, KEY_COLUMNS, REPORT, SUBMISSION
from shuibei_index.intake.texts import clean_texts
from shuibei_index.intake.times import parse_times

Mask = npt.NDArray[np.bool_]
_AFFIX: dict[str, Affix] = {
    "amount": "yuan",
    "metal_price": "yuan",
    "making_charge": "yuan",
    "stone_amount": "yuan",
    "loss_rate": "percent",
}
#: Columns of codes that may be long, and a number of more digits than the fifteen Excel keeps.
_LONG = (*ID_COLUMNS, "certificate")
_ROUNDED = r"^-?[0-9]{16,}\.0$|e\+"
_KEPT = 1e15
_EIGHT_HOURS = 8 * 3600


@dataclass
class Found:
    """Cells of one column that fall under one check: positions among the records, and what stands there."""

    rule: str
    column: str
    rows: npt.NDArray[np.int64]
    texts: pa.Array


@dataclass
class Part:
    """Records of some blocks: their columns, the number of their block, their line, and what was found."""

    columns: dict[str, pa.Array]
    block: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]
    found: list[Found] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def add(self, rule: str, column: str, mask: Mask, values: pa.Array | RawCells) -> None:
        """Note the cells of `column` where `mask` is true."""
        if mask.any():
            rows = np.flatnonzero(mask)
            self.found.append(Found(rule, column, rows, values.take(pa.array(rows)).cast(pa.string())))

    def keep(self, mask: Mask) -> Part:
        """Return the records where `mask` is true; what was found elsewhere goes."""
        if mask.all():
            return self
        place = np.cumsum(mask) - 1
        chosen = pa.array(mask)
        found = []
        for f in self.found:
            stay = mask[f.rows]
            if stay.any():
                found.append(Found(f.rule, f.column, place[f.rows[stay]], f.texts.filter(pa.array(stay))))
        columns = {name: column.filter(chosen) for name, column in self.columns.items()}
        return Part(columns, self.block[mask], self.lines[mask], found, self.skipped)


def convert_texts(blocks: Sequence[tuple[int, Block]], limits: Limits) -> Part:
    """Convert blocks of text cells (delimited files and workbooks), given with their numbers."""
    part = _part(blocks)
    length = len(part.lines)
    filled, named = np.zeros(length, dtype=np.int64), np.zeros(length, dtype=bool)
    traded = np.zeros(length, dtype=bool)
    raw: dict[str, RawCells] = {}
    for column in SUBMISSION:
        if any(column.name in block.cells for _, block in blocks):
            cells = raw[column.name] = _cells(blocks, column.name)
            filled += cells.filled
            if column.name not in KEY_COLUMNS:
                named |= cells.filled
            if column.name in DEAL_COLUMNS:
                traded |= cells.filled
            _convert_text(part, column.name, column.kind, cells)
        else:
            part.columns[column.name] = pa.nulls(length, REPORT.field(column.name).type)
    _ragged(part, blocks, raw["enterprise_id"])
    _faults(part, blocks)
    for found in part.found:
        # a formula without a value, or a line out of joint, is a deal somebody meant to report
        if found.column in ("", *DEAL_COLUMNS):
            traded[found.rows] = True
    _unit_conflicts(part, blocks, raw["amount"])
    about = Filled(filled, named, traded)
    mask, part.skipped = find_records(part.block, part.lines, blocks, raw, about, limits)
    return part.keep(mask)


def convert_typed(blocks: Sequence[tuple[int, Block]]) -> Part:
    """Convert blocks of typed columns with one and the same schema, given with their numbers."""
    part = _part(blocks)
    length = len(part.lines)
    table = pa.concat_tables([block.table for _, block in blocks])
    for column in SUBMISSION:
        if column.name in table.column_names:
            values = table.column(column.name).unify_dictionaries().combine_chunks()
            _convert_typed(part, column.name, column.kind, values)
        else:
            part.columns[column.name] = pa.nulls(length, REPORT.field(column.name).type)
    _unit_conflicts(part, blocks, part.columns["amount"])
    if any(part.columns[name].null_count == 0 for name in ("enterprise_id", "line_no", "amount")):
        return part
    blank = np.ones(length, dtype=bool)
    for column in part.columns.values():
        blank &= column.is_null().to_numpy(zero_copy_only=False)
    return part.keep(~blank)


def _part(blocks: Sequence[tuple[int, Block]]) -> Part:
    sizes = [len(block.lines) for _, block in blocks]
    numbers = np.repeat(np.array([number for number, _ in blocks], dtype=np.int64), sizes)
    return Part({}, numbers, np.concatenate([block.lines for _, block in blocks]))


def _cells(blocks: Sequence[tuple[int, Block]], name: str) -> RawCells:
    text = join([block.cells.get(name, [""] * len(block.lines)) for _, block in blocks])
    kinds, figures = None, None
    if any(block.kinds for _, block in blocks):
        kinds = np.frombuffer(b"".join(b.kinds.get(name, b"s" * len(b.lines)) for _, b in blocks), dtype=np.uint8)
    if any(name in block.figures for _, block in blocks):
        parts = [b.figures.get(name, np.full(len(b.lines), np.nan)) for _, b in blocks]
        figures = np.concatenate(parts) if len(parts) > 1 else parts[0]
    return RawCells(text, kinds, figures)


def _convert_text(part: Part, name: str, kind: str, cells: RawCells) -> None:
    if name == "deal_time":
        _time(part, name, cells.text)
    elif kind == "text":
        text = cells.text
        if cells.numbers is not None and cells.numbers.any():
            if name in _LONG:
                lost = cells.numbers & pc.match_substring_regex(text, _ROUNDED).to_numpy(zero_copy_only=False)
                part.add("digits_lost", name, lost, text)
            # Excel keeps the code 1001 as the number 1001.0.
            whole = pc.replace_substring_regex(text.filter(pa.array(cells.numbers)), r"\.0$", "")
            text = pc.replace_with_mask(text, pa.array(cells.numbers), whole)
        if cells.dates is not None and name == "period" and cells.dates.any():
            text = pc.if_else(pa.array(cells.dates), pc.utf8_slice_codeunits(text, 0, 7), text)
        _text(part, name, text)
    else:
        _number(part, name, kind, parse_cells(cells, affix=_AFFIX.get(name, "")), cells)


def _convert_typed(part: Part, name: str, kind: str, values: pa.Array) -> None:
    values = _plain(values)
    if name == "deal_time" and pa.types.is_temporal(values.type):
        part.columns[name] = _moment(values)
    elif name == "deal_time":
        _time(part, name, values.cast(pa.string()))
    elif kind == "text":
        if pa.types.is_temporal(values.type):
            values = pc.strftime(values, format="%Y-%m")
        elif pa.types.is_floating(values.type):
            floats, values = values, pc.replace_substring_regex(values.cast(pa.string()), r"\.0$", "")
            if name in _LONG:
                lost = pc.greater_equal(pc.abs(floats.cast(pa.float64())), _KEPT)
                part.add("digits_lost", name, pc.fill_null(lost, False).to_numpy(zero_copy_only=False), values)
        elif not pa.types.is_dictionary(values.type):
            values = values.cast(pa.string())
        _text(part, name, values)
    elif pa.types.is_dictionary(values.type) or pa.types.is_string(values.type):
        text = values.cast(pa.string())
        _number(part, name, kind, parse_numbers(text, affix=_AFFIX.get(name, "")), text)
    elif pa.types.is_integer(values.type) and kind == "integer" and not pa.types.is_uint64(values.type):
        part.columns[name] = values.cast(pa.int64())
    else:
        # not safe: a number too large to be exact is one nobody reports, and the range checks name its cell
        floats = np.array(values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)
        endless = np.isinf(floats)
        floats[endless] = np.nan
        none = np.zeros(len(floats), dtype=bool)
        _number(part, name, kind, Numbers(floats, endless, none, none), values)


def _plain(values: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(values.type):
        small = pa.dictionary(pa.int32(), pa.string())
        return values if values.type == small else values.cast(small)
    if pa.types.is_large_string(values.type) or pa.types.is_null(values.type):
        return values.cast(pa.string())
    return values


def _moment(values: pa.Array) -> pa.Array:
    if pa.types.is_timestamp(values.type) and values.type.tz is not None:
        # A zone says which instant is meant; the trade's clock runs eight hours ahead of UTC.
        seconds = values.cast(pa.timestamp("s", "UTC"), safe=False).cast(pa.int64())
        return pc.add(seconds, _EIGHT_HOURS).cast(pa.timestamp("s"))
    return values.cast(pa.timestamp("s"), safe=False)


def _text(part: Part, name: str, text: pa.Array) -> None:
    texts = clean_texts(text, name)
    part.columns[name] = texts.values
    part.add("hidden_characters", name, texts.hidden, text)
    part.add("error_cell", name, texts.errors, text)
    part.add("normalised", name, texts.widened, text)
    part.add("traditional_words", name, texts.traditional, text)


def _time(part: Part, name: str, text: pa.Array) -> None:
    times, refused = parse_times(text)
    part.columns[name] = pa.array(times)
    part.add("time_format", name, refused, text)


def _number(part: Part, name: str, kind: str, numbers: Numbers, raw: pa.Array | RawCells) -> None:
    values = numbers.values
    part.add("number_format", name, numbers.refused, raw)
    part.add("normalised", name, numbers.normalised, raw)
    if name == "amount":
        part.add("_yuan", name, numbers.affixed, raw)
    if kind == "integer":
        broken = ~whole(values)
        part.add("integer_expected", name, broken, raw)
        values = np.where(broken, np.nan, values)
        absent = np.isnan(values)
        part.columns[name] = pa.array(np.where(absent, 0, values).astype(np.int64), mask=absent)
    else:
        part.columns[name] = pa.array(values, mask=np.isnan(values))


def _ragged(part: Part, blocks: Sequence[tuple[int, Block]], text: RawCells) -> None:
    masks = [np.zeros(len(b.lines), dtype=bool) if b.ragged is None else b.ragged for _, b in blocks]
    part.add("ragged_row", "", np.concatenate(masks), text)


def _faults(part: Part, blocks: Sequence[tuple[int, Block]]) -> None:
    starts = np.concatenate([[0], np.cumsum([len(b.lines) for _, b in blocks])])
    cells = [
        (fault.rule, fault.column, int(start) + int(np.searchsorted(block.lines, fault.line)), fault.value)
        for start, (_, block) in zip(starts, blocks, strict=False)
        for fault in block.faults
    ]
    for rule, column in sorted({(rule, column) for rule, column, _, _ in cells}):
        hits = sorted((row, value) for r, c, row, value in cells if (r, c) == (rule, column))
        rows = np.array([row for row, _ in hits], dtype=np.int64)
        part.found.append(Found(rule, column, rows, pa.array([value for _, value in hits], pa.string())))


def _unit_conflicts(part: Part, blocks: Sequence[tuple[int, Block]], raw: pa.Array | RawCells) -> None:
    yuan = np.repeat([b.header.yuan for _, b in blocks], [len(b.lines) for _, b in blocks])
    for found in [f for f in part.found if f.rule == "_yuan"]:
        yuan[found.rows] = True
        part.found.remove(found)
    if yuan.any():
        wan = pc.fill_null(pc.equal(part.columns["amount_unit"].cast(pa.string()), "wan"), False)
        part.add("unit_conflict", "amount", yuan & wan.to_numpy(zero_copy_only=False), raw)
