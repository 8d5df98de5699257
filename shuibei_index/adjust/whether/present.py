"""Is there seasonality? Tests of unadjusted series that need no engine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.adjust.inputs import monthly_frame
from shuibei_index.adjust.quality.seasonality_tests import (
    combined_test,
    kruskal_wallis,
    moving_seasonality,
    qs,
    stable_seasonality,
)

Floats = npt.NDArray[np.float64]
_YEAR = 12
# The centred average takes half a year at both ends; the moving test wants two complete years of what is left.
SHORTEST = 48
_DIFFERENCES = 2
# X-11's levels of the combined test: stable, moving, Kruskal-Wallis (Lothian and Morry 1978)
_X11_LEVELS = (0.001, 0.05, 0.001)
COLUMNS = ("series", "n_obs", "f_stable", "f_stable_p", "f_moving", "f_moving_p", "kruskal", "kruskal_p", "combined",
           "qs", "qs_p", "present")  # fmt: skip


def seasonality_present(series: object, *, level: float = 0.01) -> pd.DataFrame:
    """Test unadjusted series for seasonality: the combined test and the QS test.

    Parameters
    ----------
    series
        Monthly values above 0, as `seasonally_adjust` takes them; also volumes.
    level : float
        Significance level of the QS test; the combined test has X-11's own levels.

    Returns
    -------
    DataFrame
        One row a series: the tests, `combined` ("yes", "probably", "no") and `present`: "both" tests find seasonality,
        "one" does, "none" does, or "untested" (under 48 months, a gap, a value not above 0, no movement).

    Notes
    -----
    The combined test takes the ratios to a centred 2 × 12 average (X-11's first step) in place of table D8: "probably"
    counts as found there. The QS test takes second differences. Decision 0287 has
    the sizes and the power. Sources: Lothian and Morry (1978); Maravall (2012).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> t = np.arange(72)
    >>> level = pd.Series(100 + t + 9 * np.sin(t * np.pi / 6), pd.period_range("2019-01", periods=72, freq="M"))
    >>> seasonality_present(level.rename("rings"))["present"].tolist()
    ['both']
    """
    frame = monthly_frame(series)
    rows = [_row(str(name), frame[name], level) for name in frame.columns]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(name: str, column: pd.Series, level: float) -> dict[str, object]:
    own = column.loc[column.first_valid_index() : column.last_valid_index()] if column.notna().any() else column[:0]
    x = own.to_numpy(dtype=np.float64)
    row: dict[str, object] = dict.fromkeys(COLUMNS, np.nan)
    row.update(series=name, n_obs=int(np.isfinite(x).sum()), combined="", present="untested")
    if len(x) < SHORTEST or not (np.isfinite(x) & (x > 0)).all() or np.ptp(x) == 0:
        return row
    si, start = _ratios(x), (month_names.ordinal(str(own.index[0])) + _YEAR // 2) % _YEAR + 1
    stable, moving = stable_seasonality(si, start=start), moving_seasonality(si, start=start)
    ranks, autocorrelation = kruskal_wallis(si, start=start), qs(x, differences=_DIFFERENCES)
    combined = str(combined_test(stable, moving, ranks, _X11_LEVELS)[0])
    found = (combined != "no") + bool(autocorrelation.p < level)
    row.update(
        f_stable=float(stable.statistic),
        f_stable_p=float(stable.p),
        f_moving=float(moving.statistic),
        f_moving_p=float(moving.p),
        kruskal=float(ranks.statistic),
        kruskal_p=float(ranks.p),
        combined=combined,
        qs=float(autocorrelation.statistic),
        qs_p=float(autocorrelation.p),
        present=("none", "one", "both")[found],
    )
    return row


def _ratios(x: Floats) -> Floats:
    """Return the ratios to the centred 2 × 12 average, half a year shorter at both ends."""
    weights = np.full(_YEAR + 1, 1.0 / _YEAR)
    weights[[0, -1]] /= 2.0
    half = _YEAR // 2
    return np.asarray(x[half:-half] / np.convolve(x, weights, mode="valid"))
