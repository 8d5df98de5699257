"""Same-firm chains: a month is compared with the last one before it over the enterprises that reported in both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.rules import RulesAt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Chain:
    """A chained level.

    Parameters
    ----------
    level : ndarray, shape (T,)
        First month with enough enterprises = 1; NaN where there are too few.
    firms : ndarray of int64, shape (T,)
        Enterprises the month was compared over (in the first: those there).
    withheld : ndarray of bool, shape (T,)
        Whether the largest enterprises behind the month could be told from it.
    """

    level: Floats
    firms: Ints
    withheld: Bools


def same_firm_chain(parts: Sequence[Floats], ratio: Callable[[Floats], float], least: int, rules: RulesAt) -> Chain:
    """Chain a ratio of sums over the enterprises that are there in both months.

    Parameters
    ----------
    parts : sequence of ndarray, shape (T, F)
        Amounts of each enterprise and month; an enterprise is there if it has all of them.
    ratio : callable
        Sums of the parts, shape (P,) → the level of a group of enterprises in a month.
    least : int
        A month with fewer enterprises in common is left out; the next is compared with the last that is there, so that
        a gap does not break the chain.
    rules : RulesAt

    Notes
    -----
    L_t = L_s · r(Σ_{i∈S} x_it) / r(Σ_{i∈S} x_is), S = enterprises there in both t and s, s = the last month with a
    level. An enterprise that enters or leaves moves nothing.
    """
    whole = np.stack([np.asarray(p, dtype=float) for p in parts])
    there = ~np.isnan(whole).any(axis=0)
    T = whole.shape[1]
    level, firms, hidden = np.full(T, np.nan), np.zeros(T, dtype=np.int64), np.zeros(T, dtype=bool)
    last = -1
    for t in range(T):
        both = there[t] & there[last] if last >= 0 else there[t]
        firms[t] = int(both.sum())
        if firms[t] < least:
            continue
        now = ratio(whole[:, t, both].sum(axis=1))
        then = ratio(whole[:, last, both].sum(axis=1)) if last >= 0 else now
        # a loss or an empty till has no ratio
        if not (np.isfinite(now) and np.isfinite(then) and now > 0 and then > 0):
            continue
        level[t] = (level[last] if last >= 0 else 1.0) * now / then
        seen = whole[:, [t, last] if last >= 0 else [t]][:, :, both].reshape(-1, int(firms[t]))
        hidden[t] = withheld(seen, rules)
        last = t
    return Chain(level, firms, hidden)


def withheld(amounts: Floats, rules: RulesAt) -> bool:
    """Tell whether the two largest enterprises dominate one of several sums, so that they could tell each other's part.

    Parameters
    ----------
    amounts : ndarray, shape (P, n)
        P sums over the same n enterprises.
    rules : RulesAt

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> rules = Rules.load().at("2025-06")
    >>> withheld(np.array([[50.0, 40.0, 6.0]]), rules), withheld(np.array([[50.0, 40.0, 3.0]]), rules)
    (False, True)
    """
    size = np.sort(np.abs(amounts), axis=1)[:, ::-1]
    rest = size[:, 2:].sum(axis=1)
    return bool((rest < float(rules["prosperity_dominance"]) * size[:, 0]).any())
