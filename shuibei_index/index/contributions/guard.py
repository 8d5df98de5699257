"""Shares of a change (贡献率), which mean nothing where the change is next to nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import ShapeError, UsageError

Floats = npt.NDArray[np.float64]
#: Smallest change, in percentage points, of which shares are given: below it the change is published as 0.0 %.
FLOOR_PP = 0.05
#: Room for the last digit of a change that was computed: one of exactly the floor is not below it.
_LAST_DIGIT = 1e-9


@dataclass(frozen=True, repr=False)
class ShareOfChange:
    """Shares of items in a change.

    Parameters
    ----------
    share : Series or DataFrame
        Fractions (1 = the whole change) by item, one row a month if there are several; NaN where guarded.
    guarded : Series of bool
        Whether the change of a month is below the floor (or not known), so that no shares are given.
    floor : float
        In percentage points.
    """

    share: pd.Series | pd.DataFrame
    guarded: pd.Series
    floor: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row a month and item: period (if several months), item, share_pct, flag.

        The flag is ``near_zero`` where guarded, ``above_100`` for a share above the whole change (others moved the
        other way), ``opposite`` for an item that moved against it, else empty.
        """
        several = isinstance(self.share, pd.DataFrame)
        table = self.share if isinstance(self.share, pd.DataFrame) else self.share.to_frame().T
        share = table.to_numpy(dtype=float)
        above = np.where(share > 1.0 + _LAST_DIGIT, "above_100", np.where(share < 0.0, "opposite", ""))
        flag = np.where(self.guarded.to_numpy()[:, None], "near_zero", above)
        frame = pd.DataFrame(
            {
                "period": np.repeat(table.index.to_numpy(), table.shape[1]),
                "item": np.tile(table.columns.to_numpy(), len(table)),
                "share_pct": 100.0 * share.ravel(),
                "flag": flag.ravel(),
            }
        )
        return frame if several else frame.drop(columns="period")

    def summary(self) -> str:
        """Return in how many months shares are given, guarded, above 100 %; Chinese and English."""
        n, near = len(self.guarded), int(self.guarded.sum())
        above = int((np.atleast_2d(self.share.to_numpy(dtype=float)) > 1.0 + _LAST_DIGIT).any(axis=1).sum())
        return (
            f"贡献率 shares of change: {n - near} 期给出 given, {near} 期因变动小于 {self.floor} 个百分点不计算 "
            f"guarded (change below {self.floor} percentage points), {above} 期有超过 100% 者 with a share above 100 %"
        )

    def _repr_html_(self) -> str:
        return f"<p>{self.summary()}</p>" + self.to_frame().to_html(index=False)


def share_of_change(
    points: npt.ArrayLike | pd.Series | pd.DataFrame,
    change: npt.ArrayLike | pd.Series | None = None,
    *,
    floor: float = FLOOR_PP,
) -> ShareOfChange:
    """Share of each item in the change of the index (贡献率), not given where the change is next to nothing.

    Parameters
    ----------
    points : Series or array_like, shape (N,); DataFrame or array_like, shape (T, N)
        Contributions as fractions (0.01 = one percentage point), as all functions here return them; NaN stays.
    change : float, Series or array_like, shape (T,), optional
        The change they belong to, as a fraction (0.021 = 2.1 %); by default their sum. To the published change there
        is no share if it is not the sum, within rounding: that is up to the caller.
    floor : float
        In percentage points: with |change| below it the shares are NaN and the month is marked as guarded. The
        default 0.05 is what a change published to one decimal rounds to 0.0 (rule `share_of_change_floor`).

    Returns
    -------
    ShareOfChange

    Raises
    ------
    ShapeError, UsageError
        One change a month is expected; the floor is not a number above 0.

    Notes
    -----
    Shares add up to 1 where the points add up to the change. They can lie above 1: with +0.05 and −0.04 points the
    first has 500 % of a change of 0.01. Decision 0123.

    Examples
    --------
    >>> share_of_change([0.02, -0.01]).share.tolist(), share_of_change([0.02, -0.0199]).share.isna().all()
    ([2.0, -1.0], np.True_)
    """
    if not (np.isfinite(floor) and floor > 0):
        raise UsageError(f"floor must be a number of percentage points above 0, not {floor}", zh="floor 必须大于 0")
    values = np.asarray(points, dtype=float)
    if values.ndim not in (1, 2):
        raise ShapeError(f"points has shape {values.shape}; (N,) or (T, N) is expected")
    table = np.atleast_2d(values)
    months = points.index if isinstance(points, pd.DataFrame) else pd.RangeIndex(len(table))
    if isinstance(change, pd.Series) and isinstance(points, pd.DataFrame):
        change = change.reindex(months)
    known = ~np.isnan(table)
    own = np.where(known.any(axis=1), np.where(known, table, 0.0).sum(axis=1), np.nan)
    whole = own if change is None else np.atleast_1d(np.asarray(change, dtype=float))
    if whole.shape != (len(table),):
        raise ShapeError(f"{whole.shape} changes for {len(table)} months; one each is expected")
    given = 100.0 * np.abs(whole) >= floor * (1.0 - _LAST_DIGIT)
    share = table / np.where(given, whole, np.nan)[:, None]
    if values.ndim == 2:
        columns = points.columns if isinstance(points, pd.DataFrame) else None
        result: pd.Series | pd.DataFrame = pd.DataFrame(share, index=months, columns=columns)
    else:
        result = pd.Series(share[0], index=points.index if isinstance(points, pd.Series) else None, name="share")
    return ShareOfChange(result, pd.Series(~given, index=months, name="guarded"), float(floor))
