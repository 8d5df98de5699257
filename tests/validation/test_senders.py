"""A file named after one firm: what it holds of another is rejected and replaces nothing."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from shuibei_index import pipeline
from shuibei_index.checks import Checks
from shuibei_index.simulation import simulate
from shuibei_index.workspace import Workspace


@pytest.fixture
def panel():
    return pd.DataFrame(
        {"enterprise_id": ["E012", "E0123", "E013", "E014"], "joined": [""] * 4, "left": [""] * 4,
         "owner": ["", "", "周氏集团", "周氏集团"]}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("file", "firm", "rejected"),
    [
        ("E013_2025-06.xlsx", "E012", True),
        ("报表/E013 六月.csv", "E012", True),
        ("e013_2025-06.xlsx", "E012", True),
        ("Ｅ０１３_2025-06.xlsx", "E012", True),
        ("E013.xlsx", "E013", False),
        # the longer code is the firm's
        ("E0123_2025-06.xlsx", "E0123", False),
        ("E0123_2025-06.xlsx", "E012", True),
        # one owner
        ("E013_2025-06.xlsx", "E014", False),
        # names that say nothing
        ("E013b.xlsx", "E012", False),
        ("六月汇总.xlsx", "E012", False),
        ("all_E013.xlsx", "E012", False),
    ],
)
def test_whose_file_it_is(run, file, firm, rejected):
    found = run({"file": file, "enterprise_id": firm}).findings
    assert (found["rule"] == "file_of_another").any() == rejected
    if rejected:
        (one,) = found[found["rule"] == "file_of_another"].to_dict("records")
        assert one["value"] == firm and one["expected"] == ("E0123" if "E0123" in file else "E013")
        assert firm in one["message_zh"] and "file of its own" in one["message_en"]


def test_checks_frozen_before_there_was_this_one_do_without_it(run):
    every = Checks.load()
    older = dataclasses.replace(every, checks={k: c for k, c in every.checks.items() if k != "file_of_another"})
    assert run({"file": "E013.xlsx"}, checks=older).totals["accepted"] == 1
    assert run({"file": "E013.xlsx"}, checks=every).totals["accepted"] == 0


def test_a_foreign_file_replaces_nothing(tmp_path):
    simulate(tmp_path / "ws", start="2024-01", end="2024-01", seed=5, firms=8, formats=("csv",), mistakes=0.0)
    workspace = Workspace.open(tmp_path / "ws")
    inbox = workspace.root / "inbox" / "2024-01"
    one, other = sorted(inbox.glob("*.csv"))[:2]
    # one byte more: a file of the same bytes is no second file
    other.write_bytes(one.read_bytes() + b"\n")
    pipeline.intake(workspace, "2024-01")
    report = pipeline.validate(workspace, "2024-01")
    foreign = report.findings[report.findings["rule"] == "file_of_another"]
    assert len(foreign) and set(foreign["file"]) == {other.name}
    assert not (report.findings["rule"] == "superseded").any()
    firm = one.name.split("_")[0]
    accepted = report.accepted_table.to_pandas()
    assert (accepted["enterprise_id"] == firm).sum() == len(foreign)
