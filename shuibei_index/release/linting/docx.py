"""Word documents: the sentences of a .docx, read under the guards intake has against hostile workbooks."""

from __future__ import annotations

import zipfile
from xml.etree import ElementTree

from shuibei_index.errors import UsageError
from shuibei_index.intake.child.archive import Archive, Refused
from shuibei_index.intake.limits import reading_limits

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: Parts that are read, in this order.
_PARTS = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")
#: What a reader does not see as sentences: tables, as in the other formats; what was deleted or moved away under
#: "track changes"; the older of two drawings of one text box.
_UNREAD = frozenset(
    [f"{_W}tbl", f"{_W}del", f"{_W}moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"]
)
_BLANK = frozenset([f"{_W}tab", f"{_W}br", f"{_W}cr"])


def docx_text(content: bytes, name: str) -> str:
    """Return the text of a .docx: a line a paragraph, tables left out, the last state where changes are tracked.

    Parameters
    ----------
    content : bytes
    name : str
        Of the file, for messages.

    Raises
    ------
    UsageError
        It is no Word document, is damaged or encrypted, or unpacks to more than the rules allow.
    """
    limits = reading_limits()
    try:
        archive = Archive(
            content,
            {"members": limits.members, "expanded": limits.expanded_bytes, "ratio": limits.ratio},
        )
        found = [part for part in _PARTS if part in archive.names]
        if _PARTS[0] not in found:
            raise Refused("document_missing", f"no {_PARTS[0]}")
        paragraphs = [text for part in found for text in _paragraphs(archive.read_xml(part))]
    except Refused as refused:
        raise _unreadable(name, " ".join(str(word) for word in refused.args if word)) from refused
    except (zipfile.BadZipFile, ElementTree.ParseError, EOFError, ValueError, NotImplementedError) as error:
        raise _unreadable(name, str(error)) from error
    return "\n".join(paragraphs)


def _unreadable(name: str, why: str) -> UsageError:
    return UsageError(
        f"{name} is no Word document that can be read ({why}); save it as .docx or .txt without a password",
        zh=f"{name} 不是可读的 Word 文档（{why}）；请另存为不加密的 .docx 或 .txt",
    )


def _paragraphs(xml: bytes) -> list[str]:
    reader = _Reader()
    # events go to the reader one by one: no tree of a document that may be large is ever held
    parser = ElementTree.XMLParser(target=reader)
    parser.feed(xml)
    parser.close()
    return reader.paragraphs


class _Reader:
    """Collects the text of paragraphs from the events of the XML parser."""

    def __init__(self) -> None:
        self.paragraphs: list[str] = []
        # a text box stands within a paragraph: its own paragraphs must not run into the one around it
        self._open: list[list[str]] = []
        self._unread = 0
        self._in_text = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        if tag in _UNREAD or self._unread:
            self._unread += 1
        elif tag == f"{_W}p":
            self._open.append([])
        elif tag == f"{_W}t":
            self._in_text = True
        elif tag in _BLANK and self._open:
            self._open[-1].append(" ")

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        if self._unread:
            self._unread -= 1
        elif tag == f"{_W}p" and self._open:
            self.paragraphs.append("".join(self._open.pop()).replace("\n", " "))
        elif tag == f"{_W}t":
            self._in_text = False

    def data(self, text: str) -> None:
        """Take a piece of text."""
        if self._in_text and self._open and not self._unread:
            self._open[-1].append(text)

    def close(self) -> None:
        """End."""
