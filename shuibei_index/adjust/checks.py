"""Look at each series before the engine does: what would abort it is said in words, with month and remedy."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months
from shuibei_index.adjust.holidays.regressors import spring_festival_dates
from shuibei_index.adjust.specification.fields import MISSING_CODE, Specification
from shuibei_index.rules import RulesAt


@dataclass(frozen=True)
class Text:
    """One sentence in both languages."""

    zh: str
    en: str


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
        """The months from the first to the last value."""
        return months.between(self.first, self.last)

    @property
    def last(self) -> str:
        """The month of the last value."""
        return months.shift(self.first, len(self.values) - 1)

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
        Values by month ("YYYY-MM", no month left out), NaN = not observed.
    specification
        How it is to be adjusted.
    rules
        The month's rules: smallest length and largest share of missing months.
    """
    values = column.to_numpy(dtype=np.float64)
    labels = [str(label) for label in column.index]
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        at = _some([labels[k] for k in infinite])
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
        _constant(series, cut)
        or _short(series, first, last, len(cut), rules)
        or _gaps(series, cut, labels[begin:end], specification, rules)
        or _outside_table(series, first, last, specification)
    )
    spec, notes = specification, _span_notes(labels, first, last)
    not_positive = np.flatnonzero(cut <= 0)
    if reason is None and len(not_positive) and spec.transform != "none":
        at = _some([labels[begin + k] for k in not_positive])
        if spec.not_positive == "refuse":
            reason = Text(
                f"序列“{series}”：{at} 的值不大于零，不能取对数；请核对数据，或改用 transform='none'（加法模型）",
                f"series '{series}': the value of {at} is not above zero, so no logarithm exists; "
                "check the data, or choose transform='none' (additive)",
            )
        else:
            spec = replace(spec, transform="none")
            notes.append(Text(f"{at} 的值不大于零，改用加法模型", f"additive, as the value of {at} is not above zero"))
    if reason is not None:
        return Refused(series, reason, first, last, len(seen))
    missing = [labels[begin + int(k)] for k in np.flatnonzero(np.isnan(cut))]
    if missing:
        notes.append(Text(f"缺失月份 {_some(missing)} 由模型估计", f"missing {_some(missing)} estimated by the model"))
    return Ready(series, first, cut, spec, tuple(notes))


def _constant(series: str, cut: npt.NDArray[np.float64]) -> Text | None:
    level = cut[0]
    if not np.all(np.isnan(cut) | (cut == level)):
        return None
    return Text(
        f"序列“{series}”：全部 {len(cut)} 个月的值都等于 {level:g}，没有可调整的变动；请直接使用原序列",
        f"series '{series}': all {len(cut)} months are {level:g}; there is no movement to adjust, use it as it is",
    )


def _short(series: str, first: str, last: str, count: int, rules: RulesAt) -> Text | None:
    least = int(rules["seasonal_minimum_months"])
    if count >= least:
        return None
    ready = months.shift(first, least - 1)
    return Text(
        f"序列“{series}”：只有 {count} 个月（{first} 至 {last}），至少需要 {least} 个月；可自 {ready} 起调整",
        f"series '{series}': only {count} months ({first} to {last}), at least {least} are needed; "
        f"it can be adjusted from {ready} on",
    )


def _gaps(
    series: str, cut: npt.NDArray[np.float64], labels: list[str], specification: Specification, rules: RulesAt
) -> Text | None:
    missing = [labels[k] for k in np.flatnonzero(np.isnan(cut))]
    if not missing:
        return None
    share, limit = 100 * len(missing) / len(cut), float(rules["seasonal_missing_percent"])
    if specification.missing == "refuse":
        return Text(
            f"序列“{series}”：中间缺 {len(missing)} 个月（{_some(missing)}）；"
            "请补齐，或用 missing='estimate' 由模型估计",
            f"series '{series}': {len(missing)} months missing inside ({_some(missing)}); "
            "supply them, or choose missing='estimate' to have the model estimate them",
        )
    if share <= limit:
        return None
    return Text(
        f"序列“{series}”：中间缺 {len(missing)} 个月（{_some(missing)}），占 {share:.1f}%，超过上限 {limit:g}%；请补齐",
        f"series '{series}': {len(missing)} months missing inside ({_some(missing)}), {share:.1f} %, "
        f"more than the limit of {limit:g} %; supply them",
    )


def _outside_table(series: str, first: str, last: str, specification: Specification) -> Text | None:
    if specification.festival is None:
        return None
    years = spring_festival_dates()
    # X-13 needs the regressors as far as it forecasts.
    horizon = months.shift(last, specification.forecast_months)
    if first >= f"{min(years)}-01" and horizon <= f"{max(years)}-12":
        return None
    return Text(
        f"序列“{series}”：{first} 至 {horizon}（含预测期）超出春节日期表 {min(years)}–{max(years)} 年；"
        "请截短序列，或用 festival=None 不加春节变量",
        f"series '{series}': {first} to {horizon} (with the forecasts) is not inside the Spring Festival table "
        f"{min(years)}-{max(years)}; shorten it, or choose festival=None to go without",
    )


def _span_notes(labels: list[str], first: str, last: str) -> list[Text]:
    notes = []
    if first != labels[0]:
        notes.append(Text(f"自 {first} 开始", f"starts in {first}"))
    if last != labels[-1]:
        notes.append(Text(f"至 {last} 结束", f"ends in {last}"))
    return notes


def _some(labels: list[str], limit: int = 3) -> str:
    return ", ".join(labels[:limit]) + (f", … ({len(labels)})" if len(labels) > limit else "")
