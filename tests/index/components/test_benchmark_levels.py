"""The benchmark that carries: levels as quoted where there is one series, one movement over a change of series."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shuibei_index import months
from shuibei_index.bullion import reference
from shuibei_index.errors import UsageError
from shuibei_index.index.components.benchmarks import benchmarks_of
from shuibei_index.rules import Rules

RULES = Rules.load()
MONTHS = ("2016-03", "2016-04", "2016-05", "2016-06")


def rows(source: str, first: str, prices: list[float]) -> pd.DataFrame:
    period = [months.shift(first, n) for n in range(len(prices))]
    return pd.DataFrame({"period": period, "metal": "gold", "cny_per_gram": prices, "source": source})


def carried(table: pd.DataFrame) -> np.ndarray:
    found = benchmarks_of(
        table, MONTHS, np.array([0, -1]), np.ones((4, 2), dtype=bool), [RULES.at(m) for m in MONTHS], "incl"
    )
    assert np.isnan(found.log_price[:, 1]).all()
    return np.exp(found.log_price[:, 0])


@pytest.mark.parametrize("timed", [False, True])
def test_a_change_of_series_is_no_change_of_price(timed) -> None:
    # SHAU 10 % above Au99.99 all the time; Au99.99 rises by 4 %, 5 %, 0 %
    au = rows("Au99.99", "2016-03", [250, 260, 273, 273])
    table = pd.concat([au, rows("SHAU", "2016-05", [300.3, 300.3])], ignore_index=True)
    if timed:
        quote = {
            "period": "",
            "metal": "gold",
            "cny_per_gram": 301.0,
            "source": "SHAU",
            "quoted_at": "2016-06-01 10:15",
        }
        table = pd.concat([table.assign(quoted_at=""), pd.DataFrame([quote])], ignore_index=True)
    chosen = reference(table, RULES).table
    before = chosen.copy()
    price = carried(chosen)
    pd.testing.assert_frame_equal(chosen, before)
    assert price[1:] / price[:-1] == pytest.approx([1.04, 1.05, 1.0])
    stated = chosen[chosen.get("quoted_at", "") == ""] if timed else chosen
    # the step between the two series is in the levels, where it belongs
    assert stated["cny_per_gram"].tolist() == [250, 260, 300.3, 300.3]


def test_one_series_is_its_own_level() -> None:
    table = rows("Au99.99", "2016-03", [250, 260, 273, 273])
    assert "factor" not in reference(table, RULES).table
    assert carried(table) == pytest.approx([250, 260, 273, 273])


def test_a_factor_that_is_none_is_refused() -> None:
    table = rows("Au99.99", "2016-03", [250, 260, 273, 273]).assign(factor=[1.0, 0.0, 1.0, 1.0])
    with pytest.raises(UsageError, match="factor must be above 0") as error:
        carried(table)
    assert "必须大于 0" in error.value.zh
