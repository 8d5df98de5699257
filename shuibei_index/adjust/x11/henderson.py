"""Henderson trend filters with X-13's end weights, chosen by the I/C ratio as X-13 chooses.

Every filter is a matrix (T, T) that acts on all series at once. End weights: Doherty's form of Musgrave's surrogate
filters, which depends on the ratio I/C assumed at the ends. X-13 keeps that ratio from one table to the next even where
it returns to the standard length, so it is a state carried along here too (decision 0275).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from shuibei_index.adjust.x11.setting import Floats, Setting

# X-13's own constant, 15 digits.
_PI = 3.14159265358979
# Assumed I/C at the ends: standard, short, long filter; quarterly filters of 5 and 7 terms.
_STANDARD, _SHORT, _LONG, _QUARTERLY = 3.5, 1.0, 4.5, 0.001
# X-13's limits on I/C (a monthly measure): below the first a shorter filter, from the second on a longer one.
_LOW, _HIGH = 1.0, 3.5


@lru_cache(maxsize=64)
def symmetric(terms: int) -> Floats:
    """Return the central weights of a Henderson filter, shape (terms,).

    Source: Henderson (1916); the closed form of Ladiray and Quenneville (2001), section 3.2.

    Examples
    --------
    >>> symmetric(5).round(3).tolist()
    [-0.073, 0.294, 0.559, 0.294, -0.073]
    """
    n = float((terms + 3) // 2)
    x = np.arange(-(terms // 2), terms // 2 + 1, dtype=np.float64) ** 2
    top = 315 * ((n - 1) ** 2 - x) * (n**2 - x) * ((n + 1) ** 2 - x) * (3 * n**2 - 16 - 11 * x)
    weights = top / (8 * n * (n**2 - 1) * (4 * n**2 - 1) * (4 * n**2 - 9) * (4 * n**2 - 25))
    weights.setflags(write=False)
    return np.asarray(weights)


def end_weights(terms: int, points: int, ratio: float) -> Floats:
    """Return the weights of the end filter that sees `points` values, the first of them the farthest from the end.

    Parameters
    ----------
    terms
        Length of the central filter.
    points
        Values there are, (terms + 1) / 2 to terms - 1.
    ratio
        I/C ratio assumed at the ends.
    """
    central = symmetric(terms)
    beta = 4 / (ratio * ratio * _PI)
    place = np.arange(1, terms + 1, dtype=np.float64)
    lost = central[points:]
    middle = (points + 1) / 2
    level, slope = lost.sum(), ((place[points:] - middle) * lost).sum()
    tilt = (place[:points] - middle) * beta / (1 + points * (points - 1) * (points + 1) / 12 * beta)
    return np.asarray(central[:points] + level / points + slope * tilt)


@lru_cache(maxsize=256)
def matrix(rows: int, terms: int, ratio: float) -> Floats:
    """Return the filter of the whole series, shape (rows, rows).

    A filter of 7 terms becomes one of 5 terms towards the ends, as in X-13.
    """
    filled = np.zeros((rows, rows))
    half = terms // 2
    for row in range(half, rows - half):
        filled[row, row - half : row + half + 1] = symmetric(terms)
    if terms == 7:
        filled[2, :5] = filled[rows - 3, rows - 5 :] = symmetric(5)
        terms, half, ratio = 5, 2, _QUARTERLY
    for row in range(half):
        points = half + 1 + row
        weights = end_weights(terms, points, ratio)
        filled[row, :points] = weights[::-1]
        filled[rows - 1 - row, rows - points :] = weights
    filled.setflags(write=False)
    return filled


def first_ratios(setting: Setting, series: int) -> Floats:
    """Return the I/C ratios assumed at the ends at the outset, shape (N,)."""
    terms = setting.trend_filter or 0
    if setting.period == 4:
        ratio = _LONG if terms >= 7 else _QUARTERLY
    else:
        ratio = _LONG if terms > 13 else _SHORT if 0 < terms <= 9 else _STANDARD
    return np.full(series, ratio)


def trend(adjusted: Floats, setting: Setting, ratios: Floats, *, longer: bool) -> tuple[Floats, Floats, Floats]:
    """Smooth seasonally adjusted series of shape (T, N).

    Parameters
    ----------
    adjusted
        The series.
    setting
        The run.
    ratios
        I/C ratios assumed at the ends so far, shape (N,).
    longer
        Whether the longer filter may be chosen: not in part B.

    Returns
    -------
    tuple
        Trend (T, N); the ratios to go on with (N,); the filter lengths used (N,).
    """
    standard = setting.period + 1
    rows = len(adjusted)
    terms = np.full(adjusted.shape[1], standard)
    ratios = ratios.copy()
    if setting.trend_filter is None:
        rate = irregular_to_trend(adjusted, setting) * 12 / setting.period
        short, long = rate < _LOW, ~(rate < _HIGH) & longer
        if setting.period == 12:
            terms[short], ratios[short] = 9, _SHORT
        terms[long], ratios[long] = (23 if setting.period == 12 else 7), _LONG
    else:
        terms[:] = setting.trend_filter
    smooth = np.empty_like(adjusted)
    for length, ratio in np.unique(np.column_stack([terms, ratios]), axis=0):
        chosen = (terms == length) & (ratios == ratio)
        if chosen.all():
            smooth = matrix(rows, int(length), float(ratio)) @ adjusted
        else:
            smooth[:, chosen] = matrix(rows, int(length), float(ratio)) @ adjusted[:, chosen]
    ratios[terms == 7] = _QUARTERLY
    return smooth, ratios, terms.astype(np.float64)


def irregular_to_trend(adjusted: Floats, setting: Setting) -> Floats:
    """Return X-13's I/C ratio by the standard Henderson filter, without its end values, shape (N,)."""
    terms = setting.period + 1
    half = terms // 2
    last = setting.end - half
    centre = matrix(len(adjusted), terms, _STANDARD)[half:last] @ adjusted
    rest = setting.apart(adjusted[half:last], centre)
    move_c, move_i = np.abs(np.diff(centre, axis=0)), np.abs(np.diff(rest, axis=0))
    # A series without movement has no ratio: X-13 takes 999.
    with np.errstate(divide="ignore", invalid="ignore"):
        if not setting.additive:
            move_c, move_i = move_c / centre[:-1], move_i / rest[:-1]
        total_c, total_i = move_c.sum(axis=0), move_i.sum(axis=0)
        return np.where(np.abs(total_c) < _ZERO, 999.0, total_i / total_c)


# Nearer to zero than this is zero, in X-13's comparisons.
_ZERO = 3.834e-20


def positive(smooth: Floats, setting: Setting) -> Floats:
    """Replace trend values that are not above zero by the mean of their nearest positive neighbours, as X-13 does."""
    bad = smooth <= 0
    series = np.flatnonzero(bad.any(axis=0))
    if not len(series):
        return smooth
    filled = smooth.copy()
    part = filled[:, series]
    rows, columns = np.arange(len(part)), np.arange(part.shape[1])
    observed = (rows >= setting.first) & (rows < setting.end)
    # The next positive observation from each row on; the length where there is none.
    marks = np.where((part > 0) & observed[:, None], rows[:, None], len(part))
    after = np.minimum.accumulate(marks[::-1], axis=0)[::-1]
    for row in rows[bad[:, series].any(axis=1)]:
        before = np.where(part[setting.first : row] > 0, rows[setting.first : row, None], -1).max(axis=0, initial=-1)
        follow = after[row]
        left = part[np.maximum(before, 0), columns]
        right = part[np.minimum(follow, len(part) - 1), columns]
        both = (left + right) / 2
        value = np.where(before < 0, right, np.where(follow == len(part), left, both))
        part[row] = np.where(part[row] <= 0, value, part[row])
    filled[:, series] = part
    return filled
