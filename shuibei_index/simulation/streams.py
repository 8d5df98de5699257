"""Named random streams: what one part of the simulation draws does not move another part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# The position of a name is part of the stream: new names go to the end.
_NAMES = (
    "metals", "firms", "panel", "items", "classes", "lines", "noise", "habits", "response", "mistakes", "doubled",
    "copies",
)  # fmt: skip


@dataclass(frozen=True)
class Streams:
    """Random generators by name and month, all from one seed."""

    seed: int

    def of(self, name: str, month: int = 0) -> np.random.Generator:
        """Return a fresh generator for one part of the simulation (and one month's number)."""
        key = (_NAMES.index(name), month)
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))
