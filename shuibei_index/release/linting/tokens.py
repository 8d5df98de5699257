"""The words a linter knows: months, classes, measures, directions, numbers with their units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shuibei_index.release.words import MONTHS_EN

MONTH_NAMES = [name.lower() for name in MONTHS_EN]
_EN_MONTH = "|".join(m.capitalize() for m in MONTH_NAMES)

#: Patterns in the order in which they are tried at each place.
_ZH: tuple[tuple[str, str], ...] = (
    ("skip", r"[(（][^()（）]*\d{4}年(?:\d{1,2}月)?(?:平均)?\s*=\s*1000?[^()（）]*[)）]|第\s*\d+\s*(?:页|号|条|号令)"),
    ("span", r"(?:\d{4}年)?1\s*[—–-]\s*(?P<zspan>1[0-2]|[1-9])\s*月(?:份)?(?:平均)?"),
    ("month", r"(?P<zyear>\d{4})\s*年\s*(?P<zmonth>1[0-2]|0?[1-9])\s*月(?:份)?(?!\d*日)(?!\s*\d{1,2}\s*日)"),
    ("streak", r"连续(?P<zn>\d+|[一二两三四五六七八九十]+)个月(?:环比|同比)?(?P<zs>上涨|上升|下降|下跌|回落)"),
    ("record", r"(?:创(?:下)?)?(?:历史)?新(?P<zr>高|低)|历史最(?P<zr2>高|低)"),
    ("count", r"(?P<zc>上涨|下降|下跌|持平)的(?:有)?(?P<zcn>\d+)个"),
    ("ratio", r"贡献率"),
    ("gap", r"(?:涨幅|降幅|增幅|跌幅)[^，。；]{0,12}?(?:扩大|收窄|回落|提高|缩小)"),
    ("points", r"(?:影响|拉动|拉低|贡献)(?!较大|最大|率)(?:当月|当期)?(?:总指数|指数)?"),
    ("tax", r"不含税|税收规定"),
    ("sa", r"季节调整后|经季节调整|季调后"),
    ("side", r"景气指数|(?P<zside>规模|效益|信心)指数"),
    ("yoy", r"同比|比上年同月|较上年同月|与上年同月相比"),
    ("ytd", r"累计|比上年同期|较上年同期"),
    ("mom", r"环比|比上月|较上月"),
    ("part", r"(?P<zpart>料价|工费|石价)"),
    ("stop", r"回收率|权数|插补比重|税负|税率|占(?:比|销售额)|不低于|置信|区间"),
    ("about", r"约|近|左右"),
)
_EN: tuple[tuple[str, str], ...] = (
    ("skip", r"\([^()]*\b\d{4}(?: average)?\s*=\s*1000?[^()]*\)|(?:Order|No\.|page|p\.)\s*\d+"),
    ("span", rf"January (?:to|through|-|–) (?P<espan>{_EN_MONTH})(?: \d{{4}})?"),
    ("month", rf"(?<!\d )(?P<emonth>{_EN_MONTH}) (?P<eyear>\d{{4}})"),
    (
        "streak",
        r"(?:for the )?(?P<en>\d+|two|three|four|five|six)(?:rd|th|nd)? (?:consecutive |straight )?months? in a row"
        r"|for the (?P<en2>second|third|fourth|fifth|sixth) (?:consecutive|straight) month",
    ),
    ("record", r"(?:record|all-time) (?P<er>high|low)"),
    ("count", r"(?P<ecn>\d+) (?P<ec>rose|fell|(?:were |was )?unchanged)"),
    ("ratio", r"contribution rate|accounted for"),
    ("points", r"added|took off|contributed"),
    ("tax", r"index without tax|the tax changed"),
    ("sa", r"seasonally adjusted"),
    ("side", r"prosperity index|index of (?P<eside>scale|efficiency|confidence)"),
    ("ytd", r"(?:from|than|over|on) the same months|year to date|same period (?:of )?(?:last year|a year earlier)"),
    (
        "yoy",
        r"(?:from|than|over|on) the same month|(?:from|than|on|over) (?:the |a )?year(?: earlier)?|year[- ]on[- ]year"
        r"|year[- ]over[- ]year",
    ),
    ("mom", r"(?:from|than|on|over) (?:the )?(?:previous )?month|month[- ]on[- ]month|month[- ]over[- ]month"),
    ("part", r"(?P<epart>metal|making[- ]charge|stone)s?(?= (?:price )?(?:index|component|rose|fell|added))"),
    ("stop", r"response|weight|imput|interval|turnover|VAT|or more"),
    ("about", r"about|around|nearly|roughly"),
)
_UP_ZH, _DOWN_ZH = "上涨|上升|回升|增长|走高|涨|升", "下降|下跌|回落|下滑|走低|降|跌"
_UP_EN, _DOWN_EN = "rose|rise[ns]?|increased|gained|climbed|up", "fell|fall(?:en|s)?|declined|dropped|decreased|down"
_NUMBER = (
    r"(?<![\d.A-Za-z\-])(?P<value>[-−+]?\d+(?:,\d{3})*(?:\.\d+)?)\s*(?P<unit>个?百分点|%|percentage points?|"
    r"percent\b|per cent\b|点(?!\d)|points?\b)"
)  # fmt: skip
_BARE = (
    r"(?P<bare>(?:为|报|收于|stood at|stands at)\s*(?P<level>\d+\.\d+)(?![\d%]|\s*(?:点|points?|%|percent|per cent)))"
)


@dataclass(frozen=True)
class Token:
    """A word that means something, where it stands in its sentence."""

    kind: str
    text: str
    start: int
    end: int
    value: str = ""


def lexer(names: Mapping[str, tuple[str, ...]], title: str, lang: str) -> re.Pattern[str]:
    """Return the pattern of one language, with the release's own names of classes, the longest first."""
    known = sorted({n for n in names if n} | {title}, key=len, reverse=True)
    flags = re.IGNORECASE if lang == "en" else 0
    if lang == "en":
        classes = rf"(?P<name>(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w))|\b(?P<whole>the index|headline)\b"
        moves = rf"\b(?P<up>{_UP_EN})\b|\b(?P<down>{_DOWN_EN})\b|\b(?P<flat>unchanged|flat)\b"
        plain = [
            f"\\b(?P<k_{kind}>{text})" if kind not in ("skip", "count", "month") else f"(?P<k_{kind}>{text})"
            for kind, text in _EN
        ]
    else:
        classes = rf"(?P<name>{'|'.join(map(re.escape, known))})|(?P<whole>总指数|本指数)"
        moves = rf"(?P<up>{_UP_ZH})(?!幅|跌)|(?P<down>{_DOWN_ZH})(?!幅)|(?P<flat>持平)"
        plain = [f"(?P<k_{kind}>{text})" for kind, text in _ZH]
    return re.compile("|".join([classes, plain[0], _BARE, _NUMBER, plain[2], plain[1], *plain[3:], moves]), flags)


def tokens(pattern: re.Pattern[str], sentence: str) -> list[Token]:
    """Return the tokens of a sentence in their order."""
    return [_token(m) for m in pattern.finditer(sentence)]


def _token(match: re.Match[str]) -> Token:
    found = {k: v for k, v in match.groupdict().items() if v is not None}
    kind = next((k[2:] for k in found if k.startswith("k_")), "")
    value = ""
    if not kind:
        kind = next(k for k in ("bare", "unit", "name", "whole", "up", "down", "flat") if k in found)
        value = found.get("level") or found.get("value", "").replace(",", "").replace("−", "-").removeprefix("+")
        kind = {"unit": "number", "bare": "level"}.get(kind, kind)
    elif kind == "month":
        year, number = found.get("zyear") or found.get("eyear", ""), found.get("zmonth", "")
        number = number or str(MONTH_NAMES.index(found["emonth"].lower()) + 1)
        value = f"{year}-{int(number):02d}"
    elif kind == "span":
        value = found.get("zspan") or str(MONTH_NAMES.index(found["espan"].lower()) + 1)
    elif kind == "part":
        word = found.get("zpart") or found.get("epart", "").lower()
        value = {"料价": "metal", "metal": "metal", "石价": "stone", "stone": "stone"}.get(word, "making")
    elif kind == "side":
        word = found.get("zside") or found.get("eside", "").lower()
        value = {"规模": "scale", "效益": "efficiency", "信心": "confidence"}.get(word, word) or "total"
    elif kind == "record":
        word = found.get("zr") or found.get("zr2") or found.get("er", "")
        value = "high" if word.lower() in ("高", "high") else "low"
    elif kind == "count":
        word = (found.get("zc") or found.get("ec", "")).lower()
        flat = "持平" in word or "unchanged" in word
        way = "flat" if flat else "up" if word in ("上涨", "rose") else "down"
        value = f"{way}:{found.get('zcn') or found.get('ecn')}"
    elif kind == "streak":
        value = _streak(found)
    return Token(kind, match[0], match.start(), match.end(), value)


def _streak(found: Mapping[str, str]) -> str:
    word = found.get("zn") or found.get("en") or found.get("en2", "")
    digits = dict(zip("一二三四五六七八九十", range(1, 11), strict=True)) | {"两": 2}
    english = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
    english |= {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6}
    if word.isdigit():
        number = int(word)
    elif word.lower() in english:
        number = english[word.lower()]
    else:
        number = sum(digits[c] for c in word)
    way = "" if "zs" not in found else "up" if found["zs"] in ("上涨", "上升") else "down"
    return f"{way}:{number}"
