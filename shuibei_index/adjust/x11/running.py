"""Checked series through the own X-11: holiday regression first, then the filters, series of one shape together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shuibei_index.adjust import periods
from shuibei_index.adjust.checks import Ready
from shuibei_index.adjust.engine.output import Output
from shuibei_index.adjust.regressors import Regressors
from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.adjust.specification.vocabulary import AIRLINE
from shuibei_index.adjust.x11.decomposition import x11
from shuibei_index.adjust.x11.forcing import forced
from shuibei_index.adjust.x11.not_taken import held_airline, require_doable
from shuibei_index.adjust.x11.regression import PreAdjusted, pre_adjust, preferred
from shuibei_index.adjust.x11.setting import Floats
from shuibei_index.adjust.x11.tables import X11Tables
from shuibei_index.adjust.x11.terms import LENGTH, terms
from shuibei_index.errors import PriceError, UsageError

# Tables handed on, and those of them that reach into the forecast months.
TABLES = ("b1", "c17", "d1", "d8", "d9", "d10", "d11", "d12", "d13", "d16", "d18")
_FINAL = ("d10", "d11", "d12", "d13", "d16")
CARRIED = ("b1", "d10", "d16", "d18")
# X-13 names a coefficient by its group and its term.
_GROUP = "User-defined Holiday"
_OTHER_GROUP = "User-defined"
# X-13's word behind a coefficient that was not estimated.
_HELD = "(fixed)"
# Where the effects of a type of regressor belong, as in X-13: to the calendar, the seasonal part, the trend or the
# irregular. All others ("user") are kept from the filters and left in the adjusted series, in no part of it.
_CALENDAR = ("holiday", "td", "lom", "loq", "lpyear", "easter", "thanks", "labor")
_PARTS = {"ls": "trend", "rp": "trend", "ao": "irregular", "tc": "irregular", "seasonal": "seasonal", "so": "seasonal"}


@dataclass(frozen=True)
class _Shape:
    """What series must have in common to be filtered together."""

    start: int
    rows: int
    period: int
    mode: str
    forecasts: int
    filters: str | tuple[str, ...]
    trend_filter: int | None
    limits: tuple[float, float]


@dataclass(frozen=True)
class _Member:
    """One series on its way: before the filters, and of each regressor X-13's group and type."""

    item: Ready
    adjusted: PreAdjusted
    groups: tuple[str, ...]
    types: tuple[str, ...]


def own_outputs(
    ready: Sequence[Ready], limits: tuple[float, float], regressors: Mapping[str, Regressors]
) -> dict[str, Output]:
    """Adjust series with the own X-11.

    Parameters
    ----------
    ready
        Checked series; missing months are estimated.
    limits
        Sigma limits where the specification has none.
    regressors
        Series → its holiday regressors, over its own periods and the forecast months at least.

    Returns
    -------
    dict
        Series → Output as of an X-13 run: tables over the series' own periods, `ahead` over the forecast months,
        diagnostics under X-13's keys; `failure` says why a series could not be adjusted.
    """
    outputs: dict[str, Output] = {}
    waiting: dict[_Shape, list[_Member]] = {}
    # One likelihood after the other: the search of each takes its own steps.
    for item in ready:
        try:
            member = _prepared(item, regressors.get(item.series))
        except UsageError as error:
            outputs[item.series] = _refused(error)
            continue
        waiting.setdefault(_shape(item, member.adjusted, limits), []).append(member)
    for shape, members in waiting.items():
        outputs.update(_filtered(shape, members))
    return {item.series: outputs[item.series] for item in ready}


def _prepared(item: Ready, given: Regressors | None) -> _Member:
    spec = item.specification
    require_doable(spec)
    if spec.x11_only:
        return _Member(item, _without_model(item), (), ())
    logs = {"log": True, "none": False, "auto": None}[spec.transform]
    if logs is None and spec.variables:
        # Trading days enter differently with logs and without, so each has regressors of its own.
        plain = _modelled(item, given, logs=False)
        if not (item.values[~np.isnan(item.values)] > 0).all():
            return plain
        logged = _modelled(item, given, logs=True)
        return logged if preferred(logged.adjusted, plain.adjusted) is logged.adjusted else plain
    return _modelled(item, given, logs=logs)


def _modelled(item: Ready, given: Regressors | None, *, logs: bool | None) -> _Member:
    spec = item.specification
    length = len(item.values) + spec.forecast_months
    own = terms(spec, item.first, length, logs=bool(logs))
    design, names, types = np.zeros((length, 0)), tuple[str, ...](), tuple[str, ...]()
    if given is not None and given.names:
        begin = periods.ordinal(item.first) - periods.ordinal(given.first)
        design, names, types = given.values[max(begin, 0) : begin + length], given.names, given.types
        if begin < 0 or len(design) < length:
            raise UsageError(
                f"the regressors do not cover {item.first} and the {length} periods from it on",
                zh=f"回归变量未覆盖 {item.first} 起的 {length} 期",
            )
    known = dict(spec.fixed_regression)
    if any(len(known.get(name, (0.0,))) != 1 for name in names):
        raise UsageError(
            "fixed_regression has more than one value for a regressor of one coefficient",
            zh="fixed_regression 为只有一个系数的回归变量给出了多个值",
        )
    unknown = [term for term in known if term not in (*spec.variables, *names)]
    if unknown:
        raise UsageError(
            f"fixed_regression holds {unknown[0]!r}, which is neither in `variables` nor a regressor",
            zh=f"fixed_regression 中的 {unknown[0]} 既不在 variables 中，也不是回归变量",
        )
    held = (*own.held, *(known[name][0] if name in known else None for name in names))
    adjusted = pre_adjust(
        item.values,
        np.hstack([own.values, design]),
        period=item.period,
        logs=logs,
        forecasts=spec.forecast_months,
        names=(*own.names, *names),
        held=held,
        held_arima=held_airline(spec),
    )
    groups = tuple(_GROUP if kind.startswith("holiday") else _OTHER_GROUP for kind in types)
    return _Member(item, adjusted, own.groups + groups, own.types + types)


def _without_model(item: Ready) -> PreAdjusted:
    """Return the series as it is, for the filters alone."""
    if np.isnan(item.values).any():
        raise UsageError(
            "a month is missing, and without a model nothing estimates it",
            zh="有缺失月份，不用模型（x11_only）时无法估计",
        )
    logs = item.specification.transform != "none"
    return PreAdjusted(
        values=item.values.copy(),
        effects=np.zeros((len(item.values), 0)),
        forecasts=0,
        logs=logs,
        names=(),
        model=None,
        aicc=float("nan"),
    )


def _shape(item: Ready, adjusted: PreAdjusted, limits: tuple[float, float]) -> _Shape:
    spec = item.specification
    return _Shape(
        start=periods.ordinal(item.first) % item.period,
        rows=len(adjusted.values),
        period=item.period,
        mode=mode_of(spec, logs=adjusted.logs),
        forecasts=adjusted.forecasts,
        filters=spec.seasonal_filter or "msr",
        trend_filter=spec.trend_filter,
        limits=limits if spec.sigma_limits is None else spec.sigma_limits,
    )


def mode_of(spec: Specification, *, logs: bool) -> str:
    """Return the mode of `x11` a specification means."""
    if not logs:
        return "add"
    if spec.transform == "auto" and not spec.x11_only:
        return "mult"  # X-13 is given no mode then, and takes its own
    return "mult" if spec.x11_mode == "default" else spec.x11_mode


def _filtered(shape: _Shape, members: list[_Member]) -> dict[str, Output]:
    try:
        tables = x11(
            np.column_stack([member.adjusted.values for member in members]),
            first_month_of_year=shape.start + 1,
            period=shape.period,
            mode=shape.mode,
            seasonal_filter=shape.filters,
            trend_filter=shape.trend_filter,
            sigma_limits=shape.limits,
            prior=np.column_stack([member.adjusted.effect for member in members]),
            forecasts=shape.forecasts,
        )
    except UsageError as error:
        if len(members) == 1:
            return {members[0].item.series: _refused(error)}
        # Which of them it was shows when each is taken alone.
        return {name: output for member in members for name, output in _filtered(shape, [member]).items()}
    return {member.item.series: _output(tables, k, member) for k, member in enumerate(members)}


def _refused(error: UsageError) -> Output:
    return Output(failure=f"{error}; {error.zh}" if error.zh else str(error), retry=False)


def _output(tables: X11Tables, column: int, member: _Member) -> Output:
    """Return one series' tables, each effect of the regressors in the part it belongs to."""
    item, adjusted, types = member.item, member.adjusted, member.types
    spec = item.specification
    count = len(item.values)
    logs = adjusted.logs
    original = adjusted.values
    part = {name: _together(adjusted, types, name) for name in ("calendar", "seasonal", "trend", "irregular")}
    whole = {code: tables[code][:, column] for code in TABLES}
    if tables.setting.mode == "logadd":
        whole["b1"] = np.exp(whole["b1"])  # d8 and d9 stay in logs, as X-13's
    swing = whole["d12"] * (whole["d10"] - 1)
    whole["d10"] = _join(whole["d10"], part["seasonal"], logs)
    whole["d12"] = _join(whole["d12"], part["trend"], logs)
    whole["d13"] = _join(whole["d13"], part["irregular"], logs)
    whole["d18"] = part["calendar"]
    whole["d16"] = _join(whole["d10"], part["calendar"], logs)
    if tables.setting.pseudo:
        whole["d11"] = (original - swing) / whole["d18"]
    else:
        whole["d11"] = original / whole["d16"] if logs else original - whole["d16"]
    own = {"a1": original, "a18": original / whole["d18"] if logs else original - whole["d18"]} | whole
    if not all(np.isfinite(whole[code]).all() for code in _FINAL):
        return Output(failure="the tables have values that are not numbers; 结果含有非数值", retry=False)
    ahead = {code: whole[code][count:] for code in CARRIED} if adjusted.forecasts and spec.projected else {}
    if spec.force:
        try:
            own["saa"] = forced(spec, item.first, own)
        except (PriceError, UsageError) as error:
            return Output(failure=f"{error}; {error.zh}", retry=False)
    return Output(
        {code: table[:count] for code, table in own.items()}, _diagnostics(tables, column, member), ahead=ahead
    )


def _together(adjusted: PreAdjusted, types: tuple[str, ...], part: str) -> Floats:
    """Return the effects that belong to one part, shape (T + H,)."""
    chosen = [k for k, kind in enumerate(types) if _part(kind) == part]
    effects = adjusted.effects[:, chosen]
    return np.asarray(effects.prod(axis=1) if adjusted.logs else effects.sum(axis=1))


def _part(kind: str) -> str:
    if kind.rstrip("2345") in _CALENDAR:
        return "calendar"
    return _PARTS.get(kind, "")


def _join(table: Floats, effect: Floats, logs: bool) -> Floats:
    return table * effect if logs else table + effect


def _diagnostics(tables: X11Tables, column: int, member: _Member) -> dict[str, str]:
    """Return what is known of the run under X-13's keys."""
    adjusted, types = member.adjusted, member.types
    names = {"mult": "multiplicative", "add": "additive", "logadd": "log-additive", "pseudoadd": "pseudo-additive"}
    found = {
        "aictrans": "Log(y)" if adjusted.logs else "No transformation",
        "finmode": names[tables.setting.mode],
        "finaltrendma": f"{tables.trend_terms[column]:.0f}",
    }
    if tables.filters[column]:
        found["sfmsr"] = str(tables.filters[column]).removeprefix("s")
    model = adjusted.model
    if model is None:
        return found
    found |= {
        "arimamdl": AIRLINE,
        "aicc": f"{adjusted.aicc:.15g}",
        "nonseasonal ma": f"{model.theta:.15g}",
        "seasonal ma": f"{model.seasonal:.15g}",
        "converged": "yes",
    }
    # The length of February is a division, no coefficient; X-13 names none either.
    listed = list(zip(member.groups, adjusted.coefficients.items(), strict=True))
    for group, (term, (value, error, t)) in listed:
        if (group, term) == LENGTH:
            continue
        found[f"{group}${term}"] = f"{value:.15g} {error:.15g} {t:.15g}" if error > 0 else f"{value:.15g} 0 0 {_HELD}"
    holidays = [k for k, kind in enumerate(types) if kind.startswith("holiday") and model.errors[k] > 0]
    if len(holidays) > 1:
        chi, p = model.joint_test(holidays)
        found[f"chi${_GROUP}"] = f"{len(holidays)} {chi:.15g} {p:.15g}"
    return found
