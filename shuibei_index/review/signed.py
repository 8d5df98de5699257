"""Signed: what a sign-off is of, which sign-offs still count, and what changed under those that do not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from shuibei_index.review.persons import person_key

#: What of the signed content changed, Chinese and English; by the first names that fit.
_WORDS: dict[tuple[str, ...], tuple[str, str]] = {
    ("release",): ("发布名称", "the name of the release"),
    ("previous",): ("前一次发布", "the release before"),
    ("inputs", "months"): ("采用记录", "accepted records"),
    ("inputs", "decisions"): ("对记录的决定", "decisions on records"),
    ("inputs", "replacements"): ("规格品替换决定", "decisions on replacements"),
    ("inputs", "files"): ("工作区文件", "files of the workspace"),
    ("inputs", "rules"): ("规则", "rules"),
    ("inputs", "own_rules"): ("工作区规则", "rules of the workspace"),
    ("inputs", "own_checks"): ("工作区审核项", "checks of the workspace"),
    ("inputs", "trees"): ("分类树", "classification trees"),
    ("looked_at", "queries"): ("质疑及其处理", "queries and what became of them"),
    ("looked_at",): ("本月收到的报表及审核结果", "files received and findings of the month"),
    ("signatories",): ("可签字人名单", "the list of who may sign"),
    ("code",): ("程序", "the program"),
    ("engine",): ("季节调整程序", "the program of the seasonal adjustment"),
}
_NAMES = 4

LIST_COLUMNS = (
    "sign_off", "release", "person", "role", "signed_at", "note", "counts", "why_zh", "why_en",
)  # fmt: skip


def signed_bytes(content: Mapping[str, Any]) -> bytes:
    """Return what is signed as bytes that depend on the content alone."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def signed_digest(content: Mapping[str, Any]) -> str:
    """Return the digest of what is signed: the name of its object in the store."""
    return hashlib.sha256(signed_bytes(content)).hexdigest()


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what differs between two contents that were or would be signed, Chinese and English.

    Examples
    --------
    >>> changes({"inputs": {"files": {"weights.csv": "a"}}}, {"inputs": {"files": {"weights.csv": "b"}}})
    [('工作区文件 weights.csv', 'files of the workspace weights.csv')]
    """
    then, today = _leaves(before), _leaves(now)
    differ = sorted(path for path in then.keys() | today.keys() if then.get(path) != today.get(path))
    grouped: dict[tuple[str, str], list[str]] = {}
    for path in differ:
        key = max((k for k in _WORDS if path[: len(k)] == k), key=len, default=None)
        words, rest = (_WORDS[key], path[len(key) :]) if key else ((".".join(path),) * 2, ())
        grouped.setdefault(words, []).extend(rest[:1])
    return [(f"{zh} {named}".strip(), f"{en} {named}".strip())
            for (zh, en), names in grouped.items() for named in [_few(names)]]  # fmt: skip


def standing_sign_offs(
    rows: pd.DataFrame, release: str, content: Mapping[str, Any], read: Callable[[str], bytes]
) -> pd.DataFrame:
    """Return the sign-offs of a release, each with whether it counts and, if not, why.

    Parameters
    ----------
    rows : DataFrame
        `Register.sign_offs` of the month, in order.
    release : str
    content : mapping
        What would be released now.
    read : callable
        Returns the object of a digest.

    Returns
    -------
    DataFrame
        sign_off (number), release, person, role, signed_at, note, counts, why_zh, why_en. Of one person, however
        spelt, the last word counts.
    """
    digest = signed_digest(content)
    last: dict[str, tuple[int, str]] = {}
    for row in rows[rows["release"] == release].to_dict("records"):
        last[person_key(str(row["person"]))] = (int(row["sign_off"]), str(row["action"]))
    found = []
    for row in rows[rows["action"] == "sign"].to_dict("records"):
        number, action = last.get(person_key(str(row["person"])), (int(row["sign_off"]), "sign"))
        why = ("", "")
        if row["release"] != release:
            why = (f"签的是 {row['release']}，不是 {release}", f"it is of {row['release']}, not of {release}")
        elif number != row["sign_off"]:
            why = ("本人已撤回", "taken back") if action == "withdraw" else ("本人后来重新签字", "signed anew later")
        elif row["signed"] != digest:
            listed = changes(json.loads(read(str(row["signed"]))), content)
            zh, en = "；".join(t[0] for t in listed), "; ".join(t[1] for t in listed)
            why = (f"签字后有变动：{zh}", f"changed since: {en}")
        found.append([row[c] for c in LIST_COLUMNS[:6]] + [not why[0], *why])
    return pd.DataFrame(found, columns=list(LIST_COLUMNS))


def _leaves(content: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    if isinstance(content, Mapping):
        found: dict[tuple[str, ...], str] = {}
        for key, value in content.items():
            found |= _leaves(value, (*path, str(key)))
        return found
    return {path: json.dumps(content, sort_keys=True)}


def _few(names: list[str]) -> str:
    names = list(dict.fromkeys(names))
    return ", ".join(names[:_NAMES]) + (f" … ({len(names)})" if len(names) > _NAMES else "")
