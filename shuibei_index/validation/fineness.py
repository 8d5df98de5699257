"""Fineness: trade names, marks and numbers → parts per thousand of pure metal, by the names of the time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shuibei_index.index.tree import METALS
from shuibei_index.intake.variants import translation
from shuibei_index.rules import RulesAt
from shuibei_index.validation.batch import Batch, Coded, dense
from shuibei_index.validation.citations import AS_REPORTED, cite, join
from shuibei_index.validation.classify import Classified

STATED, EMPTY, UNKNOWN, AMBIGUOUS = range(4)

_NUMBER = r"\d{1,4}(?:\.\d{1,3})?"
_UNIT = r"‰|%|/1000"
_MARK = re.compile(
    rf"^(?P<metal>au|pt|pd|ag|s|k|g|铂金?|钯金?|银|黄?金)?(?P<number>{_NUMBER})(?P<unit>{_UNIT})?(?P<after>银|铂金?|钯金?|黄?金)?$"
)
# a space or hyphen between a mark and its number; between digits it would make another number
_JOINT = re.compile(r"(?<=[^\W\d_])[\s·\-_]+|\s+(?!\d)|(?<=‰)\s+")
_KARAT = re.compile(
    r"^(?:(?:g|au)?(?P<before>\d{1,2}(?:\.\d{1,2})?)(?:kt?|开)(?:金|黄金?|白金?|玫瑰金?|红金?|彩金?)?|k(?P<behind>\d{1,2}(?:\.\d{1,2})?))$"
)
# a name and its number without brackets: 足金999, 硬足金990‰, 18K750, 925纯银
_NUMBERED = (
    re.compile(rf"^(?P<name>.*[^\d.])(?P<inside>\d{{1,5}}(?:\.\d{{1,3}})?(?:{_UNIT})?)$"),
    re.compile(rf"^(?P<inside>\d{{3}}(?:\.\d{{1,3}})?(?:{_UNIT})?)(?P<name>[^\d.‰%/].*)$"),
)
# a name with its number, or another name, in brackets: 足金(999), 18K(750); full-width brackets are half-width by now
_BRACKETS = re.compile(r"^(?P<name>[^()\[\]【】]+)[(\[【](?P<inside>[^()\[\]【】]+)[)\]】]$")
_RULES = ("fineness_names", "fineness_withdrawn", "fineness_number_min", "karats_of_pure_gold")
_METAL_OF_MARK = {"au": 0, "k": 0, "g": 0, "pt": 1, "pd": 2, "ag": 3, "s": 3, "铂": 1, "钯": 2, "银": 3, "金": 0}


class _Reading(NamedTuple):
    permille: float
    status: int
    metal: int = -1
    withdrawn: bool = False
    rule: str = ""


@dataclass(frozen=True)
class Fineness:
    """Per record: ‰ (0 unless STATED), what was found, the metal named (−1 = none), old name or not, rule used."""

    permille: npt.NDArray[np.float64]
    status: npt.NDArray[np.int8]
    metal: npt.NDArray[np.int8]
    withdrawn: npt.NDArray[np.bool_]
    rule: Coded


def read_fineness(batch: Batch, classified: Classified) -> Fineness:
    """Read the fineness of each record by the names in force in its month, for the metal of its class."""
    column = batch.text["fineness"]
    eras = _eras(classified)
    era_of = np.array([*eras[0], 0], dtype=np.int64)[classified.month]
    combined = (era_of * (len(METALS) + 1) + classified.metal + 1) * (len(column.words) + 1) + column.codes + 1
    # a word is read once for each metal and set of names it really occurs with
    seen, at = dense(combined)
    read = []
    for key in seen.tolist():
        rest, word = divmod(key, len(column.words) + 1)
        era, metal = divmod(rest, len(METALS) + 1)
        text = column.words[word - 1] if word else ""
        read.append(_read(text, metal - 1, eras[1][era]) if eras[1] else _Reading(0.0, EMPTY))
    table = list(zip(*read, strict=True)) if read else [(), (), (), (), ()]
    rules = sorted({rule for rule in table[4] if rule})
    place = {rule: k for k, rule in enumerate(rules)}
    return Fineness(
        np.array(table[0], dtype=np.float64)[at],
        np.array(table[1], dtype=np.int8)[at],
        np.array(table[2], dtype=np.int8)[at],
        np.array(table[3], dtype=bool)[at],
        Coded(np.array([place.get(rule, -1) for rule in table[4]], dtype=np.int32)[at], rules),
    )


def _eras(classified: Classified) -> tuple[list[int], list[RulesAt]]:
    """Return for each month the number of its set of names, and one month's rules for each set."""
    number: dict[tuple[object, ...], int] = {}
    first: list[RulesAt] = []
    result = []
    for rules in classified.rules:
        key = tuple(id(rules.entries.get(name)) for name in _RULES)
        if key not in number:
            number[key] = len(first)
            first.append(rules)
        result.append(number[key])
    return result, first


def parse_fineness(text: str, metal: int, rules: RulesAt) -> tuple[float, int, int, bool]:
    """Return parts per thousand, status, metal named (−1 = none) and whether the name is no longer in use.

    Parameters
    ----------
    text
        What the firm wrote, half-width, without outer spaces.
    metal
        Position in METALS of the metal of the class, −1 = none.
    rules
        The rules of the record's month.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> rules = Rules.load().at("2025-06")
    >>> parse_fineness("18K", 0, rules), parse_fineness("Pt950", 1, rules)
    ((750.0, 0, 0, False), (950.0, 0, 1, False))
    >>> parse_fineness("0.999", 0, rules)[1] == AMBIGUOUS
    True
    """
    read = _read(text, metal, rules)
    return read.permille, read.status, read.metal, read.withdrawn


def _read(text: str, metal: int, rules: RulesAt) -> _Reading:
    bracketed = _BRACKETS.match(text)
    if bracketed is not None:
        return _both(*(_read(bracketed[part].strip(), metal, rules) for part in ("name", "inside")))
    word = _JOINT.sub("", text).casefold().translate(translation())
    if not word:
        return _Reading(0.0, EMPTY)
    named = _named(word, metal, rules)
    if named is not None:
        return named
    karat = _KARAT.match(word)
    if karat is not None:
        return _karat(float(karat["before"] or karat["behind"]), rules)
    mark = _MARK.match(word)
    if mark is not None:
        return _marked(mark, rules)
    for pattern in _NUMBERED:
        numbered = pattern.match(word)
        if numbered is not None:
            name = _named(numbered["name"], metal, rules)
            karat = _KARAT.match(numbered["name"])
            if name is None and karat is not None:
                name = _karat(float(karat["before"] or karat["behind"]), rules)
            if name is not None:
                return _both(name, _read(numbered["inside"], metal if name.metal < 0 else name.metal, rules))
    return _Reading(0.0, UNKNOWN)


def _named(word: str, metal: int, rules: RulesAt) -> _Reading | None:
    # the names of the class's own metal first: 千足 says nothing about which metal
    for k in dict.fromkeys([metal, *range(len(METALS))]):
        if k >= 0:
            names: dict[str, float] = rules["fineness_names"].get(METALS[k], {})
            found = {name.casefold(): name for name in names}.get(word)
            if found is not None:
                old = word in {w.casefold() for w in rules["fineness_withdrawn"]}
                cited = cite(rules, "fineness_names", METALS[k], found)
                return _Reading(float(names[found]), STATED, k, old, cited)
    return None


def _karat(karats: float, rules: RulesAt) -> _Reading:
    """Return what so many karats are: what the standard names, else the share of pure gold to 0.1 ‰."""
    gold = METALS.index("gold")
    named = _named(f"{karats:g}k", gold, rules)
    if named is not None:
        return named
    if "karats_of_pure_gold" not in rules.entries:
        # rules frozen with a release before this one was written: other K were not read then, nor are they in a replay
        return _Reading(0.0, UNKNOWN)
    permille = round(1000.0 * karats / float(rules["karats_of_pure_gold"]), 1)
    if not float(rules["fineness_number_min"]) <= permille <= 1000.0:
        return _Reading(karats, AMBIGUOUS)
    return _Reading(permille, STATED, gold, rule=cite(rules, "karats_of_pure_gold"))


def _marked(mark: re.Match[str], rules: RulesAt) -> _Reading:
    number = float(mark["number"])
    if mark["unit"] == "%":
        number *= 10
    elif mark["unit"] is None and number < float(rules["fineness_number_min"]):
        # 0.999, 99.9 and 18 may each mean a share, per cent or karat: not ours to decide
        return _Reading(number, AMBIGUOUS)
    if not 0 < number <= 1000:
        return _Reading(number, AMBIGUOUS)
    named = mark["metal"] or mark["after"] or ""
    named_metal = next((k for sign, k in _METAL_OF_MARK.items() if sign == named), -1)
    if named_metal < 0 and named:
        named_metal = next(k for sign, k in _METAL_OF_MARK.items() if sign in named and not sign.isascii())
    rule = AS_REPORTED if mark["unit"] else cite(rules, "fineness_number_min")
    return _Reading(number, STATED, named_metal, rule=rule)


def _both(name: _Reading, inside: _Reading) -> _Reading:
    """Return what a name and the text in brackets after it say together.

    A name is a minimum (足金 = at least 990): a number not below it says more. Two metals, or less than the name
    promises, contradict each other.
    """
    if name.status != STATED or inside.status != STATED:
        unclear = AMBIGUOUS in (name.status, inside.status) and UNKNOWN not in (name.status, inside.status)
        return _Reading(0.0, AMBIGUOUS if unclear else UNKNOWN)
    metals = {read.metal for read in (name, inside) if read.metal >= 0}
    if len(metals) > 1 or inside.permille < name.permille:
        return _Reading(inside.permille, AMBIGUOUS)
    old = name.withdrawn or inside.withdrawn
    return _Reading(inside.permille, STATED, next(iter(metals), -1), old, join(name.rule, inside.rule))
