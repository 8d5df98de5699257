"""Labels of months, weeks and quarters."""

import datetime

import pytest

from shuibei_index.errors import ShapeError, UsageError
from shuibei_index.index.chain.periods import Periods, parse, weeks_in, write
from shuibei_index.months import between


def test_weeks_are_those_of_the_calendar():
    day, last = datetime.date(2014, 12, 29), datetime.date(2027, 1, 3)
    labels = []
    while day <= last:
        year, week, _ = day.isocalendar()
        labels.append(write("week", year, week))
        day += datetime.timedelta(weeks=1)
    periods = Periods.read(labels)
    assert len(periods) == len(labels) == sum(weeks_in(y) for y in range(2015, 2027))
    assert [y for y in range(2015, 2027) if weeks_in(y) == 53] == [2015, 2020, 2026]
    assert [labels[t] for t in range(len(labels)) if periods.ends(None)[t]][:2] == ["2015-W53", "2016-W52"]
    assert [periods.row(name) for name in labels] == list(range(len(labels)))
    assert [periods.place(2015, 1), periods.place(2014, 52), periods.place(2027, 1)] == [0, -1, len(labels)]


def test_place_counts_on_outside_the_rows():
    periods = Periods.read(between("2020-03", "2021-02"))
    assert [periods.place(*x) for x in ((2020, 3), (2020, 1), (2019, 12), (2018, 3), (2021, 3), (2022, 3))] == [
        0, -2, -3, -24, 12, 24,
    ]  # fmt: skip
    assert periods.row("2021-03") == -1 and list(periods.rows("2021")) == [10, 11]
    assert not periods.whole(2020)


@pytest.mark.parametrize("label", ["2024-13", "2024-W00", "2024-W53", "2024-Q5", "2024-1", "2024", 202413, None])
def test_what_is_no_period_is_refused(label):
    with pytest.raises(UsageError, match=r"not a period|has 52 weeks"):
        parse(label)


def test_rows_follow_one_another():
    with pytest.raises(ShapeError, match="one kind; they are month, quarter"):
        Periods.read(["2024-01", "2024-Q1"])
    with pytest.raises(ShapeError, match="'2021-W01' does not follow '2020-W52'"):
        Periods.read(["2020-W52", "2021-W01"])
    with pytest.raises(ShapeError, match="'2024-01' does not follow '2024-01'"):
        Periods.read(["2024-01", "2024-01"])
    with pytest.raises(ShapeError, match="one kind; they are none"):
        Periods.read([])
