"""Judging: one claim against the published figures, and what is wrong with it in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from shuibei_index import months
from shuibei_index.release.facts import direction
from shuibei_index.release.linting.claims import Claim
from shuibei_index.release.linting.figures import TAX, Figures, Subject, Verdict, equal
from shuibei_index.release.linting.runs import count, reach, record, spread, streak
from shuibei_index.release.rates import RATES
from shuibei_index.release.words import month_words

MEASURE_WORDS = {
    "index": ("指数", "index"),
    "mom_pct": ("环比", "month on month"),
    "yoy_pct": ("同比", "year on year"),
    "ytd_pct": ("累计", "year to date"),
    "mom_pp": ("对环比的影响", "effect on the monthly change"),
    "yoy_pp": ("对同比的影响", "effect on the annual change"),
}
_WHOLE = {"count": count, "streak": streak, "record": record, "reach": reach, "range": spread}
_UNITS = {"index": ("点", "points"), "pct": ("%", "%"), "pp": ("个百分点", "percentage points")}


def judge(claim: Claim, figures: Figures, floor: float) -> Iterator[Verdict]:
    """Yield what is wrong with a claim.

    Parameters
    ----------
    claim : Claim
    figures : Figures
    floor : float
        Percent: a 贡献率 is refused where the headline moved less (rule ``contribution_rate_floor``).
    """
    if claim.kind == "span":
        number = int(claim.month[5:])
        if int(claim.value) != number:
            yield (
                "error",
                f"累计的月份不符：{claim.month} 的累计为1—{number}月",
                f"the span does not fit: the year to date of {month_words(claim.month, 'en')} is of {number} months",
            )
    elif claim.kind in _WHOLE:
        yield from _WHOLE[claim.kind](claim, figures)
    elif claim.kind == "ratio":
        rate = figures.texts(Subject(), claim.month, claim.measure or "yoy_pct")
        if rate and abs(float(rate[0])) < floor:
            yield (
                "error",
                f"总指数仅变动{rate[0]}%，贡献率无意义，应写影响多少个百分点",
                f"the headline moved by {rate[0]}% only: a share of that change means nothing; give percentage points",
            )
    elif claim.month not in figures.months:
        if claim.named or claim.direction is not None or claim.measure:
            words = month_words(claim.month, "zh"), month_words(claim.month, "en")
            yield "error", f"该发布没有{words[0]}的数字", f"the release has no figures for {words[1]}"
    else:
        yield from _figure(claim, figures)


def _figure(claim: Claim, figures: Figures) -> Iterator[Verdict]:
    if claim.kind == "sign":
        for measure in [claim.measure] if claim.measure else []:
            texts = figures.texts(claim.subject, claim.month, measure)
            if texts and claim.direction not in {direction(t) for t in texts}:
                yield _wrong(claim, figures, measure, "方向不符", "wrong direction")
            elif not texts and figures.withheld(claim.subject, claim.month, measure):
                yield _withheld(claim, figures, measure)
        return
    if claim.gap and claim.kind in ("points", "rate"):
        yield from _gap(claim, figures)
        return
    due = _due(claim)
    if due is None:
        return
    said = _said(claim)
    kinds, problem = due
    there = {m: figures.texts(claim.subject, claim.month, m) for m in kinds}
    good = [m for m, values in there.items() if any(_fits(said, t, claim) for t in values)]
    if problem is None and good:
        return
    if problem is not None:
        if claim.kind == "level" and _shift(claim, figures):
            return
        yield _wrong(claim, figures, kinds[0], *problem)
        return
    known = [m for m in kinds if there[m]]
    if not known:
        hidden = [m for m in kinds if figures.withheld(claim.subject, claim.month, m)]
        if hidden:
            yield _withheld(claim, figures, hidden[0])
        elif claim.named or claim.measure:
            zh, en = "该发布没有这个数字", "the release has no such figure"
            yield "error", zh, en
        return
    yield _wrong(claim, figures, known[0], *_reason(claim, figures, said, known))


def _due(claim: Claim) -> tuple[list[str], tuple[str, str] | None] | None:
    """Return the measures a number may be, and what is wrong with its unit; None where it is no claim."""
    moved = claim.direction is not None
    if claim.kind == "level":
        if moved and claim.measure:
            return [claim.measure], ("单位不符：涨跌幅用%", "wrong unit: a rate of change is in %")
        if moved:
            return None if not claim.named else (list(RATES), ("单位不符：涨跌幅用%", "wrong unit: a rate is in %"))
        if claim.effect:
            return _points(claim), ("单位不符：影响用个百分点", "wrong unit: an effect is in percentage points")
        return ["index"], None
    if claim.kind == "points":
        if moved and not claim.effect:
            return [claim.measure or "yoy_pct"], (
                "单位不符：涨跌幅用%，不用个百分点",
                "wrong unit: a rate of change is in percent, not percentage points",
            )
        return _points(claim), None
    if claim.effect:
        return _points(claim), ("单位不符：影响用个百分点，不用%", "wrong unit: percentage points are due, not percent")
    if not moved and not claim.measure:
        if not claim.named:
            return None
        return [*RATES], None
    if not claim.measure and claim.direction == 0:
        return None
    return ([claim.measure] if claim.measure else list(RATES)), None


def _fits(said: Decimal, text: str, claim: Claim) -> bool:
    """Tell whether a number is the published one, or the bound that is said of it."""
    there = Decimal(text)
    if claim.direction == 0 and not said:
        # said as a word: 0.4 is not "unchanged", though it rounds to 0
        return there == 0
    if not claim.bound:
        return equal(said, text)
    if said * there < 0:
        return False
    if claim.bound == "near":
        return equal(said, text) and abs(there) <= abs(said)
    if claim.bound == "over":
        return abs(there) > abs(said)
    return abs(there) < abs(said)


def _points(claim: Claim) -> list[str]:
    return {"mom_pct": ["mom_pp"], "yoy_pct": ["yoy_pp"]}.get(claim.measure, ["mom_pp", "yoy_pp"])


def _said(claim: Claim) -> Decimal:
    value = Decimal(claim.value)
    if claim.direction is None or claim.kind == "level":
        return value
    return value * claim.direction if claim.direction else value


def _reason(claim: Claim, figures: Figures, said: Decimal, known: list[str]) -> tuple[str, str]:
    """Name the likely slip: the sign, the measure, the month, the class; else the number."""
    of = [t for m in known for t in figures.texts(claim.subject, claim.month, m)]
    if said and any(equal(-said, t) for t in of):
        return "方向不符", "wrong direction"
    family = ("index",) if known[0] == "index" else RATES if known[0].endswith("pct") else ("mom_pp", "yoy_pp")
    for measure in family:
        if measure not in known and any(equal(said, t) for t in figures.texts(claim.subject, claim.month, measure)):
            zh, en = MEASURE_WORDS[measure]
            return f"这是{zh}的数字", f"this is the figure {en}"
    if claim.kind == "rate" and any(equal(abs(said), t) for t in figures.texts(claim.subject, claim.month, "index")):
        return "单位不符：这是指数，用点", "wrong unit: this is the level, in points"
    for back in range(1, 13):
        month = months.shift(claim.month, -back)
        if any(equal(said, t) for m in known for t in figures.texts(claim.subject, month, m)):
            return f"这是{month_words(month, 'zh')}的数字", f"this is the figure of {month_words(month, 'en')}"
    for codes in figures.names["zh"].values():
        other = Subject(codes, claim.subject.component, claim.subject.adjustment)
        if codes != claim.subject.codes and any(
            equal(said, t) for m in known for t in figures.texts(other, claim.month, m)
        ):
            return f"这是{figures.words(other, 'zh')}的数字", f"this is the figure of {figures.words(other, 'en')}"
    return "数字不符", "wrong number"


def _wrong(claim: Claim, figures: Figures, measure: str, zh: str, en: str) -> Verdict:
    texts = figures.texts(claim.subject, claim.month, measure)
    unit = _UNITS["index" if measure == "index" else measure[-3:].strip("_")]
    where = (
        "without_tax.csv"
        if claim.subject.codes == (TAX,)
        else ("contributions.csv" if measure.endswith("_pp") else "indices.csv")
    )
    names = MEASURE_WORDS[measure]
    said_zh, said_en = (
        ", ".join(f"{t}{u}" if u in ("%", "点", "个百分点") else f"{t} {u}" for t in texts) for u in unit
    )
    if not texts:
        return "error", zh, en
    return (
        "error",
        f"{zh}；{where}：{figures.words(claim.subject, 'zh')} {month_words(claim.month, 'zh')} {names[0]} {said_zh}",
        f"{en}; {where}: {figures.words(claim.subject, 'en')}, {month_words(claim.month, 'en')}, {names[1]}: {said_en}",
    )


def _withheld(claim: Claim, figures: Figures, measure: str) -> Verdict:
    names = MEASURE_WORDS[measure]
    return (
        "error",
        f"{figures.words(claim.subject, 'zh')}的{names[0]}因统计保密不公布，不得提及",
        f"{figures.words(claim.subject, 'en')}, {names[1]}: withheld as confidential, not to be mentioned",
    )


def _shift(claim: Claim, figures: Figures) -> bool:
    """Tell whether points with a direction are the difference of two published levels."""
    before = {"mom_pct": -1, "yoy_pct": -12}.get(claim.measure)
    if before is None:
        return False
    now = figures.texts(claim.subject, claim.month, "index")
    then = figures.texts(claim.subject, months.shift(claim.month, before), "index")
    return any(equal(_said_move(claim), str(Decimal(a) - Decimal(b))) for a in now for b in then)


def _said_move(claim: Claim) -> Decimal:
    return Decimal(claim.value) * (claim.direction or 1)


def _gap(claim: Claim, figures: Figures) -> Iterator[Verdict]:
    measures = [claim.measure] if claim.measure in ("mom_pct", "yoy_pct", "ytd_pct") else ["mom_pct", "yoy_pct"]
    before = months.shift(claim.month, -1)
    pairs = [
        (Decimal(a), Decimal(b))
        for m in measures
        for a in figures.texts(claim.subject, claim.month, m)
        for b in figures.texts(claim.subject, before, m)
    ]
    found = [str(abs(abs(a) - abs(b))) for a, b in pairs]
    fitting = [abs(a) - abs(b) for a, b in pairs if equal(abs(Decimal(claim.value)), str(abs(abs(a) - abs(b))))]
    if claim.kind == "rate":
        yield "error", "两个涨跌幅之差用个百分点", "the difference of two rates is in percentage points"
    elif fitting and all((by > 0) != (claim.extra == "wider") for by in fitting):
        yield "error", "方向不符：涨跌幅并非如此变动", "wrong direction: the rate did not move that way"
    elif found and not fitting:
        yield (
            "error",
            f"与上月涨跌幅之差不符，应为{'或'.join(found)}个百分点",
            f"not the difference from the rate of the month before: {' or '.join(found)} percentage points",
        )
