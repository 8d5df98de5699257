"""Adjusting: the series the rules select, by the specifications and the policy in force; and their yearly review."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shuibei_index.adjust.composites.keys import component_levels
from shuibei_index.adjust.policies import adjust_by_policy
from shuibei_index.adjust.reviewing import (
    Acceptance,
    SpecificationReview,
    accept,
    review_specifications,
)
from shuibei_index.adjust.reviewing.accepted import acceptances_in_force, require_said
from shuibei_index.adjust.reviewing.review import window_name
from shuibei_index.adjust.specification.defaults import default_specification, specifications_by_rule
from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.adjust.whether import adjust_index, candidates
from shuibei_index.adjust.whether.reasons import ADJUST
from shuibei_index.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from shuibei_index.adjust import Adjustment
    from shuibei_index.index import IndexSeries
    from shuibei_index.rules import RulesAt
    from shuibei_index.workspace import Workspace

__all__ = [
    "ACCEPTED",
    "SpecificationReview",
    "accept_review",
    "adjust",
    "adjust_series",
    "require_said",
    "review_adjustment",
]

#: What people accepted of reviews; frozen with every release.
ACCEPTED = "reference/seasonal_specifications.jsonl"


def adjust(workspace: Workspace, series: IndexSeries) -> Adjustment:
    """Adjust what the rules select of an index for season and Spring Festival; say why the rest is left as it is."""
    rules = workspace.rules().at(series.months[-1])
    return adjust_series(series, rules, acceptances_in_force(workspace.root / ACCEPTED, series.months[-1]))


def adjust_series(series: IndexSeries, rules: RulesAt, accepted: Mapping[str, Acceptance]) -> Adjustment:
    """Adjust an index by rules and by what people accepted, whatever workspace or release they come from."""
    specs = _specified(series, rules, accepted)

    def by_policy(levels: pd.DataFrame) -> Adjustment:
        return adjust_by_policy(levels, rules=rules, specification={str(name): specs[str(name)] for name in levels})

    adjusted = adjust_index(series, rules, by=by_policy)
    names = adjusted.diagnostics["series"].astype(str)
    run = (adjusted.diagnostics["status"] == "adjusted").to_numpy()
    windows = [window_name(specs[name].festival) if name in specs else "" for name in names]
    by = [f"accepted {accepted[name].valid_from}" if name in accepted else "rules" for name in names]
    told = adjusted.diagnostics.assign(windows=np.where(run, windows, ""), specified_by=np.where(run, by, ""))
    return dataclasses.replace(adjusted, diagnostics=told)


def review_adjustment(workspace: Workspace, series: IndexSeries) -> SpecificationReview:
    """Compare the specifications in force of the selected series with what the data favour. Nothing is changed."""
    rules = workspace.rules().at(series.months[-1])
    chosen = candidates(series, rules)
    wanted = chosen.loc[chosen["decision"] == ADJUST, "series"].tolist()
    if not wanted:
        raise UsageError(
            "no series is adjusted by the rules in force, there is nothing to review",
            zh="按现行规则没有需要季节调整的序列，无须评审",
        )
    specs = _in_force(workspace, series, rules)
    return review_specifications(
        component_levels(series, wanted), rules=rules, specification={name: specs[name] for name in wanted}
    )


def accept_review(
    workspace: Workspace,
    review: SpecificationReview,
    *,
    names: list[str] | None,
    person: str,
    at: str,
    reason: str,
    valid_from: str = "",
) -> tuple[list[Acceptance], Path]:
    """Keep what a person accepts of a review; return it and the file it stands in.

    Raises
    ------
    UsageError, WorkspaceError
        As `accept`.
    """
    path = workspace.root / ACCEPTED
    said = {"person": person, "at": at, "reason": reason, "valid_from": valid_from}
    return accept(path, review, series=names, **said), path


def _in_force(workspace: Workspace, series: IndexSeries, rules: RulesAt) -> dict[str, Specification]:
    return _specified(series, rules, acceptances_in_force(workspace.root / ACCEPTED, series.months[-1]))


def _specified(series: IndexSeries, rules: RulesAt, accepted: Mapping[str, Acceptance]) -> dict[str, Specification]:
    """Return the specification of every series: by rule, or as a person accepted it."""
    keys = [str(key) for key in component_levels(series).columns]
    specs, base = specifications_by_rule(keys, rules), default_specification(rules)
    return specs | {name: base.with_fields(accepted[name].specification) for name in keys if name in accepted}
