"""A simulated market of 20 firms and 18 months, and its compiled series."""

import dataclasses

import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.aggregate import make_panel
from shuibei_index.index import compile_index
from shuibei_index.rules import Rules
from shuibei_index.simulation import simulate

MONTH = "2024-06"


@dataclasses.dataclass(frozen=True)
class Case:
    """Records and what is compiled from them."""

    market: object
    frame: pd.DataFrame

    @property
    def records(self):
        return pa.Table.from_pandas(self.frame, preserve_index=False)

    def panel(self, frame=None):
        return make_panel(self.frame if frame is None else frame, stage="wholesale")

    def series(self, frame=None, weights="own"):
        table = self.market.weights if isinstance(weights, str) else weights
        return compile_index(
            self.panel(frame), self.market.trees, rules=Rules.load(), weights=table, base_period="2023", replicates=0
        )


@pytest.fixture(scope="session")
def clean():
    """Nothing is wrong with these records."""
    market = simulate(start="2023-01", end=MONTH, seed=3, firms=20, sampled=1.0, items_per_firm=30, mistakes=0.0)
    frame = market.records.to_pandas()
    for column in frame.columns[[isinstance(t, pd.CategoricalDtype) for t in frame.dtypes]]:
        frame[column] = frame[column].astype(object)
    return Case(market, frame)


@pytest.fixture(scope="session")
def clean_series(clean):
    return clean.series()
