"""Last digits: a figure computed again is the same one if it differs by no more than what is promised of figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

#: Of the larger of a figure and one. Processors and versions of libraries round the last digit another way
#: (methodology/reproducibility.md, decision 0353); no published figure has as many digits.
PROMISED = 1e-9


def differ(released: Any, again: Any) -> npt.NDArray[np.bool_]:
    """Tell which figures computed again are others.

    Parameters
    ----------
    released, again : array_like of float, shape (n,)
        NaN = empty.

    Examples
    --------
    >>> differ([112.69431894839417, 1.0, np.nan], [112.69431894839416, 1.0 + 1e-8, np.nan]).tolist()
    [False, True, False]
    """
    a, b = np.asarray(released, dtype=float), np.asarray(again, dtype=float)
    size = np.maximum(np.maximum(np.abs(a), np.abs(b)), 1.0)
    return np.asarray(~((np.abs(a - b) <= PROMISED * size) | (np.isnan(a) & np.isnan(b)) | (a == b)))
