"""What X-13 aborts on, looked for before it runs and said in words: which series, which period, what to do."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust import periods
from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.adjust.specification.vocabulary import MISSING_CODE, MODEL, longest_lags
from shuibei_index.adjust.wording import Text, some

# X-13 says it takes this many calendar years, forecasts included; measured on builds 61 and 62, its X-11 already dies
# without a word from 903 values on.
MOST_YEARS, MOST_VALUES = 85, 900
# Larger numbers do not fit X-13's print format.
LARGEST = 1e18
# A series of smaller numbers throughout X-13 takes for zeros (measured: refused at 1.5e-20, taken at 9e-20).
SMALLEST = 9e-20
MOST_REGRESSORS = 52
_DATED = re.compile(r"(?:ao|ls|tc|so)(\d{4})\.(\w+)", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def horizon(spec: Specification, period: int) -> int:
    """Return how many periods X-13 forecasts: SEATS takes three years whatever was asked."""
    return max(spec.forecast_months, 3 * period) if spec.method == "seats" else spec.forecast_months


def beyond_limits(
    series: str, values: npt.NDArray[np.float64], labels: list[str], spec: Specification, period: int
) -> Text | None:
    """Return why X-13 would abort on a series, None if no reason is known.

    Parameters
    ----------
    series
        Its name.
    values, labels
        Values (NaN = missing) and periods from the first to the last value.
    spec
        What is asked for.
    period
        Periods a year.
    """
    return (
        _too_long(series, labels, spec, period)
        or _too_large(series, values, labels)
        or _too_small(series, values)
        or _taken_for_missing(series, values, labels)
        or _empty_season(series, values, labels, spec, period)
        or _dates_outside(series, labels, spec, period)
        or _filters(series, values, spec, period)
        or _too_few(series, labels, spec, period)
    )


def _too_long(series: str, labels: list[str], spec: Specification, period: int) -> Text | None:
    back, ahead = spec.backcast_months, horizon(spec, period)
    first, last = periods.shift(labels[0], -back), periods.shift(labels[-1], ahead)
    years = periods.ordinal(last) // period - periods.ordinal(first) // period + 1
    if years <= MOST_YEARS and len(labels) <= MOST_VALUES:
        return None
    most = min(MOST_VALUES, (MOST_YEARS - 1) * period - ahead - back)
    start = periods.shift(labels[-1], 1 - most)
    return Text(
        f"序列“{series}”：{labels[0]} 至 {labels[-1]} 有 {len(labels)} 个值，连同预测期跨 {years} 年，"
        f"X-13 最多 {MOST_VALUES} 个值、{MOST_YEARS} 年；请用 series_span=('{start}', None) 截短",
        f"series '{series}': {labels[0]} to {labels[-1]} has {len(labels)} values and with the forecasts spans {years} "
        f"years, X-13 takes at most {MOST_VALUES} values and {MOST_YEARS} years; shorten it, e.g. "
        f"series_span=('{start}', None)",
    )


def _too_large(series: str, values: npt.NDArray[np.float64], labels: list[str]) -> Text | None:
    large = np.flatnonzero(np.abs(values) > LARGEST)
    if not len(large):
        return None
    at = some([labels[k] for k in large])
    return Text(
        f"序列“{series}”：{at} 的值超过 1e18，X-13 无法输出；请换用较大的计量单位",
        f"series '{series}': the value of {at} is above 1e18, more than X-13 can print; use a larger unit",
    )


def _too_small(series: str, values: npt.NDArray[np.float64]) -> Text | None:
    if not np.nanmax(np.abs(values)) < SMALLEST:
        return None
    return Text(
        f"序列“{series}”：所有值都小于 {SMALLEST:g}，X-13 视为零；请换用较小的计量单位",
        f"series '{series}': every value is below {SMALLEST:g}, which X-13 takes for zero; use a smaller unit",
    )


def _taken_for_missing(series: str, values: npt.NDArray[np.float64], labels: list[str]) -> Text | None:
    coded = np.flatnonzero(values == MISSING_CODE)
    if not len(coded):
        return None
    at = some([labels[k] for k in coded])
    return Text(
        f"序列“{series}”：{at} 的值为 {MISSING_CODE}，X-13 以此表示缺失；若确为缺失请留空",
        f"series '{series}': the value of {at} is {MISSING_CODE}, X-13's mark of a missing one; "
        "leave it empty if nothing was observed",
    )


def _empty_season(
    series: str, values: npt.NDArray[np.float64], labels: list[str], spec: Specification, period: int
) -> Text | None:
    missing = np.isnan(values)
    if not missing.any():
        return None
    if spec.x11_only:
        at = some([labels[k] for k in np.flatnonzero(missing)])
        return Text(
            f"序列“{series}”：{at} 缺失，没有模型（x11_only=True）就无法估计；请补齐，或使用模型",
            f"series '{series}': {at} missing and, with x11_only=True, no model to estimate it; supply it, or use one",
        )
    place = np.array([periods.ordinal(label) for label in labels]) % period
    empty = [k for k in range(period) if missing[place == k].all()]
    if not empty:
        return None
    number = empty[0] + 1
    unit = ("月", "month") if period == 12 else ("季度", "quarter")
    return Text(
        f"序列“{series}”：各年第 {number} {unit[0]}都没有值，无法估计季节因子；请补齐",
        f"series '{series}': no value in {unit[1]} {number} of any year, so it has no seasonal factor; supply some",
    )


def _dates_outside(series: str, labels: list[str], spec: Specification, period: int) -> Text | None:
    for term in spec.variables:
        match = _DATED.fullmatch(term)
        if match is None:
            continue
        word = match[2].lower()
        number = _MONTHS.index(word) + 1 if word in _MONTHS else int(word) if word.isdigit() else 0
        at = periods.label(int(match[1]) * period + number - 1, period) if 1 <= number <= period else ""
        # A level shift in the first or last period, or a seasonal one in the first, is not taken by X-13.
        begin, end = {"ls": (1, -1), "so": (1, None)}.get(term[:2].lower(), (0, None))
        if at not in labels[begin:end]:
            return Text(
                f"序列“{series}”：异常值 {term} 不在 {labels[0]} 至 {labels[-1]} 之内；请从 variables 中去掉或改正日期",
                f"series '{series}': outlier {term} does not lie within {labels[0]} to {labels[-1]}; "
                "drop it from `variables` or correct its date",
            )
    start = spec.history_start
    if spec.history and start is not None and start not in labels[:-1]:
        return Text(
            f"序列“{series}”：history_start 的 {start} 不在 {labels[0]} 至 {labels[-2]} 之内；请改正",
            f"series '{series}': {start} of history_start does not lie within {labels[0]} to {labels[-2]}; correct it",
        )
    for name in ("outlier_span", "model_span"):
        span = getattr(spec, name)
        ends = [end for end in span or () if end is not None]
        wrong = [end for end in ends if periods.per_year(end) != period or not labels[0] <= end <= labels[-1]]
        if wrong:
            return Text(
                f"序列“{series}”：{name} 的 {wrong[0]} 不在 {labels[0]} 至 {labels[-1]} 之内；请改正",
                f"series '{series}': {wrong[0]} of {name} does not lie within {labels[0]} to {labels[-1]}; correct it",
            )
    return None


def _filters(series: str, values: npt.NDArray[np.float64], spec: Specification, period: int) -> Text | None:
    length = spec.trend_filter
    ahead = 0 if spec.x11_only else spec.forecast_months + spec.backcast_months
    if length is not None and length > len(values) + ahead:
        return Text(
            f"序列“{series}”：趋势滤波长 {length}，序列连同预测期只有 {len(values) + ahead} 期；请减小 trend_filter",
            f"series '{series}': the trend filter has {length} terms and the series, forecasts included, "
            f"{len(values) + ahead} values; choose a smaller trend_filter",
        )
    count = 1 if isinstance(spec.seasonal_filter, str) else len(spec.seasonal_filter)
    if count not in (1, period):
        return Text(
            f"序列“{series}”：seasonal_filter 有 {count} 个，应为 1 个或 {period} 个",
            f"series '{series}': seasonal_filter has {count} entries; expected 1 or {period}",
        )
    return None


def _too_few(series: str, labels: list[str], spec: Specification, period: int) -> Text | None:
    """Count what differencing and conditional estimation leave of the model's span."""
    match = MODEL.fullmatch(spec.arima.strip())
    if match is None or spec.x11_only:
        return None
    first, last = spec.model_span or (None, None)
    used = periods.ordinal(last or labels[-1]) - periods.ordinal(first or labels[0]) + 1
    left = used - differences(spec)[0] - period * differences(spec)[1]
    # Measured: as many as the longest lags of the AR and the MA part together.
    if left >= longest_lags(spec.arima, period):
        return None
    return Text(
        f"序列“{series}”：模型 {spec.arima} 差分后只剩 {left} 个值，不足以估计；请加长 model_span 或改用较简单的模型",
        f"series '{series}': model {spec.arima} leaves {left} values after differencing, too few to estimate it; "
        "lengthen model_span or choose a simpler model",
    )


def differences(spec: Specification) -> tuple[int, int]:
    """Return the orders of differencing of the model: ordinary, seasonal. The automatic model counts as (1, 1)."""
    match = MODEL.fullmatch(spec.arima.strip())
    return (int(match["d"]), int(match["D"] or 0)) if match else (1, 1)


def without_information(
    regressors: npt.NDArray[np.float64], spec: Specification, period: int, seen: npt.NDArray[np.bool_]
) -> list[int]:
    """Return the columns that say nothing the model does not know already, so that X-13 would stop at them.

    A column that is constant, or the same in every year where the model takes seasonal differences, becomes zero when
    it is differenced; a column that others add up to is not told apart from them.

    Parameters
    ----------
    regressors
        Shape (T, K), over the series' own periods.
    spec
        Its model says how often is differenced.
    period
        Periods a year.
    seen
        Shape (T,), whether the series has a value.
    """
    ordinary, seasonal = differences(spec)
    moved = np.where(seen[:, None], regressors, 0.0)
    for _ in range(ordinary):
        moved = moved[1:] - moved[:-1]
    for _ in range(seasonal):
        moved = moved[period:] - moved[:-period]
    size = np.sqrt(np.square(moved).sum(axis=0))
    scale = np.maximum(np.sqrt(np.square(regressors).sum(axis=0)), 1e-300)
    useless: list[int] = []
    basis = np.empty((len(moved), 0))
    for column in range(moved.shape[1]):  # a handful of regressors
        vector = moved[:, column] / max(size[column], 1e-300)
        rest = vector - basis @ (basis.T @ vector)
        rest -= basis @ (basis.T @ rest)
        length = float(np.sqrt(rest @ rest))
        if size[column] < 1e-9 * scale[column] or length < 1e-7:
            useless.append(column)
        else:
            basis = np.column_stack([basis, rest / length])
    return useless
