"""A change and its parts together, as people look at them: table, summary, chart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import ShapeError, UsageError
from shuibei_index.index.contributions.guard import FLOOR_PP, ShareOfChange, share_of_change
from shuibei_index.index.contributions.spans import roll_up

#: The shipped typeface, by its place: class names are Chinese, and a stage does not import a later one.
_FONT = Path(__file__).parents[2] / "release" / "fonts" / "NotoSansSC-Regular-subset.otf"


@dataclass(frozen=True, repr=False)
class Decomposition:
    """Contributions of items to the change of an index in one or more months.

    Parameters
    ----------
    points : DataFrame
        Months × items, fractions (0.01 = one percentage point); NaN = not in the comparison.
    change : Series
        Change of the index by month, as a fraction.
    floor : float
        In percentage points: below it no shares of the change are given.
    """

    points: pd.DataFrame
    change: pd.Series
    floor: float = FLOOR_PP

    def __post_init__(self) -> None:
        """Check that every month has its change."""
        if not self.points.index.equals(self.change.index):
            raise ShapeError("points and change must have the same months; build it with decomposition()")

    @property
    def shares(self) -> ShareOfChange:
        """Shares in the change (贡献率), guarded near zero."""
        return share_of_change(self.points, self.change, floor=self.floor)

    @property
    def residual(self) -> pd.Series:
        """What the parts leave of the change, by month: rounding, if the parts are all there."""
        return self.change - self.points.sum(axis=1, min_count=1)

    def roll_up(self, by: Any) -> Decomposition:
        """Return the same with items added up by label, as `contributions.roll_up`."""
        rolled = roll_up(self.points, by)
        return Decomposition(pd.DataFrame(rolled), self.change, self.floor)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a month and item: period, item, points_pp, share_pct, flag; rows without points left out."""
        frame = self.shares.to_frame()
        frame.insert(2, "points_pp", 100.0 * self.points.to_numpy().ravel())
        return frame[frame["points_pp"].notna()].reset_index(drop=True)

    def summary(self, period: Any = None, top: int = 5) -> str:
        """Return the change of one month (the last by default) and its largest parts, Chinese and English."""
        at = self._row(period)
        parts = self.points.iloc[at].dropna()
        parts = parts.loc[parts.abs().sort_values(ascending=False, kind="stable").index]
        share = self.shares
        lines = [
            f"{self.points.index[at]}: {100 * self.change.iloc[at]:+.2f}% = {len(parts)} 项之和 parts, "
            f"余差 residual {100 * self.residual.iloc[at]:+.4f} 个百分点 pp"
        ]
        if bool(share.guarded.iloc[at]):
            lines.append(f"变动小于 {self.floor} 个百分点，不计算贡献率 no shares of a change below {self.floor} pp")
        table = pd.DataFrame(share.share).iloc[at]
        for name, value, part in zip(parts.index[:top], parts.iloc[:top], table[parts.index[:top]], strict=True):
            percent = "–" if np.isnan(part) else f"{100 * part:.1f}%"
            lines.append(f"  {100 * value:+9.4f} pp  {percent:>8}  {name}")
        if len(parts) > top:
            lines.append(f"  {100 * parts.iloc[top:].sum():+9.4f} pp            其余 {len(parts) - top} 项 others")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{self.summary()}</pre>"

    def plot(self, top: int = 8, ax: Any = None) -> Any:
        """Draw the parts of every month as stacked bars and the change as a line; returns the matplotlib axes.

        The `top` items with the largest mean absolute contribution are drawn by themselves, the rest together.
        """
        import matplotlib.pyplot as plt
        from matplotlib.font_manager import FontProperties

        size = self.points.abs().mean().sort_values(ascending=False, kind="stable")
        bars = 100.0 * self.points[size.index[:top]].fillna(0.0)
        if len(size) > top:
            bars["其他 other"] = 100.0 * self.points[size.index[top:]].sum(axis=1)
        axes = ax if ax is not None else plt.subplots(layout="constrained")[1]
        x = np.arange(len(bars))
        above, below = np.zeros(len(bars)), np.zeros(len(bars))
        for name in bars.columns:
            height = bars[name].to_numpy()
            axes.bar(x, height, bottom=np.where(height > 0, above, below), label=str(name))
            above += np.maximum(height, 0.0)
            below += np.minimum(height, 0.0)
        axes.plot(x, 100.0 * self.change.to_numpy(), color="black", marker="o", label="变动 change")
        font = FontProperties(fname=str(_FONT))
        step = max(1, len(x) // 12)
        axes.set_xticks(x[::step], [str(m) for m in self.points.index[::step]], rotation=45)
        axes.axhline(0.0, color="grey", linewidth=0.7)
        axes.set_ylabel("个百分点 percentage points", fontproperties=font)
        axes.legend(prop=font, fontsize="small")
        return axes

    def _row(self, period: Any) -> int:
        if period is None:
            return len(self.points) - 1
        if period not in self.points.index:
            raise UsageError(f"no month {period!r}; there are {self.points.index[0]} to {self.points.index[-1]}")
        return int(self.points.index.get_indexer(pd.Index([period]))[0])


def decomposition(
    points: npt.ArrayLike | pd.Series | pd.DataFrame,
    change: float | npt.ArrayLike | pd.Series | None = None,
    *,
    floor: float = FLOOR_PP,
) -> Decomposition:
    """Put contributions and the change they belong to together, for tables, summaries and charts.

    Parameters
    ----------
    points : Series or array_like, shape (N,); DataFrame or array_like, shape (T, N)
        Contributions as fractions, as all functions here return them.
    change : float, Series or array_like, shape (T,), optional
        As a fraction; by default the sum of the points. Give the published one to see the residual.
    floor : float
        As in `share_of_change`, in percentage points.

    Returns
    -------
    Decomposition

    Raises
    ------
    ShapeError
        One change a month is expected.

    Examples
    --------
    >>> made = decomposition(pd.Series([0.02, 0.01], index=["rings", "chains"]))
    >>> made.to_frame()[["item", "points_pp"]].values.tolist()
    [['rings', 2.0], ['chains', 1.0]]
    """
    table = points.to_frame().T if isinstance(points, pd.Series) else points
    if not isinstance(table, pd.DataFrame):
        table = pd.DataFrame(np.atleast_2d(np.asarray(table, dtype=float)))
    if isinstance(change, pd.Series):
        change = change.reindex(table.index)
    whole = table.sum(axis=1, min_count=1).to_numpy() if change is None else np.atleast_1d(np.asarray(change, float))
    if whole.shape != (len(table),):
        raise ShapeError(f"{whole.shape} changes for {len(table)} months; one each is expected")
    return Decomposition(table.astype(float), pd.Series(whole, index=table.index, name="change"), floor)
