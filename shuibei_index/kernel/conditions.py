"""What a check in the catalogue says about its condition: expression or name, dates, cell; checked when loaded."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from shuibei_index.errors import RulesError
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.kernel.expression import ExpressionError, parse
from shuibei_index.kernel.near import near
from shuibei_index.kernel.vocabulary import REPORTED, ROW_SCOPES, columns_of

#: Keys of a check with an expression: what an unknown answer means, the cell a finding points at, first month, month
#: after the last. With `named` in place of the expression, the condition is that of a check in code.
KEYS = {"expression", "named", "null", "cell", "from", "until"}
#: What the texts of such a check may speak of.
FIELDS = (
    "cell", "column", "column_zh", "enterprise_id", "expected", "file", "line_no", "period", "sheet", "value",
)  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def condition(where: str, name: str, table: Mapping[str, Any], told: set[str]) -> dict[str, str]:
    """Check and return what a check with an expression or a name says beyond its texts; nothing for others.

    Parameters
    ----------
    where
        File and check, for errors.
    name, table
        The check as it stands in the file.
    told
        The fields its texts use.

    Raises
    ------
    RulesError
        Names the key, and in an expression the position, of the first thing that is wrong.
    """
    if "expression" not in table and "named" not in table:
        for key in sorted(KEYS & set(table)):
            raise RulesError(
                f"{where}: {key!r} belongs to an expression or a named check, and there is none",
                zh=f"{where}：{key!r} 须与 expression 或 named 同用，此处两者都没有",
            )
        if table["scope"] == "record":
            raise RulesError(
                f"{where}: scope 'record' needs an expression", zh=f"{where}：scope 'record' 须有 expression"
            )
        return {}
    if not _NAME.fullmatch(name):
        raise RulesError(
            f"{where}: names are lower case letters, digits and underscores",
            zh=f"{where}：名称只能用小写字母、数字和下划线",
        )
    for key in ("expression", "named", "null", "cell"):
        if not isinstance(table.get(key, ""), str):
            raise RulesError(f"{where}: {key!r} is not a text", zh=f"{where}：{key!r} 不是文本")
    if "named" in table:
        return _named(where, table)
    if table["scope"] not in ROW_SCOPES:
        raise RulesError(
            f"{where}: scope {table['scope']!r}; an expression has one of {', '.join(ROW_SCOPES)}",
            zh=f"{where}：scope {table['scope']!r}；表达式只能是 {'、'.join(ROW_SCOPES)}",
        )
    if table.get("null", "pass") not in ("pass", "fail"):
        raise RulesError(
            f"{where}: null = {table['null']!r}; expected pass or fail: what an unknown answer means",
            zh=f"{where}：null = {table['null']!r}；应为 pass 或 fail（无法判断时的结论）",
        )
    try:
        node = parse(table["expression"], columns_of(table["scope"]))
    except ExpressionError as error:
        raise RulesError(
            f"{where}: expression, {error}: {table['expression']}",
            zh=f"{where}：表达式{error.zh}：{table['expression']}",
        ) from error
    if not node.columns:
        raise RulesError(f"{where}: the expression looks at no column", zh=f"{where}：表达式没有用到任何列")
    dates = _dates(where, table)
    for used in sorted(told - set(FIELDS)):
        raise RulesError(
            f"{where}: its texts speak of {{{used}}}; there are {', '.join(FIELDS)}",
            zh=f"{where}：文字中用了 {{{used}}}；可用的有 {'、'.join(FIELDS)}",
        )
    return {
        "expression": table["expression"],
        "null": table.get("null", "pass"),
        "cell": _cell(where, table.get("cell", ""), sorted(node.columns)),
        **dates,
    }


def _named(where: str, table: Mapping[str, Any]) -> dict[str, str]:
    for key in sorted({"expression", "null", "cell"} & set(table)):
        raise RulesError(
            f"{where}: {key!r} does not go with 'named': the named check brings its own",
            zh=f"{where}：{key!r} 不能与 named 同用，被引用的审核自带",
        )
    if table["scope"] == "record":
        raise RulesError(
            f"{where}: scope 'record' needs an expression; named checks look at reported rows",
            zh=f"{where}：scope 'record' 须有 expression；named 审核只看填报行",
        )
    return {"named": table["named"], **_dates(where, table)}


def _dates(where: str, table: Mapping[str, Any]) -> dict[str, str]:
    since, until = (_month(where, key, table.get(key)) for key in ("from", "until"))
    if until and until <= since:
        raise RulesError(
            f"{where}: it ends on {table['until']}, before it starts",
            zh=f"{where}：失效日期 {table['until']} 早于生效日期",
        )
    return {"since": since, "until": until}


def _month(where: str, key: str, date: Any) -> str:
    if date is None:
        return ""
    if not isinstance(date, dt.date) or isinstance(date, dt.datetime):
        raise RulesError(
            f"{where}: {key!r} must be a date without quotes, e.g. 2025-01-01, not {date!r}",
            zh=f"{where}：{key!r} 应为不带引号的日期，如 2025-01-01，而不是 {date!r}",
        )
    if date.day != 1:
        raise RulesError(
            f"{where}: {key} = {date}: rules change at the start of a month",
            zh=f"{where}：{key} = {date}：规则只能在月初变更",
        )
    return date.strftime("%Y-%m")


def _cell(where: str, cell: str, used: Sequence[str]) -> str:
    """Return the column of the submission a finding points at: as stated, else the first the expression looks at."""
    names = [column.name for column in SUBMISSION]
    if cell:
        if cell not in names:
            english, chinese = near(cell, names)
            raise RulesError(
                f"{where}: cell {cell!r} is no column of a submission{english}",
                zh=f"{where}：cell {cell!r} 不是报表中的列{chinese}",
            )
        return cell
    reported = [REPORTED.get(name, name) for name in used]
    return next((name for name in names if name in reported), "line_no")
