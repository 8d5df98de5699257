"""The edits of a validation, month after month: what is caught in one month is no reference for the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index import months
from shuibei_index.intake.schema import LATER, RECORD
from shuibei_index.rules import Rules, RulesAt
from shuibei_index.validation.classify import Trees
from shuibei_index.validation.diagnosis import Diagnoses
from shuibei_index.validation.edits.influence import classes_counted, influence
from shuibei_index.validation.edits.lines import Ints, Lines, Mask, lines_of
from shuibei_index.validation.edits.month import Month
from shuibei_index.validation.edits.past import Past
from shuibei_index.validation.edits.peers import groups_of
from shuibei_index.validation.edits.records import KEYS, Classes, item_codes, lines_of_prices, lines_of_records
from shuibei_index.validation.edits.stripping import Measures, strip
from shuibei_index.validation.edits.words import Told, compared_words, jump_words, quote_words, stale_words, tax_words
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.findings import Findings

#: Ids of the checks of this package, in the order in which they are made.
EDIT_CHECKS = (
    "price_jump", "file_copied", "stale_price", "metal_price_edit", "net_as_gross", "charge_edit", "stone_edit",
    "price_edit", "tax_habit",
)  # fmt: skip
#: Checks that stand on likelihood alone: with little influence they are only noted.
_STATISTICAL = ("charge_edit", "stone_edit", "price_edit")
_MEASURE_OF = {"charge_edit": ("charge",), "stone_edit": ("stone",), "price_edit": ("premium", "bare")}
_COLUMN_OF = {"charge_edit": "making_charge", "stone_edit": "stone_amount", "price_edit": "amount"}


class Judged(Protocol):
    """What the edits need of the judge of records: fates, and to be heard."""

    fate: npt.NDArray[np.uint8]
    findings: Findings

    def object(self, rule: str, column: str, mask: Mask, *, held: bool = False, **more: Any) -> None:
        """Object to records."""


def edit(
    facts: Facts,
    judged: Judged,
    history: pd.DataFrame | pa.Table | None,
    rules: Rules | RulesAt,
    tree: Trees,
) -> Diagnoses:
    """Edit the records of a batch that no other check objects to, and say what mistake those objected to look like.

    Parameters
    ----------
    facts : Facts
    judged : Judged
        Hears the objections; its fates say which records stand.
    history : pyarrow.Table, DataFrame or None
        Accepted records of earlier months (`RECORD`), or only the prices of their items (enterprise_id, item_id,
        class_code, period, price). A month that has history is remembered as that says, not as the batch's own lines.
    rules : Rules or RulesAt
    tree : Hierarchy, callable or None
        As in `validate`.

    Returns
    -------
    Diagnoses
        For records with a finding: likeliest mistake, proposed reading, influence.
    """
    return _Run.of(facts, judged, history, rules, tree).months()


@dataclass
class _Run:
    facts: Facts
    judged: Judged
    rules: Rules | RulesAt
    tree: Trees
    lines: Lines
    items: int
    before: Lines | None
    past: Past
    groups: list[tuple[Ints, int]]
    diagnoses: Diagnoses = field(default_factory=Diagnoses)

    @classmethod
    def of(
        cls,
        facts: Facts,
        judged: Judged,
        history: pd.DataFrame | pa.Table | None,
        rules: Rules | RulesAt,
        tree: Trees,
    ) -> _Run:
        before, keys = None, None
        firms = facts.batch.text["enterprise_id"].words
        if isinstance(history, pd.DataFrame) and set(RECORD.names) - set(LATER) <= set(history.columns):
            history = pa.Table.from_pandas(history, preserve_index=False)
        if isinstance(history, pd.DataFrame) and len(history):
            before = lines_of_prices(history, facts.tax_basis, rules)
            keys = history[list(KEYS)].astype(str)
        elif isinstance(history, pa.Table) and history.num_rows:
            before = lines_of_records(history, facts.metal_prices, rules, Classes.of_batch(facts), firms)
            keys = pd.DataFrame({name: history[name].to_pandas().astype(str) for name in KEYS})
        item, item_before, items = item_codes(facts, keys)
        if before is not None:
            before = before.but(item=item_before)
        past = Past(max(items, 1), len(firms))
        return cls(
            facts, judged, rules, tree, lines_of(facts, item), max(items, 1), before, past,
            groups_of(facts.classified.classes),
        )  # fmt: skip

    def months(self) -> Diagnoses:
        """Judge the months in order."""
        number = np.where(self.facts.in_tree, self.lines.month, -1)
        own = sorted({months.ordinal(name) for name in self.facts.classified.months})
        known = {int(m) for m in np.unique(self.before.month)} if self.before is not None else set()
        for month in sorted({*own, *known}):
            later = month != max([*own, -1])
            if month in own:
                rows = np.flatnonzero(number == month)
                if rows.size:
                    # a batch may hold a few late lines of a month settled before: the settled month is what it was
                    self._judge(month, rows, remember=later and month not in known)
            if later and self.before is not None and month in known:
                lines = self.before.take(np.flatnonzero(self.before.month == month))
                # what is of no firm and no item of this batch teaches nothing about it
                self.past.learn(lines.take((lines.item >= 0) | (lines.firm >= 0)), month)
        return self.diagnoses

    def _judge(self, number: int, rows: Ints, *, remember: bool) -> None:
        every = rows.size == self.lines.size
        lines = self.lines if every else self.lines.take(rows)
        parts = strip(lines)
        measures = Measures(lines, parts)
        at = self.facts.classified.rules[int(self.facts.classified.month[rows[0]])]
        month = Month(
            number, lines, parts, measures, self.judged.fate[rows] == 0, at, self.past, self.groups, self.items
        )
        counted = classes_counted(self.tree, number, self.facts.classified.classes)
        flagged: dict[str, tuple[str, Mask, Told]] = {}
        jump = month.jumps()
        flagged["price_jump"] = ("amount", jump, jump_words(self.facts, rows, month, jump))
        month.stands &= ~jump
        quotes = month.quotes()
        copied, stale = month.copied(), month.stale()
        flagged["file_copied"] = ("amount", copied, {})
        flagged["stale_price"] = ("metal_price", stale, stale_words(month, stale))
        flagged["metal_price_edit"] = ("metal_price", quotes & ~stale, quote_words(month, quotes & ~stale))
        flagged["net_as_gross"] = ("net_weight", month.net_as_gross(), {})
        month.stands &= ~(copied | stale)
        month.compare()
        for check, names in _MEASURE_OF.items():
            edited = np.logical_or.reduce([month.compared[name].edited for name in names])
            flagged[check] = (_COLUMN_OF[check], edited, compared_words(month, names, edited))
        habit = month.other_basis()
        flagged["tax_habit"] = ("tax_basis", habit & ~quotes, tax_words(month, habit & ~quotes))
        suspect = self.judged.fate[rows] > 0
        for _, mask, _ in flagged.values():
            suspect = suspect | mask
        if suspect.any():
            points = self._influence(month, suspect, counted)
            for check in EDIT_CHECKS:
                column, mask, told = flagged[check]
                self._say(check, column, rows, mask, told, points, at, counted[lines.klass])
            self.diagnoses.add(
                self.facts, month, rows, np.flatnonzero(suspect), points, stale | month.like_last_month()
            )
        if remember:
            self.past.learn(lines.take(self.judged.fate[rows] == 0), number)

    def _influence(self, month: Month, suspect: Mask, counted: Mask) -> npt.NDArray[np.float64]:
        """Return the influence of the suspect lines."""
        rows, lines = np.flatnonzero(suspect), month.lines
        expected = month.price().expected(rows)
        deviation, value = np.full(lines.size, np.nan), np.exp(month.measures.value)
        deviation[rows] = month.measures.price[rows] - expected
        usual = np.exp(self.past.value.reference(lines.item[rows], month.month, month.oldest))
        # let in, a line counts with its amount as it stands, however wrong; a small amount, with what is usual
        value[rows] = np.fmax(value[rows], usual)
        return influence(deviation, value, lines, suspect, month.stands, counted)

    def _say(
        self,
        check: str,
        column: str,
        rows: Ints,
        mask: Mask,
        told: Told,
        points: npt.NDArray[np.float64],
        at: RulesAt,
        counted: Mask,
    ) -> None:
        if not mask.any():
            return
        asked = mask
        if check in _STATISTICAL:
            # outside the headline there is nothing to be measured against: those are asked
            asked = mask & (~counted | ~(np.abs(points) < float(at["influence_query"])))
        whole = np.zeros(self.facts.batch.size, dtype=bool)
        whole[rows[asked]] = True
        more: dict[str, Any] = {name: _spread(text, rows[mask], self.facts.batch.size) for name, text in told.items()}
        self.judged.object(check, column, whole, **more)
        noted = rows[mask & ~asked]
        self.judged.findings.add(check, column, noted, severity="note", **{k: v[noted] for k, v in more.items()})


def _spread(texts: npt.NDArray[Any], rows: Ints, size: int) -> npt.NDArray[Any]:
    table = np.full(size, "", dtype=texts.dtype)
    table[rows] = texts
    return table
