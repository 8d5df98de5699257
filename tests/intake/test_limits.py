"""Each limit holds exactly where its rule puts it, and says so."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from shuibei_index.intake.limits import reading_limits
from shuibei_index.intake.read import read_batches, read_submissions
from shuibei_index.rules import Rules
from tests.hostile import raw
from tests.hostile.kinds import GOOD, text

_SHEET = raw.sheet(raw.lines())
_BOOK = raw.book(_SHEET)


def _parquet(pairs: int = 50, **options: int) -> bytes:
    sink = io.BytesIO()
    frame = pd.DataFrame(GOOD[1:], columns=GOOD[0])
    pd.concat([frame] * pairs).to_parquet(sink, index=False, **options)
    return sink.getvalue()


def _columns(count: int) -> bytes:
    surplus = count - len(GOOD[0])
    rows = [[*GOOD[0], *(f"x{n}" for n in range(surplus))], *([*row, *[""] * surplus] for row in GOOD[1:])]
    return text(rows).encode()


def _filled(lines: int) -> bytes:
    return raw.book(raw.sheet(raw.lines([*GOOD, *[[""] * 8 + [n] for n in range(lines - len(GOOD))]])))


_TWO = raw.book(_SHEET, raw.sheet(""))
_THREE = raw.book(_SHEET, raw.sheet(""), raw.sheet(""))
_PARTS = {"a": b"", "b": b""}
# rule: its value here, file name, content at the limit, content just beyond, check
CASES: dict[str, tuple[int, str, bytes, bytes, str]] = {
    "file_bytes_max": (2_000, "a.csv", text().ljust(2_000, " ").encode()[:2_000], b" " * 2_001, "file_too_large"),
    "parquet_bytes_max": (len(_parquet()), "a.parquet", _parquet(), _parquet() + b"x", "file_too_large"),
    "table_columns_max": (20, "a.csv", _columns(20), _columns(21), "columns_too_many"),
    "file_records_max": (100, "a.parquet", _parquet(), _parquet(51), "parquet_too_large"),
    "parquet_group_bytes_max": (2_000, "a.parquet", _parquet(row_group_size=5), _parquet(), "parquet_too_large"),
    "workbook_members_max": (
        6,
        "a.xlsx",
        raw.book(_SHEET, more={"a": b""}),
        raw.book(_SHEET, more=_PARTS),
        "workbook_too_large",
    ),
    "workbook_sheets_max": (2, "a.xlsx", _TWO, _THREE, "workbook_too_large"),
    "text_cells_max": (27, "a.csv", text().encode(), (text() + "\n").encode(), "text_too_large"),
    "sheet_cells_max": (90, "a.xlsx", _filled(10), _filled(11), "sheet_too_large"),
    "header_search_lines": (
        5,
        "a.csv",
        (b"x\r\n" * 4) + text().encode(),
        (b"x\r\n" * 5) + text().encode(),
        "header_missing",
    ),
}


@pytest.fixture
def ruled(tmp_path: Path) -> Callable[..., Rules]:
    def make(**values: int) -> Rules:
        folder = tmp_path / "overlay" / "rules"
        folder.mkdir(parents=True, exist_ok=True)
        lines = [
            f'[{name}]\ntitle = "t"\ntitle_zh = "题"\nunit = "u"\nused_by = "a:b"\n'
            f'[[{name}.values]]\nfrom = 2005-01-01\nvalue = {value}\ndecision = "0200"\n'
            for name, value in values.items()
        ]
        (folder / "x.toml").write_text("".join(lines), encoding="utf-8")
        return Rules.load(overlay=tmp_path / "overlay")

    return make


@pytest.mark.parametrize("rule", CASES)
def test_limit_holds(tmp_path: Path, ruled, rule: str) -> None:
    value, name, within, beyond, check = CASES[rule]
    path = tmp_path / name
    path.write_bytes(within)
    assert read_submissions(path, rules=ruled(**{rule: value})).files["outcome"].tolist() == ["read"]
    path.write_bytes(beyond)
    reports = read_submissions(path, rules=ruled(**{rule: value}))
    assert reports.files["reason"].tolist() == [check]
    assert len(reports) == 0


def test_what_is_too_large_to_hold_is_read_in_batches(tmp_path: Path, ruled) -> None:
    (tmp_path / "a.parquet").write_bytes(_parquet(row_group_size=10))
    batches = list(read_batches(tmp_path / "a.parquet", records=40, rules=ruled(file_records_max=10)))
    assert [len(batch) for batch in batches] == [40, 40, 20]


def test_expanded_bytes_and_ratio(tmp_path: Path, ruled) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(raw.book(_SHEET, more={"xl/media/a.bin": bytes(2_000_000)}))
    assert read_submissions(path).files["reason"].tolist() == ["workbook_too_large"]
    assert read_submissions(path, rules=ruled(workbook_ratio_max=2_000)).files["outcome"].tolist() == ["read"]
    few = ruled(workbook_ratio_max=2_000, workbook_expanded_bytes_max=2_000_000)
    assert read_submissions(path, rules=few).files["reason"].tolist() == ["workbook_too_large"]


def test_every_limit_is_a_rule() -> None:
    rules = Rules.load()
    readers = [name for name in rules if rules[name].used_by == "shuibei_index.intake.limits:reading_limits"]
    limits = reading_limits(rules)
    assert len(readers) == len(limits.__dataclass_fields__)
    in_force = [rules[name].at("2025-06").value for name in readers]
    held = [getattr(limits, field) for field in limits.__dataclass_fields__]
    assert sorted(map(repr, (tuple(v) if isinstance(v, list) else float(v) for v in in_force))) == sorted(
        map(repr, (v if isinstance(v, tuple) else float(v) for v in held))
    )
