"""The metal prices firms quote, against what the others quote on the same day."""

from __future__ import annotations

import numpy as np

from shuibei_index.index.tree import METALS
from shuibei_index.validation.edits.lines import SALE, Floats, Ints, Lines, Mask
from shuibei_index.validation.edits.ordered import Ordered
from shuibei_index.validation.edits.outliers import MAD_SCALE
from shuibei_index.validation.edits.stripping import log

_DAYS = 32
#: Width and number of the steps in which distances are counted; far outside, how far does not matter.
_STEP, _STEPS = 1e-4, 4000


def quote_residuals(lines: Lines, price: Floats, stands: Mask, quotes: int) -> tuple[Floats, Floats, Floats]:
    """Compare each metal price with the middle one of its metal and day.

    Parameters
    ----------
    lines : Lines
        Lines of one month.
    price : ndarray, shape (N,)
        Log of their metal prices before tax; NaN = none.
    stands : ndarray of bool, shape (N,)
        Lines that help to set the middle.
    quotes : int
        Firms a day needs for a middle of its own; then that of the month, then the benchmark.

    Returns
    -------
    residual, middle : ndarray, shape (N,)
        Log distance and the middle itself; NaN = no quote, nothing to compare with.
    scale : ndarray, shape (N,)
        Robust standard deviation of the residuals of the metal, to about 1e-4.
    """
    metal = lines.metal.astype(np.int64)
    metals = len(METALS)
    first = int(lines.day[lines.day >= 0].min()) if (lines.day >= 0).any() else 0
    day = np.where((lines.day >= 0) & (lines.day - first < _DAYS - 1), lines.day - first + 1, 0)
    cell = np.where(metal >= 0, metal * _DAYS + day, -1)
    use = stands & ~np.isnan(price) & (metal >= 0) & (lines.trade == SALE)
    # one voice for each firm and day: a firm with many lines does not set the middle by itself
    firms = int(lines.firm.max()) + 2 if lines.size else 1
    voice = (cell[use] * firms + lines.firm[use] + 1).astype(np.int64)
    count = np.bincount(voice, minlength=metals * _DAYS * firms)
    heard = np.flatnonzero(count)
    mean = np.bincount(voice, price[use], count.size)[heard] / count[heard]
    of_day, of_month = Ordered.of(mean, heard // firms, metals * _DAYS), _by_metal(mean, heard, firms)
    month = np.append(np.where(of_month.count >= quotes, of_month.quantile(0.5), np.nan), np.nan)
    day_middle = np.where(of_day.count >= quotes, of_day.quantile(0.5), np.nan)
    # without a day a line belongs to its month
    day_middle[::_DAYS] = np.nan
    middle = np.where(cell >= 0, day_middle[cell], np.nan)
    alone = np.flatnonzero(np.isnan(middle))
    middle[alone] = month[metal[alone]]
    alone = np.flatnonzero(np.isnan(middle))
    middle[alone] = log(np.where(lines.incl[alone], lines.benchmark[alone] / lines.vat[alone], lines.benchmark[alone]))
    residual = price - middle
    return residual, middle, np.append(_spreads(residual, metal, use), np.nan)[metal]


def _spreads(residual: Floats, metal: Ints, use: Mask) -> Floats:
    """Return the robust standard deviation of each metal's residuals, by counting: they have a middle of nothing."""
    use = use & ~np.isnan(residual)
    step = np.minimum(np.abs(residual[use]) / _STEP, _STEPS - 1).astype(np.int64)
    count = np.bincount(metal[use] * _STEPS + step, minlength=len(METALS) * _STEPS).reshape(len(METALS), _STEPS)
    total = count.sum(axis=1)
    # the first step by which half of them are counted
    half = np.argmax(2 * np.cumsum(count, axis=1) >= total[:, None], axis=1)
    return np.where(total > 0, MAD_SCALE * (half + 0.5) * _STEP, np.nan)


def _by_metal(mean: Floats, heard: Ints, firms: int) -> Ordered:
    return Ordered.of(mean, heard // (firms * _DAYS), len(METALS))
