"""Multilateral indices of one class over the whole range, and over rolling windows with every splice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.splice import SERIES, SPLICES, extend
from shuibei_index.lab.material import Floats

#: Name in the lab → method and bilateral formula of `splice.extend`.
METHODS = {
    "geks_tornqvist": ("geks", "tornqvist"),
    "geks_fisher": ("geks", "fisher"),
    "geks_walsh": ("geks", "walsh"),
    "geks_jevons": ("geks", "jevons"),
    "tpd": ("tpd", "tornqvist"),
    "wtpd": ("wtpd", "tornqvist"),
    "geary_khamis": ("geary_khamis", "tornqvist"),
}
#: CCDI is GEKS over Törnqvist by another name.
OTHER_NAMES = {"ccdi": "geks_tornqvist", "geks": "geks_tornqvist"}
#: Splices for which it matters whether they link to the previous window or to what was published.
_TWO_WAYS = ("window", "half", "mean")


@dataclass(frozen=True)
class Extension:
    """How a multilateral index goes on: `window` = 0 is the whole range at once, which revises what it showed."""

    window: int = 0
    splice: str = ""
    on: str = ""

    @property
    def label(self) -> str:
        """Return the words of the method's name."""
        if not self.window:
            return "full"
        return " ".join(w for w in (str(self.window), self.splice, "published" if self.on == "published" else "") if w)


def extensions(windows: Sequence[int], splices: Sequence[str], on: Sequence[str]) -> list[Extension]:
    """Return every way to go on, the whole range first.

    Raises
    ------
    UsageError
        An unknown splice or series, or a window of fewer than 2 months.
    """
    for word, known, what in [*((s, SPLICES, "splice") for s in splices), *((o, SERIES, "series") for o in on)]:
        if word not in known:
            raise UsageError(f"unknown {what} {word!r}{did_you_mean(word, known)}; there are {', '.join(known)}")
    small = [w for w in windows if w < 2]
    if small:
        raise UsageError(f"a window needs 2 months or more, not {small[0]}", zh=f"窗口至少 2 个月，不能是 {small[0]}")
    found = [Extension()]
    for window in windows:
        for splice in splices:
            ways = [o for o in SERIES if o in on] if splice in _TWO_WAYS else ["calculated"]
            found += [Extension(window, splice, way) for way in ways]
    return found


def method_name(name: str) -> str:
    """Return the lab's name of a multilateral method; UsageError if there is none."""
    name = OTHER_NAMES.get(name, name)
    if name not in METHODS:
        raise UsageError(f"unknown method {name!r}{did_you_mean(name, METHODS)}; there are {', '.join(METHODS)}")
    return name


def multilateral_levels(p: Floats, q: Floats, name: str, how: Extension, december: int) -> Floats:
    """Return log levels of one class, its first month = 0.

    Parameters
    ----------
    p, q : ndarray, shape (T, N)
        From the class's first month on.
    name : str
        A name of `METHODS`.
    how : Extension
    december : int
        Position of a base month of fbew and fbmw.

    Returns
    -------
    ndarray, shape (T,)
    """
    method, bilateral = METHODS[name]
    window = how.window or max(len(p), 2)
    splice, on = how.splice or "movement", how.on or "calculated"
    return np.log(extend(p, q, method, bilateral, window=window, splice=splice, on=on, base=december))
