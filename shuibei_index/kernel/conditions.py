"""What a check in the catalogue says about its condition: expression, dates, cell; read and checked when loaded."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from shuibei_index.errors import RulesError, did_you_mean
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.kernel.expression import ExpressionError, parse
from shuibei_index.kernel.vocabulary import REPORTED, ROW_SCOPES, columns_of

#: Keys of a check with an expression: what an unknown answer means, the cell a finding points at, first month, month
#: after the last.
KEYS = {"expression", "null", "cell", "from", "until"}
#: What the texts of such a check may speak of.
FIELDS = (
    "cell", "column", "column_zh", "enterprise_id", "expected", "file", "line_no", "period", "sheet", "value",
)  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def condition(where: str, name: str, table: Mapping[str, Any], told: set[str]) -> dict[str, str]:
    """Check and return what a check with an expression says beyond its texts; nothing for one found by code.

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
    if "expression" not in table:
        for key in sorted(KEYS & set(table)):
            raise RulesError(f"{where}: {key!r} belongs to an expression, and there is none")
        if table["scope"] == "record":
            raise RulesError(f"{where}: scope 'record' needs an expression")
        return {}
    if not _NAME.fullmatch(name):
        raise RulesError(f"{where}: names are lower case letters, digits and underscores")
    for key in ("expression", "null", "cell"):
        if not isinstance(table.get(key, ""), str):
            raise RulesError(f"{where}: {key!r} is not a text")
    if table["scope"] not in ROW_SCOPES:
        raise RulesError(f"{where}: scope {table['scope']!r}; an expression has one of {', '.join(ROW_SCOPES)}")
    if table.get("null", "pass") not in ("pass", "fail"):
        raise RulesError(f"{where}: null = {table['null']!r}; expected pass or fail: what an unknown answer means")
    try:
        node = parse(table["expression"], columns_of(table["scope"]))
    except ExpressionError as error:
        raise RulesError(f"{where}: expression, {error}: {table['expression']}") from error
    if not node.columns:
        raise RulesError(f"{where}: the expression looks at no column")
    dates = {key: _month(where, key, table.get(key)) for key in ("from", "until")}
    if dates["until"] and dates["until"] <= dates["from"]:
        raise RulesError(f"{where}: it ends on {table['until']}, before it starts")
    for used in sorted(told - set(FIELDS)):
        raise RulesError(f"{where}: its texts speak of {{{used}}}; there are {', '.join(FIELDS)}")
    return {
        "expression": table["expression"],
        "null": table.get("null", "pass"),
        "cell": _cell(where, table.get("cell", ""), sorted(node.columns)),
        "since": dates["from"],
        "until": dates["until"],
    }


def _month(where: str, key: str, date: Any) -> str:
    if date is None:
        return ""
    if not isinstance(date, dt.date) or isinstance(date, dt.datetime):
        raise RulesError(f"{where}: {key!r} must be a date without quotes, e.g. 2025-01-01, not {date!r}")
    if date.day != 1:
        raise RulesError(f"{where}: {key} = {date}: rules change at the start of a month")
    return date.strftime("%Y-%m")


def _cell(where: str, cell: str, used: Sequence[str]) -> str:
    """Return the column of the submission a finding points at: as stated, else the first the expression looks at."""
    names = [column.name for column in SUBMISSION]
    if cell:
        if cell not in names:
            raise RulesError(f"{where}: cell {cell!r} is no column of a submission{did_you_mean(cell, names)}")
        return cell
    reported = [REPORTED.get(name, name) for name in used]
    return next((name for name in names if name in reported), "line_no")
