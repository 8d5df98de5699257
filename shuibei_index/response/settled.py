"""Settled: who sent how much, counted from what the last intake left in the store; no file is opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.validation.batch import clean

if TYPE_CHECKING:
    from shuibei_index.store import Store
    from shuibei_index.store.ledger import MonthState, Receipt

TALLY_COLUMNS: tuple[str, ...] = (
    "enterprise_id", "period", "receipt", "read", "accepted", "held", "rejected", "replaced", "late",
)  # fmt: skip
#: Rules that hold a record because another one stands for it.
_REPEATS = ("duplicate_row", "superseded")
_KEY = ["enterprise_id", "period", "line_no"]


def settled_tallies(store: Store, month: str, receipts: Sequence[Receipt]) -> pd.DataFrame:
    """Return how many records of a month each firm and file gave, as the last intake settled them.

    Parameters
    ----------
    store : Store
    month : str
        A month that has been taken in.
    receipts : sequence of Receipt
        Those with records of the month, of its own inbox or a later one.

    Returns
    -------
    DataFrame
        `TALLY_COLUMNS`, as `validation.tally` gives them: enterprise_id ("" = none given), period, receipt, read,
        accepted, held, rejected, replaced (held because a copy or a later submission stands for them), late (in a file
        that is all of the month and came for a later one).
    """
    numbers = [r.seq for r in receipts]
    states = [store.month(inbox) for inbox in sorted({month, *(r.inbox_month for r in receipts)})]
    parts = [_records(store, state, fate, numbers) for state in states if state is not None for fate in _FATES]
    # what was held or rejected of other months stands in the same inbox's tables
    found = pd.concat(parts, ignore_index=True)
    found = found[(found["period"] == month) | ~found["fate"].eq("accepted")]
    late = {r.seq for r in receipts if r.inbox_month > month and r.periods == (month,)}
    counts = pd.DataFrame(
        {
            **{name: found[name] for name in ("enterprise_id", "period", "receipt")},
            "read": 1,
            **{fate: found["fate"].eq(fate).astype("int64") for fate in _FATES},
            "replaced": _replaced(found).astype("int64"),
            "late": (found["receipt"].isin(late) & found["period"].eq(month)).astype("int64"),
        }
    )
    sums = counts.groupby(["enterprise_id", "period", "receipt"], as_index=False, sort=True).sum()
    return sums[list(TALLY_COLUMNS)]


_FATES = ("accepted", "held", "rejected")


def _records(store: Store, state: MonthState, fate: str, receipts: list[int]) -> pd.DataFrame:
    """Return key, receipt and fate of the records of some receipts in a state of a month."""
    table = store.objects.get_table(getattr(state, fate))
    table = table.filter(pc.is_in(table["receipt"], pa.array(receipts, pa.int64())))
    frame = table.select([*_KEY, "receipt"]).cast(_KEYS).to_pandas(integer_object_nulls=True)
    frame["enterprise_id"] = frame["enterprise_id"].fillna("").map(clean)
    frame["period"] = frame["period"].fillna("")
    frame["rule"] = table["rule"].to_pandas().astype(object) if "rule" in table.column_names else ""
    frame["copy"] = False
    if fate == "held" and len(frame):
        # a copy of a line that is itself held for another reason is named after that reason
        names = [column.name for column in SUBMISSION] + ["receipt"]
        frame["copy"] = table.select(names).to_pandas().duplicated().to_numpy()
    result: pd.DataFrame = frame.assign(fate=fate)
    return result


def _replaced(found: pd.DataFrame) -> pd.Series:
    last = found[found["fate"] == "accepted"].groupby(_KEY, as_index=False)["receipt"].max()
    standing = found[_KEY].merge(last, on=_KEY, how="left")["receipt"].fillna(-1).to_numpy(dtype="int64")
    outdated = standing > found["receipt"].to_numpy()
    return found["fate"].eq("held") & (found["rule"].isin(_REPEATS) | found["copy"] | outdated)


_KEYS = pa.schema(
    [("enterprise_id", pa.string()), ("period", pa.string()), ("line_no", pa.int64()), ("receipt", pa.int64())]
)
