"""What the prosperity index reads beside accepted records: business figures and survey answers of enterprises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.errors import UsageError, WorkspaceError, did_you_mean
from shuibei_index.workspace_tables import read_table

BUSINESS = ("stock_value", "cost_of_sales", "gross_margin")
ANSWERS = {"up": 1.0, "same": 0.5, "down": 0.0, "上升": 1.0, "持平": 0.5, "下降": 0.0}


def read_business(path: str | Path) -> pd.DataFrame:
    """Read reference/business.csv, one row per enterprise and month.

    Returns
    -------
    DataFrame
        period 报告期 (YYYY-MM), enterprise_id 企业代码, and in CNY, all in one tax basis: stock_value 库存额 (goods
        for sale at cost at the end of the month, above 0), cost_of_sales 销售成本 (of the month, not negative) and
        gross_margin 毛利额 (an amount, not a percentage: sales less their cost; may be negative). An empty cell = not
        reported (NaN).

    Raises
    ------
    WorkspaceError
        Names the line of the first period, id or number that is not one; an enterprise stands twice in a month.
    """
    path = Path(path)
    frame = _read(path, ["period", "enterprise_id", *BUSINESS])
    _require(frame, path.name, "period", frame["period"].map(month_names.is_month), "a month YYYY-MM", "月份 YYYY-MM")
    _require(frame, path.name, "enterprise_id", frame["enterprise_id"] != "", "an enterprise code", "企业代码")
    for column, least, en, zh in (
        ("stock_value", np.nextafter(0.0, 1.0), "an amount above 0 CNY, or empty", "大于 0 的金额（元）或留空"),
        ("cost_of_sales", 0.0, "an amount in CNY that is not negative, or empty", "不为负的金额（元）或留空"),
        ("gross_margin", -np.inf, "an amount in CNY (no percentage), or empty", "金额（元，不是百分比）或留空"),
    ):
        value = pd.to_numeric(frame[column], errors="coerce").astype(float)
        given = frame[column] != ""
        _require(frame, path.name, column, ~given | (np.isfinite(value) & (value >= least)), en, zh)
        frame = frame.assign(**{column: value})
    once = ~frame.duplicated(["period", "enterprise_id"])
    _require(frame, path.name, "enterprise_id", once, "each enterprise once a month", "每家企业每月一行")
    return frame


def read_survey(path: str | Path, questions: tuple[str, ...]) -> pd.DataFrame:
    """Read reference/survey.csv, one row per enterprise, month and question.

    Parameters
    ----------
    path : path
    questions : tuple of str
        The questions of the rule `prosperity_questions`.

    Returns
    -------
    DataFrame
        period 报告期, enterprise_id 企业代码, question 问题, answer 回答 (up 上升, same 持平, down 下降), and score:
        1, 0.5, 0.

    Raises
    ------
    WorkspaceError
        Names the line of the first entry that is not one; an enterprise answers a question twice in a month.
    """
    path = Path(path)
    frame = _read(path, ["period", "enterprise_id", "question", "answer"])
    _require(frame, path.name, "period", frame["period"].map(month_names.is_month), "a month YYYY-MM", "月份 YYYY-MM")
    _require(frame, path.name, "enterprise_id", frame["enterprise_id"] != "", "an enterprise code", "企业代码")
    known, words = ", ".join(questions), "up, same or down"
    _require(frame, path.name, "question", frame["question"].isin(questions), f"one of {known}", f"{known} 之一")
    _require(frame, path.name, "answer", frame["answer"].isin(ANSWERS), words, "up 上升、same 持平或 down 下降")
    once = ~frame.duplicated(["period", "enterprise_id", "question"])
    _require(frame, path.name, "question", once, "each question once a month", "每家企业每月每题一个回答")
    return frame.assign(score=frame["answer"].map(ANSWERS).astype(float))


def scored(survey: pd.DataFrame) -> pd.DataFrame:
    """Return survey answers with their score (1, 0.5, 0), from a frame that has scores or answers.

    Parameters
    ----------
    survey : DataFrame
        period, enterprise_id, question, and score or answer (up 上升, same 持平, down 下降).

    Raises
    ------
    UsageError
        A column is missing, an answer or score is none, or an enterprise answers a question twice in a month.
    """
    for name in ("period", "enterprise_id", "question", *(() if "score" in survey else ("answer",))):
        if name not in survey:
            raise UsageError(
                f"survey: column {name!r} is missing{did_you_mean(name, map(str, survey.columns))}; expected period, "
                "enterprise_id, question, answer",
                zh=f"调查表缺少列 {name}；应有 period、enterprise_id、question、answer 各列",
            )
    if "score" in survey:
        bad = ~survey["score"].isin(set(ANSWERS.values()))
        column, en, zh = "score", "0, 0.5 or 1", "0、0.5 或 1"
    else:
        bad = ~survey["answer"].isin(ANSWERS)
        column, en, zh = "answer", "up, same or down", "up 上升、same 持平或 down 下降"
    if bad.any():
        value = survey.loc[bad, column].iloc[0]
        raise UsageError(
            f"survey: {column} {value!r} is unknown; expected {en} ({int(bad.sum())} rows)",
            zh=f"调查表的 {column} 为 {value!r}，应为 {zh}（共 {int(bad.sum())} 行）",
        )
    twice = survey.duplicated(["period", "enterprise_id", "question"])
    if twice.any():
        row = survey[twice].iloc[0]
        who, when = row["enterprise_id"], row["period"]
        raise UsageError(
            f"survey: {who} answers a question twice in {when}: {row['question']}",
            zh=f"调查表：{who} 在 {when} 对 {row['question']} 有两个回答",
        )
    return survey if "score" in survey else survey.assign(score=survey["answer"].map(ANSWERS).astype(float))


def check_enterprises(frame: pd.DataFrame, name: str, panel: pd.DataFrame) -> None:
    """Refuse rows of enterprises that panel.csv does not know.

    Raises
    ------
    WorkspaceError
        Names the first.
    """
    known = panel["enterprise_id"]
    ids = frame["enterprise_id"]
    bad = ids[~ids.isin(known)]
    near = did_you_mean(str(bad.iloc[0]), known) if len(bad) else ""
    _require(frame, name, "enterprise_id", ids.isin(known), f"a code of panel.csv{near}", "panel.csv 中的企业代码")


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        # the workspace's reader knows the encodings and lines of files that spreadsheets write
        return read_table(path, columns, [])
    except WorkspaceError as error:
        raise WorkspaceError(str(error), zh=f"无法读取 {path.name}，需要的列：{'、'.join(columns)}") from error


def _require(frame: pd.DataFrame, file: str, column: str, good: pd.Series, en: str, zh: str) -> None:
    bad = ~np.asarray(good, dtype=bool)
    if bad.any():
        at = int(np.argmax(bad))
        value, n = frame[column].iloc[at], int(bad.sum())
        raise WorkspaceError(
            f"{file}, line {at + 2}: {column} is {value!r}; expected {en}" + (f" ({n} lines in all)" if n > 1 else ""),
            zh=f"{file} 第 {at + 2} 行：{column} 为 {value!r}，应为{zh}" + (f"（共 {n} 行）" if n > 1 else ""),
        )
