"""Book: a workbook of any kind becomes sheets of texts, or the check it fails."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any
from xml.etree import ElementTree

import python_calamine as calamine

from shuibei_index.intake.child.archive import Refused
from shuibei_index.intake.child.cells import position
from shuibei_index.intake.child.columns import KIND, by_column, joined
from shuibei_index.intake.child.ods import open_ods
from shuibei_index.intake.child.xls import open_xls
from shuibei_index.intake.child.xlsx import open_xlsx

#: Cells of a sheet from which on its figures are told as figures.
_MANY = 50_000
_ADDRESS = re.compile(r"^([A-Z]{1,3})(\d+)$")
_Opener = Callable[[bytes, Mapping[str, Any]], tuple[bytes, Any, dict[str, Any]]]
_OPEN: dict[str, _Opener] = {"xlsx": open_xlsx, "ods": open_ods, "xls": open_xls}


def read_book(data: bytes, kind: str, limits: Mapping[str, Any], *, figures: bool = False) -> dict[str, Any]:
    """Return the sheets of a workbook, or the check it fails.

    The cells of a sheet are its `text` (bytes) line by line and their `kinds`; with `figures`, those of a large sheet
    stand column by column and have `figures` besides.
    """
    try:
        clean, facts, about = _OPEN[kind](data, limits)
        return {"sheets": _sheets(clean, facts, figures), **about}
    except Refused as refusal:
        return {"rule": refusal.args[0], "detail": refusal.args[1]}
    except calamine.PasswordError:
        return {"rule": "file_encrypted", "detail": ""}
    except (MemoryError, RecursionError) as error:
        return {"rule": "workbook_too_large", "detail": type(error).__name__}
    except (
        calamine.CalamineError,
        zipfile.BadZipFile,
        ElementTree.ParseError,
        EOFError,
        OSError,
        KeyError,
        ValueError,
        IndexError,
        OverflowError,
        NotImplementedError,
        struct.error,
        zlib.error,
    ) as error:
        return {"rule": "workbook_damaged", "detail": f"{type(error).__name__}: {error}"[:300]}


def _sheets(data: bytes, facts: Mapping[Any, dict[str, Any]], figures: bool) -> list[dict[str, Any]]:
    book = calamine.load_workbook(io.BytesIO(data))
    return [
        _sheet(book, meta, _facts_of(meta.name, at, facts), figures)
        for at, meta in enumerate(book.sheets_metadata)
        if meta.typ == calamine.SheetTypeEnum.WorkSheet
    ]


def _facts_of(title: str, at: int, facts: Mapping[Any, dict[str, Any]]) -> dict[str, Any]:
    # A sheet the guard has not seen is not read: what it holds is not known.
    for key in (at, title):
        if key in facts:
            return facts[key]
    raise Refused("workbook_damaged", f"sheet {title[:50]} is not in the list of sheets")


def _sheet(book: Any, meta: Any, facts: dict[str, Any], figures: bool) -> dict[str, Any]:
    sheet = book.get_sheet_by_name(meta.name)
    rows = sheet.to_python(skip_empty_area=True)
    flat = list(chain.from_iterable(rows))
    start, width = sheet.start or (0, 0), len(rows[0]) if rows else 0
    del rows
    percent = []
    for reference in facts.pop("percent"):
        address = _ADDRESS.match(reference)
        if address is None:
            continue
        line, column = int(address[2]) - 1 - start[0], position(address[1]) - start[1]
        at = line * width + column
        if 0 <= column < width and 0 <= at < len(flat) and type(flat[at]) is float:
            # As it is shown: what is stored as 0.015 stands in the sheet as 1.5%.
            flat[at] = f"{round(flat[at] * 100, 10):.15g}%"
            percent.append(at)
    cells = _by_column(flat, width, percent) if figures and len(flat) >= _MANY else _by_line(flat, percent)
    merged = facts.pop("merged", None)
    if merged is None:
        merged = [[*a, *b] for a, b in sheet.merged_cell_ranges or []]
    return {
        "name": meta.name,
        "hidden": meta.visible != calamine.SheetVisibleEnum.Visible,
        "start": list(start),
        "width": width,
        **cells,
        "merged": merged,
        **facts,
    }


def _by_line(flat: list[Any], percent: list[int]) -> dict[str, Any]:
    kinds = bytearray(map(KIND.__getitem__, map(type, flat)))
    for at in percent:
        kinds[at] = ord("p")
    return {"text": joined(list(map(str, flat))).encode("utf-8", "replace"), "kinds": kinds.decode("ascii")}


def _by_column(flat: list[Any], width: int, percent: list[int]) -> dict[str, Any]:
    text, kinds, figures = by_column(flat, width, percent)
    return {"text": text, "kinds": kinds.decode("ascii"), "figures": figures}
