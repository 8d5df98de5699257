"""The tables of a release: columns, types, units and what they mean, in one place for every format."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype

from shuibei_index.errors import ReleaseError
from shuibei_index.release.policy import Policy

SCHEMA_VERSION = "1"
# period, class, component and so on are text; the rest says how a number is rounded for display
TEXT, MONTH, INTEGER = "text", "month", "integer"
INDEX, RATE, CONTRIBUTION, WEIGHT, FACTOR, SHARE = "index", "rate", "contribution", "weight", "factor", "share"
NUMBERS = (INDEX, RATE, CONTRIBUTION, WEIGHT, FACTOR, SHARE)


@dataclass(frozen=True)
class Column:
    """One column: its kind decides type and decimals."""

    name: str
    kind: str
    zh: str
    en: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    # what stands in every row of a frame that does not bring the column
    filled: str = ""

    @property
    def is_number(self) -> bool:
        """Whether the column holds floating point numbers."""
        return self.kind in NUMBERS


@dataclass(frozen=True)
class Table:
    """One table of the bundle: one .csv and one .parquet of the same name."""

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [c.name for c in self.columns]


PERIOD = Column("period", MONTH, "报告期", "month, YYYY-MM")
CLASS_CODE = Column("class_code", TEXT, "分类代码", "class code; 00 = headline")
LEVEL = Column("level", INTEGER, "层级", "level of the classification; 0 = headline")
_COMPONENT = Column(
    "component", TEXT, "构成", "total, metal, making charge or stone", allowed=("total", "metal", "making", "stone")
)
_PART = Column(
    "component",
    TEXT,
    "构成",
    "total, and what adds up to it: metal, making charge, stone, and what could not be split",
    allowed=("total", "metal", "making", "stone", "unsplit"),
)
_ADJUSTMENT = Column(
    "adjustment",
    TEXT,
    "季节调整",
    "NSA unadjusted, SA seasonally adjusted, TREND trend-cycle",
    allowed=("NSA", "SA", "TREND"),
)

CONFIDENTIAL = Column(
    "obs_conf", TEXT, "保密状态", "F free, C suppressed: numbers of the row are empty", allowed=("F", "C"), filled="F"
)

INDICES = Table(
    "indices",
    "指数",
    "Index levels and rates of change",
    (
        PERIOD,
        CLASS_CODE,
        LEVEL,
        Column("name_zh", TEXT, "中文名称", "Chinese name"),
        Column("name_en", TEXT, "英文名称", "English name"),
        _COMPONENT,
        _ADJUSTMENT,
        Column("index", INDEX, "指数", "index level", "points, base period = 100"),
        Column("mom_pct", RATE, "环比", "change on the previous month", "percent"),
        Column("yoy_pct", RATE, "同比", "change on the same month of the previous year", "percent"),
        Column(
            "ytd_pct",
            RATE,
            "累计比上年同期",
            "mean of this year's months so far on the mean of the same months of the previous year",
            "percent",
        ),
        Column(
            "obs_status",
            TEXT,
            "数据状态",
            "A normal, P provisional, I imputed, R revised, M missing",
            allowed=("A", "P", "I", "R", "M"),
        ),
        Column("obs_conf", TEXT, "保密状态", "F free, C suppressed", allowed=("F", "C")),
    ),
    ("period", "class_code", "component", "adjustment"),
)
CONTRIBUTIONS = Table(
    "contributions",
    "影响",
    "Contributions to the change of the headline",
    (
        PERIOD,
        CLASS_CODE,
        LEVEL,
        _PART,
        Column("measure", TEXT, "口径", "mom or yoy", allowed=("mom", "yoy")),
        Column("points_pp", CONTRIBUTION, "影响百分点", "contribution to the headline's change", "percentage points"),
        CONFIDENTIAL,
    ),
    ("period", "class_code", "level", "component", "measure"),
)
LINKS = Table(
    "links",
    "链接与权数",
    "Weights and chain links of each year",
    (
        Column("year", INTEGER, "年份", "year the weights serve"),
        CLASS_CODE,
        Column("link_period", MONTH, "链接月", "month in which the year joins the chain"),
        Column("link_factor", FACTOR, "链接系数", "index of the class in the link month", "points, base period = 100"),
        Column("weight", WEIGHT, "权数", "weight as stated", "any scale"),
        Column("price_updated_weight", WEIGHT, "价格更新权数", "weight at link-month prices", "share of the headline"),
        CONFIDENTIAL,
    ),
    ("year", "class_code"),
)
QUALITY = Table(
    "quality",
    "质量",
    "What stands behind each number",
    (
        PERIOD,
        CLASS_CODE,
        Column("n_enterprises", INTEGER, "企业数", "reporting enterprises", "count"),
        Column("n_items", INTEGER, "规格品数", "items priced", "count"),
        Column("response_rate_count", SHARE, "回收率(按户)", "response rate by enterprises", "share, 0 to 1"),
        Column("response_rate_value", SHARE, "回收率(按额)", "response rate by turnover", "share, 0 to 1"),
        Column("imputed_share", SHARE, "插补比重", "share of turnover with an imputed price", "share, 0 to 1"),
        Column("low_95", INDEX, "95%区间下限", "lower end of the 95 % interval", "points, base period = 100"),
        Column("high_95", INDEX, "95%区间上限", "upper end of the 95 % interval", "points, base period = 100"),
        CONFIDENTIAL,
    ),
    ("period", "class_code"),
)
REVISIONS = Table(
    "revisions",
    "修订",
    "Published values that changed since the previous release",
    (
        PERIOD,
        CLASS_CODE,
        _COMPONENT,
        _ADJUSTMENT,
        Column("previous", INDEX, "前次发布", "index as last published", "points, base period = 100"),
        Column("current", INDEX, "本次发布", "index as published now", "points, base period = 100"),
        Column("revision", INDEX, "修订幅度", "current minus previous", "points"),
        Column("reason", TEXT, "原因", "reason of the revision"),
        CONFIDENTIAL,
    ),
    ("period", "class_code", "component", "adjustment"),
)
TABLES = {table.name: table for table in (INDICES, CONTRIBUTIONS, LINKS, QUALITY, REVISIONS)}


def diagnostics_table(frame: pd.DataFrame) -> Table:
    """Describe the diagnostics of the seasonal adjustment, whose columns the engine decides."""
    columns: list[Column] = []
    for name in frame.columns:
        kind = _diagnostic_kind(frame[name])
        known = {c.name: c for c in (CLASS_CODE, _COMPONENT, CONFIDENTIAL)}
        columns.append(known.get(str(name)) or Column(str(name), kind, str(name), f"diagnostic {name}"))
    en = "Diagnostics of the seasonal adjustment"
    return Table("adjustment", "季节调整诊断", en, tuple(columns), ("class_code", "component"))


def _diagnostic_kind(values: pd.Series) -> str:
    # a count that is missing somewhere comes back from Parquet as a float: it must be one from the start
    if not is_numeric_dtype(values.dtype) or is_bool_dtype(values.dtype):
        return TEXT
    return INTEGER if is_integer_dtype(values.dtype) and not values.isna().any() else WEIGHT


def as_then(table: Table, frame: pd.DataFrame) -> Table:
    """Return a table as it was when a frame was released: before disclosure control only the indices had obs_conf."""
    if CONFIDENTIAL.name in frame or table.name == INDICES.name:
        return table
    kept = tuple(column for column in table.columns if column.name != CONFIDENTIAL.name)
    return dataclasses.replace(table, columns=kept)


def decimals(kind: str, policy: Policy) -> int:
    """Return the decimals of a kind of number in the CSV files."""
    return {
        INDEX: policy.index_decimals,
        RATE: policy.rate_decimals,
        CONTRIBUTION: policy.contribution_decimals,
        WEIGHT: policy.weight_decimals,
        FACTOR: policy.link_factor_decimals,
        SHARE: policy.share_decimals,
    }[kind]


def conform(frame: pd.DataFrame, table: Table, source: str) -> pd.DataFrame:
    """Return the table's own columns, typed and in key order; whatever else the frame carries stays behind.

    Raises
    ------
    ReleaseError
        A column is missing, a key stands twice, a number is infinite, or a code is not one of those allowed.
    """
    frame = frame.assign(**{c.name: c.filled for c in table.columns if c.filled and c.name not in frame})
    missing = [c for c in table.names if c not in frame]
    if missing:
        raise ReleaseError(f"{source}: {', '.join(missing)} missing; expected the columns {', '.join(table.names)}")
    result = frame[table.names].copy()
    for column in table.columns:
        values = result[column.name]
        if column.is_number:
            result[column.name] = pd.to_numeric(values, errors="raise").astype(float)
            _refuse(np.isinf(result[column.name].to_numpy()), result, table, column, source, "a finite number")
        elif column.kind == INTEGER:
            result[column.name] = pd.to_numeric(values, errors="raise").astype("Int64")
        else:
            result[column.name] = values.astype(object).where(values.notna(), "").astype(str)
            if column.allowed:
                good = result[column.name].isin(column.allowed).to_numpy()
                _refuse(~good, result, table, column, source, f"one of {', '.join(column.allowed)}")
    twice = result.duplicated(list(table.key)).to_numpy()
    if twice.any():
        first = dict(zip(table.key, result.loc[twice, list(table.key)].iloc[0], strict=True))
        raise ReleaseError(f"{source}: {int(twice.sum())} rows stand twice, first {first}; expected one row per key")
    return result.sort_values(list(table.key), kind="stable").reset_index(drop=True)


def empty(table: Table) -> pd.DataFrame:
    """Return the table without rows."""
    return conform(pd.DataFrame({name: [] for name in table.names}), table, table.name)


def _refuse(
    bad: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    frame: pd.DataFrame,
    table: Table,
    column: Column,
    source: str,
    expected: str,
) -> None:
    if bad.any():
        at = int(np.argmax(bad))
        where = ", ".join(str(frame[key].iloc[at]) for key in table.key)
        raise ReleaseError(
            f"{source}: {column.name} is {frame[column.name].iloc[at]!r} at {where}; expected {expected} "
            f"({int(bad.sum())} rows in all)"
        )
