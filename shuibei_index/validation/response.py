"""Who reported: one row per firm of the panel that is active in the month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shuibei_index.validation.batch import clean
from shuibei_index.validation.gates import active
from shuibei_index.validation.tally import NUMBERS

REPORTED, LATE, MISSING = "reported", "late", "missing"


def response(tallies: pd.DataFrame, panel: pd.DataFrame, month: str) -> pd.DataFrame:
    """Return the response of a month.

    Parameters
    ----------
    tallies : DataFrame
        Counts by firm, month and receipt.
    panel : DataFrame
        Columns of panel.csv.
    month : str
        "YYYY-MM".

    Returns
    -------
    DataFrame
        enterprise_id, name, status (reported, late = all its records of the month came with a later month's
        submission, missing), files, read, accepted, held, rejected.
    """
    firms = active(panel, month)
    ids = panel["enterprise_id"].fillna("").astype(str).map(clean)
    names = panel["name"] if "name" in panel.columns else pd.Series("", index=panel.index)
    name_of = dict(zip(ids, names.fillna("").astype(str), strict=True))
    own = tallies[tallies["period"] == month]
    sums = own.groupby("enterprise_id")[[*NUMBERS, "late"]].sum().reindex(firms, fill_value=0)
    files = own.groupby("enterprise_id")["receipt"].nunique().reindex(firms, fill_value=0)
    late = (sums["late"] == sums["read"]).to_numpy()
    none = (sums["read"] == 0).to_numpy()
    frame = pd.DataFrame(
        {
            "enterprise_id": pd.array(firms, dtype="str"),
            "name": pd.array([name_of[firm] for firm in firms], dtype="str"),
            "status": pd.array(np.where(none, MISSING, np.where(late, LATE, REPORTED)), dtype="str"),
            "files": files.to_numpy(),
        }
    )
    for column in NUMBERS:
        frame[column] = sums[column].to_numpy()
    return frame.sort_values("enterprise_id", ignore_index=True)
