"""Small panels of several firms."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.aggregate import make_panel
from shuibei_index.index import Hierarchy
from shuibei_index.months import between


@pytest.fixture(scope="session")
def market():
    """make(firms, months, …) → frame of records: items of three classes, with gaps, unequal turnover."""

    def make(firms=8, months=16, items=4, seed=1, gaps=0.15):
        rng = np.random.default_rng(seed)
        periods = between("2020-01", "2024-12")[:months]
        n = firms * items
        month, item = np.nonzero(rng.random((months, n)) >= gaps)
        log_price = np.cumsum(rng.normal(0.005, 0.03, (months, n)), axis=0) + rng.normal(6, 1, n)
        price, q = np.exp(log_price[month, item]), rng.integers(1, 40, len(month))
        return pd.DataFrame(
            {
                "period": np.array(periods)[month],
                "enterprise_id": [f"E{i // items:02d}" for i in item],
                "item_id": [f"i{i % items}" for i in item],
                "class_code": np.array(["A.1", "A.2", "B"])[(item * 7 // 2) % 3],
                "quantity_milli": q * 1000,
                "amount_fen": np.rint(price * q * 100).astype("int64"),
                "trade_type": "sale",
                "stage": "wholesale",
            }
        )

    return make


@pytest.fixture(scope="session")
def tree():
    parents = {"A": "00", "B": "00", "A.1": "A", "A.2": "A"}
    return Hierarchy.from_parents(parents, formula={"A.1": "tornqvist", "A.2": "jevons", "B": "jevons"})


@pytest.fixture(scope="session")
def one_item_each():
    """make(relatives) → panel of one class, one item a firm, two months."""

    def make(relatives):
        firms = [f"E{f:03d}" for f in range(len(relatives))]
        price = np.concatenate([np.full(len(firms), 1000.0), 1000.0 * np.asarray(relatives)])
        return make_panel(
            pd.DataFrame(
                {
                    "period": np.repeat(["2020-01", "2020-02"], len(firms)),
                    "enterprise_id": firms * 2,
                    "item_id": "i",
                    "class_code": "A",
                    "quantity_milli": 100_000,
                    "amount_fen": np.rint(price * 10_000).astype("int64"),
                    "trade_type": "sale",
                    "stage": "wholesale",
                }
            )
        )

    return make
