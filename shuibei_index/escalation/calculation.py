"""Escalate: an amount of a contract, carried from one month to another by a published index."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import Any

from shuibei_index.errors import ShuibeiIndexError, UsageError
from shuibei_index.escalation.figures import PRECISIONS, Compiled, Figure, OneRelease, Source, checked_month
from shuibei_index.escalation.first_published import FirstPublished, intact
from shuibei_index.escalation.terms import Number, Terms, checked_amount, number, rounded_amount
from shuibei_index.escalation.wording import lines
from shuibei_index.release.bundle import Release, read_release
from shuibei_index.rules import Rules, RulesAt


class BasisError(ShuibeiIndexError):
    """Two index values that cannot be divided by each other: other base period, tax basis or stage."""


@dataclass(frozen=True)
class Escalation:
    """An escalated amount and every step to it.

    Parameters
    ----------
    amount, adjusted : Decimal
        CNY before and after, whole fen.
    class_code, component : str
    start, end : Figure
        The two index values, each with the release it was taken from.
    terms : Terms
    kind : str
        first, first_errata, vintage or compiled: how the values may be cited.
    precision : {"published", "full"}
    rounding : str
        The rule by which the amount was rounded.
    shown_decimals : int
        Decimals of percentages in the text.
    """

    amount: Decimal
    adjusted: Decimal
    class_code: str
    component: str
    start: Figure
    end: Figure
    terms: Terms
    kind: str
    precision: str
    rounding: str
    shown_decimals: int

    @property
    def change(self) -> Fraction:
        """Change of the index, exact: 0.05 = 5 %."""
        return Fraction(self.end.value) / Fraction(self.start.value) - 1

    @property
    def counted(self) -> Fraction:
        """Change that counts after threshold, cap and floor."""
        return self.terms.counted(self.change)

    @property
    def exact_factor(self) -> Fraction:
        """What the amount was multiplied by, exact."""
        return self.terms.factor(self.change)

    @property
    def factor(self) -> float:
        """What the amount was multiplied by."""
        return float(self.exact_factor)

    @property
    def difference(self) -> Decimal:
        """Adjusted minus original amount, CNY."""
        return self.adjusted - self.amount

    def rounding_words(self, lang: str) -> str:
        """Return the rule of rounding in words."""
        words = {
            "half_up": ("四舍五入", "a half away from zero"),
            "half_even": ("四舍六入五成双", "a half to the even digit"),
        }
        return words[self.rounding][0 if lang == "zh" else 1]

    def text(self, lang: str = "zh") -> str:
        """Return the calculation line by line in "zh" or "en", or both with "both"."""
        if lang not in ("zh", "en", "both"):
            raise UsageError(f"lang is {lang!r}; expected zh, en or both", zh=f"语言为 {lang!r}，应为 zh、en 或 both")
        chosen = ("zh", "en") if lang == "both" else (lang,)
        return "\n\n".join("\n".join(lines(self, one)) for one in chosen)

    def __str__(self) -> str:
        return self.text("both")

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.text('both'))}</pre>"

    def to_dict(self) -> dict[str, Any]:
        """Return the calculation for JSON; money and index values are texts, so that no digit is lost."""
        t = self.terms
        figures = {
            name: {"period": f.period, "index": str(f.value), "vintage": f.vintage, "obs_status": f.status}
            for name, f in (("from", self.start), ("to", self.end))
        }
        return {
            "amount": str(self.amount),
            "adjusted": str(self.adjusted),
            "difference": str(self.difference),
            "currency": "CNY",
            "factor": self.factor,
            "class_code": self.class_code,
            "component": self.component,
            "base_period": self.start.base_period,
            **figures,
            "change_pct": float(100 * self.change),
            "counted_pct": float(100 * self.counted),
            "terms": {
                "indexed_share": str(t.indexed_share),
                "threshold_pct": str(t.threshold_pct),
                "threshold_mode": t.threshold_mode,
                "cap_pct": None if t.cap_pct is None else str(t.cap_pct),
                "floor_pct": None if t.floor_pct is None else str(t.floor_pct),
            },
            "values": self.kind,
            "precision": self.precision,
            "rounding": self.rounding,
            "text_zh": self.text("zh"),
            "text_en": self.text("en"),
        }


def escalate(
    amount: Number,
    series: Any,
    start: str,
    end: str,
    *,
    class_code: str = "00",
    component: str = "total",
    indexed_share: Number = 1,
    threshold_pct: Number = 0,
    threshold_mode: str = "whole",
    cap_pct: Number | None = None,
    floor_pct: Number | None = None,
    precision: str = "published",
    errata: str = "ignore",
    rules: Rules | RulesAt | None = None,
) -> Escalation:
    """Carry an amount from one month to another by an index, as an escalation clause does.

    adjusted = amount × [1 + share × c(I_end / I_start − 1)], where c applies first the threshold, then cap and floor.

    Parameters
    ----------
    amount : int, float, str or Decimal
        CNY, above 0, whole fen.
    series : path, FirstPublished, Release or IndexSeries
        A workspace, or a folder of its releases: the never-revised series, each month as it was first published. One
        bundle (its folder, or `read_release`): the values of that vintage. An IndexSeries: values nobody published.
        The text says which.
    start, end : str
        "YYYY-MM": the base month of the contract and the month it is adjusted to.
    class_code, component : str
        "00" is the headline; total, metal, making or stone.
    indexed_share : number
        Part of the amount that follows the index, e.g. "0.15" where only the making charge does.
    threshold_pct : number
        A change of the index up to this many percent adjusts nothing.
    threshold_mode : {"whole", "excess"}
        Above the threshold the whole change counts, or only what exceeds it.
    cap_pct, floor_pct : number, optional
        Largest and smallest change of the index that counts, percent.
    precision : {"published", "full"}
        Index values as printed (what a contract cites), or with all digits.
    errata : {"ignore", "use"}
        For first published values: whether an erratum of the same release replaces its value.
    rules : Rules or RulesAt, optional
        Default: the packaged rules. Those of `end` are used.

    Returns
    -------
    Escalation

    Raises
    ------
    UsageError
        Amount, months, class, component or terms do not exist or do not fit; the value is withheld.
    BasisError
        The two values have another base period, tax basis or stage.
    ReleaseError
        The folder has no releases, or a bundle is not what its manifest lists.

    Notes
    -----
    Unadjusted values only: seasonally adjusted ones are re-estimated for years back (BLS, Price Adjustment Guide for
    Contracting Parties, advises the same).

    Examples
    --------
    >>> from decimal import Decimal
    >>> from shuibei_index.escalation import Terms
    >>> Terms(cap_pct=Decimal(5)).factor(Fraction(8, 100))
    Fraction(21, 20)
    """
    first, last = checked_month(start, "start", "基准月"), checked_month(end, "end", "调整月")
    if last < first:
        raise UsageError(
            f"the adjustment month {last} lies before the base month {first}", zh=f"调整月 {last} 早于基准月 {first}"
        )
    if precision not in PRECISIONS:
        raise UsageError(
            f"precision is {precision!r}; expected one of {', '.join(PRECISIONS)}",
            zh="precision 应为 published（公布值）或 full（全部小数位）",
        )
    whole = checked_amount(amount)
    terms = Terms(
        number(indexed_share, "indexed_share", "随指数调整的比例"),
        number(threshold_pct, "threshold_pct", "起调幅度"),
        threshold_mode,
        None if cap_pct is None else number(cap_pct, "cap_pct", "上限"),
        None if floor_pct is None else number(floor_pct, "floor_pct", "下限"),
    )
    every = rules if rules is not None else Rules.load()
    source = _source(series, errata, every)
    a, b = (source.figure(m, class_code, component, precision) for m in (first, last))
    _comparable(a, b)
    at = every.at(last)
    adjusted = rounded_amount(Fraction(whole) * terms.factor(Fraction(b.value) / Fraction(a.value) - 1), at)
    kind = "first_errata" if source.kind == "first" and getattr(source, "errata", "") == "use" else source.kind
    return Escalation(
        amount=whole,
        adjusted=adjusted,
        class_code=class_code,
        component=component,
        start=a,
        end=b,
        terms=terms,
        kind=kind,
        precision=precision,
        rounding=str(at["escalation_rounding"]),
        shown_decimals=int(at["escalation_shown_decimals"]),
    )


def _source(series: Any, errata: str, rules: Rules | RulesAt) -> Source:
    if isinstance(series, str | Path) and not (Path(series) / "manifest.json").is_file():
        return FirstPublished.open(series, errata)
    if errata != "ignore":
        raise UsageError(
            f"errata={errata!r} goes with a folder of releases only; one release has one value for each month",
            zh="errata 只适用于发布文件夹（首次发布数）；单一版本每月只有一个数值",
        )
    if isinstance(series, str | Path):
        return OneRelease(intact(read_release(series)))
    if isinstance(series, FirstPublished):
        return series
    if isinstance(series, Release):
        return OneRelease(intact(series))
    if hasattr(series, "to_frame") and hasattr(series, "base_period"):
        return Compiled(series, rules)
    raise UsageError(
        f"series is a {type(series).__name__}; expected a workspace folder, a release, or an IndexSeries",
        zh="series 应为工作区文件夹、发布包或指数序列",
    )


def _comparable(a: Figure, b: Figure) -> None:
    if a.basis == b.basis:
        return
    said = [f"{f.period}: {f.base_period} = 100, {f.tax_basis}, {f.stage} (release {f.vintage})" for f in (a, b)]
    raise BasisError(
        f"the two values are not on one basis and cannot be divided: {'; '.join(said)}. "
        f"Use one release that holds both months (series=read_release(…)) and say so in the contract.",
        zh=f"两个指数值的基期、含税口径或环节不同，不能相除：{'；'.join(said)}。请改用同时含两个月的同一发布版本",
    )
