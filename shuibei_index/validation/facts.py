"""Everything the checks look at, worked out once: the columns as read, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index.errors import UsageError
from shuibei_index.index.tree import METALS
from shuibei_index.metal_prices import month_prices, price_table
from shuibei_index.rules import Rules, RulesAt
from shuibei_index.validation.batch import Batch, Mask, dense
from shuibei_index.validation.classify import GRAM, LEAF, Classified, Trees, classify
from shuibei_index.validation.fineness import Fineness, read_fineness
from shuibei_index.validation.normalise import Normalised, normalise
from shuibei_index.validation.times import deal_times
from shuibei_index.validation.words import EMPTY, UNKNOWN, Word, read_words, words_of_all

#: A month for which there are always rules.
_NEWEST = "2100-12"


@dataclass(frozen=True)
class Facts:
    """What the checks of one validation look at."""

    batch: Batch
    classified: Classified
    words: dict[str, Word]
    codes: dict[str, tuple[str, ...]]
    fineness: Fineness
    normalised: Normalised
    panel: pd.DataFrame | None
    metal_prices: pd.DataFrame | None
    inbox_month: npt.NDArray[np.int64]
    deal_time: pa.Array
    tax_basis: str

    def is_word(self, column: str, *codes: str) -> Mask:
        """Tell for each record whether a coded column holds one of the codes."""
        numbers = [self.codes[column].index(code) for code in codes]
        found = self.words[column] == numbers[0]
        for number in numbers[1:]:
            found |= self.words[column] == number
        return np.asarray(found)

    @cached_property
    def file_of_one_month(self) -> Mask:
        """Whether all records of the same receipt that name a month name the same one."""
        month = self.classified.reported_month.astype(np.int64)
        if not (self.inbox_month >= 0).any():
            return np.zeros(month.size, dtype=bool)
        receipts, at = dense(self.batch.receipt)
        numbers, period = dense(month)
        pairs, _ = dense(at * numbers.size + period)
        named = pairs[numbers[pairs % numbers.size] >= 0]
        return np.asarray((np.bincount(named // numbers.size, minlength=receipts.size) == 1)[at])

    @cached_property
    def in_tree(self) -> Mask:
        """Whether the class is a leaf in force in the record's month."""
        return np.asarray(self.classified.status_of_cell[self.classified.cell] == LEAF)

    @cached_property
    def sale(self) -> Mask:
        """Whether the record is a sale; an empty trade type is one."""
        return np.asarray(self.is_word("trade_type", "sale") | (self.words["trade_type"] == EMPTY))

    @cached_property
    def toll(self) -> Mask:
        """Whether the record is toll work on the customer's metal."""
        return self.is_word("trade_type", "toll")

    @cached_property
    def metal(self) -> npt.NDArray[np.int8]:
        """The metal of each record: the one its fineness names, else that of its class; −1 = none."""
        return np.where(self.fineness.metal >= 0, self.fineness.metal, self.classified.metal)

    @cached_property
    def by_metal_weight(self) -> Mask:
        """Whether the record's class is priced by the gram of metal."""
        return np.asarray(self.in_tree & (self.classified.unit == GRAM) & (self.classified.metal >= 0))

    @cached_property
    def price(self) -> npt.NDArray[np.float64]:
        """CNY per pricing unit; NaN where it cannot be told. Inside only: checks compare it where `priced`."""
        normal = self.normalised
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.priced, 10.0 * normal.amount / normal.quantity, np.nan)

    @cached_property
    def priced(self) -> Mask:
        """Whether amount and quantity are known and above zero."""
        normal = self.normalised
        return normal.reported.known & normal.quantity_known & (normal.amount > 0) & (normal.quantity > 0)

    @cached_property
    def benchmark(self) -> npt.NDArray[np.float64]:
        """CNY per gram of the record's metal in its month, in the table's own tax basis; 0 = none."""
        table = np.zeros((len(self.classified.months) + 1, len(METALS) + 1))
        if self.metal_prices is not None and len(self.metal_prices):
            prices = month_prices(self.metal_prices)
            found = {(p, m): float(c) for p, m, c in prices[["period", "metal", "cny_per_gram"]].to_numpy()}
            for row, month in enumerate(self.classified.months):
                table[row, : len(METALS)] = [found.get((month, metal), 0.0) for metal in METALS]
        return np.asarray(table[self.classified.month, self.metal])

    @cached_property
    def benchmark_of_line(self) -> npt.NDArray[np.float64]:
        """The benchmark in the tax basis of the record: a metal price is stated in the basis of its line."""
        return self.benchmark * self.tax_of_benchmark

    @cached_property
    def tax_of_benchmark(self) -> npt.NDArray[np.float64]:
        """What a price of the table of benchmarks is multiplied by to be in the tax basis of the record."""
        return self._tax_step(benchmark_includes_tax(self.classified), self.is_word("tax_basis", "incl"))

    @cached_property
    def benchmark_of_amount(self) -> npt.NDArray[np.float64]:
        """The benchmark in the tax basis of the accepted amounts."""
        stated = benchmark_includes_tax(self.classified)
        return self.benchmark * self._tax_step(stated, np.bool_(self.tax_basis == "incl"))

    def _tax_step(self, given: Mask, wanted: Mask | np.bool_) -> npt.NDArray[np.float64]:
        factor = self.classified.per_month(lambda rules: 1 + float(rules["vat_rate"]) / 100, 1.0)
        return np.where(given == wanted, 1.0, np.where(wanted, factor, 1.0 / factor))

    @cached_property
    def net_mg(self) -> npt.NDArray[np.int64]:
        """Metal weight in mg: the net weight, or the weight where no net weight is given; 0 = not known."""
        return np.where(
            self.normalised.net_weight.known, self.normalised.net_weight.values, self.normalised.weight.values
        )


def benchmark_includes_tax(classified: Classified) -> Mask:
    """Tell for each record whether the table of benchmark prices of its month includes tax."""
    return np.asarray(classified.per_month(lambda rules: rules["benchmark_tax_basis"] == "incl", False))


def gather(
    batch: Batch,
    *,
    rules: Rules | RulesAt,
    tree: Trees,
    panel: pd.DataFrame | None,
    metal_prices: pd.DataFrame | None,
    tax_basis: str,
    inbox_month: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]],
) -> Facts:
    """Work out what every record says, without judging it."""
    classified = classify(batch, rules, tree)
    # where no record names a usable month, the words are read by the newest lists
    at = classified.rules[-1] if classified.rules else rules.at(_NEWEST)
    codes = words_of_all(classified.rules or [at])
    words = read_words(batch, at, codes)
    words["unit_system"] = _in_force(words["unit_system"], codes["unit_system"], classified)
    return Facts(
        batch,
        classified,
        words,
        codes,
        read_fineness(batch, classified),
        normalise(batch, classified, words, codes, tax_basis),
        _checked(panel, "panel", ("enterprise_id",)),
        _checked(
            None if metal_prices is None else price_table(metal_prices),
            "metal_prices",
            ("period", "metal", "cny_per_gram"),
        ),
        inbox_month(batch.receipt),
        deal_times(batch),
        tax_basis,
    )


def _in_force(systems: Word, names: tuple[str, ...], classified: Classified) -> Word:
    """Make the unit systems a record's own month does not have unknown words."""
    table = np.ones((len(classified.rules) + 1, len(names) + 2), dtype=bool)
    for month, rules in enumerate(classified.rules):
        table[month, : len(names)] = [name in rules["unit_systems"] for name in names]
    if table.all():
        return systems
    return np.where(table[classified.month, systems], systems, UNKNOWN).astype(np.int8)


def _checked(frame: pd.DataFrame | None, name: str, columns: tuple[str, ...]) -> pd.DataFrame | None:
    if frame is None:
        return None
    for column in columns:
        if column not in frame.columns:
            raise UsageError(f"{name}: column {column!r} is missing; expected {', '.join(columns)}")
    return frame
