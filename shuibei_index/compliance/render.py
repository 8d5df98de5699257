"""Rendering: a document as a page to print and as Markdown; nothing in it can become markup."""

from __future__ import annotations

import re
from html import escape

from shuibei_index.compliance.document import Cell, Code, Document, Grid, Heading, Link, Paragraph, chosen

# An underscore inside a word is none of Markdown's signs; escaping it would make names of rules unreadable.
_SIGNS = re.compile(r"([\\`*\[\]<>|#~&$!])|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
# Only before a blank, or as a line of their own, do these begin a list or a rule; "=" also begins a formula.
_LISTS = re.compile(r"^(=|[-+](?=[-+\s]|$)|\d+(?=[.)](?:\s|$)))")
_STYLE = """
@page { size: A4; margin: 15mm 14mm; }
body { font: 10pt/1.5 "Noto Sans CJK SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif; color: #1b2530;
  max-width: 184mm; margin: 5mm auto; padding: 0 4mm; background: #fff; }
h1 { font-size: 18pt; line-height: 1.25; margin: 2mm 0 1mm; }
h2 { font-size: 13pt; margin: 7mm 0 1.5mm; border-bottom: 1px solid #d5dae0; padding-bottom: 0.8mm;
  break-after: avoid; }
h3 { font-size: 10.5pt; margin: 4mm 0 1mm; break-after: avoid; } p { margin: 1.2mm 0; }
p.sub { color: #5b6774; } p.strong { background: #fff4dc; border-left: 3px solid #b7791f; padding: 1.5mm 3mm; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 8.5pt; margin: 1.5mm 0; }
th, td { border-bottom: 1px solid #e2e6ea; padding: 0.9mm 1.4mm; text-align: left; vertical-align: top;
  overflow-wrap: break-word; }
th { background: #eef2f6; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: 7.5pt ui-monospace, monospace; } code.long { overflow-wrap: anywhere; }
thead { display: table-header-group; }
nav { font-size: 8.5pt; } tr { break-inside: avoid; }
@media screen and (max-width: 640px) { th, td { min-width: 4.5em; } }
@media print { body { margin: 0; padding: 0; max-width: none; } .wide { overflow: visible; } nav { display: none; } }
"""
#: Longest name that is broken only after its underscores.
_NAME = 50
_OTHER = {"zh": ("en", "English"), "en": ("zh", "中文")}


def page(document: Document, lang: str, stem: str) -> str:
    """Return a document in one language as a self-contained HTML page that prints on A4.

    Parameters
    ----------
    document : Document
    lang : {"zh", "en"}
    stem : str
        Name of the file without language and ending: the page links to the other language.
    """
    title, other = escape(chosen(document.title, lang)), _OTHER[lang]
    body = "".join(_block(block, lang) for block in document.blocks)
    return (
        f'<!doctype html>\n<html lang="{"zh-Hans" if lang == "zh" else "en"}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title>\n<style>{_STYLE}</style></head>\n<body>\n"
        f'<nav><a href="{escape(stem, quote=True)}.{other[0]}.html">{other[1]}</a></nav>\n'
        f'<h1>{title}</h1>\n<p class="sub">{escape(chosen(document.subtitle, lang))}</p>\n{body}</body>\n</html>\n'
    )


def markdown(document: Document, lang: str) -> str:
    """Return a document in one language as Markdown."""
    parts = [f"# {plain(chosen(document.title, lang))}", plain(chosen(document.subtitle, lang))]
    for block in document.blocks:
        if isinstance(block, Heading):
            parts.append("#" * block.level + " " + plain(chosen(block.words, lang)))
        elif isinstance(block, Paragraph):
            text = plain(chosen(block.words, lang))
            parts.append(f"**{text}**" if block.strong else text)
        else:
            parts.append(_markdown_table(block, lang))
    return "\n\n".join(parts) + "\n"


def plain(text: str) -> str:
    """Return a text for Markdown: on one line, and none of its characters a sign."""
    line = _SIGNS.sub(lambda m: "\\" + m[0], " ".join(text.split()))
    return _LISTS.sub(lambda m: f"{m[0]}\\" if m[0].isdigit() else f"\\{m[0]}", line)


def _block(block: Heading | Paragraph | Grid, lang: str) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{escape(chosen(block.words, lang))}</h{block.level}>\n"
    if isinstance(block, Paragraph):
        strong = ' class="strong"' if block.strong else ""
        return f"<p{strong}>{escape(chosen(block.words, lang))}</p>\n"
    kinds = [" class=n" if k in block.numeric else "" for k in range(len(block.titles))]
    head = "".join(f"<th{k}>{escape(chosen(t, lang))}</th>" for k, t in zip(kinds, block.titles, strict=True))
    rows = "".join(
        "<tr>" + "".join(f"<td{_kind(k, c)}>{_cell(c, lang)}</td>" for k, c in zip(kinds, row, strict=True)) + "</tr>\n"
        for row in block.rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div>\n'


def _kind(kind: str, cell: Cell) -> str:
    # words in a column of numbers are read as words: from the left, and broken
    return kind if isinstance(cell, str) else ""


def _cell(cell: Cell, lang: str) -> str:
    text = escape(chosen(cell, lang))
    if isinstance(cell, Link) and text:
        place = text.replace("{lang}", lang)
        return f'<a href="{place}">{place}</a>'
    if not (isinstance(cell, Code) and text):
        return text
    # names of rules may break after an underscore; values and digests wherever they must
    return f'<code class="long">{text}</code>' if len(cell) > _NAME else f"<code>{text.replace('_', '_<wbr>')}</code>"


def _markdown_table(block: Grid, lang: str) -> str:
    lines = ["| " + " | ".join(plain(chosen(t, lang)) for t in block.titles) + " |"]
    lines.append("|" + "|".join("---:" if k in block.numeric else "---" for k in range(len(block.titles))) + "|")
    for row in block.rows:
        cells = [_markdown_cell(c, lang) for c in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _markdown_cell(cell: Cell, lang: str) -> str:
    if isinstance(cell, Link):
        return plain(cell.replace("{lang}", lang))
    return _code(cell) if isinstance(cell, Code) and cell else plain(chosen(cell, lang))


def _code(text: str) -> str:
    # inside a span of code only the fence and the column's end have a meaning
    line = " ".join(text.split()).replace("|", "\\|")
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {line} {fence}" if longest else f"`{line}`"
