"""The own X-11 against X-13: two programs that must say the same of the same series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust import periods
from shuibei_index.adjust.engine.jobs import Job, run_jobs
from shuibei_index.adjust.engine.program import Engine, locate
from shuibei_index.adjust.x11.decomposition import x11
from shuibei_index.adjust.x11.running import mode_of
from shuibei_index.adjust.x11.setting import Floats
from shuibei_index.errors import EngineError

if TYPE_CHECKING:
    import pandas as pd

    from shuibei_index.adjust.adjustment import Adjustment

COMPARED = ("d10", "d11", "d12", "d13")


def relative_difference(own: Floats, other: Floats) -> Floats:
    """Return the largest difference of each column in units of the other's largest absolute value, shape (N,)."""
    scale = np.abs(other).max(axis=0)
    return np.asarray(np.abs(own - other).max(axis=0) / np.where(scale > 0, scale, 1.0))


def check_against_x13(
    values: npt.ArrayLike,
    *,
    first: str,
    mode: str = "mult",
    seasonal_filter: str = "msr",
    trend_filter: int | None = None,
    sigma_limits: tuple[float, float] = (1.5, 2.5),
    engine: Engine | None = None,
    workers: int = 2,
    time_limit: float = 60.0,
) -> dict[str, Floats]:
    """Run series through X-13's filters and the own X-11, without a model, and return how far they are apart.

    Parameters
    ----------
    values
        Shape (T, N) or (T,), one column a series.
    first
        First period, "2014-01" or "2014-Q1".
    mode, seasonal_filter, trend_filter, sigma_limits
        As of `x11`; one seasonal filter for all months.
    engine
        The program. Default: the one `locate` finds.
    workers, time_limit
        As of `run_jobs`.

    Returns
    -------
    dict
        "d10" to "d13" → largest difference of each series relative to the table's largest absolute value, shape (N,).

    Raises
    ------
    EngineError
        There is no X-13 on this machine, or it refused a series.
    UsageError
        As of `x11`.
    """
    program = engine if engine is not None else locate()
    if program is None:
        raise EngineError("no X-13 program to compare with", zh="本机没有可比较的 X-13 程序")
    array = np.array(values, dtype=np.float64)
    array = array[:, None] if array.ndim == 1 else array
    period = periods.per_year(first)
    start = periods.ordinal(first) % period + 1
    # What X-13 is given has 15 digits.
    written = np.array([float(f"{value:.15g}") for value in array.ravel()]).reshape(array.shape)
    own = x11(
        written,
        first_month_of_year=start,
        period=period,
        mode=mode,
        seasonal_filter=seasonal_filter,
        trend_filter=trend_filter,
        sigma_limits=sigma_limits,
    )
    options = f"mode={mode} seasonalma={seasonal_filter}" + (f" trendma={trend_filter}" if trend_filter else "")
    options += f"\nsigmalim=({sigma_limits[0]:.15g}, {sigma_limits[1]:.15g})\nsave=({' '.join(COMPARED)})"
    names = [f"S{k:05d}" for k in range(array.shape[1])]
    jobs = [
        Job(name, _request(name, period, options), first, written[:, k], tables=COMPARED)
        for k, name in enumerate(names)
    ]
    outputs = run_jobs(jobs, program, workers=workers, time_limit=time_limit)
    failed = [(k, outputs[name].failure) for k, name in enumerate(names) if outputs[name].failure]
    if failed:
        raise EngineError(
            f"X-13 refused column {failed[0][0]}: {failed[0][1]}", zh=f"X-13 未能处理第 {failed[0][0]} 列"
        )
    return {
        code: relative_difference(own[code], np.column_stack([outputs[name].tables[code] for name in names]))
        for code in COMPARED
    }


def _request(name: str, period: int, options: str) -> str:
    return f'series{{ title="{name}" file="{name}.dta" format="datevalue" period={period} }}\nx11{{ {options} }}\n'


def check_adjustment(adjustment: Adjustment) -> pd.DataFrame:
    """Filter again what X-13 filtered, and return how far the seasonal factors (D10) are apart.

    X-13's model is not repeated: the own X-11 is given the series X-13's filters saw (B1: holidays and outliers out,
    forecasts appended).

    Parameters
    ----------
    adjustment
        A result of X-13 whose specification saves b1 and d10.

    Returns
    -------
    DataFrame
        Columns series, compared (whether it could be), difference (largest, relative to the largest factor; NaN where
        not compared). Series by SEATS, with backcasts, with forecasts that were not saved, or without b1 are not
        compared.
    """
    import pandas as pd

    found = [(series, _difference(adjustment, series)) for series in adjustment.tables]
    rows = [(series, value is not None, float("nan") if value is None else value) for series, value in found]
    return pd.DataFrame(rows, columns=["series", "compared", "difference"])


def _difference(adjustment: Adjustment, series: str) -> float | None:
    """Return the difference of one series, None where X-13 did not save what its filters saw."""
    tables, spec = adjustment.tables[series], adjustment.specifications.get(series)
    udg = adjustment.udg.get(series, {})
    if spec is None or "b1" not in tables or "d10" not in tables or spec.backcast_months:
        return None
    ahead = np.asarray(adjustment.projected.get(series, {}).get("b1", np.empty(0)))
    modelled = not spec.x11_only and udg.get("arimamdl", "") != ""
    if modelled and len(ahead) != spec.forecast_months:
        return None
    first, _ = adjustment.spans[series]
    start = periods.ordinal(first) % adjustment.period + 1
    additive = udg.get("finmode", udg.get("samode", "")).startswith("additive")
    own = x11(
        np.concatenate([tables["b1"], ahead]),
        first_month_of_year=start,
        period=adjustment.period,
        mode=mode_of(spec, logs=not additive),
        seasonal_filter=spec.seasonal_filter or "msr",
        trend_filter=spec.trend_filter,
        sigma_limits=spec.sigma_limits or (1.5, 2.5),
        forecasts=len(ahead),
    )
    return float(relative_difference(own.observed("d10"), np.asarray(tables["d10"])[:, None])[0])
