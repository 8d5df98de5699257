"""Document: headings, paragraphs and tables in two languages at once, before they become a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

#: A text in Chinese and English.
Words = tuple[str, str]
LANGUAGES = ("zh", "en")
#: What stands where only a person can answer.
BLANK: Words = ("【须由人员填写】", "[to be answered by a person]")


class Code(str):
    """A name of the program or of a file, shown as it is written."""

    __slots__ = ()


class Link(str):
    """A file beside the page, "{lang}" standing for the language, shown as a link."""

    __slots__ = ()


Cell = str | Words


@dataclass(frozen=True)
class Heading:
    """A heading of level 2 or 3."""

    words: Words
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `strong` = it must not be overlooked."""

    words: Words
    strong: bool = False


@dataclass(frozen=True)
class Grid:
    """A table: titles in both languages, rows of cells that are one text for both or one for each.

    Parameters
    ----------
    titles : tuple of Words
    rows : tuple of tuple of Cell
    numeric : frozenset of int
        Columns of numbers, shown right-aligned.
    """

    titles: tuple[Words, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: frozenset[int] = frozenset()


Block = Heading | Paragraph | Grid


@dataclass
class Document:
    """A document that is being written, block by block."""

    title: Words
    subtitle: Words
    blocks: list[Block] = field(default_factory=list)

    def head(self, zh: str, en: str, level: int = 2) -> None:
        """Add a heading."""
        self.blocks.append(Heading((zh, en), level))

    def say(self, zh: str, en: str, *, strong: bool = False) -> None:
        """Add a paragraph."""
        self.blocks.append(Paragraph((zh, en), strong))

    def table(self, titles: Sequence[Words], rows: Iterable[Sequence[Cell]], numeric: Iterable[int] = ()) -> None:
        """Add a table; one without rows says so."""
        made = tuple(tuple(row) for row in rows)
        if not made:
            self.say("（无）", "(none)")
            return
        self.blocks.append(Grid(tuple(titles), made, frozenset(numeric)))


def chosen(cell: Cell, lang: str) -> str:
    """Return the text of a cell in a language."""
    return cell if isinstance(cell, str) else cell[LANGUAGES.index(lang)]
