"""Shares: "A and B rose by 7.2% and 6.2% respectively" taken apart, each figure to what it is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shuibei_index.release.linting.figures import Subject
from shuibei_index.release.linting.tokens import Token

MEASURE_KINDS = {"mom": "mom_pct", "yoy": "yoy_pct", "ytd": "ytd_pct", "span": "ytd_pct"}
_SUBJECTS = ("name", "whole", "part", "side")
_NUMBERS = ("number", "level")


@dataclass(frozen=True)
class Share:
    """What a figure is of; `is_one` if it is one of several told apart."""

    subject: Subject | None = None
    measure: str = ""
    is_one: bool = False


class Shares:
    """The figures of a sentence that 分别 or "respectively" hands out, in order, to classes or to measures.

    Parameters
    ----------
    found : sequence of Token
        Of the sentence.
    lang : str
        In Chinese the word stands before the figures, in English after them.
    """

    def __init__(self, found: Sequence[Token], lang: str) -> None:
        self.move: Token | None = None
        self._subjects: dict[int, Subject] = {}
        #: Place of a figure → place of the token it is of; −1 = cannot be told.
        self._of: dict[int, int] = {}
        self._found = found
        for at, token in enumerate(found):
            if token.kind == "each":
                self._hand_out(at, lang)

    def _hand_out(self, at: int, lang: str) -> None:
        figures = self._figures(at + 1, 1) if lang == "zh" else self._figures(at - 1, -1)
        if len(figures) < 2:
            return
        before = range(min(at, figures[0]) - 1, -1, -1)
        things: dict[str, list[int]] = {"subject": [], "measure": []}
        for place in before:
            kind = self._found[place].kind
            if kind in _NUMBERS:
                break
            family = "subject" if kind in _SUBJECTS else "measure" if kind in MEASURE_KINDS else ""
            if family:
                things[family].insert(0, place)
        fits = [places for places in things.values() if len(places) == len(figures)]
        for k, figure in enumerate(figures):
            self._of[figure] = fits[0][k] if fits else -1

    def _figures(self, start: int, step: int) -> list[int]:
        places: list[int] = []
        at = start
        while 0 <= at < len(self._found) and self._found[at].kind not in _SUBJECTS:
            if self._found[at].kind in _NUMBERS:
                places.append(at)
            at += step
        return sorted(places)

    def take(self, token: Token, subject: Subject) -> None:
        """Note what a name stands for in its sentence."""
        self._subjects[token.start] = subject

    def of(self, at: int) -> Share | None:
        """Return what the figure at a place is of; None if it cannot be told."""
        if at not in self._of:
            return Share()
        if self._of[at] < 0:
            return None
        token = self._found[self._of[at]]
        if token.kind in MEASURE_KINDS:
            return Share(measure=MEASURE_KINDS[token.kind], is_one=True)
        return Share(subject=self._subjects.get(token.start), is_one=True)
