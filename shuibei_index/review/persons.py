"""Persons: when two spellings of a name are one person, and what somebody signs as."""

from __future__ import annotations

import unicodedata

from shuibei_index.errors import UsageError, did_you_mean

#: Roles, Chinese as kept in the ledger, and the English words that stand for them.
REVIEWER, ISSUER = "审核", "签发"
ROLES = {REVIEWER: "review", ISSUER: "issue"}


def person_key(name: str) -> str:
    """Return what is the same for trivially different spellings of a name: width, case, spaces and signs do not count.

    Raises
    ------
    UsageError
        Nothing is left: it is no name.

    Examples
    --------
    >>> person_key(" 王 敏 ") == person_key("王敏"), person_key("Ｌｉ  Na") == person_key("li-na")
    (True, True)
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    key = "".join(c for c in folded if unicodedata.category(c)[0] in "LNM")
    if not key:
        raise UsageError(f"{name!r} is no name of a person", zh=f"{name!r} 不是人名")
    return key


def role_of(text: str) -> str:
    """Return a role as it is kept; "" stays "".

    Raises
    ------
    UsageError
        There is no such role.

    Examples
    --------
    >>> role_of("issue"), role_of("审核")
    ('签发', '审核')
    """
    given = text.strip()
    found = {**{zh: zh for zh in ROLES}, **{en: zh for zh, en in ROLES.items()}, "": ""}.get(given.lower())
    if found is None:
        raise UsageError(
            f"no role {text!r}{did_you_mean(given, [*ROLES, *ROLES.values()])}; expected 审核 (review) or 签发 (issue)",
            zh=f"没有角色 {text}，应为 审核 或 签发",
        )
    return found
