"""The same key twice, in one file and across receipts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from shuibei_index.validation.repeats import _packed


def fates(report):
    """Return (receipt, row) of accepted records, and {(receipt, row): rule} of the held ones."""
    table = report.accepted_table
    accepted = list(zip(table["receipt"].to_pylist(), table["row"].to_pylist(), strict=True))
    held = zip(*(report.held_table[name].to_pylist() for name in ("receipt", "row", "rule")), strict=True)
    return accepted, {(receipt, row): rule for receipt, row, rule in held}


def line(number=1, receipt=1, row=2, **change):
    return {"line_no": number, "receipt": receipt, "row": row, "file": f"f{receipt}.xlsx", **change}


def test_identical_rows_count_once(run):
    report = run(line(row=2), line(row=3), line(row=4))
    assert fates(report) == ([(1, 2)], {(1, 3): "duplicate_row", (1, 4): "duplicate_row"})
    assert report.findings["severity"].tolist() == ["note", "note"]
    assert report.findings["expected"].tolist() == ["2", "2"]


def test_rows_that_differ_in_anything_are_all_asked_about(run):
    report = run(line(row=2), line(row=3), line(row=4, certificate=None, pieces=3), line(2, row=5))
    assert fates(report) == ([(1, 5)], {(1, row): "duplicate_key" for row in (2, 3, 4)})


def test_one_empty_cell_is_a_difference(run):
    report = run(line(row=2), line(row=3, stone_amount=None))
    assert report.totals["held"] == 2


def test_the_later_receipt_wins_and_both_are_kept(run):
    report = run(line(receipt=1), line(receipt=3, amount=7725.0), line(receipt=2, amount=7726.0))
    assert fates(report) == ([(3, 2)], {(1, 2): "superseded", (2, 2): "superseded"})
    assert report.findings["expected"].tolist() == ["3", "3"]


def test_a_later_receipt_that_is_not_usable_does_not_replace_anything(run):
    report = run(line(receipt=1), line(receipt=2, amount=-1.0))
    assert report.totals == {"read": 2, "accepted": 1, "held": 0, "rejected": 1}


def test_a_resubmission_of_part_leaves_the_rest(run):
    report = run(line(1), line(2, row=3), line(2, receipt=2, amount=7725.0))
    assert fates(report) == ([(1, 2), (2, 2)], {(1, 3): "superseded"})


def test_full_width_ids_are_the_same_key(run):
    report = run(line(receipt=1), line(receipt=2, enterprise_id="Ｅ０１２ "))
    assert report.held_table["rule"].to_pylist() == ["superseded"]
    assert report.counts["enterprise_id"].tolist() == ["E012"]


def test_a_copy_of_a_rejected_row_is_rejected_as_well(run):
    report = run(line(row=2, amount=-1.0), line(row=3, amount=-1.0))
    assert report.totals["rejected"] == 2


def test_accepted_records_come_in_key_order(run):
    changes = [line(n, row=9 - n) for n in (3, 1, 2)]
    report = run(*changes, {**line(1), "enterprise_id": "E010"}, panel=None)
    accepted = report.accepted_table
    assert accepted["enterprise_id"].to_pylist() == ["E010", "E012", "E012", "E012"]
    assert accepted["line_no"].to_pylist() == [1, 1, 2, 3]


def test_line_numbers_far_apart_do_not_overflow():
    line_no = np.array([2**62, -(2**62), 0, 2**62], dtype=np.int64)
    zero = np.zeros(4, dtype=np.int32)
    key = _packed(zero, zero, line_no)
    assert key.tolist() == [2, 0, 1, 2]


def test_huge_line_numbers_in_records(run):
    report = run({"line_no": 2**53}, {"line_no": -(2**53)}, {"line_no": 2**53, "row": 9})
    assert report.accepted_table["line_no"].cast(pa.int64()).to_pylist() == [-(2**53), 2**53]
