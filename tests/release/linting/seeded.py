"""Seeded mistakes: every sentence of a bulletin with one number, direction, unit, measure or month altered."""

import re
from collections.abc import Iterator

from shuibei_index.release.linting.source import Source

_NUMBER = r"(\d+\.\d+)(?=\s*(?:点|%|个百分点|points|percentage points))"
SLIPS = {
    "zh": {
        "direction": [("上涨(?=\\d|约)", "下降"), ("下降(?=\\d|约)", "上涨"), ("持平(?!的|”)", "上涨0.4%")],
        "unit": [("%", "个百分点"), ("个百分点", "%"), ("(?<=\\d)点", "%")],
        "measure": [("同比(?=上涨|下降|持平)", "环比"), ("环比(?=上涨|下降|持平)", "同比")],
        "month": [("2025年6月份", "2025年5月份"), ("1—6月", "1—5月")],
        "count": [("(?<=的)(\\d+)(?=个)", "97")],
    },
    "en": {
        "direction": [("\\brose(?= \\d+\\.)", "fell"), ("\\bfell(?= \\d+\\.)", "rose"), ("was unchanged", "rose 0.4%")],
        "unit": [("%", " percentage points"), (" percentage points?", "%"), ("(?<!percentage) points(?! \\d)", "%")],
        "measure": [
            ("from the same month a year earlier", "from the previous month"),
            ("from the previous month", "from the same month a year earlier"),
        ],
        "month": [("June 2025", "May 2025"), ("January to June", "January to May")],
        "count": [("\\d+(?= (?:rose|fell)\\b)", "97")],
    },
}


def seeded(source: Source, lang: str) -> Iterator[tuple[str, str]]:
    """Yield kind of slip and the whole text with it."""
    text = source.text
    for at, sentence in source.sentences():
        if not re.search(r"同比|环比|1—|季节调整，|rose|fell|unchanged from|stood at", sentence):
            continue
        before, after = text[:at], text[at + len(sentence) :]
        for match in re.finditer(_NUMBER, sentence):
            for factor in (1.1, 2.0):
                value = f"{float(match[1]) * factor + 0.3:.{len(match[1].partition('.')[2])}f}"
                yield "number", before + sentence[: match.start()] + value + sentence[match.end() :] + after
        for kind, slips in SLIPS[lang].items():
            for pattern, other in slips:
                for match in re.finditer(pattern, sentence):
                    yield kind, before + sentence[: match.start()] + other + sentence[match.end() :] + after
