"""What firms write for fineness, by metal and era."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shuibei_index.index.tree import METALS
from shuibei_index.rules import Rules
from shuibei_index.validation.batch import clean
from shuibei_index.validation.fineness import AMBIGUOUS, EMPTY, STATED, UNKNOWN, parse_fineness

NEW, OLD = Rules.load().at("2025-06"), Rules.load().at("2014-06")


@pytest.mark.parametrize(
    ("text", "metal", "permille"),
    [
        ("足金", "gold", 990), ("足金999", "gold", 999), ("千足金", "gold", 999), ("万足金", "gold", 999.9),
        ("9999", "gold", 999.9), ("AU9999", "gold", 999.9), ("24K", "gold", 999), ("22K", "gold", 916),
        ("18K", "gold", 750), ("18K金", "gold", 750), ("18k白金", "gold", 750), ("K750", "gold", 750),
        ("Au750", "gold", 750), ("G18K", "gold", 750), ("14K", "gold", 585), ("585", "gold", 585),
        ("999", "gold", 999), ("999.9", "gold", 999.9), ("990‰", "gold", 990), ("99.9%", "gold", 999),
        ("Pt950", "platinum", 950), ("PT 999", "platinum", 999), ("铂950", "platinum", 950),
        ("足铂", "platinum", 990), ("足铂999", "platinum", 999), ("Pd990", "palladium", 990),
        ("钯950", "palladium", 950), ("S925", "silver", 925), ("银925", "silver", 925), ("925银", "silver", 925),
        ("S999", "silver", 999), ("足银", "silver", 990), ("Ag999", "silver", 999),
    ],
)  # fmt: skip
def test_names_and_marks(text, metal, permille):
    value, status, _, _ = parse_fineness(text, METALS.index(metal), NEW)
    if permille is None:
        assert status == UNKNOWN
    else:
        assert (value, status) == (permille, STATED)


@pytest.mark.parametrize("text", ["0.999", "99.9", "18", "1001", "0", "5000"])
def test_bare_numbers_that_may_mean_several_things(text):
    assert parse_fineness(text, 0, NEW)[1] == AMBIGUOUS


@pytest.mark.parametrize("text", ["很纯", "999纯", "K", "99,9", "-999", "9.9.9"])
def test_what_is_no_fineness(text):
    assert parse_fineness(text, 0, NEW)[1] == UNKNOWN


def test_empty_and_other_metal():
    assert parse_fineness("", 0, NEW)[1] == EMPTY
    assert parse_fineness("Pt950", 0, NEW)[2] == METALS.index("platinum")
    assert parse_fineness("足银", 0, NEW)[2] == METALS.index("silver")


def test_old_names_were_in_use_until_the_amendment():
    assert parse_fineness("千足金", 0, OLD) == (999.0, STATED, 0, False)
    assert parse_fineness("千足金", 0, Rules.load().at("2016-05"))[3] is False
    assert parse_fineness("千足金", 0, Rules.load().at("2016-06")) == (999.0, STATED, 0, True)


def test_records_of_two_eras_in_one_table(run):
    rows = [
        {"period": month, "fineness": "千足金", "deal_time": None, "metal_price": None}
        for month in ("2014-06", "2025-06")
    ]
    report = run(*rows, month=None, panel=None)
    assert report.findings["period"].tolist() == ["2025-06"]
    assert report.accepted_table["fineness"].to_pylist() == [999.0, 999.0]


def test_full_width_is_read(run):
    assert run({"fineness": "Ａｕ９９９", "amount": 7792.4}).accepted_table["fineness"].to_pylist() == [999.0]


@pytest.mark.parametrize(
    ("text", "metal", "permille"),
    [
        ("G18K", 0, 750.0), ("足金(999)", 0, 999.0), ("足金（999）", 0, 999.0), ("au750", 0, 750.0),
        ("PT950", 1, 950.0), ("S925银", 3, 925.0), ("18K(750)", 0, 750.0), ("足金【999.9】", 0, 999.9),
        ("18KT", 0, 750.0), ("K18", 0, 750.0), ("18开金", 0, 750.0), ("足金 Au999", 0, 999.0),
        ("足铂Pt990", 1, 990.0), ("足银(S990)", 3, 990.0),
    ],
)  # fmt: skip
def test_spellings_firms_use(text, metal, permille):
    assert parse_fineness(clean(text), metal, NEW)[:3] == (permille, STATED, metal)


def test_a_name_and_its_brackets_must_agree():
    assert parse_fineness("足银(925)", 3, NEW)[1] == AMBIGUOUS  # 足银 promises 990
    assert parse_fineness("足金(Pt950)", 0, NEW)[1] == AMBIGUOUS
    assert parse_fineness("足金(很纯)", 0, NEW)[1] == UNKNOWN
    assert parse_fineness("足金(千足金)", 0, NEW) == (999.0, STATED, 0, True)  # the old name is still told


@pytest.mark.parametrize(
    ("text", "metal", "permille"),
    [
        ("硬足金", 0, 990), ("硬足金999", 0, 999), ("3D硬足金（999）", 0, 999), ("古法足金", 0, 990),
        ("999足金", 0, 999),
        ("万足金999.9", 0, 999.9), ("足金99999", 0, 999.99), ("Au99.95", 0, 999.5), ("Pt99.95", 1, 999.5),
        ("Ag99.99", 3, 999.9), ("22.5K", 0, 937.5), ("18.0K", 0, 750), ("21K", 0, 875), ("K19.2", 0, 800),
        ("18K750", 0, 750), ("22K916", 0, 916), ("Pt950/1000", 1, 950), ("足銀", 3, 990), ("鉑950", 1, 950),
        ("18開金", 0, 750), ("千足黃金", 0, 999), ("足金999‰", 0, 999), ("足铂950", 1, None), ("足金900", 0, None),
        ("25K", 0, None), ("6K", 0, None), ("足银925", 3, None), ("18K585", 0, None),
    ],
)  # fmt: skip
def test_more_spellings(text, metal, permille):
    """None = says two things, or nothing sure: asked about, never guessed."""
    value, status, named, _ = parse_fineness(clean(text), metal, NEW)
    assert (value, status, named) == (permille, STATED, metal) if permille else status == AMBIGUOUS


@pytest.mark.parametrize("text", ["3D硬金", "5G黄金", "古法金", "K金", "黄金", "金条", "足金很纯", "K金18K"])
def test_trade_words_without_a_content_are_not_read(text):
    assert parse_fineness(text, 0, NEW)[1] == UNKNOWN


@pytest.mark.parametrize("text", ["千足金999", "999千足金", "千足黄金", "足金(千足金)"])
def test_an_old_name_keeps_its_note_whatever_stands_beside_it(text):
    assert parse_fineness(text, 0, NEW)[3] and not parse_fineness(text, 0, OLD)[3]


def test_the_standard_s_karats_and_those_between():
    """The standard rounds 14/24 up to 585; other K are shares of 24."""
    named = {24: 999, 22: 916, 20: 833, 18: 750, 14: 585, 12: 500, 10: 417, 9: 375, 8: 333}
    assert {k: parse_fineness(f"{k}K", 0, NEW)[0] for k in named} == named
    assert parse_fineness("23K", 0, NEW)[0] == round(1000 * 23 / 24, 1) == 958.3


def test_rules_frozen_before_there_was_a_rule_on_karats_read_what_they_read_then():
    older = replace(NEW, entries={name: entry for name, entry in NEW.entries.items() if name != "karats_of_pure_gold"})
    assert parse_fineness("18K", 0, older) == (750.0, STATED, 0, False)
    assert parse_fineness("22.5K", 0, older)[1] == UNKNOWN
