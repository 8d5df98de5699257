"""Give an inbox with the same content in another order: of writing, of names, of lines."""

from __future__ import annotations

import csv
import io
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq

#: Headers of the column that every line of data fills, and of the line number.
_FIRM, _LINE = ("enterprise_id", "企业代码"), ("line_no", "行号")
_SEED = 7


def other_writing(inbox: Path) -> None:
    """Write every file anew, the last one first: a listing of the folder gives another order."""
    for folder in sorted(p for p in inbox.iterdir() if p.is_dir()):
        content = {p.name: p.read_bytes() for p in sorted(folder.iterdir())}
        shutil.rmtree(folder)
        folder.mkdir()
        for name in sorted(content, reverse=True):
            (folder / name).write_bytes(content[name])


def other_names(inbox: Path) -> None:
    """Give the files names that put the firms in the opposite order.

    Several files of one firm keep theirs: of two that say different things the last one counts, by its name.
    """
    for folder in sorted(p for p in inbox.iterdir() if p.is_dir()):
        files = sorted(folder.iterdir())
        firms = sorted({path.name.partition("_")[0] for path in files})
        for path in files:
            path.rename(folder / f"{len(firms) - firms.index(path.name.partition('_')[0]):03d}_{path.name}")


def other_lines(inbox: Path) -> None:
    """Shuffle the lines of data of every file; line numbers stay with their lines."""
    kinds: dict[str, Callable[[Path, random.Random], None]] = {".csv": _csv, ".xlsx": _workbook, ".parquet": _parquet}
    for path in sorted(p for p in inbox.rglob("*") if p.is_file()):
        kinds[path.suffix](path, random.Random(f"{_SEED} {path.name}"))


def _places(rows: list[list[Any]]) -> list[int]:
    """Return where the lines of data are: below the header, with a firm and a number of a line."""
    head = next(n for n, row in enumerate(rows) if set(_FIRM) & set(row))
    firm, line = (next(n for n, cell in enumerate(rows[head]) if cell in names) for names in (_FIRM, _LINE))
    return [n for n in range(head + 1, len(rows)) if rows[n][firm] and str(rows[n][line]).isdigit()]


def _csv(path: Path, chance: random.Random) -> None:
    data = path.read_bytes()
    encoding = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        encoding, text = "gb18030", data.decode("gb18030")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    places = _places(rows)
    for place, row in zip(places, chance.sample([rows[n] for n in places], len(places)), strict=True):
        rows[place] = row
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _workbook(path: Path, chance: random.Random) -> None:
    book = openpyxl.load_workbook(path)
    for sheet in book:
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        if not any(set(_FIRM) & set(row) for row in rows):
            continue
        places = _places(rows)
        for place, row in zip(places, chance.sample([rows[n] for n in places], len(places)), strict=True):
            for column, value in enumerate(row, start=1):
                sheet.cell(place + 1, column).value = value
    book.save(path)


def _parquet(path: Path, chance: random.Random) -> None:
    table = pq.read_table(path)
    pq.write_table(table.take(chance.sample(range(len(table)), len(table))), path)
