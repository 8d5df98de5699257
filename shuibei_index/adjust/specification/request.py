"""A specification as X-13's text."""

from __future__ import annotations

import json
import textwrap
from dataclasses import replace

from shuibei_index.adjust.specification import vocabulary as words
from shuibei_index.adjust.specification.fields import Span, Specification
from shuibei_index.errors import UsageError

FESTIVAL_NAMES = ("before", "during", "after")
# Fields X-13 has no words for; they stand in comments of an exported file.
OWN_FIELDS = ("festival", "span", "holidays", "missing", "not_positive", "user", "projected", "tables")
OWN_MARK = "# shuibei_index "


def request_text(
    spec: Specification,
    name: str,
    data: str,
    user: tuple[str, ...],
    user_file: str,
    *,
    period: int = 12,
    usertypes: tuple[str, ...] = ("holiday",),
) -> str:
    """Return the text of an X-13 specification file.

    Parameters
    ----------
    spec
        What to do.
    name
        An ASCII name for the series; X-13 takes nothing else.
    data
        Name of the file with the values ("datevalue" format).
    user, user_file
        Names of the regressors and of their file; empty = none.
    period
        Periods a year: 12 or 4.
    usertypes
        One type for all regressors, or one for each of `user`.
    """
    if spec.x11_only:
        return x11_only_text(spec, name, data, period=period)
    parts = [_series(spec, name, data, period), f"transform{{ function={spec.transform} }}"]
    regression = _regression(spec, user, user_file, usertypes)
    if regression:
        parts.append("regression{\n" + "\n".join(regression) + "\n}")
    if spec.outliers:
        critical = "" if spec.critical is None else f" critical={_exact(spec.critical)}"
        parts.append(f"outlier{{ {_list('types', spec.outliers)}{critical}{_span('span', spec.outlier_span)} }}")
    if spec.arima == words.AUTOMATIC:
        parts.append("automdl{ }")
    else:
        parts.append(f"arima{{ model={spec.arima}{_held_arima(spec)} }}")
    if _saved("estimate", spec):
        parts.append(f"estimate{{ {_saved('estimate', spec)} }}")
    backwards = f" maxback={spec.backcast_months}" if spec.backcast_months else ""
    parts.append(_part("forecast", f"maxlead={spec.forecast_months}{backwards}", _saved("forecast", spec)))
    parts.append(_x11(spec, period) if spec.method == "x11" else _seats(spec))
    parts += _further(spec, period)
    return _checked("\n".join(parts) + "\n")


def x11_only_text(spec: Specification, name: str, data: str, *, period: int = 12) -> str:
    """Return the request for the X-11 filters alone: no model, no regressors, no forecasts."""
    mode = "add" if spec.transform == "none" else "mult" if spec.x11_mode == "default" else spec.x11_mode
    alone = spec if spec.x11_only else replace(spec, x11_only=True, method="x11", fixed_arima=(), fixed_regression=())
    tables = saved_tables(alone)
    series = _list("save", tuple(code for code in tables if code == "b1"))
    head = _part("series", f'title="{name}" file="{data}" format="datevalue" period={period}', series)
    own = _filters(spec)
    body = _part("x11", f"mode={mode}{own}", _list("save", tuple(c for c in tables if c in words.SAVED_BY["x11"])))
    return _checked("\n".join([head, body, *_further(alone, period)]) + "\n")


def saved_tables(spec: Specification) -> tuple[str, ...]:
    """Return the codes of the tables X-13 is asked to save, "a1" left out: it is the series itself."""
    if spec.x11_only:
        own = tuple(code for code in _with_core(spec) if code in words.SAVED_BY["x11"] or code == "b1")
    else:
        parts = ("series", "regression", "estimate", "forecast", spec.method)
        own = tuple(code for part in parts for code in _with_core(spec) if code in words.SAVED_BY[part])
    own = tuple(code for code in own if code != "a1")
    own += ("saa",) if spec.force else ()
    own += words.SLIDING_TABLES if spec.sliding_spans else ()
    own += words.HISTORY_TABLES if spec.history and not spec.x11_only else ()
    return own + (words.SPECTRUM_TABLES if spec.spectrum else ())


def _with_core(spec: Specification) -> tuple[str, ...]:
    """Return the tables wanted, with those without which nothing is adjusted."""
    if spec.method == "seats" and not spec.x11_only:
        wanted = (
            spec.tables
            if any(code in words.SAVED_BY["seats"] for code in spec.tables)
            else (spec.tables + words.SEATS_TABLES)
        )
        return wanted if "s11" in wanted else (*wanted, "s11")
    return spec.tables if "d11" in spec.tables else (*spec.tables, "d11")


def portable_text(spec: Specification, name: str, data: str, period: int) -> str:
    """Return the request with the names another machine uses, and in comments what X-13 has no words for."""
    user = regressor_names(spec) + spec.user
    types = ("holiday",) * len(regressor_names(spec)) + expanded_types(spec, len(spec.user))
    text = request_text(spec, name, data, user, "regressors.dta", period=period, usertypes=types or ("holiday",))
    return own_fields_text(spec) + text


def own_fields_text(spec: Specification) -> str:
    """Return, as comments to X-13, the fields it has no words for."""
    own = json.dumps({field: getattr(spec, field) for field in OWN_FIELDS}, ensure_ascii=True)
    return "".join(f"{OWN_MARK}{line}\n" for line in textwrap.wrap(own, words.LINE - len(OWN_MARK)))


def regressor_names(spec: Specification) -> tuple[str, ...]:
    """Return the names of the holiday regressors a specification asks for, in the order of their columns."""
    festival = () if spec.festival is None else _windows("", spec.festival)
    if not spec.holidays:
        return festival
    from shuibei_index.adjust.holidays.dates import holiday  # pandas, and only where it is asked for

    return festival + tuple(
        column for name, *days in spec.holidays for column in _windows(f"{holiday(name).code}_", tuple(days))
    )


def expanded_types(spec: Specification, count: int) -> tuple[str, ...]:
    """Return one type for each of the caller's `count` regressors."""
    return spec.usertype * count if len(spec.usertype) == 1 else spec.usertype


def _windows(prefix: str, days: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(prefix + name for name, length in zip(FESTIVAL_NAMES, days, strict=True) if length)


def _series(spec: Specification, name: str, data: str, period: int) -> str:
    spans = _span("span", spec.series_span) + _span("modelspan", spec.model_span)
    saved = _saved("series", spec)
    return _part(
        "series", f'title="{name}" file="{data}" format="datevalue" period={period}', f"{spans} {saved}".strip()
    )


def _regression(spec: Specification, user: tuple[str, ...], user_file: str, usertypes: tuple[str, ...]) -> list[str]:
    lines = [_list("variables", spec.variables), _list("aictest", spec.aictest)]
    if user:
        # usertype=holiday: X-13 takes the effect out of the adjusted series; "user" would leave it in.
        types = usertypes[0] if len(set(usertypes)) == 1 else _list("types", usertypes).removeprefix("types=")
        lines += [_list("user", user), f"usertype={types}", f'file="{user_file}" format="datevalue"']
    if spec.fixed_regression:
        lines.append(_held_regression(spec, user))
    found = [line for line in lines if line]
    saved = _saved("regression", spec)
    return [*found, saved] if found and saved else found


def _held_regression(spec: Specification, user: tuple[str, ...]) -> str:
    """Give every coefficient in X-13's order: held ones with their value and "f", the others empty."""
    held = dict(spec.fixed_regression)
    entries: list[str] = []
    for term in (*spec.variables, *user):
        width = words.width(term, spec.transform)
        values = held.pop(term, None)
        entries += [""] * width if values is None else [f"{_exact(value)}f" for value in values]
    if held:
        raise UsageError(
            f"fixed_regression holds {next(iter(held))!r}, which is neither in `variables` nor a regressor",
            zh=f"fixed_regression 中的 {next(iter(held))} 既不在 variables 中，也不是回归变量",
        )
    return _commas("b", entries)


def _held_arima(spec: Specification) -> str:
    if not spec.fixed_arima:
        return ""
    counts = words.orders(spec.arima)
    assert counts is not None  # the specification was checked
    entries = ["" if value is None else f"{_exact(value)}f" for value in spec.fixed_arima]
    parts = [("ar", entries[: counts[0]]), ("ma", entries[counts[0] :])]
    return "".join(f"\n{_commas(key, values)}" for key, values in parts if any(values))


def _x11(spec: Specification, period: int) -> str:
    # With transform=auto X-13 chooses the mode that fits; without logs only an additive one exists.
    mode = {"log": f"mode={spec.x11_mode}", "none": "mode=add", "auto": ""}[spec.transform]
    if spec.x11_mode == "default":
        mode = ""
    carried = " appendfcst=yes" if spec.projected and spec.forecast_months else ""
    return _part("x11", f"{mode}{_filters(spec)}{carried}".strip(), _saved("x11", spec))


def _seats(spec: Specification) -> str:
    carried = "appendfcst=yes" if spec.projected and spec.forecast_months else ""
    near = "" if spec.seats_exact else "noadmiss=yes"
    return _part("seats", " ".join(text for text in (near, carried) if text), _saved("seats", spec))


def _filters(spec: Specification) -> str:
    text = ""
    if spec.seasonal_filter:
        chosen = spec.seasonal_filter
        text += f" seasonalma={chosen}" if isinstance(chosen, str) else f"\n{_list('seasonalma', chosen)}\n"
    if spec.trend_filter is not None:
        text += f" trendma={spec.trend_filter}"
    if spec.sigma_limits is not None:
        text += f" sigmalim=({_exact(spec.sigma_limits[0])}, {_exact(spec.sigma_limits[1])})"
    return text


def _further(spec: Specification, period: int) -> list[str]:
    parts = []
    if spec.force:
        own = [f"type={spec.force}", f"target={spec.force_target}"]
        own += [f"rho={_exact(spec.force_rho)}"] if spec.force_rho is not None else []
        own += [f"lambda={_exact(spec.force_lambda)}"] if spec.force_lambda is not None else []
        own += [f"start={_start(spec.force_start, period)}"] if spec.force_start != 1 else []
        parts.append(f"force{{ {' '.join(own)} save=(saa) }}")
    if spec.sliding_spans:
        parts.append(f"slidingspans{{ {_list('save', words.SLIDING_TABLES)} }}")
    if spec.history and not spec.x11_only:
        start = "" if spec.history_start is None else f" start={words.x13_date(spec.history_start)}"
        estimates = _list("estimates", words.HISTORY_ESTIMATES)
        parts.append(f"history{{ {estimates}{start}\n{_list('save', words.HISTORY_TABLES)} }}")
    if spec.spectrum:
        parts.append(f"spectrum{{ {_list('save', words.SPECTRUM_TABLES)} }}")
    return parts


def _saved(part: str, spec: Specification) -> str:
    codes = tuple(code for code in saved_tables(spec) if code in words.SAVED_BY[part])
    return _list("save", codes)


def _part(name: str, body: str, saved: str) -> str:
    pieces = [text for text in (body, saved) if text]
    line = f"{name}{{ {' '.join(pieces)} }}"
    return line if max(map(len, line.split("\n"))) <= words.LINE else "\n".join([f"{name}{{", *pieces, "}"])


def _span(key: str, span: Span | None) -> str:
    if span is None:
        return ""
    first, last = ("" if end is None else words.x13_date(end) for end in span)
    return f" {key}=({first}, {last})"


def _start(month: int, period: int) -> str:
    if period == 4:
        return f"q{month}"
    return ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")[month - 1]


def _exact(number: float) -> str:
    # X-13 reads no exponents' plus signs and no bare integers where it wants a decimal.
    return f"{number:.17g}" if number == int(number) and abs(number) < 1e15 else f"{number:.15g}"


def _list(key: str, terms: tuple[str, ...]) -> str:
    return "\n".join(textwrap.wrap(f"{key}=({' '.join(terms)})", words.LINE, break_long_words=False)) if terms else ""


def _commas(key: str, entries: list[str]) -> str:
    wrapped = textwrap.wrap(f"{key}=({', '.join(entries)})", words.LINE, break_long_words=False)
    return "\n".join(wrapped)


def _checked(text: str) -> str:
    long = [line for line in text.splitlines() if len(line) > words.LINE]
    if long or not text.isascii():
        raise UsageError(f"X-13 cannot read this request: {(long or [text])[0][:60]!r} is too long or not ASCII")
    return text
