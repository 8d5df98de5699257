from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
import pytest

from shuibei_index.release.formats import Disagreement, disagreements
from tests.release.formats.conftest import Bundle


def found(bundle: Bundle, **changed: bytes) -> list[Disagreement]:
    names = {"xlsx": "bulletin.xlsx", "csv": "sdmx/data.csv", "xml": "sdmx/data.xml", "excel": "excel/indices.csv"}
    files = {names[name]: content for name, content in changed.items()} or bundle.files
    # the table itself is there all the same
    files = {"indices.csv": bundle.files["indices.csv"], **files}
    return list(
        disagreements(files, bundle.frames, bundle.tables, bundle.about, {k: (v,) for k, v in bundle.sentences.items()})
    )


def test_a_bundle_agrees_with_itself_and_an_old_one_has_nothing_to_disagree(bundle: Bundle) -> None:
    assert found(bundle) == []
    old = {path: content for path, content in bundle.files.items() if "/" not in path and path != "bulletin.xlsx"}
    assert (
        list(
            disagreements(
                old, bundle.frames, bundle.tables, bundle.about, {k: (v,) for k, v in bundle.sentences.items()}
            )
        )
        == []
    )


def edited(content: bytes, change: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def test_one_figure_that_differs_is_named(bundle: Bundle) -> None:
    level = bundle.files["indices.csv"].decode().splitlines()[1].split(",")[7]
    for kind, path in (("csv", "sdmx/data.csv"), ("xml", "sdmx/data.xml")):
        content = bundle.files[path]
        old = f",{level}," if kind == "csv" else f'OBS_VALUE="{level}"'
        assert old.encode() in content
        (one,) = found(bundle, **{kind: content.replace(old.encode(), old.replace(level, "999.99").encode(), 1)})
        assert one.file == path
        assert "999.99" in one.en and level in one.en and level in one.zh
        fewer = content.rsplit(b"<Series ", 1)[0] + b"</mes:DataSet></mes:StructureSpecificData>"
        fewer = content.rsplit(b"\n", 2)[0] + b"\n" if kind == "csv" else fewer
        (one,) = found(bundle, **{kind: fewer})
        assert "observations differ" in one.en
    (one,) = found(bundle, excel=bundle.files["excel/indices.csv"] + b"x")
    assert one.file == "excel/indices.csv"


def test_a_workbook_that_differs(bundle: Bundle) -> None:
    def level(book: openpyxl.Workbook) -> None:
        book["历史 History"]["B6"] = 999.99

    def words(book: openpyxl.Workbook) -> None:
        book["概要 Headline"]["A4"] = "上涨99%"

    # the program that changes the workbook spells one of the hostile names anew
    for change, word in ((level, "sheet '历史 History'"), (words, "headline sentence")):
        changed = found(bundle, xlsx=edited(bundle.files["bulletin.xlsx"], change))
        assert {one.file for one in changed} == {"bulletin.xlsx"}
        assert len([one for one in changed if word in one.en]) == 1
    same = found(bundle, xlsx=edited(bundle.files["bulletin.xlsx"], lambda book: None))
    assert all("name_" in one.en for one in same)


@pytest.mark.parametrize("kind", ["csv", "xml", "xlsx"])
def test_what_cannot_be_read_is_named(bundle: Bundle, kind: str) -> None:
    (one,) = found(bundle, **{kind: b"not at all"})
    assert "cannot be read" in one.en and "无法读取" in one.zh
