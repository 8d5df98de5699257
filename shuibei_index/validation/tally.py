"""How many records of each firm, month and receipt were read, accepted, held and rejected."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months
from shuibei_index.validation.batch import Mask, dense
from shuibei_index.validation.facts import Facts

NUMBERS = ("read", "accepted", "held", "rejected")


def tally(facts: Facts, fate: npt.NDArray[np.uint8], replaced: Mask, late: Mask) -> pd.DataFrame:
    """Count records by firm, month and receipt.

    Returns
    -------
    DataFrame
        enterprise_id ("" = none given), period ("" = no month), receipt, read, accepted, held, rejected, replaced
        (held because a copy or a later submission stands for them), late.
    """
    ids, month = facts.batch.text["enterprise_id"], facts.classified.reported_month
    firms, firm = dense(ids.codes)
    numbers, period = dense(month)
    receipts, receipt = dense(facts.batch.receipt)
    combined = (firm * numbers.size + period) * max(receipts.size, 1) + receipt
    present, group = dense(combined)
    count = present.size

    def counted(mask: Mask) -> npt.NDArray[np.int64]:
        return np.bincount(group[mask], minlength=count).astype(np.int64)

    pair, r = np.divmod(present, max(receipts.size, 1))
    f, p = np.divmod(pair, max(numbers.size, 1))
    names = np.array([*ids.words, ""], dtype=object)
    labels = np.array([months.label(int(m)) if m >= 0 else "" for m in numbers], dtype=object)
    return pd.DataFrame(
        {
            "enterprise_id": pd.array(names[firms[f]], dtype="str"),
            "period": pd.array(labels[p], dtype="str"),
            "receipt": receipts[r],
            "read": np.bincount(group, minlength=count).astype(np.int64),
            "accepted": counted(fate == 0),
            "held": counted(fate == 1),
            "rejected": counted(fate == 2),
            "replaced": counted(replaced),
            "late": counted(late),
        }
    ).sort_values(["enterprise_id", "period", "receipt"], ignore_index=True)


def by_firm(tallies: pd.DataFrame) -> pd.DataFrame:
    """Return read, accepted, held and rejected of each firm."""
    return tallies.groupby("enterprise_id", as_index=False, sort=True)[list(NUMBERS)].sum()
