"""Deviations of replicates from the sample: standard errors of ln level, ln link and ln of the change over a year."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from shuibei_index.index.sampling.draws import ReplicateWeights
from shuibei_index.index.sampling.firms_behind import STEPS

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Numbers of one row of levels in a block of replicates: a few arrays of this size stay in the processor's cache.
_BLOCK = 1 << 16


def log_errors(
    index: Floats, base: Floats, weights: ReplicateWeights, run: Callable[[Floats], tuple[Floats, Bools]]
) -> tuple[dict[str, Floats], int]:
    """Return the standard errors of logarithms, by measure, shape (T, K) each, and the number of replicates used.

    Parameters
    ----------
    index : ndarray, shape (T, K)
        The sample's index, NaN where a class has none.
    base : ndarray, shape (T, K)
        Weights with which the levels of each class are averaged to the base; each column sums to 1.
    weights : ReplicateWeights
    run : callable
        Multiplicities (F, r) to levels (T, K, r) and the replicates without a headline (r,), which are left out.
    """
    T, K = index.shape
    block = int(np.clip(_BLOCK // max(K, 1), 8, weights.replicates))
    total = {measure: np.zeros((T, K)) for measure in STEPS}
    used, used_factor = 0, 0.0
    log_index = np.log(index)[:, :, np.newaxis]
    for first in range(0, weights.replicates, block):
        part = slice(first, first + block)
        levels, lost = run(weights.multiplicity[:, part])
        factor = np.where(lost, 0.0, weights.factor[part])
        used, used_factor = used + int((~lost).sum()), used_factor + float(factor.sum())
        mean = np.einsum("tk,tkr->kr", base, np.where(np.isnan(levels), 0.0, levels))
        # a class that never has a level has no mean either
        norm = np.log(np.where(mean > 0, mean, np.nan) / 100.0)
        # a replicate that is left out deviates by 0
        norm[:, lost], levels[:, :, lost] = 0.0, np.exp(log_index)
        y = np.log(levels, out=levels)
        # NaN where the class has no level in the sample
        y -= log_index
        root = np.sqrt(factor)
        for measure, step in STEPS.items():
            moved = y[step:] - y[: max(T - step, 0)] if step else y - norm
            moved *= root
            total[measure][step:] += np.einsum("tkr,tkr->tk", moved, moved)
    scale = weights.factor.sum() / used_factor if used_factor > 0 else np.nan
    for measure, step in STEPS.items():
        total[measure][:step] = np.nan
    return {measure: np.sqrt(squares * scale) for measure, squares in total.items()}, used
