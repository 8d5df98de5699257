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
    file_bytes: int
    members: int
    expanded_bytes: int
    ratio: float
    sheet_cells: int
    parser_memory: int
    parser_seconds: int


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
        file_bytes=int(in_force["file_bytes_max"]),
        members=int(in_force["workbook_members_max"]),
        expanded_bytes=int(in_force["workbook_expanded_bytes_max"]),
        ratio=float(in_force["workbook_ratio_max"]),
        sheet_cells=int(in_force["sheet_cells_max"]),
        parser_memory=int(in_force["parser_memory_bytes"]),
        parser_seconds=int(in_force["parser_seconds"]),
    )
