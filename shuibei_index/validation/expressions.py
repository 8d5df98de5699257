"""Checks written as expressions, asked of every reported row: the team's own, next to those in code.

They look at the row once settled, under the names of an accepted record (`amount_fen`, `weight_mg`, `trade_type` as a
code, `fineness` in per mille), and at the cells as reported under the names of the submission (`amount`, `weight`, …).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shuibei_index.checks import Check, Checks
from shuibei_index.kernel.rowchecks import RowChecks
from shuibei_index.validation.batch import Coded, Mask
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.normalise import Exact
from shuibei_index.validation.words import EMPTY


def expression_checks(facts: Facts, catalogue: Checks, stage: str) -> Iterator[tuple[str, str, Mask]]:
    """Yield id, column and the records it objects to, for each check of the catalogue with an expression.

    Parameters
    ----------
    facts
        What the checks look at.
    catalogue
        With the checks of the workspace's own methodology folder.
    stage
        Stage of records that do not say.
    """
    checks = RowChecks.of(catalogue, "row")
    if not len(checks):
        return
    table = pa.table({name: _column(facts, name, stage) for name in checks.columns})
    for check, mask in checks.masks(table):
        yield check.rule, check.check.cell, mask


def in_force(check: Check, facts: Facts) -> Mask:
    """Tell for which records a dated check of the catalogue applies; without dates, for all."""
    if not (check.since or check.until):
        return np.ones(facts.batch.size, dtype=bool)
    dated = [check.since <= month and (not check.until or month < check.until) for month in facts.classified.months]
    return np.array([*dated, False], dtype=bool)[facts.classified.month]


def _column(facts: Facts, name: str, stage: str) -> pa.Array | pa.ChunkedArray:
    normal, batch = facts.normalised, facts.batch
    exact = {
        "weight_mg": normal.weight,
        "net_weight_mg": normal.net_weight,
        "stone_amount_fen": normal.stone,
        "amount_reported_fen": normal.reported,
        "amount_fen": Exact(normal.amount, normal.reported.known, normal.reported.rounded),
        "quantity_milli": Exact(normal.quantity, normal.quantity_known, normal.reported.rounded),
    }
    if name in exact:
        return pa.array(exact[name].values, mask=~exact[name].known)
    if name == "fineness":
        return pa.array(facts.fineness.permille, mask=facts.fineness.permille <= 0)
    if name in facts.words:
        default = {"trade_type": "sale", "stage": stage}.get(name)
        return _words(facts.words[name], facts.codes[name], default)
    if name in batch.text:
        return _coded(batch.text[name])
    if name in batch.number:
        return pa.array(batch.number[name].values, mask=~batch.number[name].known)
    # line number, receipt and row
    return batch.table.column(name)


def _words(codes: npt.NDArray[np.int8], words: tuple[str, ...], default: str | None) -> pa.DictionaryArray:
    if default is not None:
        codes = np.where(codes == EMPTY, words.index(default), codes)
    return _dictionary(codes, list(words))


def _coded(column: Coded) -> pa.DictionaryArray:
    return _dictionary(column.codes, column.words)


def _dictionary(codes: npt.NDArray[np.integer], words: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32), mask=codes < 0), pa.array(words, pa.string())
    )
