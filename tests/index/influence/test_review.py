"""Signals planted in a simulated market are found and ranked; an honest market is quiet."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.errors import UsageError
from shuibei_index.index.influence import REVIEW_COLUMNS, drop_one, review_list
from shuibei_index.rules import Rules
from tests.index.influence.conftest import MONTH, Case


@pytest.fixture(scope="module")
def clean_influence(clean_series):
    return drop_one(clean_series)


def listed(case, series=None, influence=None, month=MONTH, **more):
    series = case.series() if series is None else series
    return review_list(
        series,
        case.records,
        month,
        rules=Rules.load(),
        metal_prices=case.market.metal_prices,
        influence=influence,
        **more,
    )


def with_changes(clean, rows, **columns):
    frame = clean.frame.copy()
    for name, values in columns.items():
        frame.loc[rows, name] = values
    return Case(clean.market, frame)


def now(clean, **equal):
    chosen = clean.frame["period"] == MONTH
    for name, value in equal.items():
        chosen &= clean.frame[name].isin([value] if isinstance(value, str) else value)
    return chosen


@pytest.mark.parametrize("month", ["2023-10", "2024-01", "2024-03", MONTH])
def test_an_honest_market_is_quiet(clean, clean_series, clean_influence, month):
    found = listed(clean, clean_series, clean_influence, month)
    assert list(found.columns) == list(REVIEW_COLUMNS)
    # what chance does: a firm that moves a small class; nothing of what needs many firms or many lines
    assert (found["signal"] == "one_firm").all() and len(found) <= 5
    assert found["effect_points"].abs().is_monotonic_decreasing


def test_nothing_is_told_without_a_past(clean, clean_series, clean_influence):
    assert listed(clean, clean_series, clean_influence, "2023-03").empty


def test_charges_that_become_the_same_are_found(clean, clean_series, clean_influence):
    sold = clean.frame[now(clean) & (clean.frame["charge_basis"] == "per_gram")]
    code = sold.groupby("class_code")["enterprise_id"].nunique().idxmax()
    firms = sorted(sold.loc[sold["class_code"] == code, "enterprise_id"].unique())
    assert len(firms) >= 5
    some = firms[: -(-4 * len(firms) // 5)]
    rows = now(clean, class_code=code, charge_basis="per_gram", enterprise_id=some)
    found = listed(with_changes(clean, rows, making_charge=8.8), clean_series, clean_influence)
    row = found[found["signal"] == "alignment"]
    assert row["class_code"].tolist() == [code]
    assert set(row["enterprise_id"].iloc[0].split("; ")) >= set(some)
    assert row["value"].iloc[0] >= 0.5 > row["usual"].iloc[0]
    assert "工费" in row["text_zh"].iloc[0] and "making charges per gram" in row["text_en"].iloc[0]
    assert np.isfinite(row["effect_points"].iloc[0])


def test_metal_prices_that_come_close_are_found(clean, clean_series, clean_influence):
    rows = now(clean) & clean.frame["metal_price"].notna() & clean.frame["class_code"].str.startswith("0101")
    day = clean.frame["deal_time"].dt.date[rows]
    price, incl = clean.frame["metal_price"][rows], clean.frame["tax_basis"][rows] == "incl"
    vat = 1 + Rules.load().at(MONTH)["vat_rate"] / 100
    bare = price / np.where(incl, vat, 1.0)
    common = bare.groupby(day).transform("median") * np.where(incl, vat, 1.0)
    found = listed(with_changes(clean, rows, metal_price=common.round(2)), clean_series, clean_influence)
    row = found[found["signal"] == "alignment"]
    assert row["class_code"].tolist() == ["00"] and "gold" in row["text_en"].iloc[0]


def test_one_firm_that_turns_a_class_is_found_first(clean):
    sold = clean.frame[now(clean)]
    codes = sold[sold["class_code"].str.startswith("0101")].groupby("class_code")["amount_fen"].sum()
    code = codes.idxmax()
    firm = sold[sold["class_code"] == code].groupby("enterprise_id")["amount_fen"].sum().idxmax()
    rows = now(clean, class_code=code, enterprise_id=firm)
    dear = clean.frame.loc[rows, "amount_fen"] * 3 // 2
    found = listed(with_changes(clean, rows, amount_fen=dear))
    first = found.iloc[0]
    assert (first["signal"], first["class_code"], first["enterprise_id"]) == ("one_firm", code, firm)
    # without the firm the class is lower, by what the list says
    assert first["effect_points"] < -0.05 and first["class_points"] < first["effect_points"]
    assert first["value"] > first["usual"]


def test_last_months_lines_again_are_found(clean, clean_series, clean_influence):
    firm = clean.frame.loc[now(clean), "enterprise_id"].value_counts().idxmax()
    old = clean.frame[(clean.frame["period"] == "2024-05") & (clean.frame["enterprise_id"] == firm)]
    rest = clean.frame[~now(clean, enterprise_id=firm)]
    frame = pd.concat([rest, old.assign(period=MONTH)], ignore_index=True)
    found = listed(Case(clean.market, frame), clean_series, clean_influence)
    row = found[found["signal"] == "copies"]
    assert row["enterprise_id"].tolist() == [firm] and row["value"].iloc[0] == 1.0
    assert "上月" in row["text_zh"].iloc[0]


def test_charges_rounded_all_at_once_are_found(clean, clean_series, clean_influence):
    per_gram = now(clean, charge_basis="per_gram")
    firm = clean.frame[per_gram].groupby("enterprise_id")["item_id"].nunique().idxmax()
    rows = per_gram & (clean.frame["enterprise_id"] == firm)
    whole = np.maximum(clean.frame.loc[rows, "making_charge"].round(), 1.0)
    found = listed(with_changes(clean, rows, making_charge=whole), clean_series, clean_influence)
    row = found[found["signal"] == "heaping"]
    assert row["enterprise_id"].tolist() == [firm] and row["value"].iloc[0] == 1.0 and row["usual"].iloc[0] < 0.2


def test_a_firm_that_always_rounds_is_no_news(clean, clean_series, clean_influence):
    per_gram = clean.frame["charge_basis"] == "per_gram"
    firm = clean.frame[per_gram].groupby("enterprise_id")["item_id"].nunique().idxmax()
    rows = per_gram & (clean.frame["enterprise_id"] == firm)
    whole = np.maximum(clean.frame.loc[rows, "making_charge"].round(), 1.0)
    found = listed(with_changes(clean, rows, making_charge=whole), clean_series, clean_influence)
    assert not (found["signal"] == "heaping").any()


def test_names_and_order_of_records_change_nothing_but_names(clean):
    names = sorted(clean.frame["enterprise_id"].unique())
    other = {name: f"Z{len(names) - at:03d}" for at, name in enumerate(names)}
    frame = clean.frame.assign(enterprise_id=clean.frame["enterprise_id"].map(other)).sample(frac=1, random_state=2)
    rows = (frame["period"] == MONTH) & (frame["charge_basis"] == "per_gram")
    again = listed(Case(clean.market, frame))
    first = listed(clean)
    assert rows.any() and len(first)
    assert again["enterprise_id"].tolist() == first["enterprise_id"].map(other).tolist()
    for column in ("value", "usual", "effect_points", "class_points"):
        np.testing.assert_allclose(again[column], first[column], rtol=1e-9)


def test_rows_of_one_class_and_refusals(clean, clean_series, clean_influence):
    every = listed(clean, clean_series, clean_influence)
    code = every["class_code"].iloc[0]
    some = listed(clean, clean_series, clean_influence, class_code=code[:4])
    assert len(some) and some["class_code"].str.startswith(code[:4]).all()
    for wrong in ({"month": "2023-01"}, {"month": "2031-01"}, {"class_code": "X"}):
        with pytest.raises(UsageError):
            listed(clean, clean_series, clean_influence, **wrong)


def test_callers_tables_stay_as_they_were(clean, clean_series, clean_influence):
    before = clean.frame.copy()
    review_list(clean_series, clean.frame, MONTH, rules=Rules.load(), influence=clean_influence)
    pd.testing.assert_frame_equal(clean.frame, before)
