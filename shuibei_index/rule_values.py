"""Rule values: one rule with its dated values, each with unit and reference."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from shuibei_index import months
from shuibei_index.errors import RulesError


@dataclass(frozen=True)
class RuleValue:
    """One value of one rule, and why it is what it is."""

    name: str
    value: Any
    unit: str
    since: dt.date
    until: dt.date | None
    reference: str
    decision: str


@dataclass(frozen=True)
class Rule:
    """A named rule with its dated values, oldest first."""

    name: str
    title: str
    title_zh: str
    unit: str
    used_by: str
    file: str
    values: tuple[RuleValue, ...]

    def at(self, month: str) -> RuleValue:
        """Return the value in force in `month`.

        Raises
        ------
        RulesError
            The month lies before the first or after the last date of the rule.
        """
        months.ordinal(month)
        for value in reversed(self.values):
            if value.since.strftime("%Y-%m") <= month:
                if value.until is not None and month >= value.until.strftime("%Y-%m"):
                    raise RulesError(
                        f"rule {self.name!r} ended on {value.until}; it has no value for {month}",
                        zh=f"规则 {self.name} 已于 {value.until} 终止，{month} 没有取值",
                    )
                return value
        first = self.values[0].since
        raise RulesError(
            f"rule {self.name!r} starts on {first}; it has no value for {month}. "
            f"Add a value with an earlier date to {self.file}, or ask for a later month.",
            zh=f"{month} 没有规则可用：规则 {self.name} 自 {first} 起才有取值；"
            f"请改用较晚的月份，或在 {self.file} 补上更早的取值",
        )


def kind_of(value: Any) -> str:
    """Return of what kind a value is: all values of a rule are of one."""
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else type(value).__name__
