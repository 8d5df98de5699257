"""Numbers in words: 百分之十八, 一成五, "seventeen percent", each with the precision it is said with."""

from __future__ import annotations

_DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"〇": 0, "两": 2}
_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_HAN = r"[零〇一二三四五六七八九十百两]+"
_UNDER_TWENTY = "|".join(sorted(_ONES, key=len, reverse=True))
_WORD = rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_ONES[1:10])}))?|{_UNDER_TWENTY})"
#: 成 is also the first half of other words: 成交, 成本, 成色.
ZH = (
    rf"百分之(?P<zhan>{_HAN}(?:点{_HAN})?)"
    r"|(?P<zten>[一二三四五六七八九两])成(?P<zhalf>[一二三四五六七八九半])?(?![交本色份为员立品长])"
)
EN = rf"\b(?P<eword>{_WORD})\s+(?:percentage points?|percent\b|per cent\b)"


def chinese(word: str) -> int:
    """Return a Chinese number below a thousand.

    Examples
    --------
    >>> chinese("十八"), chinese("二十"), chinese("一百零五")
    (18, 20, 105)
    """
    whole, digit = 0, 0
    for sign in word:
        if sign in ("十", "百"):
            whole += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[sign]
    return whole + digit


def percent(word: str) -> str:
    """Return 百分之's number as digits.

    Examples
    --------
    >>> percent("十七点一"), percent("三")
    ('17.1', '3')
    """
    before, point, after = word.partition("点")
    return str(chinese(before)) + ("." + "".join(str(_DIGITS.get(sign, 0)) for sign in after) if point else "")


def tenths(ten: str, more: str) -> str:
    """Return 成 as percent; without a second digit it is said to the nearest ten.

    Examples
    --------
    >>> tenths("一", "五"), tenths("两", "")
    ('15', '2E+1')
    """
    if not more:
        return f"{_DIGITS[ten]}E+1"
    return str(10 * _DIGITS[ten] + (5 if more == "半" else _DIGITS[more]))


def english(word: str) -> str:
    """Return an English number below a hundred as digits.

    Examples
    --------
    >>> english("seventeen"), english("twenty-one")
    ('17', '21')
    """
    first, _, second = word.lower().replace("-", " ").partition(" ")
    if first in _ONES:
        return str(_ONES.index(first))
    return str(10 * (_TENS.index(first) + 2) + (_ONES.index(second.strip()) if second.strip() else 0))
