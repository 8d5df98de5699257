"""Every field of a specification, checked in words: nothing reaches X-13's text that is not a known word or number."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from shuibei_index.adjust.specification import vocabulary as words
from shuibei_index.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from shuibei_index.adjust.specification.fields import Specification

# What X-13 starts an ARMA parameter from; and rounding of roots on the circle, which it takes for an MA part.
_START, _ROOT_SLACK = 0.1, 1e-6


def require_valid(spec: Specification) -> None:
    """Raise `UsageError` for the first field X-13 would not understand."""
    for name, allowed in words.CHOICES.items():
        if getattr(spec, name) not in allowed:
            raise _wrong(name, getattr(spec, name), f"one of {', '.join(word or repr('') for word in allowed)}")
    if spec.arima != words.AUTOMATIC and (not isinstance(spec.arima, str) or words.orders(spec.arima) is None):
        raise _wrong("arima", spec.arima, f"a model such as '{words.AIRLINE}', or '{words.AUTOMATIC}'")
    for name in ("outliers", "variables", "aictest"):
        if not _all_match(getattr(spec, name), words.TERM):
            raise _wrong(name, getattr(spec, name), "a tuple of X-13 terms, e.g. ('ao', 'ls')")
    _require_known_terms(spec)
    if not set(spec.outliers) <= set(words.OUTLIER_KINDS):
        raise _wrong("outliers", spec.outliers, "some of 'ao', 'ls', 'tc'")
    if not _all_match(spec.user, words.NAME):
        raise _wrong("user", spec.user, "a tuple of ASCII names of at most 16 letters, digits or _")
    if not isinstance(spec.usertype, tuple) or not spec.usertype or not set(spec.usertype) <= set(words.USER_TYPES):
        raise _wrong("usertype", spec.usertype, f"a tuple of {', '.join(words.USER_TYPES)}")
    if spec.user and len(spec.usertype) not in (1, len(spec.user)):
        raise _wrong("usertype", spec.usertype, f"one type, or {len(spec.user)}, one for each of `user`")
    known = frozenset[str]().union(*words.SAVED_BY.values())
    if not isinstance(spec.tables, tuple) or not set(spec.tables) <= known:
        raise _wrong("tables", spec.tables, f"codes of tables X-13 saves: {', '.join(sorted(known))}")
    _require_numbers(spec)
    _require_spans(spec)
    _require_filters(spec)
    _require_fixed(spec)
    _require_holidays(spec)
    _require_centring(spec.span)
    _require_together(spec)


def _require_known_terms(spec: Specification) -> None:
    for term in spec.variables:
        if not words.KNOWN_TERM.fullmatch(term):
            raise _wrong("variables", term, f"a term of X-13, e.g. td, easter[8], ao2015.2{_near(term)}")
    for term in spec.aictest:
        if term.lower() not in words.TESTED_TERMS:
            raise _wrong("aictest", term, f"some of {', '.join(words.TESTED_TERMS)}{_near(term)}")


def _near(term: str) -> str:
    match = re.match(r"[A-Za-z]+(?:1[a-z]+)?", term)
    return did_you_mean(match[0].lower(), words.TERM_NAMES) if match else ""


def _require_numbers(spec: Specification) -> None:
    if not _whole(spec.forecast_months, 0, 120):
        raise _wrong("forecast_months", spec.forecast_months, "0 to 120")
    if not _whole(spec.backcast_months, 0, 120):
        raise _wrong("backcast_months", spec.backcast_months, "0 to 120")
    if not _whole(spec.force_start, 1, 12):
        raise _wrong("force_start", spec.force_start, "1 to 12")
    for name, low, high in (("critical", 2.0, 100.0), ("force_rho", 0.0, 1.0), ("force_lambda", -3.0, 3.0)):
        value = getattr(spec, name)
        if value is not None and not (_number(value) and low <= value <= high):
            raise _wrong(name, value, f"None or a number from {low:g} to {high:g}")
    for name in ("x11_only", "projected", "seats_exact", "sliding_spans", "history", "spectrum"):
        if not isinstance(getattr(spec, name), bool):
            raise _wrong(name, getattr(spec, name), "True or False")


def _require_spans(spec: Specification) -> None:
    for name in ("outlier_span", "series_span", "model_span"):
        span = getattr(spec, name)
        if span is None:
            continue
        fits = (
            isinstance(span, tuple)
            and len(span) == 2
            and all(end is None or (isinstance(end, str) and words.PERIOD.fullmatch(end)) for end in span)
        )
        if not fits or (span[0] and span[1] and span[0] > span[1]):
            raise _wrong(name, span, "None or (first, last), e.g. ('2015-01', None), first not after last")
    start = spec.history_start
    if start is not None and not (isinstance(start, str) and words.PERIOD.fullmatch(start)):
        raise _wrong("history_start", start, "None or a period such as '2019-01'")


def _require_filters(spec: Specification) -> None:
    filters = (spec.seasonal_filter,) if isinstance(spec.seasonal_filter, str) else spec.seasonal_filter
    allowed = (*words.SEASONAL_FILTERS, "") if isinstance(spec.seasonal_filter, str) else words.SEASONAL_FILTERS
    if not isinstance(filters, tuple) or len(filters) not in (1, 4, 12) or not all(f in allowed for f in filters):
        raise _wrong("seasonal_filter", spec.seasonal_filter, f"one of {', '.join(words.SEASONAL_FILTERS)}, or 12 (4)")
    if len(filters) > 1 and "msr" in filters:
        raise _wrong("seasonal_filter", spec.seasonal_filter, "'msr' alone, not among the filters of single months")
    trend = spec.trend_filter
    if trend is not None and not (_whole(trend, 3, 101) and trend % 2 == 1):
        raise _wrong("trend_filter", trend, "None or an odd number from 3 to 101")
    limits = spec.sigma_limits
    if limits is not None and not (
        isinstance(limits, tuple) and len(limits) == 2 and all(map(_number, limits)) and 0 < limits[0] < limits[1]
    ):
        raise _wrong("sigma_limits", limits, "None or (low, high) with 0 < low < high")


def _require_fixed(spec: Specification) -> None:
    held = spec.fixed_arima
    if not isinstance(held, tuple) or not all(value is None or _number(value) for value in held):
        raise _wrong("fixed_arima", held, "a tuple of numbers (None = estimated)")
    if held:
        counts = words.orders(spec.arima)
        if counts is None:
            raise _wrong("fixed_arima", held, "nothing with arima='auto': parameters are held of a model that is named")
        if len(held) != sum(counts):
            raise _wrong("fixed_arima", held, f"{sum(counts)} values for {spec.arima}: AR {counts[0]}, MA {counts[1]}")
        _require_roots(spec)
    pairs = spec.fixed_regression
    if not isinstance(pairs, tuple) or not all(
        isinstance(pair, tuple)
        and len(pair) == 2
        and isinstance(pair[0], str)
        and isinstance(pair[1], tuple)
        and all(map(_number, pair[1]))
        for pair in pairs
    ):
        raise _wrong("fixed_regression", pairs, "term → value, e.g. {'td1coef': 0.002}")
    for term, values in pairs:
        if not (words.TERM.fullmatch(term) or words.NAME.fullmatch(term)):
            raise _wrong("fixed_regression", term, "the name of a term")
        wide = words.width(term, spec.transform)
        if len(values) != wide:
            raise _wrong("fixed_regression", {term: values}, f"{wide} values for {term}")
    if pairs and spec.transform == "auto":
        raise _wrong("fixed_regression", pairs, "nothing with transform='auto': coefficients belong to a transform")
    if pairs and any(term.lower().startswith("sincos") for term in spec.variables):
        raise _wrong("fixed_regression", pairs, "nothing with sincos terms")
    if len({term for term, _ in pairs}) < len(pairs):
        raise _wrong("fixed_regression", pairs, "each term once")


def _require_roots(spec: Specification) -> None:
    """Refuse held parameters X-13 aborts on: MA roots inside the unit circle, AR roots on or inside it."""
    names = ("AR", "seasonal AR", "MA", "seasonal MA")
    at = 0
    for name, lags in zip(names, words.operators(spec.arima), strict=True):
        values = spec.fixed_arima[at : at + len(lags)]
        at += len(lags)
        if all(value is None for value in values):
            continue
        polynomial = np.zeros(max(lags) + 1)
        polynomial[0] = 1.0
        # X-13 starts from 0.1 where nothing is given, and looks at the polynomial with it
        polynomial[list(lags)] = [-(_START if value is None else value) for value in values]
        size = float(np.abs(np.roots(polynomial)).max(initial=0.0))
        if size > 1 + _ROOT_SLACK or (name.endswith("AR") and size >= 1):
            raise _wrong(
                "fixed_arima",
                spec.fixed_arima,
                f"{name} parameters whose polynomial has no root inside the unit circle",
            )


def _require_holidays(spec: Specification) -> None:
    for name, windows in (("festival", () if spec.festival is None else (spec.festival,)), ("holidays", spec.holidays)):
        if not isinstance(windows, tuple):
            raise _wrong(name, windows, "a tuple")
        for window in windows:
            days = window if name == "festival" else window[1:]
            fits = isinstance(window, tuple) and len(days) == 3 and all(_whole(day, 0, 60) for day in days)
            if not fits or (
                name == "holidays" and not (isinstance(window[0], str) and words.NAME.fullmatch(window[0]))
            ):
                raise _wrong(
                    name, window, "days before, during and after, each 0 to 60 (holidays: with the name first)"
                )
    if len({window[0] for window in spec.holidays}) < len(spec.holidays):
        raise _wrong("holidays", spec.holidays, "each holiday once")


def _require_centring(span: object) -> None:
    if not (
        isinstance(span, tuple) and len(span) == 2 and all(_whole(y, 1, 9999) for y in span) and span[0] <= span[1]
    ):
        raise _wrong("span", span, "first and last year, e.g. (1950, 2100)")


def _require_together(spec: Specification) -> None:
    """Refuse fields that contradict each other and that X-13 would abort on."""
    if spec.method == "seats" and spec.x11_only:
        raise _wrong("x11_only", True, "False with method='seats': SEATS needs a model")
    effects = (spec.festival, spec.holidays, spec.user, spec.variables, spec.aictest, spec.outliers)
    if spec.x11_mode == "pseudoadd" and spec.transform != "none" and not spec.x11_only and any(effects):
        raise _wrong("x11_mode", "pseudoadd", "'mult' or 'logadd' where effects are taken out by a model")
    if spec.method == "seats" and (spec.seasonal_filter or spec.trend_filter or spec.sigma_limits):
        raise _wrong("method", "seats", "'x11' where X-11's filters or sigma limits are given")


def _all_match(terms: object, pattern: re.Pattern[str]) -> bool:
    return isinstance(terms, tuple) and all(isinstance(term, str) and pattern.fullmatch(term) for term in terms)


def _whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _wrong(name: str, value: object, expected: str) -> UsageError:
    return UsageError(
        f"{name} is {value!r}; expected {expected}", zh=f"季节调整设定的 {name} 为 {value!r}，应为：{expected}"
    )
