"""Enterprises that send last month's lines again as those of the new month."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.simulation.firms import Firms
from shuibei_index.simulation.habits import Habits
from shuibei_index.simulation.mistakes import in_order, key_rows
from shuibei_index.simulation.reports import ReportedMonth

KIND = "last_month_copied"


def send_again(
    month: ReportedMonth,
    key: pd.DataFrame,
    before: ReportedMonth,
    copying: npt.NDArray[np.bool_],
    firms: Firms,
    habits: Habits,
) -> tuple[ReportedMonth, pd.DataFrame]:
    """Put last month's lines of some enterprises in the place of this month's, with their mistakes.

    Parameters
    ----------
    month, key
        What would be sent this month, and its mistakes.
    before
        The lines of the month before, as they should have been sent.
    copying
        Which enterprises send them again, shape (F,); they have lines in both months.

    Returns
    -------
    ReportedMonth
        What is sent. Day of the month and time of day stay, the month is the new one.
    DataFrame
        The key: one row for each copied line, column line_no, no true value: none of them should be there.
    """
    if not copying.any():
        return month, key
    again = before.take(np.flatnonzero(copying[before.firm])).sent_as(month.period)
    sent = month.take(np.flatnonzero(~copying[month.firm])).then(again)
    rows = np.arange(len(again.line))
    number, nothing = again.columns["line_no"].texts(), np.full(len(rows), "", dtype=object)
    copies = key_rows(again, rows, KIND, "line_no", number, nothing, firms, habits)
    known = key[~key["enterprise_id"].isin(firms.ids[copying].astype(str))]
    return sent, in_order(pd.concat([known, copies], ignore_index=True))
