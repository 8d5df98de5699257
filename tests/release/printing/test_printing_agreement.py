from __future__ import annotations

import re
from pathlib import Path

import pytest

from shuibei_index.release import Release
from shuibei_index.release.formats import disagreements
from shuibei_index.release.printing import differences

HTML, PDF = "bulletin.zh.html", "bulletin.zh.pdf"


@pytest.fixture
def files(release: Release, prints: dict[str, bytes]) -> dict[str, bytes]:
    return {**release.files, PDF: prints["zh"], "bulletin.en.pdf": prints["en"]}


def test_a_print_agrees_with_its_page_and_an_older_bundle_has_none(release: Release, files: dict[str, bytes]) -> None:
    assert list(differences(files, release.about)) == []
    older = {path: content for path, content in files.items() if not path.endswith(".pdf")}
    assert list(differences(older, release.about)) == []


def test_one_changed_byte_a_changed_page_and_another_language_are_found(
    release: Release, files: dict[str, bytes]
) -> None:
    place = files[PDF].index(b"stream") + 200
    other = files[PDF][:place] + bytes([files[PDF][place] ^ 1]) + files[PDF][place + 1 :]
    ((path, zh, en),) = differences({**files, PDF: other}, release.about)
    assert path == PDF and "printed again" in en and "重新排印" in zh
    page = files[HTML].replace(b"</h1>", b"!</h1>")
    ((path, zh, en),) = differences({**files, HTML: page}, release.about)
    assert path == PDF and "was not printed from bulletin.zh.html" in en and HTML in zh
    ((path, _, en),) = differences({**files, PDF: files["bulletin.en.pdf"]}, release.about)
    assert path == PDF and "was not printed from" in en
    ((_, _, en),) = differences({**files, PDF: b"%PDF-1.7"}, release.about)
    assert "does not say" in en


def test_another_press_is_held_against_its_page_alone(release: Release, files: dict[str, bytes]) -> None:
    other = re.sub(rb"press:typst-\S", b"press:typst-9", files[PDF])
    assert other != files[PDF]
    assert list(differences({**files, PDF: other}, release.about)) == []
    page = files[HTML].replace(b"</h1>", b"!</h1>")
    assert len(list(differences({**files, PDF: other, HTML: page}, release.about))) == 1


def test_it_is_among_the_formats_a_verification_compares(
    release: Release, files: dict[str, bytes], tmp_path: Path
) -> None:
    said = {"indices.csv": files["indices.csv"], HTML: files[HTML], PDF: files["bulletin.en.pdf"]}
    sentences = {lang: (release.headline(lang),) for lang in ("zh", "en")}
    (one,) = disagreements(said, {}, {}, release.about, sentences)
    assert one.file == PDF
