"""Seasonal filters: moving averages over the same calendar month, their end weights, centring, choice by the MSR."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust.x11.setting import Floats, Setting

# Rows of weights for the first years of a series, the nearest to its end first: Shiskin, Young and Musgrave (1967),
# as in X-13; divided by their sum before use.
_ENDS_3X9 = (
    (0.246, 0.221, 0.197, 0.173, 0.112, 0.051),
    (0.208, 0.192, 0.176, 0.160, 0.144, 0.092, 0.028),
    (0.173, 0.163, 0.154, 0.143, 0.133, 0.123, 0.079, 0.032),
    (0.141, 0.137, 0.132, 0.128, 0.123, 0.117, 0.113, 0.075, 0.034),
    (0.084, 0.120, 0.118, 0.117, 0.116, 0.114, 0.113, 0.111, 0.073, 0.034),
)
_C, _D = 0.06667, 0.04444
_ENDS_3X15 = (
    (*[0.16] * 5, *[_C] * 2, _D, 0.02222),
    (*[0.14667] * 5, *[_C] * 3, _D, 0.0222),
    (*[0.13333] * 5, *[_C] * 4, _D, 0.02223),
    (*[0.12] * 5, *[_C] * 5, _D, 0.02221),
    (*[0.10667] * 5, *[_C] * 6, _D, 0.02219),
    (*[0.09333] * 5, *[_C] * 7, _D, 0.02222),
    (*[0.08] * 5, *[_C] * 8, _D, 0.0222),
    (0.04889, *[0.07111] * 4, *[_C] * 9, _D, 0.0222),
)
_TWENTY_YEARS, _FIVE_YEARS = 20, 5


def two_by_period(period: int) -> Floats:
    """Return the weights of the centred moving average over a year, shape (period + 1,)."""
    return np.concatenate([[0.5], np.ones(period - 1), [0.5]]) / period


@lru_cache(maxsize=64)
def centred(rows: int, period: int) -> Floats:
    """Return the centred yearly moving average as a matrix, shape (rows - period, rows)."""
    weights = two_by_period(period)
    filled = np.zeros((rows - period, rows))
    for row in range(rows - period):
        filled[row, row : row + period + 1] = weights
    filled.setflags(write=False)
    return filled


def _composite(years: int, first: int, second: int) -> Floats:
    """Return a `first` x `second` moving average, shape (years, years), zero rows where it does not fit."""
    weights = np.convolve(np.full(first, 1 / first), np.full(second, 1 / second))
    half = len(weights) // 2
    filled = np.zeros((years, years))
    for year in range(half, years - half):
        filled[year, year - half : year + half + 1] = weights
    return filled


def _ended(filled: Floats, ends: tuple[tuple[float, ...], ...]) -> Floats:
    """Fill the first and last rows with end weights, or with the mean where they do not fit the series."""
    years = len(filled)
    for place, row in enumerate(ends):
        other = years - 1 - place
        if place > other:
            break
        weights = np.asarray(row)
        if len(weights) > years:
            filled[place] = filled[other] = 1 / years
        else:
            filled[place] = filled[other] = 0
            filled[place, : len(weights)] = weights / weights.sum()
            filled[other, years - len(weights) :] = weights[::-1] / weights.sum()
    return filled


@lru_cache(maxsize=256)
def matrix(name: str, years: int) -> Floats:
    """Return a seasonal filter over `years` values of one calendar month, shape (years, years)."""
    if name == "s3x1":
        filled = _ended(_composite(years, 1, 3), ((0.61, 0.39),))
    elif name == "s3x3":
        second = (7 / 27, 10 / 27, 7 / 27, 3 / 27) if years > 3 else (1 / 3,) * 3
        filled = _ended(_composite(years, 3, 3), ((11 / 27, 11 / 27, 5 / 27), second))
    elif name == "s3x5" and years >= _FIVE_YEARS:
        third = (9 / 60, 13 / 60, 13 / 60, 13 / 60, 8 / 60, 4 / 60) if years > _FIVE_YEARS else (1 / 5,) * 5
        ends = ((17 / 60, 17 / 60, 17 / 60, 9 / 60), (15 / 60, 15 / 60, 15 / 60, 11 / 60, 4 / 60), third)
        filled = _ended(_composite(years, 3, 5), ends)
    elif name == "s3x5":
        filled = _ended(_composite(years, 3, 5), ((17 / 60, 17 / 60, 17 / 60, 9 / 60), (1 / 4,) * 4))
    elif name == "s3x9":
        filled = _ended(_composite(years, 3, 9), _ENDS_3X9)
    elif name == "s3x15" and years >= _TWENTY_YEARS:
        filled = _ended(_composite(years, 3, 15), _ENDS_3X15)
    else:
        filled = np.full((years, years), 1 / years)
    filled.setflags(write=False)
    return filled


def factors(si: Floats, begin: int, setting: Setting, *, section: int, filters: tuple[str, ...]) -> Floats:
    """Return centred seasonal factors of SI ratios or differences.

    Parameters
    ----------
    si
        Shape (T', N): rows ``begin`` to ``begin + T' - 1`` of the run.
    begin
        First row.
    setting
        The run.
    section
        1 or 2: where the filter is not set, 3x3 in the first pass of each part and 3x5 in the second.
    filters
        Filter of each calendar month.
    """
    period = setting.period
    years, rest = divmod(len(si), period)
    raw = np.empty_like(si)
    enough = len(si) >= _FIVE_YEARS * period
    default = "s3x3" if section == 1 else "s3x5"
    months = np.arange(period)
    # Under five years of SI ratios X-13 takes every month's mean.
    names = [filters[(setting.start + begin + k) % period] for k in range(period)]
    used = np.array([(default if n in ("msr", "x11default") else n) if enough else "stable" for n in names])
    for name in np.unique(used):
        for count, held in ((years + 1, months < rest), (years, months >= rest)):
            columns = np.flatnonzero((used == name) & held)
            if len(columns) and count:
                at = (columns + period * np.arange(count)[:, None]).ravel()
                block = si[at].reshape(count, -1)
                raw[at] = (matrix(str(name), count) @ block).reshape(len(at), -1)
    return centre(raw, begin, setting, filters)


def centre(raw: Floats, begin: int, setting: Setting, filters: tuple[str, ...]) -> Floats:
    """Take the yearly moving average off; its first and last value are carried to the ends."""
    period, half = setting.period, setting.period // 2
    level = np.empty_like(raw)
    level[half:-half] = centred(len(raw), period) @ raw
    months = (setting.start + begin + np.arange(len(raw))) % period
    # Where the filter is stable on purpose, the year beside is repeated instead.
    stable = np.array([filters[m] == "stable" for m in months])[:, None]
    level[:half] = np.where(stable[:half], level[period : period + half], level[half])
    level[-half:] = np.where(stable[-half:], level[-period - half : -period], level[-half - 1])
    return setting.apart(raw, level)


def moving_seasonality(si: Floats, setting: Setting) -> Floats:
    """Return the global moving seasonality ratio (I/S) of rows of whole calendar months, shape (N,)."""
    period = setting.period
    years, rest = divmod(len(si), period)
    moved, noise = np.zeros(si.shape[1]), np.zeros(si.shape[1])
    for count, columns in ((years + 1, range(rest)), (years, range(rest, period))):
        if not len(columns):
            continue
        block = si[: (count - 1) * period + columns[-1] + 1]
        at = np.asarray(columns)[None, :] + period * np.arange(count)[:, None]
        values = block[at]
        pad = [values[:3].mean(axis=0, keepdims=True)] * 3, [values[-3:].mean(axis=0, keepdims=True)] * 3
        padded = np.concatenate([*pad[0], values, *pad[1]])
        smooth = np.sum([padded[k : k + count] for k in range(7)], axis=0) / 7
        rest_ = values - smooth + 1 if setting.pseudo else setting.apart(values, smooth)
        step_s, step_i = np.abs(np.diff(smooth, axis=0)), np.abs(np.diff(rest_, axis=0))
        if not setting.additive:
            step_s, step_i = step_s / smooth[:-1], step_i / rest_[:-1]
        factor_i, factor_s = _length_factors(count - 1)
        noise += step_i.sum(axis=(0, 1)) * factor_i
        moved += step_s.sum(axis=(0, 1)) * factor_s
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((noise <= 999 * moved) & (moved > 0), noise / moved, 999.99)


def _length_factors(steps: int) -> tuple[float, float]:
    """Return X-13's corrections of I and S for the number of years, `steps` year-to-year changes."""
    if steps < 6:
        first = (1.0, 1.02584, 1.01779, 1.01383, 1.0, 3.0, 1.55291, 1.30095)
        return first[steps - 2], first[steps + 2]
    irregular = steps * 12.247449 / (73.239334 + (steps - 6) * 12.247449)
    return irregular, steps * 1.732051 / (8.485281 + (steps - 6) * 1.732051)


def chosen(si: Floats, setting: Setting) -> npt.NDArray[np.str_]:
    """Return each series' filter by the global MSR, shape (N,): s3x3, s3x5 or s3x9.

    2.5 and below 3x3, 3.5 to 5.5 3x5, from 6.5 on 3x9; between, the last year is left out and the ratio taken again,
    until fewer than five years are left: 3x5. Source: Lothian (1984); X-11-ARIMA/88.
    """
    period = setting.period
    picked = np.full(si.shape[1], "", dtype="<U5")
    last = setting.end - (setting.start + setting.end) % period
    while not (picked != "").all():
        open_ = np.flatnonzero(picked == "")
        if last < _FIVE_YEARS * period:
            picked[open_] = "s3x5"
            break
        ratio = moving_seasonality(si[:last, open_], setting)
        picked[open_[ratio <= 2.5]] = "s3x3"
        picked[open_[(ratio >= 3.5) & (ratio <= 5.5)]] = "s3x5"
        picked[open_[ratio >= 6.5]] = "s3x9"
        last -= period
    return picked


def final_factors(si: Floats, setting: Setting) -> tuple[Floats, npt.NDArray[np.str_]]:
    """Return the final seasonal factors (T, N) and the filter the MSR chose per series, "" where it chose none."""
    if "msr" not in setting.filters:
        return factors(si, 0, setting, section=2, filters=setting.filters), np.full(si.shape[1], "", dtype="<U5")
    picked = chosen(si, setting)
    out = np.empty_like(si)
    for name in np.unique(picked):
        filters = tuple(str(name) if n == "msr" else n for n in setting.filters)
        columns = np.flatnonzero(picked == name)
        out[:, columns] = factors(si[:, columns], 0, setting, section=2, filters=filters)
    return out, picked
