"""Gates: what a month's data must reach before an index is made of it, by dated rules."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from shuibei_index import months
from shuibei_index.rules import Rules, RulesAt
from shuibei_index.validation.membership import register


@dataclass(frozen=True)
class Gate:
    """One gate in one month: what was reached, what was asked for."""

    name: str
    month: str
    value: float
    threshold: float
    message_zh: str
    message_en: str

    @property
    def passed(self) -> bool:
        """Whether the month reached what the rule asks for."""
        return self.value >= self.threshold


def judge(tallies: pd.DataFrame, month: str, rules: Rules | RulesAt, panel: pd.DataFrame | None) -> list[Gate]:
    """Return the gates of one month.

    Records that only repeat others (copies, replaced submissions) count neither as accepted nor as missing.
    """
    at = rules.at(month)
    own = tallies[tallies["period"] == month]
    counted = int(own["read"].sum() - own["replaced"].sum())
    accepted = int(own["accepted"].sum())
    share = accepted / counted if counted else 0.0
    gates = [
        Gate(
            "gate_accepted_share",
            month,
            share,
            float(at["gate_accepted_share"]),
            f"{month}：采用记录 {accepted} 条，占 {counted} 条的 {share:.1%}",
            f"{month}: {accepted} of {counted} records accepted, {share:.1%}",
        )
    ]
    if panel is not None:
        firms = active(panel, month)
        answered = sorted(set(own.loc[own["accepted"] > 0, "enterprise_id"]) & set(firms))
        share = len(answered) / len(firms) if firms else 0.0
        gates.append(
            Gate(
                "gate_response_count",
                month,
                share,
                float(at["gate_response_count"]),
                f"{month}：样本企业 {len(firms)} 户，{len(answered)} 户有采用记录，回收率 {share:.1%}",
                f"{month}: {len(answered)} of {len(firms)} firms of the panel have accepted records, {share:.1%}",
            )
        )
    return gates


def active(panel: pd.DataFrame, month: str) -> list[str]:
    """Return the firms in the panel in a month, from the month they joined to the month they left, both included."""
    months.ordinal(month)
    return [
        enterprise
        for enterprise, joined, left in register(panel)
        if (not joined or joined[:7] <= month) and (not left or left[:7] >= month)
    ]
