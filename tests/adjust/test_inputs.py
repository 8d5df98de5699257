"""Tables that are no series of months: refused in both languages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust import seasonally_adjust
from shuibei_index.adjust.inputs import monthly_frame
from shuibei_index.errors import UsageError

MONTHS = ["2020-01", "2020-02", "2020-03"]
DAYS = pd.to_datetime(["2020-01-31", "2020-02-29", "2020-03-31"])


@pytest.mark.parametrize(
    ("table", "en", "zh"),
    [
        (pd.DataFrame(), "nothing to adjust", "没有可调整的数据"),
        (pd.Series([1.0, 2.0], index=["2020-01", "2020-01"]), "a month stands twice: 1 ", "月份重复"),
        (pd.DataFrame(np.ones((3, 2)), index=MONTHS, columns=["q", "q"]), "the same name", "同名"),
        (pd.Series(["a", "b", "c"], index=MONTHS, name="q"), "series 'q' is not numeric", "不是数值"),
        (pd.Series([1 + 2j, 2, 3], index=MONTHS, name="q"), "'q' is not numeric: values of kind complex", "不是数值"),
        (pd.Series(DAYS, index=MONTHS, name="q"), "'q' is not numeric: values of kind datetime", "不是数值"),
        (pd.Series([True, False, True], index=MONTHS, name="q"), "'q' is not numeric: values of kind bool", "不是数值"),
        (pd.Series([1.0, 2.0], index=[DAYS[0], pd.NaT]), "row 2 of the table has no period", "第 2 行没有时期"),
        (pd.Series([1.0, 2.0], index=["2020-01", None]), "row 2 of the table has no period", "第 2 行没有时期"),
    ],
)
def test_refused_in_both_languages(table: object, en: str, zh: str) -> None:
    with pytest.raises(UsageError, match=en) as caught:
        monthly_frame(table)
    assert zh in caught.value.zh


def test_numbers_of_any_kind_are_taken() -> None:
    for values in ([1, 2, 3], ["1", "2", "3"], pd.array([1, None, 3], dtype="Int64"), [np.nan] * 3):
        assert monthly_frame(pd.Series(values, index=MONTHS)).dtypes.tolist() == [np.dtype("float64")]


def test_regressors_for_no_series_are_refused() -> None:
    index = pd.period_range("2015-01", periods=72, freq="M")
    series = pd.Series(np.arange(72.0) + 1, index=index, name="q")
    own = pd.DataFrame({"x": np.ones(72)}, index=index)
    with pytest.raises(UsageError, match="regressors are given for 'Q', which is no series") as caught:
        seasonally_adjust(series, regressors={"Q": own})
    assert "没有这个序列" in caught.value.zh
    with pytest.raises(UsageError, match="did you mean 'rings'"):
        seasonally_adjust(series.rename("rings"), regressors={"ring": own})


def test_one_month_is_no_plural() -> None:
    index = pd.period_range("2015-01", periods=72, freq="M")
    series = pd.Series(np.arange(72.0) + 1, index=index, name="q")
    series.iloc[5] = np.nan
    assert "1 month missing inside" in seasonally_adjust(series).diagnostics["reason_en"].iloc[0]
