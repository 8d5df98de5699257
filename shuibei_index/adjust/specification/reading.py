"""X-13's text as a specification: what other tools wrote, as far as it is supported here, and nothing left out."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from shuibei_index.adjust.specification import vocabulary as words
from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.adjust.specification.request import OWN_FIELDS, OWN_MARK, regressor_names
from shuibei_index.adjust.specification.tokens import Parts, Value, parse
from shuibei_index.errors import ShuibeiIndexWarning, UsageError

_Number = TypeVar("_Number", int, float)

# Arguments that change files and listings, not results.
_IDLE = frozenset(("title", "name", "file", "format", "save", "savelog", "print", "start", "data", "decimals"))
_TAKEN: dict[str, frozenset[str]] = {
    "series": frozenset(("period", "span", "modelspan", "missingcode")),
    "transform": frozenset(("function",)),
    "regression": frozenset(("variables", "aictest", "user", "usertype", "b")),
    "outlier": frozenset(("types", "critical", "span", "method")),
    "arima": frozenset(("model", "ar", "ma")),
    "automdl": frozenset(),
    "estimate": frozenset(),
    "forecast": frozenset(("maxlead", "maxback")),
    "x11": frozenset(("mode", "seasonalma", "trendma", "sigmalim", "appendfcst")),
    "seats": frozenset(("appendfcst", "noadmiss")),
    "force": frozenset(("type", "target", "rho", "lambda", "start")),
    "slidingspans": frozenset(),
    "history": frozenset(("estimates", "start")),
    "spectrum": frozenset(),
}
# Of these parts "start" does change the result.
_START_COUNTS = frozenset(("force", "history"))
# Parts whose tables follow from the diagnostics asked for.
_OWN_TABLES: dict[str, tuple[str, ...]] = {
    "force": ("saa",),
    "slidingspans": words.SLIDING_TABLES,
    "history": words.HISTORY_TABLES,
    "spectrum": words.SPECTRUM_TABLES,
}
_DATE = re.compile(r"(\d{4})\.(?:(\d{1,2})|([a-z]{3}))", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PLAIN = Specification(
    transform="none",
    arima=words.AIRLINE,
    outliers=(),
    festival=None,
    span=(1950, 2100),
    forecast_months=12,
    x11_mode="default",
    missing="estimate",
    not_positive="refuse",
)


def specification_of(text: str, base: Specification | None = None) -> Specification:
    """Read a specification file; see `Specification.from_text`."""
    parts = parse(text)
    for part, arguments in parts.items():
        if part not in _TAKEN:
            raise _unsupported(f"the part {part}{{ }}")
        for name in arguments:
            idle = name in _IDLE and not (name == "start" and part in _START_COUNTS)
            if not idle and name not in _TAKEN[part]:
                raise _unsupported(f"{part}{{ {name}= }}")
    period = _as(int, _one(parts, "series", "period") or "12", "series{ period= }")
    if period not in (4, 12):
        raise _unsupported(f"series{{ period={period} }}")
    _say_what_is_not_read(parts)
    fields: dict[str, Any] = {"tables": _tables(parts)}
    for read in (_series, _transform, _model, _forecast, _adjustment, _outlier, _force, _further):
        fields |= read(parts, period)
    own = _own_fields(text)
    if own:
        # The file's own lines know better which tables were wanted, and without a model nothing is said of forecasts.
        for name in ("tables", "projected") if fields["x11_only"] else ("tables",):
            fields.pop(name)
    start = base if base is not None else _PLAIN
    if own:
        start = start.with_fields(own)
    elif base is None:
        start = replace(start, user=())
    return _with_regression(replace(start, **fields), parts, period, own)


def _series(parts: Parts, period: int) -> dict[str, Any]:
    if (code := _one(parts, "series", "missingcode")) is not None and _as(
        float, code, "series{ missingcode= }"
    ) != words.MISSING_CODE:
        raise _unsupported(f"series{{ missingcode={code} }}")
    return {
        "series_span": _span(parts, "series", "span", period),
        "model_span": _span(parts, "series", "modelspan", period),
    }


def _transform(parts: Parts, period: int) -> dict[str, Any]:
    function = (_one(parts, "transform", "function") or "none").lower()
    if function not in words.CHOICES["transform"]:
        raise _unsupported(f"transform{{ function={function} }}")
    return {"transform": function}


def _model(parts: Parts, period: int) -> dict[str, Any]:
    if "automdl" in parts:
        if "arima" in parts:
            raise _unsupported("arima{ } beside automdl{ }")
        return {"arima": words.AUTOMATIC, "fixed_arima": (), "x11_only": False}
    if "arima" not in parts:
        for part in ("regression", "outlier", "estimate", "forecast", "seats"):
            if part in parts:
                raise _unsupported(f"{part}{{ }} without arima{{ }} or automdl{{ }}")
        return {"arima": words.AIRLINE, "fixed_arima": (), "x11_only": True}
    model = _one(parts, "arima", "model") or ""
    counts = words.orders(model)
    if counts is None:
        raise _unsupported(f"arima{{ model={model or '()'} }}")
    held: list[float | None] = []
    for key, count in zip(("ar", "ma"), counts, strict=True):
        entries = parts["arima"].get(key, [None] * count)
        if len(entries) != count:
            raise _unsupported(f"arima{{ {key}= }} with {len(entries)} values for {model}")
        held += [_held(entry, f"arima{{ {key}= }}") for entry in entries]
    return {
        "arima": model,
        "fixed_arima": tuple(held) if any(value is not None for value in held) else (),
        "x11_only": False,
    }


def _forecast(parts: Parts, period: int) -> dict[str, Any]:
    return {
        "forecast_months": _as(int, _one(parts, "forecast", "maxlead") or str(period), "forecast{ maxlead= }"),
        "backcast_months": _as(int, _one(parts, "forecast", "maxback") or "0", "forecast{ maxback= }"),
    }


def _adjustment(parts: Parts, period: int) -> dict[str, Any]:
    if ("x11" in parts) == ("seats" in parts):
        raise _unsupported("a file with both x11{ } and seats{ }, or neither: it adjusts nothing")
    method = "x11" if "x11" in parts else "seats"
    carried = (_one(parts, method, "appendfcst") or "no").lower() == "yes"
    if method == "seats":
        if (_one(parts, "seats", "noadmiss") or "no").lower() not in ("yes", "no"):
            raise _unsupported("this value of seats{ noadmiss= }")
        exact = (_one(parts, "seats", "noadmiss") or "no").lower() == "no"
        return {"method": "seats", "projected": carried, "seats_exact": exact, "x11_mode": "default"} | dict.fromkeys(
            ("trend_filter", "sigma_limits")
        )
    filters = [entry.lower() for entry in _many(parts, "x11", "seasonalma")]
    sigma = [_as(float, entry, "x11{ sigmalim= }") for entry in _many(parts, "x11", "sigmalim")]
    trend = _one(parts, "x11", "trendma")
    return {
        "method": "x11",
        "projected": carried,
        "seasonal_filter": "" if not filters else filters[0] if len(filters) == 1 else tuple(filters),
        "trend_filter": None if trend is None else _as(int, trend, "x11{ trendma= }"),
        "sigma_limits": None if not sigma else (sigma[0], sigma[-1]),
    } | _mode(parts)


def _mode(parts: Parts) -> dict[str, Any]:
    mode = (_one(parts, "x11", "mode") or "default").lower()
    transform = (_one(parts, "transform", "function") or "none").lower()
    if "arima" not in parts and "automdl" not in parts:
        # Without a model the transformation plays no part; the mode alone says how X-11 decomposes.
        return {"transform": "none" if mode == "add" else "log", "x11_mode": "mult" if mode == "add" else mode}
    if mode == "add" and transform == "none":
        return {"x11_mode": "mult"}
    if mode not in words.CHOICES["x11_mode"] or (mode != "default" and transform != "log"):
        raise _unsupported(f"x11{{ mode={mode} }} with transform{{ function={transform} }}")
    return {"x11_mode": mode}


def _outlier(parts: Parts, period: int) -> dict[str, Any]:
    if "outlier" not in parts:
        return {"outliers": (), "critical": None, "outlier_span": None}
    kinds = [entry.lower() for entry in _many(parts, "outlier", "types")] or ["ao", "ls"]
    kinds = list(words.OUTLIER_KINDS) if kinds == ["all"] else [] if kinds == ["none"] else kinds
    if (method := (_one(parts, "outlier", "method") or "addone").lower()) != "addone":
        raise _unsupported(f"outlier{{ method={method} }}")
    critical = _many(parts, "outlier", "critical")
    if len(critical) > 1:
        raise _unsupported("outlier{ critical= } with several values")
    return {
        "outliers": tuple(kinds),
        "critical": _as(float, critical[0], "outlier{ critical= }") if critical else None,
        "outlier_span": _span(parts, "outlier", "span", period),
    }


def _force(parts: Parts, period: int) -> dict[str, Any]:
    if "force" not in parts:
        return {"force": ""}
    start = _one(parts, "force", "start")
    rho, power = _one(parts, "force", "rho"), _one(parts, "force", "lambda")
    return {
        "force": (_one(parts, "force", "type") or "denton").lower(),
        "force_target": (_one(parts, "force", "target") or "original").lower(),
        "force_rho": None if rho is None else _as(float, rho, "force{ rho= }"),
        "force_lambda": None if power is None else _as(float, power, "force{ lambda= }"),
        "force_start": 1 if start is None else _place(start),
    }


def _further(parts: Parts, period: int) -> dict[str, Any]:
    start = _one(parts, "history", "start")
    return {
        "sliding_spans": "slidingspans" in parts,
        "history": "history" in parts,
        "history_start": None if start is None else _period(start, period),
        "spectrum": "spectrum" in parts and bool(parts["spectrum"].get("save")),
    }


def _with_regression(spec: Specification, parts: Parts, period: int, own: dict[str, Any]) -> Specification:
    variables = tuple(_many(parts, "regression", "variables"))
    aictest = tuple(entry.lower() for entry in _many(parts, "regression", "aictest"))
    names = tuple(_many(parts, "regression", "user"))
    types = tuple(entry.lower() for entry in _many(parts, "regression", "usertype")) or ("user",)
    calendar = regressor_names(spec) if own else ()
    # Of the festivals' columns those that say nothing about the series were left out when the file was written.
    user = tuple(name for name in names if name not in calendar)
    # X-13 takes fewer types than names to mean "user" for the rest.
    full = types * len(names) if len(types) == 1 else types + ("user",) * (len(names) - len(types))
    kept = tuple(kind for name, kind in zip(names, full, strict=True) if name not in calendar)
    spec = replace(spec, variables=variables, aictest=aictest, user=user, usertype=_short(kept), fixed_regression=())
    entries = parts.get("regression", {}).get("b")
    if entries is None:
        return spec
    held: list[tuple[str, tuple[float, ...]]] = []
    at = 0
    for term in (*variables, *names):
        wide = words.width(term, spec.transform)
        values = [_held(entry, "regression{ b= }") for entry in entries[at : at + wide]]
        at += wide
        if any(value is not None for value in values):
            given = [value for value in values if value is not None]
            if len(given) < wide:
                raise _unsupported(f"regression{{ b= }} that holds only some of the coefficients of {term}")
            held.append((term, tuple(given)))
    if at != len(entries):
        raise _unsupported(f"regression{{ b= }} with {len(entries)} values for {at} coefficients")
    return replace(spec, fixed_regression=tuple(held))


def _short(types: tuple[str, ...]) -> tuple[str, ...]:
    return types if len(set(types)) > 1 else types[:1] or ("holiday",)


def _tables(parts: Parts) -> tuple[str, ...]:
    """Return the standard tables and those the file saves that are known here."""
    own = ("series", "regression", "estimate", "forecast", "x11", "seats")
    saved = [code for part in own for code in _many(parts, part, "save") if code in words.SAVED_BY[part]]
    return tuple(dict.fromkeys((*words.STANDARD_TABLES, *saved)))


def _say_what_is_not_read(parts: Parts) -> None:
    """Warn of tables the file saves that no specification here asks for; the adjustment is the same without them."""
    left = [
        f"{part}{{ {code} }}"
        for part in parts
        for code in _many(parts, part, "save")
        if code not in _OWN_TABLES.get(part, words.SAVED_BY.get(part, ()))
    ]
    if left:
        warnings.warn(
            f"tables that are not saved and read here: {', '.join(left)} (此处不保存也不读取的表：{'、'.join(left)})",
            ShuibeiIndexWarning,
            stacklevel=4,
        )


def _own_fields(text: str) -> dict[str, Any]:
    mark = OWN_MARK.strip()
    own = "".join(line.removeprefix(mark) for line in text.splitlines() if line.startswith(mark))
    if not own:
        return {}
    try:
        found = json.loads(own)
    except ValueError:
        raise _unsupported("the comment lines at the head of the file, which are damaged") from None
    if not isinstance(found, dict) or not set(found) <= set(OWN_FIELDS):
        raise _unsupported("the comment lines at the head of the file, which name other fields")
    return found


def _held(entry: str | None, where: str) -> float | None:
    """Return the value of "0.5f"; a value without f is where X-13 would start from, which is not supported."""
    if entry is None:
        return None
    if not entry.lower().endswith("f"):
        raise _unsupported(f"starting values in {where} (write {entry}f to hold the coefficient there)")
    return _as(float, entry[:-1], where)


def _span(parts: Parts, part: str, name: str, period: int) -> tuple[str | None, str | None] | None:
    entries: Value | None = parts.get(part, {}).get(name)
    if entries is None:
        return None
    if len(entries) != 2:
        raise _unsupported(f"{part}{{ {name}= }} that is not (first, last)")
    first, last = (None if entry is None else _period(entry, period) for entry in entries)
    return first, last


def _period(text: str, period: int) -> str:
    match = _DATE.fullmatch(text)
    if match is None:
        raise _unsupported(f"the date {text}")
    number = _place(match[2] or match[3])
    if not 1 <= number <= period:
        raise _unsupported(f"the date {text}")
    return f"{match[1]}-Q{number}" if period == 4 else f"{match[1]}-{number:02d}"


def _place(word: str) -> int:
    lowered = word.lower()
    if lowered in _MONTHS:
        return _MONTHS.index(lowered) + 1
    return _as(int, lowered.removeprefix("q"), "a month")


def _one(parts: Parts, part: str, name: str, otherwise: str | None = None) -> str | None:
    entries = parts.get(part, {}).get(name)
    if entries is None:
        return otherwise
    if len(entries) != 1 or entries[0] is None:
        raise _unsupported(f"{part}{{ {name}= }} with {len(entries)} values")
    return entries[0]


def _many(parts: Parts, part: str, name: str) -> list[str]:
    return [entry for entry in parts.get(part, {}).get(name, []) if entry is not None]


def _as(kind: Callable[[str], _Number], word: str, where: str) -> _Number:
    try:
        return kind(word)
    except ValueError:
        raise _unsupported(f"{word!r} in {where}") from None


def _unsupported(what: str) -> UsageError:
    return UsageError(
        f"{what} is not supported in a specification here; take it out, or run X-13 itself",
        zh=f"此处不支持 {what}；请去掉该部分，或直接运行 X-13",
    )
