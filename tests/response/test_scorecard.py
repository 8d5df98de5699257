"""Scorecards: own prices and charges by hand, one card for each firm that reported."""

import datetime as dt
import stat

import numpy as np
import pandas as pd
import pyarrow as pa

from shuibei_index import pipeline
from shuibei_index.intake.schema import RECORD
from shuibei_index.response import month_status, write_scorecards
from shuibei_index.response.own_prices import charges_per_gram, own_links, own_path
from shuibei_index.response.scorecard import scorecards
from tests.response.conftest import MONTH


def test_own_links_are_toernqvist_of_matched_items(simulated):
    panel = pipeline.prices(simulated[0], MONTH)
    links = own_links(panel, list(panel.months))
    frame = panel.to_frame()
    chosen = links.iloc[[0, len(links) // 3, len(links) // 2, -1]]
    assert set(links["period"]) == set(panel.months[1:])
    for row in chosen.to_dict("records"):
        own = frame[(frame["enterprise_id"] == row["enterprise_id"]) & (frame["class_code"] == row["class_code"])]
        before = str(pd.Period(row["period"], "M") - 1)
        p = own.pivot_table(index="item_id", columns="period", values=["price", "turnover"])
        both = p.dropna(subset=[("price", before), ("price", row["period"])])
        shares = [both[("turnover", m)] / both[("turnover", m)].sum() for m in (before, row["period"])]
        logs = np.log(both[("price", row["period"])] / both[("price", before)])
        np.testing.assert_allclose(row["link"], np.exp((0.5 * (shares[0] + shares[1]) * logs).sum()), rtol=1e-12)
        assert row["items"] == len(both)


def test_path_starts_after_the_last_gap():
    months = ["a", "b", "c", "d"]
    links = pd.Series({"b": 1.1, "c": 1.2, "d": 0.5})
    np.testing.assert_allclose(own_path(links, months), [100.0, 110.0, 132.0, 66.0])
    np.testing.assert_allclose(own_path(links.drop("c"), months), [np.nan, np.nan, 100.0, 50.0])
    assert np.isnan(own_path(links.drop("d"), months)).all()


def record(**more):
    base = dict.fromkeys(RECORD.names) | {
        "enterprise_id": "E1", "period": MONTH, "line_no": 1, "item_id": "A", "class_code": "01010101",
        "trade_type": "sale", "stage": "wholesale", "quantity_milli": 10_000, "tax_basis": "incl",
        "amount_reported_fen": 100, "amount_fen": 100, "receipt": 1, "file": "f", "row": 2,
        "net_weight_mg": 10_000, "making_charge": 20.0, "charge_basis": "per_gram",
    }  # fmt: skip
    return base | more


def test_charges_per_gram_by_hand():
    table = pa.Table.from_pylist(
        [
            record(),
            # 60 a piece, 2 pieces, 30 g: 4 a gram
            record(charge_basis="per_piece", making_charge=60.0, pieces=2, net_weight_mg=30_000),
            # 5 g by weight alone
            record(enterprise_id="E3", net_weight_mg=None, weight_mg=5_000, making_charge=8.0),
            # without tax: brought to the index's basis by the factor of the amount
            record(enterprise_id="E2", making_charge=10.0, amount_reported_fen=100, amount_fen=113),
            record(making_charge=99.0, charge_basis="percent"),
            record(making_charge=99.0, trade_type="return"),
            record(making_charge=None),
        ],
        schema=RECORD,
    )
    found = charges_per_gram(table).set_index("enterprise_id")
    np.testing.assert_allclose(found.loc["E1", "charge"], (20.0 * 10 + 60.0 * 2) / 40)
    np.testing.assert_allclose(found.loc["E2", "charge"], 11.3)
    assert found.loc["E3", ["charge", "grams"]].tolist() == [8.0, 5.0]


def test_a_card_for_each_firm_that_reported(simulated, tmp_path):
    workspace, missing, late = simulated
    status = month_status(workspace, MONTH, on=dt.date(2024, 5, 10))
    done = write_scorecards(workspace, status, tmp_path / "cards")
    assert len(done) == 6 and not set(done["enterprise_id"]) & set(missing)
    pages = sorted((tmp_path / "cards").glob("*.html"))
    assert [stat.S_IMODE(page.stat().st_mode) for page in pages] == [0o600] * 6
    text = (tmp_path / "cards" / f"{late}.html").read_text(encoding="utf-8")
    assert "迟报 late" in text and "2024-05-08T10:30" in text
    first = [page.read_bytes() for page in pages]
    write_scorecards(workspace, status, tmp_path / "cards")
    assert [page.read_bytes() for page in pages] == first


def test_card_numbers_are_on_the_rounding_grid(simulated):
    status = month_status(simulated[0], MONTH)
    seen = 0
    for card in scorecards(simulated[0], status):
        frame = card.classes
        for column, step in (("own_change", 0.1), ("class_change", 0.1), ("own_charge", 0.5), ("others_charge", 0.5)):
            values = frame[column].dropna().to_numpy() / step
            np.testing.assert_allclose(values, np.round(values), atol=1e-6)
            seen += len(values)
        assert frame.loc[~frame["compared"], "class_change"].isna().all()
        assert card.quality["accepted"] == status.firms.set_index("enterprise_id").loc[card.firm, "accepted"]
        assert card.reported[-1] == "yes" and card.reported[0] == "out"
    assert seen > 20


def test_no_cards_for_a_month_without_records(simulated):
    status = month_status(simulated[0], "2024-05")
    assert list(scorecards(simulated[0], status)) == []
