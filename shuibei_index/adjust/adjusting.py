"""`seasonally_adjust`: checks, engine, fallback, in that order."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.adjust import fallback, periods
from shuibei_index.adjust.adjustment import COMPONENTS, SEATS_COMPONENTS, Adjustment
from shuibei_index.adjust.checks import Ready, Refused, Text, check_series
from shuibei_index.adjust.engine.ladder import Outcome, climb_down
from shuibei_index.adjust.engine.program import Engine, locate
from shuibei_index.adjust.inputs import monthly_frame
from shuibei_index.adjust.quality.diagnostics import (
    COLUMNS,
    adjusted_row,
    coefficient_rows,
    failed_row,
    refused_row,
)
from shuibei_index.adjust.regressors import assemble, festival_weights, own_regressors, with_own
from shuibei_index.adjust.specification.defaults import specifications_by_rule
from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.errors import FallbackWarning, UsageError, did_you_mean
from shuibei_index.rules import Rules, RulesAt

ENGINES = ("x13", "x11", "stl")
# The rules begin here; a series that ends before (a textbook example, say) is adjusted by the first rules.
_FIRST_RULES = "2005-01"

Tables = dict[str, npt.NDArray[np.float64]]


def seasonally_adjust(
    series: object,
    *,
    engine: str | None = None,
    rules: Rules | RulesAt | None = None,
    specification: Specification | Mapping[str, Specification] | None = None,
    regressors: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None,
    usertype: str | tuple[str, ...] | None = None,
    deals: pd.Series | pd.DataFrame | pd.DatetimeIndex | None = None,
    program: str | Path | None = None,
    workers: int = 2,
) -> Adjustment:
    """Adjust monthly or quarterly series for seasonality and the Spring Festival.

    Parameters
    ----------
    series
        A pandas Series or DataFrame by month or quarter (index "YYYY-MM" or "YYYY-Qn", periods or dates; one column a
        series), or an object with ``levels_frame()`` such as ``IndexSeries``. NaN = not observed. It is not changed.
    engine
        "x13" (X-13ARIMA-SEATS), "x11" (own X-11, airline model for the holidays) or "stl" (STL, without Spring
        Festival). Default: rule ``seasonal_engine``.
    rules
        Rules, or a month's rules. Default: the packaged ones, at the last month of the data.
    specification
        What X-13 is asked to do: one for all, or series → specification. Default, also of the series not named: what
        the rules say (``seasonal_series`` for single series).
    regressors
        Regressors of the caller: periods down, one column each, reaching ``specification.forecast_months`` beyond the
        data (SEATS: three years); for all series, or series → regressors. They take the place of the Spring Festival,
        unless the specification names in `user` those it takes beside it.
    usertype
        What they are: one X-13 type, or one for each. Default: the specification's ("holiday": the effect is taken
        out of the adjusted series; "user" leaves it in).
    deals
        Turnover by time of deal, as `shuibei_index.adjust.daily_weights` takes it: the days inside the Spring Festival
        windows are weighed by it. Default: equal weights, unless rule ``spring_festival_daily_weights`` asks for deals.
    program
        The X-13 program file. Default: see `shuibei_index.adjust.engine.program.locate`.
    workers
        Copies of X-13 that run at once. The result does not depend on it.

    Returns
    -------
    Adjustment
        Every series has one row in ``.diagnostics``: adjusted, refused with the reason, or fallback.

    Raises
    ------
    UsageError
        The table, the engine's name, a specification's name or the regressors do not fit.
    EngineError
        The program named is not X-13 or cannot be started.

    Warns
    -----
    FallbackWarning
        X-13 was asked for and this machine has none that runs: the own X-11 was used.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> t = np.arange(60)
    >>> level = pd.Series(100 + t + 5 * np.sin(t * np.pi / 6), index=pd.period_range("2020-01", periods=60, freq="M"))
    >>> adjusted = seasonally_adjust(level.rename("rings"))
    >>> adjusted.status("rings")
    'adjusted'
    """
    frame = monthly_frame(series)
    names = [str(name) for name in frame.columns]
    in_force = _rules_in_force(rules, str(frame.index[-1]))
    chosen = engine if engine is not None else str(in_force["seasonal_engine"])
    if chosen not in ENGINES:
        raise UsageError(
            f"engine is {chosen!r}; expected one of {', '.join(ENGINES)}",
            zh=f"engine 为 {chosen!r}，应为 {'、'.join(ENGINES)} 之一",
        )
    if workers < 1:
        raise UsageError(f"workers is {workers}; expected at least 1", zh=f"workers 为 {workers}，至少为 1")
    own = own_regressors(regressors, names)
    specs = {
        name: with_own(spec, name, own, usertype)
        for name, spec in _specifications(names, specification, in_force).items()
    }
    checked = [check_series(name, frame[name], specs[name], in_force) for name in names]
    rows = {item.series: refused_row(item) for item in checked if isinstance(item, Refused)}
    weights = partial(festival_weights, deals=deals, rules=in_force)
    assembled = assemble([item for item in checked if isinstance(item, Ready)], own, weights)
    ready = assembled.ready
    found = locate(program) if chosen == "x13" else None
    tables: dict[str, Tables] = {}
    outcomes: dict[str, Outcome] = {}
    if found is not None:
        limit = float(in_force["seasonal_time_limit"])
        outcomes = climb_down(ready, assembled.given, found, workers=workers, time_limit=limit)
        for item in ready:
            outcome = outcomes[item.series]
            if outcome.step:
                tables[item.series] = _tables(item, outcome)
                rows[item.series] = adjusted_row(item, outcome, in_force)
            else:
                rows[item.series] = failed_row(item, outcome)
    elif chosen == "stl":
        for item in ready:
            refusal = fallback.stl_refusal(item)
            if refusal is not None:
                rows[item.series] = refused_row(refusal)
                continue
            if np.isnan(item.values).any():
                rows[item.series] = refused_row(_gap_for_stl(item))
                continue
            tables[item.series] = fallback.stl(item, in_force)
            rows[item.series] = fallback.stl_named_row(item)
    else:
        fell = chosen == "x13"
        if fell:
            warnings.warn(f"{fallback.OWN_NOTE.en} ({fallback.OWN_NOTE.zh})", FallbackWarning, stacklevel=2)
        outcomes = fallback.own_outcomes(ready, in_force, assembled.given)
        for item in ready:
            outcome = outcomes[item.series]
            rows[item.series] = fallback.own_row(item, outcome, fell=fell)
            if outcome.step:
                tables[item.series] = _tables(item, outcome)
    done = {name: outcome for name, outcome in outcomes.items() if outcome.step}
    return Adjustment(
        original=frame,
        components={name: _wide(name, tables, ready, frame) for name in COMPONENTS},
        diagnostics=pd.DataFrame([rows[name] for name in names], columns=list(COLUMNS)),
        coefficients=coefficient_rows(outcomes),
        regressors=assembled.holidays.iloc[:0] if chosen == "stl" else assembled.holidays,
        requests={name: outcome.request for name, outcome in done.items() if outcome.request},
        engine=_identity(found, chosen),
        rules_digest=in_force.digest,
        tables=tables,
        udg={name: outcome.output.diagnostics for name, outcome in done.items()},
        specifications=specs | {name: outcome.specification for name, outcome in done.items()},
        attempts={name: outcome.failures for name, outcome in outcomes.items()},
        logs={name: outcome.log for name, outcome in outcomes.items()},
        projected={name: _projected(outcome) for name, outcome in done.items()},
        spans={item.series: (item.first, item.last) for item in ready if item.series in tables},
        period=periods.per_year(str(frame.index[0])),
        given={} if chosen == "stl" else assembled.frames(),
        headers={name: outcome.output.headers for name, outcome in done.items()},
    )


def _rules_in_force(rules: Rules | RulesAt | None, last: str) -> RulesAt:
    month = periods.months_in(last)[-1]
    return Rules.load().at(max(month, _FIRST_RULES)) if rules is None else rules.at(month)


def _specifications(
    names: list[str], given: Specification | Mapping[str, Specification] | None, rules: RulesAt
) -> dict[str, Specification]:
    if isinstance(given, Specification):
        return dict.fromkeys(names, given)
    unknown = [str(name) for name in given or {} if name not in names]
    if unknown:
        raise UsageError(
            f"a specification is given for {unknown[0]!r}, which is no series of the data"
            f"{did_you_mean(unknown[0], names)}",
            zh=f"为“{unknown[0]}”给出了设定，但数据中没有这个序列",
        )
    return specifications_by_rule(names, rules) | {str(name): spec for name, spec in (given or {}).items()}


def _tables(item: Ready, outcome: Outcome) -> Tables:
    """Return the tables read back, and as a1 the series itself, NaN where X-13 has a mark for missing."""
    return {"a1": item.values} | outcome.output.tables  # noqa: PD011


def _identity(found: Engine | None, chosen: str) -> dict[str, str]:
    if found is not None:
        return found.identity()
    return fallback.identity() if chosen == "stl" else fallback.own_identity()


def _projected(outcome: Outcome) -> Tables:
    """Return what X-13 carried beyond the series; the factors of SEATS also under the names X-11 has for them."""
    ahead = dict(outcome.output.ahead)
    for name, code in SEATS_COMPONENTS.items():
        if code in ahead:
            ahead[COMPONENTS[name]] = ahead[code]
    return ahead


def _gap_for_stl(item: Ready) -> Refused:
    empty = [month for month, value in zip(item.months, item.values, strict=True) if np.isnan(value)]
    reason = Text(
        f"序列“{item.series}”：{empty[0]} 缺失，STL 不能处理缺失月份；请补齐，或使用 X-13",
        f"series '{item.series}': no value in {empty[0]}; STL takes no missing months, supply it or use X-13",
    )
    return Refused(item.series, reason, item.first, item.last, len(item.values) - len(empty))


def _wide(component: str, tables: dict[str, Tables], ready: list[Ready], frame: pd.DataFrame) -> pd.DataFrame:
    """Put one component of every series side by side over the periods of the data; NaN outside a series' span."""
    wide = np.full(frame.shape, np.nan)
    columns = {str(name): k for k, name in enumerate(frame.columns)}
    start = periods.ordinal(str(frame.index[0]))
    for item in ready:
        own = tables.get(item.series, {})
        values = own.get(SEATS_COMPONENTS[component], own.get(COMPONENTS[component]))
        if component == "SA" and "saa" in own:  # the totals of the years were forced
            values = own["saa"]
        if values is not None:
            at = periods.ordinal(item.first) - start
            wide[at : at + len(values), columns[item.series]] = values
    return pd.DataFrame(wide, index=frame.index, columns=frame.columns)
