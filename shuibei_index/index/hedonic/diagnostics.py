"""What tells whether a hedonic regression can be trusted: fit, signs, collinearity, tests, influential sales."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import chdtrc, fdtrc

from shuibei_index.errors import PriceError
from shuibei_index.index.hedonic.design import Design
from shuibei_index.index.hedonic.regression import Regression, regress

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: A sign is called wrong beyond doubt at this many standard errors (5 %, two-sided).
DOUBT = 1.959963984540054


def effects(fit: Regression, design: Design, among: Floats) -> pd.DataFrame:
    """Return name, effect, standard error, t, expected sign, VIF and flag of each characteristic."""
    error = np.sqrt(np.maximum(np.diag(among), 0.0))
    return pd.DataFrame(
        {
            "fit": fit.label,
            "name": list(fit.names),
            "effect": fit.slopes,
            "standard_error": error,
            "t": _ratio(fit.slopes, error),
            "expected": design.signs,
            "inflation": fit.inflation,
            "flag": _flags(fit.slopes, error, design.signs),
        }
    )


def steps(fit: Regression, design: Design, among: Floats) -> pd.DataFrame:
    """Return the difference between each level of an ordered characteristic and the next, in the expected direction."""
    tables = []
    K = len(fit.slopes)
    for ladder in (one for one in design.ladders if one.ordered):
        # places of −1 stand for the reference, whose effect is 0
        pick = np.zeros((len(ladder.places), K))
        known = np.array(ladder.places) >= 0
        pick[known, np.array(ladder.places)[known]] = 1.0
        # sign −1: price falls along the levels, each should exceed the next; +1: the next should exceed it
        contrast = -ladder.sign * (pick[:-1] - pick[1:])
        step = contrast @ fit.slopes
        error = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", contrast, among, contrast), 0.0))
        tables.append(
            pd.DataFrame(
                {
                    "fit": fit.label,
                    "column": ladder.column,
                    "level": ladder.labels[:-1],
                    "next_level": ladder.labels[1:],
                    "step": step,
                    "standard_error": error,
                    "flag": _flags(step, error, np.ones(len(step), dtype=np.int64)),
                }
            )
        )
    columns = ["fit", "column", "level", "next_level", "step", "standard_error", "flag"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def diagnose(fit: Regression, design: Design, among: Floats) -> dict[str, Any]:
    """Return the diagnostics of one regression as a row."""
    effect = effects(fit, design, among)
    step = steps(fit, design, among)
    r2, adjusted = r_squared(fit)
    breusch, breusch_p = breusch_pagan(fit)
    reset, reset_p = ramsey_reset(fit)
    return {
        "fit": fit.label,
        "n": fit.size,
        "parameters": fit.parameters,
        "r2": r2,
        "adjusted_r2": adjusted,
        "residual_sd": float(np.sqrt(fit.variance)) if fit.norm is None else float("nan"),
        "condition": fit.condition,
        "largest_inflation": float(fit.inflation.max(initial=1.0)),
        "breusch_pagan": breusch,
        "breusch_pagan_p": breusch_p,
        "reset": reset,
        "reset_p": reset_p,
        "largest_cook": float(cook(fit).max()),
        "weighted_down": 0 if fit.norm is None else int((fit.weight < fit.weight.max() * 0.5).sum()),
        "wrong_signs": int((effect["flag"] != "").sum()),
        "wrong_beyond_doubt": int((effect["flag"] == "SIGN").sum()),
        "wrong_steps_beyond_doubt": int((step["flag"] == "SIGN").sum()),
    }


def r_squared(fit: Regression) -> tuple[float, float]:
    """Return R² and adjusted R² about the overall mean; month effects count as explained."""
    mean = fit.weight @ fit.y / fit.weight.sum()
    total = float(fit.weight @ (fit.y - mean) ** 2)
    left = float(fit.weight @ fit.residuals**2)
    if total == 0.0:
        return float("nan"), float("nan")
    return 1.0 - left / total, 1.0 - (left / fit.freedom) / (total / (fit.size - 1))


def breusch_pagan(fit: Regression) -> tuple[float, float]:
    """Return the studentised Breusch-Pagan statistic n·R² and its p-value; small = unequal variances."""
    square = fit.weight * fit.residuals**2
    if np.ptp(square) == 0.0 or fit.parameters < 2:
        return float("nan"), float("nan")
    ones = np.ones(fit.size)
    auxiliary = regress(square, fit.z, fit.group, ones, names=fit.names, label=fit.label)
    statistic = fit.size * r_squared(auxiliary)[0]
    return statistic, float(chdtrc(fit.parameters - 1, statistic))


def ramsey_reset(fit: Regression) -> tuple[float, float]:
    """Return the F statistic of Ramsey's RESET and its p-value; small = powers of the fit explain more.

    NaN where these powers cannot be told from the characteristics (dummies alone, or too few sales).
    """
    fitted = fit.fitted
    # centred and scaled: the same columns span the same space, without the digits cubes would cost
    spread = float(np.std(fitted)) or 1.0
    centred = (fitted - fitted.mean()) / spread
    powers = np.column_stack([fit.z, centred**2, centred**3])
    try:
        wider = regress(fit.y, powers, fit.group, fit.weight, names=(*fit.names, "²", "³"), label=fit.label)
    except PriceError:
        return float("nan"), float("nan")
    left, less = float(fit.weight @ fit.residuals**2), float(fit.weight @ wider.residuals**2)
    if less <= 0.0:
        return float("nan"), float("nan")
    statistic = max((left - less) / 2 / (less / wider.freedom), 0.0)
    return statistic, float(fdtrc(2, wider.freedom, statistic))


def cook(fit: Regression) -> Floats:
    """Return Cook's distance of each sale, shape (n,)."""
    h = np.minimum(fit.leverage(), 1.0 - 1e-12)
    scale = fit.parameters * fit.variance
    if scale == 0.0:
        return np.zeros(fit.size)
    return np.asarray(fit.weight * fit.residuals**2 * h / (scale * (1.0 - h) ** 2))


def influential(fit: Regression, top: int) -> pd.DataFrame:
    """Return the `top` sales by Cook's distance; `position` counts rows of the whole table."""
    distance = cook(fit)
    first = np.argsort(-distance, kind="stable")[:top]
    return pd.DataFrame(
        {
            "fit": fit.label,
            "position": fit.rows[first],
            "residual": fit.residuals[first],
            "leverage": fit.leverage()[first],
            "cook": distance[first],
        }
    )


def _ratio(effect: Floats, error: Floats) -> Floats:
    return np.asarray(np.divide(effect, error, out=np.full(len(effect), np.nan), where=error > 0), dtype=float)


def _flags(effect: Floats, error: Floats, expected: Ints) -> npt.NDArray[np.object_]:
    against = effect * expected < 0
    flags = np.where(against & (np.abs(effect) > DOUBT * error), "SIGN", np.where(against, "sign", ""))
    result: npt.NDArray[np.object_] = flags.astype(object)
    return result
