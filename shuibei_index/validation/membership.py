"""Checks against the lists of the office: months, panel of enterprises, classification tree."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months
from shuibei_index.errors import did_you_mean
from shuibei_index.validation.batch import Mask, clean
from shuibei_index.validation.classify import INNER, NOT_YET, OTHER_YEAR, UNKNOWN
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.registry import Found, Rows, check, detail

_NEVER = 10**6


@check("period_format", "period")
def period_format(facts: Facts) -> Found:
    """Find months that are none: 2025-13, 2025-6, 202506."""
    return (facts.batch.text["period"].codes >= 0) & (facts.classified.reported_month < 0)


@check("period_uncovered", "period")
def period_uncovered(facts: Facts) -> Found:
    """Find months before the rules and trees begin, or beyond the last month the package knows."""
    return (facts.classified.reported_month >= 0) & (facts.classified.month < 0)


@check("period_future", "period")
def period_future(facts: Facts) -> Found:
    """Find months later than the one the file was sent for."""
    return _inbox(facts) & (facts.classified.reported_month > facts.inbox_month)


@check("wrong_month", "period")
def wrong_month(facts: Facts) -> Found:
    """Find rows of an earlier month in a file that also has rows of another month."""
    return _earlier(facts) & ~facts.file_of_one_month


@check("late", "period")
def late(facts: Facts) -> Found:
    """Find rows of a file that is all of one earlier month: late, and used for that month."""
    return late_file(facts)


def late_file(facts: Facts) -> Mask:
    """Tell for each record whether its file is all of one month before the one it was sent for."""
    return _earlier(facts) & facts.file_of_one_month


@detail("period_future", "wrong_month", "late")
def _inbox_month(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    numbers, at = np.unique(facts.inbox_month[rows], return_inverse=True)
    return {"expected": np.array([months.label(int(number)) for number in numbers], dtype=np.str_)[at]}


def _inbox(facts: Facts) -> Mask:
    return (facts.inbox_month >= 0) & (facts.classified.reported_month >= 0)


def _earlier(facts: Facts) -> Mask:
    return _inbox(facts) & (facts.classified.reported_month < facts.inbox_month)


@check("enterprise_unknown", "enterprise_id")
def enterprise_unknown(facts: Facts) -> Found:
    """Find firms that are not in the panel; nothing is checked where no panel is given."""
    ids = facts.batch.text["enterprise_id"]
    known = {row[0] for row in _register(facts)}
    if not known:
        return np.zeros(facts.batch.size, dtype=bool)
    unknown = ids.lookup(lambda word: word not in known, False, np.bool_).astype(bool)
    return unknown[ids.codes]


@detail("enterprise_unknown")
def _near_ids(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    known = tuple(row[0] for row in _register(facts))
    near = lru_cache(maxsize=None)(lambda word: did_you_mean(word, known))
    ids = facts.batch.text["enterprise_id"]
    # a file of nothing but unknown ids gets no hints: comparing every id with every other takes too long
    codes, at = np.unique(ids.codes[rows], return_inverse=True)
    hints = [near(ids.words[code]) if codes.size <= 50 else "" for code in codes.tolist()]
    return _in_both_languages(np.array(hints, dtype=np.str_)[at])


def _in_both_languages(hints: npt.NDArray[np.str_]) -> dict[str, Any]:
    words, at = np.unique(hints, return_inverse=True)
    zh = [
        w.replace("; did you mean ", "；是否应为 ").replace(" or ", " 或 ").replace("?", "？") for w in words.tolist()
    ]
    return {"hint_en": hints, "hint_zh": np.array(zh, dtype=np.str_)[at]}


@check("enterprise_inactive", "enterprise_id")
def enterprise_inactive(facts: Facts) -> Found:
    """Find firms of the panel that had not yet joined, or had left, in the month of the record."""
    ids = facts.batch.text["enterprise_id"]
    since, until = {}, {}
    for enterprise, joined, left in _register(facts):
        since[enterprise] = months.ordinal(joined[:7]) if joined else -1
        until[enterprise] = months.ordinal(left[:7]) if left else _NEVER
    if not since:
        return np.zeros(facts.batch.size, dtype=bool)
    first = ids.lookup(lambda word: since.get(word, -1), -1, np.int64)[ids.codes]
    last = ids.lookup(lambda word: until.get(word, _NEVER), _NEVER, np.int64)[ids.codes]
    month = facts.classified.reported_month
    return (month >= 0) & ((month < first) | (month > last))


@detail("enterprise_inactive")
def _active(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    spans = {enterprise: f"{joined or '…'} – {left or '…'}" for enterprise, joined, left in _register(facts)}
    ids = facts.batch.text["enterprise_id"]
    return {"expected": ids.lookup(lambda word: spans.get(word, ""), "", np.str_)[ids.codes[rows]]}


@check("file_of_another", "enterprise_id")
def file_of_another(facts: Facts) -> Found:
    """Find rows of one firm in a file that is named after another: it must not replace what the firm sent itself.

    Firms of one owner may report for one another. A file whose name begins with no firm's code may hold anybody's rows.
    """
    sender, owner = _senders(facts)
    ids, files = facts.batch.text["enterprise_id"], facts.batch.text["file"]
    known = {row[0]: n for n, row in enumerate(_register(facts))}
    named = files.lookup(lambda word: known.get(sender(word), -1), -1, np.int64)[files.codes]
    own = ids.lookup(lambda word: known.get(word, -1), -1, np.int64)[ids.codes]
    same = np.append(owner, -1)
    return np.asarray((named >= 0) & (own >= 0) & (named != own) & (same[named] != same[own]))


@detail("file_of_another")
def _sender(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    sender, _ = _senders(facts)
    files = facts.batch.text["file"]
    return {"expected": files.lookup(sender, "", np.str_)[files.codes[rows]]}


def _senders(facts: Facts) -> tuple[Callable[[str], str], npt.NDArray[np.int64]]:
    """Return what tells after which firm a file is named ("" = none), and a number for the owner of each firm."""
    codes = [row[0] for row in _register(facts)]
    if not codes:
        return lambda name: "", np.zeros(0, dtype=np.int64)
    longest = sorted(codes, key=len, reverse=True)
    # a name is typed by hand: full width or small letters are the same code
    begins = re.compile(f"({'|'.join(map(re.escape, longest))})(?![0-9A-Za-z])", re.IGNORECASE)
    spelled = {code.casefold(): code for code in codes}
    panel = facts.panel
    owners = [""] * len(codes)
    if panel is not None and "owner" in panel.columns:
        owners = panel["owner"].fillna("").astype(str).map(clean).tolist()
    # who names no owner is his own
    number, _ = pd.factorize(np.array([f"o:{o}" if o else f"e:{c}" for o, c in zip(owners, codes, strict=True)]))

    def sender(name: str) -> str:
        found = begins.match(unicodedata.normalize("NFKC", name.rpartition("/")[2]).strip())
        return spelled.get(found[1].casefold(), "") if found else ""

    return sender, number.astype(np.int64)


def _register(facts: Facts) -> list[tuple[str, str, str]]:
    return [] if facts.panel is None else register(facts.panel)


def register(panel: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return (enterprise_id, joined, left) of each firm of a panel, as clean text, '' = empty."""
    columns = [
        panel[name].fillna("").astype(str).map(clean) if name in panel.columns else pd.Series("", index=panel.index)
        for name in ("enterprise_id", "joined", "left")
    ]
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _class_status(facts: Facts, status: int) -> Mask:
    given = facts.batch.text["class_code"].codes >= 0
    return np.asarray(given & (facts.classified.status_of_cell[facts.classified.cell] == status))


@check("class_unknown", "class_code")
def class_unknown(facts: Facts) -> Found:
    """Find codes that no tree knows."""
    return _class_status(facts, UNKNOWN)


@detail("class_unknown")
def _near_classes(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    words = facts.batch.text["class_code"]
    codes, at = np.unique(words.codes[rows], return_inverse=True)
    hints = [
        did_you_mean(words.words[code], facts.classified.classes) if codes.size <= 50 else "" for code in codes.tolist()
    ]
    return _in_both_languages(np.array(hints, dtype=np.str_)[at])


@check("class_not_leaf", "class_code")
def class_not_leaf(facts: Facts) -> Found:
    """Find classes that have classes below them: a record must say which."""
    return _class_status(facts, INNER)


@check("class_not_in_year", "class_code")
def class_not_in_year(facts: Facts) -> Found:
    """Find classes of another year's tree, or not yet introduced in the month."""
    return _class_status(facts, OTHER_YEAR) | _class_status(facts, NOT_YET)


@detail("class_not_leaf", "class_not_in_year")
def _class_names(facts: Facts, rows: Rows, column: str) -> dict[str, Any]:
    names: npt.NDArray[np.str_] = np.array([*facts.classified.names_zh, ""], dtype=np.str_)
    return {"name": names[facts.classified.cell[rows] % (len(facts.classified.classes) + 1)]}


@check("toll_class", "trade_type")
def toll_class(facts: Facts) -> Found:
    """Find toll work outside the class of toll charges, or other trade inside it: kept, but in no price index."""
    cells = facts.classified
    fed_by_toll = cells.per_cell(lambda rules, code, *_: code.startswith(tuple(rules["toll_classes"])), False, np.bool_)
    return facts.in_tree & (facts.toll != fed_by_toll[cells.cell])
