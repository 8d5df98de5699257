"""Look at each series before the engine does: what would abort it is said in words, with month and remedy."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.adjust import periods
from shuibei_index.adjust.engine.limits import beyond_limits, horizon
from shuibei_index.adjust.holidays.regressors import spring_festival_dates
from shuibei_index.adjust.specification.fields import Span, Specification
from shuibei_index.adjust.specification.vocabulary import MISSING_CODE
from shuibei_index.adjust.wording import Text, some
from shuibei_index.rules import RulesAt

__all__ = ["Ready", "Refused", "Text", "check_series"]


@dataclass(frozen=True)
class Ready:
    """A series that can be adjusted, cut to its own span, with what was noticed on the way."""

    series: str
    first: str
    values: npt.NDArray[np.float64]
    specification: Specification
    notes: tuple[Text, ...] = ()

    @property
    def months(self) -> list[str]:
        """The periods from the first to the last value."""
        return periods.between(self.first, self.last)

    @property
    def period(self) -> int:
        """Periods a year: 12 or 4."""
        return periods.per_year(self.first)

    @property
    def last(self) -> str:
        """The period of the last value."""
        return periods.shift(self.first, len(self.values) - 1)

    def coded(self) -> npt.NDArray[np.float64]:
        """Return the values with X-13's own mark for a missing month."""
        return np.where(np.isnan(self.values), float(MISSING_CODE), self.values)


@dataclass(frozen=True)
class Refused:
    """A series that is not adjusted, and why."""

    series: str
    reason: Text
    first: str = ""
    last: str = ""
    count: int = 0


def check_series(series: str, column: pd.Series, specification: Specification, rules: RulesAt) -> Ready | Refused:
    """Decide whether a series can be adjusted.

    Parameters
    ----------
    series
        Its name, used in every message.
    column
        Values by month ("YYYY-MM") or quarter ("YYYY-Qn"), none left out, NaN = not observed.
    specification
        How it is to be adjusted.
    rules
        The month's rules: smallest length and largest share of missing months.
    """
    values = column.to_numpy(dtype=np.float64)
    labels: list[str] = column.index.tolist()
    if specification.series_span is not None:
        values = np.where(_inside(labels, specification.series_span), values, np.nan)
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        at = some([labels[k] for k in infinite])
        return Refused(
            series,
            Text(
                f"序列“{series}”：{at} 的值为无穷大；请改正，或留空表示缺失",
                f"series '{series}': the value of {at} is infinite; correct it, or leave it empty if not observed",
            ),
        )
    seen = np.flatnonzero(~np.isnan(values))
    if not len(seen):
        return Refused(series, Text(f"序列“{series}”：没有任何观测值", f"series '{series}': no value in any month"))
    begin, end = int(seen[0]), int(seen[-1]) + 1
    cut = values[begin:end].copy()
    first, last = labels[begin], labels[end - 1]
    reason = (
        _constant(series, cut, first)
        or _short(series, first, last, len(cut), rules)
        or _gaps(series, cut, labels[begin:end], specification, rules)
        or _outside_table(series, first, last, specification)
        or beyond_limits(series, cut, labels[begin:end], specification, periods.per_year(first))
    )
    # X-13 is given the span alone, which is what it would cut out itself.
    spec, notes = replace(specification, series_span=None), _span_notes(labels, first, last)
    not_positive = np.flatnonzero(cut <= 0)
    if reason is None and len(not_positive) and spec.transform != "none":
        at = some([labels[begin + k] for k in not_positive])
        if spec.not_positive == "refuse" or spec.fixed_regression:
            reason = Text(
                f"序列“{series}”：{at} 的值不大于零，不能取对数；请核对数据，或改用 transform='none'（加法模型）",
                f"series '{series}': the value of {at} is not above zero, so no logarithm exists; "
                "check the data, or choose transform='none' (additive)",
            )
        else:
            spec = replace(spec, transform="none", x11_mode="mult" if spec.x11_mode == "default" else spec.x11_mode)
            notes.append(Text(f"{at} 的值不大于零，改用加法模型", f"additive, as the value of {at} is not above zero"))
    if reason is not None:
        return Refused(series, reason, first, last, len(seen))
    missing = [labels[begin + int(k)] for k in np.flatnonzero(np.isnan(cut))]
    if missing:
        notes.append(Text(f"缺失月份 {some(missing)} 由模型估计", f"missing {some(missing)} estimated by the model"))
    return Ready(series, first, cut, spec, tuple(notes))


def _inside(labels: list[str], span: Span) -> npt.NDArray[np.bool_]:
    first, last = (None if end is None else periods.ordinal(end) for end in span)
    at = np.array([periods.ordinal(label) for label in labels])
    fits = all(end is None or periods.per_year(end) == periods.per_year(labels[0]) for end in span)
    inside = (at >= (at[0] if first is None else first)) & (at <= (at[-1] if last is None else last))
    return np.asarray(inside & fits)


def _units(first: str, count: int = 2) -> tuple[str, str]:
    zh, en = ("个季度", "quarter") if periods.per_year(first) == 4 else ("个月", "month")
    return zh, en if count == 1 else f"{en}s"


def _constant(series: str, cut: npt.NDArray[np.float64], first: str) -> Text | None:
    level = cut[0]
    if not np.all(np.isnan(cut) | (cut == level)):
        return None
    zh, en = _units(first)
    return Text(
        f"序列“{series}”：全部 {len(cut)} {zh}的值都等于 {level:g}，没有可调整的变动；请直接使用原序列",
        f"series '{series}': all {len(cut)} {en} are {level:g}; there is no movement to adjust, use it as it is",
    )


def _short(series: str, first: str, last: str, count: int, rules: RulesAt) -> Text | None:
    least = -(-int(rules["seasonal_minimum_months"]) * periods.per_year(first) // 12)
    if count >= least:
        return None
    ready = periods.shift(first, least - 1)
    zh, en = _units(first, count)
    return Text(
        f"序列“{series}”：只有 {count} {zh}（{first} 至 {last}），至少需要 {least} {zh}；可自 {ready} 起调整",
        f"series '{series}': only {count} {en} ({first} to {last}), at least {least} are needed; "
        f"it can be adjusted from {ready} on",
    )


def _gaps(
    series: str, cut: npt.NDArray[np.float64], labels: list[str], specification: Specification, rules: RulesAt
) -> Text | None:
    missing = [labels[k] for k in np.flatnonzero(np.isnan(cut))]
    if not missing:
        return None
    zh, en = _units(labels[0], len(missing))
    share, limit = 100 * len(missing) / len(cut), float(rules["seasonal_missing_percent"])
    if specification.missing == "refuse":
        return Text(
            f"序列“{series}”：中间缺 {len(missing)} {zh}（{some(missing)}）；"
            "请补齐，或用 missing='estimate' 由模型估计",
            f"series '{series}': {len(missing)} {en} missing inside ({some(missing)}); "
            "supply what is missing, or choose missing='estimate' to have the model estimate it",
        )
    if share <= limit:
        return None
    return Text(
        f"序列“{series}”：中间缺 {len(missing)} {zh}（{some(missing)}），占 {share:.1f}%，超过上限 {limit:g}%；请补齐",
        f"series '{series}': {len(missing)} {en} missing inside ({some(missing)}), {share:.1f} %, "
        f"more than the limit of {limit:g} %; supply what is missing",
    )


def _outside_table(series: str, first: str, last: str, specification: Specification) -> Text | None:
    if specification.festival is None or specification.x11_only:
        return None
    years = spring_festival_dates()
    period = periods.per_year(first)
    # X-13 needs the regressors as far as it forecasts, in both directions.
    first = periods.shift(first, -specification.backcast_months)
    last = periods.shift(last, horizon(specification, period))
    if periods.ordinal(first) >= min(years) * period and periods.ordinal(last) < (max(years) + 1) * period:
        return None
    return Text(
        f"序列“{series}”：{first} 至 {last}（含预测期）超出春节日期表 {min(years)}–{max(years)} 年；"
        "请截短序列，或用 festival=None 不加春节变量",
        f"series '{series}': {first} to {last} (with the forecasts) is not inside the Spring Festival table "
        f"{min(years)}-{max(years)}; shorten it, or choose festival=None to go without",
    )


def _span_notes(labels: list[str], first: str, last: str) -> list[Text]:
    notes = []
    if first != labels[0]:
        notes.append(Text(f"自 {first} 开始", f"starts in {first}"))
    if last != labels[-1]:
        notes.append(Text(f"至 {last} 结束", f"ends in {last}"))
    return notes
