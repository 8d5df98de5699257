"""The words a linter knows: months, classes, measures, directions, numbers with their units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shuibei_index import months
from shuibei_index.release.linting import numerals
from shuibei_index.release.words import MONTHS_EN

MONTH_NAMES = [name.lower() for name in MONTHS_EN]
_EN_MONTH = "|".join(m.capitalize() for m in MONTH_NAMES)

# within a look-ahead the word needs no name
_SPOKEN = numerals.EN.replace("(?P<eword>", "(?:")

#: Patterns by kind; `lexer` says in which order they are tried at each place.
_ZH: tuple[tuple[str, str], ...] = (
    ("skip", r"[(（][^()（）]*\d{4}年(?:\d{1,2}月)?(?:平均)?\s*=\s*1000?[^()（）]*[)）]|第\s*\d+\s*(?:页|号|条|号令)"),
    ("span", r"(?:\d{4}年)?1\s*(?:[—–~～-]|至|到)\s*(?P<zspan>1[0-2]|[1-9])\s*月(?:份)?(?:平均)?"),
    (
        "month",
        r"(?:(?P<zyear>\d{4})\s*年\s*|(?P<zlast>去年|上年)|(?<![\d年.—–~～-]))(?P<zmonth>1[0-2]|0?[1-9])\s*月(?:份)?"
        r"(?!\s*\d{1,2}\s*[日号])",
    ),
    ("against", r"(?:比|较|与)(?:(?P<zay>\d{4})年)?(?P<zam>1[0-2]|[1-9])月(?:份)?(?!\s*\d{1,2}\s*[日号])"),
    ("range", r"(?P<zr1>[-−]?\d+(?:\.\d+)?)%?\s*(?:至|到|[～~—–-])\s*(?P<zr2>[-−]?\d+(?:\.\d+)?)%"),
    ("streak", r"连续(?P<zn>\d+|[一二两三四五六七八九十]+)个月(?:环比|同比)?(?P<zs>上涨|上升|下降|下跌|回落)"),
    (
        "record",
        r"(?:创(?:下|出)?)?(?:(?:(?P<zry>年内|今年以来|本年以来)|近(?P<zrn>\d+)个月(?:以来)?|"
        r"(?P<zrs>\d{4})年(?:(?P<zrm>\d{1,2})月(?:份)?)?以来)(?:的)?[新最]|历史[新最]|新)(?P<zr>高|低)",
    ),
    ("count", r"(?P<zc>上涨|下降|下跌|持平)的(?:有)?(?P<zcn>\d+)个"),
    ("ratio", r"贡献率"),
    ("gap", r"(?:涨幅|降幅|增幅|跌幅)[^，。；]{0,12}?(?:(?P<zgw>扩大|提高)|(?P<zgn>收窄|回落|缩小))"),
    ("each", r"分别|依次"),
    ("over", r"(?:超过?|逾|突破|站上)(?=\s*[\d百一二三四五六七八九两])"),
    ("near", r"(?:接近|近)(?=\s*[\d百一二三四五六七八九两])"),
    ("under", r"(?:不足|不到|跌破|低于)(?=\s*[\d百一二三四五六七八九两])"),
    (
        "points",
        r"对(?:总指数|指数)(?:上涨|下降)?的?(?:影响|贡献(?!率)|拉动)|(?:影响|拉动|拉低|贡献)(?!较大|最大|率)(?:当月|当期)?(?:总指数|指数)?",
    ),
    ("tax", r"不含税|税收规定"),
    ("sa", r"季节调整后|经季节调整|季调后"),
    ("side", r"景气指数|(?P<zside>规模|效益|信心)指数"),
    ("yoy", r"同比|比上年同月|较上年同月|与上年同月相比"),
    ("ytd", r"累计|比上年同期|较上年同期"),
    ("mom", r"环比|比上月|较上月"),
    ("part", r"(?P<zpart>料价|工费|石价)"),
    ("stop", r"回收率|权数|插补比重|税负|税率|占(?:比|销售额)|不低于|置信|区间"),
    ("about", r"约|左右"),
    (
        "outside",
        r"(?:国际|国内)?金价|银价|伦敦金|现货黄金|黄金交易所|CPI|PPI|GDP|居民消费价格|零售额|销售额|销量|客流|成交[量额]|"
        r"出口|进口|汇率",
    ),
)
_EN: tuple[tuple[str, str], ...] = (
    ("skip", r"\([^()]*\b\d{4}(?: average)?\s*=\s*1000?[^()]*\)|(?:Order|No\.|page|p\.)\s*\d+"),
    ("span", rf"January (?:to|through|-|–) (?P<espan>{_EN_MONTH})(?: \d{{4}})?"),
    (
        "month",
        rf"(?<!\d )(?P<emonth>{_EN_MONTH}) (?P<eyear>\d{{4}})"
        rf"|(?-i:\b(?:[Ii]n|[Oo]f|[Ff]or|[Bb]y) (?P<ebare>{_EN_MONTH})\b)"
        rf"(?! ?(?:\d|(?:to|through|-|–) ?(?:{_EN_MONTH})\b))",
    ),
    (
        "against",
        rf"(?-i:(?:from|than(?: in)?|over|on|compared (?:with|to)) (?P<eam>{_EN_MONTH}))(?: (?P<eay>\d{{4}}))?"
        r"(?!'s| \d| to\b)",
    ),
    (
        "range",
        r"between (?P<er1>[-−]?\d+(?:\.\d+)?)%? and (?P<er2>[-−]?\d+(?:\.\d+)?)%"
        r"|(?P<er3>\d+(?:\.\d+)?)%?\s?[–-]\s?(?P<er4>\d+(?:\.\d+)?)%",
    ),
    (
        "streak",
        r"(?:for the )?(?P<en>\d+|two|three|four|five|six)(?:rd|th|nd)? (?:consecutive |straight )?months? in a row"
        r"|for the (?P<en2>second|third|fourth|fifth|sixth) (?:consecutive|straight) month",
    ),
    (
        "record",
        r"(?:record|all-time) (?P<er>high|low)"
        r"|(?P<ery>highest|lowest)(?: (?:level|value|point))? (?:of the year|this year|so far this year)",
    ),
    ("count", r"(?P<ecn>\d+) (?P<ec>rose|fell|(?:were |was )?unchanged)"),
    ("ratio", r"contribution rate|accounted for"),
    ("points", r"(?P<eadd>added)|(?P<eoff>took off|subtracted)|contributed"),
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
    ("part", r"(?P<epart>metal|making[- ]charge|stone)s?(?= (?:prices? )?(?:index|component|rose|fell|added))"),
    ("stop", r"response|weight|imput|interval|turnover|VAT|or more"),
    ("about", r"about|around|roughly"),
    (
        "outside",
        r"(?:gold|silver|platinum|bullion) prices?|bullion|CPI|PPI|GDP|consumer prices|retail sales|sales|exports|"
        r"imports|visitors|footfall|exchange rate",
    ),
    ("gap", r"(?:(?P<egw>accelerated|quickened|widened)|(?P<egn>slowed|narrowed|eased))(?= by\b)"),
    ("each", r"respectively"),
    ("over", rf"(?:more than|over|above|exceed(?:ing|ed|s)?|topp(?:ed|ing))(?=\s+(?:\d|{_SPOKEN}))"),
    ("near", rf"(?:nearly|almost|close to)(?=\s+(?:\d|{_SPOKEN}))"),
    ("under", rf"(?:(?:just )?under|less than|below)(?=\s+(?:\d|{_SPOKEN}))"),
)
_UP_ZH, _DOWN_ZH = "上涨|上升|回升|增长|走高|涨|升", "下降|下跌|回落|下滑|走低|降|跌"
_UP_EN, _DOWN_EN = "rose|rise[ns]?|increased|gained|climbed|up", "fell|fall(?:en|s)?|declined|dropped|decreased|down"
_NUMBER = (
    r"(?<![\d.A-Za-z\-])(?P<value>[-−+]?\d+(?:,\d{3})*(?:\.\d+)?)\s*(?P<unit>个?百分点|%|percentage points?|"
    r"percent\b|per cent\b|点(?!\d)|points?\b)"
)  # fmt: skip
_BARE = (
    r"(?P<bare>(?:为|报|收于|stood at|stands at)\s*(?P<level>\d+\.\d+)"
    r"(?![\d%]|\s*(?:点|个?百分点|points?|percentage|%|percent|per cent)))"
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
    patterns = dict(_EN if lang == "en" else _ZH)
    if lang == "en":
        classes = rf"(?P<name>(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w))|\b(?P<whole>the index|headline)\b"
        reaching = rf"\b(?:(?P<up_to>{_UP_EN})|(?P<down_to>{_DOWN_EN}))(?= (?:back )?to\b)"
        moves = rf"\b(?P<up>{_UP_EN})\b|\b(?P<down>{_DOWN_EN})\b|\b(?P<flat>unchanged|flat)\b"
        edges = {kind: "" if kind in ("skip", "count", "month", "range") else "\\b" for kind in patterns}
    else:
        classes = rf"(?P<name>{'|'.join(map(re.escape, known))})|(?P<whole>总指数|本指数|(?<=平均，)指数(?=比))"
        reaching = rf"(?:(?P<up_to>{_UP_ZH})|(?P<down_to>{_DOWN_ZH}))(?=至|到|为)"
        moves = rf"(?P<up>{_UP_ZH})(?!幅|跌)|(?P<down>{_DOWN_ZH})(?!幅)|(?P<flat>持平)"
        edges = dict.fromkeys(patterns, "")
    spoken = f"(?P<spoken>{numerals.EN if lang == 'en' else numerals.ZH})"
    # a longer reading goes before the shorter one that begins at the same place
    first = ("skip", "record", "range")
    then = ("against", "month", "span")
    rest = [kind for kind in patterns if kind not in (*first, *then)]
    made = {kind: f"{edges[kind]}(?P<k_{kind}>{text})" for kind, text in patterns.items()}
    order = [classes, *(made[k] for k in first), _BARE, _NUMBER, spoken, *(made[k] for k in (*then, *rest))]
    return re.compile("|".join([*order, reaching, moves]), flags)


def tokens(pattern: re.Pattern[str], sentence: str, latest: str) -> list[Token]:
    """Return the tokens of a sentence in their order; a month without a year is the last one up to `latest`."""
    return [_token(m, latest) for m in pattern.finditer(sentence)]


def _month(year: str | None, number: int, latest: str, *, is_last_year: bool = False) -> str:
    if year:
        return f"{year}-{number:02d}"
    now, month = int(latest[:4]), int(latest[5:])
    return f"{now - int(is_last_year or number > month):04d}-{number:02d}"


def _named(word: str) -> int:
    return MONTH_NAMES.index(word.lower()) + 1


_PLAIN = ("bare", "unit", "spoken", "name", "whole", "up_to", "down_to", "up", "down", "flat")


def _token(match: re.Match[str], latest: str) -> Token:
    found = {k: v for k, v in match.groupdict().items() if v is not None}
    kind = next((k[2:] for k in found if k.startswith("k_")), "")
    value = ""
    if not kind:
        kind = next(k for k in _PLAIN if k in found)
        value = _spoken(found) if kind == "spoken" else found.get("level") or _plain(found.get("value", ""))
        kind = {"unit": "number", "spoken": "number", "bare": "level"}.get(kind, kind)
    elif kind == "month":
        number = int(found["zmonth"]) if "zmonth" in found else _named(found.get("emonth") or found["ebare"])
        year = found.get("zyear") or found.get("eyear")
        value = _month(year, number, latest, is_last_year="zlast" in found)
    elif kind == "against":
        number = int(found["zam"]) if "zam" in found else _named(found["eam"])
        value = _month(found.get("zay") or found.get("eay"), number, latest)
    elif kind == "range":
        ends = [found[k] for k in ("zr1", "zr2", "er1", "er2", "er3", "er4") if k in found]
        value = " ".join(map(_plain, ends))
    elif kind == "points":
        value = "up" if "eadd" in found else "down" if "eoff" in found or "拉低" in match[0] else ""
    elif kind == "gap":
        value = "wider" if "zgw" in found or "egw" in found else "narrower"
    elif kind == "span":
        value = found.get("zspan") or str(_named(found["espan"]))
    elif kind == "part":
        word = found.get("zpart") or found.get("epart", "").lower()
        value = {"料价": "metal", "metal": "metal", "石价": "stone", "stone": "stone"}.get(word, "making")
    elif kind == "side":
        word = found.get("zside") or found.get("eside", "").lower()
        value = {"规模": "scale", "效益": "efficiency", "信心": "confidence"}.get(word, word) or "total"
    elif kind == "record":
        value = _record(found, latest)
    elif kind == "count":
        word = (found.get("zc") or found.get("ec", "")).lower()
        flat = "持平" in word or "unchanged" in word
        way = "flat" if flat else "up" if word in ("上涨", "rose") else "down"
        value = f"{way}:{found.get('zcn') or found.get('ecn')}"
    elif kind == "streak":
        value = _streak(found)
    return Token(kind, match[0], match.start(), match.end(), value)


def _plain(text: str) -> str:
    return text.replace(",", "").replace("−", "-").removeprefix("+")


def _spoken(found: Mapping[str, str]) -> str:
    if "zhan" in found:
        return numerals.percent(found["zhan"])
    if "zten" in found:
        return numerals.tenths(found["zten"], found.get("zhalf", ""))
    return numerals.english(found["eword"])


def _record(found: Mapping[str, str], latest: str) -> str:
    word = found.get("zr") or found.get("er") or found["ery"].lower().removesuffix("est")
    way = "high" if word.lower() in ("高", "high") else "low"
    if "zry" in found or "ery" in found:
        return f"{way}:{latest[:4]}-01"
    if "zrn" in found:
        return f"{way}:{months.shift(latest, 1 - int(found['zrn']))}"
    # since May: the figure of May itself need not be exceeded
    if "zrm" in found:
        return f"{way}:{months.shift(_month(found['zrs'], int(found['zrm']), latest), 1)}"
    return f"{way}:{found['zrs']}-01" if "zrs" in found else f"{way}:"


def _streak(found: Mapping[str, str]) -> str:
    word = found.get("zn") or found.get("en") or found.get("en2", "")
    english = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
    english |= {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6}
    if word.isdigit():
        number = int(word)
    elif word.lower() in english:
        number = english[word.lower()]
    else:
        number = numerals.chinese(word)
    way = "" if "zs" not in found else "up" if found["zs"] in ("上涨", "上升") else "down"
    return f"{way}:{number}"
