"""`pre_adjust`: holiday effects taken out, missing months filled, the series carried on, before X-11 filters it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust.x11.airline import Airline, fit
from shuibei_index.adjust.x11.setting import Floats
from shuibei_index.errors import UsageError

# X-13's preference for logs in its automatic choice, in units of AICc.
_PREFERENCE = 2.0


@dataclass(frozen=True)
class PreAdjusted:
    """A series ready for `x11`.

    Parameters
    ----------
    values
        Shape (T + H,): the series in its own units, missing months filled, forecasts at the end.
    effects
        Shape (T + H, K): factors (logs) or amounts of each regressor.
    forecasts
        H.
    logs
        Whether the model is in logs.
    names
        Of the regressors.
    model
        The fitted model; its first coefficients are those of the regressors, held ones with their value and variance 0.
        None where no model was asked for.
    aicc
        With the Jacobian of logs: models with and without logs can be compared.
    """

    values: Floats
    effects: Floats
    forecasts: int
    logs: bool
    names: tuple[str, ...]
    model: Airline | None
    aicc: float

    @property
    def effect(self) -> Floats:
        """All regressors together, shape (T + H,): `prior` of `x11`."""
        return np.asarray(self.effects.prod(axis=1) if self.logs else self.effects.sum(axis=1))

    @property
    def coefficients(self) -> dict[str, tuple[float, float, float]]:
        """Term → estimate, standard error, t value."""
        found: dict[str, tuple[float, float, float]] = {}
        if self.model is None:
            return found
        for name, value, error in zip(self.names, self.model.coefficients, self.model.errors, strict=False):
            found[name] = (float(value), float(error), float(value / error) if error > 0 else float("nan"))
        return found


def pre_adjust(
    values: npt.ArrayLike,
    regressors: npt.ArrayLike | None = None,
    *,
    period: int = 12,
    logs: bool | None = True,
    forecasts: int = 12,
    names: Sequence[str] = (),
    held: Sequence[float | None] = (),
    held_arima: tuple[float | None, float | None] = (None, None),
) -> PreAdjusted:
    """Fit the airline model with regressors to one series.

    Parameters
    ----------
    values
        Shape (T,), NaN = missing (not at the ends).
    regressors
        Shape (T + H, K): they must reach over the forecasts. None = no regressors.
    period
        12 or 4.
    logs
        Whether logs are taken; None = the smaller AICc decides, logs preferred by 2 as in X-13.
    forecasts
        H, months to carry the series on.
    names
        Of the regressors.
    held
        Value at which each coefficient is held, None = estimated. Empty: all are estimated.
    held_arima
        The same of theta and Theta.

    Returns
    -------
    PreAdjusted
        Forecasts are back in the units of the series without correction for bias, as X-13's.

    Raises
    ------
    UsageError
        Shapes do not fit, values are not finite, or not above zero with logs.

    Notes
    -----
    A missing month gets a dummy variable of its own: its coefficient is the exact estimate of what is missing
    (Gomez, Maravall and Pena 1999).

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(60)
    >>> rng = np.random.default_rng(1)
    >>> moved = rng.integers(0, 2, 72).astype(float)
    >>> level = np.exp(4 + 0.01 * t + 0.1 * moved[:60] + 0.01 * rng.normal(size=60))
    >>> round(pre_adjust(level, moved[:, None], names=["moved"]).coefficients["moved"][0], 1)
    0.1
    """
    series = np.array(values, dtype=np.float64)
    if series.ndim != 1:
        raise UsageError(f"values has shape {series.shape}, not (T,)", zh=f"values 的形状为 {series.shape}，应为 (T,)")
    length = len(series) + forecasts
    design = np.zeros((length, 0)) if regressors is None else np.array(regressors, dtype=np.float64)
    if design.ndim != 2 or len(design) != length or not np.isfinite(design).all():
        raise UsageError(
            f"regressors have shape {design.shape}; expected ({length}, K), the {forecasts} forecast months included, "
            "all finite",
            zh=f"回归变量的形状为 {design.shape}，应为 ({length}, K)（含 {forecasts} 个预测期），且均为有限值",
        )
    if np.isinf(series).any() or np.isnan(series[[0, -1]]).any():
        raise UsageError(
            "the first and last value must be there, and none infinite", zh="首末值不能缺失，且不能为无穷大"
        )
    labels = tuple(names) if names else tuple(f"x{k + 1}" for k in range(design.shape[1]))
    if len(labels) != design.shape[1]:
        raise UsageError(
            f"{len(labels)} names for {design.shape[1]} regressors",
            zh=f"{design.shape[1]} 个回归变量却有 {len(labels)} 个名称",
        )
    fixed = tuple(held) if held else (None,) * len(labels)
    if len(fixed) != len(labels):
        raise UsageError(
            f"{len(fixed)} values held for {len(labels)} regressors",
            zh=f"{len(labels)} 个回归变量却给出 {len(fixed)} 个固定值",
        )
    above = bool((series[~np.isnan(series)] > 0).all())
    if logs and not above:
        raise UsageError("logs need values above zero", zh="取对数要求所有值大于零")
    if logs is not None:
        return _adjusted(series, design, period, logs, forecasts, labels, fixed, held_arima)
    plain = _adjusted(series, design, period, False, forecasts, labels, fixed, held_arima)
    if not above:
        return plain
    return preferred(_adjusted(series, design, period, True, forecasts, labels, fixed, held_arima), plain)


def preferred(logged: PreAdjusted, plain: PreAdjusted) -> PreAdjusted:
    """Return the one with the smaller AICc, logs preferred by 2."""
    return logged if logged.aicc < plain.aicc + _PREFERENCE else plain


def _adjusted(
    series: Floats,
    design: Floats,
    period: int,
    logs: bool,
    forecasts: int,
    names: tuple[str, ...],
    held: tuple[float | None, ...],
    held_arima: tuple[float | None, float | None],
) -> PreAdjusted:
    count, width = len(series), design.shape[1]
    scaled = np.log(series) if logs else series
    missing = np.flatnonzero(np.isnan(scaled))
    seen = np.flatnonzero(~np.isnan(scaled))
    free = [k for k, value in enumerate(held) if value is None]
    # What is held is taken off before anything is estimated.
    known = design @ np.array([0.0 if value is None else value for value in held])
    filled = np.interp(np.arange(count), seen, (scaled - known[:count])[seen])
    dummies = np.zeros((count, len(missing)))
    dummies[missing, np.arange(len(missing))] = 1.0
    fitted = fit(filled, np.hstack([design[:count, free], dummies]), period, forecasts, held_arima)
    filled[missing] -= fitted.coefficients[len(free) :]
    model = _with_held(fitted, free, held)
    effects = design * model.coefficients[:width]
    carried = np.concatenate([filled + known[:count], model.forecasts + effects[count:].sum(axis=1)])
    whole = np.exp(carried) if logs else carried
    # What was observed stays what it is, to the last bit.
    whole[seen] = series[seen]
    # The likelihood is that of the differenced series, so the first year and a month have no part in it.
    jacobian = 2 * float(scaled[seen[seen > period]].sum()) if logs else 0.0
    return PreAdjusted(
        values=whole,
        effects=np.exp(effects) if logs else effects,
        forecasts=forecasts,
        logs=logs,
        names=names,
        model=model,
        aicc=model.aicc + jacobian,
    )


def _with_held(model: Airline, free: list[int], held: tuple[float | None, ...]) -> Airline:
    """Return the model with the coefficients that were held in their places, before those of missing months."""
    extra = len(model.coefficients) - len(free)
    at = [*free, *range(len(held), len(held) + extra)]
    coefficients = np.array([*(0.0 if value is None else value for value in held), *[0.0] * extra])
    coefficients[at] = model.coefficients
    covariance = np.zeros((len(coefficients), len(coefficients)))
    covariance[np.ix_(at, at)] = model.covariance
    return replace(model, coefficients=coefficients, covariance=covariance)
