"""STL, the stand-in where no X-13 program can be run. It knows no Spring Festival and tests nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust.checks import Ready
from shuibei_index.rules import RulesAt

NAME = "STL"


def stl(item: Ready, rules: RulesAt) -> dict[str, npt.NDArray[np.float64]]:
    """Return the tables of one series under X-13's names: d10 seasonal, d11 adjusted, d12 trend, d13 irregular.

    Parameters
    ----------
    item
        A checked series without missing months.
    rules
        The month's rules: seasonal window and robustness.
    """
    logs = item.specification.transform != "none"
    values = np.log(item.values) if logs else item.values
    # loaded where it is used: it takes a third of a second
    from statsmodels.tsa.seasonal import STL

    fit = STL(values, period=12, seasonal=int(rules["seasonal_stl_window"]), robust=bool(rules["seasonal_stl_robust"]))
    parts = fit.fit()
    back = np.exp if logs else np.asarray
    seasonal, trend, rest = (np.asarray(part, dtype=np.float64) for part in (parts.seasonal, parts.trend, parts.resid))
    tables = {"d10": seasonal, "d11": values - seasonal, "d12": trend, "d13": rest, "d16": seasonal}
    return {name: np.asarray(back(table), dtype=np.float64) for name, table in tables.items()}


def identity() -> dict[str, str]:
    """Return what a release records about this engine: name and version."""
    import statsmodels

    return {"name": f"{NAME} (statsmodels)", "version": str(statsmodels.__version__), "build": "", "sha256": ""}
