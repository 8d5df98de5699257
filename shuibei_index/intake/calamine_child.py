"""The process that opens workbooks. Started by `workbook`, fed bytes on stdin, answers JSON on stdout.

It never sees a path, keeps no state between files, and may die at any time: a workbook of 4.7 KB can make the parser
abort. Run as a script, so that nothing of the package has to be imported; only the standard library and calamine.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import resource
import struct
import sys
import zipfile
from itertools import chain
from typing import Any, BinaryIO
from xml.etree import ElementTree

import python_calamine as calamine

_KIND = {str: "s", float: "n", int: "n", bool: "b", dt.date: "d", dt.datetime: "t", dt.time: "u", dt.timedelta: "u"}
_NS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CELL = rb"<(?:\w+:)?c\b[^>]*?\br=[\"']([A-Z]{1,3}\d+)[\"']"
_NO_VALUE = re.compile(
    _CELL + rb"[^>]*>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_ERROR = re.compile(_CELL + rb"[^>]*?\bt=[\"']e[\"'][^>]*>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<", re.DOTALL)
_ERROR_FIRST = re.compile(
    rb"<(?:\w+:)?c\b[^>]*?\bt=[\"']e[\"'][^>]*?\br=[\"']([A-Z]{1,3}\d+)[\"'][^>]*>"
    rb"(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<",
    re.DOTALL,
)
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=[\"'](\d{1,9})[\"']")
_COLUMN = re.compile(rb"\br=[\"']([A-Z]{1,3})\d+[\"']")
_HIDDEN = re.compile(rb"<(?:\w+:)?row\b[^>]*?\bhidden=[\"'](?:1|true)[\"']")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")


class Refused(Exception):  # noqa: N818 -- an answer, not an error of ours
    """The workbook is not opened; the first argument names the check, the second what was found."""


def main() -> None:
    """Answer requests until stdin closes. Each: 8 bytes of length, then the workbook."""
    limits = json.loads(sys.argv[1])
    hard = resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while len(head := source.read(8)) == 8:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = int(usage.ru_utime + usage.ru_stime)
        resource.setrlimit(resource.RLIMIT_CPU, (used + limits["seconds"] + 1, hard))
        _send(sink, answer(source.read(struct.unpack(">Q", head)[0]), limits))


def answer(data: bytes, limits: dict[str, Any]) -> dict[str, Any]:
    """Return the sheets of a workbook, or the check it fails."""
    try:
        return {"sheets": _sheets(data, _scan(data, limits), limits)}
    except Refused as refusal:
        return {"rule": refusal.args[0], "detail": refusal.args[1]}
    except calamine.PasswordError:
        return {"rule": "file_encrypted", "detail": ""}
    except MemoryError:
        return {"rule": "workbook_too_large", "detail": "memory"}
    except (
        calamine.CalamineError,
        zipfile.BadZipFile,
        ElementTree.ParseError,
        EOFError,
        OSError,
        KeyError,
        ValueError,
        NotImplementedError,
        zipfile.zlib.error,  # type: ignore[attr-defined]
    ) as error:
        return {"rule": "workbook_damaged", "detail": f"{type(error).__name__}: {error}"[:300]}


def _send(sink: BinaryIO, content: dict[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    sink.write(struct.pack(">Q", len(text)) + text)
    sink.flush()


def _scan(data: bytes, limits: dict[str, Any]) -> dict[str, dict[str, Any]]:
    # The zip directory first, then the XML as bytes: all before the parser sees the file.
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if len(members) > limits["members"]:
            raise Refused("workbook_too_large", f"{len(members)} parts")
        if (total := sum(m.file_size for m in members)) > limits["expanded"]:
            raise Refused("workbook_too_large", f"{total} bytes unpacked")
        names = {m.filename for m in members}
        for member in members:
            if member.flag_bits & 1:
                raise Refused("file_encrypted", "")
            if member.file_size > 1_000_000 and member.file_size > limits["ratio"] * max(member.compress_size, 1):
                raise Refused("workbook_too_large", f"{member.file_size} bytes packed into {member.compress_size}")
            if ".." in member.filename.split("/") or member.filename.startswith("/"):
                raise Refused("workbook_damaged", "a part with a path that leads outside")
            if member.filename.lower().endswith("vbaproject.bin"):
                raise Refused("workbook_macros", "")
        if "xl/workbook.xml" not in names:
            raise Refused("file_content", "不是工作簿的 ZIP 文件 / a ZIP file that is no workbook")
        parts = _parts(archive, names)
        for name in sorted(names):
            if name.endswith((".xml", ".rels")) and name not in parts.values():
                _plain_xml(archive.read(name))
        return {title: _facts(_plain_xml(archive.read(part)), limits, title) for title, part in parts.items()}


def _parts(archive: zipfile.ZipFile, names: set[str]) -> dict[str, str]:
    # Sheet title → name of the part that holds it.
    if "xl/_rels/workbook.xml.rels" not in names:
        raise Refused("workbook_damaged", "xl/_rels/workbook.xml.rels is missing")
    rels = ElementTree.fromstring(_plain_xml(archive.read("xl/_rels/workbook.xml.rels")))
    target = {r.get("Id", ""): r.get("Target", "").lstrip("/") for r in rels}
    book = ElementTree.fromstring(_plain_xml(archive.read("xl/workbook.xml")))
    parts = {}
    for sheet in book.iter():
        if sheet.tag.rpartition("}")[2] == "sheet":
            part = target.get(sheet.get(_NS + "id", ""), "")
            part = part if part.startswith("xl/") else "xl/" + part
            if part in names:
                parts[sheet.get("name", "")] = part
    return parts


def _plain_xml(xml: bytes) -> bytes:
    if b"\0" in xml[:200]:
        raise Refused("workbook_damaged", "XML that is not UTF-8")
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise Refused("workbook_damaged", "XML with a document type declaration")
    return xml


def _facts(xml: bytes, limits: dict[str, Any], title: str) -> dict[str, Any]:
    rows = list(map(int, _ROW.findall(xml)))
    height = max(rows) - min(rows) + 1 if rows else 0
    # Looking at every cell's letters costs time; needed only where the widest sheet possible would not pass.
    if height * 16_384 > limits["cells"]:
        width = max(map(_number, set(_COLUMN.findall(xml))), default=0)
        if height * width > limits["cells"]:
            raise Refused("sheet_too_large", f"{title}: {height} × {width}")
    facts: dict[str, Any] = {"empty_formulas": [], "errors": [], "formulas": 0, "hidden_rows": 0}
    if b"<f" in xml or b":f" in xml:
        facts["formulas"] = len(_FORMULA.findall(xml))
        facts["empty_formulas"] = [c.decode() for c in _NO_VALUE.findall(xml)]
    if b't="e"' in xml or b"t='e'" in xml:
        found = dict(_ERROR.findall(xml)) | dict(_ERROR_FIRST.findall(xml))
        facts["errors"] = [[c.decode(), v.decode("utf-8", "replace")] for c, v in found.items()]
    if b"hidden=" in xml:
        facts["hidden_rows"] = len(_HIDDEN.findall(xml))
    return facts


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _sheets(data: bytes, facts: dict[str, dict[str, Any]], limits: dict[str, Any]) -> list[dict[str, Any]]:
    book = calamine.load_workbook(io.BytesIO(data))
    return [
        _sheet(book, meta, facts.get(meta.name, {}))
        for meta in book.sheets_metadata
        if meta.typ == calamine.SheetTypeEnum.WorkSheet
    ]


def _sheet(book: Any, meta: Any, facts: dict[str, Any]) -> dict[str, Any]:
    sheet = book.get_sheet_by_name(meta.name)
    rows = sheet.to_python(skip_empty_area=True)
    flat = list(chain.from_iterable(rows))
    start = sheet.start or (0, 0)
    return {
        "name": meta.name,
        "hidden": meta.visible != calamine.SheetVisibleEnum.Visible,
        "start": list(start),
        "width": len(rows[0]) if rows else 0,
        "text": list(map(str, flat)),
        "kinds": "".join(map(_KIND.__getitem__, map(type, flat))),
        "merged": [[*a, *b] for a, b in sheet.merged_cell_ranges or []],
        **facts,
    }


if __name__ == "__main__":
    main()
