"""Statistics of revisions: their size and bias, and whether they were news or noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import UsageError

Floats = npt.NDArray[np.float64]
ERRORS = ("hac", "plain")
#: Two coefficients and a variance need more months than that.
_LEAST = 4


def wanted_horizons(horizons: tuple[int, ...]) -> tuple[int, ...]:
    """Return the horizons if each is a whole number of months, not negative.

    Raises
    ------
    UsageError
        One is not.
    """
    bad = [h for h in horizons if not isinstance(h, int) or isinstance(h, bool) or h < 0]
    if bad or not horizons:
        raise UsageError(
            f"horizons are {horizons!r}; expected whole months such as (1, 2, 3)",
            zh=f"horizons 应为非负整数月数，如 (1, 2, 3)：{horizons!r}",
        )
    return horizons


def newey_west_lags(n: int) -> int:
    """Return the usual number of lags, ⌊4 (n/100)^(2/9)⌋ (Newey and West 1994), less than n.

    Examples
    --------
    >>> newey_west_lags(100), newey_west_lags(24), newey_west_lags(1)
    (4, 2, 0)
    """
    return min(int(4.0 * (n / 100.0) ** (2.0 / 9.0)), max(n - 1, 0))


def mean_revisions(parts: Mapping[str, pd.DataFrame], errors: str = "hac", lags: int | None = None) -> pd.DataFrame:
    """Return size and bias of revisions by measure and horizon.

    Parameters
    ----------
    parts : mapping of str to DataFrame
        Measure → `VintageSeries.at_horizons`.
    errors : {"hac", "plain"}
    lags : int, optional

    Returns
    -------
    DataFrame
        measure, horizon, n, mean, mean_absolute, std (n − 1), t, p (two-sided, normal), share_up, lags. NaN where there
        are too few revisions, or all are equal.

    Raises
    ------
    UsageError
        `errors` is neither, or `lags` is no whole number.
    """
    if errors not in ERRORS:
        raise UsageError(f"errors is {errors!r}; expected hac or plain", zh=f"errors 应为 hac 或 plain：{errors!r}")
    rows = []
    for measure, frame in parts.items():
        for horizon in (name for name in frame.columns if name not in ("period", "first")):
            revision = (frame[horizon] - frame["first"]).dropna().to_numpy(dtype=float)
            rows.append({"measure": measure, "horizon": int(horizon), **_of_mean(revision, errors, lags)})
    return pd.DataFrame(rows)


def _of_mean(revision: Floats, errors: str, lags: int | None) -> dict[str, Any]:
    n = len(revision)
    used = 0 if errors == "plain" else _lags(n, lags)
    told: dict[str, Any] = {"n": n, "mean": np.nan, "mean_absolute": np.nan, "std": np.nan, "t": np.nan, "p": np.nan}
    told |= {"share_up": np.nan, "lags": used}
    if n:
        told |= {"mean": revision.mean(), "mean_absolute": np.abs(revision).mean(), "share_up": (revision > 0).mean()}
    if n > 1:
        told["std"] = revision.std(ddof=1)
    # equal revisions have no spread to judge their mean by; what is left of it is rounding
    if n > 1 and np.ptp(revision) > 1e-12 * np.abs(revision).max():
        fitted = _fit(revision, np.ones((n, 1)), errors, used)
        told |= {"t": float(fitted.tvalues[0]), "p": float(fitted.pvalues[0])}
    return told


def news_or_noise(first: Floats, final: Floats, lags: int | None = None) -> pd.DataFrame:
    """Regress final − first on the first and on the final figures, with Newey-West standard errors.

    Parameters
    ----------
    first, final : ndarray, shape (N,)
        First and final figures of the same months, without NaN, in order of the months.
    lags : int, optional

    Returns
    -------
    DataFrame
        See `VintageSeries.news_or_noise`.

    Raises
    ------
    UsageError
        Fewer than four months, or figures that do not vary.
    """
    n = len(first)
    if n < _LEAST or np.ptp(first) == 0.0 or np.ptp(final) == 0.0:
        raise UsageError(
            f"{n} months have a first and a final figure that vary; at least {_LEAST} are needed",
            zh=f"同时有首次数与终值且有变动的月份为 {n} 个，至少需要 {_LEAST} 个",
        )
    revision = final - first
    used = _lags(n, lags)
    rows = []
    for hypothesis, on in (("news", first), ("noise", final)):
        row: dict[str, Any] = {"hypothesis": hypothesis, "regressor": "first" if hypothesis == "news" else "final"}
        row["n"] = n
        if not revision.any():
            # nothing was ever revised: both hold, and there is nothing to estimate
            empty = dict.fromkeys(("se_alpha", "se_beta", "t_alpha", "t_beta", "wald", "p", "r2"), np.nan)
            rows.append({**row, "alpha": 0.0, "beta": 0.0, **empty, "lags": used})
            continue
        fitted = _fit(revision, np.column_stack([np.ones(n), on]), "hac", used)
        joint = fitted.wald_test(np.eye(2), use_f=False, scalar=True)
        (alpha, beta), (se_alpha, se_beta) = fitted.params, fitted.bse
        row |= {"alpha": alpha, "beta": beta, "se_alpha": se_alpha, "se_beta": se_beta}
        row |= {"t_alpha": alpha / se_alpha, "t_beta": beta / se_beta}
        row |= {"wald": float(joint.statistic), "p": float(joint.pvalue), "r2": float(fitted.rsquared), "lags": used}
        rows.append(row)
    return pd.DataFrame(rows)


def _fit(y: Floats, x: Floats, errors: str, lags: int) -> Any:
    from statsmodels.regression.linear_model import OLS

    if errors == "plain":
        return OLS(y, x).fit()
    return OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False})


def _lags(n: int, lags: int | None) -> int:
    if lags is None:
        return newey_west_lags(n)
    if isinstance(lags, bool) or not isinstance(lags, int) or lags < 0:
        raise UsageError(f"lags is {lags!r}; expected a whole number", zh=f"lags 应为非负整数：{lags!r}")
    return min(lags, max(n - 1, 0))
