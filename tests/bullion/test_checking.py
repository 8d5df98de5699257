"""Tables of metal prices from a notebook are checked as the workspace's file is; the cause stands in both languages."""

from __future__ import annotations

import pandas as pd
import pytest

from shuibei_index.bullion import reference
from shuibei_index.errors import UsageError, WorkspaceError
from shuibei_index.rules import Rules
from shuibei_index.workspace import Workspace

RULES = Rules.load()
GOOD = pd.DataFrame({
    "period": ["2025-01", "2025-02"], "metal": "gold", "cny_per_gram": [630.0, 640.0], "source": "somebody"
})  # fmt: skip


def with_price(price: object) -> pd.DataFrame:
    return GOOD.assign(cny_per_gram=pd.Series([630.0, price], dtype=object))


@pytest.mark.parametrize(
    ("table", "en", "zh"),
    [
        (
            with_price(-3),
            "line 2: cny_per_gram is -3; expected a price above 0",
            "第 2 行：cny_per_gram 为 -3；应为大于 0",
        ),
        (with_price("abc"), "line 2: cny_per_gram is 'abc'", "第 2 行：cny_per_gram 为 'abc'"),
        (with_price(float("nan")), "line 2: cny_per_gram is nan", "第 2 行：cny_per_gram 为"),
        (GOOD.assign(period="2025-01"), "line 2: period is '2025-01'; expected each metal once a month", "每月一次"),
        (GOOD.assign(period="2025-13"), "line 1: period is '2025-13'", "第 1 行：period"),
        (GOOD.assign(metal="golf"), "line 1: metal is 'golf'", "第 1 行：metal"),
        (GOOD.drop(columns="cny_per_gram"), "column 'cny_per_gram' is missing", "缺少列 cny_per_gram"),
        (GOOD.drop(columns="period"), "column 'period' is missing", "缺少列 period"),
    ],
)
def test_a_frame_is_checked_like_the_file(table: pd.DataFrame, en: str, zh: str) -> None:
    with pytest.raises(UsageError, match=en) as error:
        reference(table, RULES)
    assert zh in error.value.zh


def test_a_good_frame_passes_and_is_left_alone() -> None:
    before = GOOD.copy()
    found = reference(with_price("640"), RULES)
    assert found.series["cny_per_gram"].tolist() == [630.0, 640.0]
    pd.testing.assert_frame_equal(GOOD, before)


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ("2025-01,gold,-3,a", "metal_prices.csv 第 3 行：cny_per_gram 为 '-3'；应为大于 0 的价格"),
        ("2025-01,gold,abc,a", "metal_prices.csv 第 3 行：cny_per_gram 为 'abc'"),
        ("2024-12,gold,620,a", "metal_prices.csv 第 3 行：period 为 '2024-12'；应为同一金属每月一次"),
    ],
)
def test_the_file_says_line_and_cause_in_chinese(tmp_path, text: str, zh: str) -> None:
    (tmp_path / "workspace.toml").write_text("", encoding="utf-8")
    (tmp_path / "reference").mkdir()
    lines = f"period,metal,cny_per_gram,source\n2024-12,gold,619,a\n{text}\n"
    (tmp_path / "reference" / "metal_prices.csv").write_text(lines, encoding="utf-8")
    for read in (Workspace.open(tmp_path).metal_prices, Workspace.open(tmp_path).bullion):
        with pytest.raises(WorkspaceError, match="line 3") as error:
            read()
        assert zh in error.value.zh
