"""`seasonally_adjust`: checks, engine, fallback, in that order."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months
from shuibei_index.adjust import fallback
from shuibei_index.adjust.adjustment import COMPONENTS, Adjustment
from shuibei_index.adjust.checks import Ready, Refused, Text, check_series
from shuibei_index.adjust.engine.ladder import Outcome, Regressors, climb_down
from shuibei_index.adjust.engine.program import Engine, locate
from shuibei_index.adjust.holidays.regressors import spring_festival_regressors
from shuibei_index.adjust.inputs import monthly_frame
from shuibei_index.adjust.quality.diagnostics import (
    COLUMNS,
    adjusted_row,
    coefficient_rows,
    failed_row,
    refused_row,
    stl_row,
)
from shuibei_index.adjust.specification.fields import Specification, default_specification
from shuibei_index.errors import FallbackWarning, UsageError
from shuibei_index.rules import Rules, RulesAt

ENGINES = ("x13", "stl")
# The rules begin here; a series that ends before (a textbook example, say) is adjusted by the first rules.
_FIRST_RULES = "2005-01"
_ASCII_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_]{0,15}$")
_NO_PROGRAM = Text(
    "本机没有可运行的 X-13ARIMA-SEATS 程序，以 STL 代替，未剔除春节效应",
    "this machine has no X-13ARIMA-SEATS program that runs; STL stands in, Spring Festival effect not removed",
)

Tables = dict[str, npt.NDArray[np.float64]]


def seasonally_adjust(
    series: object,
    *,
    engine: str | None = None,
    rules: Rules | RulesAt | None = None,
    specification: Specification | None = None,
    regressors: pd.DataFrame | None = None,
    program: str | Path | None = None,
    workers: int = 2,
) -> Adjustment:
    """Adjust monthly series for seasonality and the Spring Festival.

    Parameters
    ----------
    series
        A pandas Series or DataFrame by month (index "YYYY-MM", monthly periods or dates; one column a series), or an
        object with ``levels_frame()`` such as ``IndexSeries``. NaN = not observed. It is not changed.
    engine
        "x13" (X-13ARIMA-SEATS) or "stl" (STL, without Spring Festival). Default: rule ``seasonal_engine``.
    rules
        Rules, or a month's rules. Default: the packaged ones, at the last month of the data.
    specification
        What X-13 is asked to do. Default: what the rules say.
    regressors
        Holiday regressors in place of the Spring Festival ones: months down, one column each, reaching
        ``specification.forecast_months`` beyond the data.
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
        The table, the engine's name or the regressors do not fit.
    EngineError
        The program named is not X-13 or cannot be started.

    Warns
    -----
    FallbackWarning
        X-13 was asked for and this machine has none that runs: STL was used.

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
    last = str(frame.index[-1])
    in_force = Rules.load().at(max(last, _FIRST_RULES)) if rules is None else rules.at(last)
    chosen = engine if engine is not None else str(in_force["seasonal_engine"])
    if chosen not in ENGINES:
        raise UsageError(f"engine is {chosen!r}; expected one of {', '.join(ENGINES)}")
    if workers < 1:
        raise UsageError(f"workers is {workers}; expected at least 1")
    spec = specification if specification is not None else default_specification(in_force)
    own = None if regressors is None else _own_regressors(regressors)
    if own is not None:
        # The Spring Festival table does not limit series that bring their own regressors.
        spec = replace(spec, festival=None)
    checked = [check_series(str(name), frame[name], spec, in_force) for name in frame.columns]
    ready = [item for item in checked if isinstance(item, Ready)]
    rows = {item.series: refused_row(item) for item in checked if isinstance(item, Refused)}
    holiday = own if own is not None else _festival(spec, ready)
    _require_reach(holiday, ready)
    found = locate(program) if chosen == "x13" else None
    tables: dict[str, Tables] = {}
    outcomes: dict[str, Outcome] = {}
    if found is not None:
        outcomes = _run_x13(ready, holiday, found, workers, float(in_force["seasonal_time_limit"]))
        for item in ready:
            outcome = outcomes[item.series]
            if outcome.step:
                tables[item.series] = outcome.output.tables
                rows[item.series] = adjusted_row(item, outcome, in_force)
            else:
                rows[item.series] = failed_row(item, outcome)
    else:
        fell = chosen == "x13"
        if fell:
            warnings.warn(f"{_NO_PROGRAM.en} ({_NO_PROGRAM.zh})", FallbackWarning, stacklevel=2)
        for item in ready:
            if np.isnan(item.values).any():
                rows[item.series] = refused_row(_gap_for_stl(item))
                continue
            tables[item.series] = fallback.stl(item, in_force)
            reason = _NO_PROGRAM if fell else None
            rows[item.series] = stl_row(item, "fallback" if fell else "adjusted", reason)
    return Adjustment(
        original=frame,
        components={name: _wide(code, tables, ready, frame) for name, code in COMPONENTS.items()},
        diagnostics=pd.DataFrame([rows[str(name)] for name in frame.columns], columns=list(COLUMNS)),
        coefficients=coefficient_rows(outcomes),
        regressors=holiday if found is not None else holiday.iloc[:0],
        requests={name: outcome.request for name, outcome in outcomes.items() if outcome.step},
        engine=found.identity() if found is not None else fallback.identity(),
        rules_digest=in_force.digest,
    )


def _run_x13(
    ready: list[Ready], holiday: pd.DataFrame, engine: Engine, workers: int, time_limit: float
) -> dict[str, Outcome]:
    given: dict[str, Regressors] = {}
    if len(holiday.columns):
        for item in ready:
            part = holiday.loc[item.first : months.shift(item.last, item.specification.forecast_months)]
            names = tuple(str(name) for name in part.columns)
            given[item.series] = Regressors(names, item.first, part.to_numpy(dtype=np.float64))
    return climb_down(ready, given, engine, workers=workers, time_limit=time_limit)


def _festival(spec: Specification, ready: list[Ready]) -> pd.DataFrame:
    """Return the Spring Festival regressors over every month any of the series needs; empty if none."""
    if spec.festival is None or not ready:
        return pd.DataFrame(index=pd.Index([], dtype=object))
    before, during, after = spec.festival
    first = min(item.first for item in ready)
    last = months.shift(max(item.last for item in ready), spec.forecast_months)
    return spring_festival_regressors(first, last, before, after, during=during, span=spec.span)


def _own_regressors(regressors: pd.DataFrame) -> pd.DataFrame:
    frame = monthly_frame(regressors)
    bad = [name for name in frame.columns if not _ASCII_NAME.match(str(name))]
    if bad:
        raise UsageError(f"regressor {bad[0]!r}: X-13 takes ASCII names of at most 16 letters, digits or _")
    if not np.isfinite(frame.to_numpy()).all():
        empty = frame.index[~np.isfinite(frame.to_numpy()).all(axis=1)]
        raise UsageError(f"regressors have no value in {empty[0]}; every month needs a finite one")
    return frame


def _require_reach(holiday: pd.DataFrame, ready: list[Ready]) -> None:
    if not len(holiday.columns):
        return
    begin, end = str(holiday.index[0]), str(holiday.index[-1])
    for item in ready:
        horizon = months.shift(item.last, item.specification.forecast_months)
        if begin > item.first or end < horizon:
            raise UsageError(
                f"series {item.series!r}: the regressors cover {begin} to {end}; X-13 needs {item.first} to {horizon}, "
                f"the {item.specification.forecast_months} forecast months included"
            )


def _gap_for_stl(item: Ready) -> Refused:
    empty = [month for month, value in zip(item.months, item.values, strict=True) if np.isnan(value)]
    reason = Text(
        f"序列“{item.series}”：{empty[0]} 缺失，STL 不能处理缺失月份；请补齐，或使用 X-13",
        f"series '{item.series}': no value in {empty[0]}; STL takes no missing months, supply it or use X-13",
    )
    return Refused(item.series, reason, item.first, item.last, len(item.values) - len(empty))


def _wide(code: str, tables: dict[str, Tables], ready: list[Ready], frame: pd.DataFrame) -> pd.DataFrame:
    """Put one table of every series side by side over the months of the data; NaN outside a series' span."""
    wide = np.full(frame.shape, np.nan)
    columns = {str(name): k for k, name in enumerate(frame.columns)}
    start = months.ordinal(str(frame.index[0]))
    for item in ready:
        values = tables.get(item.series, {}).get(code)
        if values is not None:
            at = months.ordinal(item.first) - start
            wide[at : at + len(values), columns[item.series]] = values
    return pd.DataFrame(wide, index=frame.index, columns=frame.columns)
