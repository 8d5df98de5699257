"""Revision history: what a policy would have published month after month, and how it was revised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from shuibei_index import months
from shuibei_index.adjust.inputs import monthly_frame
from shuibei_index.adjust.policies.applying import Asked, Run, after_review, reviewed, specifications_of
from shuibei_index.adjust.policies.policy import Policy, default_policy
from shuibei_index.adjust.specification.vocabulary import SIX_TABLES
from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.rules import Rules, RulesAt

_FIRST_RULES = "2005-01"
# Between a series' name and a vintage; never in a month, so the last one splits.
_MARK = "@"


@dataclass(frozen=True, eq=False, repr=False)
class RevisionHistory:
    """Adjusted values by month and vintage.

    Parameters
    ----------
    policy
        The policy that was followed.
    estimates
        period, vintage, series, SA: what each vintage said about its last `depth` months, and the last vintage about
        all of them. A vintage is the last month of data it saw.
    """

    policy: Policy
    estimates: pd.DataFrame

    def __repr__(self) -> str:
        vintages = self.estimates["vintage"]
        return f"RevisionHistory by {self.policy.name}: {vintages.nunique()} vintages to {vintages.max()}"

    def triangle(self, series: str) -> pd.DataFrame:
        """Return the revision triangle of one series: periods down, vintages across, NaN = not said or not kept.

        Raises
        ------
        UsageError
            There is no such series.
        """
        known = self.estimates["series"].unique().tolist()
        if series not in known:
            raise UsageError(f"no series {series!r}{did_you_mean(series, known)}")
        own = self.estimates[self.estimates["series"] == series]
        return own.set_index(["period", "vintage"])["SA"].unstack()  # noqa: PD010 - each pair stands once

    def revisions(self) -> pd.DataFrame:
        """Return first and last estimate of every month: period, series, first, final, level_pct, change_pp.

        level_pct: final over first, in percent less 100. change_pp: revision of the month-on-month change, in
        percentage points; the first estimate of a change is that of the vintage the month was new in.
        """
        table = self.estimates.sort_values(["series", "vintage", "period"], ignore_index=True)
        table["mom"] = 100 * (table["SA"] / table.groupby(["series", "vintage"])["SA"].shift() - 1)
        first = table[table["period"] == table["vintage"]]
        final = table[table["vintage"] == table["vintage"].max()]
        both = first.merge(final, on=["series", "period"], suffixes=("_first", "_final"))
        # the last vintage cannot have revised its own month
        both = both[both["vintage_first"] < both["vintage_final"]]
        return pd.DataFrame(
            {
                "period": both["period"],
                "series": both["series"],
                "first": both["SA_first"],
                "final": both["SA_final"],
                "level_pct": 100 * (both["SA_final"] / both["SA_first"] - 1),
                "change_pp": both["mom_final"] - both["mom_first"],
            }
        ).reset_index(drop=True)

    def summary(self) -> pd.DataFrame:
        """Return by series: n, mean, mean absolute and greatest revision of level (%) and change (pp)."""
        table = self.revisions()
        grouped = table.groupby("series", sort=False)
        return pd.DataFrame(
            {
                "n": grouped.size(),
                "mean_level_pct": grouped["level_pct"].mean(),
                "mean_abs_level_pct": grouped["level_pct"].agg(lambda x: x.abs().mean()),
                "max_abs_level_pct": grouped["level_pct"].agg(lambda x: x.abs().max()),
                "mean_change_pp": grouped["change_pp"].mean(),
                "mean_abs_change_pp": grouped["change_pp"].agg(lambda x: x.abs().mean()),
            }
        ).reset_index()

    def _repr_html_(self) -> str:
        head = f"<h4>修订历史 Revision history: {self.policy.text_zh} {self.policy.text_en}</h4>"
        return head + str(self.summary().to_html(index=False, float_format=lambda x: f"{x:.3f}"))


def revision_history(
    series: object,
    policy: Policy | str | None = None,
    *,
    first: str,
    last: str = "",
    depth: int = 13,
    rules: Rules | RulesAt | None = None,
    specification: Asked = None,
    regressors: pd.DataFrame | None = None,
    program: str | Path | None = None,
    workers: int = 2,
) -> RevisionHistory:
    """Adjust as it would have been done month after month on the data of today, and keep what each month said.

    Parameters
    ----------
    series
        As in `seasonally_adjust`; months only.
    policy
        A policy or its name. Default: the rules'.
    first, last
        First and last vintage, "YYYY-MM". Default of `last`: the last month of the data.
    depth
        Months each vintage's estimates are kept of, the newest included; at least 2.
    rules, specification, regressors, program, workers
        As in `adjust_by_policy`.

    Raises
    ------
    UsageError
        The months do not lie in the data, or `depth` is below 2.

    Notes
    -----
    Source: Findley, Monsell, Bell, Otto and Chen (1998), J. Business and Economic Statistics 16, section 3.3.
    """
    frame = monthly_frame(series)
    end = last or str(frame.index[-1])
    if depth < 2:
        raise UsageError(f"depth is {depth}; expected at least 2, a change needs two months")
    if not str(frame.index[0]) < first <= end <= str(frame.index[-1]):
        raise UsageError(
            f"vintages {first} to {end}; expected months of the data, {frame.index[0]} to {frame.index[-1]}",
            zh=f"版本 {first} 至 {end} 不在数据范围 {frame.index[0]} 至 {frame.index[-1]} 内",
        )
    in_force = Rules.load().at(max(end, _FIRST_RULES)) if rules is None else rules.at(end)
    chosen = policy if isinstance(policy, Policy) else default_policy(in_force)
    if isinstance(policy, str):
        chosen = replace(chosen, name=policy)
    # a table not asked for is not written: of thousands of runs that is half the time
    specs = {
        name: replace(spec, tables=SIX_TABLES)
        for name, spec in specifications_of(frame, specification, in_force).items()
    }
    base = Run(frame, chosen, in_force, specs, regressors, program, workers)
    parts = []
    for until, vintages in _by_review(months.between(first, end), chosen):
        wide = _side_by_side(frame, vintages)
        own = {f"{name}{_MARK}{v}": spec for name, spec in base.specifications.items() for v in vintages}
        run = replace(base, frame=wide, specifications=own)
        if chosen.name == "full_concurrent":
            adjusted = run.adjusted(wide, {})
        else:
            # one review a series, whatever the number of vintages that follow it
            found = reviewed(base, until)
            review = {f"{name}{_MARK}{v}": seen for name, seen in found.items() for v in vintages}
            adjusted = after_review(run, review, until)
        parts.append(_kept(adjusted.components["SA"], depth, end))
    return RevisionHistory(chosen, pd.concat(parts, ignore_index=True))


def _by_review(vintages: list[str], policy: Policy) -> list[tuple[str, list[str]]]:
    """Group vintages by the review in force: the last month it has seen, and the vintages."""
    groups: dict[str, list[str]] = {}
    for vintage in vintages:
        groups.setdefault(policy.reviewed_until(vintage), []).append(vintage)
    return list(groups.items())


def _side_by_side(frame: pd.DataFrame, vintages: list[str]) -> pd.DataFrame:
    """Return the data as each vintage saw them, one column per series and vintage."""
    cut = frame.loc[: vintages[-1]]
    columns = {
        f"{name}{_MARK}{vintage}": cut[name].where(cut.index <= vintage) for name in cut.columns for vintage in vintages
    }
    return pd.DataFrame(columns, index=cut.index)


def _kept(adjusted: pd.DataFrame, depth: int, end: str) -> pd.DataFrame:
    """Return period, vintage, series, SA of the last `depth` months of each vintage; of the last vintage all."""
    wide = adjusted.copy().rename_axis("period").reset_index()
    long = wide.melt(id_vars="period", var_name="column", value_name="SA").dropna()
    parts = long["column"].str.rsplit(_MARK, n=1)
    long["series"], long["vintage"] = parts.str[0], parts.str[1]
    ages = months.ordinals(long["vintage"].tolist()) - months.ordinals(long["period"].tolist())
    kept = long[(ages < depth) | (long["vintage"] == end).to_numpy()]
    return kept[["period", "vintage", "series", "SA"]].reset_index(drop=True)
