"""What was public on a day: exactly that, whatever came later."""

import datetime as dt
import shutil

import numpy as np
import pandas as pd
import pytest

from shuibei_index.errors import ReleaseError, UsageError
from shuibei_index.vintages import Vintages, read_vintages

from .bundles import about_of, bundle, rows


def levels(frame):
    return dict(zip(frame["period"], frame["index"], strict=True))


def test_order_is_that_of_publication(vintages):
    assert [v.name for v in vintages] == [
        "2024-03", "2024-04", "2024-05", "2024-06", "2024-05-r1", "2024-07", "2024-07-r1",
    ]  # fmt: skip
    frame = vintages.to_frame()
    assert list(frame.columns) == ["name", "period", "released_on", "status", "base_period", "digest"]
    assert frame["released_on"].is_monotonic_increasing and frame["digest"].str.len().eq(64).all()
    assert vintages["2024-05-r1"].released_on == "2024-07-20"
    with pytest.raises(UsageError, match="did you mean '2024-07"):
        vintages["2024-08"]


def test_as_of_is_what_was_public_at_the_end_of_the_day(vintages):
    series = vintages.series()
    assert levels(series.as_of("2024-04-15")) == {"2024-01": 100.0, "2024-02": 101.0, "2024-03": 102.0}
    # the day before the next release still has the one before; the day itself has it
    assert levels(series.as_of("2024-05-14"))["2024-03"] == 102.0
    assert levels(series.as_of(dt.date(2024, 5, 15)))["2024-03"] == 102.504
    assert levels(series.as_of(dt.datetime(2024, 6, 17, 9)))["2024-05"] == 104.0
    # of two releases of one day the later one counts
    assert levels(series.as_of("2024-08-15"))["2024-07"] == 106.75
    assert series.as_of("2099-01-01").equals(series.latest())


def test_an_erratum_of_an_older_month_leaves_the_months_after_it(vintages):
    found = vintages.series().as_of("2024-07-31")
    assert levels(found)["2024-02"] == 101.5 and levels(found)["2024-05"] == 104.5
    assert levels(found)["2024-06"] == 105.0
    assert dict(zip(found["period"], found["vintage"], strict=True))["2024-06"] == "2024-06"
    assert [(v.name, before) for v, before in vintages.in_force("2024-07-31")] == [
        ("2024-05-r1", ""), ("2024-06", "2024-05"),
    ]  # fmt: skip
    whole = vintages.as_of("2024-07-31")
    # a class the erratum does not list is not published for its months any more
    assert set(whole.loc[whole["class_code"] == "01", "period"]) == {"2024-06"}
    assert not whole.duplicated(["period", "class_code", "component", "adjustment"]).any()


def test_before_the_first_release_there_is_nothing(vintages):
    with pytest.raises(UsageError, match="first release, 2024-03, came on 2024-04-15") as error:
        vintages.series().as_of("2024-04-14")
    assert "尚未发布" in error.value.zh
    for wrong in ("2024-08", "yesterday", "2024-02-30"):
        with pytest.raises(UsageError, match="expected YYYY-MM-DD"):
            vintages.as_of(wrong)


def test_a_class_that_came_later_is_empty_before(vintages):
    assert vintages.series("01").as_of("2024-06-30").empty
    assert len(vintages.series("01").as_of("2024-07-15")) == 2
    with pytest.raises(UsageError, match="no release has a series 09"):
        vintages.series("09")
    with pytest.raises(UsageError, match="did you mean 'total'"):
        vintages.series(component="totl")


def test_withheld_figures_stay_empty_even_if_the_file_has_them(vintages):
    found = vintages.series("02").as_of("2024-05-20").set_index("period")
    assert np.isnan(found.loc["2024-03", "index"]) and found.loc["2024-03", "obs_conf"] == "C"
    assert found.loc["2024-04", "index"] == 8.0
    first = vintages.series("02").first().set_index("period")
    assert first.loc["2024-03", "vintage"] == "2024-05" and first.loc["2024-03", "index"] == 7.5


def test_adjusted_series_have_vintages_of_their_own(vintages):
    assert levels(vintages.series(adjustment="SA").as_of("2024-05-31")) == {"2024-01": 99.0, "2024-02": 102.0}


def test_triangle_first_final(vintages):
    series = vintages.series()
    table = series.triangle(published=True)
    assert table.shape == (7, 7) and table.loc["2024-03"].tolist()[:3] == [102.0, 102.5, 102.5]
    assert series.triangle().loc["2024-03", "2024-04"] == 102.504
    assert np.isnan(table.loc["2024-06", "2024-05-r1"])
    first = series.first().set_index("period")
    assert first.loc["2024-05", "index"] == 104.0 and first.loc["2024-05", "vintage"] == "2024-05"
    final = series.final().set_index("period")
    # final after three months: 2024-03 in the release of 2024-06, 2024-07 not yet
    assert final.loc["2024-03", "final_vintage"] == "2024-06" and final.loc["2024-03", "index"] == 102.504
    assert final.loc["2024-07", "final_vintage"] == "" and np.isnan(final.loc["2024-07", "index"])
    assert final.loc["2024-01", "first_vintage"] == "2024-03" and final.loc["2024-01", "final_vintage"] == "2024-04"
    with pytest.raises(UsageError, match="did you mean 'index'"):
        series.triangle("indx")


def test_revisions_are_the_changes_from_release_to_release(vintages):
    found = vintages.series().revisions()
    told = list(zip(found["period"], found["vintage"], found["previous"], found["current"], strict=True))
    assert told == [
        ("2024-03", "2024-04", 102.0, 102.5),
        ("2024-05", "2024-06", 104.0, 104.25),
        ("2024-02", "2024-05-r1", 101.0, 101.5),
        ("2024-05", "2024-05-r1", 104.25, 104.5),
        ("2024-07", "2024-07-r1", 106.0, 106.75),
    ]
    assert found["revision"].tolist() == [0.5, 0.25, 0.5, 0.25, 0.75]
    assert found["months_after"].tolist() == [1, 1, 3, 1, 0]
    exact = vintages.series().revisions(published=False)
    assert exact["revision"].iloc[0] == pytest.approx(0.504, rel=1e-9)


def test_a_single_release_has_no_revisions(home):
    one = read_vintages(home / "2024-03")
    assert len(one) == 1 and one.series().revisions().empty
    assert one.series().mean_revision()["n"].eq(0).all()


def test_realtime_spans_say_when_each_figure_stood(vintages):
    series = vintages.series()
    found = series.realtime()
    mine = found[found["period"] == "2024-05"]
    assert mine[["realtime_start", "realtime_end", "index"]].to_numpy().tolist() == [
        ["2024-06-17", "2024-07-14", 104.0],
        ["2024-07-15", "2024-07-19", 104.25],
        ["2024-07-20", "9999-12-31", 104.5],
    ]
    # on each day the spans give what as_of gives, for every month
    for day in ("2024-04-15", "2024-05-20", "2024-07-19", "2024-07-20", "2024-08-14", "2024-08-15"):
        stood = found[(found["realtime_start"] <= day) & (found["realtime_end"] >= day)]
        assert levels(stood) == levels(series.as_of(day)), day
    cut = series.realtime("2024-07-16", "2024-07-31")
    assert cut["realtime_start"].min() == "2024-07-16" and cut["realtime_end"].max() == "2024-07-31"
    assert not (cut["period"] == "2024-07").any()
    with pytest.raises(UsageError, match="before start"):
        series.realtime("2024-08-01", "2024-07-01")


def test_files_that_are_not_the_released_ones_are_refused(home, tmp_path):
    folder = tmp_path / "releases"
    shutil.copytree(home, folder)
    path = folder / "2024-06" / "indices.parquet"
    path.write_bytes((folder / "2024-05" / "indices.parquet").read_bytes())
    with pytest.raises(ReleaseError, match=r"2024-06: indices\.parquet is not the file"):
        read_vintages(folder).as_of("2024-07-16")
    path.unlink()
    with pytest.raises(ReleaseError, match=r"2024-06: indices\.parquet is missing"):
        read_vintages(folder).as_of("2024-07-16")
    # another day does not need it
    assert len(read_vintages(folder).as_of("2024-05-20"))
    (folder / "2024-04" / "manifest.json").write_text("{")
    with pytest.raises(ReleaseError, match="cannot be read"):
        read_vintages(folder)


def test_places_without_releases_are_said_to_be_so(home, tmp_path):
    with pytest.raises(UsageError, match="has no releases"):
        read_vintages(tmp_path)
    with pytest.raises(UsageError, match="is no folder"):
        read_vintages(tmp_path / "nowhere")
    vintage = read_vintages(home / "2024-03").releases[0]
    with pytest.raises(ReleaseError, match="stands twice"):
        Vintages((vintage, vintage))


def test_only_what_is_needed_is_read(home, tmp_path):
    folder = tmp_path / "releases"
    shutil.copytree(home, folder)
    for name in ("2024-03", "2024-04", "2024-05", "2024-05-r1", "2024-07", "2024-07-r1"):
        (folder / name / "indices.parquet").unlink()
    assert len(read_vintages(folder).as_of("2024-07-16"))


def test_shown_in_notebooks_and_pictures(vintages):
    series = vintages.series()
    assert "2024-05-r1" in vintages._repr_html_() and "7 releases" in repr(vintages)
    assert "102.50" in series._repr_html_() or "102.5" in series._repr_html_()
    assert len(series.plot("lines").lines) == 9
    assert series.plot("triangle").images[0].get_array().shape == (7, 7)
    with pytest.raises(UsageError, match="no plot"):
        series.plot("pie")


def test_nothing_of_the_callers_is_changed(vintages):
    frame = vintages.series().as_of("2024-08-15")
    frame["index"] = 0.0
    assert levels(vintages.series().as_of("2024-08-15"))["2024-07"] == 106.75
    assert isinstance(vintages.as_of("2024-08-15"), pd.DataFrame)


def test_an_older_release_made_later_but_dated_earlier_counts_by_its_day(tmp_path):
    bundle(tmp_path, about_of("2024-04"), rows({"2024-03": 2.0, "2024-04": 3.0}))
    bundle(tmp_path, about_of("2024-03"), rows({"2024-03": 1.0}))
    assert levels(read_vintages(tmp_path).series().as_of("2024-04-30")) == {"2024-03": 1.0}
    assert levels(read_vintages(tmp_path).series().latest()) == {"2024-03": 2.0, "2024-04": 3.0}
