"""The price panel: one unit value and one quantity per item and month."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index import months as month_names
from shuibei_index.aggregate.adding import firsts
from shuibei_index.aggregate.grouping import Grouped
from shuibei_index.aggregate.parts import COMPONENTS, PART_COLUMNS, PARTS, PartSums
from shuibei_index.aggregate.reading import Piece, in_threads, pieces
from shuibei_index.aggregate.sums import COLUMNS, KEYS, SUMS, Toll, add_up, merge_cells, partial_sums
from shuibei_index.errors import ShapeError, UsageError

if TYPE_CHECKING:
    from shuibei_index.rules import Rules, RulesAt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class PricePanel:
    """Turnover, quantity and unit value of every item in every month in which it was sold.

    Held as sorted triples (month, item, sums), so that memory follows the sales made and not items × months.

    Parameters
    ----------
    months : tuple of str
        All months from the first to the last, without gaps; T of them.
    items : DataFrame
        enterprise_id, item_id, class_code of the N items, sorted.
    month, item : ndarray of int64, shape (C,)
        Positions of each of the C sold item-months, sorted by month, then item.
    amount_fen, quantity_milli, n_records : ndarray of int64, shape (C,)
        Exact sums: 0.01 CNY, thousandths of the class's pricing unit, number of records.
    parts : PartSums, optional
        Metal, making charge and stones in the turnover, where records could be split.
    """

    months: tuple[str, ...]
    items: pd.DataFrame
    month: Ints
    item: Ints
    amount_fen: Ints
    quantity_milli: Ints
    n_records: Ints
    parts: PartSums | None = None

    def __post_init__(self) -> None:
        """Check lengths and order, and make the arrays read-only."""
        arrays = (self.month, self.item, self.amount_fen, self.quantity_milli, self.n_records)
        if len({len(a) for a in arrays}) > 1:
            raise ShapeError(f"the arrays of a panel must be of one length, not {[len(a) for a in arrays]}")
        if len(self.month) and not (np.diff(self.month * max(len(self.items), 1) + self.item) > 0).all():
            raise ShapeError("the cells of a panel must be sorted by month, then item, each once")
        for array in arrays:
            array.setflags(write=False)

    @classmethod
    def from_sums(cls, sums: pa.Table) -> PricePanel:
        """Make a panel from merged sums (`aggregate.sums.merge_sums`)."""
        if not len(sums):
            raise UsageError("no record enters the price index; check trade types, stage and classes of the records")
        coded = [sums.column(k).combine_chunks() for k in KEYS]
        words = [month_names.ordinal(word) for word in coded[3].dictionary.to_pylist()]
        first, last = min(words), max(words)
        # no machine has 2^15 months; small whole numbers are sorted by counting
        month = (np.array(words) - first).astype(np.int16)[coded[3].indices.to_numpy()]
        # the sums are sorted by enterprise, item, class, period: an item's rows lie together
        new = np.ones(len(sums), dtype=bool)
        new[1:] = np.logical_or.reduce([np.diff(c.indices.to_numpy()) != 0 for c in coded[:3]])
        at = pa.array(np.flatnonzero(new))
        items = pd.DataFrame(
            {k: c.take(at).cast(pa.string()).to_pandas() for k, c in zip(KEYS, coded[:3], strict=False)}
        )
        item = np.cumsum(new) - 1
        order = np.argsort(month, kind="stable")
        names = [c for c in (*SUMS, *PARTS) if c in sums.column_names]
        columns = dict(zip(names, _in_order([sums.column(c).to_numpy() for c in names], order), strict=True))
        labels = tuple(month_names.label(m) for m in range(first, last + 1))
        parts = PartSums(*(columns.pop(c) for c in PARTS)) if PARTS[0] in columns else None
        return cls(labels, items, month[order].astype(np.int64), item[order], **columns, parts=parts)

    @classmethod
    def from_cells(cls, cells: Grouped, names: list[str]) -> PricePanel:
        """Make a panel from sums in order of month (`aggregate.sums.merge_cells`)."""
        if not len(cells.item):
            raise UsageError("no record enters the price index; check trade types, stage and classes of the records")
        words = np.array([month_names.ordinal(word) for word in cells.months.to_pylist()], dtype=np.int64)
        if (np.diff(words) <= 0).any():
            raise ShapeError("the months of the sums must be in order, each once")
        items = pd.DataFrame(
            {k: words_.take(pa.array(codes)).to_pandas() for k, (codes, words_) in cells.items.items()}
        )
        columns = dict(zip([*names, SUMS[2]], cells.sums, strict=True))
        parts = PartSums(*(columns.pop(c) for c in PARTS)) if PARTS[0] in columns else None
        labels = tuple(month_names.label(int(m)) for m in range(words[0], words[-1] + 1))
        return cls(labels, items, (words - words[0])[cells.month], cells.item, **columns, parts=parts)

    @cached_property
    def price(self) -> Floats:
        """Unit value of each cell, CNY per pricing unit, shape (C,); NaN where quantity or turnover is not above 0."""
        good = (self.quantity_milli > 0) & (self.amount_fen > 0)
        price = np.full(len(good), np.nan)
        # fen / thousandths × 10 = CNY per unit
        np.divide(10.0 * self.amount_fen, self.quantity_milli, out=price, where=good)
        return price

    @cached_property
    def starts(self) -> Ints:
        """First cell of each month, shape (T + 1,): the cells of month t are starts[t] to starts[t + 1]."""
        return np.searchsorted(self.month, np.arange(len(self.months) + 1)).astype(np.int64)

    @property
    def prices(self) -> Floats:
        """Dense prices, shape (T, N), NaN = not sold. CNY per pricing unit."""
        return self._dense(self.price)

    @property
    def quantities(self) -> Floats:
        """Dense quantities in pricing units, shape (T, N), NaN = not sold."""
        return self._dense(self.quantity_milli / 1000.0)

    def _dense(self, values: Floats) -> Floats:
        dense = np.full((len(self.months), len(self.items)), np.nan)
        dense[self.month, self.item] = values
        return dense

    def turnover(self) -> pd.DataFrame:
        """Return the turnover in CNY by class (columns) and month (rows)."""
        codes, classes = pd.factorize(self.items["class_code"], sort=True)
        total = np.zeros((len(self.months), len(classes)), dtype=np.int64)
        np.add.at(total, (self.month, codes[self.item]), self.amount_fen)
        return pd.DataFrame(total / 100.0, index=pd.Index(self.months, name="period"), columns=classes)

    def select(self, months: list[str]) -> PricePanel:
        """Return the panel of some consecutive months (items without sales in them are left out)."""
        first, last = self.months.index(months[0]), self.months.index(months[-1])
        keep = slice(int(self.starts[first]), int(self.starts[last + 1]))
        used, item = np.unique(self.item[keep], return_inverse=True)
        return PricePanel(
            self.months[first : last + 1],
            self.items.iloc[used].reset_index(drop=True),
            self.month[keep] - first,
            item.astype(np.int64),
            self.amount_fen[keep].copy(),
            self.quantity_milli[keep].copy(),
            self.n_records[keep].copy(),
            None if self.parts is None else self.parts.take(keep),
        )

    def keep(self, cells: Ints) -> PricePanel:
        """Return the panel with some of its cells; the list of items and the months stay."""
        return dataclasses.replace(
            self,
            month=self.month[cells],
            item=self.item[cells],
            amount_fen=self.amount_fen[cells],
            quantity_milli=self.quantity_milli[cells],
            n_records=self.n_records[cells],
            parts=None if self.parts is None else self.parts.take(cells),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per item and month: period, item, price, quantity, turnover, and the shares of the parts."""
        frame = self.items.iloc[self.item].reset_index(drop=True)
        frame.insert(0, "period", np.array(self.months, dtype=object)[self.month])
        frame["price"] = self.price
        frame["quantity"] = self.quantity_milli / 1000.0
        frame["turnover"] = self.amount_fen / 100.0
        frame["n_records"] = self.n_records
        if self.parts is not None:
            for k, name in enumerate(COMPONENTS):
                frame[f"{name}_share"] = self.parts.shares[:, k]
        return frame

    def summary(self) -> pd.DataFrame:
        """Return one row per class: items, firms, item-months, records, first and last month, turnover (CNY)."""
        cells = pd.DataFrame(
            {"item": self.item, "month": self.month, "records": self.n_records, "fen": self.amount_fen}
        )
        cells["class_code"] = self.items["class_code"].to_numpy()[self.item]
        cells["enterprise_id"] = self.items["enterprise_id"].to_numpy()[self.item]
        by = cells.groupby("class_code", sort=True)
        table = by.agg(
            items=("item", "nunique"),
            enterprises=("enterprise_id", "nunique"),
            item_months=("item", "size"),
            records=("records", "sum"),
            first=("month", "min"),
            last=("month", "max"),
            turnover=("fen", "sum"),
        )
        for column in ("first", "last"):
            table[column] = [self.months[m] for m in table[column]]
        table["turnover"] = table["turnover"] / 100.0
        return table.reset_index()

    def __repr__(self) -> str:
        return (
            f"PricePanel: {len(self.items)} items × {len(self.months)} months ({self.months[0]} to {self.months[-1]})"
        )

    def _repr_html_(self) -> str:
        head = f"{len(self.items)} items × {len(self.months)} months ({self.months[0]} to {self.months[-1]})"
        return f"<h4>Price panel: {head}</h4>" + self.summary().to_html(index=False)

    def plot(self, class_code: str, ax: Any = None) -> Any:
        """Plot the unit values of all items of a class, one line each (log scale); returns the axes."""
        import matplotlib.pyplot as plt

        chosen = np.flatnonzero(self.items["class_code"].to_numpy() == class_code)
        if not len(chosen):
            raise UsageError(f"no item of class {class_code!r} in the panel")
        axes = ax if ax is not None else plt.subplots()[1]
        axes.plot(pd.PeriodIndex(self.months, freq="M").to_timestamp(), self.prices[:, chosen], lw=0.8)
        axes.set(yscale="log", ylabel="CNY per unit", title=class_code)
        return axes


def _in_order(columns: list[Ints], order: Ints) -> list[Ints]:
    """Return the columns in another order; what repeats an earlier column is the same array."""
    moved: list[Ints] = []
    for column, first in zip(columns, firsts([[column] for column in columns]), strict=True):
        if first < 0:
            moved.append(np.zeros(len(order), dtype=np.int64))
        else:
            moved.append(moved[first] if first < len(moved) else column[order])
    return moved


def make_panel(
    accepted: object,
    *,
    rules: Rules | RulesAt | None = None,
    stage: str | None = None,
    toll_classes: Toll | None = None,
    engine: str = "local",
) -> PricePanel:
    """Make the price panel from accepted records.

    Parameters
    ----------
    accepted : Table, DataFrame, path or list of these
        Accepted records (`ValidationReport.accepted`), or Parquet files of them; files are streamed.
    rules
        Names the toll classes of each month. Default: the packaged rules.
    stage
        "wholesale" or "retail"; None = both.
    toll_classes
        Overrides the rule: class codes, or a function of the month that names them.
    engine
        "local", or "spark" for paths (`aggregate.totals.totals`); the panel is the same.

    Returns
    -------
    PricePanel

    Raises
    ------
    UsageError
        No record enters the index.
    """
    if engine != "local":
        from shuibei_index.aggregate.totals import totals
        from shuibei_index.kernel.rowchecks import RowChecks

        return totals(
            accepted,
            checks=RowChecks(()),
            rules=rules,
            stage=stage,
            toll_classes=toll_classes,
            engine=engine,
            parts=True,
        ).panel()
    toll = toll_rule(rules) if toll_classes is None else toll_classes
    work = partial(_sums_of, toll_classes=toll, stage=stage)
    return panel_of_sums(in_threads(work, pieces(accepted)))


def panel_of_sums(sums: Iterable[pa.Table]) -> PricePanel:
    """Make the price panel from sums of any origin (`aggregate.sums.partial_sums`), taken in as they come.

    Raises
    ------
    UsageError
        No record enters the index.
    """
    return PricePanel.from_cells(*merge_cells(sums))


def toll_rule(rules: Rules | RulesAt | None) -> Toll:
    """Return the function of a month that names its toll classes by rule; None = the packaged rules."""
    from shuibei_index.rules import Rules

    return partial(_toll_classes, rules if rules is not None else Rules.load())


def _toll_classes(rules: Rules | RulesAt, month: str) -> tuple[str, ...]:
    return tuple(rules.at(month)["toll_classes"])


def _sums_of(piece: Piece, toll_classes: Toll, stage: str | None) -> pa.Table:
    wanted = [*COLUMNS, *PART_COLUMNS]
    sums = [partial_sums(table, toll_classes=toll_classes, stage=stage, parts=True) for table in piece.read(wanted)]
    return sums[0] if len(sums) == 1 else add_up(sums)
