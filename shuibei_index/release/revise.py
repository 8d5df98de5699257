"""What changed since the release before, and what each value's status is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.release.policy import Policy
from shuibei_index.release.schema import INDICES, REVISIONS, conform, empty
from shuibei_index.release.tables import published, rounded

_KEY = list(INDICES.key)
PROVISIONAL_REASON = "初步数修订 / provisional value replaced"
ADJUSTMENT_REASON = "季节因素重新估计 / seasonal factors re-estimated"
FINAL_REASON = "重新汇总 / recompiled"


def revisions(current: pd.DataFrame, previous: pd.DataFrame | None, policy: Policy, reason: str = "") -> pd.DataFrame:
    """Compare the indices of two releases as they were published.

    Parameters
    ----------
    current, previous : DataFrame
        Columns of indices.csv, in full precision.
    policy : Policy
        Values count as changed if they differ at published precision.
    reason : str
        The reason of changes in values that were no longer provisional. Provisional and seasonally adjusted values
        carry their own.

    Returns
    -------
    DataFrame
        Columns of revisions.csv. Months beyond the end of either release are no revisions. A value that was not
        published then, or is not published any more, has NaN on that side.
    """
    if previous is None or previous.empty:
        return empty(REVISIONS)
    last = previous["period"].max()
    columns = [*_KEY, "index", "obs_status"]
    # months that only one of the two covers are no revisions, whichever is the longer
    then, now = (f.loc[f["period"] <= min(last, current["period"].max()), columns] for f in (previous, current))
    both = then.merge(now, on=_KEY, how="outer", suffixes=("_then", "_now"))
    then_text = published(both["index_then"], policy.index_decimals)
    now_text = published(both["index_now"], policy.index_decimals)
    both["previous"] = rounded(both["index_then"], policy.index_decimals)
    both["current"] = rounded(both["index_now"], policy.index_decimals)
    both["revision"] = rounded(both["current"] - both["previous"], policy.index_decimals)
    was_provisional = both["obs_status_then"].isin(["P", "I"]) & (both["period"] > _before_provisional(last, policy))
    both["reason"] = np.select(
        [both["adjustment"] != "NSA", was_provisional],
        [ADJUSTMENT_REASON, PROVISIONAL_REASON],
        reason or FINAL_REASON,
    )
    return conform(both[then_text != now_text], REVISIONS, "revisions")


def with_status(frame: pd.DataFrame, changed: pd.DataFrame, month: str, policy: Policy) -> pd.DataFrame:
    """Return the indices with obs_status as published: missing and imputed stay, then provisional, then revised."""
    own = frame["obs_status"].isin(["M", "I"])
    provisional = frame["period"] > _before_provisional(month, policy)
    keys = pd.MultiIndex.from_frame(frame[_KEY])
    revised = keys.isin(pd.MultiIndex.from_frame(changed[_KEY]))
    status = np.select([own, provisional, revised], [frame["obs_status"], "P", "R"], frame["obs_status"])
    return frame.assign(obs_status=status)


def _before_provisional(month: str, policy: Policy) -> str:
    return month_names.shift(month, -policy.provisional_months)
