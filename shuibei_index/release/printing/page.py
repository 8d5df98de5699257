"""Read a bulletin's HTML into a tree. Markup nobody foresaw is an error: what is printed must lose nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from shuibei_index.errors import ReleaseError

BLOCKS = frozenset(("article", "aside", "body", "details", "div", "footer", "header", "main", "nav", "section"))
HEADINGS = frozenset(("h1", "h2", "h3", "h4"))
TABLES = frozenset(("caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr"))
LISTS = frozenset(("dd", "dl", "dt", "li", "ol", "ul"))
INLINE = frozenset(("a", "abbr", "b", "bdi", "br", "em", "small", "span", "strong", "sub", "sup", "time", "wbr"))
_OTHER = frozenset(("figcaption", "figure", "p", "summary", "svg"))
_HEAD = frozenset(("head", "html", "link", "meta", "style", "title"))
KNOWN = BLOCKS | HEADINGS | TABLES | LISTS | INLINE | _OTHER | _HEAD
_VOID = frozenset(("br", "link", "meta", "wbr"))
# spaces of HTML, of which a run reads as one; the ideographic space is a character like any other
_SPACES = re.compile(r"[ \t\n\r\f]+")


@dataclass
class Node:
    """An element: its tag, its attributes, and in order what is in it."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)
    #: An SVG as it stands in the page; "" for any other element.
    source: str = ""

    @property
    def classes(self) -> list[str]:
        """Names of its classes."""
        return self.attrs.get("class", "").split()

    def nodes(self, *tags: str) -> Iterator[Node]:
        """Yield the elements directly in it, of the tags given or all."""
        for child in self.children:
            if isinstance(child, Node) and (not tags or child.tag in tags):
                yield child

    def find(self, tag: str) -> Iterator[Node]:
        """Yield the elements of a tag anywhere in it, in the order of the page."""
        for child in self.nodes():
            if child.tag == tag:
                yield child
            yield from child.find(tag)

    @property
    def text(self) -> str:
        """What is said in it, spaces as a reader sees them."""
        parts = [child if isinstance(child, str) else child.text for child in self.children]
        return _SPACES.sub(" ", "".join(parts))


def read_page(html: str) -> Node:
    """Return the tree of a page.

    Raises
    ------
    ReleaseError
        An element is unknown or not closed.
    """
    reader = _Reader(html)
    reader.feed(html)
    reader.close()
    if len(reader.open) > 1:
        raise _fault(f"<{reader.open[-1].tag}> is never closed", f"<{reader.open[-1].tag}> 没有结束标记")
    return reader.open[0]


def _fault(en: str, zh: str) -> ReleaseError:
    return ReleaseError(f"the bulletin cannot be printed: {en}", zh=f"公报无法排印：{zh}")


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("#page")]
        self._html = html
        self._lines = [0, *(found.end() for found in re.finditer("\n", html))]
        self._svg = 0
        self._begin = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._svg:
            self._svg += tag == "svg"
            return
        if tag not in KNOWN:
            raise _fault(
                f"nobody has said how <{tag}> is set on paper; add it to release/printing/page.py and document.py",
                f"尚未规定 <{tag}> 如何排印，请补入 release/printing/page.py 和 document.py",
            )
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag == "svg":
            self._svg, self._begin = 1, self._position()
        if tag not in _VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._svg:
            self.handle_starttag(tag, attrs)
            if tag not in _VOID:
                self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._svg:
            self._svg -= tag == "svg"
            if self._svg:
                return
            self.open[-1].source = self._html[self._begin : self._html.index(">", self._position()) + 1]
        if self.open[-1].tag != tag:
            raise _fault(f"</{tag}> closes <{self.open[-1].tag}>", f"</{tag}> 与 <{self.open[-1].tag}> 不匹配")
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self._svg:
            self.open[-1].children.append(data)

    def _position(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column
