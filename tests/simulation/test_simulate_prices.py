"""Metal prices, seasons and the Spring Festival."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shuibei_index.errors import UsageError, WorkspaceError
from shuibei_index.simulation import MarketSettings, simulate
from shuibei_index.simulation.seasons import effects, festival_shares


def table(months: list[str], metal: str = "gold", price: float = 500.0) -> pd.DataFrame:
    return pd.DataFrame({"period": months, "metal": metal, "cny_per_gram": price})


def test_metals_without_a_table_follow_a_random_path():
    made = simulate(
        start="2024-01", end="2024-03", seed=1, firms=4, metal_prices=table(["2024-01", "2024-02", "2024-03"])
    )
    source = made.metal_prices.groupby("metal")["source"].unique()
    assert source["gold"].tolist() == ["table"] and source["palladium"].tolist() == ["simulated"]
    assert (made.metal_prices.query("metal == 'gold'")["cny_per_gram"] == 500.0).all()
    without = simulate(start="2024-01", end="2024-03", seed=1, firms=4)
    keep = "metal == 'silver'"
    assert made.metal_prices.query(keep).equals(without.metal_prices.query(keep))


def test_headline_follows_the_metal_price():
    months = ["2024-01", "2024-02", "2024-03"]
    rising = table(months).assign(cny_per_gram=[500.0, 550.0, 605.0])
    made = simulate(start="2024-01", end="2024-03", seed=1, firms=12, sampled=1.0, noise=0.0, metal_prices=rising)
    gold = made.truth.query("class_code == '010101' and target == 'same_formula' and component == 'total'")[
        "index"
    ].to_numpy()
    assert_allclose(gold, [100, 110, 121], rtol=0.01, atol=0)


def test_metal_price_file_and_its_faults(tmp_path):
    path = tmp_path / "prices.csv"
    table(["2024-01"]).to_csv(path, index=False)
    with pytest.raises(UsageError, match=r"no gold price for 1 \('2024-02'\)"):
        simulate(start="2024-01", end="2024-02", seed=1, firms=4, metal_prices=path)
    assert simulate(start="2024-01", end="2024-01", seed=1, firms=4, metal_prices=path).source == "prices.csv"
    with pytest.raises(WorkspaceError, match=r"nothing\.csv is missing"):
        simulate(start="2024-01", end="2024-01", seed=1, metal_prices=tmp_path / "nothing.csv")
    with pytest.raises(UsageError, match="no column cny_per_gram"):
        simulate(start="2024-01", end="2024-01", seed=1, metal_prices=table(["2024-01"]).drop(columns="cny_per_gram"))
    with pytest.raises(UsageError, match="not above 0"):
        simulate(start="2024-01", end="2024-01", seed=1, metal_prices=table(["2024-01"], price=-1.0))
    with pytest.raises(UsageError, match="twice"):
        simulate(start="2024-01", end="2024-01", seed=1, metal_prices=pd.concat([table(["2024-01"])] * 2))


def test_festival_windows_lie_around_the_lunar_date():
    # New Year's day: 2023-01-22, 2024-02-10
    before, after = festival_shares(["2022-12", "2023-01", "2023-02", "2024-01", "2024-02"], 20, 14)
    assert_allclose(before, [0, 1, 0, 11 / 20, 9 / 20], rtol=1e-12, atol=1e-12)
    assert_allclose(after, [0, 10 / 14, 4 / 14, 0, 1], rtol=1e-12, atol=1e-12)
    with pytest.raises(UsageError, match="no Spring Festival date for 2101"):
        festival_shares(["2101-01"], 20, 14)


def test_festival_moves_volumes_and_charges_with_the_lunar_date():
    settings = MarketSettings()
    periods = ["2023-01", "2023-02", "2024-01", "2024-02"]
    volume, charge = effects(periods, settings)
    plain_volume, plain_charge = np.array(settings.volume_season)[:2], np.array(settings.charge_season)[:2]
    early, late = volume[:2] - plain_volume, volume[2:] - plain_volume
    # early festival: the slump is in January already; late festival: January is all run-up, February the slump
    assert late[0] > early[0] + 0.1 and late[1] < early[1] - 0.1
    assert (charge[2:] - plain_charge)[0] > 0 > (charge[2:] - plain_charge)[1]
    assert_allclose(np.sum(settings.volume_season), 0, atol=1e-12)
    assert_allclose(np.sum(settings.charge_season), 0, atol=1e-12)


def test_volumes_of_the_market_show_the_festival():
    made = simulate(start="2022-11", end="2024-03", seed=6, firms=60, sampled=1.0, noise=0.0, churn=0.0)
    total = pd.Series({p: m.pieces.sum() for p, m in zip(made.periods, made.lines, strict=True)}, dtype=float)
    # the festival of 2023 was in January, that of 2024 in February
    assert total["2023-01"] / total["2023-02"] < 0.9 * total["2024-01"] / total["2024-02"]
