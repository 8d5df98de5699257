"""The text of a file as sentences, each character with its place in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from shuibei_index.errors import UsageError
from shuibei_index.intake.limits import reading_limits
from shuibei_index.release.linting.docx import docx_text

KINDS = (".txt", ".md", ".html", ".htm", ".docx")
#: What a reader does not see as sentences; tables are checked against the CSV by `verify`.
_UNREAD = r"<(?P<unread>style|script|svg|title|table|dl|head)\b.*?</(?P=unread)\s*>|<!--.*?-->"
_HTML = re.compile(rf"{_UNREAD}|<(?P<tag>/?[a-zA-Z][a-zA-Z0-9]*)[^>]*>|&#?\w+;|.", re.DOTALL | re.IGNORECASE)
_INLINE = {"a", "abbr", "b", "em", "i", "small", "span", "strong", "sub", "sup", "wbr", "mark", "u", "code"}
_MARKUP = re.compile(r"^(?:\|.*|```.*|<.*>)$")
_END = re.compile(r"[。！？!?]|\.(?=\s|$)|\n\s*\n|\f")
_FULL = {0xFF01 + k: 0x21 + k for k in range(94) if chr(0xFF01 + k) in "％．＋－" or chr(0xFF01 + k).isdigit()}


@dataclass(frozen=True)
class Source:
    """A text and, for every character, where it stands in the file (0-based)."""

    text: str
    offsets: tuple[int, ...]
    original: str

    def place(self, at: int) -> tuple[int, int]:
        """Return line and column, counted from 1, of a character of the text."""
        offset = self.offsets[at] if at < len(self.offsets) else len(self.original)
        before = self.original[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1

    @property
    def plain(self) -> str:
        """The text with full-width digits and signs as ordinary ones, character by character."""
        return self.text.translate(_FULL)

    def sentences(self) -> list[tuple[int, str]]:
        """Return the sentences with the place of their first character."""
        text, start, found = self.plain, 0, []
        for end in _END.finditer(text):
            found.append((start, text[start : end.end()]))
            start = end.end()
        found.append((start, text[start:]))
        return [(at, sentence) for at, sentence in found if sentence.strip()]


def read_source(path: str | Path) -> Source:
    """Read a .txt, .md or .html file in UTF-8, or a .docx; in a .docx a line is a paragraph.

    Raises
    ------
    UsageError
        It is none of these, is not there, is too large, is not UTF-8, or is no sound Word document.
    """
    file = Path(path)
    if file.suffix.lower() not in KINDS:
        raise UsageError(
            f"{file.name}: expected one of {', '.join(KINDS)}", zh=f"{file.name}：应为 {'、'.join(KINDS)} 文件"
        )
    most = reading_limits().file_bytes
    try:
        with file.open("rb") as opened:
            content = opened.read(most + 1)
    except OSError as error:
        raise UsageError(f"{file.name}: {error.strerror}", zh=f"{file.name} 无法读取：{error.strerror}") from error
    if len(content) > most:
        raise UsageError(f"{file.name} is larger than {most} bytes", zh=f"{file.name} 超过 {most} 字节")
    if file.suffix.lower() == ".docx":
        return source_of(docx_text(content, file.name), "docx")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file.name} is not UTF-8 text", zh=f"{file.name} 不是 UTF-8 文本") from error
    return source_of(text.replace("\r\n", "\n"), file.suffix.lower().removeprefix("."))


def source_of(text: str, kind: str = "txt") -> Source:
    """Return a text of a kind: txt, md, html, or docx (a line a paragraph)."""
    if kind in ("html", "htm"):
        return _html(text)
    if kind == "docx":
        # a paragraph of Word ends its sentence, with or without a full stop
        return Source(text.replace("\n", "\f"), tuple(range(len(text))), text)
    # a line that ends a thought by its form (heading, bullet, table row) ends the sentence
    parts: list[str] = []
    offsets: list[int] = []
    at = 0
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        apart = kind == "md" and bare.startswith(("#", "- ", "* ", "> "))
        unread = kind == "md" and _MARKUP.match(bare) is not None
        shown = ("\f" + " " * (len(line) - 1)) if unread else line
        shown = shown[:-1] + "\f" if apart and bare.startswith("#") and line.endswith("\n") else shown
        parts.append(shown)
        offsets.extend(range(at, at + len(line)))
        at += len(line)
    return Source("".join(parts), tuple(offsets), text)


def _html(text: str) -> Source:
    parts: list[str] = []
    offsets: list[int] = []
    for token in _HTML.finditer(text):
        tag = (token["tag"] or "").removeprefix("/").lower()
        piece = token[0]
        if token["unread"] or piece.startswith("<!--"):
            shown = "\f"
        elif tag:
            shown = "" if tag in _INLINE else "\f"
        elif len(piece) > 1:
            shown = unescape(piece)
        else:
            shown = " " if piece == "\n" else piece
        parts.append(shown)
        offsets.extend([token.start()] * len(shown))
    return Source("".join(parts), tuple(offsets), text)
