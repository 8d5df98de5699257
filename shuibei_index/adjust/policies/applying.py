"""Adjust as a policy says: the review first, then the months after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months
from shuibei_index.adjust.adjusting import seasonally_adjust
from shuibei_index.adjust.adjustment import COMPONENTS, Adjustment
from shuibei_index.adjust.inputs import monthly_frame
from shuibei_index.adjust.policies.held import hold
from shuibei_index.adjust.policies.mixing import Source, taken_from
from shuibei_index.adjust.policies.policy import Policy, default_policy
from shuibei_index.adjust.specification.defaults import specifications_by_rule
from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.errors import UsageError
from shuibei_index.rules import Rules, RulesAt

Floats = npt.NDArray[np.float64]
# A review, and what the series is called in it.
Reviewed = Source
Asked = Specification | Mapping[str, Specification] | None
_FIRST_RULES = "2005-01"
# The months of a year after its review.
_YEAR = 12


@dataclass(frozen=True)
class Run:
    """What every step of a policy needs."""

    frame: pd.DataFrame
    policy: Policy
    rules: RulesAt
    specifications: dict[str, Specification]
    regressors: pd.DataFrame | None
    program: str | Path | None
    workers: int

    @property
    def last(self) -> str:
        """The last month of the data."""
        return str(self.frame.index[-1])

    def adjusted(self, frame: pd.DataFrame, specifications: Mapping[str, Specification]) -> Adjustment:
        """Adjust some of the series as said, the others as asked for."""
        own = {name: specifications.get(name, self.specifications[name]) for name in map(str, frame.columns)}
        return seasonally_adjust(
            frame,
            rules=self.rules,
            specification=own,
            regressors=self.regressors,
            program=self.program,
            workers=self.workers,
        )


def adjust_by_policy(
    series: object,
    policy: Policy | str | None = None,
    *,
    rules: Rules | RulesAt | None = None,
    specification: Asked = None,
    regressors: pd.DataFrame | None = None,
    program: str | Path | None = None,
    workers: int = 2,
) -> Adjustment:
    """Adjust monthly series as a revision policy says.

    Parameters
    ----------
    series
        As in `seasonally_adjust`; months only.
    policy
        A policy or its name. Default: the rules' (``seasonal_policy``).
    rules, specification, regressors, program, workers
        As in `seasonally_adjust`. The specification is the one of the review; outliers it names kinds of are searched
        for there, and afterwards in the new months only.

    Returns
    -------
    Adjustment
        With two more columns in ``.diagnostics``: ``policy`` and ``reviewed_until``, the last month whose data the
        coefficients in force have seen. Series too short for a review before the last month, and those the engine
        could adjust by no model, are adjusted full concurrently, and the column says so.

    Raises
    ------
    UsageError
        No such policy, the data are not monthly, or the arguments do not fit.
    EngineError
        As in `seasonally_adjust`.

    Notes
    -----
    With projected factors the months since the review have no trend and no irregular: nothing is estimated there.
    Tables, tests, coefficients and carried factors of such a series are those of the review.
    Source: Eurostat (2024), ESS Guidelines on Seasonal Adjustment, items 4.1 and 4.2.
    """
    frame = monthly_frame(series)
    if any("Q" in str(label) for label in frame.index[:1]):
        raise UsageError("revision policies are for monthly series; adjust quarterly ones with seasonally_adjust")
    last = str(frame.index[-1])
    in_force = Rules.load().at(max(last, _FIRST_RULES)) if rules is None else rules.at(last)
    chosen = policy if isinstance(policy, Policy) else default_policy(in_force)
    if isinstance(policy, str):
        chosen = replace(chosen, name=policy)
    run = Run(frame, chosen, in_force, specifications_of(frame, specification, in_force), regressors, program, workers)
    until = chosen.reviewed_until(last)
    if chosen.name == "full_concurrent" or until == last:
        return _told(run, run.adjusted(frame, {}), chosen.name, {}, last)
    return after_review(run, reviewed(run, until), until)


def after_review(run: Run, review: Mapping[str, Reviewed], until: str) -> Adjustment:
    """Return the adjustment of months after a review that has been done.

    Parameters
    ----------
    run
        What is to be adjusted, and how.
    review
        Series → its review. The others are adjusted full concurrently.
    until
        Last month the review has seen.
    """
    name = run.policy.name
    if name == "partial_concurrent":
        adjusted = run.adjusted(run.frame, _held(run, review, until))
    else:
        adjusted = project(run.adjusted(run.frame, {}), review, until)
    if name == "controlled_current":
        return _controlled(run, adjusted, review, until)
    return _told(run, adjusted, "full_concurrent", dict.fromkeys(review, name), until)


def specifications_of(frame: pd.DataFrame, asked: Asked, rules: RulesAt) -> dict[str, Specification]:
    """Return the specification of every series: as asked for, else as the rules say."""
    if isinstance(asked, Specification):
        return dict.fromkeys(map(str, frame.columns), asked)
    given = {} if asked is None else dict(asked)
    unknown = sorted(set(given) - set(map(str, frame.columns)))
    if unknown:
        raise UsageError(f"a specification is given for {unknown[0]!r}, which is no series of the data")
    by_rule = specifications_by_rule([str(name) for name in frame.columns], rules)
    return {name: given.get(name, spec) for name, spec in by_rule.items()}


def reviewed(run: Run, until: str) -> dict[str, Reviewed]:
    """Return, for each series a model got through for, the review of the data up to a month."""
    early = run.frame.loc[:until]
    kept = early.columns[early.notna().any().to_numpy()]
    if not len(early) or not len(kept):
        return {}
    # the factors of a whole year are needed, whatever is asked for otherwise
    specs = {
        name: replace(spec, forecast_months=max(spec.forecast_months, _YEAR), projected=True)
        for name, spec in run.specifications.items()
    }
    found = run.adjusted(early[kept], specs)
    return {name: (found, name) for name in map(str, kept) if found.udg.get(name, {}).get("arimamdl")}


def _held(run: Run, review: Mapping[str, Reviewed], until: str) -> dict[str, Specification]:
    """Return what the review found, held; outliers are searched for in the months since, if there are any."""
    new = months.shift(until, 1)
    later = run.frame.loc[new:].notna().any() if run.last >= new else pd.Series(False, index=run.frame.columns)
    whole = run.policy.holds == "coefficients"
    return {
        name: hold(found, own, search_from=new if later[name] else "", regression=whole)
        for name, (found, own) in review.items()
    }


def project(concurrent: Adjustment, review: Mapping[str, Reviewed], until: str) -> Adjustment:
    """Return an adjustment whose reviewed series are the review's, carried on by its projected factors."""
    components = {name: frame.copy() for name, frame in concurrent.components.items()}
    for name, (found, own) in review.items():
        first, last = found.spans[own]
        seen = concurrent.original[name].dropna()
        ahead = seen.loc[months.shift(last, 1) :]
        after = months.ordinal(last) + 1
        additive = _additive(found, own)
        for part in COMPONENTS:
            code = COMPONENTS[part]
            components[part].loc[:, name] = np.nan
            components[part].loc[first:last, name] = found.components[part].loc[first:last, own]
            carried = found.projected.get(own, {}).get(code)
            if carried is not None and len(ahead) and part in ("seasonal", "factor", "calendar"):
                components[part].loc[ahead.index, name] = carried[[months.ordinal(m) - after for m in ahead.index]]
        factor = components["factor"].loc[ahead.index, name]
        components["SA"].loc[ahead.index, name] = ahead - factor if additive else ahead / factor
    return taken_from(concurrent, review, components)


def _additive(found: Adjustment, series: str) -> bool:
    """Return whether the original is the sum of adjusted series and factor, and not their product."""
    mode = str(found.diagnostics.set_index("series")["mode"].loc[series])
    if mode.startswith("pseudo"):
        raise UsageError(
            f"series {series!r}: a pseudo-additive adjustment has no factors that could be projected; "
            "choose full_concurrent or partial_concurrent",
            zh=f"序列“{series}”：伪加法模型没有可预测的因子，请改用 full_concurrent 或 partial_concurrent",
        )
    return mode.startswith("add")


def _controlled(run: Run, projected: Adjustment, review: Mapping[str, Reviewed], until: str) -> Adjustment:
    """Take the partial concurrent result of the series whose projected one is off by more than the limit."""
    partial = run.adjusted(run.frame, _held(run, review, until))
    new = run.frame.index[run.frame.index > until]
    names = list(review)
    before, after = (a.components["SA"].loc[new, names].to_numpy() for a in (projected, partial))
    off = 100 * np.abs(before - after) / np.abs(after)
    worst = np.where(np.isfinite(off), off, 0).max(axis=0, initial=0)
    differs = [name for name, value in zip(names, worst, strict=True) if value > run.policy.limit_pct]
    components = {name: frame.copy() for name, frame in projected.components.items()}
    for part, frame in components.items():
        frame[differs] = partial.components[part][differs]
    told = dict.fromkeys(names, run.policy.name) | dict.fromkeys(differs, "partial_concurrent")
    mixed = taken_from(projected, {name: (partial, name) for name in differs}, components)
    return _told(run, mixed, "full_concurrent", told, until)


def _told(run: Run, adjusted: Adjustment, otherwise: str, policies: Mapping[str, str], until: str) -> Adjustment:
    """Return the adjustment with the policy of every series in its diagnostics."""
    table = adjusted.diagnostics.copy()
    names = table["series"].astype(str)
    done = table["status"].isin(["adjusted", "fallback"]).to_numpy()
    last = str(adjusted.original.index[-1])
    policy = names.map(lambda name: policies.get(name, otherwise)).to_numpy(dtype=object)
    reviewed_until = names.map(lambda name: until if name in policies else last).to_numpy(dtype=object)
    # Only the configured request holds what the review found; a simpler step, or own X-11, estimates everything anew.
    anew = (table["step"] != "configured").to_numpy() & (policy == "partial_concurrent")
    policy, reviewed_until = np.where(anew, "full_concurrent", policy), np.where(anew, last, reviewed_until)
    table["policy"] = np.where(done, policy, "")
    # which of the two partial concurrent policies: what a release says of it must be what was done
    table["policy_holds"] = np.where(done & (policy == "partial_concurrent"), run.policy.holds, "")
    table["reviewed_until"] = np.where(done, reviewed_until, "")
    return replace(adjusted, diagnostics=table)
