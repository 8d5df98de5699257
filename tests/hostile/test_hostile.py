"""Every hostile, broken or odd file gives its stated result; the others of its folder are read all the same."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pyarrow.compute as pc
import pytest

from shuibei_index.intake.read import read_submissions
from shuibei_index.intake.reports import Reports
from shuibei_index.intake.source import sent_name
from tests.hostile import (
    make_columns,
    make_more_texts,
    make_odd_workbooks,
    make_old_books,
    make_packages,
    make_places,
    make_tables,
    make_texts,
    make_workbooks,
)
from tests.hostile.kinds import Kind

FAMILIES: dict[str, Callable[[], list[Kind]]] = {
    "workbook bombs": make_workbooks.bombs,
    "damaged workbooks": make_workbooks.damaged,
    "slow workbooks": make_workbooks.slow,
    "odd workbooks": make_odd_workbooks.odd,
    "encodings": make_texts.encodings,
    "text bombs": make_texts.bombs,
    "odd texts": make_texts.odd,
    "tables": make_tables.tables,
    "columns": make_columns.columns,
    "packages": make_packages.packages,
    "outward": make_packages.outward,
    "markup": make_packages.markup,
    "old workbooks": make_old_books.old,
    "short workbooks": make_old_books.short,
    "open documents": make_old_books.open_document,
    "exports": make_old_books.exports,
    "figures": make_more_texts.figures,
    "leftovers": make_more_texts.leftovers,
    "names": make_places.names,
}
#: Seconds any of these files may take on a busy machine; most take hundredths.
SECONDS = 60.0


@lru_cache(maxsize=1)
def _known() -> int:
    return sum(len(make()) for make in FAMILIES.values())


def lay(folder: Path, kinds: list[Kind]) -> dict[str, Kind]:
    """Make the files in a folder; return them by the name intake knows them by."""
    folder.mkdir(parents=True, exist_ok=True)
    laid = {}
    for kind in kinds:
        path = folder / kind.name
        if callable(kind.content):
            kind.content(path)
        else:
            path.write_bytes(kind.content)
        laid[sent_name(path)] = kind
    assert len(laid) == len(kinds)
    return laid


def differences(reports: Reports, laid: dict[str, Kind]) -> Iterator[str]:
    """Yield what is not as stated, one sentence each."""
    files = reports.files.set_index("file")
    said = {file: set(found["rule"]) for file, found in reports.findings.groupby("file")}
    for name, kind in laid.items():
        outcome, reason = files.loc[name, ["outcome", "reason"]]
        if (outcome, reason) != (kind.outcome, kind.reason):
            yield f"{name}: {outcome} {reason!r}, stated {kind.outcome} {kind.reason!r}"
            continue
        here = reports.table.filter(pc.equal(reports.table["file"].cast("string"), name))
        if here["amount"].to_pylist() != list(kind.amounts):
            yield f"{name}: amounts {here['amount'].to_pylist()[:5]}, stated {list(kind.amounts)[:5]}"
        for column, stated in kind.also.items():
            found = [
                str(v)[: len(str(s))] if isinstance(s, str) else v
                for v, s in zip(here[column].to_pylist(), stated, strict=True)
            ]
            if found != list(stated):
                yield f"{name}: {column} {found}, stated {list(stated)}"
        wanted = {*kind.says, *([kind.reason] if kind.reason else [])}
        if said.get(name, set()) != wanted:
            yield f"{name}: says {sorted(said.get(name, set()))}, stated {sorted(wanted)}"


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_each_gives_its_stated_result(tmp_path: Path, family: str) -> None:
    laid = lay(tmp_path / "inbox", FAMILIES[family]())
    started = time.monotonic()
    reports = read_submissions(tmp_path / "inbox")
    assert time.monotonic() - started < SECONDS * 3
    assert list(differences(reports, laid)) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["inbox"]
    for column in ("message_zh", "message_en"):
        assert (reports.findings[column].str.len() > 5).all()
    # one language says as much as the other, and neither shows a control character of a file name
    assert not reports.findings["file"].str.contains(r"[\x00-\x1f\u202a-\u202e]").any()


def test_what_is_no_file_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_text(make_places.SECRET, encoding="utf-8")
    laid = lay(tmp_path / "inbox", make_places.places(outside))
    reports = read_submissions(tmp_path / "inbox")
    assert list(differences(reports, laid)) == []
    assert make_places.SECRET not in reports.findings.to_csv()
    assert [p.name for p in outside.iterdir()] == ["secret.csv"]
    assert (outside / "secret.csv").read_text(encoding="utf-8") == make_places.SECRET


def test_memory_of_the_parsers_stayed_within_the_limit() -> None:
    # children that have ended, in kilobytes; after the tests above in the same process, else of what ran before
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    assert used < 3_000_000_000


def test_there_are_many_kinds() -> None:
    assert _known() > 480
    for make in FAMILIES.values():
        names = [kind.name for kind in make()]
        assert len(names) == len(set(names))
