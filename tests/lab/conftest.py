"""One small market and one comparison, shared by the tests of the lab."""

from __future__ import annotations

import pytest

from shuibei_index.lab import MethodComparison, compare_methods
from shuibei_index.simulation import Market, simulate

CLASSES = ["01010102", "030103", "0401", "90"]


@pytest.fixture(scope="session")
def market() -> Market:
    return simulate(start="2022-06", end="2024-06", seed=5, firms=30, drift=0.0, mistakes=0.0)


@pytest.fixture(scope="session")
def found(market: Market) -> MethodComparison:
    return compare_methods(
        market,
        classes=CLASSES,
        formulas=["jevons", "tornqvist", "carli", "fisher", "average_price"],
        methods=["ccdi", "wtpd"],
        windows=[13],
        splices=["movement", "mean", "fbew"],
    )
