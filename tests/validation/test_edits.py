"""Statistical edits: a plain market of 40 items, one month after another, with one thing wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shuibei_index.checks import Checks
from shuibei_index.rules import Rules
from shuibei_index.validation import edits, validate
from shuibei_index.validation.diagnosis import diagnosis_names
from shuibei_index.validation.edits.influence import influence
from shuibei_index.validation.edits.memory import Memory
from shuibei_index.validation.edits.records import lines_of_records
from shuibei_index.validation.edits.run import EDIT_CHECKS

GOLD = {"2025-04": 750.0, "2025-05": 760.0, "2025-06": 874.0}  # + 15 % into June


def month_of(period: str, seed: int = 1) -> pd.DataFrame:
    """Return 40 gold items of 8 firms: 足金 jewellery at CNY 10 to 40 a gram, quotes 0.5 % apart."""
    random, charges = np.random.default_rng(seed + int(period[-2:])), np.random.default_rng(seed).uniform(10, 40, 40)
    k = np.arange(40)
    grams = np.round(random.uniform(5, 30, 40), 2)
    price = np.round(GOLD[period] * np.exp(random.normal(0, 0.005, 40)), 2)
    charge = np.round(charges * np.exp(random.normal(0, 0.03, 40)), 2)
    return pd.DataFrame(
        {
            "enterprise_id": [f"E{j % 8:03d}" for j in k],
            "period": period,
            "line_no": k + 1,
            "item_id": [f"RG-{j:03d}" for j in k],
            "class_code": "01010101",
            "deal_time": f"{period}-12 10:00",
            "pieces": 2,
            "weight": np.round(grams * 1.02, 2),
            "net_weight": grams,
            "weight_unit": "g",
            "fineness": "足金999",
            "amount": np.round(grams * (price * 0.999 + charge), 2),
            "tax_basis": "incl",
            "metal_price": price,
            "making_charge": charge,
            "charge_basis": "per_gram",
        }
    )


@pytest.fixture(scope="module")
def prices():
    return pd.DataFrame({"period": list(GOLD), "metal": "gold", "cny_per_gram": list(GOLD.values())})


@pytest.fixture(scope="module")
def before(prices):
    reports = pd.concat([month_of("2025-04"), month_of("2025-05")], ignore_index=True)
    return validate(reports, rules=Rules.load(), metal_prices=prices).accepted_table


@pytest.fixture
def judge(before, prices):
    def judge(frame, **options):
        settings = {"rules": Rules.load(), "metal_prices": prices, "history": before, **options}
        return validate(frame, **settings)

    return judge


def changed(row: int = 7, **cells) -> pd.DataFrame:
    frame = month_of("2025-06")
    for name, value in cells.items():
        frame[name] = frame[name].astype(object) if isinstance(value, str) else frame[name]
        frame.loc[row, name] = value
    return frame


def only(report) -> pd.Series:
    found = report.findings
    assert found["line_no"].tolist() == [8], found[["line_no", "rule"]]
    return found.iloc[0]


def test_a_month_in_which_gold_rises_by_15_percent_is_good(judge):
    assert len(judge(month_of("2025-06")).findings) == 0


def test_a_doubled_charge_is_found_and_named(judge):
    frame = month_of("2025-06")
    extra = round(float(frame.loc[7, "making_charge"] * frame.loc[7, "net_weight"]), 2)
    cells = {"making_charge": 2 * frame.loc[7, "making_charge"], "amount": frame.loc[7, "amount"] + extra}
    found = only(judge(changed(**cells)))
    assert (found["rule"], found["diagnosis"]) == ("charge_edit", "charge_doubled")
    assert found["proposed"].startswith(f"making_charge={frame.loc[7, 'making_charge']:.10g}; amount=")
    # left out, the month would be lower: the doubled charge holds it up
    assert found["influence"] < 0


def test_little_influence_is_only_noted(judge):
    # the same doubled charge on a line of half a gram
    frame = month_of("2025-06")
    line = frame.loc[7]
    charge = 2 * line["making_charge"]
    amount = round(0.5 * (line["metal_price"] * 0.999 + charge), 2)
    report = judge(changed(weight=0.52, net_weight=0.5, making_charge=charge, amount=amount))
    found = only(report)
    assert (found["rule"], found["severity"], found["diagnosis"]) == ("charge_edit", "query", "charge_doubled")
    least = Rules.load().at("2025-06")["influence_query"]
    assert abs(found["influence"]) >= least
    # among a thousand times the turnover it is not worth a letter
    rest = frame.drop(index=7).assign(
        pieces=2000, weight=frame["weight"] * 1000, net_weight=frame["net_weight"] * 1000, amount=frame["amount"] * 1000
    )
    small = pd.concat([rest, changed(weight=0.52, net_weight=0.5, making_charge=charge, amount=amount).loc[[7]]])
    report = judge(small.sort_values("line_no", ignore_index=True))
    found = report.findings[report.findings["rule"] == "charge_edit"].iloc[0]
    assert found["severity"] == "note" and abs(found["influence"]) < least
    assert report.accepted_table.num_rows == 40


@pytest.mark.parametrize(
    ("cells", "diagnosis", "proposed"),
    [
        ({"tax_basis": "excl"}, "tax_basis", "tax_basis=incl"),
        ({"amount_unit": "wan"}, "amount_unit", "amount_unit=yuan"),
        ({"weight_unit": "kg"}, "weight_unit", "weight_unit=g"),
    ],
)
def test_slips_are_named(judge, cells, diagnosis, proposed):
    frame = month_of("2025-06").assign(amount_unit="yuan")
    for name, value in cells.items():
        frame.loc[7, name] = value
    found = judge(frame).findings
    assert set(found["line_no"]) == {8}
    assert set(zip(found["diagnosis"], found["proposed"], strict=True)) == {(diagnosis, proposed)}


def test_weights_in_qian_are_named_with_their_system(judge):
    frame = month_of("2025-06")
    frame.loc[7, ["weight", "net_weight"]] /= 5
    found = judge(frame).findings
    assert set(found["proposed"]) == {"weight_unit=qian; unit_system=metric"}


def test_last_months_metal_price_is_found(judge):
    last = month_of("2025-05").loc[7, "metal_price"]
    line = month_of("2025-06").loc[7]
    amount = round(line["net_weight"] * (last * 0.999 + line["making_charge"]), 2)
    found = judge(changed(metal_price=last, amount=amount)).findings
    assert "stale_price" in set(found["rule"]) and set(found["diagnosis"]) == {"stale_price"}


def test_gross_in_the_place_of_net_is_found(judge):
    line = month_of("2025-06").loc[7]
    found = judge(changed(net_weight=line["weight"])).findings
    assert set(found["diagnosis"]) == {"gross_as_net"}
    assert float(found["proposed"].iloc[0].removeprefix("net_weight=")) == pytest.approx(line["net_weight"], rel=2e-3)


def test_last_months_file_sent_again_is_found(judge):
    frame = month_of("2025-06")
    again = month_of("2025-05").assign(period="2025-06", deal_time="2025-06-12 10:00")
    mine = (frame["enterprise_id"] == "E003").to_numpy()
    frame.loc[mine] = again.loc[mine].to_numpy()
    found = judge(frame.astype(month_of("2025-06").dtypes.to_dict())).findings
    copied = found[found["rule"] == "file_copied"]
    assert set(copied["enterprise_id"]) == {"E003"} and len(copied) == 5
    assert set(copied["diagnosis"]) == {"file_copied"}


def test_a_line_in_another_tax_basis_than_the_firms_others(prices):
    # jade has no metal price: only the firm's habit and the item's past speak
    def jade(period):
        random = np.random.default_rng(int(period[-2:]))
        price = np.random.default_rng(3).uniform(2000, 9000, 12)
        return pd.DataFrame(
            {
                "enterprise_id": "E001", "period": period, "line_no": np.arange(12) + 1,
                "item_id": [f"JD-{k}" for k in range(12)], "class_code": "040101", "pieces": 1,
                "amount": np.round(price * np.exp(random.normal(0, 0.02, 12)), 2), "tax_basis": "incl",
            }
        )  # fmt: skip

    code = next(c for c in _leaves() if c.startswith("0401"))
    past, now = (jade(p).assign(class_code=code) for p in ("2025-05", "2025-06"))
    now.loc[4, "tax_basis"] = "excl"
    report = validate(pd.concat([past, now], ignore_index=True), rules=Rules.load(), metal_prices=prices)
    assert report.findings["rule"].tolist() == ["tax_habit"]
    assert report.findings["proposed"].tolist() == ["tax_basis=incl"]
    # a price that really is before tax speaks for the difference
    now.loc[4, "amount"] = round(past.loc[4, "amount"] / 1.13, 2)
    assert len(validate(pd.concat([past, now], ignore_index=True), rules=Rules.load()).findings) == 0


def _leaves():
    from shuibei_index.index.hierarchy import Hierarchy

    return Hierarchy.load("2025").leaves


def test_a_range_gives_what_its_months_give(before, prices):
    frame = changed(making_charge=90.0, amount=month_of("2025-06").loc[7, "amount"] * 1.05)
    apart = validate(frame, rules=Rules.load(), metal_prices=prices, history=before)
    months = pd.concat([month_of("2025-04"), month_of("2025-05"), frame], ignore_index=True)
    together = validate(months, rules=Rules.load(), metal_prices=prices)
    june = together.findings[together.findings["period"] == "2025-06"]
    for column in ("rule", "severity", "message_en", "diagnosis", "proposed"):
        assert june[column].tolist() == apart.findings[column].tolist()
    np.testing.assert_allclose(june["influence"], apart.findings["influence"])


def test_the_metal_is_taken_out_by_the_firms_own_price(before, prices):
    parts = edits.stripped_parts(before, metal_prices=prices)
    frame = pd.concat([month_of("2025-04"), month_of("2025-05")], ignore_index=True)
    both = parts.merge(frame, on=["enterprise_id", "period", "line_no"])
    np.testing.assert_allclose(both["charge"], both["making_charge"], rtol=2e-3)
    np.testing.assert_allclose(both["metal_part"] + both["making_part"], both["amount"])
    assert set(parts["metal_price_from"]) == {"own"}
    without = before.set_column(before.schema.get_field_index("metal_price"), "metal_price", [[None] * before.num_rows])
    assert set(edits.stripped_parts(without, metal_prices=prices)["metal_price_from"]) == {"benchmark"}
    assert set(edits.stripped_parts(without)["metal_price_from"]) == {"none"}


def test_influence_is_the_formula(before):
    lines = lines_of_records(before, None, Rules.load())
    n = lines.size
    value, away = np.full(n, 100.0), np.full(n, np.nan)
    away[3] = 0.5
    everything, asked = np.ones(n, dtype=bool), np.arange(n) == 3
    counted = np.ones(int(lines.klass.max()) + 2, dtype=bool)
    found = influence(away, value, lines, asked, everything, counted)
    assert found[3] == pytest.approx(-100 * (1 / n) / (1 - 1 / n) * 0.5)
    assert np.isnan(np.delete(found, 3)).all()
    assert influence(away, value, lines, asked, everything, ~counted)[3] == 0.0


def test_memory_keeps_three_months_and_forgets_old_ones():
    memory = Memory(2)
    for month, value in enumerate([1.0, 9.0, 2.0, 3.0]):
        memory.remember(np.array([0, 0]), np.array([value, value]), month)
    assert memory.reference(np.array([0, 1]), 4, 6)[0] == 3.0
    assert np.isnan(memory.reference(np.array([0, 1]), 4, 6)[1])
    assert np.isnan(memory.reference(np.array([0]), 20, 6)[0])


def test_texts_of_the_edits_are_those_the_edits_use():
    catalogue = Checks.load()
    own = {name for name in catalogue if catalogue[name].source == "edits.toml"}
    assert own | {"price_jump"} == set(EDIT_CHECKS)


def test_every_diagnosis_has_a_name_in_both_languages():
    rules = Rules.load().at("2025-06")
    for entry in rules["diagnosis_readings"]:
        assert diagnosis_names(entry["name"], rules) == (entry["zh"], entry["en"])
    assert diagnosis_names("tax_basis | weight_unit", rules)[1] == "tax included or not | another weight unit"
    assert diagnosis_names("", rules) == ("", "")


def test_a_copied_file_is_in_doubt_as_a_whole(judge):
    # one line of the copy was corrected
    frame = month_of("2025-06")
    again = month_of("2025-05").assign(period="2025-06", deal_time="2025-06-12 10:00")
    mine = (frame["enterprise_id"] == "E003").to_numpy()
    frame.loc[mine] = again.loc[mine].to_numpy()
    frame = frame.astype(month_of("2025-06").dtypes.to_dict())
    row = int(np.flatnonzero(mine)[0])
    line = frame.loc[row]
    amount = round(0.99 * line["net_weight"] * (line["metal_price"] * 0.999 + line["making_charge"]), 2)
    frame.loc[row, ["net_weight", "amount"]] = round(0.99 * line["net_weight"], 2), amount
    found = judge(frame).findings
    copied = found[found["rule"] == "file_copied"]
    assert len(copied) == 5 and row + 1 in set(copied["line_no"])


def test_a_first_charge_is_compared_with_the_items_other_lines(prices):
    frame = month_of("2025-06")
    frame["item_id"] = [f"RG-{k // 2:03d}" for k in range(40)]
    frame["enterprise_id"] = [f"E{k // 2 % 8:03d}" for k in range(40)]
    frame["making_charge"] = np.repeat(frame["making_charge"].to_numpy()[::2], 2)
    frame["amount"] = np.round(frame["net_weight"] * (frame["metal_price"] * 0.999 + frame["making_charge"]), 2)
    assert len(validate(frame, rules=Rules.load(), metal_prices=prices).findings) == 0
    row = int(frame["making_charge"].idxmax())
    extra = frame.loc[row, "making_charge"] * frame.loc[row, "net_weight"]
    frame.loc[row, "amount"] = round(frame.loc[row, "amount"] + extra, 2)
    frame.loc[row, "making_charge"] *= 2
    found = validate(frame, rules=Rules.load(), metal_prices=prices).findings
    assert found["line_no"].tolist() == [row + 1]
    assert (found["rule"].iloc[0], found["diagnosis"].iloc[0]) == ("charge_edit", "charge_doubled")
    assert "against its other lines of the month" in found["message_en"].iloc[0]


def test_a_first_charge_left_out_is_named(prices):
    frame = month_of("2025-06")
    frame.loc[7, "amount"] = round(frame.loc[7, "net_weight"] * frame.loc[7, "metal_price"] * 0.999, 2)
    frame.loc[7, "making_charge"] = np.nan
    found = validate(frame, rules=Rules.load(), metal_prices=prices).findings
    assert set(found["line_no"]) == {8} and set(found["diagnosis"]) == {"charge_missing"}


def test_a_price_like_last_months_is_named_without_the_items_own(judge):
    # an item that was not sold last month: its price is no copy of its own, but last month's all the same
    line = month_of("2025-06").loc[7]
    amount = round(line["net_weight"] * (763.21 * 0.999 + line["making_charge"]), 2)
    found = judge(changed(item_id="RG-NEW", metal_price=763.21, amount=amount)).findings
    assert set(found["rule"]) == {"metal_price_benchmark"} or "metal_price_edit" in set(found["rule"])
    assert set(found["diagnosis"]) == {"stale_price"}


def test_a_copy_by_a_small_move_of_the_metal_is_named(before, prices):
    # what the check sees in the cells is said even if the line as it stands is likelier: metal moved by 3 % only
    table = prices.assign(cny_per_gram=[750.0, 760.0, 783.0])
    frame = month_of("2025-06")
    frame["metal_price"] = np.round(frame["metal_price"] * 783 / 874, 2)
    frame.loc[7, "metal_price"] = month_of("2025-05").loc[7, "metal_price"]
    frame["amount"] = np.round(frame["net_weight"] * (frame["metal_price"] * 0.999 + frame["making_charge"]), 2)
    found = validate(frame, rules=Rules.load(), metal_prices=table, history=before).findings
    assert set(found["line_no"]) == {8}
    assert (found["rule"].tolist(), found["diagnosis"].tolist()) == (["stale_price"], ["stale_price"])
