"""The leaf classes of the market as arrays: when the trees have them, and what their goods are like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.index.hierarchy import METALS, Hierarchy
from shuibei_index.simulation.profiles import class_shares, profile_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
BARS, TOLL = "90", "91"


@dataclass(frozen=True)
class Classes:
    """Leaf classes that exist at any time of the range; arrays of shape (C,), tables of choices (C, choices).

    Parameters
    ----------
    codes
        Class codes, sorted.
    since, until
        Months (positions in the range) between which the trees have the class as a leaf.
    top
        Position of the class's first-level class in `tops`.
    metal
        Position in ``METALS``; −1 = none.
    """

    codes: tuple[str, ...]
    tops: tuple[str, ...]
    since: Ints
    until: Ints
    top: Ints
    unit: npt.NDArray[np.str_]
    metal: Ints
    share: Floats
    weight: Floats
    charge: Floats
    charge_trend: Floats
    stone: Floats
    stone_trend: Floats
    carat_low: Floats
    carat_high: Floats
    gross_low: Floats
    gross_high: Floats
    fineness: Ints
    n_fineness: Ints
    bases: Ints
    n_bases: Ints
    losses: Ints
    n_losses: Ints
    stone_types: Ints
    n_stones: Ints
    stone_names: tuple[str, ...]

    @property
    def by_piece(self) -> npt.NDArray[np.bool_]:
        """Whether goods are priced by the piece."""
        return np.asarray(self.unit == "piece")

    @property
    def by_carat(self) -> npt.NDArray[np.bool_]:
        """Whether goods are priced by the carat."""
        return np.asarray(self.unit == "ct")

    @property
    def graded(self) -> npt.NDArray[np.bool_]:
        """Whether goods carry diamond grades."""
        return np.array([code.startswith("03") for code in self.codes])

    @property
    def is_bar(self) -> npt.NDArray[np.bool_]:
        """Investment bars."""
        return np.array([code.startswith(BARS) for code in self.codes])

    @property
    def is_toll(self) -> npt.NDArray[np.bool_]:
        """Toll making charges: the customer's own metal is worked."""
        return np.array([code.startswith(TOLL) for code in self.codes])


def make_classes(periods: list[str], trees: dict[int, Hierarchy]) -> Classes:
    """Collect the leaf classes of the trees in force over the range.

    A class of a new tree appears with that tree's first month in the range, or in its own `introduced` month if the
    tree names a later one.
    """
    since: dict[str, int] = {}
    until: dict[str, int] = {}
    unit: dict[str, str] = {}
    metal: dict[str, str] = {}
    for year, tree in trees.items():
        months = [t for t, period in enumerate(periods) if period.startswith(f"{year:04d}")]
        introduced = tree.column("introduced")
        for code in tree.leaves:
            first = sum(period < introduced[code] for period in periods) if introduced[code] else 0
            if first > months[-1]:
                continue
            since.setdefault(code, max(months[0], first))
            until[code] = months[-1] + 1
            unit[code], metal[code] = tree.column("unit")[code], tree.column("metal")[code]
    codes = tuple(sorted(since))
    tops = tuple(sorted({code[:2] for code in codes}))
    profiles = [profile_of(code) for code in codes]
    shares = class_shares(codes)
    names = tuple(sorted({name for profile in profiles for name in profile.stone_types}))
    metals = np.array([METALS.index(metal[c]) if metal[c] else -1 for c in codes])
    fineness, n_fineness = _choices([p.fineness or (9990,) for p in profiles])
    bases, n_bases = _choices([p.bases for p in profiles])
    losses, n_losses = _choices([p.loss for p in profiles])
    stones, n_stones = _choices([tuple(names.index(name) for name in p.stone_types) for p in profiles])

    def column(name: str, part: int | None = None) -> Floats:
        values = [getattr(p, name) for p in profiles]
        return np.array([v if part is None else v[part] for v in values], dtype=float)

    return Classes(
        codes=codes,
        tops=tops,
        since=np.array([since[c] for c in codes]),
        until=np.array([until[c] for c in codes]),
        top=np.array([tops.index(c[:2]) for c in codes]),
        unit=np.array([unit[c] for c in codes]),
        metal=metals,
        share=np.array([shares[c] for c in codes]),
        weight=np.where((metals >= 0) & (column("weight") == 0), 5.0, column("weight")),
        charge=column("charge"),
        charge_trend=column("charge_trend"),
        stone=np.where((metals < 0) & (column("stone") == 0), 500.0, column("stone")),
        stone_trend=column("stone_trend"),
        carat_low=column("carat", 0),
        carat_high=column("carat", 1),
        gross_low=column("gross", 0),
        gross_high=column("gross", 1),
        fineness=fineness,
        n_fineness=n_fineness,
        bases=bases,
        n_bases=n_bases,
        losses=losses,
        n_losses=n_losses,
        stone_types=stones,
        n_stones=n_stones,
        stone_names=names,
    )


def _choices(values: list[tuple[int, ...]]) -> tuple[Ints, Ints]:
    """Return a table (C, most choices) of the choices, padded with 0, and how many each class has."""
    count = np.array([len(v) for v in values], dtype=np.int64)
    table = np.zeros((len(values), max(1, int(count.max(initial=1)))), dtype=np.int64)
    for row, value in enumerate(values):
        table[row, : len(value)] = value
    return table, count
