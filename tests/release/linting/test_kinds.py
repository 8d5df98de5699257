"""Every kind of finding: a text that is right and one that is wrong, in both languages, against one release."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from shuibei_index import months
from shuibei_index.release import Release
from shuibei_index.release.linting.figures import Figures, Subject
from shuibei_index.release.linting.linter import lint_sources
from shuibei_index.release.linting.source import source_of
from shuibei_index.release.words import month_words

ZH, EN = ({1: "上涨", -1: "下降"}, {1: "rose", -1: "fell"})


@dataclasses.dataclass(frozen=True)
class Teller:
    """Makes sentences of a release's own figures."""

    figures: Figures

    def text(self, measure: str, subject: Subject = Subject(), month: str = "") -> str:  # noqa: B008 - frozen
        return self.figures.texts(subject, month or self.figures.month, measure)[0]

    def sign(self, measure: str, subject: Subject = Subject()) -> int:  # noqa: B008 - frozen
        return -1 if self.text(measure, subject).startswith("-") else 1

    def size(self, measure: str, subject: Subject = Subject()) -> str:  # noqa: B008 - frozen
        return self.text(measure, subject).removeprefix("-")

    def moving(self) -> tuple[str, Subject]:
        """A class of the first level whose rates and effects are told by their size."""
        for name, codes in self.figures.names["zh"].items():
            subject = Subject(codes)
            if len(codes) == 1 and len(codes[0]) == 2 and codes[0] != "00" and self.figures.texts(
                subject, self.figures.month, "yoy_pp"
            ):  # fmt: skip
                return name, subject
        raise AssertionError("no class with an effect")

    def en(self, subject: Subject) -> str:
        return next(n for n, codes in self.figures.names["en"].items() if codes == subject.codes)


@pytest.fixture(scope="module")
def tell(release: Release) -> Teller:
    figures = Figures(release)
    figures._known["00", "making", "NSA"] = figures.series("00", "total", "NSA").assign(mom_pct="-0.4")
    return Teller(figures)


def found(text: str, figures: Figures) -> list[str]:
    (rows,) = lint_sources([source_of("初步数 provisional.\n\n" + text)], figures)
    return [row.en for row in rows]


def pairs(tell: Teller) -> dict[str, tuple[str, str, str, str, str]]:
    """Kind → right and wrong in Chinese, right and wrong in English, and what the finding says."""
    f, month = tell.figures, tell.figures.month
    zh, en = month_words(month, "zh"), month_words(month, "en")
    earlier = months.shift(month, -1)
    then = tell.text("index", month=earlier)
    level, yoy, mom = tell.text("index"), tell.size("yoy_pct"), tell.size("mom_pct")
    up, down = ZH[tell.sign("yoy_pct")], ZH[-tell.sign("yoy_pct")]
    rose, fell = EN[tell.sign("yoy_pct")], EN[-tell.sign("yoy_pct")]
    up_m, rose_m = ZH[tell.sign("mom_pct")], EN[tell.sign("mom_pct")]
    down_m, fell_m = ZH[-tell.sign("mom_pct")], EN[-tell.sign("mom_pct")]
    name, one = tell.moving()
    called, effect = tell.en(one), tell.size("yoy_pp", one)
    own, way = tell.size("yoy_pct", one), tell.sign("yoy_pct", one)
    ytd, ytd_zh, ytd_en = tell.size("ytd_pct"), ZH[tell.sign("ytd_pct")], EN[tell.sign("ytd_pct")]
    number, off = int(month[5:]), f"{Decimal(yoy) + 3}"
    part = Subject(component="making")
    making, charge = ZH[tell.sign("mom_pct", part)], EN[tell.sign("mom_pct", part)]
    size = tell.size("mom_pct", part)
    best = max(Decimal(t) for t in f.series("00", "total", "NSA")["index"] if t)
    worst = min(Decimal(t) for t in f.series("00", "total", "NSA")["index"] if t)
    is_best = Decimal(level) == best
    assert Decimal(level) != worst and yoy != mom
    before = {m: Decimal(tell.text("yoy_pct", month=m)) for m in (month, earlier)}
    by = abs(before[month]) - abs(before[earlier])
    wider = ("扩大", "收窄") if by > 0 else ("收窄", "扩大")
    quicker = ("accelerated", "slowed") if by > 0 else ("slowed", "accelerated")
    from_year = "from the same month a year earlier"
    span = f"1—{number}月平均，总指数比上年同期{ytd_zh}{ytd}%。"
    rates = {t for c in f.names["zh"].values() for t in f.texts(Subject(c), month, "yoy_pct")}
    low, high = min(rates, key=Decimal), max(rates, key=Decimal)
    return {
        "number": (f"{zh}总指数为{level}点。", f"{zh}总指数为{level[:-1]}{(int(level[-1]) + 1) % 10}点。",
                   f"In {en} the index stood at {level} points.", "The index stood at 1.23 points.", "wrong number"),
        "rate": (f"总指数同比{up}{yoy}%。", f"总指数同比{up}{off}%。",
                 f"The index {rose} {yoy}% {from_year}.", f"The index {rose} {off}% {from_year}.", ""),
        "sign": (f"总指数同比{up}{yoy}%。", f"总指数同比{down}{yoy}%。",
                 f"The index {rose} {yoy}% {from_year}.", f"The index {fell} {yoy}% {from_year}.", "wrong direction"),
        "word of direction": (f"总指数环比{up_m}。", f"总指数环比{down_m}。",
                              f"The index {rose_m} from the previous month.",
                              f"The index {fell_m} from the previous month.", "wrong direction"),
        "reach": (f"总指数同比{up}{yoy}%，为{level}点。", "总指数环比跌至0.01点。",
                  f"The index stood at {level} points.", "The index fell to 0.01 points.", ""),
        "unit of a rate": (f"总指数同比{up}{yoy}%。", f"总指数同比{up}{yoy}个百分点。",
                           f"The index {rose} {yoy}% {from_year}.",
                           f"The index {rose} {yoy} percentage points {from_year}.", "wrong unit"),
        "unit of a level": (f"总指数为{level}点。", f"总指数为{level}%。",
                            f"The index stood at {level} points.", f"The index stood at {level}%.", "in points"),
        "unit of an effect": (f"{name}价格同比{ZH[way]}{own}%，影响总指数{ZH[way]}约{effect}个百分点。",
                              f"{name}价格同比{ZH[way]}{own}%，影响总指数{ZH[way]}约{effect}%。",
                              f"{called} {EN[way]} {own}% on the year.",
                              f"{called} added {effect}% on the year.", "wrong unit"),
        "measure": (f"总指数环比{up_m}{mom}%。", f"总指数环比{up}{yoy}%。",
                    f"The index {rose_m} {mom}% from the previous month.",
                    f"The index {rose} {yoy}% from the previous month.", ""),
        "month": (f"{month_words(earlier, 'zh')}总指数为{then}点。", f"{month_words(earlier, 'zh')}总指数为{level}点。",
                  f"In {month_words(earlier, 'en')} the index stood at {then} points.",
                  f"In {month_words(earlier, 'en')} the index stood at {level} points.", ""),
        "month without a year": (f"{int(earlier[5:])}月份总指数为{then}点。",
                                 f"{int(earlier[5:])}月份总指数为{level}点。",
                                 f"In {month_words(earlier, 'en').split()[0]} the index stood at {then} points.",
                                 f"In {month_words(earlier, 'en').split()[0]} the index stood at {level} points.", ""),
        "month that is not there": (f"{zh}总指数为{level}点。", f"2031年1月总指数为{level}点。",
                                    f"In {en} the index stood at {level} points.",
                                    f"In January 2031 the index stood at {level} points.", "no figures"),
        "month compared with": (f"总指数比{int(earlier[5:])}月{up_m}{mom}%。",
                                f"总指数比{int(earlier[5:])}月{up}{off}%。",
                                f"The index {rose_m} {mom}% from {month_words(earlier, 'en')}.",
                                f"The index {rose} {off}% from {month_words(earlier, 'en')}.", ""),
        "class": (f"{name}价格同比{ZH[way]}{own}%。", f"{name}价格同比{ZH[way]}{Decimal(own) + 50}%。",
                  f"{called} {EN[way]} {own}% on the year.", f"{called} {EN[-way]} {own}% on the year.", ""),
        "class nearly of the tree": ("足金饰品。", "足金首饰品价格同比上涨3.0%。",
                                     "Pure gold.", "Pure gold jewelery rose 3.0% on the year.", "no such class"),
        "component": (f"工费环比{making}{size}%。", f"工费环比{making}{Decimal(size) + 9}%。",
                      f"Making charges {charge} {size}% on the month.",
                      f"Making charges {charge} {Decimal(size) + 9}% on the month.", ""),
        "span": (span, span.replace(f"1—{number}月", f"1—{number - 1}月"),
                 f"The average of January to {en.split()[0]} {ytd_en} {ytd}% from the same months a year earlier.",
                 f"The average of January to May {ytd_en} {ytd}% from the same months a year earlier.", "span"),
        "unchanged": (f"总指数同比{up}{yoy}%。", "总指数同比持平。", f"The index {rose} {yoy}% {from_year}.",
                      f"The index was unchanged {from_year}.", ""),
        "count": (f"中类中，同比上涨的{f.facts.movers['yoy_pct'].up}个。", "中类中，同比上涨的97个。",
                  f"Of the classes, {f.facts.movers['yoy_pct'].up} rose on a year earlier.",
                  "Of the classes, 97 rose on a year earlier.", "wrong count"),
        "streak": ("总指数环比变动。", "总指数环比连续九十个月上涨。", "The index moved.",
                   "The index rose from the previous month for 90 months in a row.", "in a row"),
        "record": ("总指数创历史新高。" if is_best else "总指数。", "总指数创历史新低。",
                   "The index reached a record high." if is_best else "The index.",
                   "The index reached a record low.", "not a record"),
        "gap": (f"总指数同比{'涨幅' if before[month] > 0 else '降幅'}比上月{wider[0]}{abs(by)}个百分点。",
                f"总指数同比{'涨幅' if before[month] > 0 else '降幅'}比上月{wider[1]}{abs(by)}个百分点。",
                f"Year-on-year, the index's rate {quicker[0]} by {abs(by)} percentage points.",
                f"Year-on-year, the index's rate {quicker[1]} by {abs(by)} percentage points.",
                "did not move that way"),
        "size of a gap": ("总指数同比涨幅。", f"总指数同比涨幅比上月{wider[0]}{abs(by) + 7}个百分点。", "The index.",
                          f"Year-on-year, the index's rate {quicker[0]} by {abs(by) + 7} percentage points.",
                          "not the difference"),
        "more than": (f"总指数同比{up}超过{Decimal(yoy) - Decimal('0.5')}%。", f"总指数同比{up}超过{off}%。",
                      f"The index {rose} more than {Decimal(yoy) - Decimal('0.5')}% {from_year}.",
                      f"The index {rose} more than {off}% {from_year}.", ""),
        "less than": (f"总指数同比{up}不足{off}%。", f"总指数同比{up}不到{Decimal(yoy) - Decimal('0.5')}%。",
                      f"The index {rose} less than {off}% {from_year}.",
                      f"The index {rose} less than {Decimal(yoy) - Decimal('0.5')}% {from_year}.", ""),
        "number in words": ("总指数。", f"总指数同比{up}百分之九十八。", "The index.",
                            f"The index {rose} ninety-eight percent {from_year}.", ""),
        "range": (f"各类同比涨跌幅在{low}%至{high}%之间。", f"各类同比涨跌幅在{low}%至98.7%之间。",
                  f"Year-on-year rates of classes were between {low}% and {high}%.",
                  f"Year-on-year rates of classes were between {low}% and 98.7%.", "no class moved"),
        "each its own": (f"总指数同比、环比分别{up}{yoy}%和{up_m}{mom}%。",
                         f"总指数同比、环比分别{up_m}{mom}%和{up}{yoy}%。",
                         f"{called} and All jewellery {EN[way]} {own}% and {rose} {yoy}% year on year respectively.",
                         f"All jewellery and {called} {EN[way]} {own}% and {rose} {yoy}% year on year respectively.",
                         ""),
    }  # fmt: skip


def test_each_kind_in_both_languages(tell: Teller) -> None:
    wrong = []
    for kind, (right_zh, wrong_zh, right_en, wrong_en, says) in pairs(tell).items():
        wrong += [(kind, text, rows) for text in (right_zh, right_en) if (rows := found(text, tell.figures))]
        for text in (wrong_zh, wrong_en):
            rows = found(text, tell.figures)
            if not any(says in row for row in rows):
                wrong.append((kind, text, rows))
    assert not wrong, wrong


def test_what_is_withheld_is_not_to_be_told(release: Release) -> None:
    figures = Figures(release)
    tell = Teller(figures)
    name, subject = tell.moving()
    key = (*subject.codes, "total", "NSA")
    figures._known[key] = figures.series(*key).assign(withheld=True, index="", mom_pct="", yoy_pct="", ytd_pct="")
    for text in (f"{name}价格同比上涨3.0%。", f"{name}价格同比上涨。", f"{name}价格环比持平。"):
        assert any("withheld as confidential" in row for row in found(text, figures)), text
    for text in ("rose 3.0% on the year", "rose on the year", "was unchanged on the month"):
        assert any("withheld" in row for row in found(f"{tell.en(subject)} {text}.", figures)), text
    assert found(f"{name}因统计保密未公布。", figures) == []


def test_a_share_of_a_change_near_nought_means_nothing(release: Release) -> None:
    figures = Figures(release)
    known = figures.series("00", "total", "NSA")
    figures._known["00", "total", "NSA"] = known.assign(yoy_pct="0.1")
    for text in ("足金饰品对总指数同比的贡献率为40%。", "Pure gold accounted for 40% of the change on the year."):
        assert any("means nothing" in row for row in found(text, figures)), text
    figures._known["00", "total", "NSA"] = known.assign(yoy_pct="9.1")
    assert not any("means nothing" in row for row in found("足金饰品对总指数同比的贡献率为40%。", figures))


def test_figures_of_others_are_no_claims(tell: Teller) -> None:
    for text in (
        "国际金价环比上涨33.2%，同比上涨66.0%。", "11月11日促销期间，客流增长20%。", "成本上升、成交活跃，成色不一。",
        "International gold prices rose 33.2% in May.", "The index may rise further in December.",
    ):  # fmt: skip
        assert found(text, tell.figures) == [], text
    assert found("受国际金价上涨带动，总指数环比上涨99.9%。", tell.figures) != []
    (row,) = found("促销力度加大，下降93.0%。", tell.figures)
    assert "not said what of" in row


def test_took_off_is_a_direction(tell: Teller) -> None:
    name, subject = tell.moving()
    up, size = tell.sign("yoy_pp", subject), tell.size("yoy_pp", subject)
    words = {1: "added", -1: "took off"}
    rose = f"{tell.en(subject)} {EN[tell.sign('yoy_pct', subject)]} {tell.size('yoy_pct', subject)}% on the year and "
    assert found(f"{rose}{words[up]} {size} percentage points.", tell.figures) == []
    assert found(f"{rose}{words[-up]} {size} percentage points.", tell.figures) != [] and name
