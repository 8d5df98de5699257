from __future__ import annotations

import csv
import dataclasses
import io

import numpy as np
import pytest

from shuibei_index.release import make_release
from shuibei_index.release.revise import (
    ADJUSTMENT_REASON,
    ENGINE_REASON,
    FINAL_REASON,
    PROVISIONAL_REASON,
    SPECIFICATION_REASON,
)
from shuibei_index.rules import Rules

from .conftest import Series, classes, make_adjusted
from .conftest import make_series as make_full_series

pytestmark = pytest.mark.usefixtures("no_charts")


def make_series(start: str, n: int) -> Series:
    tree = classes()
    return make_full_series(start, n, tree=tree[tree["level"] <= 2].reset_index(drop=True))


@pytest.fixture(scope="module")
def pair(rules: Rules, no_charts: None) -> tuple:
    before = make_series("2022-01", 40)
    after = make_series("2022-01", 40)
    frame = after.frames["indices"]
    frame.loc[frame["period"].eq("2025-02") & frame["class_code"].eq("00"), "index"] += 0.10
    frame.loc[frame["period"].eq("2024-06") & frame["class_code"].eq("0101"), "index"] += 0.25
    frame.loc[frame["period"].eq("2024-07") & frame["class_code"].eq("0101"), "index"] += 1e-7  # invisible
    frame.loc[frame["period"].eq("2025-04") & frame["class_code"].eq("00"), "index"] += 5.0  # not published before
    first = make_release(before, make_adjusted(before), rules=rules, month="2025-03")
    reason = "权数更正 / weights corrected"
    return first, make_release(after, make_adjusted(before), rules=rules, previous=first, reason=reason)


def test_every_published_value_that_changed_and_no_other(pair: tuple) -> None:
    first, second = pair
    rows = list(csv.DictReader(io.StringIO(second.files["revisions.csv"].decode())))
    keys = ("period", "class_code", "component", "adjustment")

    def printed(release: object) -> dict:
        table = csv.DictReader(io.StringIO(release.files["indices.csv"].decode()))  # type: ignore[attr-defined]
        return {tuple(r[k] for k in keys): r["index"] for r in table if r["period"] <= "2025-03"}

    then, now = printed(first), printed(second)
    changed = {k: (then.get(k, ""), now.get(k, "")) for k in then.keys() | now.keys() if then.get(k) != now.get(k)}
    assert {tuple(r[k] for k in keys): (r["previous"], r["current"]) for r in rows} == changed
    assert {k[:2] for k in changed} == {("2025-02", "00"), ("2024-06", "0101")}
    assert all(float(r["revision"]) == pytest.approx(float(r["current"]) - float(r["previous"])) for r in rows)


def test_reasons(pair: tuple) -> None:
    rows = pair[1].frame("revisions").set_index("class_code")["reason"]
    assert rows["00"] == PROVISIONAL_REASON
    assert rows["0101"] == "权数更正 / weights corrected"


def test_the_bulletin_says_what_was_revised(pair: tuple) -> None:
    second = pair[1]
    zh, en = second.files["bulletin.zh.html"].decode(), second.files["bulletin.en.html"].decode()
    assert "修订初步数1个、终值1个" in zh
    assert "更正：本版更正 2025-03。原因：权数更正。更正的数值：1个" in zh
    assert "Correction of release 2025-03. Reason: weights corrected. Values corrected: 1, " in en
    assert "provisional value replaced" in en


def test_status_missing_imputed_provisional_revised_normal(pair: tuple) -> None:
    frame = pair[1].to_frame()
    plain = frame[frame["adjustment"] == "NSA"].set_index(["period", "class_code"])["obs_status"]
    assert plain["2024-06", "0101"] == "R"
    assert plain["2024-07", "0101"] == "A"
    assert plain["2025-02", "00"] == "P"  # revised, and still provisional
    assert set(plain["2025-02"]) == set(plain["2025-03"]) == {"P"}
    assert set(plain["2025-01"]) == {"A"}
    assert plain["2025-04", "0603"] == "I"


def test_seasonal_factors_have_their_own_reason(rules: Rules) -> None:
    base = make_series("2022-01", 40)
    first = make_release(base, make_adjusted(base), rules=rules, month="2025-03")
    other = make_adjusted(base)
    other.frame["value"] *= 1.001
    second = make_release(base, other, rules=rules, previous=first)
    assert set(second.frame("revisions")["reason"]) == {ADJUSTMENT_REASON}
    assert second.about.release == "2025-04"


def test_a_changed_program_or_specification_is_the_reason(rules: Rules) -> None:
    base = make_series("2022-01", 40)
    before = make_adjusted(base)
    before.diagnostics["windows"] = "20-7-20"
    first = make_release(base, before, rules=rules, month="2025-03")
    other = make_adjusted(base)
    other.frame["value"] *= 1.001
    other.diagnostics["windows"] = ["20-7-20", "7-7-7", "20-7-20", "20-7-20"]
    reasons = make_release(base, other, rules=rules, previous=first).frame("revisions").groupby("class_code")["reason"]
    assert {code: set(found) for code, found in reasons} == {
        "00": {ADJUSTMENT_REASON}, "01": {SPECIFICATION_REASON}, "04": {ADJUSTMENT_REASON},
    }  # fmt: skip
    own = dataclasses.replace(other, engine={"name": "own X-11"})
    reasons = make_release(base, own, rules=rules, previous=first).frame("revisions")["reason"]
    assert set(reasons) == {ENGINE_REASON}


def test_values_that_come_or_go_are_revisions(rules: Rules) -> None:
    base = make_series("2024-01", 16)
    first = make_release(base, rules=rules)
    frame = base.frames["indices"]
    gone = frame[~(frame["class_code"].eq("0602") & frame["period"].lt("2024-03"))]
    shorter = Series(base.months, base.base_period, {**base.frames, "indices": gone})
    second = make_release(shorter, rules=rules, previous=first)
    assert second.name == "2025-04-r1"
    rows = second.frame("revisions")
    assert rows["period"].tolist() == ["2024-01", "2024-02"]
    assert np.isnan(rows["current"]).all()
    assert set(rows["reason"]) == {FINAL_REASON}
    assert make_release(base, rules=rules, previous=second).name == "2025-04-r2"
    assert make_release(base, rules=rules, previous=second).frame("revisions")["previous"].isna().all()


def test_nothing_to_revise(rules: Rules) -> None:
    series = make_series("2025-01", 3)
    first = make_release(series, rules=rules)
    again = make_release(series, rules=rules, previous=first)
    assert len(again.frame("revisions")) == 0
    earlier = make_release(series, rules=rules, previous=first, month="2025-02")
    assert len(earlier.frame("revisions")) == 0
    assert "没有修订" in again.files["bulletin.zh.html"].decode()
