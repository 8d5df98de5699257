"""The same key twice: within one file a question to the firm, across receipts the later one wins. Both are kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.validation.batch import Batch, Mask
from shuibei_index.validation.facts import Facts

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Keys:
    """Records with a complete key, in key order: enterprise, month, line, then receipt, sheet and row."""

    order: Rows
    same_key: Mask
    same_file: Mask

    @classmethod
    def of(cls, facts: Facts) -> Keys:
        """Sort the records by key."""
        batch = facts.batch
        enterprise = batch.text["enterprise_id"].codes
        month = facts.classified.month
        lines = batch.table["line_no"]
        keyed = (enterprise >= 0) & (month >= 0)
        if lines.null_count:
            keyed &= lines.is_valid().to_numpy()
        rows = np.arange(batch.size) if keyed.all() else np.flatnonzero(keyed)
        key = _packed(enterprise[rows], month[rows], batch.line_no[rows])
        if not (np.diff(key) > 0).all():
            at = np.argsort(key)
            if (np.diff(key[at]) == 0).any():
                by = (batch.row[rows], batch.text["sheet"].codes[rows], batch.receipt[rows], key)
                at = np.lexsort(by)
            rows, key = rows[at], key[at]
        same_key = np.concatenate([[False], np.diff(key) == 0])[: rows.size]
        receipt = batch.receipt[rows]
        same_receipt = np.concatenate([[False], receipt[1:] == receipt[:-1]])[: rows.size]
        return cls(rows, same_key, same_key & same_receipt)

    def standing(self, facts: Facts) -> tuple[Rows, Rows]:
        """Return for each record the first row of its key in its file, and the last receipt of its key."""
        first, last = facts.batch.row.copy(), facts.batch.receipt.copy()
        if self.same_key.any():
            file, key = np.cumsum(~self.same_file) - 1, np.cumsum(~self.same_key) - 1
            first[self.order] = first[self.order[~self.same_file]][file]
            # sorted by receipt inside a key: the last of each key has the latest
            ends = np.append(np.flatnonzero(~self.same_key)[1:], self.order.size) - 1
            last[self.order] = last[self.order[ends]][key]
        return first, last


def _packed(enterprise: npt.NDArray[np.int32], month: npt.NDArray[np.int32], line: Rows) -> Rows:
    """Return one integer per record, ordered as enterprise, month, line."""
    if not line.size:
        return np.empty(0, dtype=np.int64)
    low, high = int(line.min()), int(line.max())
    many = int(enterprise.max()) * (int(month.max()) + 1) + int(month.max()) + 1
    if (high - low + 1) * many >= 1 << 62:
        # line numbers far apart: their ranks keep the order and fit
        line = np.unique(line, return_inverse=True)[1]
        low, high = 0, int(line.max())
    pair = enterprise.astype(np.int64) * (int(month.max()) + 1) + month
    return pair * (high - low + 1) + (line - low)


def repeated_in_file(facts: Facts, keys: Keys) -> tuple[Mask, Mask]:
    """Return the later copies of identical rows, and all rows of one key that say different things.

    Identical = every column of the submission is the same; only then can the first stand for all.
    """
    copies, conflicts = np.zeros(facts.batch.size, dtype=bool), np.zeros(facts.batch.size, dtype=bool)
    if not keys.same_file.any():
        return copies, conflicts
    starts = np.flatnonzero(~keys.same_file)
    group = np.cumsum(~keys.same_file) - 1
    later = np.flatnonzero(keys.same_file)
    first = starts[group[later]]
    equal = equal_records(facts.batch, keys.order[later], keys.order[first])
    differs = np.zeros(starts.size, dtype=bool)
    differs[group[later][~equal]] = True
    conflicts[keys.order[differs[group]]] = True
    copies[keys.order[later[~differs[group[later]]]]] = True
    return copies, conflicts


def superseded(facts: Facts, keys: Keys, standing: Mask) -> Mask:
    """Return records with another standing record of the same key from a later receipt."""
    found = np.zeros(facts.batch.size, dtype=bool)
    if not keys.same_key.any():
        return found
    key = np.cumsum(~keys.same_key) - 1
    alive = standing[keys.order]
    receipt = facts.batch.receipt[keys.order]
    last = np.full(int(key[-1]) + 1, np.iinfo(np.int64).min, dtype=np.int64)
    np.maximum.at(last, key[alive], receipt[alive])
    found[keys.order[alive & (receipt < last[key])]] = True
    return found


def equal_records(batch: Batch, left: Rows, right: Rows) -> Mask:
    """Tell for pairs of records whether they say the same in every column of the submission."""
    equal = np.ones(left.size, dtype=bool)
    take = partial(pc.take, batch.table)
    one, other = take(pa.array(left)), take(pa.array(right))
    for column in SUBMISSION:
        a, b = one[column.name], other[column.name]
        if pa.types.is_dictionary(a.type):
            a, b = a.cast(a.type.value_type), b.cast(b.type.value_type)
        both_empty = pc.and_(a.is_null(), b.is_null())
        same = pc.or_kleene(both_empty, pc.fill_null(pc.equal(a, b), False))
        equal &= same.to_numpy().astype(bool)
    return equal
