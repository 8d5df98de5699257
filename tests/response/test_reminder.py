"""Reminders: one for each missing firm, before and after the deadline, in both languages."""

import datetime as dt
import stat

import pandas as pd
import pytest

from shuibei_index.errors import UsageError
from shuibei_index.response import month_status, write_reminders
from shuibei_index.response.reminder import Reminder, due_date
from shuibei_index.rules import Rules
from tests.response.conftest import MONTH

DUE = dt.date(2024, 5, 6)


def letter(on, **more):
    given = {"firm": "E1", "name": "甲", "month": MONTH, "on": on, "due": DUE, "until": due_date(on, DUE, RULES)}
    given |= {"items": 12, "last_month": "2024-03", "index_zh": "某指数", "index_en": "An Index"}
    return Reminder(**(given | more))


RULES = Rules.load().at(MONTH)


def test_before_the_deadline_it_reminds_and_after_it_presses():
    early, late = letter(DUE), letter(dt.date(2024, 5, 7))
    assert early.title_zh.endswith("提醒函") and late.title_zh.endswith("催报函")
    assert "报送截止日为2024年5月6日" in early.text()
    assert "恳请于2024年5月10日（含）前补报" in late.text()
    assert "please send it by 10 May 2024" in late.text()
    assert "12 个规格品" in late.text() and "April 2024" in late.text()


def test_a_firm_that_never_reported_is_welcomed():
    text = letter(DUE, last_month="", items=0).text()
    assert "首次报送" in text and "first report" in text and "最近一次" not in text


def test_names_are_escaped_and_never_paths():
    page = letter(DUE, firm="../x", name="<b>甲&乙</b>").page()
    assert "<b>甲" not in page and "&lt;b&gt;甲&amp;乙" in page
    assert letter(DUE, firm="../x").file_stem.startswith("firm-")


def test_the_missing_get_letters_for_the_owner_only(simulated, tmp_path):
    workspace, missing, _ = simulated
    status = month_status(workspace, MONTH, on=dt.date(2024, 5, 7))
    done = write_reminders(workspace, status)
    assert sorted(done["enterprise_id"]) == missing
    assert done["weight"].is_monotonic_decreasing
    assert set(done["last_month"]) == {"2024-03"} and (done["items"] > 0).all()
    folder = workspace.work(MONTH) / "reminders"
    names = {f"{firm}.{kind}" for firm in missing for kind in ("html", "txt")} | {"reminders.csv"}
    assert {path.name for path in folder.iterdir()} == names
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    listed = pd.read_csv(folder / "reminders.csv")
    assert listed["until"].tolist() == ["2024-05-10", "2024-05-10"]
    name = status.missing.set_index("enterprise_id").loc[missing[0], "name"]
    assert name in (folder / f"{missing[0]}.txt").read_text(encoding="utf-8")


def test_no_letter_without_a_day(simulated):
    with pytest.raises(UsageError, match="--on"):
        write_reminders(simulated[0], month_status(simulated[0], MONTH))
