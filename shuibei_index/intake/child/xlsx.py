"""Xlsx: the parts of a workbook checked as bytes before the parser sees them, and what the parser does not tell."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from shuibei_index.intake.child.archive import Archive, Refused, packed, refuse_doctype
from shuibei_index.intake.child.cells import PERCENT, QUOTED, position
from shuibei_index.intake.child.search import holds

Facts = dict[str, Any]
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
#: Tags are searched for up to this length: what never ends would else be searched to the end of the file, each time.
_TAG = rb"[^>]{0,500}+"
_PREFIX = rb"(?:\w{1,20}:)?"
_CELL = rb"<" + _PREFIX + rb"c\b(" + _TAG + rb")(?<!/)>"
_FORMULA_OF = rb"<" + _PREFIX + rb"f\b" + _TAG + rb"(?:(?<=/)>|>[^<]{0,9000}+</" + _PREFIX + rb"f>)"
_AT = re.compile(rb"\br=[\"']([A-Z]{1,3}\d{1,7})[\"']")
_STYLE = re.compile(rb"\bs=[\"'](\d{1,6})[\"']")
_TYPE = re.compile(rb"\bt=[\"'](\w{1,20})[\"']")
_NO_VALUE = re.compile(
    _CELL
    + rb"\s*+"
    + _FORMULA_OF
    + rb"\s*+(?:<"
    + _PREFIX
    + rb"v\s*+/>|<"
    + _PREFIX
    + rb"v>\s*+</"
    + _PREFIX
    + rb"v>)?"
    rb"\s*+</" + _PREFIX + rb"c>"
)
_ERROR = re.compile(
    rb"<" + _PREFIX + rb"c\b(?=[^>]{0,500}?\bt=[\"']e[\"'])(" + _TAG + rb")(?<!/)>"
    rb"\s*+(?:" + _FORMULA_OF + rb")?\s*+<" + _PREFIX + rb"v>([^<]{0,100}+)<"
)
#: Lines with something in them; a line that only has a height ends where it begins.
_ROW = re.compile(rb"<row\b(?=[^>]{0,500}?\br=[\"'](\d{1,10})[\"'])" + _TAG + rb"(?<!/)>")
_ROW_PREFIXED = re.compile(rb"<\w{1,20}:row\b(?=[^>]{0,500}?\br=[\"'](\d{1,10})[\"'])" + _TAG + rb"(?<!/)>")
#: The address of a cell beyond the 99 999th line; nearer ones are bounded by that figure.
_FAR = re.compile(rb" r=\"[A-Z]{1,3}(\d{6,10})\"")
_FAR_SINGLE = re.compile(rb" r='[A-Z]{1,3}(\d{6,10})'")
_COLUMN = re.compile(rb"\br=[\"']([A-Z]{1,3})\d+[\"']")
_HIDDEN_ROW = re.compile(rb"<" + _PREFIX + rb"row\b[^>]{0,500}?\bhidden=[\"'](?:1|true)[\"']")
_HIDDEN_COLUMN = re.compile(rb"<" + _PREFIX + rb"col\b[^>]{0,500}?\bhidden=[\"'](?:1|true)[\"']")
_FORMULA = re.compile(rb"<" + _PREFIX + rb"f[\s>/]")
_STRING = re.compile(rb"<" + _PREFIX + rb"si[\s>/]")
_USE = re.compile(rb"\bt=[\"']s[\"']" + _TAG + rb">\s*+<" + _PREFIX + rb"v>(\d{1,9})<")
_MACRO = re.compile(rb"vbaProject|xl(?:Intl)?Macrosheet|excel\.(?:intl)?macrosheet", re.IGNORECASE)
#: A cell without a type, and in its number something written as an entity.
_DISGUISED = re.compile(
    rb"<" + _PREFIX + rb"c\b(?![^>]{0,500}?\bt=)" + _TAG + rb">\s*+<" + _PREFIX + rb"v>[^<&]{0,99}+&"
)
#: Bytes that no use of a stored text is shorter than: <c t="s"><v>0</v></c>.
_SHORTEST_USE = 20
_NEAR = 99_999
#: Columns of a sheet, by the format.
_COLUMNS = 16_384
#: The parts the parser needs besides the sheets. It gets no others: no pictures, comments, links, scripts.
_BASE = {
    "[content_types].xml",
    "_rels/.rels",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
    "xl/sharedstrings.xml",
}


def open_xlsx(data: bytes, limits: Mapping[str, Any]) -> tuple[bytes, dict[str, Facts], Facts]:
    """Return a workbook the parser may open, what is known of each sheet by title, and of the book as a whole."""
    archive = Archive(data, limits)
    if "xl/workbook.xml" not in archive.names and "content.xml" in archive.names:
        raise Refused("file_content", "开放文档(.ods) / an OpenDocument file (.ods)")
    if "xl/workbook.xml" not in archive.names:
        raise Refused("file_content", "不是工作簿的 ZIP 文件 / a ZIP file that is no workbook")
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in archive.names) or _macros(archive):
        raise Refused("workbook_macros", "")
    sheets = _sheet_parts(archive, limits)
    needed = (_BASE | set(sheets.values())) & archive.names
    parts = {name: archive.read_xml(name) for name in sorted(needed)}
    for name in sorted(archive.names - needed):
        if name.endswith((".xml", ".rels", ".vml")):
            refuse_doctype(archive.read(name))
    percent = _percent_styles(parts.get("xl/styles.xml", b""))
    _check_strings(parts, sheets, limits)
    facts: dict[str, Facts] = {}
    cells = 0
    for title, name in sheets.items():
        facts[title], size = _facts(parts[name], limits["cells"], len(sheets), title, percent)
        cells += size
        if cells > limits["cells"]:
            raise Refused("sheet_too_large", f"{cells} cells in all sheets")
    linked = sum(name.startswith(("xl/externallinks/externallink", "xl/connections.xml")) for name in archive.names)
    return packed({archive.original(name): xml for name, xml in parts.items()}), facts, {"links": linked}


def _macros(archive: Archive) -> bool:
    # Whatever a part is called: what it is, the list of types and the relations say.
    for name in ("[content_types].xml", "xl/_rels/workbook.xml.rels"):
        if name in archive.names and _MACRO.search(archive.read_xml(name)):
            return True
    return False


def _sheet_parts(archive: Archive, limits: Mapping[str, Any]) -> dict[str, str]:
    # Sheet title → name of the part that holds it, in lower case.
    if "xl/_rels/workbook.xml.rels" not in archive.names:
        raise Refused("workbook_damaged", "xl/_rels/workbook.xml.rels is missing")
    rels = ElementTree.fromstring(archive.read_xml("xl/_rels/workbook.xml.rels"))
    target = {r.get("Id", ""): r for r in rels}
    book = ElementTree.fromstring(archive.read_xml("xl/workbook.xml"))
    listed = [s for s in book.iter() if s.tag.rpartition("}")[2] == "sheet"]
    if len(listed) > limits["sheets"]:
        raise Refused("workbook_too_large", f"{len(listed)} sheets")
    parts: dict[str, str] = {}
    for sheet in listed:
        relation = target.get(sheet.get(_RELATION, sheet.get(_STRICT_RELATION, "")))
        title = sheet.get("name", "")
        if relation is None or relation.get("TargetMode") == "External":
            raise Refused("workbook_damaged", f"sheet {title[:50]} leads nowhere")
        part = posixpath.normpath(posixpath.join("/xl", relation.get("Target", ""))).lstrip("/").lower()
        if relation.get("Type", "").rpartition("/")[2] != "worksheet":
            continue
        if part not in archive.names or title in parts or part in parts.values():
            raise Refused("workbook_damaged", f"sheet {title[:50]} leads nowhere or stands twice")
        parts[title] = part
    return parts


def _percent_styles(xml: bytes) -> set[bytes]:
    # Positions of the cell styles that show a number as a percentage: 0.015 is then written and read as 1.5%.
    if b"<" not in xml:
        return set()
    found, styles = set(PERCENT), set()
    root = ElementTree.fromstring(xml)
    for item in root.iter():
        tag = item.tag.rpartition("}")[2]
        if tag == "numFmt" and b"%" in QUOTED.sub(b"", item.get("formatCode", "").encode()):
            found.add(int(item.get("numFmtId", "0")))
        if tag == "cellXfs":
            styles |= {str(n).encode() for n, xf in enumerate(item) if int(xf.get("numFmtId", "0")) in found}
    return styles


def _check_strings(parts: Mapping[str, bytes], sheets: Mapping[str, str], limits: Mapping[str, Any]) -> None:
    # A text stored once may be used by every cell: the parser copies it each time.
    xml = parts.get("xl/sharedstrings.xml", b"")
    sizes = list(map(len, _STRING.split(xml)[1:]))
    longest = max(sizes, default=0)
    if longest * (sum(len(parts[name]) for name in sheets.values()) // _SHORTEST_USE) <= limits["expanded"]:
        return
    uses = sum(parts[name].count(b't="s"') + parts[name].count(b"t='s'") for name in sheets.values())
    if longest * uses <= limits["expanded"]:
        return
    used: Counter[int] = Counter()
    for name in sheets.values():
        used.update(map(int, _USE.findall(parts[name])))
    total = sum(sizes[n] * count for n, count in used.items() if n < len(sizes))
    if total > limits["expanded"]:
        raise Refused("workbook_too_large", f"{total} bytes of texts")


def _facts(xml: bytes, cells: int, sheets: int, title: str, percent: set[bytes]) -> tuple[Facts, int]:
    _refuse_double_meaning(xml, title)
    size = _size(xml, cells // sheets)
    if size > cells:
        raise Refused("sheet_too_large", f"{title}: {size} cells")
    facts: Facts = {"empty_formulas": [], "errors": [], "percent": [], "formulas": 0, "hidden_rows": 0}
    if holds(xml, b"<f", 1) or holds(xml, b":f", 1):
        facts["formulas"] = len(_FORMULA.findall(xml))
        # a formula whose result is an empty text has no value either, but says what type it is of
        empty = [cell for cell in _NO_VALUE.findall(xml) if (kind := _TYPE.search(cell)) is None or kind[1] != b"str"]
        facts["empty_formulas"] = [_reference(cell) for cell in empty]
    if holds(xml, b't="e"', 3) or (b"'" in xml and b"t='e'" in xml):
        facts["errors"] = [[_reference(cell), v.decode("utf-8", "replace")] for cell, v in _ERROR.findall(xml)]
    if any(b's="' + style + b'"' in xml or b"s='" + style + b"'" in xml for style in percent):
        styled = ((cell, _STYLE.search(cell)) for cell in re.findall(_CELL, xml))
        facts["percent"] = [_reference(cell) for cell, style in styled if style is not None and style[1] in percent]
    if holds(xml, b"hidden=", 0):
        facts["hidden_rows"] = len(_HIDDEN_ROW.findall(xml))
        facts["hidden_columns"] = len(_HIDDEN_COLUMN.findall(xml))
    return facts, size


def _refuse_double_meaning(xml: bytes, title: str) -> None:
    # No program writes any of this into the cells of a sheet, and the parser takes "100<!-- -->.5" for 100. Characters
    # are looked for first: that is ten times as fast as looking for two.
    start, end = max(0, xml.find(b"sheetData")), xml.rfind(b"sheetData")
    odd = b"!" in xml and xml.find(b"<!", start, end) >= 0
    odd = odd or (xml.count(b"?") > 2 and xml.find(b"<?", start, end) >= 0)
    odd = odd or xml.count(b"<v><") > xml.count(b"<v></v>") or xml.count(b"sheetData") > 2
    if odd or (holds(xml, b"&#", 0) and _DISGUISED.search(xml) is not None):
        raise Refused("workbook_damaged", f"{title}: comments, sections or elements in cells, or two tables of cells")


def _size(xml: bytes, share: int) -> int:
    # Cells of the rectangle from A1 to the last line and column with a cell; at most so many.
    lines: list[int] = list(map(int, _ROW.findall(xml)))
    if holds(xml, b":row", 0):
        lines.extend(map(int, _ROW_PREFIXED.findall(xml)))
    if len(set(lines)) < len(lines):
        raise Refused("workbook_damaged", "two lines of the same number")
    far = max(map(int, _FAR.findall(xml)), default=0)
    # Looking for one character is ten times as fast as for two, and no program but a few writes apostrophes.
    single = b"'" in xml and b" r='" in xml
    if single:
        far = max(far, *map(int, _FAR_SINGLE.findall(xml)), 0)
    loose = max(0, xml.count(b"row>") - len(lines))
    height = max(max(lines, default=0), far, _NEAR if loose else 0) + loose
    # Making a text of every cell's letters costs time; it is needed only where one lies beyond the columns there is
    # room for.
    if height * _COLUMNS <= share:
        return height * _COLUMNS
    if not single and re.search(rb' r="(?:' + _beyond(share // height) + rb")[0-9]", xml) is None:
        return share
    return height * (max(map(position, map(bytes.decode, set(_COLUMN.findall(xml)))), default=-1) + 1)


def _beyond(columns: int) -> bytes:
    # A pattern of the letters of all columns after the first so many.
    if columns < 26:
        return b"[%c-Z]|[A-Z]{2,3}" % (65 + columns)
    if columns >= 702:
        return b"[A-Z]{3}"
    high, low = divmod(columns - 26, 26)
    rest = b"[A-Z]{3}|%c[%c-Z]" % (65 + high, 65 + low)
    return rest + (b"|[%c-Z][A-Z]" % (66 + high) if high < 25 else b"")


def _reference(cell: bytes) -> str:
    found = _AT.search(cell)
    if found is None:
        raise Refused("workbook_damaged", "cells without an address")
    return found[1].decode()
