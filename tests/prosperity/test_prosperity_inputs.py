"""business.csv and survey.csv: what is read of them, and every refusal in both languages."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.errors import WorkspaceError
from shuibei_index.prosperity import read_business, read_survey
from shuibei_index.prosperity.inputs import check_enterprises

BUSINESS = "period,enterprise_id,stock_value,cost_of_sales,gross_margin\n"
SURVEY = "period,enterprise_id,question,answer\n"
QUESTIONS = ("sales", "stock")


def test_business_figures_and_what_is_not_reported(tmp_path):
    path = tmp_path / "business.csv"
    path.write_text(BUSINESS + "2024-01,E1,1000000,250000.5,-300\n2024-01,E2,,0,\n", encoding="utf-8-sig")
    frame = read_business(path)
    assert frame["stock_value"].iloc[0] == 1_000_000 and frame["gross_margin"].iloc[0] == -300
    assert np.isnan(frame["stock_value"].iloc[1]) and frame["cost_of_sales"].iloc[1] == 0


def test_answers_in_either_language(tmp_path):
    path = tmp_path / "survey.csv"
    path.write_text(SURVEY + "2024-01,E1,sales,up\n2024-01,E2,sales,下降\n2024-01,E2,stock,持平\n", encoding="gb18030")
    assert read_survey(path, QUESTIONS)["score"].tolist() == [1.0, 0.0, 0.5]


@pytest.mark.parametrize(
    ("lines", "en", "zh"),
    [
        ("2024-13,E1,1,1,1\n", "line 2: period is '2024-13'", "第 2 行"),
        ("2024-01,E1,1,1,1\n2024-01,,1,1,1\n", "line 3: enterprise_id is ''", "第 3 行"),
        ("2024-01,E1,0,1,1\n", "stock_value is .*above 0", "大于 0"),
        ("2024-01,E1,1,-1,1\n", "cost_of_sales is .*not negative", "不为负"),
        ("2024-01,E1,1,1,12%\n", "gross_margin is .*no percentage", "不是百分比"),
        ("2024-01,E1,1,inf,1\n", "cost_of_sales", "不为负"),
        ("2024-01,E1,1,1,1\n2024-01,E1,1,1,1\n", "line 3: .*once a month", "每月一行"),
    ],
)
def test_refused_business_figures(tmp_path, lines, en, zh):
    path = tmp_path / "business.csv"
    path.write_text(BUSINESS + lines, encoding="utf-8")
    with pytest.raises(WorkspaceError, match=en) as error:
        read_business(path)
    assert zh in error.value.zh


@pytest.mark.parametrize(
    ("lines", "en", "zh"),
    [
        ("2024-1,E1,sales,up\n", "period", "月份"),
        ("2024-01,,sales,up\n", "enterprise_id", "企业代码"),
        ("2024-01,E1,mood,up\n", "question is 'mood'; expected one of sales, stock", "之一"),
        ("2024-01,E1,sales,better\n", "answer is 'better'; expected up, same or down", "上升"),
        ("2024-01,E1,sales,up\n2024-01,E1,sales,down\n", "once a month", "一个回答"),
        ("2024-01,E1,sales,x\n2024-01,E1,stock,y\n", r"2 lines in all", "共 2 行"),
    ],
)
def test_refused_answers(tmp_path, lines, en, zh):
    path = tmp_path / "survey.csv"
    path.write_text(SURVEY + lines, encoding="utf-8")
    with pytest.raises(WorkspaceError, match=en) as error:
        read_survey(path, QUESTIONS)
    assert zh in error.value.zh


def test_a_missing_column_or_file_is_named(tmp_path):
    path = tmp_path / "business.csv"
    with pytest.raises(WorkspaceError, match=r"business\.csv is missing") as error:
        read_business(path)
    assert "stock_value" in error.value.zh
    path.write_text("period,enterprise_id,stock,cost_of_sales,gross_margin\n", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="'stock_value' is missing") as error:
        read_business(path)
    assert "stock_value" in error.value.zh


def test_enterprises_the_panel_does_not_know():
    panel = pd.DataFrame({"enterprise_id": ["E001", "E002"]})
    check_enterprises(pd.DataFrame({"enterprise_id": ["E002"]}), "business.csv", panel)
    with pytest.raises(WorkspaceError, match=r"line 3: .*'E003'.*did you mean 'E00") as error:
        check_enterprises(pd.DataFrame({"enterprise_id": ["E001", "E003"]}), "business.csv", panel)
    assert "第 3 行" in error.value.zh
