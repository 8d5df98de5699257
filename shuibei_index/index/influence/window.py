"""The lines of a month and of the months before it, as the signals look at them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index import months as month_names
from shuibei_index.index.tree import METALS, UNITS, Hierarchy
from shuibei_index.rules import Rules, RulesAt
from shuibei_index.validation.edits.lines import OTHER, Lines
from shuibei_index.validation.edits.records import KEYS, Classes, lines_of_records
from shuibei_index.validation.edits.stripping import Measures, strip

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Columns of accepted records the signals read.
COLUMNS = (
    *KEYS, "period", "deal_time", "trade_type", "tax_basis", "charge_basis", "net_weight_mg", "weight_mg",
    "quantity_milli", "pieces", "stone_carat", "fineness", "loss_rate", "metal_price", "making_charge",
    "stone_amount_fen", "amount_reported_fen",
)  # fmt: skip
_FEN = 100.0


@dataclass(frozen=True)
class Window:
    """Sales and toll lines of M months, the last of which is looked at. Sorted by month.

    Parameters
    ----------
    months : tuple of str
        Without gaps, oldest first.
    codes : tuple of str
        Classes; `lines.klass` is a position among them (the last place = none).
    firms : tuple of str
        `lines.firm` is a position among them.
    lines : Lines
        `month` counts from 0 to M − 1; `item` numbers (enterprise, item, class).
    """

    months: tuple[str, ...]
    codes: tuple[str, ...]
    firms: tuple[str, ...]
    lines: Lines

    @classmethod
    def of(
        cls,
        records: pa.Table,
        month: str,
        length: int,
        *,
        trees: Sequence[Hierarchy],
        firms: Sequence[str],
        metal_prices: pd.DataFrame | None,
        rules: Rules | RulesAt,
    ) -> Window:
        """Take the lines of a month and of up to `length` months before it from accepted records."""
        last = month_names.ordinal(month)
        wanted = [month_names.label(m) for m in range(last - length, last + 1)]
        chosen = pc.is_in(records["period"].cast(pa.string()), value_set=pa.array(wanted))
        table = records.select(list(COLUMNS)).filter(chosen)
        table = table.take(pc.sort_indices(table["period"].cast(pa.string())))
        known = _classes(trees)
        lines = lines_of_records(table, metal_prices, rules, known, firms)
        key = table.select(list(KEYS)).to_pandas().astype(str)
        item = key.groupby(list(KEYS), sort=True, observed=True).ngroup().to_numpy(dtype=np.int64)
        lines = lines.but(item=item, month=lines.month - (last - length))
        lines = lines.take(np.flatnonzero((lines.trade != OTHER) & (lines.firm >= 0)))
        return cls(tuple(wanted), tuple(known.codes), tuple(firms), lines)

    @property
    def last(self) -> int:
        """Number of the month looked at."""
        return len(self.months) - 1

    @cached_property
    def measures(self) -> Measures:
        """Charges and metal prices of the lines, before tax, as logarithms."""
        return Measures(self.lines, strip(self.lines))

    @cached_property
    def charge_fen(self) -> Ints:
        """Making charge as stated, in hundredths of its unit; −1 = none stated."""
        return _hundredths(self.lines.charge)

    @cached_property
    def price_fen(self) -> Ints:
        """Metal price as stated, in fen per gram; −1 = none stated."""
        return _hundredths(self.lines.price)

    def of_month(self, m: int) -> Lines:
        """Return the lines of one month."""
        first, end = np.searchsorted(self.lines.month, [m, m + 1])
        return self.lines.take(np.arange(first, end))


def _classes(trees: Sequence[Hierarchy]) -> Classes:
    frame = pd.concat([tree.frame for tree in reversed(trees)]).drop_duplicates("class_code")
    metal = pd.Index(METALS).get_indexer(pd.Index(frame["metal"].fillna("").astype(str)))
    unit = pd.Index(UNITS).get_indexer(pd.Index(frame["unit"].fillna("").astype(str)))
    return Classes(
        [str(code) for code in frame["class_code"]],
        np.append(metal, -1).astype(np.int8),
        np.append(unit, -1).astype(np.int8),
    )


def _hundredths(values: Floats) -> Ints:
    known = values > 0
    return np.where(known, np.rint(np.where(known, values, 0.0) * _FEN), -1).astype(np.int64)


@dataclass(frozen=True)
class Found:
    """What a signal found: R rows, and the firms and cells behind each, M pairs.

    Parameters
    ----------
    signal : str
        Name of the check that words it.
    class_code : ndarray of str, shape (R,)
    value, usual : ndarray, shape (R,)
    candidate, firm : ndarray of int, shape (M,)
    code : ndarray of str, shape (M,)
        Class whose lines are meant; "" = all lines of the firm.
    fields : dict of ndarray, shape (R,)
        What the texts speak of.
    """

    signal: str
    class_code: npt.NDArray[np.object_]
    value: Floats
    usual: Floats
    candidate: Ints
    firm: Ints
    code: npt.NDArray[np.object_]
    fields: dict[str, npt.NDArray[np.object_]] = dataclasses.field(default_factory=dict)


def usual_of(table: Floats, least: int) -> Floats:
    """Return the median over the first axis of the earlier months (all rows but the last); NaN below `least` numbers.

    Examples
    --------
    >>> usual_of(np.array([[1.0], [3.0], [2.0], [9.0]]), least=3)
    array([2.])
    """
    past = table[:-1]
    number = (~np.isnan(past)).sum(axis=0)
    result = np.full(past.shape[1:], np.nan)
    enough = number >= max(least, 1)
    result[enough] = np.nanmedian(past[:, enough], axis=0)
    return result
