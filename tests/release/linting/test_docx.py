"""Word documents: read as people see them, and refused where they mean harm."""

import io
import zipfile

import pytest

from shuibei_index.errors import UsageError
from shuibei_index.release import Release
from shuibei_index.release.linting import lint_text, read_source

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
BODY = (
    "<w:p><w:r><w:t>初步数。</w:t></w:r></w:p>"
    "<w:p><w:r><w:t>总指数为98</w:t></w:r><w:r><w:t>7.65点</w:t></w:r></w:p>"
    "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>总指数为111.11点。</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    "<w:p><w:del><w:r><w:delText>总指数为222.22点。</w:delText></w:r></w:del><w:r><w:instrText>333.33点</w:instrText></w:r></w:p>"
    "<mc:AlternateContent><mc:Choice><w:p><w:r><w:t>框</w:t></w:r></w:p></mc:Choice>"
    "<mc:Fallback><w:p><w:r><w:t>总指数为444.44点。</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>"
)


def written(path, xml: str, name: str = "word/document.xml", method: int = zipfile.ZIP_DEFLATED) -> str:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        archive.writestr(name, xml)
    path.write_bytes(sink.getvalue())
    return str(path)


def document(body: str, before: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>{before}<w:document {W} {MC}><w:body>{body}</w:body></w:document>'


def test_paragraphs_are_read_as_a_reader_sees_them(tmp_path, release: Release) -> None:
    source = read_source(written(tmp_path / "稿.docx", document(BODY)))
    assert source.original == "初步数。\n总指数为987.65点\n\n框"
    (found,) = lint_text(source, release)
    assert (found.line, found.column, found.phrase) == (2, 5, "987.65点")


def test_entities_and_bombs_are_refused(tmp_path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    with pytest.raises(UsageError, match="document type") as caught:
        read_source(written(tmp_path / "a.docx", document("<w:p><w:r><w:t>&b;</w:t></w:r></w:p>", bomb)))
    assert "Word" in caught.value.zh
    with pytest.raises(UsageError, match="packed into"):
        read_source(written(tmp_path / "b.docx", document("<w:p/>" + " " * 30_000_000)))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\xd0\xcf\x11\xe0" + bytes(600)])
def test_what_is_no_document_is_refused(tmp_path, content) -> None:
    (tmp_path / "a.docx").write_bytes(content)
    with pytest.raises(UsageError, match="no Word document"):
        read_source(tmp_path / "a.docx")


def test_other_archives_and_broken_xml_are_refused(tmp_path) -> None:
    for name, xml in (("xl/workbook.xml", document("")), ("word/document.xml", document("<w:p>"))):
        with pytest.raises(UsageError, match="no Word document"):
            read_source(written(tmp_path / "a.docx", xml, name))
