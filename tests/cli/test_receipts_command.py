"""Receipts as the team meets them: times that are none are refused, late is said, every file that came is shown."""

import pandas as pd
import pytest

from shuibei_index.cli import main
from shuibei_index.response import month_status
from shuibei_index.workspace import Workspace
from tests.queries.test_register import HEADER, line

MONTH = "2024-01"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "workspace.toml").write_text(f'base_period = "{MONTH}"\ntrial = true\n')
    (tmp_path / "panel.csv").write_text("enterprise_id,name\nE1,甲\nE2,乙\n", encoding="utf-8")
    (tmp_path / "inbox" / MONTH).mkdir(parents=True)
    write(tmp_path, "E1.csv", line(1, 5150))
    return tmp_path


def write(folder, name, rows, month=MONTH):
    (folder / "inbox" / month).mkdir(exist_ok=True)
    (folder / "inbox" / month / name).write_text(HEADER + rows, encoding="utf-8")


def take_in(folder, at="", month=MONTH):
    more = ["--received-at", at] if at else []
    assert main(["intake", "--workspace", str(folder), "--month", month, *more]) == 0
    return pd.read_csv(folder / "work" / month / "receipts.csv", dtype=str, keep_default_na=False).set_index("file")


NO_TIMES = ["last tuesday", "昨天", "2024-02-30", "2024-2-3", "20240203", "２０２４-02-03", " ", "T"]


@pytest.mark.parametrize("text", NO_TIMES)
@pytest.mark.parametrize(
    "command",
    [
        ["intake", "--month", MONTH, "--received-at"],
        ["query", "answer", "E1.xlsx", "--person", "王敏", "--at"],
        ["query", "decide", "Q1", "--action", "accept", "--person", "王敏", "--reason", "x", "--at"],
        ["status", "--month", MONTH, "--on"],
        ["release", "--month", MONTH, "--date"],
        ["run", "--month", MONTH, "--date"],
    ],
)  # fmt: skip
def test_a_time_that_is_none_is_wrong_usage(folder, capsys, command, text):
    (folder / "E1.xlsx").write_bytes(b"")
    command = [str(folder / part) if part == "E1.xlsx" else part for part in command]
    assert main([*command, text, "--workspace", str(folder)]) == 2
    said = capsys.readouterr().err
    assert "错误" in said and "error" in said and ("2025-07-04" in said or "YYYY-MM-DD" in said)
    assert not (folder / "work").exists()


@pytest.mark.parametrize(
    ("at", "late"),
    [("2024-02-06T23:59", "False"), ("2024-02-07", "True"), ("2024-02-06T17:00Z", "True"), ("", "")],
)
def test_receipt_and_status_say_late_by_the_same_day(folder, at, late):
    receipt = take_in(folder, at).loc["E1.csv"]
    assert receipt[["due", "late", "received_at"]].tolist() == ["2024-02-06", late, at]
    findings = pd.read_csv(folder / "work" / MONTH / "findings.csv", dtype=str)
    assert ("late_file" in set(findings["rule"])) == (late == "True")
    state = month_status(Workspace.open(folder), MONTH).firms.set_index("enterprise_id").loc["E1", "state"]
    assert state == ("late" if late == "True" else "accepted")


def test_a_correction_after_the_day_does_not_make_a_firm_late(folder):
    take_in(folder, "2024-02-05")
    write(folder, "E1-b.csv", line(1, 5150) + line(2, 5150))
    assert take_in(folder, "2024-02-09")["late"].to_dict() == {"E1.csv": "False", "E1-b.csv": "True"}
    firms = month_status(Workspace.open(folder), MONTH).firms.set_index("enterprise_id")
    assert firms.loc["E1", "state"] == "accepted"


def test_a_file_of_two_months_is_late_for_the_earlier(folder):
    rows = line(1, 5150) + line(2, 5150).replace(MONTH, "2024-02")
    write(folder, "E1.csv", rows, "2024-02")
    (folder / "inbox" / MONTH / "E1.csv").unlink()
    receipt = take_in(folder, "2024-03-02", "2024-02").loc["E1.csv"]
    assert receipt[["periods", "due", "late"]].tolist() == ["2024-01、2024-02", "2024-02-06", "True"]


def test_the_same_bytes_under_another_name_have_a_row_and_count_once(folder, capsys):
    take_in(folder, "2024-02-03")
    (folder / "inbox" / MONTH / "copy.csv").write_bytes((folder / "inbox" / MONTH / "E1.csv").read_bytes())
    (folder / "inbox" / MONTH / "E1.csv").unlink()
    first = take_in(folder, "2024-02-05")
    assert "读取 read 1 = 采用 accepted 1" in capsys.readouterr().out
    copy = first.loc["copy.csv"]
    assert copy[["receipt", "received_at", "outcome", "reason", "rows"]].tolist() == [
        first.loc["E1.csv", "receipt"], "2024-02-05", "same", "same_content", "0",
    ]  # fmt: skip
    assert "E1.csv" in copy["message_zh"] and "E1.csv" in copy["message_en"]
    findings = pd.read_csv(folder / "work" / MONTH / "findings.csv", dtype=str)
    assert findings.loc[findings["rule"] == "same_content", "file"].tolist() == ["copy.csv"]
    pd.testing.assert_frame_equal(take_in(folder, "2024-02-08"), first)


def test_the_same_bytes_sent_twice_under_one_name_are_one_receipt(folder):
    first = take_in(folder, "2024-02-03")
    pd.testing.assert_frame_equal(take_in(folder, "2024-02-04"), first)
    assert len(first) == 1
