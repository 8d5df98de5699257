"""Benchmarking: adjusted series whose annual means (or sums) are those of the unadjusted ones."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.sparse.linalg import splu

from shuibei_index.adjust import periods
from shuibei_index.errors import PriceError, ShapeError, UsageError

Floats = npt.NDArray[np.float64]
Frame = TypeVar("Frame", pd.Series, pd.DataFrame)
METHODS = ("denton_cholette", "cholette", "denton_windows")
TARGETS = ("mean", "sum")
MODES = ("mult", "add")
# Huot's (1975) operational rule, kept by X-13: five years at a time, the middle one is taken.
_WINDOW = 5


def benchmark_annual(
    adjusted: Frame,
    unadjusted: Frame,
    *,
    method: str = "denton_cholette",
    rho: float = 0.9,
    power: float = 1.0,
    target: str = "mean",
    mode: str = "mult",
) -> Frame:
    """Make the annual means (sums) of adjusted series those of the unadjusted ones.

    Parameters
    ----------
    adjusted, unadjusted : Series or DataFrame
        By month or quarter ("2024-05", "2024-Q2"), the same shape and labels. NaN before a series begins and after it
        ends.
    method : {"denton_cholette", "cholette", "denton_windows"}
        "denton_cholette": the movement of the correction is as smooth as can be, over the whole series.
        "cholette": Cholette and Dagum's regression with an autoregressive error; X-13's ``force{type=regress}``.
        "denton_windows": X-13's ``force{type=denton}``: additive, five years at a time.
    rho : float
        Of "cholette": autocorrelation of the error, 0 <= rho < 1; X-13's default is 0.9.
    power : float
        Of "cholette": λ, the power of the level the error grows with; X-13's default is 0, 1 = proportional.
    target : {"mean", "sum"}
        What is kept; the same series come out, for every year has all its months.
    mode : {"mult", "add"}
        Of "denton_cholette": whether the ratio or the difference of the correction is smooth.

    Returns
    -------
    Series or DataFrame
        As `adjusted`. Months outside complete years follow the nearest correction ("cholette": it fades by `rho`).
        A series without a complete year is returned as it is.

    Raises
    ------
    ShapeError
        The labels differ, are not months in order, or a series has a gap.
    PriceError
        A ratio is asked for and a value is not above 0.
    UsageError
        An unknown method, target or mode, or rho outside 0 to 1.

    Notes
    -----
    "denton_cholette": minimise Σ (x(t)/s(t) − x(t−1)/s(t−1))² (or Σ (Δ(x − s))²) subject to J x = J n, without a term
    for the first month (Cholette's correction of Denton); solved as one sparse linear system. "cholette":
    x = s + V J' (J V J')⁻¹ J (n − s), V = C Ω C, Ω = rho^|i−j|, C = |s|^λ; in the inverse of Ω, which has three
    diagonals. Sources: Denton (1971), JASA 66, 99-102; Cholette (1984), Survey Methodology 10, 35-49; Dagum and
    Cholette (2006), Benchmarking, Temporal Distribution and Reconciliation Methods, ch. 3, 6; X-13ARIMA-SEATS Reference
    Manual, force spec; decision 0286.

    Examples
    --------
    >>> index = [f"2024-{m:02d}" for m in range(1, 13)]
    >>> kept = benchmark_annual(pd.Series(100.0, index), pd.Series(range(95, 107), index, dtype=float))
    >>> round(float(kept.mean()), 9)
    100.5
    """
    _check(method, rho, target, mode)
    if type(adjusted) is not type(unadjusted) or not adjusted.index.equals(unadjusted.index):
        raise ShapeError(
            "adjusted and unadjusted series must have the same labels", zh="季节调整前后序列的标签必须一致"
        )
    labels = [str(label) for label in adjusted.index]
    number = np.array([periods.ordinal(label) for label in labels])
    if len(labels) > 1 and not (np.diff(number) == 1).all():
        raise ShapeError("the months must follow one another without a gap", zh="月份必须连续，不得缺漏")
    per_year = periods.per_year(labels[0])
    s, n = (np.atleast_2d(x.to_numpy(dtype=np.float64).T).T for x in (adjusted, unadjusted))
    if s.shape != n.shape:
        raise ShapeError(f"adjusted has shape {s.shape}, unadjusted {n.shape}", zh="季节调整前后序列形状不同")
    result = s.copy()
    for k in range(s.shape[1]):
        seen = np.flatnonzero(~np.isnan(s[:, k]) & ~np.isnan(n[:, k]))
        if not len(seen):
            continue
        span = slice(int(seen[0]), int(seen[-1]) + 1)
        if len(seen) != span.stop - span.start:
            raise ShapeError(f"series {k}: a month inside has no value", zh=f"第 {k + 1} 个序列中间有缺失月份")
        year = number[span] // per_year
        result[span, k] = _benchmarked(s[span, k], n[span, k], year, per_year, method, rho, power, mode)
    if isinstance(adjusted, pd.Series):
        return pd.Series(result[:, 0], adjusted.index, name=adjusted.name)
    return pd.DataFrame(result, adjusted.index, adjusted.columns)


def _check(method: str, rho: float, target: str, mode: str) -> None:
    for name, value, known in (("method", method, METHODS), ("target", target, TARGETS), ("mode", mode, MODES)):
        if value not in known:
            raise UsageError(f"{name} is {value!r}; expected one of {', '.join(known)}", zh=f"{name} 不能是 {value}")
    if not 0 <= rho < 1:
        # with 1 the covariance is singular; X-13 does not come to an end
        raise UsageError(f"rho is {rho}; expected 0 up to, not including, 1", zh=f"rho 应在 [0, 1) 内，不能是 {rho}")


def _benchmarked(
    s: Floats, n: Floats, year: npt.NDArray[np.intp], per_year: int, method: str, rho: float, power: float, mode: str
) -> Floats:
    years, count = np.unique(year, return_counts=True)
    whole = years[count == per_year]
    if not len(whole):
        return s
    by_ratio = mode == "mult" if method == "denton_cholette" else method == "cholette" and power != 0
    if by_ratio and not (s > 0).all():
        raise PriceError(
            "a ratio is kept smooth, and an adjusted value is not above 0; use mode='add', or power=0",
            zh="按比例校准要求季节调整后的值均大于零；请改用 mode='add' 或 power=0",
        )
    inside = np.isin(year, whole)
    J = sparse.csr_array(
        (np.ones(int(inside.sum())), (np.searchsorted(whole, year[inside]), np.flatnonzero(inside))),
        shape=(len(whole), len(s)),
    )
    gap = np.asarray(J @ (n - s), dtype=np.float64)
    if method == "denton_windows":
        return np.asarray(s + _windows(gap, inside, per_year))
    if method == "cholette":
        return np.asarray(s + _least(_inverse_error(np.abs(s) ** power, rho), J, gap))
    scale = s if mode == "mult" else np.ones(len(s))
    below, above = (-1.0 / scale[:-1]).tolist(), (1.0 / scale[1:]).tolist()
    D = sparse.diags_array([below, above], offsets=[0, 1], shape=(len(s) - 1, len(s)))
    if mode == "mult":
        # the levels themselves: the ratio of a level proportional to s does not move
        return _least(sparse.csc_array(D.T @ D), J, np.asarray(J @ n, dtype=np.float64))
    return np.asarray(s + _least(sparse.csc_array(D.T @ D), J, gap))


def _least(Q: sparse.csc_array, J: sparse.csr_array, total: Floats) -> Floats:
    """Return x with x' Q x least and J x = total, from the one linear system of its first-order conditions."""
    m = J.shape[0]
    size = float(np.abs(Q.diagonal()).mean())
    K = sparse.vstack([sparse.hstack([Q / size, J.T]), sparse.hstack([J, sparse.csr_array((m, m))])], format="csc")
    right = np.concatenate([np.zeros(Q.shape[0]), total])
    factors = splu(K)
    x = factors.solve(right)
    # one step of refinement: totals to the last digits
    x += factors.solve(right - K @ x)
    assert len(x) == Q.shape[0] + m
    return np.asarray(x[: Q.shape[0]], dtype=np.float64)


def _inverse_error(spread: Floats, rho: float) -> sparse.csc_array:
    """Return the inverse of C Ω C, up to a factor: three diagonals."""
    main = np.full(len(spread), 1.0 + rho**2)
    main[[0, -1]] = 1.0
    beside = np.full(len(spread) - 1, -rho)
    inner = sparse.diags_array([beside.tolist(), main.tolist(), beside.tolist()], offsets=[-1, 0, 1])
    C = sparse.diags_array(1.0 / spread)
    return sparse.csc_array(C @ inner @ C)


def _windows(gap: Floats, inside: npt.NDArray[np.bool_], per_year: int) -> Floats:
    """Return X-13's additive correction: of five years' smoothest correction the middle one, at the ends all three."""
    m, width = len(gap), min(_WINDOW, len(gap))
    D = sparse.diags_array([-1.0, 1.0], offsets=[0, 1], shape=(width * per_year - 1, width * per_year))
    J = sparse.csr_array(sparse.kron(sparse.eye_array(width), np.ones((1, per_year))))
    Q = sparse.csc_array(D.T @ D)
    start = np.clip(np.arange(m) - width // 2, 0, m - width)
    found = {int(a): _least(Q, J, gap[a : a + width]).reshape(width, per_year) for a in np.unique(start)}
    correction = np.concatenate([found[int(a)][k - int(a)] for k, a in enumerate(start)])
    at = np.flatnonzero(inside)
    nearest = np.clip(np.arange(len(inside)) - at[0], 0, len(correction) - 1)
    return np.asarray(correction[nearest])
