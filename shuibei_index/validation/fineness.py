"""Fineness: trade names, marks and numbers → parts per thousand of pure metal, by the names of the time."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.index.tree import METALS
from shuibei_index.rules import RulesAt
from shuibei_index.validation.batch import Batch, dense
from shuibei_index.validation.classify import Classified

STATED, EMPTY, UNKNOWN, AMBIGUOUS = range(4)

_MARK = re.compile(
    r"^(?P<metal>au|pt|pd|ag|s|k|g|铂金?|钯金?|银|黄金|足金|足铂|足钯|足银|千足金|千足铂|千足银)?"
    r"(?P<number>\d{1,4}(?:\.\d{1,3})?)(?P<unit>‰|%)?(?P<after>银|铂金?|钯金?)?$"
)
# a space or hyphen between a mark and its number; between digits it would make another number
_JOINT = re.compile(r"(?<=[^\W\d_])[\s·\-_]+|\s+(?!\d)|(?<=‰)\s+")
_KARAT = re.compile(r"^(\d{1,2}k)(金|黄金?|白金?|玫瑰金?|红金?)$")
# a name with its number, or another name, in brackets: 足金(999), 18K(750); full-width brackets are half-width by now
_BRACKETS = re.compile(r"^(?P<name>[^()\[\]【】]+)[(\[【](?P<inside>[^()\[\]【】]+)[)\]】]$")
_METAL_OF_MARK = {"au": 0, "k": 0, "g": 0, "pt": 1, "pd": 2, "ag": 3, "s": 3, "铂": 1, "钯": 2, "银": 3, "金": 0}


@dataclass(frozen=True)
class Fineness:
    """Per record: ‰ (0 unless STATED), what was found, the metal named (−1 = none), old name or not."""

    permille: npt.NDArray[np.float64]
    status: npt.NDArray[np.int8]
    metal: npt.NDArray[np.int8]
    withdrawn: npt.NDArray[np.bool_]


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
        read.append(parse_fineness(text, metal - 1, eras[1][era]) if eras[1] else (0.0, EMPTY, -1, False))
    table = list(zip(*read, strict=True)) if read else [(), (), (), ()]
    return Fineness(
        np.array(table[0], dtype=np.float64)[at],
        np.array(table[1], dtype=np.int8)[at],
        np.array(table[2], dtype=np.int8)[at],
        np.array(table[3], dtype=bool)[at],
    )


def _eras(classified: Classified) -> tuple[list[int], list[RulesAt]]:
    """Return for each month the number of its set of names, and one month's rules for each set."""
    number: dict[tuple[int, int, float], int] = {}
    first: list[RulesAt] = []
    result = []
    for rules in classified.rules:
        key = (id(rules["fineness_names"]), id(rules["fineness_withdrawn"]), float(rules["fineness_number_min"]))
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
    bracketed = _BRACKETS.match(text)
    if bracketed is not None:
        return _both(*(parse_fineness(bracketed[part].strip(), metal, rules) for part in ("name", "inside")))
    word = _KARAT.sub(r"\1", _JOINT.sub("", text).casefold())
    if not word:
        return 0.0, EMPTY, -1, False
    old = word in {w.casefold() for w in rules["fineness_withdrawn"]}
    # the names of the class's own metal first: 千足 says nothing about which metal
    for k in dict.fromkeys([metal, *range(len(METALS))]):
        if k >= 0:
            names: dict[str, float] = rules["fineness_names"].get(METALS[k], {})
            found = {name.casefold(): value for name, value in names.items()}.get(word)
            if found is not None:
                return float(found), STATED, k, old
    mark = _MARK.match(word)
    if mark is None:
        return 0.0, UNKNOWN, -1, False
    number = float(mark["number"])
    if mark["unit"] == "%":
        number *= 10
    elif mark["unit"] is None and number < float(rules["fineness_number_min"]):
        # 0.999, 99.9 and 18 may each mean a share, per cent or karat: not ours to decide
        return number, AMBIGUOUS, -1, False
    if not 0 < number <= 1000:
        return number, AMBIGUOUS, -1, False
    named = mark["metal"] or mark["after"] or ""
    named_metal = next((k for sign, k in _METAL_OF_MARK.items() if sign == named), -1)
    if named_metal < 0 and named:
        named_metal = next(k for sign, k in _METAL_OF_MARK.items() if sign in named and not sign.isascii())
    return number, STATED, named_metal, old


def _both(name: tuple[float, int, int, bool], inside: tuple[float, int, int, bool]) -> tuple[float, int, int, bool]:
    """Return what a name and the text in brackets after it say together.

    A name is a minimum (足金 = at least 990): a number not below it says more. Two metals, or less than the name
    promises, contradict each other.
    """
    if name[1] != STATED or inside[1] != STATED:
        return 0.0, UNKNOWN, -1, False
    metals = {code for code in (name[2], inside[2]) if code >= 0}
    if len(metals) > 1 or inside[0] < name[0]:
        return inside[0], AMBIGUOUS, -1, False
    return inside[0], STATED, next(iter(metals), -1), name[3] or inside[3]
