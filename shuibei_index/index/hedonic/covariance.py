"""How sure the estimates are: robust, clustered and classic covariances of an absorbed regression.

An estimate is θ = a·effects + b·slopes; its error is Σ c(i)·ε(i) with a coefficient for each sale. Variances are sums
of squares of c(i)·e(i), over sales or over clusters, which also holds for chains of regressions that share sales.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.hedonic.regression import Regression, chunks

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

KINDS = ("HC1", "HC3", "cluster", "classic")


def check_kind(kind: str, cluster: Ints | None, norm: str | None) -> None:
    """Raise UsageError if a kind of covariance is unknown or lacks what it needs."""
    if kind not in KINDS:
        raise UsageError(f"unknown covariance {kind!r}{did_you_mean(kind, KINDS)}; there are {', '.join(KINDS)}")
    if kind == "cluster" and cluster is None:
        raise UsageError("covariance='cluster' needs cluster=, the column of the enterprise, e.g. 'enterprise_id'")
    if kind == "cluster" and cluster is not None and len(np.unique(cluster)) < 2:
        raise UsageError("covariance='cluster' needs two clusters or more, there is one")
    if kind == "classic" and norm is not None:
        raise UsageError("covariance='classic' assumes equal variances; with a robust norm use 'HC1'")


def errors(fit: Regression, kind: str, cluster: Ints | None = None) -> Floats:
    """Return residuals e(i) scaled so that Σ (c·e)² is the variance of the kind asked for, shape (n,).

    `cluster` holds codes of the fit's own sales. The factors are those of statsmodels: n/(n − p) for HC1; 1/(1 − h)
    for HC3; C/(C − 1)·(n − 1)/(n − p) for C clusters; the classic one puts σ/√w for every residual. Raises UsageError
    if all sales of the regression are of one cluster.
    """
    n, freedom = fit.size, fit.freedom
    if kind == "classic":
        return np.sqrt(fit.variance / fit.weight)
    if kind == "HC3":
        return fit.score_factor * fit.residuals / np.maximum(1.0 - fit.leverage(), 1e-12)
    if kind == "cluster" and cluster is not None:
        C = len(np.unique(cluster))
        if C < 2:
            raise UsageError(
                f"covariance='cluster' needs two clusters or more in every regression; {fit.label} has one. "
                f"Use the pooled time dummy, or covariance='HC1'"
            )
        return np.asarray(fit.score_factor * fit.residuals * np.sqrt(C / (C - 1) * (n - 1) / freedom))
    return np.asarray(fit.score_factor * fit.residuals * np.sqrt(n / freedom))


def influence(fit: Regression, e: Floats, effects: Floats, slopes: Floats) -> Floats:
    """Return c(i)·e(i) for θ = effects·fit.effects + slopes·fit.slopes, shape (n,)."""
    per_month = np.divide(effects, fit.mass, out=np.zeros_like(fit.mass), where=fit.mass > 0)
    along = fit.bread @ (slopes - effects @ fit.means)
    result = np.empty(fit.size)
    for c in chunks(fit.size):
        group = fit.group[c]
        result[c] = fit.weight[c] * e[c] * (per_month[group] + (fit.z[c] - fit.means[group]) @ along)
    return result


def covariance(fit: Regression, kind: str, cluster: Ints | None = None) -> Floats:
    """Return the covariance matrix of month effects and slopes, shape (G + K, G + K).

    Parameters
    ----------
    fit : Regression
    kind : {"HC1", "HC3", "cluster", "classic"}
    cluster : ndarray of int, shape (n,), optional
        Codes of the fit's own sales.
    """
    G, K = len(fit.mass), len(fit.slopes)
    u = fit.weight * errors(fit, kind, cluster)
    if kind == "cluster" and cluster is not None:
        codes = np.unique(cluster, return_inverse=True)[1]
        C = int(codes.max()) + 1
        scores = np.zeros((C, G + K))
        scores[:, :G] = np.bincount(codes * G + fit.group, u, C * G).reshape(C, G)
        for k in range(K):
            scores[:, G + k] = np.bincount(codes, u * (fit.z[:, k] - fit.means[fit.group, k]), C)
        meat = scores.T @ scores
    else:
        meat = np.zeros((G + K, G + K))
        square = u**2
        meat[np.arange(G), np.arange(G)] = np.bincount(fit.group, square, G)
        for k in range(K):
            cross = np.bincount(fit.group, square * (fit.z[:, k] - fit.means[fit.group, k]), G)
            meat[:G, G + k] = meat[G + k, :G] = cross
        for c in chunks(fit.size):
            inner = fit.z[c] - fit.means[fit.group[c]]
            meat[G:, G:] += (inner * square[c, None]).T @ inner
    turn = np.zeros((G + K, G + K))
    turn[np.arange(G), np.arange(G)] = np.divide(1.0, fit.mass, out=np.zeros(G), where=fit.mass > 0)
    turn[:G, G:] = -fit.means @ fit.bread
    turn[G:, G:] = fit.bread
    return np.asarray(turn @ meat @ turn.T)


def total_variance(parts: Floats, cluster: Ints | None) -> float:
    """Return the variance of an estimate from its influences by sale: squares of sales, or of sums by cluster."""
    if cluster is None:
        return float(parts @ parts)
    sums = np.bincount(cluster, parts)
    return float(sums @ sums)
