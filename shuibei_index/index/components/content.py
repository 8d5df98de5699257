"""Metal content: what a changed weight or fineness adds to the price of an item is no price change."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuibei_index.index.components.unit_parts import MAKING, METAL, STONE, UnitParts
from shuibei_index.index.elementary.observations import Observations

Bools = npt.NDArray[np.bool_]


def at_constant_content(observed: Observations, parts: UnitParts, adjusts: Bools) -> Observations:
    """Return the observations with the quality that lies in their metal content.

    Parameters
    ----------
    observed : Observations
        C prices.
    parts : UnitParts
        Of the same prices.
    adjusts : ndarray of bool, shape (T,)
        Months from which on, by rule, content is taken out.

    Returns
    -------
    Observations
        With `log_quality`: along an item's prices, the sum of ln(p0'/p0), where p0' is the earlier price at the later
        content (`UnitParts.reference`).
    """
    step = np.zeros(len(observed))
    changed = False
    for t, (a, b) in enumerate(zip(observed.starts[:-1].tolist(), observed.starts[1:].tolist(), strict=True)):
        if not adjusts[t]:
            continue
        after = a + np.flatnonzero(observed.last[a:b] >= 0)
        before = observed.last[after]
        rows, factors = parts.content(before, after, parts.split(before, after))
        before, after = before[rows], after[rows]
        earlier = parts.at(before)[[METAL, MAKING, STONE]] * factors
        whole = earlier[0] + earlier[1] + earlier[2]
        moved = np.log(whole / observed.price[before])
        # rounding alone is no change of quality
        moved[np.abs(moved) < 1e-12] = 0.0
        step[after] = moved
        changed |= bool(moved.any())
    if not changed:
        return observed
    quality = np.zeros(len(observed))
    for a, b in zip(observed.starts[:-1].tolist(), observed.starts[1:].tolist(), strict=True):
        last = observed.last[a:b]
        quality[a:b] = np.where(last >= 0, quality[last], 0.0) + step[a:b]
    return observed.of_quality(quality)
