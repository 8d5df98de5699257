"""Least squares with month effects absorbed: exact, and without a column for each month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import PriceError, UsageError, did_you_mean, first_few

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Rows worked through at a time: what is made of them stays in the processor's cache.
ROWS = 16_384
#: Smallest eigenvalue of the correlation matrix, and smallest share of a column's variation within months, that
#: counts as more than rounding.
SINGULAR = 1e-10
#: Robust regression: rounds of reweighting, and the change of the residuals (in scales) at which they have settled.
MAX_ROUNDS, SETTLED = 200, 1e-9
NORMS = ("huber", "tukey")


@dataclass(frozen=True)
class Regression:
    """y = effect of the month + z·slopes + residual, by weighted least squares.

    Parameters
    ----------
    label : str
        What it covers, for instance "2024-01 to 2024-12".
    names : tuple of str, length K
    rows : ndarray of int, shape (n,)
        Positions of its sales in the whole table.
    y, z, group, weight : ndarray, shapes (n,), (n, K), (n,), (n,)
        Log prices, characteristics, month codes 0 … G−1, weights after any reweighting.
    effects, slopes, residuals : ndarray, shapes (G,), (K,), (n,)
    means, mass : ndarray, shapes (G, K), (G,)
        Weighted means of the characteristics, and sums of weights, by month; an empty month has mass 0.
    bread : ndarray, shape (K, K)
        Inverse of the weighted products of the characteristics within months.
    inflation : ndarray, shape (K,)
        Variance inflation factors within months.
    condition : float
        Condition number of the characteristics within months, each scaled to the same spread.
    norm : str or None
        "huber" or "tukey" if outlying sales were weighted down.
    score_factor : float
        What residuals are multiplied by in standard errors: 1, or mean weight over mean slope of the norm's score.
    """

    label: str
    names: tuple[str, ...]
    rows: Ints
    y: Floats
    z: Floats
    group: Ints
    weight: Floats
    effects: Floats
    slopes: Floats
    residuals: Floats
    means: Floats
    mass: Floats
    bread: Floats
    inflation: Floats
    condition: float
    norm: str | None = None
    score_factor: float = 1.0

    @property
    def size(self) -> int:
        """Number of sales."""
        return len(self.y)

    @property
    def parameters(self) -> int:
        """Months with sales plus slopes."""
        return int((self.mass > 0).sum()) + len(self.slopes)

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the residuals."""
        return self.size - self.parameters

    @property
    def variance(self) -> float:
        """Weighted residual variance Σ w e² / (n − p)."""
        return float(self.weight @ self.residuals**2) / self.freedom

    @property
    def fitted(self) -> Floats:
        """Log prices by the regression, shape (n,)."""
        return self.y - self.residuals

    def leverage(self) -> Floats:
        """Return the diagonal of the hat matrix, shape (n,)."""
        result = np.empty(self.size)
        for c in chunks(self.size):
            z = self.z[c] - self.means[self.group[c]]
            result[c] = self.weight[c] * (1.0 / self.mass[self.group[c]] + ((z @ self.bread) * z).sum(axis=1))
        return result

    def statsmodels(self, **options: Any) -> Any:
        """Return the same regression as a statsmodels result, month dummies and all.

        Dense: n × (G + K) numbers. Meant for what statsmodels alone can do; `options` go to its ``fit``.
        """
        import statsmodels.api as sm

        months = np.flatnonzero(self.mass > 0)
        dummies = (self.group[:, None] == months).astype(float)
        model = sm.WLS(self.y, np.column_stack([dummies, self.z]), weights=self.weight)
        model.data.xnames = [*(f"month {k}" for k in months), *self.names]
        return model.fit(**options)


def chunks(n: int) -> Iterator[slice]:
    """Yield slices of ROWS rows that cover n."""
    return (slice(start, min(start + ROWS, n)) for start in range(0, n, ROWS))


def regress(
    y: Floats,
    z: Floats,
    group: Ints,
    weight: Floats,
    *,
    names: tuple[str, ...],
    label: str,
    rows: Ints | None = None,
    norm: str | None = None,
) -> Regression:
    """Regress log prices on months and characteristics.

    Parameters
    ----------
    y, z, group, weight : ndarray, shapes (n,), (n, K), (n,), (n,)
        Weights above 0.
    names : tuple of str, length K
    label : str
    rows : ndarray of int, shape (n,), optional
    norm : {"huber", "tukey"}, optional
        Weight outlying sales down: statsmodels' norms, scale by the median absolute residual.

    Raises
    ------
    PriceError
        Not more sales than parameters; characteristics that cannot be told apart, or not from the months; the
        reweighting does not settle.
    UsageError
        Unknown norm.
    """
    if norm is not None and norm not in NORMS:
        raise UsageError(f"unknown robust norm {norm!r}{did_you_mean(norm, NORMS)}; there are {', '.join(NORMS)}")
    _check_size(y, z, group, label)
    solved = _solve(y, z, group, weight, names, label)
    factor, final = 1.0, weight
    if norm is not None:
        final, factor, solved = _reweighted(y, z, group, weight, names, label, norm, solved)
    return Regression(
        label=label,
        names=names,
        rows=np.arange(len(y)) if rows is None else rows,
        y=y,
        z=z,
        group=group,
        weight=final,
        norm=norm,
        score_factor=factor,
        **solved,
    )


def _check_size(y: Floats, z: Floats, group: Ints, label: str) -> None:
    parameters = len(np.unique(group)) + z.shape[1]
    if len(y) <= parameters:
        raise PriceError(
            f"{len(y)} sales in {label} for {parameters} parameters; use fewer characteristics, coding='score', a "
            f"higher `fewest`, or the time dummy method, which pools the months"
        )


def _solve(y: Floats, z: Floats, group: Ints, weight: Floats, names: tuple[str, ...], label: str) -> dict[str, Any]:
    G, K = int(group.max()) + 1, z.shape[1]
    mass = np.bincount(group, weight, G)
    safe = np.where(mass > 0, mass, 1.0)
    means = np.empty((G, K))
    for k in range(K):
        means[:, k] = np.bincount(group, weight * z[:, k], G) / safe
    level = np.bincount(group, weight * y, G) / safe
    within, overall = np.zeros((K, K)), np.zeros(K)
    centre = mass @ means / mass.sum()
    for c in chunks(len(y)):
        inner = z[c] - means[group[c]]
        within += (inner * weight[c, None]).T @ inner
        overall += weight[c] @ (z[c] - centre) ** 2
    spread = np.sqrt(np.diag(within))
    flat = np.diag(within) <= SINGULAR * overall
    if flat.any():
        raise PriceError(
            f"characteristics without variation within any month of {label}: "
            f"{first_few([n for n, f in zip(names, flat, strict=True) if f])}; "
            f"their effect cannot be told from the movement of prices. Leave them out or pool longer"
        )
    correlation = within / np.outer(spread, spread)
    values, vectors = np.linalg.eigh(correlation) if K else (np.ones(1), np.zeros((0, 1)))
    if values[0] < SINGULAR:
        guilty = np.abs(vectors[:, 0]) > 0.1
        raise PriceError(
            f"characteristics that cannot be told apart in {label}: "
            f"{first_few([n for n, g in zip(names, guilty, strict=True) if g])}; leave one of them out"
        )
    inverse = (vectors / values) @ vectors.T if K else np.zeros((0, 0))
    bread = inverse / np.outer(spread, spread)
    slopes, effects = np.zeros(K), level.copy()
    # the second round works on the residuals of the first and restores the digits that normal equations lose
    residuals = y - effects[group]
    for _ in range(2):
        moment = np.zeros(K)
        for c in chunks(len(y)):
            moment += (z[c] - means[group[c]]).T @ (weight[c] * residuals[c])
        more = bread @ moment
        slopes = slopes + more
        for c in chunks(len(y)):
            residuals[c] -= (z[c] - means[group[c]]) @ more
        shift = np.bincount(group, weight * residuals, G) / safe
        residuals -= shift[group]
        effects = effects + shift - means @ more
    return {
        "effects": np.where(mass > 0, effects, np.nan),
        "slopes": slopes,
        "residuals": residuals,
        "means": means,
        "mass": mass,
        "bread": bread,
        "inflation": np.diag(inverse).copy(),
        "condition": float(np.sqrt(values[-1] / values[0])),
    }


def _reweighted(
    y: Floats,
    z: Floats,
    group: Ints,
    weight: Floats,
    names: tuple[str, ...],
    label: str,
    norm: str,
    solved: dict[str, Any],
) -> tuple[Floats, float, dict[str, Any]]:
    from statsmodels.robust import norms
    from statsmodels.robust.scale import mad

    shape = norms.HuberT() if norm == "huber" else norms.TukeyBiweight()
    for _ in range(MAX_ROUNDS):
        residuals = solved["residuals"]
        scale = float(mad(residuals, center=0))
        if scale <= 0:
            raise PriceError(f"more than half of the sales in {label} lie exactly on the regression; use norm=None")
        final = weight * shape.weights(residuals / scale)
        lost = np.bincount(group, final) == 0
        if lost[np.unique(group)].any():
            raise PriceError(f"the norm {norm!r} weights every sale of a month in {label} to 0; use 'huber'")
        # sales of weight 0 stay in the count but not in the sums
        solved = _solve(y, z, group, final, names, label)
        if np.abs(solved["residuals"] - residuals).max() <= SETTLED * scale:
            u = solved["residuals"] / scale
            factor = float((weight * shape.weights(u)).sum() / (weight * shape.psi_deriv(u)).sum())
            return final, factor, solved
    raise PriceError(f"the robust regression of {label} did not settle in {MAX_ROUNDS} rounds; try norm='huber'")
