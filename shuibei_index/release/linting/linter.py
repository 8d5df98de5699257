"""The linter: every sentence of a text against a release, findings with line and column in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

from shuibei_index.release.linting.claims import State, claims_of
from shuibei_index.release.linting.figures import Figures, Subject, Verdict
from shuibei_index.release.linting.judging import judge
from shuibei_index.release.linting.source import Source, source_of
from shuibei_index.release.linting.tokens import lexer, tokens
from shuibei_index.resources import methodology_dir
from shuibei_index.rules import Rules

if TYPE_CHECKING:
    from shuibei_index.release.bundle import Release

LANGUAGES = ("auto", "zh", "en")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_BRACKETS = re.compile(r"[（(][^()（）]*[)）]")
_WIDE = re.compile(r"[０-９]+(?:[．][０-９]+)?[％]?")
_DECLARED = re.compile(r"初步|provisional|preliminary", re.IGNORECASE)
_PRICED = re.compile(
    r"(?:^|[，；：、。\s])(?P<name>[\u4e00-\u9fffA-Za-z]{2,12}?)价格(?=(?:同比|环比)?(?:上涨|下降|下跌|回落|持平))"
)
_NAMED = re.compile(r"(?:^|[;:,.]\s*)(?P<name>[A-Z][\w&' -]{3,60}?)(?= (?:rose|fell|was unchanged|added|took off)\b)")
_COMPONENT = re.compile(r"(?:metal|making[- ]charge|stone)s?(?: prices?| index)?|料价|工费|石价")
#: How like a word must be to the name of a class to be taken for a slip in it (0 to 1).
_LIKE = 0.6


@dataclass(frozen=True)
class Finding:
    """One thing wrong: where (counted from 1), which words, and what the release says."""

    line: int
    column: int
    language: str
    severity: str
    phrase: str
    zh: str
    en: str

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)

    def text(self) -> str:
        """Return it as lines of text."""
        return f"{self.line}:{self.column} {self.severity} 「{self.phrase}」\n  {self.zh}\n  {self.en}"


def lint_text(
    text: str | Source, release: Release, *, language: str = "auto", kind: str = "txt", rules: Rules | None = None
) -> list[Finding]:
    """Check a text against a release.

    Parameters
    ----------
    text : str or Source
        A press text, a bulletin.
    release : Release
    language : str
        "zh", "en" or "auto": sentence by sentence.
    kind : str
        "txt", "md" or "html", of a text given as str.
    rules : Rules, optional
        Of the workspace; default: the package's own.

    Returns
    -------
    list of Finding
        In the order of the text; empty = nothing is wrong.

    Notes
    -----
    Looked at: numbers with a unit (点, %, 个百分点), levels after 为, 报, 收于 and "stood at", words of direction with
    同比, 环比 or 累计, counts of risers and fallers, 连续…个月, 新高 and 新低. Tables are not: `verify` compares them.
    """
    source = text if isinstance(text, Source) else source_of(text, kind)
    return list(_lint(source, Figures(release), language, rules))


def lint_release(release: Release) -> list[tuple[str, str, str, str, str]]:
    """Return what is wrong in the bulletins of a release: language, severity, place, and the finding in zh and en."""
    rows, figures = [], Figures(release)
    for lang in ("zh", "en"):
        source = source_of(release.files[f"bulletin.{lang}.html"].decode(), "html")
        rows += [
            (lang, f.severity, f"{f.line}:{f.column} {f.phrase}", f.zh, f.en) for f in _lint(source, figures, lang)
        ]
    return rows


def lint_sources(sources: Iterable[Source], figures: Figures, language: str = "auto") -> list[list[Finding]]:
    """Return the findings of many texts against one release."""
    return [list(_lint(source, figures, language)) for source in sources]


@cache
def _packaged() -> Rules:
    return Rules.load(methodology_dir() / "rules")


def contribution_rate_floor(month: str, rules: Rules | None = None) -> float:
    """Return how much the headline must have moved (percent) for a share of that change to mean something.

    Parameters
    ----------
    month : str
    rules : Rules, optional
        Of a workspace; default: the package's own.
    """
    return float((rules or _packaged()).at(month)["contribution_rate_floor"])


def _language(sentence: str) -> str:
    # an English sentence may cite a Chinese source, in brackets
    return "zh" if _HAN.search(_BRACKETS.sub("", sentence)) or not _LATIN.search(sentence) else "en"


def _lint(source: Source, figures: Figures, language: str, rules: Rules | None = None) -> Iterator[Finding]:
    title = figures.release.about.title
    patterns = {lang: lexer(figures.names[lang], title[lang], lang) for lang in ("zh", "en")}
    floor, undeclared = contribution_rate_floor(figures.month, rules), None
    start = State(Subject(), figures.month)
    state = start
    for place, sentence in source.sentences():
        lang = language if language != "auto" else _language(sentence)
        if place == 0 or source.text[place - 1] in "\f\n":
            state = start
        found = tokens(patterns[lang], sentence, figures.month)
        claims, state = claims_of(sentence, found, lang, state, figures.names[lang])
        wide = _WIDE.finditer(source.text[place : place + len(sentence)])
        for match in wide:
            zh, en = "全角数字，应为半角", "full-width digits; write them half-width"
            yield _finding(source, place + match.start(), lang, match[0], ("warning", zh, en))
        unknown = list(_unknown(sentence, lang, figures))
        for at, name, verdict in unknown:
            yield _finding(source, place + at, lang, name, verdict)
        if unknown:
            # whose numbers these are is not known
            continue
        for claim in claims:
            for verdict in judge(claim, figures, floor):
                if claim.kind == "rate" and not claim.named and not claim.measure:
                    # neither whose rate nor which: it may be of something else
                    verdict = ("warning", f"未说明是何指标；{verdict[1]}", f"it is not said what of; {verdict[2]}")
                yield _finding(source, place + claim.start, lang, claim.text, verdict)
            if undeclared is None and claim.kind in ("level", "rate") and claim.month == figures.month:
                undeclared = (place + claim.start, lang, claim)
    if undeclared is not None and figures.release.about.status == "provisional" and not _DECLARED.search(source.text):
        at, lang, claim = undeclared
        zh, en = "该月为初步数，文中未说明", "the month is provisional; the text does not say so"
        yield _finding(source, at, lang, claim.text, ("warning", zh, en))


def _finding(source: Source, at: int, lang: str, phrase: str, verdict: Verdict) -> Finding:
    line, column = source.place(at)
    return Finding(line, column, lang, verdict[0], " ".join(phrase.split()), verdict[1], verdict[2])


def _unknown(sentence: str, lang: str, figures: Figures) -> Iterator[tuple[int, str, Verdict]]:
    """Yield names before 价格 or a verb that are nearly, not quite, a class of the release."""
    known = figures.names[lang]
    names = {n.lower(): n for n in known}
    for match in (_PRICED if lang == "zh" else _NAMED).finditer(sentence):
        name = match["name"]
        low = name.lower()
        # a name of the tree may hold a comma of its own
        before = sentence[: match.end("name")].lower()
        if any(n in low or before.endswith(n) for n in names) or _COMPONENT.fullmatch(low):
            continue
        near = get_close_matches(low, list(names), n=1, cutoff=_LIKE)
        if near:
            zh, en = (
                f"分类树中没有此分类；相近：{names[near[0]]}",
                f"no such class in the tree; nearest: {names[near[0]]}",
            )
            yield match.start("name"), name, ("error", zh, en)
