"""Rates of change of published series: month on month, year on year, year to date."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.release.policy import Policy
from shuibei_index.release.tables import rounded

RATES = ("mom_pct", "yoy_pct", "ytd_pct")
_KEYS = ["class_code", "component", "adjustment"]


def with_rates(frame: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the indices with every rate by the declared rule.

    Parameters
    ----------
    frame : DataFrame
        Columns of indices.csv; rates that are there already are kept under the rule "unrounded".
    policy : Policy
        ``rates_from``: "unrounded" takes rates from levels in full precision, "published" from rounded levels, so that
        a reader with a pocket calculator finds the same.
    """
    if policy.rates_from == "published":
        levels = frame.assign(index=rounded(frame["index"], policy.index_decimals))
        computed = rates_of(levels)
        return frame.assign(**{name: computed[name] for name in RATES})
    computed = rates_of(frame)
    kept = frame["adjustment"] == "NSA"
    return frame.assign(**{name: np.where(kept, frame[name], computed[name]) for name in RATES})


def rates_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return mom_pct, yoy_pct and ytd_pct of every row from its `index`; NaN where a month of comparison is missing."""
    wide = frame.set_index(["period", *_KEYS])["index"].unstack(_KEYS)  # noqa: PD010 - keys are unique, nothing to sum
    first, last = month_names.ordinal(min(wide.index)), month_names.ordinal(max(wide.index))
    number = np.arange(first - first % 12, last + 1)
    level = wide.reindex([month_names.label(int(m)) for m in number]).to_numpy(dtype=float)
    mom, yoy, ytd = (np.full(level.shape, np.nan) for _ in RATES)
    mom[1:] = 100.0 * (level[1:] / level[:-1] - 1.0)
    yoy[12:] = 100.0 * (level[12:] / level[:-12] - 1.0)
    for start in range(12, len(number), 12):
        # means of one, two, … months of the year: a missing month makes all later ones NaN, as it must
        here, before = level[start : start + 12], level[start - 12 : start]
        ytd[start : start + 12] = 100.0 * (here.cumsum(axis=0) / before[: len(here)].cumsum(axis=0) - 1.0)
    row = frame["period"].map(month_names.ordinal).to_numpy() - number[0]
    column = wide.columns.get_indexer(pd.MultiIndex.from_frame(frame[_KEYS]))
    return pd.DataFrame(
        {name: values[row, column] for name, values in zip(RATES, (mom, yoy, ytd), strict=True)}, index=frame.index
    )
