"""Settled: what the store says of a month is what checking its files again says, and no file is opened for it."""

import datetime as dt
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from shuibei_index import pipeline
from shuibei_index.response import month_status, write_reminders
from shuibei_index.response.settled import TALLY_COLUMNS, settled_tallies
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace
from tests.response.conftest import MONTH, settle, write_lines


def counted(workspace, month):
    with Store.open(workspace.store) as store:
        return settled_tallies(store, month, store.receipts(month))


def checked(workspace, month):
    tallies = pipeline.validate(workspace, month).tallies
    return tallies[tallies["period"] == month].reset_index(drop=True)


def same(one, other):
    names = list(TALLY_COLUMNS)
    kinds = dict.fromkeys(names[2:], "int64") | dict.fromkeys(names[:2], object)
    pd.testing.assert_frame_equal(one[names].astype(kinds), other[names].astype(kinds))


@pytest.fixture
def mixed(hand_made):
    """Four firms: one sends its line twice in a file, one sends again, one also late; one line is doubtful."""
    firms = {"F1": (20.0, 10.0), "F2": (21.0, 20.0), "F3": (22.0, 30.0), "F4": (23.0, 15.0)}
    workspace = hand_made("ws", firms)
    inbox = workspace.inbox / "2024-02"
    text = (inbox / "F1.csv").read_text(encoding="utf-8")
    (inbox / "F1.csv").write_text(text + text.splitlines()[-1] + "\n", encoding="utf-8")
    write_lines(inbox / "F2-new.csv", "F2", "2024-02", 21.0, 25.0, 510.0)
    write_lines(inbox / "F3.csv", "F3", "2024-02", 22.0, 30.0, 5100.0)
    write_lines(inbox / "F4.csv", "F4", "2024-02", 23.0, 15.0, 5100.0)
    (workspace.inbox / "2024-03").mkdir()
    write_lines(workspace.inbox / "2024-03" / "F3.csv", "F3", "2024-02", 22.0, 31.0, 510.0)
    settle(workspace, ["2024-02"])
    settle(workspace, ["2024-03"])
    return workspace


def test_counts_are_those_of_checking_again(simulated, mixed):
    same(counted(simulated[0], MONTH), checked(simulated[0], MONTH))
    found = counted(mixed, "2024-02")
    same(found, checked(mixed, "2024-02"))
    assert found["replaced"].sum() >= 2 and found["late"].sum() == 1 and found["held"].sum() >= 3


def test_no_sent_file_is_opened(simulated, monkeypatch):
    def never(*_, **__):
        raise AssertionError("a file was opened")

    monkeypatch.setattr(pipeline.taking_in, "read_receipts", never)
    with pytest.raises(AssertionError):
        pipeline.validate(simulated[0], MONTH)
    assert month_status(simulated[0], MONTH).light.colour == "amber"


@pytest.fixture
def broken(simulated, tmp_path):
    """The simulated workspace, with the first half of a missing firm's file in the inbox."""
    shutil.copytree(simulated[0].root, tmp_path / "ws")
    workspace, firm = Workspace.open(tmp_path / "ws"), simulated[1][0]
    path = workspace.inbox / MONTH / f"{firm}_{MONTH}.xlsx"
    path.write_bytes(b"PK\x03\x04 not a workbook")
    pipeline.intake(workspace, MONTH)
    return workspace, firm, path


def test_a_firm_is_told_that_its_file_could_not_be_opened(broken, tmp_path):
    workspace, firm, path = broken
    status = month_status(workspace, MONTH, on=dt.date(2024, 5, 10))
    row = status.unread.iloc[0]
    assert (row["file"], row["enterprise_id"]) == (path.name, firm)
    assert "损坏" in row["reason_zh"] and "damaged" in row["reason_en"]
    letters = write_reminders(workspace, status, tmp_path / "r").set_index("enterprise_id")
    told = Path(letters.loc[firm, "text"]).read_text(encoding="utf-8")
    assert path.name in told and "尚未收到" not in told and "damaged" in told
    other = next(name for name in letters.index if name != firm)
    assert "尚未收到" in Path(letters.loc[other, "text"]).read_text(encoding="utf-8")


def test_a_file_sent_again_under_its_name_stands_for_the_broken_one(broken):
    workspace, firm, path = broken
    write_lines(path.with_suffix(".csv"), firm, MONTH, 20.0, 10.0, 500.0)
    pipeline.intake(workspace, MONTH)
    # another name: nobody can know that it is the same report
    assert month_status(workspace, MONTH).unread["file"].tolist() == [path.name]
    book = openpyxl.Workbook()
    for line in path.with_suffix(".csv").read_text(encoding="utf-8").splitlines():
        book.active.append(line.split(","))
    book.save(path)
    pipeline.intake(workspace, MONTH)
    assert month_status(workspace, MONTH).unread.empty


def test_decisions_that_wait_are_named(mixed):
    query = pipeline.list_queries(mixed, "2024-02", "open")["query"].iloc[0]
    signed = {"person": "王敏", "reason": "电话", "at": "2024-03-08T10:00"}
    pipeline.decide(mixed, [query], "exclude", **signed)
    status = month_status(mixed, "2024-02")
    assert any("有决定尚未生效" in zh for zh, _ in status.light.reasons)
    assert "intake" in status.remark[1] and len(status.firms) == 4
    settle(mixed, ["2024-02"])
    assert not any("有决定尚未生效" in zh for zh, _ in month_status(mixed, "2024-02").light.reasons)
