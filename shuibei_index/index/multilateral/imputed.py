"""GEKS over imputed panels: goods sold in one of two months only get a price in the other by hedonic regression."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.multilateral.dummies import traits_matrix
from shuibei_index.index.multilateral.fits import Fits, Sample, monthly_fits, pair_fits
from shuibei_index.index.multilateral.matrices import Floats, Panel, labelled, need_quantities, read_panel
from shuibei_index.index.multilateral.methods import geks_logs

FORMULAS = ("tornqvist", "fisher", "jevons")
IMPUTATIONS = ("time_dummy", "double", "single", "full")


def imputed_geks(
    p: Panel,
    q: Panel | None = None,
    characteristics: npt.ArrayLike | pd.DataFrame | pa.Table = (),
    *,
    bilateral: str = "tornqvist",
    imputation: str = "time_dummy",
) -> Floats:
    """GEKS over bilateral indices of imputed panels: new and disappearing goods count at imputed prices.

    Parameters
    ----------
    p, q : array_like or DataFrame, shape (T, N)
        Prices (above 0) and quantities (0 or more); NaN = not sold. `q` may be left out for jevons.
    characteristics : array_like, DataFrame or Arrow table, shape (N, C)
        One row an item, no gaps; as in `time_dummy_hedonic`: of a frame, text, categories and truth values become
        dummies, rows are matched to the columns of `p` by label. Take logs of carats and grams yourself.
    bilateral : {"tornqvist", "fisher", "jevons"}
    imputation : {"time_dummy", "double", "single", "full"}
        Where the price of a good sold in one of two months only comes from. time_dummy: one regression for each pair
        of months (log price on characteristics and the month) gives the price in the month it is not sold. The others:
        one regression for each month. double: the good has the regressions' price in both months, so that what the
        characteristics leave out cancels; single: the observed price where there is one; full: the regressions' price
        for every good, matched ones too. Otherwise matched goods keep both observed prices.

    Returns
    -------
    ndarray, shape (T,)
        First month = 1.0. NaN for a month that no chain of comparable months joins to the first.

    Raises
    ------
    UsageError, ShapeError, PriceError
        Unknown formula or imputation; no quantities; prices, quantities or characteristics that do not fit.

    Notes
    -----
    With s shares of value over all goods of the month and p̂ the imputed price where none is observed,
    log P(a,b) = ½ Σ_i s(i,a)·log p̂(i,b)/p(i,a) + ½ Σ_i s(i,b)·log p(i,b)/p̂(i,a), the sums over all goods of month a
    and of month b. Fisher: the root of Σ q(a)·p̂(b)/Σ q(a)·p(a) and Σ q(b)·p(b)/Σ q(b)·p̂(a). Jevons: as Törnqvist,
    every good of a month with the same share. Without new and disappearing goods: `geks`, unless imputation="full".

    Regressions are weighted by the shares: of a month by its own, of a pair by the mean of a good's shares in the two
    months, 0 where it is not sold. With these weights the coefficient of the month in the regression of a pair is the
    logarithm of the Törnqvist index itself (ITRYGEKS; in R's `multilateral` GEKS-IT).

    A pair of months has no index, and is bridged by the others as in `geks`, where the regressions cannot tell: a pair
    whose characteristics lie apart without overlap, or with monthly regressions a month that never saw the
    characteristic of a good to be priced. New grades therefore ask for time_dummy.

    Windows: `splice.extend` takes method="imputed_geks". Decision 0162. Source: de Haan and Krsinich (2014), Journal of
    Business & Economic Statistics 32; CPI Manual 2020.

    Examples
    --------
    >>> nan = float("nan")
    >>> p = [[100.0, 200.0, nan], [110.0, nan, 440.0]]
    >>> grams = [[1.0], [2.0], [4.0]]
    >>> [round(float(x), 6) for x in imputed_geks(p, characteristics=np.log(grams), bilateral="jevons")]
    [1.0, 1.1]
    """
    check_choices(bilateral, imputation)
    p = labelled(p)
    prices, quantities = read_panel(p, q)
    z = traits_matrix(characteristics, p.columns if isinstance(p, pd.DataFrame) else None, prices.shape[1])[1]
    return np.exp(geks_logs(imputed_logs(prices, quantities, z, bilateral, imputation)))


def check_choices(bilateral: object, imputation: str) -> None:
    """Raise if there is no such formula or imputation."""
    for what, word, words in (("bilateral formula", bilateral, FORMULAS), ("imputation", imputation, IMPUTATIONS)):
        if word not in words:
            raise UsageError(
                f"unknown {what} {word!r} on imputed panels{did_you_mean(str(word), words)}; "
                f"there are {', '.join(words)}"
            )


def imputed_logs(p: Floats, q: Floats | None, z: Floats, bilateral: str, imputation: str) -> Floats:
    """Return the log bilateral index of every pair of months on panels with imputed prices.

    Parameters
    ----------
    p, q : ndarray, shape (T, N)
        As `read_panel` returns them.
    z : ndarray, shape (N, C)
        Characteristics.
    bilateral, imputation : str
        As in `imputed_geks`.

    Returns
    -------
    ndarray, shape (T, T)
        Antisymmetric; NaN where the regressions do not tell.
    """
    if bilateral != "jevons":
        q = need_quantities(q, f"bilateral={bilateral!r}")
    sample = Sample(p, q, z, equal=bilateral == "jevons")
    fits = pair_fits(sample) if imputation == "time_dummy" else monthly_fits(sample, all_items=imputation == "full")
    with np.errstate(divide="ignore", invalid="ignore"):
        if bilateral == "fisher":
            sides = _arithmetic_sides(sample, fits, imputation)
        elif imputation == "time_dummy":
            # the coefficient of the month is the sum over all goods
            sides = fits.constants - fits.constants.T
        else:
            sides = _geometric_sides(sample, fits, imputation)
        logs = np.where(fits.known, (sides - sides.T) / 2, np.nan)
    return np.where(np.isfinite(logs), logs, np.nan)


def _geometric_sides(sample: Sample, fits: Fits, imputation: str) -> Floats:
    """Return mean log price ratios of month b to month a over the goods of a, by regressions of single months."""
    months = len(sample.p)
    constants, slopes = np.where(sample.inside, fits.constants[0], 0.0), fits.slopes[0]
    sides = np.zeros((months, months))
    for block, items, share in sample.blocks():
        z = sample.z[block]
        fitted = constants[:, None] + slopes @ z.T
        away = np.ones_like(items.m) if imputation == "full" else 1.0 - items.m
        if imputation != "full":
            sides += share @ items.logs.T - (share * items.logs) @ items.m.T
        here = sample.logs(items) if imputation == "single" else fitted
        sides += share @ (away * fitted).T - (share * here) @ away.T
    return sides


def _arithmetic_sides(sample: Sample, fits: Fits, imputation: str) -> Floats:
    """Return the log of Laspeyres from month a to month b, over the goods of a."""
    months, pairs = len(sample.p), imputation == "time_dummy"
    above, below = np.zeros((months, months)), np.zeros((months, months))
    for block, items, _ in sample.blocks():
        z = sample.z[block]
        q, v = items.q, items.v
        away = np.ones_like(items.m) if imputation == "full" else 1.0 - items.m
        if imputation != "full":
            above += q @ items.p.T
        if pairs:
            for a in range(months):
                fitted = np.exp(np.nan_to_num(fits.constants[a])[:, None] + fits.slopes[a] @ z.T + sample.centre)
                above[a] += (away * fitted) @ q[a]
        else:
            fitted = np.exp(np.nan_to_num(fits.constants[0])[:, None] + fits.slopes[0] @ z.T + sample.centre)
            above += q @ (away * fitted).T
        if imputation in ("time_dummy", "single"):
            below += v.sum(axis=1)[:, None]
        else:
            below += v @ (1.0 - away).T + (q * fitted) @ away.T
    return np.log(above) - np.log(below)
