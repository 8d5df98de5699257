"""From the page to a plain document: blocks and runs of text as data, which the template sets on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from shuibei_index.errors import ReleaseError
from shuibei_index.release.printing.columns import widths
from shuibei_index.release.printing.page import BLOCKS, HEADINGS, INLINE, Node, read_page

Block = dict[str, Any]
#: A run of text: what it says, how it is set, where it leads ("" = nowhere).
Run = list[str]

_SPACES = re.compile(r"[ \t\n\r\f]+")
_COLOUR = re.compile(r"var\(--[\w-]+,\s*(#[0-9A-Fa-f]{3,8})\)")
_LINK = re.compile(r"(?:https?://|mailto:)\S+")
_STAY = frozenset(("head", "html"))
# a row taller than this many characters may go over to the next page: it could be taller than the page
_TALL = 1200
# a note of more characters would leave half the page empty beside it
_LONG_NOTE = 500


def document(html: str) -> Block:
    """Return what a bulletin says, in the order of the page.

    Parameters
    ----------
    html : str
        A bulletin as `release.bulletin.bulletin` makes it.

    Returns
    -------
    dict
        lang ("zh" or "en"), title, series (name of the index), release (its name in words), blocks. A block has a
        `kind`: heading, paragraph, tiles, box, list, table, figure, and, with blocks in them, lead, charts, columns,
        footer. Text is a list of runs [text, style, link]; nothing in it is ever markup.

    Raises
    ------
    ReleaseError
        The page has an element that nobody has said how to print, or text where none is expected.

    Examples
    --------
    >>> document('<html lang="en"><body><main><h1>Gold <b>&lt;1&gt;</b></h1></main></body></html>')["blocks"]
    [{'kind': 'heading', 'level': 1, 'annex': False, 'runs': [['Gold ', '', ''], ['<1>', 'b', '']]}]
    """
    page = read_page(html)
    root = next(page.nodes("html"), page)
    body = next(root.nodes("body"), root)
    found = list(_blocks(body))
    _headings(found)
    paragraphs = list(body.find("p"))
    series = next((p.text for p in paragraphs if "series" in p.classes), "")
    meta = next((p for p in paragraphs if "meta" in p.classes), Node("p"))
    titles = [node.text.strip() for node in root.find("title")]
    return {
        "lang": "zh" if root.attrs.get("lang", "").startswith("zh") else "en",
        "title": next((title for title in titles if title), series or "–"),
        "series": series,
        "release": next((span.text for span in reversed(list(meta.nodes("span")))), ""),
        "blocks": found,
    }


def _blocks(node: Node) -> Iterator[Block]:
    loose: list[Node | str] = []
    for child in node.children:
        if isinstance(child, str) or child.tag in INLINE:
            loose.append(child)
            continue
        yield from _loose(loose)
        loose = []
        yield from _block(child)
    yield from _loose(loose)


def _loose(children: list[Node | str]) -> Iterator[Block]:
    # words that stand in a block without a paragraph of their own
    runs = _runs(Node("p", {}, children))
    if runs:
        yield {"kind": "paragraph", "style": "", "runs": runs}


def _block(node: Node) -> Iterator[Block]:
    tag, classes = node.tag, node.classes
    if tag in _STAY:
        return
    if tag in BLOCKS:
        inner = next((name for name in ("lead", "charts") if name in classes), "footer" if tag == "footer" else "")
        if "columns" in classes:
            yield from _columns(node)
        elif inner:
            yield {"kind": inner, "blocks": list(_blocks(node))}
        else:
            yield from _blocks(node)
    elif tag in HEADINGS:
        yield {"kind": "heading", "level": int(tag[1]), "annex": "annex" in classes, "runs": _runs(node)}
    elif tag in ("p", "summary", "figcaption"):
        yield {"kind": "paragraph", "style": classes[0] if classes else tag.replace("p", "", 1), "runs": _runs(node)}
    elif tag == "dl":
        yield {"kind": "tiles" if "tiles" in classes else "box", "items": list(_pairs(node))}
    elif tag in ("ul", "ol"):
        _only(node, "li")
        yield {"kind": "list", "ordered": tag == "ol", "items": [list(_blocks(item)) for item in node.nodes("li")]}
    elif tag == "table":
        yield _table(node)
    elif tag == "figure":
        yield from _blocks(node)
    elif tag == "svg":
        label = node.attrs.get("aria-label", "")
        yield {"kind": "figure", "svg": _COLOUR.sub(lambda m: m[1].lower(), node.source), "label": label}
    else:
        raise ReleaseError(
            f"the bulletin cannot be printed: <{tag}> stands where none is expected",
            zh=f"公报无法排印：<{tag}> 的位置不合规定",
        )


def _columns(node: Node) -> Iterator[Block]:
    """Yield notes in two columns, side by side; one too long for that stands across the page, in its place."""
    _only(node, *(child.tag for child in node.nodes()))
    parts: list[list[Block]] = []
    for child in node.nodes():
        part = list(_block(child))
        if len(child.text) <= _LONG_NOTE:
            parts.append(part)
            continue
        if parts:
            yield {"kind": "columns", "parts": parts}
        yield from part
        parts = []
    if parts:
        yield {"kind": "columns", "parts": parts}


def _only(node: Node, *tags: str) -> None:
    lost = [c.strip() if isinstance(c, str) else f"<{c.tag}>" for c in node.children]
    lost = [c for c in lost if c and c not in {f"<{tag}>" for tag in tags}]
    if lost:
        raise ReleaseError(
            f"the bulletin cannot be printed: {lost[0][:40]!r} stands directly in <{node.tag}>",
            zh=f"公报无法排印：<{node.tag}> 中直接出现 {lost[0][:40]!r}",
        )


def _pairs(node: Node) -> Iterator[list[list[Run]]]:
    _only(node, "div", "dt", "dd")
    flat = [part for child in node.nodes() for part in (child.nodes() if child.tag == "div" else [child])]
    for child in node.nodes("div"):
        _only(child, "dt", "dd")
    label: list[Run] = []
    for part in flat:
        if part.tag == "dt":
            label = [*label, *_runs(part)]
        else:
            yield [label, _runs(part)]
            label = []
    if label:
        yield [label, []]


def _table(node: Node) -> Block:
    _only(node, "caption", "thead", "tbody", "tfoot", "tr")
    head = [row for part in node.nodes("thead") for row in _rows(part)]
    body = [row for part in node.nodes("tbody", "tfoot") for row in _rows(part)]
    body += [_row(row) for row in node.nodes("tr")]
    caption = [run for part in node.nodes("caption") for run in _runs(part)]
    count = max((sum(cell["span"] for cell in row["cells"]) for row in [*head, *body]), default=0)
    # a table may have a head alone: no series is adjusted, or all are withheld
    for row, below in zip(body, [*body[1:], {"cells": []}], strict=False):
        # the name of a group of rows, if any follow
        row["group"] = count > 1 and len(row["cells"]) == 1 and len(below["cells"]) > 1
    return {"kind": "table", "caption": caption, "head": head, "rows": body, "widths": widths(head, body, count)}


def _rows(part: Node) -> list[Block]:
    _only(part, "tr")
    return [_row(row) for row in part.nodes("tr")]


def _row(node: Node) -> Block:
    _only(node, "th", "td")
    cells: list[Block] = [
        {
            "runs": _runs(cell),
            "head": cell.tag == "th",
            "text": "text" in cell.classes,
            "span": int(cell.attrs.get("colspan", "1")),
        }
        for cell in node.nodes()
    ]
    level = next((int(name[1]) for name in node.classes if re.fullmatch(r"l\d", name)), -1)
    tall = any(len("".join(run[0] for run in cell["runs"])) > _TALL for cell in cells)
    return {"level": level, "cells": cells, "tall": tall}


def _runs(node: Node) -> list[Run]:
    """Return the text in an element; a run of spaces is one, as in the page, and none stands at either end."""
    runs: list[Run] = []
    for text, style, link in _inline(node, "", ""):
        if style not in ("br", "wbr"):
            text = _SPACES.sub(" ", text)
            if not runs or runs[-1][0].endswith((" ", "\n")):
                text = text.removeprefix(" ")
        if style == "wbr" or (text and (runs or style != "br")):
            runs.append([text, style, link])
    while runs and runs[-1][1] not in ("br", "wbr"):
        runs[-1][0] = runs[-1][0].removesuffix(" ")
        if runs[-1][0]:
            break
        runs.pop()
    return runs


def _inline(node: Node, style: str, link: str) -> Iterator[tuple[str, str, str]]:
    for child in node.children:
        if isinstance(child, str):
            yield child, style, link
        elif child.tag in ("br", "wbr"):
            yield "\n" if child.tag == "br" else "", child.tag, ""
        elif child.tag in INLINE:
            own = " ".join(child.classes) or ("" if child.tag in ("a", "bdi", "span", "time") else child.tag)
            href = child.attrs.get("href", "")
            yield from _inline(child, own or style, href if _LINK.fullmatch(href) else link)
        elif child.tag in ("p", "div"):
            # a paragraph in a cell or an item of a definition begins a line of its own
            yield "\n", "br", ""
            yield from _inline(child, style, link)
        else:
            raise ReleaseError(
                f"the bulletin cannot be printed: <{child.tag}> stands within <{node.tag}>",
                zh=f"公报无法排印：<{node.tag}> 中出现 <{child.tag}>",
            )


def _headings(blocks: list[Block]) -> None:
    """Let no heading skip a level, readers for the blind go by them; the first annex begins a page."""
    last, annexed = 0, False
    for block in _all(blocks):
        if block["kind"] == "heading":
            last = block["level"] = min(block["level"], last + 1)
            block["annex"], annexed = block["annex"] and not annexed, block["annex"] or annexed


def _all(blocks: list[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        yield from _all(block.get("blocks", []))
        for part in [*block.get("parts", []), *(block["items"] if block["kind"] == "list" else [])]:
            yield from _all(part)


def text_of(document: Block) -> str:
    """Return all that a document says, in its order: what the font must be able to show.

    Parameters
    ----------
    document : dict
        From `document`.
    """
    return "\n".join("".join(run[0] for run in runs) for block in _all(document["blocks"]) for runs in _texts(block))


def _texts(block: Block) -> Iterator[list[Run]]:
    if "runs" in block:
        yield block["runs"]
    elif block["kind"] in ("tiles", "box"):
        for pair in block["items"]:
            yield from pair
    elif block["kind"] == "table":
        yield block["caption"]
        for row in [*block["head"], *block["rows"]]:
            for cell in row["cells"]:
                yield cell["runs"]
