"""Runs: how many classes, how many months in a row, records and ranges held against the published figures."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from shuibei_index import months
from shuibei_index.release.facts import direction
from shuibei_index.release.linting.claims import Claim
from shuibei_index.release.linting.figures import Figures, Subject, Verdict, equal
from shuibei_index.release.words import month_words


def count(claim: Claim, figures: Figures) -> Iterator[Verdict]:
    """Yield what is wrong with how many classes rose, fell or stayed."""
    way, number = claim.extra.split(":")
    if claim.measure not in figures.facts.movers or claim.month != figures.month:
        return
    there = getattr(figures.facts.movers[claim.measure], way)
    if int(number) != there:
        word = {"up": ("上涨", "rose"), "down": ("下降", "fell"), "flat": ("持平", "were unchanged")}[way]
        yield "error", f"个数不符：{word[0]}的为{there}个", f"wrong count: {there} {word[1]}"


def streak(claim: Claim, figures: Figures) -> Iterator[Verdict]:
    """Yield what is wrong with how many months in a row it has been."""
    way, number = claim.extra.split(":")
    measure = claim.measure or "mom_pct"
    sign = {"up": 1, "down": -1}.get(way) or claim.direction
    run, month, first = 0, claim.month, sign
    while texts := figures.texts(claim.subject, month, measure):
        now = direction(texts[0])
        first = now if first is None else first
        if now != first or now == 0:
            break
        run, month = run + 1, months.shift(month, -1)
    if run < int(number):
        yield "error", f"实际只连续{run}个月", f"it has been {run} months in a row"
    elif run > int(number):
        yield "warning", f"实际已连续{run}个月", f"it has been {run} months in a row"


def record(claim: Claim, figures: Figures) -> Iterator[Verdict]:
    """Yield what is wrong with a record: of all months, or of those since one that is named."""
    way, since = claim.extra.split(":")
    series = figures.series(claim.subject.codes[0], claim.subject.component, claim.subject.adjustment)["index"]
    past = series[(series.index >= since) & (series.index <= claim.month) & (series != "")].map(Decimal)
    if not len(past) or claim.month not in past.index:
        return
    best = past.max() if way == "high" else past.min()
    if past[claim.month] != best:
        when = str(past[past == best].index[-1])
        yield (
            "error",
            f"并非{'最高' if way == 'high' else '最低'}：{month_words(when, 'zh')}为{best}点",
            f"not a record {way}: {best} points in {month_words(when, 'en')}",
        )


def reach(claim: Claim, figures: Figures) -> Iterator[Verdict]:
    """Yield what is wrong with "rose to": the level must have come that way from the month or the year before."""
    signs = {
        direction(text)
        for measure in ("mom_pct", "yoy_pct")
        for text in figures.texts(claim.subject, claim.month, measure)
    }
    if signs and (1 if claim.extra == "up" else -1) not in signs:
        yield "error", "方向不符：环比、同比均非如此", "wrong direction, both on the month and on the year before"


def spread(claim: Claim, figures: Figures) -> Iterator[Verdict]:
    """Yield what is wrong with a range of rates: each end must be the figure of a class."""
    if not claim.measure or claim.month not in figures.months:
        return
    low, high = (Decimal(end) for end in claim.extra.split())
    sign = -1 if claim.direction == -1 else 1
    there = {
        Decimal(text)
        for codes in figures.names["zh"].values()
        for text in figures.texts(Subject(codes), claim.month, claim.measure)
    }
    for end in (low, high):
        if not any(equal(sign * end, str(value)) for value in there):
            yield "error", f"没有分类的变动为{end}%", f"no class moved by {end}%"
