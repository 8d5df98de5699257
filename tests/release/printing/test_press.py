from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from html import escape
from pathlib import Path

import pytest

from shuibei_index.errors import ReleaseError
from shuibei_index.release import Release
from shuibei_index.release.printing import document, pdf, press_mark

from .conftest import LANGUAGES, NAMES, page

needs_pdftotext = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) reads the PDF; it is not installed here"
)


def count(content: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", content))


def texts(content: bytes, folder: Path) -> list[str]:
    """Text of every page, by a reader that is not the writer."""
    file = folder / "one.pdf"
    file.write_bytes(content)
    done = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_print_is_archival_accessible_and_has_its_own_font(prints: dict[str, bytes], lang: str) -> None:
    content = prints[lang]
    assert content.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2</pdfaid:part>" in content and b"<pdfaid:conformance>A</pdfaid:conformance>" in content
    assert b"<pdfuaid:part>1</pdfuaid:part>" in content
    assert re.search(rb"/Lang ?\(" + lang.encode(), content)
    assert {name[7:] for name in re.findall(rb"/FontName ?/([\w+-]+)", content)} == {b"NotoSansSC-Regular"}
    assert re.search(rb"/MediaBox ?\[0 0 595\.27\d* 841\.\d+\]", content)
    assert 3 <= count(content) <= 12
    # the day of the release, not of the printing
    assert b"D:20250715000000" in content


def test_the_same_page_gives_the_same_bytes_anywhere(
    release: Release, pages: dict[str, str], prints: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text(pages["zh"], encoding="utf-8", newline="")
    (tmp_path / "manifest.json").write_bytes(release.files["manifest.json"])
    program = (
        "import hashlib, json, pathlib\n"
        "from shuibei_index.release.about import About\n"
        "from shuibei_index.release.printing import pdf\n"
        "about = About.from_manifest(json.loads(pathlib.Path('manifest.json').read_text('utf-8')))\n"
        "html = pathlib.Path('page.html').read_bytes().decode()\n"
        "print(hashlib.sha256(pdf(html, about)).hexdigest())"
    )
    root = str(Path(__file__).parents[3])
    other = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, **other, "PYTHONPATH": root},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().strip() == hashlib.sha256(prints["zh"]).hexdigest()
    later = pdf(pages["zh"], dataclasses.replace(release.about, released_on="2025-07-16"))
    assert later != prints["zh"]


@needs_pdftotext
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_figure_of_the_page_is_in_the_print(
    pages: dict[str, str], prints: dict[str, bytes], lang: str, tmp_path: Path
) -> None:
    said = texts(prints[lang], tmp_path)
    words = "\n".join(said).split()
    for block in (b for b in document(pages[lang])["blocks"] if b["kind"] == "table"):
        for row in block["rows"]:
            cells = ["".join(run[0] for run in cell["runs"]) for cell in row["cells"][1:]]
            figures = [cell for cell in cells if re.fullmatch(r"-?\d+\.\d+", cell)]
            assert not set(figures) - set(words), row
    assert len(said) == count(prints[lang])
    for number, one in enumerate(said, start=1):
        foot = f"Page {number} of {len(said)}" if lang == "en" else f"第 {number} 页，共 {len(said)} 页"
        assert foot in one
    head = document(pages[lang])["title"]
    assert all(head in one for one in said)


@needs_pdftotext
def test_embargo_and_trial_are_on_every_page(release: Release, pages: dict[str, str], tmp_path: Path) -> None:
    about = dataclasses.replace(release.about, embargo_until="2025-07-15T09:30+08:00", trial=True)
    for lang, stamps in (
        ("zh", ("限时发布：2025年7月15日09:30（北京时间）前不得公开", "试运行：")),
        ("en", ("Embargoed until 09:30 China time (UTC+8), 2025-07-15", "Trial compilation: not signed off")),
    ):
        found = texts(pdf(pages[lang], about), tmp_path)
        assert len(found) >= 3
        assert all(stamp in one for one in found for stamp in stamps)


@needs_pdftotext
def test_hostile_words_are_printed_as_they_are(release: Release, tmp_path: Path) -> None:
    names = (*NAMES, "W" * 200)
    rows = "".join(
        f'<tr class="l{k % 5}"><th>{escape(names[k % 5])}</th><td>{k}.25</td><td class="text">why</td></tr>'
        for k in range(200)
    )
    note = "long note " * 1000
    inside = (
        f"<table><thead><tr><th>Class</th><th>Index</th><th>Reason</th></tr></thead><tbody>{rows}"
        f'<tr><th>last</th><td>1.0</td><td class="text">{note}</td></tr></tbody></table>'
        f'<div class="columns"><div><p>{note}</p></div></div>'
    )
    found = texts(pdf(page(inside), release.about), tmp_path)
    whole = "\n".join(found)
    for name in NAMES:
        assert re.sub(r"\s", "", name) in re.sub(r"\s", "", whole)
    assert all(f"{k}.25" in whole for k in range(200))
    assert whole.count("long") == 2000
    assert whole.count("W") == 200 * 40
    # the head of the table stands on every page it goes over
    assert sum("Class" in one for one in found) >= 6


def test_a_character_the_font_lacks_is_named(release: Release) -> None:
    with pytest.raises(ReleaseError, match="💎") as caught:
        pdf(page("<p>💎</p>"), release.about)
    assert "字体" in caught.value.zh


def test_without_typst_it_says_what_to_install(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(ReleaseError, match="pip install typst"):
        pdf(page("<p>1</p>"), release.about)


def test_the_press_is_named_in_the_document(prints: dict[str, bytes], pages: dict[str, str]) -> None:
    marks = json.dumps([f"page:{hashlib.sha256(pages['zh'].encode()).hexdigest()}", f"press:{press_mark()}"])
    for mark in json.loads(marks):
        assert mark.encode() in prints["zh"]
