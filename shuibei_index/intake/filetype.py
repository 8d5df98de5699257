"""File types: what a file is by its content, whatever its name says."""

from __future__ import annotations

from pathlib import Path

from shuibei_index.intake.block import FileFault

#: Formats that are read, by extension.
FORMATS: dict[str, str] = {
    ".xlsx": "xlsx",
    ".xls": "xls",
    ".ods": "ods",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}
#: What the first bytes of each format must say.
_CONTENT = {"xlsx": "zip", "xls": "cfb", "ods": "zip", "csv": "text", "parquet": "parquet"}

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "zip", "ZIP 或新版 Office 文件 / a ZIP or Office file"),
    (b"PK\x05\x06", "zip", "空的 ZIP 文件 / an empty ZIP file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "cfb", "旧版 Office 文件(.xls/.doc) / an old Office file (.xls/.doc)"),
    (b"PAR1", "parquet", "Parquet 文件 / a Parquet file"),
    (b"\xff\xd8\xff", "jpg", "JPEG 图片 / a JPEG picture"),
    (b"\x89PNG", "png", "PNG 图片 / a PNG picture"),
    (b"GIF8", "gif", "GIF 图片 / a GIF picture"),
    (b"%PDF", "pdf", "PDF 文件 / a PDF file"),
    (b"Rar!", "rar", "RAR 压缩包 / a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "7z", "7z 压缩包 / a 7z archive"),
    (b"\x1f\x8b", "gzip", "gzip 压缩包 / a gzip archive"),
    (b"SQLite format 3\0", "sqlite", "SQLite 数据库 / an SQLite database"),
)
_HTML = (b"<!doctype html", b"<html", b"<table", b"<head", b"<meta")
#: How Office marks a workbook with a password: the name of a stream, in UTF-16.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def kind_of(head: bytes) -> tuple[str, str]:
    """Return (short name, bilingual name) of what the first bytes of a file say it is; ("text", …) if nothing known.

    Examples
    --------
    >>> kind_of(b"%PDF-1.7")[0], kind_of(b"  <HTML>")[0], kind_of(b"a,b,c")[0]
    ('pdf', 'html', 'text')
    """
    for magic, name, title in _MAGIC:
        if head.startswith(magic):
            return name, title
    start = head[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_HTML):
        return "html", "网页(HTML) / a web page (HTML)"
    if start.startswith(b"<?xml"):
        return "xml", "XML 文件 / an XML file"
    return "text", "文本文件 / a text file"


def check_type(file: str, head: bytes, tail: bytes, body: bytes = b"") -> str:
    """Return the format a file is to be read in.

    Parameters
    ----------
    file
        The sender's name of the file.
    head, tail
        Its first and last bytes.
    body
        The content as far as at hand, to tell an encrypted workbook from an old one.

    Raises
    ------
    FileFault
        The extension is not one we read, or the content is something else.
    """
    suffix = Path(file).suffix.lower()
    if suffix not in FORMATS:
        raise FileFault("file_type", value=suffix or file, actual=kind_of(head)[1])
    expected = FORMATS[suffix]
    if not head:
        raise FileFault("file_empty")
    kind, title = kind_of(head)
    if expected == "xlsx" and kind == "cfb" and _ENCRYPTED in body:
        raise FileFault("file_encrypted")
    if kind != _CONTENT[expected]:
        raise FileFault("file_content", value=suffix, actual=title)
    if expected == "parquet" and tail[-4:] != b"PAR1":
        raise FileFault("parquet_damaged", detail="the end of the file is missing")
    return expected
