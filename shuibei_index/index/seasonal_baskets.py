"""Indices for seasonal products: year-over-year months, rolling years, annual baskets, Rothwell.

Arrays (T, N) of prices and quantities, the first `season` rows the base year; NaN = not sold. Source of all formulas:
PPI Manual (2004), ch. 22.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import PriceError, ShapeError, UsageError, did_you_mean, first_few
from shuibei_index.index.multilateral.matrices import Panel, need_quantities, read_panel
from shuibei_index.index.splice import whole_number

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FORMULAS = ("laspeyres", "paasche", "fisher")
BASKETS = ("lowe", "young", "geo_laspeyres")
MISSING = ("carry_forward", "spread")


def year_over_year(p: Panel, q: Panel, formula: str = "fisher", *, chained: bool = False, season: int = 12) -> Floats:
    """Year-over-year indices of each month: January on January, and so on.

    Parameters
    ----------
    p, q : array_like or DataFrame, shape (T, N)
        Prices (above 0) and quantities (0 or more); NaN = not sold.
    formula : {"laspeyres", "paasche", "fisher"}
    chained : bool
        Chain month by month over the years; default: fixed, on the same month of the first year.
    season : int
        Periods in a year.

    Returns
    -------
    ndarray, shape (T,)
        1.0 in the first year. NaN for a month without products sold in both years; chained, for the same month of
        the years after it too. Months of one year are not comparable with one another.

    Raises
    ------
    ShapeError, PriceError, UsageError
        Shapes differ, a value is out of range, an unknown formula.

    Notes
    -----
    PPI Manual (2004), ch. 22 (Fisher: eq. 22.6), over the products sold in the month in both years.

    Examples
    --------
    >>> [float(x) for x in year_over_year([[1.0], [4.0], [2.0], [4.0]], [[1], [1], [1], [1]], season=2)]
    [1.0, 1.0, 2.0, 1.0]
    """
    prices, quantities = _read(p, q, season, whole=False)
    _known(formula, FORMULAS, "formula")
    rows = np.arange(len(prices))
    if not chained:
        return _combine(_values(prices, quantities, rows % season), formula)
    level = _combine(_values(prices, quantities, np.where(rows < season, rows, rows - season)), formula)
    for t in range(season, len(level), season):
        level[t : t + season] *= level[t - season : t][: len(level) - t]
    return level


def rolling_year(
    p: Panel, q: Panel, formula: str = "fisher", *, chained: bool = False, centred: bool = False, season: int = 12
) -> Floats:
    """Rolling-year indices: the last 12 months against the 12 months of the base year, January with January.

    Parameters
    ----------
    p, q, formula, season
        As in `year_over_year`.
    chained : bool
        From the second year on, link the rolling year to the one that ended a year before; default: fixed, on the
        base year.
    centred : bool
        Put the value in the middle of its year, not at its end: for an even season the mean of the two rolling years
        that straddle the month.

    Returns
    -------
    ndarray, shape (T,)
        1.0 at the end of the base year (not centred). NaN before, and at both ends if centred. A product counts in
        the months in which it is sold in both years.

    Raises
    ------
    ShapeError, PriceError, UsageError
        Less than a whole year, shapes differ, a value is out of range, an unknown formula.

    Notes
    -----
    PPI Manual (2004), tables 22.18 (all variants) and 22.24 (centred, Laspeyres, divided by its value in December
    1970).

    Examples
    --------
    >>> [float(x) for x in rolling_year([[1.0], [1.0], [2.0], [2.0]], [[1], [1], [1], [1]], season=2)][1:]
    [1.0, 1.5, 2.0]
    """
    prices, quantities = _read(p, q, season)
    _known(formula, FORMULAS, "formula")
    count, rows = len(prices), np.arange(len(prices))
    level = np.full(count, np.nan)
    level[season - 1 :] = _combine(_windows(_values(prices, quantities, rows % season), season), formula)
    if chained and count >= 2 * season:
        on_year_before = _values(prices, quantities, np.maximum(rows - season, 0))[:, season:]
        link = _combine(_windows(on_year_before, season), formula)
        for t in range(2 * season - 1, count, season):
            here = slice(t, min(t + season, count))
            level[here] = level[t - season : here.stop - season] * link[t - 2 * season + 1 : here.stop - 2 * season + 1]
    if not centred:
        return level
    middle = np.full(count, np.nan)
    ahead = season // 2
    if season % 2:
        middle[: count - ahead] = level[ahead:]
    else:
        middle[: count - ahead] = (level[ahead - 1 : count - 1] + level[ahead:]) / 2
    return middle


def annual_basket(
    p: Panel, q: Panel, formula: str = "lowe", *, missing: str = "carry_forward", season: int = 12
) -> Floats:
    """Month-to-month indices with the basket of the whole base year: Lowe, Young, geometric Laspeyres.

    Parameters
    ----------
    p, q, season
        As in `year_over_year`; of the quantities only those of the base year are read.
    formula : {"lowe", "young", "geo_laspeyres"}
    missing : {"carry_forward", "spread"}
        A price that is missing is the last one seen; or the index of the month is not known.

    Returns
    -------
    ndarray, shape (T,)
        1.0 in the last month of the base year; NaN in months before every product of the basket has a price.

    Raises
    ------
    PriceError
        A product of the basket has no price in the last month of the base year (missing="spread"), or the base year
        has no quantities.
    ShapeError, UsageError
        Less than a whole year, shapes differ, an unknown name.

    Notes
    -----
    With 0 the last month of the base year, Q its quantities and s its value shares: Lowe Σ p_t Q / Σ p_0 Q, Young
    Σ s p_t/p_0, geometric Laspeyres Π (p_t/p_0)^s. PPI Manual (2004), tables 22.25 and 22.26. A price
    carried forward says nothing about the month: an index with much of it lags.

    Examples
    --------
    >>> p = [[1.0, 1.0], [1.0, np.nan], [2.0, 1.0]]
    >>> [round(float(x), 4) for x in annual_basket(p, np.ones((3, 2)), season=2)]
    [1.0, 1.0, 1.6667]
    """
    prices, quantities = _read(p, q, season)
    _known(formula, BASKETS, "formula")
    _known(missing, MISSING, "missing")
    sold = ~np.isnan(prices[:season]) & ~np.isnan(quantities[:season])
    basket = np.where(sold, quantities[:season], 0.0).sum(axis=0)
    value = np.where(sold, prices[:season] * quantities[:season], 0.0).sum(axis=0)
    held = value > 0
    if not held.any():
        raise PriceError("the base year has no product with price and quantity: there is no basket")
    filled = _carried_forward(prices) if missing == "carry_forward" else prices
    base = filled[season - 1, held]
    if np.isnan(base).any():
        raise PriceError(
            f"no price in the last month of the base year for items {first_few(np.flatnonzero(held)[np.isnan(base)])}; "
            "pass missing='carry_forward'"
        )
    if formula == "lowe":
        return np.asarray((filled[:, held] @ basket[held]) / (base @ basket[held]), dtype=float)
    relative, share = filled[:, held] / base, value[held] / value[held].sum()
    return np.asarray(relative @ share if formula == "young" else np.exp(np.log(relative) @ share), dtype=float)


def rothwell(p: Panel, q: Panel, *, normalised: bool = False, season: int = 12) -> Floats:
    """Rothwell index: each month at the basket of the same month of the base year.

    Parameters
    ----------
    p, q, season
        As in `year_over_year`; of the quantities only those of the base year are read.
    normalised : bool
        Divide by the value in the last month of the base year; default: the base year's average prices = 1.

    Returns
    -------
    ndarray, shape (T,)
        NaN for a month in which nothing of its basket has a price.

    Raises
    ------
    ShapeError, PriceError
        Less than a whole year, shapes differ, a value is out of range.

    Notes
    -----
    P(t, m) = Σ p(t, m) q(0, m) / Σ p̄(0) q(0, m), p̄(0) the unit values of the base year, over the products with a
    price in (t, m). PPI Manual (2004), table 22.25.

    Examples
    --------
    >>> [float(x) for x in rothwell([[1.0], [3.0], [2.0]], [[1], [1], [1]], season=2)]
    [0.5, 1.5, 1.0]
    """
    prices, quantities = _read(p, q, season)
    sold = ~np.isnan(prices[:season]) & (np.nan_to_num(quantities[:season]) > 0)
    basket = np.where(sold, quantities[:season], 0.0)
    total = basket.sum(axis=0)
    value = np.where(sold, prices[:season], 0.0) * basket
    average = value.sum(axis=0) / np.where(total > 0, total, 1.0)
    priced = ~np.isnan(prices)
    at = basket[np.arange(len(prices)) % season]
    level = _ratio((np.where(priced, prices, 0.0) * at).sum(axis=1), (priced * average * at).sum(axis=1))
    return level / level[season - 1] if normalised else level


def _values(prices: Floats, quantities: Floats, base: Ints) -> Floats:
    """Return Σ p_t q_b, Σ p_b q_b, Σ p_t q_t, Σ p_b q_t over the products sold in month t and its base month b."""
    now = np.isnan(prices) | np.isnan(quantities)
    both = ~(now | now[base])
    p1, q1 = (np.where(both, x, 0.0) for x in (prices, quantities))
    p0, q0 = (np.where(both, x[base], 0.0) for x in (prices, quantities))
    return np.stack([np.einsum("tn,tn->t", x, y) for x, y in ((p1, q0), (p0, q0), (p1, q1), (p0, q1))])


def _windows(values: Floats, season: int) -> Floats:
    return np.asarray(np.lib.stride_tricks.sliding_window_view(values, season, axis=1).sum(axis=-1), dtype=float)


def _combine(values: Floats, formula: str) -> Floats:
    laspeyres, paasche = _ratio(values[0], values[1]), _ratio(values[2], values[3])
    if formula == "fisher":
        return np.asarray(np.sqrt(laspeyres * paasche), dtype=float)
    return laspeyres if formula == "laspeyres" else paasche


def _ratio(above: Floats, below: Floats) -> Floats:
    known = (above > 0) & (below > 0)
    return np.asarray(np.where(known, above, np.nan) / np.where(known, below, 1.0), dtype=float)


def _carried_forward(prices: Floats) -> Floats:
    last = np.maximum.accumulate(np.where(np.isnan(prices), 0, np.arange(len(prices))[:, None]), axis=0)
    return np.take_along_axis(prices, last, axis=0)


def _read(p: Panel, q: Panel, season: int, whole: bool = True) -> tuple[Floats, Floats]:
    if not whole_number(season) or season < 1:
        raise UsageError(f"season is the number of periods in a year, not {season!r}; give a whole number above 0")
    prices, quantities = read_panel(p, q)
    if whole and len(prices) < season:
        raise ShapeError(f"{len(prices)} months are less than a whole base year of {season}")
    return prices, need_quantities(quantities, "an index for seasonal products")


def _known(name: str, names: tuple[str, ...], what: str) -> None:
    if name not in names:
        hint = did_you_mean(str(name), names)
        raise UsageError(f"{what} {name!r} is not known; choose one of {', '.join(names)}{hint}")
