"""Row checks of accepted records: bits, dates, missing columns, the packaged twelve."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from shuibei_index.checks import Check
from shuibei_index.errors import ShapeError, UsageError
from shuibei_index.kernel import cells
from shuibei_index.kernel.expression import parse
from shuibei_index.kernel.rowchecks import RowCheck, RowChecks
from shuibei_index.kernel.vocabulary import columns_of

GOOD = {
    "enterprise_id": "E1", "period": "2025-06", "line_no": 1, "item_id": "A", "class_code": "010101",
    "deal_time": dt.datetime(2025, 6, 2), "trade_type": "sale", "stage": "wholesale", "pieces": 2, "weight_mg": 10_000,
    "net_weight_mg": 9_000, "quantity_milli": 9_000, "fineness": 999.0, "tax_basis": "incl",
    "amount_reported_fen": 700_000, "amount_fen": 700_000, "metal_price": 760.0, "making_charge": 12.0,
    "charge_basis": "per_gram", "loss_rate": 0.5, "stone_amount_fen": 100,
}  # fmt: skip
#: check → a change that it must object to
FAULTS = {
    "record_amount": {"amount_fen": 0, "amount_reported_fen": 700_000, "quantity_milli": 9_000},
    "record_charge": {"charge_basis": None},
    "record_fineness": {"fineness": 1000.1},
    "record_keys": {"item_id": ""},
    "record_loss": {"loss_rate": -0.1},
    "record_metal_price": {"metal_price": 76_000.0},
    "record_pieces": {"pieces": 0},
    "record_price": {"quantity_milli": 10**13},
    "record_quantity": {"quantity_milli": -1},
    "record_stones": {"stone_amount_fen": 700_001},
    "record_weight": {"net_weight_mg": 10_001},
    "record_words": {"stage": "elsewhere"},
}
CHECKS = RowChecks.load()


def table(*rows):
    return pa.Table.from_pylist([GOOD | row for row in rows])


def objections(records):
    flags = CHECKS.flags(records)
    return [[rule for k, rule in enumerate(CHECKS.rules) if bits >> k & 1] for bits in flags.tolist()]


def test_the_twelve_are_silent_on_a_good_record_and_each_fires():
    assert sorted(FAULTS) == list(CHECKS.rules) and len(CHECKS) == 12
    assert objections(table({})) == [[]]
    found = objections(table(*FAULTS.values()))
    assert all(rule in fired for rule, fired in zip(FAULTS, found, strict=True)), found
    assert CHECKS.flags(table({})).dtype == np.uint16


def test_what_is_not_known_is_not_objected_to():
    optional = ["pieces", "net_weight_mg", "fineness", "metal_price", "making_charge", "charge_basis", "loss_rate"]
    assert objections(table({}, dict.fromkeys([*optional, "stone_amount_fen"])))[1] == []
    assert objections(table({}, {"metal_price": float("nan")}))[1] == []


def test_blocks_chunks_and_slices_change_nothing(monkeypatch):
    rng = np.random.default_rng(3)
    changes = [{}, *FAULTS.values(), {"pieces": None, "stage": "retail"}]
    whole = table(*(changes[k] for k in rng.integers(0, len(changes), 500)))
    expected = CHECKS.flags(whole)
    monkeypatch.setattr(cells, "BLOCK", 48)
    parts = [whole.slice(at, 37) for at in range(0, 500, 37)]
    assert (CHECKS.flags(pa.concat_tables(parts)) == expected).all()
    assert (np.concatenate([CHECKS.flags(part) for part in parts]) == expected).all()
    names = [name for name in whole.column_names if whole.schema.field(name).type == pa.string()]
    coded = whole
    for name in names:
        coded = coded.set_column(coded.column_names.index(name), name, coded.column(name).dictionary_encode())
    assert (CHECKS.flags(coded) == expected).all()
    assert all((mask == (expected >> k & 1)).all() for k, (_, mask) in enumerate(CHECKS.masks(whole)))


def made(expression, **more):
    check = Check("x", "query", "record", "甲", "a", "", "r", "own.toml", expression, "pass", "amount", **more)
    return RowCheck(check, parse(expression, columns_of("record")))


def test_a_check_holds_from_its_month_until_its_month():
    checks = RowChecks((made("pieces > 5", since="2025-06", until="2025-07"),))
    assert "period" in checks.columns
    months = ["2025-05", "2025-06", "2025-07", "not a month", None]
    records = table(*({"period": month} for month in months))
    assert checks.flags(records).tolist() == [0, 1, 0, 0, 0]


def test_more_than_sixteen_checks_and_more_than_sixty_four():
    checks = RowChecks(tuple(made(f"pieces > {k}") for k in range(40)))
    assert checks.flags(table({})).dtype == np.uint64
    assert int(checks.flags(table({}))[0]) == sum(1 << k for k in range(2, 40))
    many = RowChecks(tuple(made(f"pieces > {k % 3}") for k in range(70)))
    assert sum(mask.sum() for _, mask in many.masks(table({}))) == 23


def test_missing_columns_and_names():
    with pytest.raises(ShapeError, match="row checks look at pieces, which the records do not have"):
        CHECKS.flags(table({}).drop_columns(["pieces"]))
    with pytest.raises(ShapeError, match="'pieces' must hold numbers"):
        CHECKS.flags(table({}).set_column(8, "pieces", pa.array([True])))
    with pytest.raises(UsageError, match="no row check 'record_amont'; did you mean 'record_amount'"):
        CHECKS.only("record_amont")
    assert CHECKS.flags(table({}).slice(1)).tolist() == []
