"""Replicate weights: how often each firm counts in each of R replicates of the sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import ShapeError, UsageError, did_you_mean, first_few

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

METHODS = ("bootstrap", "resample", "jackknife", "grouped_jackknife")


@dataclass(frozen=True)
class ReplicateWeights:
    """Multiplicities of F firms in R replicates, and what a squared deviation counts.

    Parameters
    ----------
    multiplicity : ndarray, shape (F, R)
        How often each firm counts. Not negative.
    factor : ndarray, shape (R,)
        Variance of a statistic y = Σ_r factor_r (y_r − y)², y being that of the sample itself.
    method : str
    """

    multiplicity: Floats
    factor: Floats
    method: str

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        self.multiplicity.setflags(write=False)
        self.factor.setflags(write=False)

    @property
    def replicates(self) -> int:
        """R."""
        return int(self.multiplicity.shape[1])


def replicate_weights(
    firms: int | Sequence[Any],
    *,
    method: str = "bootstrap",
    replicates: int = 200,
    seed: int = 0,
    strata: Sequence[Any] | None = None,
    population: int | None = None,
) -> ReplicateWeights:
    """Draw replicate weights for a sample of firms.

    Parameters
    ----------
    firms : int or sequence, length F
        Number of firms, or their names in the order of the rows wanted.
    method : {"bootstrap", "resample", "jackknife", "grouped_jackknife"}
        bootstrap: rescaled bootstrap of Rao and Wu, n − 1 of n firms with replacement, times n / (n − 1). resample: the
        plain bootstrap, n of n firms, whole numbers; in small strata its variance is too small by (n − 1) / n.
        jackknife: each firm left out once (R = F whatever `replicates` says). grouped_jackknife: the firms are dealt
        into `replicates` groups, each left out once.
    replicates : int
    seed : int
        The same seed gives the same weights on any machine and with any version of NumPy.
    strata : sequence, length F, optional
        Firms are drawn within strata. Strata of a single firm are put together, with the smallest of the others if
        there is only one of them (collapsed strata).
    population : int, optional
        Number of firms the sample was drawn from; the variance is then smaller by 1 − F / population. Default:
        infinite.

    Returns
    -------
    ReplicateWeights

    Raises
    ------
    UsageError
        An unknown method; fewer than 2 firms or replicates; a population below the sample.
    ShapeError
        Not one stratum for each firm.

    Notes
    -----
    Rao and Wu (1988), JASA 83, 231–241; Rao, Wu and Yue (1992), Survey Methodology 18, 209–217. Decision 0130.

    Examples
    --------
    >>> replicate_weights(3, method="jackknife").multiplicity.tolist()
    [[0.0, 1.5, 1.5], [1.5, 0.0, 1.5], [1.5, 1.5, 0.0]]
    """
    F = firms if isinstance(firms, int) else len(firms)
    if method not in METHODS:
        raise UsageError(
            f"unknown replicate method {method!r}{did_you_mean(method, METHODS)}; known: {', '.join(METHODS)}"
        )
    if F < 2 or (replicates < 2 and method != "jackknife"):
        raise UsageError(f"replicates need at least 2 firms and 2 replicates, not {F} and {replicates}")
    if population is not None and population < F:
        raise UsageError(f"a population of {population} is smaller than the sample of {F} firms")
    stratum = strata_codes(strata, F)
    size = np.bincount(stratum)[stratum].astype(float)
    if method == "jackknife":
        weight, factor = _left_out(np.arange(F), stratum, F), 1.0 - 1.0 / size
    elif method == "grouped_jackknife":
        if replicates > F:
            raise UsageError(f"{F} firms cannot be dealt into {replicates} groups")
        order = np.lexsort((_uniform(seed, (F,)), stratum))
        group = np.empty(F, dtype=np.int64)
        group[order] = np.arange(F) % replicates
        weight, factor = _left_out(group, stratum, replicates), np.full(replicates, 1.0 - 1.0 / replicates)
    else:
        weight = _resampled(stratum, replicates, seed, one_less=method == "bootstrap")
        factor = np.full(replicates, 1.0 / replicates)
    if population is not None:
        factor = factor * (1.0 - F / population)
    return ReplicateWeights(weight, factor, method)


def strata_codes(strata: Sequence[Any] | None, n_firms: int) -> Ints:
    """Return the stratum of each firm, 0 … H−1; strata of a single firm are put together.

    Raises
    ------
    ShapeError
        Not one stratum for each firm, or a stratum is missing.
    """
    if strata is None:
        return np.zeros(n_firms, dtype=np.int64)
    if len(strata) != n_firms:
        raise ShapeError(f"{len(strata)} strata for {n_firms} firms; give one for each firm")
    names = pd.Series(list(strata)).astype("string")
    if names.isna().any():
        raise ShapeError(f"no stratum for the firms at positions {first_few(np.flatnonzero(names.isna()).tolist())}")
    stratum = np.unique(names.to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)
    size = np.bincount(stratum)
    single = np.flatnonzero(size == 1)
    if len(single) == 1 and len(size) > 1:
        single = np.append(single, np.argmin(np.where(size == 1, n_firms + 1, size)))
    stratum[np.isin(stratum, single)] = len(size)
    return np.unique(stratum, return_inverse=True)[1].astype(np.int64)


def _left_out(group: Ints, stratum: Ints, number: int) -> Floats:
    """Return the weights (F, number): column g without the firms of group g, the others of the stratum raised."""
    H = int(stratum.max()) + 1
    left = np.bincount(stratum * number + group, minlength=H * number).reshape(H, number)
    size = left.sum(axis=1, keepdims=True)
    # a stratum that lies in one group as a whole cannot be left out
    raised = np.where(left < size, size / np.where(left < size, size - left, 1), 1.0)
    weight = raised[stratum]
    own = np.arange(len(group)), group
    weight[own] = np.where((left < size)[stratum, group], 0.0, 1.0)
    return np.asarray(weight, dtype=np.float64)


def _resampled(stratum: Ints, replicates: int, seed: int, *, one_less: bool) -> Floats:
    """Return the weights (F, R) of firms drawn with replacement within strata."""
    F = len(stratum)
    size = np.bincount(stratum)
    order = np.argsort(stratum, kind="stable")
    first = np.cumsum(size) - size
    draws = size - 1 if one_less else size
    of_draw = np.repeat(np.arange(len(size)), draws)
    uniform = _uniform(seed, (len(of_draw), replicates))
    place = first[of_draw, None] + np.floor(uniform * size[of_draw, None]).astype(np.int64)
    drawn = order[place] * replicates + np.arange(replicates)
    count = np.bincount(drawn.ravel(), minlength=F * replicates).reshape(F, replicates)
    return count * (size / draws)[stratum][:, None]


def _uniform(seed: int, shape: tuple[int, ...]) -> Floats:
    # raw bits of the generator are the only stream NumPy promises never to change
    raw = np.random.PCG64(seed).random_raw(int(np.prod(shape)))
    return np.asarray((raw >> np.uint64(11)) * 2.0**-53).reshape(shape)
