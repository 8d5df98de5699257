"""Claims: what a sentence says in numbers and words of direction, taken apart."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass

from shuibei_index.release.facts import HEADLINE
from shuibei_index.release.linting.figures import TAX, Subject
from shuibei_index.release.linting.tokens import Token

MEASURE_KINDS = {"mom": "mom_pct", "yoy": "yoy_pct", "ytd": "ytd_pct", "span": "ytd_pct"}
_MOVES = {"up": 1, "down": -1, "flat": 0}
_CLAUSE = {
    "zh": re.compile(r"[，；：、,;:]"),
    "en": re.compile(r"[;:](?=\s)|,(?=\s)|\band\b"),
}
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
    for at, token in enumerate(found):
        walk.read(at, token)
    walk.flush()
    return walk.claims, State(dataclasses.replace(walk.subject, adjustment="NSA"), walk.month)


class _Walk:
    """Reads the tokens of one sentence from left to right."""

    def __init__(
        self, sentence: str, found: list[Token], lang: str, state: State, names: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.sentence, self.found, self.lang, self.names = sentence, found, lang, names
        self.breaks = [m.start() for m in _CLAUSE[lang].finditer(sentence)]
        self.subject = state.subject
        self.month = next((t.value for t in found if t.kind == "month"), state.month)
        self.measure, self.clause = "", -1
        self.move: Token | None = None
        self.effect = self.gap = self.near = self.stop = self.done = self.named = False
        self.first = True
        self.claims: list[Claim] = []

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
            self.measure = MEASURE_KINDS[kind]
            if kind == "span":
                self._say("span", token, value=token.value)
        elif kind in ("up", "down"):
            self.move = token
        elif kind == "points":
            self.effect = True
        elif kind == "gap":
            self.gap = True
        elif kind == "about":
            self.near = True
        elif kind == "ratio":
            self.stop = False
            self.claims.append(self._claim("ratio", token, ""))
        elif kind in ("count", "streak", "record"):
            self._say(kind, token, extra=token.value, measure=self._measure(at, far=kind == "count"))
            self.done, self.move = True, None
        elif kind in ("number", "level", "flat") and not self.stop:
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
        self.first, self.named = False, True

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
        measure, move = self._measure(at), None if self.move is None else _MOVES[self.move.kind]
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
        self.move, self.near, self.done = None, False, True

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
        )  # fmt: skip


def _unit(text: str) -> str:
    if "百分点" in text or "percentage" in text:
        return "points"
    return "rate" if text.rstrip().endswith(("%", "percent", "per cent")) else "level"
