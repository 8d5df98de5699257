"""Archive: the parts of a ZIP package, unpacked under limits and only as far as their stated size."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

#: Compression of the parts of every Office program: none, or deflate.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
#: A part below this size may be packed as tightly as it likes.
_SMALL = 1_000_000
_DOCTYPE = re.compile(rb"<!\s{0,9}(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING = re.compile(rb"^\S*<\?xml[^>]*?encoding=[\"']([^\"']*)[\"']")


class Refused(Exception):  # noqa: N818 -- an answer, not an error of ours
    """The file is not opened; the first argument names the check, the second what was found."""


class Archive:
    """A ZIP package whose directory has passed the limits.

    Nothing of it is ever written to disk, and the names of its parts are compared with names only, never used as paths.
    """

    def __init__(self, data: bytes, limits: Mapping[str, Any]) -> None:
        self._data = memoryview(data)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
        if len(members) > limits["members"]:
            raise Refused("workbook_too_large", f"{len(members)} parts")
        if (total := sum(m.file_size for m in members)) > limits["expanded"]:
            raise Refused("workbook_too_large", f"{total} bytes unpacked")
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            self._admit(member, limits["ratio"])

    def _admit(self, member: zipfile.ZipInfo, ratio: float) -> None:
        name = member.filename.replace("\\", "/")
        if member.flag_bits & 1:
            raise Refused("file_encrypted", "")
        if member.compress_type not in _METHODS:
            raise Refused("workbook_damaged", f"a part packed by method {member.compress_type}")
        if member.file_size > _SMALL and member.file_size > ratio * max(member.compress_size, 1):
            raise Refused("workbook_too_large", f"{member.file_size} bytes packed into {member.compress_size}")
        if ".." in name.split("/") or name.startswith("/") or ":" in name:
            raise Refused("workbook_damaged", "a part with a path that leads outside")
        # Two readers may take a different one of two parts of the same name.
        if name.lower() in self._members:
            raise Refused("workbook_damaged", "two parts of the same name")
        self._members[name.lower()] = member

    def original(self, name: str) -> str:
        """Return a part's name as the package writes it."""
        return self._members[name].filename.replace("\\", "/")

    @property
    def names(self) -> set[str]:
        """Names of the parts in lower case: programs do not agree whether case matters."""
        return set(self._members)

    def read(self, name: str) -> bytes:
        """Return a part. The size its directory entry states is what is unpacked, and must be all there is."""
        member = self._members[name]
        start, size = member.header_offset + 30, member.file_size
        head = bytes(self._data[member.header_offset : start])
        if len(head) < 30 or not head.startswith(b"PK\x03\x04"):
            raise Refused("workbook_damaged", "a part that is not where the directory says")
        start += sum(struct.unpack("<HH", head[26:30]))
        packed = self._data[start : start + member.compress_size]
        if member.compress_type == zipfile.ZIP_STORED:
            content, whole = bytes(packed[: size + 1]), len(packed) == size
        else:
            inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            content = inflate.decompress(packed, size + 1)
            whole = inflate.eof and len(content) == size
        if not whole or zlib.crc32(content) != member.CRC:
            raise Refused("workbook_damaged", "a part whose size or checksum is not the stated one")
        return content

    def read_xml(self, name: str) -> bytes:
        """Return a part of XML without a document type: nothing in it stands for anything else."""
        xml = self.read(name)
        stated = _ENCODING.search(xml[:200])
        if b"\0" in xml[:200] or (stated is not None and stated[1].lower() not in (b"utf-8", b"utf8", b"us-ascii")):
            raise Refused("workbook_damaged", "XML that is not UTF-8")
        if b"!" in xml:
            refuse_doctype(xml)
        return xml


def refuse_doctype(xml: bytes) -> None:
    """Refuse a document type declaration: entities, and whatever they lead to."""
    if _DOCTYPE.search(xml) or "<!DOCTYPE".encode("utf-16-le")[:-1] in xml:
        raise Refused("workbook_damaged", "XML with a document type declaration")


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Return a ZIP package of parts, not compressed.

    What is handed to the workbook reader is exactly what the guards have seen: no second directory, no part they did
    not look at. And nothing is unpacked twice.
    """
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return sink.getvalue()
