"""Verify a bundle from its own files: checksums, formats against each other, bulletins against the data."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pandas as pd

from shuibei_index.errors import ReleaseError
from shuibei_index.release.factsheet import FACTS, differing, read_facts
from shuibei_index.release.formats import disagreements
from shuibei_index.release.founded import unfounded
from shuibei_index.release.optional import OPTIONAL
from shuibei_index.release.schema import TABLES, Table, as_then, diagnostics_table
from shuibei_index.release.tables import csv_bytes, indices_json
from shuibei_index.release.withholding import MARK
from shuibei_index.release.words import headline_sentences, prosperity_sentence, tax_note
from shuibei_index.signature.errors import SignatureError
from shuibei_index.signature.statement import NAME as SIGNATURE
from shuibei_index.signature.statement import read_statement

if TYPE_CHECKING:
    from shuibei_index.release.bundle import Release
    from shuibei_index.signature import Keyring


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, in plain words of both languages."""

    file: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.file}: {self.en} {self.zh}"


@dataclass(frozen=True)
class VerifyReport:
    """What a verification found; `ok` if nothing."""

    release: str
    n_files: int
    problems: tuple[Problem, ...]
    #: What was found of the signature, in both languages.
    signature: str = ""

    @property
    def ok(self) -> bool:
        """Whether the bundle is whole and agrees with itself."""
        return not self.problems

    def to_frame(self) -> pd.DataFrame:
        """Return a table: file, zh, en."""
        return pd.DataFrame([(p.file, p.zh, p.en) for p in self.problems], columns=["file", "zh", "en"])

    def summary(self) -> str:
        """Return the result in words."""
        if self.ok:
            lines = [f"release {self.release}: {self.n_files} files, all as stated. {self.n_files}个文件，全部相符。"]
        else:
            lines = [f"release {self.release}: {len(self.problems)} problems.", *map(str, self.problems)]
        return "\n".join([*lines, self.signature] if self.signature else lines)

    def _repr_html_(self) -> str:
        table = "" if self.ok else self.to_frame().to_html(index=False)
        return f"<h4>{escape(self.summary().splitlines()[0])}</h4>{table}"


def verify(release: Release, keys: Keyring | None = None, signature: bytes | None = None) -> VerifyReport:
    """Check a release. What cannot be read is a problem, not an exception.

    Parameters
    ----------
    release : Release
    keys : Keyring, optional
        The keys that are trusted; without them the signature is named, not checked.
    signature : bytes, optional
        A signature kept elsewhere, in place of the one in the bundle.
    """
    try:
        about = release.about
    except (ReleaseError, TypeError, ValueError) as error:
        problem = Problem("manifest.json", "清单无法读取。", f"cannot be read: {error}.")
        return VerifyReport("?", len(release.files), (problem,))
    try:
        problems = list(_checksums(release))
    except (AttributeError, KeyError, TypeError) as error:
        zh, en = "清单中的文件列表无法读取。", f"the list of files cannot be read ({type(error).__name__}: {error})."
        problems = [Problem("manifest.json", zh, en)]
    if not problems:
        # the content of files that are not the released ones says nothing
        problems = [*_tables(release), *_json(release), *_bulletins(release)]
        problems += [*_facts(release), *_formats(release)]
    words, faults = check_signature(release, keys, signature)
    return VerifyReport(about.release, len(release.files), (*problems, *faults), words)


def check_signature(
    release: Release, keys: Keyring | None, signature: bytes | None = None
) -> tuple[str, list[Problem]]:
    """Return what is to be said of the signature, and what is wrong with it where keys are given.

    What cannot be read as a release has no signature that could be checked.
    """
    try:
        about = release.about
    except (ReleaseError, TypeError, ValueError) as error:
        return "", [Problem(SIGNATURE, "清单无法读取，签名未核验。", f"not checked: {error}.")] if keys else []
    data = release.files.get(SIGNATURE) if signature is None else signature
    if data is None:
        trial = ("（试运行）", " (trial)") if about.trial else ("", "")
        words = f"未签名{trial[0]} not signed{trial[1]}."
        missing = Problem(SIGNATURE, "缺少签名：发布包未签名。", "is missing: the release is not signed.")
        return words, [] if keys is None else [missing]
    try:
        statement = read_statement(data)
    except SignatureError as error:
        return "签名无法读取 the signature cannot be read.", [Problem(SIGNATURE, f"{error.zh}。", f"{error}.")]
    if keys is None:
        return (
            f"有密钥 {statement.name} 的签名，未核验：请用 --public-key 提供公钥 "
            f"signed by key {statement.name}, not checked: pass --public-key KEY."
        ), []
    trust = keys.find(statement.key_id)
    if trust is None:
        fault: tuple[str, str] | None = (
            f"由未受信任的密钥 {statement.name} 签名；受信任的为 {keys.names}。",
            f"was made by key {statement.name}, which is not trusted; trusted: {keys.names}.",
        )
    else:
        signed = release.files["manifest.json"]
        # a signature that is none says nothing of the dates of its key
        fault = statement.fault(signed, trust.key) or trust.fault(about.released_on)
    if fault is not None:
        return "签名无效 the signature does not hold.", [Problem(SIGNATURE, *fault)]
    return f"签名有效，密钥 {statement.name} signed by key {statement.name}: {statement.comment}", []


def _checksums(release: Release) -> Iterator[Problem]:
    stated = {str(entry["path"]): entry for entry in release.manifest.get("files", [])}
    for path, entry in sorted(stated.items()):
        content = release.files.get(path)
        if content is None:
            yield Problem(path, "清单列有此文件，但文件不存在。", "the manifest lists this file, but it is missing.")
        elif len(content) != entry["bytes"]:
            yield Problem(
                path,
                f"应为{entry['bytes']}字节，实为{len(content)}字节。",
                f"expected {entry['bytes']} bytes, found {len(content)}.",
            )
        elif hashlib.sha256(content).hexdigest() != entry["sha256"]:
            zh, en = "内容被改动，校验和不符。", "the content was changed: its sha256 is not that of the manifest."
            yield Problem(path, zh, en)
    for path in sorted(set(release.files) - set(stated) - {"manifest.json", SIGNATURE}):
        yield Problem(path, "清单未列出此文件。", "the manifest does not list this file.")
    needed = {f"{name}.{kind}" for name in TABLES for kind in ("csv", "parquet")}
    needed |= {"indices.json", "datapackage.json", "bulletin.zh.html", "bulletin.en.html"}
    for path in sorted(needed - set(stated)):
        yield Problem(path, "发布包缺少此文件。", "a release bundle must have this file.")


def _tables(release: Release) -> Iterator[Problem]:
    for name, frame in release.tables.items():
        known = TABLES.get(name) or OPTIONAL.get(name)
        table: Table = as_then(known or diagnostics_table(frame), frame)
        path = f"{name}.csv"
        if release.files.get(path) != csv_bytes(frame, table, release.about.policy):
            yield Problem(
                path,
                f"与按修约规则处理的 {name}.parquet 不一致。",
                f"is not {name}.parquet rounded by the release's own rule.",
            )


def _json(release: Release) -> Iterator[Problem]:
    frame, about = release.tables["indices"], release.about
    marks = {k: getattr(about, k) for k in ("release", "period", "vintage", "base_period", "status")}
    # compared as content: the layout of the text is no fact
    if json.loads(release.files["indices.json"]) != json.loads(indices_json(frame, marks)):
        yield Problem("indices.json", "与 indices.parquet 不一致。", "differs from indices.parquet.")


def _formats(release: Release) -> Iterator[Problem]:
    frames = release.tables
    known = {name: TABLES.get(name) or OPTIONAL.get(name) or diagnostics_table(frame) for name, frame in frames.items()}
    tables = {name: as_then(table, frames[name]) for name, table in known.items()}
    sentences = {lang: (release.headline(lang), headline_sentences(release.facts, lang)[0]) for lang in ("zh", "en")}
    yield from (Problem(*one) for one in disagreements(release.files, frames, tables, release.about, sentences))


def _facts(release: Release) -> Iterator[Problem]:
    # a bundle from before there was a table of facts has none
    if FACTS not in release.files:
        return
    try:
        table = read_facts(release.files[FACTS])
    except ValueError as error:
        yield Problem(FACTS, "无法读取。", f"cannot be read: {error}.")
        return
    yield from (Problem(FACTS, zh, en) for zh, en in differing(table, release.facts))
    for lang in ("zh", "en"):
        path = f"bulletin.{lang}.html"
        if found := unfounded(release.files[path].decode(), table, lang):
            yield Problem(path, f"{found[0]} 不在 facts.json 中。", f"{found[0]} is no fact of facts.json.")


def _bulletins(release: Release) -> Iterator[Problem]:
    rows = csv.DictReader(io.StringIO(release.files["indices.csv"].decode()))
    now = {
        (r["class_code"], r["component"]): r for r in rows if (r["period"], r["adjustment"]) == (release.period, "NSA")
    }
    # drawing loads what only a page needs
    from shuibei_index.release.bulletin import redrawn

    facts = release.facts
    yield from (Problem(*one) for one in redrawn(release.files, facts))
    withheld = {(r.code, "total", m) for r in (*facts.rows, *facts.satellites) for m in r.withheld}
    withheld |= {(p.code, p.component, m) for p in facts.components for m in p.withheld}
    for lang in ("zh", "en"):
        path = f"bulletin.{lang}.html"
        page = _Page()
        page.feed(release.files[path].decode())
        text = "".join(page.text)
        # earlier versions had the year to date in a paragraph of its own
        if any(sentence not in text for sentence in headline_sentences(facts, lang)):
            yield Problem(path, "导语与数据不一致。", "the headline sentence does not say what the data say.")
        if page.facts.get("prosperity", "") not in ("", prosperity_sentence(release.facts, lang)):
            yield Problem(path, "景气一节与数据不一致。", "the sentence on prosperity does not say what the data say.")
        if "taxes" in page.facts and (
            release.facts.taxes is None or page.facts["taxes"] not in tax_note(release.facts, lang)
        ):
            yield Problem(path, "税收口径说明与数据不一致。", "the note on tax does not say what the data say.")
        for code, component, measure, text in page.cells:
            expected = now.get((code, component), {}).get(measure)
            named = code if component == "total" else f"{code} {component}"
            empty = MARK[lang] if (code, component, measure) in withheld else "–"
            if expected is not None and text != (expected or empty):
                yield Problem(
                    path,
                    f"{named} 的 {measure} 为 {text}，indices.csv 为 {expected or empty}。",
                    f"{measure} of {named} reads {text}, indices.csv says {expected or empty}.",
                )
        shown = {code for code, component, measure, _ in page.cells if (component, measure) == ("total", "index")}
        for code in sorted({code for code, component in now if component == "total"} - shown):
            yield Problem(path, f"缺少分类 {code}。", f"class {code} is not shown.")


class _Page(HTMLParser):
    """Collects the text and the cells that name a class and a measure."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.cells: list[tuple[str, str, str, str]] = []
        self.facts: dict[str, str] = {}
        self._fact = ""
        self._open: tuple[str, str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a cell."""
        found = dict(attrs)
        self._fact = found.get("data-fact") or ""
        if "data-class" in found and "data-measure" in found:
            component = found.get("data-component") or "total"
            self._open = (found["data-class"] or "", component, found["data-measure"] or "")

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        self._open, self._fact = None, ""

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text.append(data)
        if self._open is not None:
            self.cells.append((*self._open, data))
        if self._fact:
            self.facts[self._fact] = self.facts.get(self._fact, "") + data
