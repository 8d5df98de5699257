"""How the items of a class moved in a month: its middle, its spread, and the fences of four outlier rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from shuibei_index.validation.edits.lines import Floats, Ints, Mask
from shuibei_index.validation.edits.ordered import Ordered
from shuibei_index.validation.edits.outliers import (
    MAD_SCALE,
    Fences,
    median_deviation,
    quartile_fences,
    robust_z_fences,
    symmetric,
    tukey_fences,
)

#: Lengths of the class codes under which items are put together, from the widest group to the narrowest.
_PREFIXES = (2, 4, 6, 8)


@dataclass(frozen=True)
class Peers:
    """Per class (narrowest group of codes with enough items): middle and robust spread of logs, fences; NaN = none."""

    middle: Floats
    scale: Floats
    quartile: Fences
    tukey: Fences
    robust: Fences
    effect: Fences
    size_weight: float

    def votes(self, change: Floats, size: Floats, klass: Ints) -> Ints:
        """Return how many of the four rules object to each change (a logarithm) of something of a size."""
        relative = np.exp(np.clip(change, -50.0, 50.0))
        count = np.zeros(change.size, dtype=np.int64)
        for fences in (self.quartile, self.tukey, self.robust):
            count += fences.outside(relative, klass)
        effect = symmetric(relative, np.exp(self.middle)[klass]) * np.exp(self.size_weight * size)
        return np.asarray(count + self.effect.outside(effect, klass))


def groups_of(classes: list[str]) -> list[tuple[Ints, int]]:
    """Return for each length of code the group of each class (the last class is "none") and the number of groups."""
    result = []
    for length in _PREFIXES:
        heads = sorted({code[:length] for code in classes})
        place = {head: k for k, head in enumerate(heads)}
        result.append((np.array([*[place[code[:length]] for code in classes], len(heads)]), len(heads) + 1))
    return result


def peers_of(
    change: Floats, size: Floats, klass: Ints, groups: list[tuple[Ints, int]], widths: Mapping[str, float], least: int
) -> Peers:
    """Return the fences of each class from the changes of items (one each, logarithms; NaN = none).

    Parameters
    ----------
    change, size : ndarray, shape (I,)
        Log change of each item, and log of the larger of its two values.
    klass : ndarray of int, shape (I,)
        Its class.
    groups : list
        From `groups_of`.
    widths : mapping
        The rule ``edit_widths``.
    least : int
        Items a group needs; a class with fewer is judged with the classes of a shorter code.
    """
    classes = groups[0][0].size
    table = np.full((10, classes), np.nan)
    weight = float(widths["hb_u"])
    relative = np.exp(np.clip(change, -50.0, 50.0))
    for code_of, size_of in groups:
        group = code_of[klass]
        logs, ordered = Ordered.of(change, group, size_of), Ordered.of(relative, group, size_of)
        middle = logs.quantile(0.5)
        effect = symmetric(relative, np.exp(middle)[group]) * np.exp(weight * size)
        fences = (
            quartile_fences(ordered, widths["quartile_upper"], widths["quartile_lower"]),
            tukey_fences(ordered, widths["tukey"], widths["tukey"]),
            robust_z_fences(ordered, widths["robust_z"], widths["robust_z"]),
            quartile_fences(Ordered.of(effect, group, size_of), widths["hb_c"], widths["hb_c"], widths["hb_a"]),
        )
        columns = [
            middle,
            MAD_SCALE * median_deviation(logs, middle),
            *(end for f in fences for end in (f.low, f.high)),
        ]
        enough = logs.count[code_of] >= least
        table[:, enough] = np.array(columns)[:, code_of[enough]]
    quartile, tukey, robust, effect_of = (Fences(table[k], table[k + 1]) for k in (2, 4, 6, 8))
    return Peers(table[0], table[1], quartile, tukey, robust, effect_of, weight)


def judged(
    peers: Peers, change: Floats, size: Floats, klass: Ints, *, votes: int, least: Floats | float, alone: float
) -> tuple[Mask, Ints]:
    """Return the changes objected to and how many rules object.

    A change nearer to its class's middle than `least` never is; where a class has no fences, one beyond `alone` is.
    """
    middle = peers.middle[klass]
    away = np.abs(change - middle)
    count = peers.votes(change, size, klass)
    lonely = np.isnan(middle) & (np.abs(change) > alone)
    return np.asarray(((count >= votes) & (away > least)) | lonely), count
