"""The never-revised series: appended to, never changed, whatever later releases say."""

import pandas as pd
import pytest

from shuibei_index.errors import RulesError
from shuibei_index.release import Release
from shuibei_index.release.first_published import appended, carried, expected, first_published
from shuibei_index.release.optional import FIRST_PUBLISHED
from shuibei_index.release.revise import RevisionPolicy, last_final, revision_policy
from shuibei_index.release.schema import TABLES, conform, empty
from shuibei_index.release.tables import csv_bytes, json_bytes, parquet_bytes
from shuibei_index.rules import Rules

from ..vintages.bundles import about_of, rows

BASE = {"2024-01": 100.0, "2024-02": 101.0}


def released(name, frame, previous=None, *, with_table=True, base="2024-01"):
    """A release of a table of indices and, as today, the never-revised series."""
    about = about_of(name, base=base)
    indices = conform(frame, TABLES["indices"], "test")
    files = {"manifest.json": json_bytes({**about.to_manifest(), "files": []})}
    files["indices.parquet"] = parquet_bytes(indices, TABLES["indices"], {})
    table = first_published(indices, about, previous)
    if with_table and table is not None:
        files["first_published.parquet"] = parquet_bytes(table, FIRST_PUBLISHED, {})
        files["first_published.csv"] = csv_bytes(table, FIRST_PUBLISHED, about.policy)
    return Release(files)


def told(release):
    frame = release.frame("first_published")
    return {(r["period"], r["class_code"]): (r["index"], r["vintage"]) for r in frame.to_dict("records")}


def test_without_an_earlier_release_every_month_is_first_published_here():
    found = told(released("2024-02", rows(BASE)))
    assert found == {("2024-01", "00"): (100.0, "2024-02"), ("2024-02", "00"): (101.0, "2024-02")}


def test_a_published_level_stays_and_new_months_are_appended():
    one = released("2024-02", rows(BASE))
    two = released("2024-03", rows({"2024-01": 100.0, "2024-02": 150.0, "2024-03": 103.0}), one)
    assert told(two) == {**told(one), ("2024-03", "00"): (103.0, "2024-03")}
    # an erratum does not touch it, nor does one of an older month with what came after it
    mended = released("2024-03-r1", rows({"2024-01": 100.0, "2024-02": 160.0, "2024-03": 170.0}), two)
    assert told(mended) == told(two)
    older = released("2024-02-r1", rows({"2024-01": 90.0, "2024-02": 91.0}), mended)
    assert told(older) == told(two)
    four = released("2024-04", rows({"2024-03": 1.0, "2024-04": 2.0}), older)
    assert told(four) == {**told(two), ("2024-04", "00"): (2.0, "2024-04")}


def test_a_class_that_comes_later_starts_then():
    one = released("2024-02", rows(BASE))
    both = pd.concat([rows({**BASE, "2024-03": 103.0}), rows({"2024-02": 50.0, "2024-03": 51.0}, code="01")])
    found = told(released("2024-03", both, one))
    assert found["2024-02", "01"] == (50.0, "2024-03") and found["2024-02", "00"] == (101.0, "2024-02")


def test_withheld_is_empty_until_a_release_shows_it():
    held = rows({"2024-02": 7.0}, code="02", obs_conf="C")
    one = released("2024-02", pd.concat([rows(BASE), held]))
    row = one.frame("first_published").query("class_code == '02'")
    assert row["index"].isna().all() and row["obs_conf"].tolist() == ["C"]
    assert b"2024-02,02,total,,2024-02,C" in one.files["first_published.csv"]
    two = released("2024-03", pd.concat([rows(BASE), held]), one)
    assert two.frame("first_published").equals(one.frame("first_published"))
    shown = released("2024-04", pd.concat([rows(BASE), rows({"2024-02": 8.0}, code="02")]), two)
    assert told(shown)["2024-02", "02"] == (8.0, "2024-04")
    # what was shown once is not taken back
    again = released("2024-05", pd.concat([rows(BASE), held]), shown)
    assert told(again) == told(shown)


def test_missing_and_adjusted_values_are_no_first_figures():
    frame = pd.concat([rows(BASE), rows({"2024-02": 9.0}, adjustment="SA"), rows({"2024-02": float("nan")}, code="03")])
    assert set(told(released("2024-02", frame))) == {("2024-01", "00"), ("2024-02", "00")}


def test_another_base_begins_anew_and_an_unfinished_one_not_yet():
    one = released("2024-02", rows(BASE))
    other = released("2024-03", rows({"2024-02": 80.0, "2024-03": 81.0}), one, base="2024-03")
    assert told(other) == {("2024-02", "00"): (80.0, "2024-03"), ("2024-03", "00"): (81.0, "2024-03")}
    young = released("2024-03", rows(BASE), base="2024")
    assert "first_published.parquet" not in young.files
    assert expected(young.frame("indices"), young, None) is None
    whole = released("2024-12", rows({"2024-01": 99.0, "2024-12": 102.0}), young, base="2024")
    assert set(whole.frame("first_published")["vintage"]) == {"2024-12"}


def test_a_release_from_before_the_table_counts_by_its_indices():
    old = released("2024-02", rows(BASE), with_table=False)
    new = released("2024-03", rows({"2024-01": 1.0, "2024-02": 2.0, "2024-03": 3.0}), old)
    assert told(new) == {
        ("2024-01", "00"): (100.0, "2024-02"),
        ("2024-02", "00"): (101.0, "2024-02"),
        ("2024-03", "00"): (3.0, "2024-03"),
    }


@pytest.mark.parametrize("at_hand", [True, False])
def test_verifying_computes_it_again(at_hand):
    one = released("2024-02", rows(BASE))
    two = released("2024-03", rows({"2024-01": 100.0, "2024-02": 150.0, "2024-03": 103.0}), one)
    indices = two.frame("indices")
    again = expected(indices, two, one if at_hand else None)
    pd.testing.assert_frame_equal(again, two.frame("first_published").astype(again.dtypes))
    # a changed figure of this vintage is told either way; one of an earlier vintage with the release before
    for month, caught in (("2024-03", True), ("2024-01", at_hand)):
        frame = two.frame("first_published")
        frame.loc[frame["period"] == month, "index"] += 1.0
        files = {**two.files, "first_published.parquet": parquet_bytes(frame, FIRST_PUBLISHED, {})}
        forged = expected(indices, Release(files), one if at_hand else None)
        assert (forged["index"].tolist() != frame["index"].tolist()) is caught


def test_nothing_of_the_callers_is_changed():
    before = appended(empty(FIRST_PUBLISHED), conform(rows(BASE), TABLES["indices"], "test"), "2024-02")
    kept, frame = before.copy(), conform(rows({"2024-02": 1.0}), TABLES["indices"], "test")
    held = frame.copy()
    appended(before, frame, "2024-03")
    pd.testing.assert_frame_equal(before, kept)
    pd.testing.assert_frame_equal(frame, held)
    assert carried(about_of("2024-03"), None).empty


def test_window_and_finality():
    policy = revision_policy(Rules.load().at("2024-12"))
    assert policy.never_revised and policy.oldest_open("2024-12") == "2024-10"
    # what late data may still change is provisional in the last release
    assert policy.oldest_open("2024-12") > last_final("2024-12", about_of("2024-12").policy) == "2024-09"
    assert RevisionPolicy(0, True).oldest_open("2024-12") == "2025-01"
    with pytest.raises(RulesError, match="late_data_months' is 4; expected 0 to") as error:
        revision_policy({"late_data_months": 4, "provisional_months": 3, "never_revised_series": True})
    assert "late_data_months 为 4" in error.value.zh
