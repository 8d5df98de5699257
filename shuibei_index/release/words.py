"""The words of a bulletin: facts to sentences, in Chinese and English. Points, % and percentage points never mix."""

from __future__ import annotations

from shuibei_index.component_names import COMPONENT_NAMES
from shuibei_index.release.about import as_date
from shuibei_index.release.facts import Facts, Movers, Row, direction
from shuibei_index.release.prosperity import Dimension
from shuibei_index.release.seasonal import AdjustedPart

MONTHS_EN = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
# levels of a classification have names in Chinese statistics
LEVEL_ZH = {1: "大类", 2: "中类", 3: "小类", 4: "细类"}


def headline(facts: Facts, lang: str) -> str:
    """Return the headline: level, year on year, month on month, then the year to date, as official releases have it."""
    return ("" if lang == "zh" else " ").join(headline_sentences(facts, lang))


def headline_sentences(facts: Facts, lang: str) -> list[str]:
    """Return the sentences of the headline: how the index stands, and of the year to date where that is known."""
    return [t for t in (_stands(facts, lang), _to_date(facts, lang)) if t]


def _stands(facts: Facts, lang: str) -> str:
    row, about = facts.headline, facts.about
    name, when, base = about.name(lang), month_words(about.period, lang), base_words(about.base_period, lang)
    if lang == "zh":
        parts = [f"{when}份，{name}为{row.index}点（{base}）"]
        parts += [f"{word}{moved(text, lang)}" for word, text in (("同比", row.yoy_pct), ("环比", row.mom_pct)) if text]
        return "，".join(parts) + "。"
    first = f"In {when}, the {name} stood at {row.index} points ({base})."
    rates = ((row.yoy_pct, "the same month a year earlier"), (row.mom_pct, "the previous month"))
    moves = [f"{moved(text, lang)} from {than}" for text, than in rates if text]
    return first + (f" It {' and '.join(moves)}." if moves else "")


def _to_date(facts: Facts, lang: str) -> str:
    text, number = facts.headline.ytd_pct, int(facts.about.period[5:])
    # in January it is the change on the year, said already
    if not text or number == 1:
        return ""
    if lang == "zh":
        return f"1—{number}月平均，指数比上年同期{moved(text, lang)}。"
    span = f"January to {MONTHS_EN[number - 1]}"
    return f"The average of {span} {moved(text, lang)} from the same months a year earlier."


def paragraphs(facts: Facts, lang: str) -> list[str]:
    """Return the sentences under the headline: adjusted, movers, main contributors."""
    text = [_adjusted(part, facts, lang) for part in facts.adjusted if part[2]]
    text = [t for t in text if t]
    text += [t for t in (_movers(facts, lang), _top(facts, "yoy", lang), _top(facts, "mom", lang)) if t]
    return text


def _adjusted(part: AdjustedPart, facts: Facts, lang: str) -> str:
    component, index, change = part
    if component == "total":
        # a change "adjusted" for a season that the tests do not find is no news
        if facts.verdict.get("code") == "none":
            return ""
        zh, en = "指数", "the index"
    else:
        zh, en = COMPONENT_NAMES[component].index_pair
        en = f"the {en}"
    if lang == "zh":
        return f"经季节调整，{zh}为{index}点，环比{moved(change, lang)}。"
    return f"Seasonally adjusted, {en} stood at {index} points and {moved(change, lang)} from the previous month."


def _movers(facts: Facts, lang: str) -> str:
    parts = []
    for measure, zh, en in (("yoy_pct", "同比", "on a year earlier"), ("mom_pct", "环比", "on the previous month")):
        count: Movers = facts.movers[measure]
        total = count.up + count.down + count.flat
        if not total:
            continue
        if lang == "zh":
            words = ((count.up, "上涨"), (count.flat, "持平"), (count.down, "下降"), (count.withheld, "保密"))
            parts.append(zh + "、".join(f"{word}的{n}个" for n, word in words if n))
        else:
            shown = ((count.up, "rose"), (count.flat, "unchanged"), (count.down, "fell"))
            told = ", ".join(f"{n} {word}" for n, word in shown if n) + f" {en}"
            parts.append(told + (f", {count.withheld} confidential" if count.withheld else ""))
    if not parts:
        return ""
    classes = max(sum((m.up, m.down, m.flat, m.withheld)) for m in facts.movers.values())
    if lang == "zh":
        return f"{classes}个{LEVEL_ZH.get(facts.movers_level, '分类')}中，{'；'.join(parts)}。"
    return f"Of {classes} {'class' if classes == 1 else 'classes'}: {'; '.join(parts)}."


def _top(facts: Facts, measure: str, lang: str) -> str:
    rows = facts.top[f"{measure}_pp"]
    if not rows:
        return ""
    some = any(f"{measure}_pp" in r.withheld for r in facts.rows)
    if lang == "zh":
        word = "同比" if measure == "yoy" else "环比"
        return (
            f"从{word}看，{'已公布的分类中' if some else ''}影响较大的是："
            + "；".join(_contribution(r, measure, lang) for r in rows)
            + "。"
        )
    word = "year-on-year" if measure == "yoy" else "month-on-month"
    among = " among the published classes" if some else ""
    return (
        f"Largest effects on the {word} change{among}: "
        + "; ".join(_contribution(r, measure, lang) for r in rows)
        + "."
    )


def _contribution(row: Row, measure: str, lang: str) -> str:
    points, rate = getattr(row, f"{measure}_pp"), getattr(row, f"{measure}_pct")
    up, size = direction(points) > 0, points.removeprefix("-")
    if lang == "zh":
        price = f"{row.name_zh}价格{moved(rate, lang)}，" if rate else row.name_zh
        return f"{price}影响总指数{'上涨' if up else '下降'}约{size}个百分点"
    price = f"{row.name_en} {moved(rate, lang)} and" if rate else f"{row.name_en}"
    return f"{price} {'added' if up else 'took off'} {size} percentage {'point' if size == '1.00' else 'points'}"


def components_sentence(facts: Facts, lang: str) -> str:
    """Return what metal, making charge and stone did to the headline's change, by year and month; "" = unknown."""
    own = [p for p in facts.components if p.code == facts.headline.code and p.component != "unsplit"]
    text = ""
    for measure, zh, en in (("yoy_pp", "同比", "year-on-year"), ("mom_pp", "环比", "month-on-month")):
        known = [(COMPONENT_NAMES[p.component], getattr(p, measure)) for p in own if getattr(p, measure)]
        known = [(name, points) for name, points in known if direction(points)]
        if known and lang == "zh":
            parts = [
                f"{name.zh}影响总指数{'上涨' if direction(points) > 0 else '下降'}约{points.removeprefix('-')}个百分点"
                for name, points in known
            ]
            text += f"从{zh}看，{'，'.join(parts)}。"
        elif known:
            parts = [
                f"the {name.en.replace(' ', '-')} component {'added' if direction(points) > 0 else 'took off'} "
                f"{points.removeprefix('-')} percentage points"
                for name, points in known
            ]
            parts[0] += f" {'to' if direction(known[0][1]) > 0 else 'from'} the {en} change"
            text += f"{' ' if text else ''}{parts[0][0].upper()}{'; '.join(parts)[1:]}."
    return text


def prosperity_sentence(facts: Facts, lang: str) -> str:
    """Return what the prosperity index did: the total if there is one, and its dimensions; "" where there is none."""
    if not facts.prosperity:
        return ""
    zh, when = lang == "zh", month_words(facts.about.period, lang)
    total = [d for d in facts.prosperity if d.component == "total"]
    told = [_dimension(d, lang) for d in total or facts.prosperity]
    text = f"{when}份，{'；'.join(told)}。" if zh else f"In {when}, {'; '.join(told)}."
    # each dimension by the month: together they are what moved the total
    moves = [(d, _rose(d.mom_pct, lang)) for d in facts.prosperity if d.component != "total" and d.mom_pct]
    if total and moves and zh:
        text += f"其中，{'，'.join(f'{d.long_zh}环比{move}' for d, move in moves)}。"
    elif total and moves:
        parts = [f"the {d.long_en} {move}" for d, move in moves]
        text += f" On the month {' and '.join(filter(None, (', '.join(parts[:-1]), parts[-1])))}."
    return text


def _dimension(one: Dimension, lang: str) -> str:
    rates = [(one.yoy_pct, "同比", "the same month a year earlier"), (one.mom_pct, "环比", "the previous month")]
    if not one.index:
        return f"{one.long_zh}不予公布" if lang == "zh" else f"the {one.long_en} is withheld"
    if lang == "zh":
        moves = [f"{word}{_rose(rate, lang)}" for rate, word, _ in rates if rate]
        return "，".join([f"{one.long_zh}为{one.index}点", *moves])
    moves = [f"{_rose(rate, lang)} from {than}" for rate, _, than in rates if rate]
    return f"the {one.long_en} stood at {one.index} points" + (f": it {' and '.join(moves)}" if moves else "")


def _rose(rate: str, lang: str) -> str:
    # prices go up 上涨, activity rises 上升
    return moved(rate, lang).replace("上涨", "上升")


def tax_note(facts: Facts, lang: str) -> tuple[str, str]:
    """Return heading and text of the note on tax: what changed, what it did, and where the series without tax is.

    Raises
    ------
    ValueError
        The release has no series without tax.
    """
    taxes, about = facts.taxes, facts.about
    if taxes is None:
        raise ValueError("the release has no series without tax")
    rates = [(taxes.yoy_pct, "同比", "on the year"), (taxes.mom_pct, "环比", "on the month")]
    when = month_words(about.period, lang)
    earlier = [month_words(month, lang) for month, _, _ in taxes.breaks[:-1]]
    apart = len({taxes.index, taxes.low, taxes.high}) > 1
    if lang == "zh":
        text = f"本指数为{'含税' if about.tax_basis == 'incl' else '不含增值税'}口径。"
        for month, points, source in taxes.breaks[-1:]:
            text += f"{month_words(month, lang)}税收规定变动（{source}），"
            text += "按税负含量的中心假定，" if apart else ""
            text += f"影响当月总指数环比约{points}个百分点。"
        text += f"此前变动：{'、'.join(earlier)}。" if earlier else ""
        text += f"另编不含税指数：{when}为{taxes.index}点"
        text += "".join(f"，{word}{moved(rate, lang)}" for rate, word, _ in rates if rate)
        text += f"；价格中的税负含量为假定，按下限为{taxes.low}点，按上限为{taxes.high}点" if apart else ""
        return "税收口径", f"{text}。全部分类见 without_tax.csv，各分类的税收链接系数见 tax_links.csv。"
    text = f"The index is of prices {'with tax' if about.tax_basis == 'incl' else 'without value-added tax'}. "
    assumed = "by the central assumption " if apart else ""
    for month, points, source in taxes.breaks[-1:]:
        text += (
            f"In {month_words(month, lang)} the tax changed ({source}): {assumed}about {points} "
            f"percentage points of that month's change of the headline. "
        )
    text += f"It had changed before in {', '.join(earlier)}. " if earlier else ""
    text += f"An index without tax is compiled as well: {taxes.index} points in {when}"
    text += "".join(f", {_moved_by(rate)} {than}" for rate, _, than in rates if rate)
    if apart:
        text += f"; how much tax is in prices is an assumption: {taxes.low} points with the least, "
        text += f"{taxes.high} with the most"
    return "Tax", f"{text}. All classes: without_tax.csv; what tax did to each class: tax_links.csv."


def _moved_by(rate: str) -> str:
    sign, size = direction(rate), rate.removeprefix("-")
    return "unchanged" if sign == 0 else f"{'up' if sign > 0 else 'down'} {size}%"


def moved(rate: str, lang: str) -> str:
    """Return a published rate in words: the direction is that of the published figure.

    Examples
    --------
    >>> moved("8.4", "zh"), moved("-0.3", "zh"), moved("0.0", "zh")
    ('上涨8.4%', '下降0.3%', '持平')
    >>> moved("8.4", "en"), moved("-0.3", "en"), moved("0.0", "en")
    ('rose 8.4%', 'fell 0.3%', 'was unchanged')
    """
    sign, size = direction(rate), rate.removeprefix("-")
    if lang == "zh":
        return "持平" if sign == 0 else f"{'上涨' if sign > 0 else '下降'}{size}%"
    return "was unchanged" if sign == 0 else f"{'rose' if sign > 0 else 'fell'} {size}%"


def month_words(month: str, lang: str) -> str:
    """Return a month in words.

    Examples
    --------
    >>> month_words("2025-06", "zh"), month_words("2025-06", "en")
    ('2025年6月', 'June 2025')
    """
    year, number = month[:4], int(month[5:])
    return f"{year}年{number}月" if lang == "zh" else f"{MONTHS_EN[number - 1]} {year}"


def base_words(period: str, lang: str) -> str:
    """Return the base period in words.

    Examples
    --------
    >>> base_words("2019", "zh"), base_words("2014-06", "en")
    ('2019年平均=100', 'June 2014 = 100')
    """
    if len(period) == 4:
        return f"{period}年平均=100" if lang == "zh" else f"{period} average = 100"
    return f"{month_words(period, lang)}{'=' if lang == 'zh' else ' = '}100"


def date_words(date: str, lang: str) -> str:
    """Return a date in words.

    Examples
    --------
    >>> date_words("2025-07-15", "zh"), date_words("2025-07-15", "en")
    ('2025年7月15日', '15 July 2025')
    """
    day = as_date(date, "date")
    if lang == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {MONTHS_EN[day.month - 1]} {day.year}"
