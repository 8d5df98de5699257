"""Small markets shared by the tests of the simulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from shuibei_index.simulation import Market, simulate


@pytest.fixture(scope="session")
def market() -> Market:
    return simulate(start="2023-11", end="2024-04", seed=11, firms=12, sampled=0.6, mistakes=0.1)


@pytest.fixture(scope="session")
def workspace(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return market.write(tmp_path_factory.mktemp("simulated") / "ws")
