"""What the lab says of each series: errors against the truth, and drift without need of one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from shuibei_index.lab.material import Floats

#: Measures, all in percent (100 × difference of logarithms); the first four need a truth.
ERRORS = ("bias", "rmse", "max", "mom_rmse", "end")
DRIFTS = ("identity", "transitive", "distance")


def measured(
    levels: Floats, returned: Floats, reference: Floats, targets: Mapping[str, Floats], *, base_months: int
) -> dict[str, Floats]:
    """Return every measure, in percent.

    Parameters
    ----------
    levels : ndarray, shape (M, T, G)
        Log levels of M methods.
    returned : ndarray, shape (M, G)
        Log level after the first month was appended once more: 0 without chain drift.
    reference : ndarray, shape (T, G)
        Log levels of the transitive index of the same data.
    targets : mapping of str to ndarray, shape (T, G)
        Log true levels.
    base_months : int
        First months in whose mean both are set equal.

    Returns
    -------
    dict of str to ndarray
        "months" (M, G): months with a level. "identity" (M, G): `returned`. "transitive" (M, G): last level less the
        reference's, both 0 in the first month. "distance" (M, G): root mean square of the difference from the
        reference. For each target "target:bias", "target:rmse", "target:max" (largest absolute error), "target:end"
        (error of the last month) of the level, "target:mom_rmse" of the monthly change, and "target:months", the
        months compared.
    """
    off = _centred(levels - reference, base_months)
    found = {
        "months": (~np.isnan(levels)).sum(axis=1).astype(float),
        "identity": 100 * returned,
        "transitive": 100 * (levels - reference)[:, -1],
        "distance": 100 * _root_mean_square(off),
    }
    for name, target in targets.items():
        error = _centred(levels - target, base_months)
        moves = np.diff(error, axis=1)
        known = ~np.isnan(error)
        found |= {
            f"{name}:months": known.sum(axis=1).astype(float),
            f"{name}:bias": 100 * _mean(error),
            f"{name}:rmse": 100 * _root_mean_square(error),
            f"{name}:max": np.where(known.any(axis=1), 100 * np.nan_to_num(np.abs(error)).max(axis=1), np.nan),
            f"{name}:end": 100 * error[:, -1],
            f"{name}:mom_rmse": 100 * _root_mean_square(moves),
        }
    return found


def _centred(difference: Floats, base_months: int) -> Floats:
    """Take from each series the mean of its first `base_months` known months, shape as given."""
    known = ~np.isnan(difference)
    early = known & (np.cumsum(known, axis=-2) <= base_months)
    mean = np.where(early, difference, 0.0).sum(axis=-2) / _count(early)
    return np.asarray(difference - mean[..., None, :])


def _count(known: npt.NDArray[np.bool_]) -> Floats:
    count = known.sum(axis=-2)
    return np.where(count > 0, count, np.nan)


def _mean(values: Floats) -> Floats:
    known = ~np.isnan(values)
    return np.asarray(np.where(known, values, 0.0).sum(axis=-2) / _count(known))


def _root_mean_square(values: Floats) -> Floats:
    return np.sqrt(_mean(values**2))
