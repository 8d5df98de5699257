"""Price relatives and back prices of a long table, row by row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import ShapeError
from shuibei_index.index.elementary.coding import Table, by_period, column, encode, encode_key, numbers, opened

Floats = npt.NDArray[np.float64]


def back_prices(
    table: Table, *, period: str = "period", product: str | Sequence[str] = "product", price: str = "price"
) -> Floats | pd.Series:
    """Return the price of the same product in the period before, for each row of a long table.

    Parameters
    ----------
    table : DataFrame, Arrow table, mapping of names to arrays, or path of a Parquet file
        One row per product and period.
    period, product, price : str
        Columns. Periods are sorted; the period before is the one before among those in the table.

    Returns
    -------
    ndarray or Series, shape (R,)
        In the order of the rows; NaN where the product has no price in the period before, the price itself in the
        first period. With imputed prices: `ElementaryAggregates.back_prices`.

    Raises
    ------
    ShapeError
        A column is missing or has gaps, or a product stands twice in a period.

    Examples
    --------
    >>> back_prices({"period": [1, 2, 2], "product": ["a", "a", "b"], "price": [1.0, 3.0, 5.0]}).tolist()
    [1.0, 1.0, nan]
    """
    return _like(table, _back_prices(table, period, product, price)[1], "back_price")


def price_relatives(
    table: Table, *, period: str = "period", product: str | Sequence[str] = "product", price: str = "price"
) -> Floats | pd.Series:
    """Return the price over the price of the same product in the period before, for each row of a long table.

    Parameters and errors as `back_prices`; 1 in the first period.

    Examples
    --------
    >>> price_relatives({"period": [1, 2, 2], "product": ["a", "a", "b"], "price": [1.0, 3.0, 5.0]}).tolist()
    [1.0, 3.0, nan]
    """
    prices, back = _back_prices(table, period, product, price)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _like(table, prices / back, "relative")


def _back_prices(table: Table, period: str, product: str | Sequence[str], price: str) -> tuple[Floats, Floats]:
    keys = [product] if isinstance(product, str) else list(product)
    table = opened(table, list(dict.fromkeys([period, *keys, price])))
    when, what = encode(column(table, period), period), encode_key(table, product, "product")
    prices = numbers(column(table, price), price)
    if not len(prices) == len(when.code) == len(what.code):
        raise ShapeError(f"columns of different lengths: {len(when.code)}, {len(what.code)}, {len(prices)}")
    order = by_period(when.code, len(when.labels))
    rows = np.arange(len(prices)) if order is None else order
    starts = np.searchsorted(when.code[rows], np.arange(len(when.labels) + 1))
    back = np.full(len(prices), np.nan)
    # prices of the period in hand, by product
    beside = np.full(len(what.labels), np.nan)
    for t in range(len(when.labels)):
        here = rows[starts[t] : starts[t + 1]]
        items = what.code[here]
        back[here] = beside[items] if t else prices[here]
        beside = np.full(len(beside), np.nan)
        number = np.full(len(beside), -1, dtype=np.int64)
        number[items] = here
        twice = np.flatnonzero(number[items] != here)
        if len(twice):
            raise ShapeError(
                f"{len(twice)} products stand twice in period {when.labels[t]} (the first: "
                f"{what.labels[items[twice[0]]]!r}); make one price of them first"
            )
        beside[items] = prices[here]
    return prices, back


def _like(table: Table, values: Floats, name: str) -> Floats | pd.Series:
    return pd.Series(values, index=table.index, name=name) if isinstance(table, pd.DataFrame) else values
