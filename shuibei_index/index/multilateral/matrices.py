"""Every month against every month: bilateral log indices as matrix products, and the solution of linked months."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index.errors import PriceError, ShapeError, UsageError, did_you_mean, first_few
from shuibei_index.index.multilateral.pairwise import by_pairs, takes, two_month_formulas
from shuibei_index.index.numbers import as_floats

Floats = npt.NDArray[np.float64]
Panel: TypeAlias = npt.ArrayLike | pd.DataFrame | pa.Table
Bilateral = str | Callable[..., Any]

#: A block of items is worked through at a time, so that all that is made of it stays in the processor's cache; and
#: months × months × items of a block is kept below what OpenBLAS splits between threads (2**18): on a busy machine the
#: threads of small products wait for each other up to ten times as long as the product takes. Only rounding depends
#: on the size of blocks.
PRODUCT, FEWEST, MOST = 250_000, 128, 4096


def read_panel(p: Panel, q: Panel | None = None) -> tuple[Floats, Floats | None]:
    """Return prices and quantities as (T, N) arrays, checked; the caller's data are not copied where they fit.

    Parameters
    ----------
    p, q : array_like, DataFrame or Arrow table, shape (T, N)
        Rows months in order, columns items. Two frames are matched by their labels, never by position. A masked cell
        or a null is NaN.

    Raises
    ------
    ShapeError, PriceError
        Shapes or labels do not fit; not numbers; a price is not above 0, a quantity below 0, or a value infinite.
    """
    p, q = labelled(p), None if q is None else labelled(q)
    if isinstance(p, pd.DataFrame):
        _check_labels(p, "p")
        if isinstance(q, pd.DataFrame):
            _check_labels(q, "q")
            q = _same_labels(p, q)
    prices = as_floats(p, "p")
    if prices.ndim != 2 or not len(prices):
        raise ShapeError(f"p must have the shape (months, items) with at least one month; it is {prices.shape}")
    _check_range(prices, "price", above=True)
    if q is None:
        return prices, None
    quantities = as_floats(q, "q")
    if quantities.shape != prices.shape:
        raise ShapeError(f"p is {prices.shape} and q {quantities.shape}; both must cover the same months and items")
    _check_range(quantities, "quantity", above=False)
    return prices, quantities


def labelled(panel: Panel) -> Panel:
    """Return an Arrow table as a frame, anything else as it is."""
    if isinstance(panel, pa.Table):
        frame: pd.DataFrame = panel.to_pandas()
        return frame
    return panel


def need_quantities(q: Floats | None, what: str) -> Floats:
    """Return `q`, or say that `what` cannot do without."""
    if q is None:
        raise UsageError(f"{what} needs quantities: pass q with the shape of p")
    return q


def _check_labels(frame: pd.DataFrame, name: str) -> None:
    for labels, what in ((frame.index, "months"), (frame.columns, "items")):
        if not labels.is_unique:
            twice = labels[labels.duplicated()].unique()
            raise ShapeError(f"{name} has {what} more than once: {first_few(twice)}; add their records up first")
    if not frame.index.is_monotonic_increasing:
        raise ShapeError(f"the months of {name} are not in order; sort its rows (sort_index)")


def _same_labels(p: pd.DataFrame, q: pd.DataFrame) -> pd.DataFrame:
    for a, b, what in ((p.index, q.index, "months"), (p.columns, q.columns, "items")):
        odd = a.symmetric_difference(b)
        if len(odd):
            raise ShapeError(f"p and q do not have the same {what}; only one has {first_few(odd)}")
    return q if q.columns.equals(p.columns) else q.reindex(columns=p.columns)


def _check_range(values: Floats, what: str, *, above: bool) -> None:
    if not values.size:
        return
    # fmin and fmax pass over NaN; one look at the extremes instead of a mask over all
    low, high = np.fmin.reduce(values, axis=None), np.fmax.reduce(values, axis=None)
    if low < 0 or (above and low == 0) or np.isinf(high):
        wrong = (values < 0) | np.isinf(values) | ((values == 0) & above)
        t, n = np.argwhere(wrong)[0].tolist()
        expected = "above 0" if above else "0 or more"
        raise PriceError(
            f"{int(wrong.sum())} of the {what} values are not finite and {expected}: "
            f"the first is {values[t, n]} (month {t}, item {n}); NaN stands for not sold"
        )


class Items:
    """A block of items and what the formulas need of it; 0 where not sold, so that products match by themselves."""

    def __init__(self, p: Floats, q: Floats | None) -> None:
        self.sold = ~np.isnan(p) if q is None else ~(np.isnan(p) | np.isnan(q))
        self._p, self._q = p, q

    @cached_property
    def m(self) -> Floats:
        """Presence."""
        return self.sold.astype(float)

    # fmax with 0 turns NaN into 0 at a third of the cost of np.where on a scattered mask

    @cached_property
    def p(self) -> Floats:
        """Price."""
        return np.asarray(np.fmax(self._p, 0.0) * self.m, dtype=float)

    @cached_property
    def q(self) -> Floats:
        """Quantity."""
        return np.asarray(np.fmax(need_quantities(self._q, "a weighted formula"), 0.0) * self.m, dtype=float)

    @cached_property
    def v(self) -> Floats:
        """Value."""
        return np.asarray(np.fmax(self._p * need_quantities(self._q, "a weighted formula"), 0.0), dtype=float)

    @cached_property
    def plain_logs(self) -> Floats:
        """Log price."""
        # log 1 = 0 where not sold
        return np.asarray(np.log(self.p + (1.0 - self.m)), dtype=float)

    @cached_property
    def logs(self) -> Floats:
        """Log price less the item's own mean: only differences count, and small numbers lose no digits in the sums."""
        logs = self.plain_logs - self.plain_logs.sum(axis=0) / np.maximum(self.m.sum(axis=0), 1.0)
        return np.asarray(logs * self.m, dtype=float)


def blocks(p: Floats) -> Sequence[slice]:
    """Return the slices of items to work through, one block at a time."""
    size = min(max(PRODUCT // len(p) ** 2, FEWEST), MOST)
    return [slice(a, a + size) for a in range(0, p.shape[1], size)]


Pairs = list[tuple[Floats, Floats]]
Sums = list[Floats]


def _stuvel(f: Sums, g: Sums) -> Floats:
    half = (g[1] - f[1]) / (2 * f[0])
    root = np.sqrt(half**2 + g[0] / f[0])
    # for half < 0 the sum would cancel; the product of both roots is the value ratio
    return np.log(np.where(half >= 0, half + root, (g[0] / f[0]) / (root - half)))


#: name → the pairs (X, Y) whose products Σ x(i) y(j) over matched items are needed, and the log index from month i
#: to month j from them: f = Σ x(i) y(j), g = Σ x(j) y(i). All pass the time reversal test.
FORMULAS: dict[str, tuple[Callable[[Items], Pairs], Callable[[Sums, Sums], Floats]]] = {
    "tornqvist": (
        lambda n: [(n.v, n.m), (n.v, n.logs), (n.v * n.logs, n.m)],
        lambda f, g: ((f[1] - f[2]) / f[0] - (g[1] - g[2]) / g[0]) / 2,
    ),
    "fisher": (
        lambda n: [(n.v, n.m), (n.p, n.q)],
        lambda f, g: (np.log(g[1] / f[0]) + np.log(g[0] / f[1])) / 2,
    ),
    "walsh": (lambda n: [(n.p * np.sqrt(n.q), np.sqrt(n.q))], lambda f, g: np.log(g[0] / f[0])),
    "jevons": (lambda n: [(n.logs, n.m), (n.m, n.m)], lambda f, g: (g[0] - f[0]) / f[1]),
    "dutot": (lambda n: [(n.p, n.m)], lambda f, g: np.log(g[0] / f[0])),
    "marshall_edgeworth": (
        lambda n: [(n.v, n.m), (n.p, n.q)],
        lambda f, g: np.log((g[0] + g[1]) / (f[0] + f[1])),
    ),
    "geo_walsh": (
        lambda n: [(np.sqrt(n.v) * n.logs, np.sqrt(n.v)), (np.sqrt(n.v), np.sqrt(n.v))],
        lambda f, g: (g[0] - f[0]) / f[1],
    ),
    "stuvel": (lambda n: [(n.v, n.m), (n.p, n.q)], _stuvel),
}


def log_matrix(
    p: Floats, q: Floats | None, bilateral: Bilateral, rows: slice | None = None, cols: slice | None = None
) -> Floats:
    """Return the log bilateral index from every month of `rows` to every month of `cols`, over matched items.

    Parameters
    ----------
    p, q : ndarray, shape (T, N)
        As `read_panel` returns them.
    bilateral : str or callable
        A name of `FORMULAS` or of `shuibei_index.index.bilateral`, or a function of p0, p1, q0, q1 (or some of them).
        What is not in `FORMULAS` is called for each pair of months, there and back, on its matched items.
    rows, cols : slice, optional
        Months; all by default.

    Returns
    -------
    ndarray, shape (R, C)
        NaN where no item with a weight above 0 is sold in both months. A month with itself is 0. Formulas that fail
        time reversal (Laspeyres) give another size there than back.
    """
    rows, cols = rows or slice(None), cols or slice(None)
    name = formula_name(bilateral)
    if callable(name):
        if takes(name) & {"q0", "q1"}:
            q = need_quantities(q, getattr(name, "__name__", "the formula"))
        return by_pairs(p, q, name, rows, cols)
    pairs, finish = FORMULAS[name]
    forth, back = matched_sums(p, q, pairs, rows, cols)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = finish(forth, back) if forth else np.full((len(p[rows]), len(p[cols])), np.nan)
    return np.where(np.isfinite(logs), logs, np.nan)


def matched_sums(
    p: Floats, q: Floats | None, pairs: Callable[[Items], Pairs], rows: slice, cols: slice
) -> tuple[Sums, Sums]:
    """Return f = Σ x(i) y(j) and g = Σ x(j) y(i) for months i of `rows` and j of `cols`; nothing without items."""
    forth: Sums = []
    back: Sums = []
    for block in blocks(p):
        products = pairs(Items(p[:, block], None if q is None else q[:, block]))
        if not forth:
            forth = [np.zeros((len(x[rows]), len(y[cols]))) for x, y in products]
            back = [np.zeros_like(f) for f in forth]
        for f, g, (x, y) in zip(forth, back, products, strict=True):
            f += x[rows] @ y[cols].T
            if rows != cols:
                g += (x[cols] @ y[rows].T).T
    return forth, [f.T for f in forth] if rows == cols else back


def formula_name(bilateral: Bilateral) -> Bilateral:
    """Return the name of a formula of the table where there is one, else the function to call for each pair."""
    if callable(bilateral):
        ours = getattr(bilateral, "__module__", "").startswith("shuibei_index.index.bilateral")
        name = getattr(bilateral, "__name__", "")
        return name if ours and name in FORMULAS else bilateral
    others = two_month_formulas()
    if isinstance(bilateral, str) and bilateral in FORMULAS:
        return bilateral
    if isinstance(bilateral, str) and bilateral in others:
        return others[bilateral]
    known = [*FORMULAS, *(name for name in others if name not in FORMULAS)]
    raise UsageError(
        f"unknown bilateral formula {bilateral!r}{did_you_mean(str(bilateral), known)}; there are {', '.join(known)}; "
        "any other can be passed as a function of p0, p1, q0, q1"
    )


def linked_to(links: npt.NDArray[np.bool_], at: int) -> npt.NDArray[np.bool_]:
    """Return which months can be reached from month `at` over pairs with a link; none if `at` itself is empty."""
    reached = np.zeros(len(links), dtype=bool)
    reached[at] = links[at, at]
    while True:
        further = reached | links[reached].any(axis=0)
        if (further == reached).all():
            return reached
        reached = further


def solve_linked(weights: Floats, moves: Floats, at: int) -> Floats:
    """Return log levels x with Σ_s w(t,s)·(x(t) − x(s)) = moves(t), x(at) = 0: months absorbed to their links.

    Months that no chain of links joins to `at` are NaN. The diagonal of `weights` only says whether a month has data.
    """
    levels = np.full(len(weights), np.nan)
    inside = linked_to(weights > 0, at)
    if not inside.any():
        return levels
    levels[at] = 0.0
    inside[at] = False
    if inside.any():
        between = weights - np.diag(np.diag(weights))
        # the diagonal as the sum of the links, not as a difference: rows then add to zero exactly
        system = np.diag(between.sum(axis=1)) - between
        levels[inside] = np.linalg.solve(system[np.ix_(inside, inside)], moves[inside])
    return levels
