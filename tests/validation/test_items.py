"""An item that is not what it was, prices that stayed while the metal moved, the lines of another firm."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.intake.read import read_submissions
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.rules import Rules
from shuibei_index.validation import validate

GOLD = {"2025-05": 760.0, "2025-06": 800.0}
PRICES = pd.DataFrame({"period": list(GOLD), "metal": "gold", "cny_per_gram": list(GOLD.values())})
SILENT = {"metal_price": None, "making_charge": None, "charge_basis": None}


def month_of(period: str, firm: str = "E001", **change: object) -> pd.DataFrame:
    """Return six items of one firm, ten pieces of some grams each."""
    k = np.arange(6)
    price = GOLD[period]
    weight = 50.0 + 10 * k
    frame = pd.DataFrame(
        {
            "enterprise_id": firm, "period": period, "line_no": k + 1, "item_id": [f"I{j}" for j in k],
            "class_code": "01010101", "deal_time": [f"{period}-{j + 3:02d} 10:00" for j in k], "pieces": 10,
            "weight": weight, "net_weight": weight, "weight_unit": "g", "fineness": "足金999",
            "amount": np.round(weight * (price * 0.999 + 20.0), 2), "tax_basis": "incl", "metal_price": price,
            "making_charge": 20.0, "charge_basis": "per_gram",
        }
    )  # fmt: skip
    for name, value in change.items():
        frame[name] = frame[name].astype(object)
        frame.loc[2, name] = value
    return frame


@pytest.fixture(scope="module")
def before() -> pa.Table:
    return validate(month_of("2025-05"), rules=Rules.load(), metal_prices=PRICES).accepted_table


def judge(frame: pd.DataFrame, history: pa.Table | None, **options: object):
    return validate(frame, rules=Rules.load(), metal_prices=PRICES, history=history, **options)


def recalculated(**change: object) -> pd.DataFrame:
    frame = month_of("2025-06", **change)
    share = {"足金990": 0.99}.get(frame.loc[2, "fineness"], 0.999)
    frame["amount"] = frame["amount"].astype(float)
    frame.loc[2, "amount"] = round(frame.loc[2, "net_weight"] * (800.0 * share + 20.0), 2)
    return frame


def test_an_item_that_is_what_it_was_is_not_spoken_of(before):
    assert len(judge(month_of("2025-06"), before).findings) == 0


@pytest.mark.parametrize(
    ("change", "rule", "severity", "words"),
    [
        ({"class_code": "01010205"}, "item_class_changed", "query", ["01010101", "01010205", "2025-05"]),
        ({"fineness": "足金990"}, "item_fineness_changed", "query", ["990", "999", "2025-05"]),
        ({"pieces": 20}, "item_weight_changed", "query", ["3.5 g", "7 g", "0.5 times", "2025-05"]),
        ({"pieces": 13}, "item_weight_changed", "note", ["5.38462 g", "0.769 times"]),
    ],
)
def test_an_item_that_is_another_is_asked_about(before, change, rule, severity, words):
    found = judge(recalculated(**change), before).findings
    assert found[["line_no", "rule", "severity"]].to_numpy().tolist() == [[3, rule, severity]]
    assert all(word in found["message_en"][0] for word in words)
    assert "2025-05" in found["message_zh"][0]


def test_the_same_within_one_batch_of_two_months():
    both = pd.concat([month_of("2025-05"), recalculated(class_code="01010205")], ignore_index=True)
    assert judge(both, None).findings["rule"].tolist() == ["item_class_changed"]


def test_little_changes_and_single_pieces_say_nothing(before):
    assert len(judge(recalculated(pieces=12), before).findings) == 0
    assert len(judge(recalculated(pieces=2), before).findings) == 0


def test_an_unsplit_price_that_stayed_while_gold_rose(before):
    price = 760.0 * 0.999 + 20.0
    frame = month_of("2025-06", **SILENT, weight=33.3, net_weight=33.3, amount=round(33.3 * price, 2))
    frame["pieces"] = frame["pieces"].astype(object)
    frame.loc[2, "pieces"] = 5
    found = judge(frame, before).findings
    assert found[["line_no", "rule", "severity"]].to_numpy().tolist() == [[3, "price_unmoved", "query"]]
    assert "779.24" in found["message_en"][0] and "+5.3%" in found["message_zh"][0]
    # a fen a gram more is another price; and where gold stood still nothing was copied
    frame.loc[2, "amount"] = round(33.3 * (price + 0.01), 2)
    assert "price_unmoved" not in judge(frame, before).findings["rule"].tolist()
    still = PRICES.assign(cny_per_gram=760.0)
    frame.loc[2, "amount"] = round(33.3 * price, 2)
    found = validate(frame, rules=Rules.load(), metal_prices=still, history=before).findings["rule"].tolist()
    assert "price_unmoved" not in found


def test_lines_of_another_firm_are_asked_about_without_its_name():
    other = month_of("2025-06", "E777")
    other["item_id"] = [f"X{j}" for j in range(6)]
    own = month_of("2025-06", "E002")
    own["amount"] += 1000.0
    own["metal_price"] = own["making_charge"] = np.nan
    own["charge_basis"] = None
    frame = pd.concat([month_of("2025-06"), other, own], ignore_index=True)
    report = judge(frame, None)
    asked = report.findings[report.findings["rule"] == "lines_of_other_firm"]
    assert sorted(set(asked["enterprise_id"])) == ["E001", "E777"] and len(asked) == 12
    for name in ("message_zh", "message_en", "value", "expected", "diagnosis", "proposed"):
        of_first = asked.loc[asked["enterprise_id"] == "E001", name]
        assert not of_first.str.contains("E777").any()
    told = report.findings["rule"] == "other_firm_named"
    assert (
        report.findings.loc[told, ["severity", "enterprise_id", "file"]].to_numpy().tolist() == [["note", "", ""]] * 2
    )
    assert report.findings.loc[told, "message_en"].str.contains("6 lines \\(100%\\)").all()
    assert set(report.finding_receipts[told]) == {0}
    # one deal told over and over, or a few lines in common, are no copy
    few = pd.concat([month_of("2025-06"), other.head(4), own.assign(line_no=own["line_no"] + 10)], ignore_index=True)
    assert "lines_of_other_firm" not in judge(few, None).findings["rule"].tolist()


def received(tmp_path, *files: tuple[str, pd.DataFrame | str, str]):
    """Return reports of files as (name, contents, inbox month)."""
    paths = []
    for name, content, _ in files:
        paths.append(tmp_path / name)
        if isinstance(content, pd.DataFrame):
            content = content.rename(columns={c.name: c.name_zh for c in SUBMISSION}).to_csv(index=False)
        paths[-1].write_text(content, encoding="utf-8")
    reports = read_submissions(paths)
    return dataclasses.replace(reports, files=reports.files.assign(inbox_month=[month for *_, month in files]))


@pytest.mark.parametrize("again", ["bytes", "records"])
def test_a_file_of_last_month_sent_again(tmp_path, again):
    text = month_of("2025-05").rename(columns={c.name: c.name_zh for c in SUBMISSION}).to_csv(index=False)
    second = text if again == "bytes" else text + "\n\n"
    reports = received(tmp_path, ("may.csv", text, "2025-05"), ("june.csv", second, "2025-06"))
    report = judge(reports, None)
    found = report.findings[report.findings["rule"] == "last_month_sent"]
    assert found[["file", "severity", "enterprise_id", "value"]].to_numpy().tolist() == [
        ["june.csv", "query", "E001", "1"]
    ]
    assert "nothing has been reported for 2025-06" in found["message_en"].iloc[0]
    assert "2025-06 视为尚未报送" in found["message_zh"].iloc[0]
    assert set(report.accepted_table["period"].to_pylist()) == {"2025-05"} and report.accepted_table.num_rows == 6


def test_a_late_file_with_anything_new_is_only_late(tmp_path):
    late = month_of("2025-05", pieces=9)
    reports = received(tmp_path, ("may.csv", month_of("2025-05"), "2025-05"), ("late.csv", late, "2025-06"))
    assert "last_month_sent" not in judge(reports, None).findings["rule"].tolist()


def test_last_months_figures_under_the_new_month(before):
    frame = month_of("2025-05").assign(period="2025-06")
    frame["deal_time"] = frame["deal_time"].str.replace("2025-05", "2025-06")
    report = judge(frame, before)
    copied = report.findings[report.findings["rule"] == "file_copied"]
    assert copied["line_no"].tolist() == [1, 2, 3, 4, 5, 6]
    assert report.totals == {"read": 6, "accepted": 0, "held": 6, "rejected": 0}
