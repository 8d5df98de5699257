"""Extreme values: weights by moving standard deviations, and what stands in for the values that lose weight."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from shuibei_index.adjust.x11.setting import Floats, Setting

# A value that is replaced takes the mean of itself, weighted, and of the four nearest values of full weight.
_NEIGHBOURS = 4
_ZERO = 3.834e-20
# A mark for values found extreme in the second round; 0 is the mark of the first.
_EXTREME = -1.0


def weights(irregular: Floats, begin: int, setting: Setting) -> Floats:
    """Return weights 0 to 1 of irregular values, by standard deviations over five calendar years.

    A first round finds the values beyond the upper limit; the deviations are computed again without them, and these
    give the weights: 1 to the lower limit, then falling to 0 at the upper one.

    Parameters
    ----------
    irregular
        Shape (T', N): rows ``begin`` to ``begin + T' - 1`` of the run.
    begin
        First row.
    setting
        The run.
    """
    deviation = np.abs(irregular - setting.neutral)
    square = deviation**2
    given = np.ones_like(irregular)
    spans = list(_spans(len(irregular), setting.start + begin, setting.period))
    low, high = setting.low, setting.high
    for second in (False, True):
        kept = given != 0 if second else np.ones_like(given, dtype=bool)
        counted = np.where(kept, square, 0.0) if second else square
        for rows, years in spans:
            sigma = np.sqrt(counted[years].sum(axis=0) / np.maximum(kept[years].sum(axis=0), 1))
            flat = sigma < _ZERO
            far = deviation[rows] / np.where(flat, 1.0, sigma)
            old = given[rows]
            beyond = (far > high) & ~flat
            if second:
                new = np.where(~beyond & (far > low) & ~flat, (high - far) / (high - low), old)
                given[rows] = np.where(beyond & (old > 0), _EXTREME, new)
            else:
                given[rows] = np.where(beyond, 0.0, old)
    return np.maximum(given, 0.0)


def _spans(rows: int, start: int, period: int) -> Iterator[tuple[slice, slice]]:
    """Give the rows of each calendar year and the rows whose deviation they are measured by.

    The five calendar years around a year; the first and the last three years share theirs, and take in the months of an
    incomplete year at that end. With fewer than five full years, or five calendar years in all, all rows are one span.
    """
    # Positions are counted from January (first quarter) of the first year, from 1.
    first, last = start % period + 1, start % period + rows
    full = (first + period - 2) // period * period + 1
    last_five = last // period * period - (5 * period - 1)
    begin = (first - 1) // period * period + 1
    stop = ((last - 1) // period + 1) * period - (5 * period - 1)
    if last_five < full:
        stop = begin

    def at(low: int, high: int) -> slice:
        return slice(low - first, high - first + 1)

    if stop <= begin:
        yield at(first, last), at(first, last)
        return
    for year in range(begin, stop + 1, period):
        if year == begin:
            yield at(first, begin + 3 * period - 1), at(first, full + 5 * period - 1)
        elif year < stop:
            yield at(year + 2 * period, year + 3 * period - 1), at(year, year + 5 * period - 1)
        else:
            yield at(stop + 2 * period, last), at(last_five, last)


def replaced(si: Floats, given: Floats, setting: Setting) -> Floats:
    """Return SI values with those of less than full weight replaced.

    By the mean of the value times its weight and the two nearest values of full weight on either side in the same
    calendar month; where one side has fewer, the other gives more; at the ends the four nearest; with fewer than four
    in the whole month, the month's mean.
    """
    period = setting.period
    lacking = given != 1.0
    if not lacking.any():
        return si
    rows, series = si.shape
    years = -(-rows // period)
    padding = ((0, years * period - rows), (0, 0))
    shape = (years, period, series)
    inside = np.pad(np.ones((rows, 1), dtype=bool), padding).reshape(years, period, 1)
    full = np.pad(~lacking, padding).reshape(shape)
    values = np.pad(si, padding).reshape(shape)
    total = full.sum(axis=0)
    upto = np.cumsum(full, axis=0)
    # The years of full weight of each month, in order, come first.
    order = np.argsort(~full, axis=0, kind="stable")
    year, month, column = np.nonzero(~full & inside)
    count = inside.sum(axis=0)[month, 0]
    before = upto[year, month, column]
    all_ = total[month, column]
    after = all_ - before
    back = np.minimum(before, np.maximum(2, _NEIGHBOURS - after))
    begin = np.where(year <= 1, 0, np.where(year >= count - 2, all_ - _NEIGHBOURS, before - back))
    enough = all_ >= _NEIGHBOURS
    ranks = np.clip(begin[:, None] + np.arange(_NEIGHBOURS), 0, years - 1)
    near = values[order[ranks, month[:, None], column[:, None]], month[:, None], column[:, None]].sum(axis=1)
    at = year * period + month, column
    own = given[at]
    means = values.sum(axis=0) / inside.sum(axis=0)
    out = si.copy()
    out[at] = np.where(enough, (own * si[at] + near) / (_NEIGHBOURS + own), means[month, column])
    return out


def extreme_part(irregular: Floats, given: Floats, setting: Setting) -> Floats:
    """Return the part of the irregular that the weights take away, 1 or 0 where nothing."""
    if setting.additive:
        return irregular * (1 - given)
    return irregular / (1 + given * (irregular - 1))
