"""Claims: what a sentence says in numbers and words of direction, taken apart."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass

from shuibei_index import months
from shuibei_index.release.facts import HEADLINE
from shuibei_index.release.linting.figures import TAX, Subject
from shuibei_index.release.linting.shares import MEASURE_KINDS, Shares
from shuibei_index.release.linting.tokens import Token

_MOVES = {"up": 1, "down": -1, "flat": 0}
_CLAUSE = {
    "zh": re.compile(r"[，；：、,;:]"),
    "en": re.compile(r"[;:](?=\s)|,(?=\s)|\band\b"),
}
_REACHED = re.compile(r"(?:至|到|为|\bto )\s*$")
_LEFT = re.compile(r"(?:由|从|\bfrom )\s*$")
_CLAIMING = ("number", "level", "flat", "up", "down")


@dataclass(frozen=True)
class Claim:
    """One thing said. `value` is "" where only a direction is; `measure` "" where none is named."""

    kind: str
    value: str
    direction: int | None
    measure: str
    subject: Subject
    month: str
    start: int
    text: str
    unit: str = ""
    approximate: bool = False
    effect: bool = False
    gap: bool = False
    named: bool = False
    extra: str = ""
    bound: str = ""


@dataclass(frozen=True)
class State:
    """What carries over from one sentence to the next."""

    subject: Subject
    month: str


def claims_of(
    sentence: str, found: list[Token], lang: str, state: State, names: Mapping[str, tuple[str, ...]]
) -> tuple[list[Claim], State]:
    """Return the claims of a sentence and what carries over.

    Parameters
    ----------
    sentence : str
    found : list of Token
    lang : str
    state : State
        Of the sentence before in the same paragraph.
    names : mapping of str to tuple of str
        Codes by name.
    """
    walk = _Walk(sentence, found, lang, state, {n.lower(): c for n, c in names.items()})
    for at, token in enumerate(walk.found):
        walk.read(at, token)
    walk.flush()
    return walk.claims, State(dataclasses.replace(walk.subject, adjustment="NSA"), walk.month)


class _Walk:
    """Reads the tokens of one sentence from left to right."""

    def __init__(
        self, sentence: str, found: list[Token], lang: str, state: State, names: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.sentence, self.lang, self.names = sentence, lang, names
        self.breaks = [m.start() for m in _CLAUSE[lang].finditer(sentence)]
        self.subject = state.subject
        self.month = next((t.value for t in found if t.kind == "month"), state.month)
        self.found = [self._compared(t) for t in found]
        self.measure, self.clause, self.bound, self.gap_way = "", -1, "", ""
        self.shares = Shares(self.found, lang)
        self.to_date = self.outside = False
        self.effect_way = ""
        self.move: Token | None = None
        self.effect = self.gap = self.near = self.stop = self.done = self.named = False
        self.first = True
        self.claims: list[Claim] = []

    def _compared(self, token: Token) -> Token:
        """Return "than in October" as what it says of a measure: the month before, the year before, or neither."""
        if token.kind != "against":
            return token
        away = months.ordinal(self.month) - months.ordinal(token.value)
        return dataclasses.replace(token, kind={1: "mom", 12: "yoy"}.get(away, "stop"))

    def _clause_of(self, place: int) -> int:
        return sum(b < place for b in self.breaks)

    def read(self, at: int, token: Token) -> None:
        clause = self._clause_of(token.start)
        if clause != self.clause:
            self.flush()
            self.clause = clause
            self.stop = any(t.kind == "stop" and self._clause_of(t.start) == clause for t in self.found)
            self.done = self.gap = False
        kind = token.kind
        if kind in ("name", "whole", "part", "sa", "tax", "side"):
            self._subject(token)
        elif kind == "month":
            self.month = token.value
        elif kind in MEASURE_KINDS:
            # "from the same month" after a number belongs to it, and is found from there
            # "1—11月累计，同比上涨": the year to date, compared with a year ago
            if not (kind == "yoy" and self.to_date):
                self.measure = MEASURE_KINDS[kind]
            self.to_date = self.to_date or (self.lang == "zh" and kind in ("ytd", "span"))
            if kind == "span":
                self._say("span", token, value=token.value)
        elif kind == "outside":
            self.outside, self.move = True, None
        elif kind in ("up", "down"):
            self.move = None if self.outside else token
        elif kind == "points":
            self.effect, self.effect_way = True, token.value
        elif kind == "gap":
            self.gap, self.gap_way = True, token.value
        elif kind in ("over", "under", "near"):
            self.bound = kind
        elif kind in ("up_to", "down_to"):
            following = self.found[at + 1] if at + 1 < len(self.found) else None
            if following is not None and following.kind in ("number", "level") and _unit(following.text) == "level":
                self._say("reach", token, extra="up" if kind == "up_to" else "down")
        elif kind == "range":
            if not self.stop:
                self._say("range", token, extra=token.value, measure=self._measure(at))
            self.move, self.done = None, True
        elif kind == "about":
            self.near = True
        elif kind == "ratio":
            self.stop = False
            self.claims.append(self._claim("ratio", token, ""))
        elif kind in ("count", "streak", "record"):
            self._say(kind, token, extra=token.value, measure=self._measure(at, far=kind == "count"))
            self.done, self.move = True, None
        elif kind in ("number", "level", "flat") and not self.stop and not self.outside:
            self._number(at, token)

    def _subject(self, token: Token) -> None:
        kind = token.kind
        if kind == "tax":
            self.subject = Subject((TAX,))
        elif kind == "sa":
            self.subject = Subject((HEADLINE,) if self.first else self.subject.codes, adjustment="SA")
        elif kind == "side":
            self.subject = Subject(("prosperity",), token.value)
        elif kind == "part":
            codes = self.subject.codes if not self.first or self.subject.adjustment == "SA" else (HEADLINE,)
            self.subject = dataclasses.replace(self.subject, codes=codes, component=token.value)
        elif self.subject.codes == (TAX,):
            return
        else:
            codes = self.names.get(token.text.lower(), (HEADLINE,))
            self.subject = Subject(codes, adjustment=self.subject.adjustment)
        self.first, self.named, self.outside = False, True, False
        self.shares.take(token, self.subject)

    def _measure(self, at: int, *, far: bool = False) -> str:
        """Measure of the claim at a token: in English what follows it in its clause, else the last one named."""
        if self.lang == "en":
            here = self._clause_of(self.found[at].start)
            for token in self.found[at + 1 :]:
                if (token.kind in _CLAIMING and token.kind not in ("up", "down") and not far) or (
                    not far and self._clause_of(token.start) != here
                ):
                    break
                if ";" in self.sentence[self.found[at].end : token.start]:
                    break
                if token.kind in MEASURE_KINDS:
                    return MEASURE_KINDS[token.kind]
        return self.measure

    def _month(self, at: int) -> str:
        if self.lang == "en":
            here = self._clause_of(self.found[at].start)
            after = [t for t in self.found[at + 1 :] if t.kind == "month" and self._clause_of(t.start) == here]
            if after and not any(
                t.kind in ("number", "level") and t.start < after[0].start for t in self.found[at + 1 :]
            ):
                return after[0].value
        return self.month

    def _number(self, at: int, token: Token) -> None:
        share = self.shares.of(at)
        if share is None:
            # how many things are told apart and how many figures there are do not agree
            self.move, self.done = None, True
            return
        self.subject = share.subject or self.subject
        if share.is_one:
            self.move = self.shares.move = self.move or self.shares.move
        measure, move = share.measure or self._measure(at), None if self.move is None else _MOVES[self.move.kind]
        if self.effect and move is None:
            # "took off" is a direction of its own
            move = _MOVES.get(self.effect_way)
        if _REACHED.search(self.sentence[max(token.start - 4, 0) : token.start]):
            # the difference ends where the rate it leads to is named
            self.gap = False
        if _LEFT.search(self.sentence[max(token.start - 5, 0) : token.start]):
            # "rose from 92.68 points": where it came from has no direction of its own
            move = None
        if self.gap and self.measure:
            # what it is compared with is a month, not a measure
            measure = self.measure
        if token.kind == "flat":
            after = self.sentence[token.end : token.end + 1]
            if measure and after not in ("”", '"') and not (at + 1 < len(self.found) and self._zero(at + 1, token)):
                self.claims.append(self._claim("rate", token, "0", measure=measure, direction=0, month=self._month(at)))
        else:
            unit = token.text[len(token.text.rstrip()) :] or token.text
            kind = "level" if token.kind == "level" else _unit(unit)
            if token.kind == "level":
                measure, move = "", None
            self.claims.append(
                self._claim(kind, token, token.value, measure=measure, direction=move, month=self._month(at))
            )
            self.effect = False
        self.move, self.near, self.done, self.bound, self.to_date = None, False, True, "", False

    def _zero(self, at: int, token: Token) -> bool:
        # "unchanged (0.0%)": the number says it
        following = self.found[at]
        return following.kind == "number" and following.start - token.end <= 2

    def flush(self) -> None:
        """Take a direction without a number as a claim."""
        if self.move is not None and not self.done and not self.stop and not self.gap:
            at = self.found.index(self.move)
            here = self._clause_of(self.move.start)
            near = [t for t in self.found if t.kind in MEASURE_KINDS and self._clause_of(t.start) == here]
            if near and not self.effect:
                measure = self._measure(at)
                self.claims.append(
                    self._claim("sign", self.move, "", measure=measure, direction=_MOVES[self.move.kind])
                )
                self.move = None

    def _say(self, kind: str, token: Token, *, value: str = "", extra: str = "", measure: str = "") -> None:
        claim = self._claim(kind, token, value, measure=measure or self.measure)
        self.claims.append(dataclasses.replace(claim, extra=extra))

    def _claim(
        self, kind: str, token: Token, value: str, *, measure: str = "", direction: int | None = None, month: str = ""
    ) -> Claim:
        return Claim(
            kind, value, direction, measure, self.subject, month or self.month, token.start, token.text,
            unit=token.text, approximate=self.near, effect=self.effect, gap=self.gap, named=self.named,
            bound=self.bound, extra=self.gap_way if self.gap else "",
        )  # fmt: skip


def _unit(text: str) -> str:
    if "百分点" in text or "percentage" in text:
        return "points"
    spoken = text.startswith("百分之") or "成" in text
    return "rate" if spoken or text.rstrip().endswith(("%", "percent", "per cent")) else "level"
