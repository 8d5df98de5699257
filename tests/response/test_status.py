"""Status: every firm in its state, shares that agree with the index, lights that follow the gates."""

import datetime as dt
import shutil
import stat

import numpy as np
import pandas as pd
import pytest

from shuibei_index import pipeline
from shuibei_index.errors import UsageError
from shuibei_index.response import month_status, overview, read_day, write_status
from shuibei_index.response.effect import without
from shuibei_index.workspace import Workspace
from tests.response.conftest import IN_TIME, MONTH, TOO_LATE


@pytest.fixture(scope="module")
def status(simulated):
    return month_status(simulated[0], MONTH, on=dt.date(2024, 5, 10))


def test_states_of_firms(status, simulated):
    _, missing, late = simulated
    state = status.firms.set_index("enterprise_id")["state"]
    assert sorted(state.index[state == "missing"]) == missing
    assert state.index[state == "late"].tolist() == [late]
    assert (state == "accepted").sum() == len(state) - 3
    assert status.missing["enterprise_id"].tolist() == missing
    assert status.due == dt.date(2024, 5, 6)


def test_times_and_files_of_receipts(status, simulated):
    _, missing, late = simulated
    rows = status.firms.set_index("enterprise_id")
    assert rows.loc[late, "first_received"] == TOO_LATE
    assert rows.loc[missing, "file_names"].tolist() == ["", ""]
    first = rows[rows["state"] == "accepted"].iloc[0]
    assert (first["first_received"], first["files"]) == (IN_TIME, 1)
    assert MONTH in first["file_names"]


def test_nobody_is_overdue_before_the_deadline_or_without_a_day(simulated, status):
    workspace, missing, _ = simulated
    assert status.firms.loc[status.firms["overdue"], "enterprise_id"].tolist() == missing
    assert not month_status(workspace, MONTH, on=dt.date(2024, 5, 6)).firms["overdue"].any()
    assert not month_status(workspace, MONTH).firms["overdue"].any()


def test_counts_and_gates_are_those_of_validation(status, simulated):
    report = pipeline.validate(simulated[0], MONTH)
    assert status.gates == report.gates
    sums = status.firms[["read", "accepted", "held", "rejected"]].sum()
    assert sums.to_dict() == report.totals
    assert status.rates["response_count"] == 6 / 8


def test_leaves_agree_with_the_quality_of_the_index(status, simulated):
    series = pipeline.compile_(simulated[0], MONTH)
    quality = series.quality_frame()
    quality = quality[quality["period"] == MONTH].set_index("class_code")
    ours = status.classes.set_index("class_code").loc[quality.index]
    for mine, its in (("n_firms", "n_enterprises"), ("response_value", "response_rate_value"), ("low_95", "low_95")):
        np.testing.assert_allclose(ours[mine].astype(float), quality[its].astype(float), rtol=1e-12)
    leaves = [code for code in quality.index if not quality.index.str.match(f"{code}.+").any() and code != "00"]
    np.testing.assert_allclose(ours.loc[leaves, "imputed"], quality.loc[leaves, "imputed_share"], atol=1e-12)


def test_weight_of_the_missing_adds_up(status, simulated):
    firms = status.firms.set_index("enterprise_id")
    missing = firms.loc[simulated[1]]
    assert (missing["weight"] > 0).all()
    np.testing.assert_allclose(missing["imputed"], missing["weight"], rtol=1e-12)
    np.testing.assert_allclose(missing["imputed"].sum(), status.rates["missing"], rtol=1e-9)
    # together the firms stand for the headline, but for the classes nobody stands for
    classes = status.classes.set_index("class_code")
    inner = [code for code in classes.index if code == "00" or classes.index.str.match(f"{code}.+").any()]
    nobody = classes.drop(index=inner).query("n_expected == 0 and class_code < '90'")["weight"].sum()
    assert nobody > 0
    np.testing.assert_allclose(firms["weight"].sum(), 1.0 - nobody, rtol=1e-9)
    assert status.rates["missing"] <= status.rates["imputed"]
    level = status.rates["index"]
    np.testing.assert_allclose(missing["points_per_pct"], missing["imputed"] * level / 100.0, rtol=1e-12)


def test_replay_leaves_the_missing_out_of_earlier_months(status, simulated):
    again = status.replay
    assert again["period"].tolist() == ["2024-02", "2024-03"]
    series = pipeline.compile_(simulated[0], MONTH)
    mom = series.to_frame().query("class_code == '00' and component == 'total'").set_index("period")["mom_pct"]
    np.testing.assert_allclose(again["mom_pct"], mom.loc[again["period"]], rtol=1e-9)
    assert (again["difference"].abs() > 1e-6).all()
    assert month_status(simulated[0], "2024-03").replay.empty


def test_without_takes_out_one_month_of_some_firms_only(simulated):
    workspace, missing, _ = simulated
    panel = pipeline.prices(workspace, MONTH)
    cut = without(panel, missing, "2024-02").to_frame()
    full = panel.to_frame()
    full = full[full["period"] <= "2024-02"]
    gone = full["enterprise_id"].isin(missing) & (full["period"] == "2024-02")
    assert gone.any()
    pd.testing.assert_frame_equal(
        cut.sort_values(["period", "enterprise_id", "item_id"], ignore_index=True),
        full[~gone].sort_values(["period", "enterprise_id", "item_id"], ignore_index=True),
    )


def test_a_month_with_all_reports_and_no_query_is_green(simulated):
    status = month_status(simulated[0], "2024-03")
    assert status.light.colour == "green" and status.light.reasons == ()
    assert set(status.firms["light"]) == {"green"}
    assert status.passed


def test_amber_says_why_in_both_languages(status):
    assert status.light.colour == "amber"
    words = " ".join(" ".join(pair) for pair in status.light.reasons)
    assert "75.0%" in words and "权重" in words and "imputed for firms" in words
    lights = status.firms.set_index("state")["light"].to_dict()
    assert lights == {"accepted": "green", "late": "amber", "missing": "red"}


def test_a_month_not_taken_in_is_red_and_everybody_is_missing(simulated):
    status = month_status(simulated[0], "2024-05")
    assert set(status.firms["state"]) == {"missing"} and not status.passed
    assert status.light.colour == "red"
    assert "2024-04" in status.remark[0] and "2024-04" in status.remark[1]
    assert status.rates["imputed"] == pytest.approx(1.0)
    assert np.isnan(status.rates["index"])
    np.testing.assert_allclose(status.firms["imputed"], status.firms["weight"])


def test_an_empty_store_degrades(simulated, tmp_path):
    shutil.copytree(simulated[0].root, tmp_path / "ws", ignore=shutil.ignore_patterns("store", "work"))
    workspace = Workspace.open(tmp_path / "ws")
    status = month_status(workspace, MONTH)
    assert status.classes.empty and status.light.colour == "red"
    assert "采用" in status.remark[0]
    assert overview(workspace)["files"].tolist() == [0, 0, 0, 0]
    assert "未报" in status._repr_html_()


def test_a_file_nobody_can_read_is_listed(simulated, tmp_path):
    shutil.copytree(simulated[0].root, tmp_path / "ws")
    workspace = Workspace.open(tmp_path / "ws")
    (workspace.inbox / MONTH / "broken.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    pipeline.intake(workspace, MONTH)
    status = month_status(workspace, MONTH)
    assert status.unread["file"].tolist() == ["broken.xlsx"]
    assert any("files without any firm's record: 1" in en for _, en in status.light.reasons)


def test_overview_has_a_row_for_every_month(simulated):
    frame = overview(simulated[0]).set_index("month")
    assert frame.index.tolist() == ["2024-01", "2024-02", "2024-03", "2024-04"]
    assert frame["reported"].tolist() == [8, 8, 8, 6]
    assert frame["response_count"].tolist() == [1.0, 1.0, 1.0, 0.75]
    assert frame.loc[MONTH, "due"] == "2024-05-06"


def test_files_are_the_owners_alone_and_the_same_each_time(simulated, status, tmp_path):
    paths = write_status(simulated[0], status, tmp_path / "out")
    first = [path.read_bytes() for path in paths]
    assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o600] * 3
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    again = write_status(simulated[0], month_status(simulated[0], MONTH, on=dt.date(2024, 5, 10)), tmp_path / "out")
    assert [path.read_bytes() for path in again] == first
    page = first[0].decode()
    assert page.count("<tr>") > 20 and "逾期 overdue" in page and "<svg" in page


def test_to_dict_is_plain(status):
    import json

    told = json.loads(json.dumps(status.to_dict(), allow_nan=True))
    assert told["states"] == {"accepted": 5, "late": 1, "missing": 2}
    assert len(told["firms"]) == 8 and told["on"] == "2024-05-10"


def test_wrong_use(simulated, tmp_path):
    with pytest.raises(UsageError, match="not a date"):
        read_day("2024-5-1")
    with pytest.raises(UsageError, match="not a date"):
        read_day("2024-02-30")
    with pytest.raises(UsageError, match="nobody to report"):
        month_status(simulated[0], "2020-01")
