"""Elementary tables: a long table of prices coded, replaced products joined, its sample found and its gaps carried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError, first_few
from shuibei_index.index.elementary.coding import Codes, Table, by_period, column, encode, encode_key, numbers, opened
from shuibei_index.index.elementary.observations import RepeatedItemsError
from shuibei_index.index.elementary.replacements import Slots, slots_of
from shuibei_index.index.elementary.samples import Rows, Sample, sample_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ElementaryTable:
    """A long table, coded: R rows in order of period.

    Parameters
    ----------
    periods, products, cells : Index
        Distinct labels, sorted; T, P and G of them.
    rows : Rows
        Those that count (not those of a product before it takes another's place, or after it has left its own);
        `item` is the slot, N = P.
    product : ndarray of int, shape (R,)
    item_cell : ndarray of int, shape (N,)
    weighted : bool
        Whether the table gives weights.
    log_quality : ndarray, shape (R,), or None
    slots : Slots or None
        Replacements, over all rows of the table in order of period.
    unused : tuple of ndarray
        Month, product, price of the rows that do not count.
    """

    periods: pd.Index
    products: pd.Index
    cells: pd.Index
    rows: Rows
    product: Ints
    item_cell: Ints
    weighted: bool
    log_quality: Floats | None = None
    slots: Slots | None = None
    linked: Ints | None = None
    unused: tuple[Ints, Ints, Floats] | None = None

    @classmethod
    def of(
        cls,
        table: Table,
        period: str,
        product: str | Sequence[str],
        cell: str | Sequence[str],
        price: str,
        weight: str | None,
        replacements: pd.DataFrame | None,
    ) -> ElementaryTable:
        """Code a table.

        Raises
        ------
        ShapeError
            A column is missing, has gaps or other lengths, or a product stands in two cells.
        PriceError
            A price or weight is not a number, a price not above 0, a weight negative.
        """
        keys = [[k] if isinstance(k, str) else list(k) for k in (product, cell)]
        table = opened(table, list(dict.fromkeys([period, *keys[0], *keys[1], price, *([weight] if weight else [])])))
        when = encode(column(table, period), period)
        what, where = encode_key(table, product, "product"), encode_key(table, cell, "cell")
        prices = numbers(column(table, price), price)
        values = numbers(column(table, weight), weight) if weight else None
        lengths = {len(a) for a in (when.code, what.code, where.code, prices, *([] if values is None else [values]))}
        if len(lengths) > 1:
            raise ShapeError(f"columns of different lengths: {sorted(lengths)}; expected one row for each price")
        if not len(prices):
            raise ShapeError("the table has no rows; expected one for each product and period")
        item_cell = _cells_of(what, where)
        _check(prices, values, price, weight, when)
        month, code = when.code, what.code
        order = by_period(month, len(when.labels))
        if order is not None:
            month, code, prices = month[order], code[order], prices[order]
            values = None if values is None else values[order]
        value = np.broadcast_to(1.0, len(month)) if values is None else values
        T, N = len(when.labels), len(what.labels)
        if replacements is None or not len(replacements):
            rows = Rows(month, code, prices, value, T, N)
            return cls(when.labels, what.labels, where.labels, rows, code, item_cell, weight is not None)
        slots = slots_of(replacements, month, code, prices, when.labels, what.labels)
        used = slots.used
        place = np.cumsum(used) - 1
        linked = np.where(slots.linked >= 0, place[slots.linked], -1)
        rows = Rows(month[used], slots.item[used], prices[used], np.asarray(value[used]), T, N)
        return cls(
            when.labels, what.labels, where.labels, rows, code[used], item_cell, weight is not None,
            slots.log_quality[used], slots, linked, (month[~used], code[~used], prices[~used]),
        )  # fmt: skip

    def sample(self, kind: str) -> Sample:
        """Return the sample of a kind behind the rows; a weight that is NaN weighs nothing.

        Raises
        ------
        ShapeError
            A product has two prices in a period.
        UsageError
            There is no such kind.
        """
        rows = self.rows
        if self.weighted and np.isnan(rows.value).any():
            rows = replace(rows, value=np.nan_to_num(rows.value))
        try:
            return sample_of(rows, kind, self.log_quality)
        except RepeatedItemsError as error:
            raise ShapeError(
                f"products stand twice in a period: {first_few(self.products[error.item])} in period "
                f"{self.periods[error.month]}; make one price of them first, their unit value or mean"
            ) from error


def _cells_of(product: Codes, cell: Codes) -> Ints:
    item_cell = np.zeros(len(product.labels), dtype=np.int64)
    item_cell[product.code] = cell.code
    differs = item_cell[product.code] != cell.code
    if differs.any():
        stray = np.flatnonzero(differs)
        names = product.labels[np.unique(product.code[stray])]
        raise ShapeError(
            f"products stand in more than one cell: {first_few(names)}; give each one cell, or name every column that "
            f"identifies a product, as product=['cell', 'product']"
        )
    return item_cell


def _check(prices: Floats, values: Floats | None, price: str, weight: str | None, when: Codes) -> None:
    for found, name, compare in ((prices, price, np.less_equal), (values, weight, np.less)):
        # the smallest and the largest tell good tables apart without further arrays
        if found is None or not (compare(np.fmin.reduce(found), 0.0) or np.fmax.reduce(found) == np.inf):
            continue
        bad = np.flatnonzero(compare(found, 0.0) | (found == np.inf))
        if len(bad):
            rule = "above 0" if name == price else "not below 0"
            raise PriceError(
                f"column {name!r}: {len(bad)} values are not numbers {rule} (the first: row {bad[0]}, period "
                f"{when.labels[when.code[bad[0]]]}, {found[bad[0]]:g}); use NaN for what was not observed"
            )
