"""Shared by the tests of the adjust stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust.holidays.regressors import spring_festival_regressors

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "reference" / "seasonal"


@pytest.fixture
def golden() -> Path:
    """The folder with results of other programs; it is not part of the repository."""
    folder = REFERENCE / "golden"
    if not folder.is_dir():
        pytest.skip("the reference folder is not on this machine")
    return folder


@pytest.fixture
def private_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every temporary folder of the test is made here, so that what is left behind can be seen."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


Market = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]


@pytest.fixture
def market() -> Market:
    """Makes simulated markets."""
    return simulated


def simulated(series: int = 5, months: int = 144, seed: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return simulated series and the same without seasonality and Spring Festival effect."""
    rng = np.random.default_rng(seed)
    t = np.arange(months)
    index = pd.period_range("2014-01", periods=months, freq="M")
    festival = spring_festival_regressors(str(index[0]), str(index[-1])).to_numpy() @ np.array([0.12, -0.20, 0.06])
    trend = 4 + np.cumsum(rng.normal(0.003, 0.01, (months, series)), axis=0)
    noise = rng.normal(0, 0.01, (months, series))
    pattern = rng.normal(0, 0.05, (12, series))
    pattern -= pattern.mean(axis=0)
    names = [f"S{k}" for k in range(series)]
    observed = np.exp(trend + noise + pattern[t % 12] + festival[:, None])
    return (
        pd.DataFrame(observed, index=index, columns=names),
        pd.DataFrame(np.exp(trend + noise), index=index.strftime("%Y-%m"), columns=names),
    )
