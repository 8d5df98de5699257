"""Market: figures of the national trade as the user gives them, each with its source; none comes with the program."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from shuibei_index.errors import UsageError

COLUMNS = ("scope", "year", "value", "unit", "source")
#: What a unit is worth in CNY.
UNITS = {"元": 1.0, "CNY": 1.0, "万元": 1e4, "亿元": 1e8}
#: A scope that begins so is a region, as panel.csv names it; any other is a class.
REGION = "region:"


def read_market(path: str | Path) -> pd.DataFrame:
    """Read market figures: scope, year, value, unit, source, and stage if there.

    Parameters
    ----------
    path
        CSV, UTF-8. `scope` is a class code ("00" = all) or "region:" and a region of panel.csv; `unit` is 元, CNY, 万元
        or 亿元; `source` must not be empty; `stage` says whether the figure is of wholesale or retail ("" = not said).

    Returns
    -------
    DataFrame
        scope, year (text), value (as given), unit, source, stage, cny (float); in order of scope and year.

    Raises
    ------
    UsageError
        Names the line of the first figure that is none, has no source, or stands twice.
    """
    path = Path(path)
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path.name} cannot be read as CSV in UTF-8: {error}", zh=f"{path.name} 无法按 UTF-8 的 CSV 读取：{error}"
        ) from error
    missing = [name for name in COLUMNS if name not in frame]
    if missing:
        raise UsageError(
            f"{path.name}: columns missing: {', '.join(missing)}; expected {', '.join(COLUMNS)}",
            zh=f"{path.name} 缺少列 {'、'.join(missing)}；应有 {'、'.join(COLUMNS)}",
        )
    if "stage" not in frame:
        frame = frame.assign(stage="")
    frame = _stripped(frame[[*COLUMNS, "stage"]])
    value = pd.to_numeric(frame["value"].str.replace(",", ""), errors="coerce")
    checks = (
        ("scope", frame["scope"] != "", "a class code or region:NAME", "分类代码或 region:地区"),
        ("year", frame["year"].str.fullmatch(r"\d{4}"), "a year, e.g. 2024", "年份，如 2024"),
        ("value", np.isfinite(value) & (value > 0), "a number above 0", "大于 0 的数"),
        ("unit", frame["unit"].isin(list(UNITS)), f"one of {', '.join(UNITS)}", f"{'、'.join(UNITS)} 之一"),
        ("source", frame["source"] != "", "where the figure is from", "数据出处"),
        (
            "stage",
            frame["stage"].isin(["", "wholesale", "retail"]),
            "wholesale, retail or empty",
            "wholesale、retail 或空",
        ),
        ("scope", ~frame.duplicated(["scope", "year"]), "each scope once a year", "每一范围每年一行"),
    )
    for column, good, en, zh in checks:
        bad = np.flatnonzero(~np.asarray(good, dtype=bool))
        if len(bad):
            found = frame[column].iloc[bad[0]]
            raise UsageError(
                f"{path.name}, line {bad[0] + 2}: {column} is {found!r}; expected {en}",
                zh=f"{path.name} 第 {bad[0] + 2} 行：{column} 为 {found!r}，应为{zh}",
            )
    worth = frame["unit"].map(UNITS).astype(float)
    return frame.assign(cny=value * worth).sort_values(["scope", "year"], ignore_index=True)


def _stripped(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{name: frame[name].str.strip() for name in frame.columns})
