"""How far intake goes with a file: the limits and words the rules set."""

from __future__ import annotations

from dataclasses import dataclass

from shuibei_index.rules import Rules, RulesAt


@dataclass(frozen=True)
class Limits:
    """The rules of reading, under short names."""

    header_lines: int
    record_cells: int
    totals_words: tuple[str, ...]
    total_room: float
    total_line_room: float
    file_bytes: int
    parquet_bytes: int
    columns: int
    records: int
    members: int
    expanded_bytes: int
    ratio: float
    sheets: int
    sheet_cells: int
    text_cells: int
    group_bytes: int
    footer_bytes: int
    parser_memory: int
    parser_seconds: int

    def largest(self, file: str) -> int:
        """Return how many bytes a file of that name may have."""
        return self.parquet_bytes if file.lower().endswith(".parquet") else self.file_bytes


def reading_limits(rules: Rules | RulesAt | None = None, month: str | None = None) -> Limits:
    """Return the limits in force in `month`; without a month, the newest.

    Which limits apply never changes what a readable file says, so reading outside a monthly round needs no month.
    """
    source = Rules.load() if rules is None else rules
    if isinstance(source, Rules) and month is None:
        newest = {name: rule.values[-1] for name, rule in source.rules.items()}
        in_force = RulesAt("", newest, source.digest)
    else:
        in_force = source.at(month or "")
    return Limits(
        header_lines=int(in_force["header_search_lines"]),
        record_cells=int(in_force["record_cells_min"]),
        totals_words=tuple(in_force["totals_words"]),
        total_room=float(in_force["stated_total_room"]),
        total_line_room=float(in_force["stated_total_line_room"]),
        file_bytes=int(in_force["file_bytes_max"]),
        parquet_bytes=int(in_force["parquet_bytes_max"]),
        columns=int(in_force["table_columns_max"]),
        records=int(in_force["file_records_max"]),
        members=int(in_force["workbook_members_max"]),
        expanded_bytes=int(in_force["workbook_expanded_bytes_max"]),
        ratio=float(in_force["workbook_ratio_max"]),
        sheets=int(in_force["workbook_sheets_max"]),
        group_bytes=int(in_force["parquet_group_bytes_max"]),
        footer_bytes=int(in_force["parquet_footer_bytes_max"]),
        sheet_cells=int(in_force["sheet_cells_max"]),
        text_cells=int(in_force["text_cells_max"]),
        parser_memory=int(in_force["parser_memory_bytes"]),
        parser_seconds=int(in_force["parser_seconds"]),
    )
