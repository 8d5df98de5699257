"""A simulated market of which the successors are known, and the command that writes both tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuibei_index.aggregate import make_panel
from shuibei_index.cli import main
from shuibei_index.index import IndexSeries, compile_index
from shuibei_index.index.upkeep import ADJUSTMENT_COLUMNS, REPLACEMENT_COLUMNS, adjustments, replacements
from shuibei_index.pipeline.keeping_up import DECIDE_COLUMNS
from shuibei_index.rules import Rules
from shuibei_index.simulation import simulate
from shuibei_index.simulation.settings import MarketSettings

RULES = Rules.load()


@pytest.fixture(scope="module")
def series() -> IndexSeries:
    """Return the index of a market of 12 firms over a year and a half."""
    market = simulate(start="2024-01", end="2025-06", seed=5, firms=12)
    return compile_index(
        make_panel(market.records, rules=RULES), market.trees, rules=RULES, weights=market.weights,
        metal_prices=market.metal_prices, tax_basis=market.settings.tax_basis, replicates=0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def tables(series: IndexSeries) -> dict[str, pd.DataFrame]:
    """Return the replacements of every month."""
    return {month: replacements(series, month) for month in series.months}


def test_what_is_due_leaves_next_month_unless_sold(series: IndexSeries, tables: dict[str, pd.DataFrame]) -> None:
    assert series.products is not None
    panel, seen = series.products.run.inputs.panel, 0
    sold = panel.prices
    place = {tuple(key): n for n, key in enumerate(panel.items[["class_code", "enterprise_id", "item_id"]].to_numpy())}
    for t, (month, after) in enumerate(zip(series.months[:-1], series.months[1:], strict=True)):
        keys = [["class_code", "enterprise_id", "item_id"]] * 2
        due, left = (
            {tuple(k) for k in frame[(frame["status"] == "due") == wanted][keys[0]].to_numpy()}
            for frame, wanted in ((tables[month], True), (tables[after], False))
        )
        assert left == {key for key in due if np.isnan(sold[t + 1, place[key]])}
        seen += len(left)
    assert seen > 100


def test_the_successor_is_found(tables: dict[str, pd.DataFrame]) -> None:
    frame = pd.concat(list(tables.values()))
    frame = frame[frame["status"] == "replaced"]
    # versions of an item are numbered in its last two digits
    old, new = (frame[c].str.extract(r"^(.*)(\d\d)$") for c in ("item_id", "replacement_item_id"))
    right = (old[0] == new[0]) & (old[1].astype(int) + 1 == new[1].astype(int))
    alone = (frame["n_candidates"] == 1).to_numpy()
    assert right.to_numpy()[alone].mean() > 0.95
    assert right.mean() > 0.8


def test_pieces_that_get_lighter_are_listed_with_the_fall_they_would_have_made() -> None:
    # up to half the weight lost a year
    settings = MarketSettings(mistakes=0.0, noise=0.0, drift=10.0)
    market = simulate(start="2024-01", end="2024-04", seed=5, firms=12, settings=settings)
    series = compile_index(
        make_panel(market.records, rules=RULES), market.trees, rules=RULES, weights=market.weights,
        metal_prices=market.metal_prices, tax_basis=market.settings.tax_basis, replicates=0,
    )  # fmt: skip
    frame = adjustments(series, "2024-04")
    assert set(frame["period"]) == {"2024-04"}
    each = frame[(frame["method"] == "content") & (frame["net"] < frame["net_before"])]
    assert len(each) > 5
    assert (each["factor"] < 1).all() and (each["price_before_adjusted"] < each["price_before"]).all()
    # without the adjustment the fall in weight were a fall in price
    assert (each["effect_class_pp"] > 0).all()
    assert (each["effect_pp"] >= 0).all() and each["effect_pp"].max() < each["effect_class_pp"].max()


def test_the_command_writes_both_for_the_owner_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "ws"
    simulate(folder, start="2024-01", end="2024-05", seed=4, firms=4)
    months = [f"2024-{m:02d}" for m in range(1, 6)]
    for month in months:
        assert main(["intake", "--workspace", str(folder), "--month", month]) == 0
    capsys.readouterr()
    assert main(["compile", "--workspace", str(folder), "--month", months[-1], "--json"]) == 0
    out, err = capsys.readouterr()
    counts = json.loads(out)["upkeep"]
    assert "样本维护 sample upkeep" in err
    tables = {}
    # people fill in what follows the program's own columns
    sheet = (*REPLACEMENT_COLUMNS, *DECIDE_COLUMNS)
    for name, columns in (("adjustments", ADJUSTMENT_COLUMNS), ("replacements", sheet)):
        path = folder / "work" / months[-1] / f"{name}.csv"
        assert path.stat().st_mode & 0o777 == 0o600
        tables[name] = pd.read_csv(path, dtype=str)
        assert tuple(tables[name].columns) == columns
    assert counts["adjusted"] == tables["adjustments"]["n_items"].astype(int).sum() > 0
    status = tables["replacements"]["status"].value_counts()
    assert {k: counts[k] for k in ("due", "dropped", "replaced")} == {
        k: int(status.get(k, 0)) for k in ("due", "dropped", "replaced")
    }
    assert sum(counts.values()) > counts["adjusted"]
