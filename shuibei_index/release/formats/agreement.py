"""Agreement: every format of a bundle says what its tables say; the first difference of each is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pandas as pd

from shuibei_index.release.about import About
from shuibei_index.release.formats.making import BOM, EXCEL_FOLDER
from shuibei_index.release.formats.sheets import ANNEX, sheets
from shuibei_index.release.printing import differences
from shuibei_index.release.schema import Table

Files = Mapping[str, bytes]


class Disagreement(NamedTuple):
    """A file that does not say what the tables say, and where."""

    file: str
    zh: str
    en: str


def disagreements(
    files: Files,
    frames: Mapping[str, pd.DataFrame],
    tables: Mapping[str, Table],
    about: About,
    sentences: Mapping[str, tuple[str, ...]],
) -> Iterator[Disagreement]:
    """Yield what the further formats of a bundle say otherwise than its tables.

    Parameters
    ----------
    files : mapping of str to bytes
        Of the release. A bundle from before a format existed lacks its file: that is no disagreement.
    frames, tables : mapping
        Of the release.
    about : About
    sentences : mapping of str to tuple of str
        The headline by language, as this version words it and as earlier ones did.
    """
    yield from _sdmx(files, frames, tables, about)
    yield from _annex(files, frames, tables, about, sentences)
    yield from (Disagreement(*one) for one in differences(files, about))
    for path in (p for p in files if p.startswith(f"{EXCEL_FOLDER}/")):
        if files[path] != BOM + files.get(path.removeprefix(f"{EXCEL_FOLDER}/"), b""):
            yield Disagreement(path, "与同名 CSV 不一致。", "is not the CSV file of the same name.")


def _sdmx(
    files: Files, frames: Mapping[str, pd.DataFrame], tables: Mapping[str, Table], about: About
) -> Iterator[Disagreement]:
    from shuibei_index.release.formats import sdmx
    from shuibei_index.release.formats.sdmx.codes import DIMENSIONS, TIME

    readers = {sdmx.DATA_CSV: sdmx.read_csv, sdmx.DATA_XML: sdmx.read_xml}
    there = [path for path in readers if path in files]
    if not there:
        return
    expected = sdmx.observations(frames, tables, about.policy)
    for path in there:
        try:
            found = readers[path](files[path])
        except ValueError as error:
            yield Disagreement(path, "无法读取。", f"cannot be read: {error}.")
            continue
        found = found.sort_values([*DIMENSIONS, TIME], kind="stable", ignore_index=True)
        if not found.equals(expected):
            zh, en = _first_difference(found, expected, [*DIMENSIONS, TIME])
            yield Disagreement(path, zh, en)


def _first_difference(found: pd.DataFrame, expected: pd.DataFrame, key: list[str]) -> tuple[str, str]:
    both = expected.merge(found, on=key, how="outer", suffixes=("", "_found"), indicator="side")
    same = both["side"].eq("both")
    for name in expected.columns:
        if name not in key:
            same &= both[name].eq(both[f"{name}_found"])
    different = both[~same]
    if not len(different):
        return "有重复的观测值。", "has observations that stand twice."
    row = different.iloc[0]
    where = ".".join(str(row[name]) for name in key)
    said, should = (row[f"OBS_VALUE{end}"] for end in ("_found", ""))
    return (
        f"{len(different)}个观测值与数据表不一致，如 {where}：{said}，应为 {should}。",
        f"{len(different)} observations differ from the tables, first {where}: {said}, expected {should}.",
    )


def _annex(
    files: Files,
    frames: Mapping[str, pd.DataFrame],
    tables: Mapping[str, Table],
    about: About,
    sentences: Mapping[str, tuple[str, ...]],
) -> Iterator[Disagreement]:
    if ANNEX not in files:
        return
    from python_calamine import CalamineError

    from shuibei_index.release.formats.workbook import read_annex, words_of

    try:
        found, words = read_annex(files[ANNEX]), words_of(files[ANNEX])
    except (CalamineError, ValueError) as error:
        yield Disagreement(ANNEX, "无法读取。", f"cannot be read: {error}.")
        return
    if not any(words[:2] == list(both) for both in zip(sentences["zh"], sentences["en"], strict=True)):
        yield Disagreement(ANNEX, "导语与数据不一致。", "the headline sentence does not say what the data say.")
    for sheet in sheets(frames, tables, about, {lang: forms[0] for lang, forms in sentences.items()}):
        # the words of the metadata may be put otherwise by a later version
        if not sheet.fields or sheet.key == "metadata":
            continue
        frame = found.get(sheet.key, pd.DataFrame())
        for field in sheet.fields:
            expected = [None if value == "" else value for value in field.cells]
            cells = [] if field.name not in frame else frame[field.name].tolist()
            cells = [None if value != value else value for value in cells]
            if cells != expected:
                yield Disagreement(
                    ANNEX,
                    f"工作表“{sheet.name}”的 {field.name} 列与数据表不一致。",
                    f"column {field.name} of sheet {sheet.name!r} differs from the tables.",
                )
                break
