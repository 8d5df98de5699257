"""Extending a multilateral index month by month: rolling windows and how a new window is joined to the series."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index.errors import ShapeError, UsageError, did_you_mean
from shuibei_index.index.multilateral.dummies import hedonic_logs, product_dummy_logs, traits_matrix
from shuibei_index.index.multilateral.imputed import check_choices, imputed_logs
from shuibei_index.index.multilateral.matrices import (
    Bilateral,
    Floats,
    Panel,
    formula_name,
    labelled,
    log_matrix,
    need_quantities,
    read_panel,
)
from shuibei_index.index.multilateral.methods import geary_khamis_logs, geks_logs

METHODS = ("geks", "tpd", "wtpd", "geary_khamis")
#: Methods that go by characteristics of the items.
HEDONIC = ("imputed_geks", "time_dummy_hedonic")
SPLICES = ("movement", "window", "half", "mean", "fbew", "fbmw")
SERIES = ("calculated", "published")
FIRST = ("window", "expanding")


def extend(
    p: Panel,
    q: Panel | None = None,
    method: str = "geks",
    bilateral: Bilateral = "tornqvist",
    window: int = 13,
    splice: str | int = "movement",
    on: str = "calculated",
    base: int = 0,
    first: str = "window",
    *,
    characteristics: npt.ArrayLike | pd.DataFrame | pa.Table | None = None,
    imputation: str = "time_dummy",
) -> Floats:
    """Multilateral index over rolling windows: what was published is never revised.

    Parameters
    ----------
    p, q : array_like or DataFrame, shape (T, N)
        Prices (above 0) and quantities (0 or more); NaN = not sold.
    method : {"geks", "tpd", "wtpd", "geary_khamis", "imputed_geks", "time_dummy_hedonic"}
        Index within the window.
    bilateral : str or callable
        For geks and imputed_geks, as there; the other methods make no use of it.
    window : int
        Months in a window, 2 or more.
    splice : {"movement", "window", "half", "mean", "fbew", "fbmw"} or int
        How the window that ends in month t joins the series; months of the new window count 1 … `window`.
        movement links at position window − 1 (last month), window at 1, half at (window + 1)/2 rounded down, mean
        takes the geometric mean over all positions 1 … window − 1; a number names the position itself.
        fbew and fbmw link at the base month: see Notes.
    on : {"calculated", "published"}
        Whether the linking level is that of the previous window or the published one. Window, half and mean on
        published series are also called WISP, HASP and mean_pub. Movement is the same on both; fbew and fbmw link
        to the published level of the base month always.
    base : int
        Position (from 0) of a base month of fbew and fbmw, a December; the others lie every window − 1 months.
    first : {"window", "expanding"}
        The first `window` months: from the first full window at once (what the R packages return as a series), or
        each from the months up to it, as real production would have published them.
    characteristics : array_like, DataFrame or Arrow table, shape (N, C)
        For imputed_geks and time_dummy_hedonic (by value shares where `q` is given), as there.
    imputation : {"time_dummy", "double", "single", "full"}
        For imputed_geks.

    Returns
    -------
    ndarray, shape (T,)
        First month = 1.0. With `window` or fewer months the multilateral index of all of them (first="window").

    Notes
    -----
    With new(·) the window that ends in t and ref(·) the linking series, level(t) = geometric mean over the linking
    months l of ref(l) · new(t)/new(l). On calculated series, ref is the previous window scaled to the level
    published last.

    fbew, fixed base, (monthly) expanding window: the base b is the last base month before t; the window runs from b
    to t and level(t) = level(b) · new(t)/new(b). It reaches its full length in the next base month.
    fbmw, fixed base, moving window: the window is the last `window` months up to t, and again
    level(t) = level(b) · new(t)/new(b).

    A month without sales is NaN and does not stop the series: a linking month unknown in one of the two series gives
    way to the nearest known one (the later of two), and mean takes the known ones. Decisions 0087, 0088 and 0162.
    Source: CPI Manual 2020; Chessa (2019).

    Examples
    --------
    >>> p = [[1.0, 1.0], [2.0, 1.0], [1.0, 1.0], [3.0, 3.0]]
    >>> [round(float(x), 6) for x in extend(p, [[1.0, 1.0]] * 4, bilateral="walsh", window=3)]
    [1.0, 1.5, 1.0, 3.0]
    """
    p = labelled(p)
    prices, quantities = read_panel(p, q)
    traits = None
    if characteristics is not None:
        traits = traits_matrix(characteristics, p.columns if isinstance(p, pd.DataFrame) else None, prices.shape[1])
    join = Join(
        method=method,
        bilateral=bilateral,
        window=window,
        splice=splice,
        on=on,
        base=base,
        first=first,
        characteristics=traits,
        imputation=imputation,
    )
    if method in ("wtpd", "geary_khamis"):
        quantities = need_quantities(quantities, method)
    months = len(prices)
    band = join.band(prices, quantities)
    published = np.full(months, np.nan)
    reference = published.copy()
    published[:window], reference[:window] = join.start(prices, quantities, band)
    for t in range(window, months):
        begins = join.first_month(t)
        new = np.full(months, np.nan)
        inside = slice(begins, t + 1)
        new[inside] = join.levels(prices, quantities, band, inside, t - begins)
        published[t] = join.level(published, reference, new, t)
        reference = join.reference(published, reference, new, t)
    return np.asarray(np.exp(published), dtype=float)


class Join:
    """The choices of a rolling index, checked once, and one month's step: shared by `extend` and `Extender`.

    All levels are logs; positions are months of the series, from 0.
    """

    def __init__(
        self,
        *,
        method: str,
        bilateral: Bilateral,
        window: int,
        splice: str | int,
        on: str,
        base: int,
        first: str = "window",
        characteristics: tuple[list[str], Floats] | None = None,
        imputation: str = "time_dummy",
    ) -> None:
        _known(method, (*METHODS, *HEDONIC), "method")
        _known(on, SERIES, "on")
        _known(first, FIRST, "first")
        if not whole_number(window) or window < 2:
            raise ShapeError(f"a window needs 2 months or more, a whole number, not {window!r}")
        if isinstance(splice, str):
            _known(splice, SPLICES, "splice")
        elif not whole_number(splice) or not 1 <= splice < window:
            raise UsageError(
                f"splice={splice!r}: a name ({', '.join(SPLICES)}) or a linking position, a whole number in "
                f"1 … {window - 1}, is expected"
            )
        if not whole_number(base):
            raise UsageError(f"base={base!r}: the position of a base month must be a whole number")
        # plain numbers, so that they can be stored
        self.method, self.window, self.on, self.base = method, int(window), on, int(base)
        self.splice = splice if isinstance(splice, str) else int(splice)
        self.first = first
        if (method in HEDONIC) != (characteristics is not None):
            raise UsageError(
                f"method={method!r} needs characteristics=, one row an item; only `extend` takes them, not `Extender`"
                if characteristics is None
                else f"method={method!r} makes no use of characteristics; those that do are {', '.join(HEDONIC)}"
            )
        if method == "imputed_geks":
            check_choices(bilateral, imputation)
        self.traits, self.imputation = characteristics, imputation
        # a name stays a name, so that it can be stored
        formula = bilateral if method == "imputed_geks" else formula_name(bilateral)
        self.bilateral = bilateral if isinstance(bilateral, str) else formula

    @property
    def fixed_base(self) -> bool:
        """Whether the series links to a base month."""
        return self.splice in ("fbew", "fbmw")

    def base_before(self, t: int) -> int:
        """Return the last base month before `t`."""
        return t - 1 - (t - 1 - self.base) % (self.window - 1)

    def first_month(self, t: int) -> int:
        """Return where the window that ends in `t` begins."""
        return self.base_before(t) if self.splice == "fbew" else t - self.window + 1

    def band(self, p: Floats, q: Floats | None) -> Floats | None:
        """Return log bilateral indices of all pairs of months less than a window apart; None if not needed."""
        if self.method not in ("geks", "imputed_geks"):
            return None
        months, reach = len(p), self.window - 1
        logs = np.full((months, months), np.nan)
        # one product for as many new months as the window is long: each pair is computed once or twice at most
        for a in range(0, months, self.window):
            inside = slice(max(0, a - reach), min(a + self.window, months))
            logs[inside, inside] = self._bilateral_logs(p[inside], None if q is None else q[inside])
        return logs

    def _bilateral_logs(self, p: Floats, q: Floats | None) -> Floats:
        if self.traits is None:
            return log_matrix(p, q, self.bilateral)
        return imputed_logs(p, q, self.traits[1], str(self.bilateral), self.imputation)

    def levels(self, p: Floats, q: Floats | None, band: Floats | None, inside: slice, at: int) -> Floats:
        """Return log levels of one window with x(at) = 0, `at` counted within it."""
        if band is not None:
            return geks_logs(band[inside, inside], at)
        p, q = p[inside], None if q is None else q[inside]
        if self.method == "geary_khamis":
            return geary_khamis_logs(p, need_quantities(q, self.method), at)
        if self.traits is not None:
            levels = hedonic_logs(p, q, self.traits[1], "equal" if q is None else "shares", self.traits[0])
            return np.asarray(levels - levels[at], dtype=float)
        return product_dummy_logs(p, q, weighted=self.method == "wtpd", at=at)

    def start(self, p: Floats, q: Floats | None, band: Floats | None) -> tuple[Floats, Floats]:
        """Return log levels of the first window's months as published, and as the first full window has them."""
        months = min(self.window, len(p))
        whole = self.levels(p, q, band, slice(0, months), 0)
        if self.first == "window":
            return whole, whole
        steps = [self.levels(p, q, band, slice(0, t + 1), 0)[t] for t in range(months)]
        return np.array(steps, dtype=float), whole

    def level(self, published: Floats, reference: Floats, new: Floats, t: int) -> float:
        """Return the level of month `t`, NaN if nothing links it."""
        to = published if self.fixed_base or self.on == "published" else reference
        gaps = (to - new)[t - self.window + 1 : t]
        known = np.flatnonzero(~np.isnan(gaps))
        if np.isnan(new[t]) or not known.size:
            return float("nan")
        if self.splice == "mean":
            return float(new[t] + gaps[known].mean())
        wanted = self._position(t)
        # the nearest known month; of two as near, the later
        nearest = known[np.lexsort((-known, np.abs(known - wanted)))[0]]
        return float(new[t] + gaps[nearest])

    def reference(self, published: Floats, reference: Floats, new: Floats, t: int) -> Floats:
        """Return the window just computed at the level published last; a month without sales keeps the old one."""
        return reference if np.isnan(published[t]) else new - new[t] + published[t]

    def _position(self, t: int) -> int:
        """Return the linking month, counted from 0 within the window."""
        if isinstance(self.splice, str):
            if self.fixed_base:
                return self.base_before(t) - (t - self.window + 1)
            named = {"movement": self.window - 1, "window": 1, "half": (self.window + 1) // 2}
            return named[self.splice] - 1
        return self.splice - 1


def whole_number(value: Any) -> bool:
    """Tell whether something is a whole number (and not a truth value)."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _known(word: str, words: tuple[str, ...], what: str) -> None:
    if word not in words:
        raise UsageError(f"unknown {what} {word!r}{did_you_mean(str(word), words)}; there are {', '.join(words)}")
