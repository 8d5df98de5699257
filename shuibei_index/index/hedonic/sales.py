"""The sales a hedonic regression rests on, read from a tidy table: one row one deal or one item-month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.errors import PriceError, ShapeError, UsageError, did_you_mean, first_few
from shuibei_index.index.hedonic.characteristics import numbers

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Relative distance up to which price × quantity is the amount: the rounding of a price to the fen.
SAME = 1e-4


@dataclass(frozen=True)
class Sales:
    """n sales over T months.

    Parameters
    ----------
    table : DataFrame
        The rows that are used.
    months : tuple of str
        All months from the first to the last with a sale.
    month : ndarray of int, shape (n,)
        Position in `months`.
    price : ndarray, shape (n,)
        CNY per unit.
    quantity : ndarray, shape (n,), or None
    cluster, item : ndarray of int, shape (n,), or None
        Codes of the enterprise (or other cluster) and of the item.
    dropped : DataFrame
        column, n: rows left out because of gaps.
    """

    table: pd.DataFrame
    months: tuple[str, ...]
    month: Ints
    price: Floats
    quantity: Floats | None
    cluster: Ints | None
    item: Ints | None
    dropped: pd.DataFrame

    @property
    def counts(self) -> Ints:
        """Sales a month, shape (T,)."""
        return np.bincount(self.month, minlength=len(self.months))

    def weights(self, kind: str) -> Floats:
        """Return regression weights: equal, values, or shares of the month's value."""
        if kind == "equal":
            return np.ones(len(self.price))
        if kind not in ("shares", "values"):
            known = ("shares", "values", "equal")
            raise UsageError(f"unknown weights {kind!r}{did_you_mean(kind, known)}; there are {', '.join(known)}")
        if self.quantity is None:
            raise UsageError(f"weights={kind!r} needs the quantity, or the amount and the quantity, of each sale")
        value = self.price * self.quantity
        total = np.bincount(self.month, value, len(self.months))
        return np.asarray(value if kind == "values" else value / total[self.month])


def read_sales(
    table: Any,
    columns: Sequence[str],
    *,
    cluster: str | None = None,
    item: str | Sequence[str] | None = None,
    missing: str = "raise",
) -> Sales:
    """Read a tidy table of sales.

    Parameters
    ----------
    table : DataFrame or Arrow table
        period ("YYYY-MM", a monthly period or a date); price, or amount and quantity; the characteristics.
    columns : sequence of str
        Columns of the characteristics.
    cluster : str, optional
        Column whose values are not independent of one another, for instance enterprise_id.
    item : str or sequence of str, optional
        Columns that tell an item, for instance ("enterprise_id", "item_id").
    missing : {"raise", "drop"}
        What to do with rows that have a gap: an error, or leave them out and report how many.

    Raises
    ------
    ShapeError, PriceError, UsageError
        A column is missing; there are no rows, or rows with gaps; a price or quantity is not above 0; price, amount
        and quantity contradict one another.
    """
    if missing not in ("raise", "drop"):
        raise UsageError(f"missing must be 'raise' or 'drop', not {missing!r}")
    frame: pd.DataFrame = table if isinstance(table, pd.DataFrame) else table.to_pandas()
    items = [item] if isinstance(item, str) else list(item or [])
    wanted = ["period", *columns, *([cluster] if cluster else []), *items]
    for column in wanted:
        if column not in frame.columns:
            raise ShapeError(f"the table has no column {column!r}{did_you_mean(column, map(str, frame.columns))}")
    paid = [c for c in ("price", "amount", "quantity") if c in frame.columns]
    if "price" not in paid and not {"amount", "quantity"} <= set(paid):
        raise ShapeError("the table needs the column price, or the columns amount and quantity")
    gaps = frame[[*wanted, *paid]].isna()
    lacking = gaps.any(axis=1).to_numpy()
    dropped = gaps.sum().rename("n").rename_axis("column").reset_index().query("n > 0").reset_index(drop=True)
    if lacking.any() and missing == "raise":
        rows = np.flatnonzero(lacking)
        raise PriceError(
            f"gaps in {first_few(dropped['column'])} of {len(rows)} of {len(frame)} rows (first: row {rows[0]}); "
            f"fill them, or pass missing='drop' to leave these rows out",
            zh=f"有 {len(rows)} 行缺值（{'、'.join(map(str, dropped['column'][:3]))}）；请补全或用 missing='drop'",
        )
    frame = frame[~lacking] if lacking.any() else frame
    if not len(frame):
        raise ShapeError("there are no sales to regress; the table is empty or every row has a gap")
    months, month = _months(frame["period"])
    price, quantity = _paid(frame, paid)
    return Sales(
        table=frame,
        months=months,
        month=month,
        price=price,
        quantity=quantity,
        cluster=_codes(frame, [cluster]) if cluster else None,
        item=_codes(frame, items) if items else None,
        dropped=dropped,
    )


def _months(period: pd.Series) -> tuple[tuple[str, ...], Ints]:
    if pd.api.types.is_datetime64_any_dtype(period):
        period = period.dt.to_period("M")
    codes, words = pd.factorize(period)
    names = [str(w) for w in words]
    numbers_of = np.array([month_names.ordinal(name) for name in names], dtype=np.int64)
    first = int(numbers_of.min())
    months = tuple(month_names.label(k) for k in range(first, int(numbers_of.max()) + 1))
    return months, (numbers_of - first)[codes]


def _paid(frame: pd.DataFrame, paid: list[str]) -> tuple[Floats, Floats | None]:
    found = {column: numbers(frame, column) for column in paid}
    for column, values in found.items():
        bad = ~(np.isfinite(values) & (values > 0))
        if bad.any():
            rows = np.flatnonzero(bad)
            raise PriceError(
                f"{column} must be above 0; it is {values[rows[0]]:g} in row {rows[0]} and not above 0 in "
                f"{len(rows)} rows. Leave out returns and empty rows",
                zh=f"{column} 必须大于 0；有 {len(rows)} 行不是（首行 {rows[0]}）",
            )
    if "price" not in found:
        return found["amount"] / found["quantity"], found["quantity"]
    if "amount" not in found:
        return found["price"], found.get("quantity")
    quantity = found.get("quantity", found["amount"] / found["price"])
    off = np.abs(found["price"] * quantity / found["amount"] - 1.0) > SAME
    if off.any():
        raise PriceError(
            f"price × quantity is not the amount in {int(off.sum())} rows (first: row {np.flatnonzero(off)[0]}); "
            f"leave out the column that is not per unit"
        )
    return found["price"], quantity


def _codes(frame: pd.DataFrame, columns: Sequence[str]) -> Ints:
    codes = np.zeros(len(frame), dtype=np.int64)
    for column in columns:
        more, words = pd.factorize(frame[column])
        codes = pd.factorize(codes * max(len(words), 1) + more)[0].astype(np.int64)
    return codes
