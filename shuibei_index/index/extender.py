"""Monthly production of a rolling multilateral index: keeps what the next month needs, never touches a past level."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import ShapeError, UsageError, first_few
from shuibei_index.index.multilateral.matrices import (
    FORMULAS,
    Floats,
    Panel,
    labelled,
    log_matrix,
    need_quantities,
    read_panel,
)
from shuibei_index.index.numbers import as_floats
from shuibei_index.index.splice import Join

#: Version of the stored form.
FORM = 1


class Extender:
    """A rolling multilateral index that takes one month at a time and gives what `splice.extend` gives.

    Parameters
    ----------
    p, q : array_like or DataFrame, shape (T, N)
        The months so far, at least `window` of them: a shorter first window would have to be revised when it fills.
        `q` may be left out where the method needs no quantities.
    items : sequence, optional
        Names of the N items; the columns of a frame, or 0 … N−1 by default. In this order months without names are
        read for good, whether or not an item is still sold.
    method, bilateral, window, splice, on, base, first
        As in `splice.extend`; `bilateral` by name only, so that the state can be stored.

    Attributes
    ----------
    levels : ndarray, shape (T,)
        All published levels, first month = 1.0. Read-only; a month once in it never changes.
    items : tuple
        Items sold in at least one month of the window kept.

    Examples
    --------
    >>> p = [[1.0, 1.0], [2.0, 1.0], [1.0, 1.0]]
    >>> index = Extender(p, [[1.0, 1.0]] * 3, items=["a", "b"], bilateral="walsh", window=3)
    >>> round(index.update([3.0, 3.0, 8.0], [1.0, 1.0, 1.0], ["b", "a", "new"]), 6)
    3.0
    >>> again = Extender.from_dict(index.to_dict())
    >>> again.items, [round(float(x), 6) for x in again.levels]
    (('a', 'b', 'new'), [1.0, 1.5, 1.0, 3.0])
    """

    def __init__(
        self,
        p: Panel,
        q: Panel | None = None,
        *,
        items: Sequence[Hashable] | None = None,
        method: str = "geks",
        bilateral: str = "tornqvist",
        window: int = 13,
        splice: str | int = "movement",
        on: str = "calculated",
        base: int = 0,
        first: str = "window",
    ) -> None:
        if not isinstance(bilateral, str):
            raise UsageError("name the bilateral formula; a function cannot be stored with the state")
        self._join = Join(
            method=method, bilateral=bilateral, window=window, splice=splice, on=on, base=base, first=first
        )
        p, window = labelled(p), self._join.window
        prices, quantities = read_panel(p, q)
        if method in ("wtpd", "geary_khamis"):
            quantities = need_quantities(quantities, method)
        if items is None:
            items = list(p.columns) if isinstance(p, pd.DataFrame) else list(range(prices.shape[1]))
        months = len(prices)
        if months < window:
            raise ShapeError(f"{months} months are fewer than the window of {window}; wait until the first is full")
        self._items = self._columns = _names(items, prices.shape[1])
        self._p, self._q = prices[:window], None if quantities is None else quantities[:window]
        self._logs = self._join.band(self._p, self._q)
        self._published, self._reference = self._join.start(self._p, self._q, self._logs)
        for t in range(window, months):
            self.update(prices[t], None if quantities is None else quantities[t])
        self._keep_sold()

    @property
    def levels(self) -> Floats:
        """Published levels, first month = 1.0."""
        levels = np.exp(self._published)
        levels.flags.writeable = False
        return levels

    @property
    def items(self) -> tuple[Hashable, ...]:
        """Items sold within the window."""
        return self._items

    def update(
        self,
        p_new: npt.ArrayLike | pd.Series,
        q_new: npt.ArrayLike | pd.Series | None = None,
        items: Sequence[Hashable] | None = None,
    ) -> float:
        """Add a month, publish its level and return it.

        Parameters
        ----------
        p_new, q_new : array_like or Series, shape (M,)
            Prices and quantities of the month, in the order of `items`; NaN = not sold. Series go by their labels.
        items : sequence, optional
            Names of the M items, in any order, new ones among them; items left out are not sold. By default the
            labels of a Series, or the items the extender was started with, in their order.

        Returns
        -------
        float
            NaN if nothing sold in the month is linked to the series.

        Raises
        ------
        ShapeError, PriceError, UsageError
            Other lengths than names, a name twice, no numbers; values out of range; quantities once with, once without.
        """
        if items is None:
            items = list(p_new.index) if isinstance(p_new, pd.Series) else self._columns
        if isinstance(p_new, pd.Series) and isinstance(q_new, pd.Series):
            q_new = q_new.reindex(p_new.index)
        if (q_new is None) != (self._q is None):
            raise UsageError("quantities must be given in every month or in none")
        row = _month(p_new, "p_new")
        prices, quantities = read_panel(row, None if q_new is None else _month(q_new, "q_new"))
        self._append(_names(items, row.shape[1]), prices, quantities)
        return self._publish()

    def _append(self, items: tuple[Hashable, ...], p: Floats, q: Floats | None) -> None:
        """Put the month under the window's items; new items get columns of their own."""
        place = {name: n for n, name in enumerate(self._items)}
        for name in items:
            place.setdefault(name, len(place))
        at = np.fromiter((place[name] for name in items), dtype=np.intp, count=len(items))
        self._items = tuple(place)

        def grown(window: Floats, month: Floats) -> Floats:
            wide = np.full((len(window) + 1, len(place)), np.nan)
            wide[:-1, : window.shape[1]] = window
            wide[-1, at] = month[0]
            return wide

        self._p = grown(self._p, p)
        self._q = None if self._q is None or q is None else grown(self._q, q)

    def _publish(self) -> float:
        """Compute the window that ends in the month just added, join it, and let the oldest month go."""
        # `window` + 1 months are at hand; the step of `extend` runs on positions shifted so that they end in t
        join, t, shift = self._join, len(self._published), len(self._published) - self._join.window
        p, q = self._p[1:], None if self._q is None else self._q[1:]
        if self._logs is not None:
            last, window = slice(len(p) - 1, len(p)), slice(0, len(p))
            row = log_matrix(p, q, join.bilateral, last, window)
            known = join.bilateral in FORMULAS
            column = -row[:, :-1].T if known else log_matrix(p, q, join.bilateral, window, last)[:-1]
            self._logs = np.block([[self._logs[1:, 1:], column], [row]])
        inside = slice(join.first_month(t) - shift - 1, len(p))
        new = np.full(t + 1, np.nan)
        new[join.first_month(t) :] = join.levels(p, q, self._logs, inside, inside.stop - inside.start - 1)
        published = np.append(self._published, np.nan)
        reference = np.full(t + 1, np.nan)
        reference[shift:t] = self._reference
        published[t] = join.level(published, reference, new, t)
        self._published, self._reference = published, join.reference(published, reference, new, t)[shift + 1 :]
        self._p, self._q = p, q
        self._keep_sold()
        return float(np.exp(published[t]))

    def _keep_sold(self) -> None:
        """Drop the items that no month of the window has: they can come back as new ones at no loss."""
        sold = ~np.isnan(self._p)
        if self._q is not None:
            sold &= ~np.isnan(self._q)
        kept = np.flatnonzero(sold.any(axis=0))
        self._p, self._q = self._p[:, kept].copy(), None if self._q is None else self._q[:, kept].copy()
        self._items = tuple(self._items[n] for n in kept.tolist())

    def to_dict(self) -> dict[str, Any]:
        """Return the state as plain lists, numbers and texts, ready for JSON; NaN is None. Item names must be plain."""
        join = self._join
        return {
            "form": FORM,
            "method": join.method,
            "bilateral": join.bilateral,
            "window": join.window,
            "splice": join.splice,
            "on": join.on,
            "base": join.base,
            "items": list(self._items),
            "columns": list(self._columns),
            "prices": _plain(self._p),
            "quantities": None if self._q is None else _plain(self._q),
            "bilateral_logs": None if self._logs is None else _plain(self._logs),
            "published_logs": _plain(self._published),
            "reference_logs": _plain(self._reference),
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Extender:
        """Return the extender a state of `to_dict` was made from; it goes on to the same digits."""
        if state.get("form") != FORM:
            raise UsageError(f"a state of form {state.get('form')!r}; this version reads form {FORM}")
        again = cls.__new__(cls)
        choices = {name: state[name] for name in ("method", "bilateral", "window", "splice", "on", "base")}
        again._join = Join(**choices)
        again._items = tuple(state["items"])
        # states stored before the columns were kept have the items of the window
        again._columns = tuple(state.get("columns", again._items))
        again._p = _numbers(state["prices"]).reshape(len(state["prices"]), len(again._items))
        stored_q, logs = state["quantities"], state["bilateral_logs"]
        again._q = None if stored_q is None else _numbers(stored_q).reshape(again._p.shape)
        again._logs = None if logs is None else _numbers(logs)
        again._published, again._reference = _numbers(state["published_logs"]), _numbers(state["reference_logs"])
        if not len(again._p) == len(again._reference) == choices["window"] <= len(again._published):
            raise ShapeError("the stored state is not whole: its window, prices and levels do not fit each other")
        return again


def _names(items: Sequence[Hashable], count: int) -> tuple[Hashable, ...]:
    names = tuple(items)
    if len(names) != count:
        raise ShapeError(
            f"{len(names)} item names but {count} prices; pass items= with a name for each price, new items included"
        )
    if len(set(names)) != count:
        twice = pd.Index(names)
        raise ShapeError(f"items more than once: {first_few(twice[twice.duplicated()].unique())}")
    return names


def _month(values: Any, name: str) -> Floats:
    month = as_floats(values, name)
    if month.ndim != 1:
        raise ShapeError(f"{name} must be one month, shape (M,); it has the shape {month.shape}")
    return month[None, :]


def _plain(values: Floats) -> Any:
    holes = [None if math.isnan(x) else x for x in values.ravel().tolist()]
    if values.ndim == 1:
        return holes
    width = values.shape[1]
    return [holes[t * width : (t + 1) * width] for t in range(len(values))]


def _numbers(values: Any) -> Floats:
    # None becomes NaN
    return np.array(values, dtype=float)
