"""Replaying: the records of a released month accepted once more, from the store and the frozen decisions alone."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shuibei_index import months as month_names
from shuibei_index.errors import TreeError, WorkspaceError
from shuibei_index.frozen import Frozen
from shuibei_index.index import Hierarchy
from shuibei_index.pipeline.taking_in import read_files
from shuibei_index.store import Store
from shuibei_index.store.objects import Objects
from shuibei_index.validation import validate as check
from shuibei_index.validation.records import concat_records

if TYPE_CHECKING:
    from shuibei_index.store.ledger import Receipt


def replayed(frozen: Frozen, store: Store, month: str, receipts: Sequence[Receipt]) -> str:
    """Return the digest of a month's accepted records as its files and the frozen inputs give them.

    Parameters
    ----------
    frozen : Frozen
        Rules, trees, panel, prices and decisions.
    store : Store
        Where the files are.
    month : str
    receipts : sequence of Receipt
        Of the files that counted then; later ones do not.
    """
    oldest = month_names.shift(month, -int(frozen.rules.at(month)["price_jump_months"]))
    paths = [store.objects.checked_path(sha) for m, sha in frozen.months.items() if oldest <= m < month]
    sold = [path for path in paths if pq.read_metadata(path).num_rows]
    report = check(
        read_files(receipts, store, frozen.rules),
        rules=frozen.rules,
        tree=partial(_tree, frozen),
        panel=frozen.panel,
        metal_prices=frozen.metal_prices,
        tax_basis=frozen.settings.tax_basis,
        stage=frozen.settings.stage,
        history=concat_records([pq.read_table(path) for path in sold]) if sold else None,
        month=month,
        decisions=frozen.decisions,
        checks=frozen.checks,
    )
    accepted = report.accepted_table.filter(pc.equal(report.accepted_table["period"].cast(pa.string()), month))
    # a month settled by an older version has fewer columns; those it has must be the same
    return table_digest(accepted.select(pq.read_schema(store.objects.checked_path(frozen.months[month])).names))


def _tree(frozen: Frozen, year: str) -> Hierarchy:
    # a misdated record of a year no tree was frozen for is none of the month's: it need only not stop the others
    if int(year) not in frozen.trees:
        raise TreeError(f"no tree of {year} was frozen with the release")
    return frozen.trees[int(year)]


def table_digest(table: pa.Table) -> str:
    """Return the name a table would have as an object of the store, without keeping it."""
    with tempfile.TemporaryDirectory() as scratch:
        return Objects(Path(scratch)).put_table(table)


def decided(frozen: Frozen, month: str) -> bool:
    """Tell whether somebody decided on a record of the month."""
    return frozen.decisions is not None and bool((frozen.decisions["period"] == month).any())


def receipts_to_replay(frozen: Frozen, store: Store, month: str) -> dict[str, Any]:
    """Return what a release keeps so that its decisions can be replayed: the receipts of the month.

    Raises
    ------
    WorkspaceError
        The month was settled under other rules or lists than today's.
    """
    if not decided(frozen, month):
        return {}
    receipts = store.receipts(month)
    if replayed(frozen, store, month, receipts) != frozen.months[month]:
        raise WorkspaceError(
            f"rules, panel or prices have changed since {month} was settled; "
            f"run 'shuibei-index intake --month {month}' first",
            zh=f"{month} 收表后规则、名录或基准价有变，请先重新运行 shuibei-index intake --month {month}",
        )
    return {"receipts": [r.seq for r in receipts]}


def replay_differs(inputs: Mapping[str, Any], frozen: Frozen, store: Store, month: str) -> bool:
    """Tell whether store and frozen decisions no longer give the records a release was made of."""
    if "receipts" not in inputs:
        return False
    receipts = store.numbered_receipts(inputs["receipts"])
    return replayed(frozen, store, month, receipts) != frozen.months[month]
