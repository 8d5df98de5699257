"""The metal of set pieces as a known cost: fine grams at the metal price, taken out of prices and put back in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import PriceError, first_few
from shuibei_index.index.hedonic.characteristics import fine_grams, numbers
from shuibei_index.index.hedonic.sales import Sales

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

COLUMNS = ("net_weight", "fineness", "metal_price")


@dataclass(frozen=True)
class MetalCost:
    """Metal in n sales.

    Parameters
    ----------
    own : ndarray, shape (n,)
        Value of the metal at the deal's own metal price, CNY per unit; 0 without metal.
    grams : ndarray, shape (n,)
        Fine grams, with the loss charged.
    kind : ndarray of int, shape (n,)
        Metal of each sale.
    price : ndarray, shape (T, metals)
        Mean metal price of the month, weighted by fine grams; NaN where the metal was not sold.
    names : list of str
    months : tuple of str
    """

    own: Floats
    grams: Floats
    kind: Ints
    price: Floats
    names: list[str]
    months: tuple[str, ...]

    def at(self, rows: Ints, month: int) -> Floats:
        """Return the metal value of sales at a month's mean metal price.

        Raises
        ------
        PriceError
            One of their metals was not sold in that month.
        """
        value = self.grams[rows] * self.price[month, self.kind[rows]]
        gone = np.isnan(value) & (self.grams[rows] > 0)
        if gone.any():
            lacking = sorted({self.names[k] for k in self.kind[rows][gone]})
            raise PriceError(
                f"no metal price for {first_few(lacking)} in {self.months[month]}, needed for {int(gone.sum())} "
                f"sales of another month; pool metals, or use metal='none' with FineMetal() among the characteristics"
            )
        return np.where(self.grams[rows] > 0, value, 0.0)


def metal_cost(sales: Sales) -> MetalCost:
    """Read the metal of each sale: net_weight (g), fineness (‰), metal_price (CNY per fine gram), loss_rate (%).

    `loss_rate` and `metal` may be absent: no loss, one metal.

    Raises
    ------
    PriceError
        A metal price is not above 0, or a price does not exceed the value of its metal.
    """
    table = sales.table
    loss = np.nan_to_num(numbers(table, "loss_rate")) if "loss_rate" in table else np.zeros(len(table))
    grams = fine_grams(table) * (1.0 + loss / 100.0)
    quote = numbers(table, "metal_price")
    bad = (grams > 0) & ~(quote > 0)
    if bad.any():
        raise PriceError(f"metal_price must be above 0 where there is metal; it is not in {int(bad.sum())} rows")
    words = table["metal"].astype(str).to_numpy() if "metal" in table else np.full(len(table), "metal")
    names, kind = np.unique(words, return_inverse=True)
    own = np.where(grams > 0, grams * quote, 0.0)
    over = own >= sales.price
    if over.any():
        row = int(np.flatnonzero(over)[0])
        raise PriceError(
            f"{int(over.sum())} prices do not exceed the value of their metal (first: row {row}, price "
            f"{sales.price[row]:g}, metal {own[row]:g}); weights and prices must be those of one unit, in one tax basis"
        )
    M, cell = len(names), sales.month * len(names) + kind
    sums = np.bincount(cell, grams, len(sales.months) * M)
    values = np.bincount(cell, own, len(sales.months) * M)
    price = np.divide(values, sums, out=np.full(len(sums), np.nan), where=sums > 0).reshape(-1, M)
    return MetalCost(own, grams, kind, price, [str(name) for name in names], sales.months)
