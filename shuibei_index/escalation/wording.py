"""The calculation line by line, in Chinese and in English."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from shuibei_index.component_names import COMPONENT_NAMES

if TYPE_CHECKING:
    from shuibei_index.escalation.calculation import Escalation
    from shuibei_index.escalation.figures import Figure

#: Names of the indices a clause may follow.
COMPONENTS = {name: words.index_pair for name, words in COMPONENT_NAMES.items() if words.index_zh}
_KINDS = {
    "first": (
        "所用指数为首次发布数，以后的修订不影响本计算。",
        "The index values are those first published; later revisions do not change this calculation.",
    ),
    "first_errata": (
        "所用指数为首次发布数，并采用该次发布的更正版；以后各期发布的修订不影响本计算。",
        "The index values are those first published, as corrected by errata of the same release; "
        "revisions in later releases do not change this calculation.",
    ),
    "vintage": (
        "注意：所用指数均取自同一版本 {vintage}，其他版本的数值可能不同；合同宜引用首次发布数。",
        "Note: both values are those of vintage {vintage}; other vintages may differ. "
        "A contract had better cite first published values.",
    ),
    "compiled": (
        "注意：所用指数取自内存中的编制结果，并非已发布的数值，不宜作为结算依据。",
        "Note: the values come from a compilation in memory and have not been published; do not settle on them.",
    ),
}
_STATUS = {
    "A": ("", ""),
    "P": ("初步数", "provisional"),
    "I": ("插补", "imputed"),
    "R": ("修订数", "revised"),
    "M": ("缺失", "missing"),
}


def lines(result: Escalation, lang: str) -> list[str]:
    """Return the calculation in "zh" or "en"."""
    return _zh(result) if lang == "zh" else _en(result)


def percent(value: Fraction, places: int) -> str:
    """Return a fraction in percent, "≈" before it if digits are left out.

    Examples
    --------
    >>> percent(Fraction(1, 8), 4), percent(Fraction(1, 3), 2), percent(Fraction(-1, 50), 2)
    ('12.5', '≈33.33', '-2')
    """
    scaled = round(value * 100 * 10**places)
    text = f"{Decimal(scaled).scaleb(-places):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if Fraction(scaled, 10**places) == value * 100 else f"≈{text}"


def _zh(r: Escalation) -> list[str]:
    t, places = r.terms, r.shown_decimals
    basis = f"，{_base(r.start.base_period, 'zh')}" if r.start.base_period else ""
    out = [
        "合同调价计算",
        f"一、合同金额：{r.amount:,.2f} 元",
        f"二、指数：{r.class_code} {r.start.name_zh} {COMPONENTS.get(r.component, (r.component,))[0]}，"
        f"未经季节调整{basis}",
        f"    基准月 {_value(r.start, 'zh')}",
        f"    调整月 {_value(r.end, 'zh')}",
        f"三、指数变动：{r.end.value} ÷ {r.start.value} − 1 = {percent(r.change, places)}%",
    ]
    if t.threshold_pct or t.cap_pct is not None or t.floor_pct is not None:
        out.append(f"    计入的变动：{percent(r.counted, places)}%（{'；'.join(_conditions(r, 'zh'))}）")
    out += [
        f"四、随指数调整的比例：{percent(Fraction(t.indexed_share), places)}%",
        f"五、调整后金额：{r.amount:,.2f} ×（1 + {percent(Fraction(t.indexed_share), places)}% × "
        f"{percent(r.counted, places)}%）= {r.adjusted:,.2f} 元",
        f"    差额：{r.difference:+,.2f} 元",
        f"说明：{_precision(r, 'zh')}比值不舍入，只在最后一次舍入到分（{r.rounding_words('zh')}）。",
        f"      {_kind(r, 'zh')}",
    ]
    return out


def _en(r: Escalation) -> list[str]:
    t, places = r.terms, r.shown_decimals
    basis = f", {_base(r.start.base_period, 'en')}" if r.start.base_period else ""
    out = [
        "Escalation of a contract amount",
        f"1. Amount: CNY {r.amount:,.2f}",
        f"2. Index: {r.class_code} {r.start.name_en}, {COMPONENTS.get(r.component, ('', r.component))[1]}, "
        f"not seasonally adjusted{basis}",
        f"   base month       {_value(r.start, 'en')}",
        f"   adjustment month {_value(r.end, 'en')}",
        f"3. Change of the index: {r.end.value} / {r.start.value} - 1 = {percent(r.change, places)} %",
    ]
    if t.threshold_pct or t.cap_pct is not None or t.floor_pct is not None:
        out.append(f"   change that counts: {percent(r.counted, places)} % ({'; '.join(_conditions(r, 'en'))})")
    out += [
        f"4. Share of the amount that follows the index: {percent(Fraction(t.indexed_share), places)} %",
        f"5. Adjusted amount: {r.amount:,.2f} x (1 + {percent(Fraction(t.indexed_share), places)} % x "
        f"{percent(r.counted, places)} %) = CNY {r.adjusted:,.2f}",
        f"   difference: CNY {r.difference:+,.2f}",
        f"Notes: {_precision(r, 'en')} The ratio is not rounded; the amount is rounded once, to fen "
        f"({r.rounding_words('en')}).",
        f"       {_kind(r, 'en')}",
    ]
    return out


def _value(figure: Figure, lang: str) -> str:
    status = _STATUS.get(figure.status, ("", ""))[0 if lang == "zh" else 1]
    parts = [f"{'发布' if lang == 'zh' else 'release'} {figure.vintage}"] if figure.vintage else []
    parts += [status] if status else []
    note = (f"（{'，'.join(parts)}）" if lang == "zh" else f" ({', '.join(parts)})") if parts else ""
    return f"{figure.period}：{figure.value}{note}" if lang == "zh" else f"{figure.period}: {figure.value}{note}"


def _base(period: str, lang: str) -> str:
    if lang == "zh":
        year, _, month = period.partition("-")
        return f"{year}年{int(month)}月=100" if month else f"{year}年平均=100"
    return f"{period} = 100"


def _conditions(r: Escalation, lang: str) -> list[str]:
    t = r.terms
    found: list[tuple[str, str]] = []
    if t.threshold_pct:
        mode = {"whole": ("超过时全额计入", "beyond it the whole change counts"), "excess": (
            "超过时只计超出部分", "beyond it only the excess counts")}[t.threshold_mode]  # fmt: skip
        found.append((f"变动不超过 {t.threshold_pct}% 不调整，{mode[0]}", f"none up to {t.threshold_pct} %, {mode[1]}"))
    if t.cap_pct is not None:
        found.append((f"上限 {t.cap_pct}%", f"at most {t.cap_pct} %"))
    if t.floor_pct is not None:
        found.append((f"下限 {t.floor_pct}%", f"at least {t.floor_pct} %"))
    return [words[0 if lang == "zh" else 1] for words in found]


def _precision(r: Escalation, lang: str) -> str:
    if r.precision == "published":
        return "指数按公布的小数位取值；" if lang == "zh" else "Index values are taken as printed."
    return "指数按全部小数位取值；" if lang == "zh" else "Index values are taken in full precision."


def _kind(r: Escalation, lang: str) -> str:
    return _KINDS[r.kind][0 if lang == "zh" else 1].format(vintage=r.start.vintage)
