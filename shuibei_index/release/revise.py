"""What changed since the release before, what each value's status is, and what late data may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.errors import RulesError
from shuibei_index.release.policy import Policy
from shuibei_index.release.schema import INDICES, REVISIONS, conform, empty
from shuibei_index.release.tables import published, rounded
from shuibei_index.rules import RulesAt

_KEY = list(INDICES.key)
PROVISIONAL_REASON = "初步数修订 / provisional value replaced"
ADJUSTMENT_REASON = "季节因素重新估计 / seasonal factors re-estimated"
ENGINE_REASON = "季节调整程序更换 / seasonal adjustment program changed"
SPECIFICATION_REASON = "季节调整设定更改 / specification of the seasonal adjustment changed"
# What a specification shows of itself in the diagnostics.
_SPECIFIED = ("model", "transform", "windows", "specified_by", "policy")
FINAL_REASON = "重新汇总 / recompiled"
WITHHELD_REASON = "统计保密，不再公布 / withheld, no longer published"


def revisions(
    current: pd.DataFrame,
    previous: pd.DataFrame | None,
    policy: Policy,
    reason: str = "",
    adjusted: Mapping[tuple[str, str], str] | None = None,
) -> pd.DataFrame:
    """Compare the indices of two releases as they were published.

    Parameters
    ----------
    current, previous : DataFrame
        Columns of indices.csv, in full precision.
    policy : Policy
        Values count as changed if they differ at published precision.
    reason : str
        The reason of changes in values that were no longer provisional. Provisional and seasonally adjusted values
        carry their own.
    adjusted : mapping, optional
        Class code and component → the reason of changes in its adjusted values (`adjusted_reasons`). Default: its
        factors were estimated anew.

    Returns
    -------
    DataFrame
        Columns of revisions.csv. Months beyond the end of either release are no revisions. A value that was not
        published then, or is not published any more, has NaN on that side. One that is withheld from now on is a row
        with obs_conf C and no number; one withheld before as well is none.
    """
    if previous is None or previous.empty:
        return empty(REVISIONS)
    last = previous["period"].max()
    columns = [*_KEY, "index", "obs_status", "obs_conf"]
    # months that only one of the two covers are no revisions, whichever is the longer
    then, now = (f.loc[f["period"] <= min(last, current["period"].max()), columns] for f in (previous, current))
    both = then.merge(now, on=_KEY, how="outer", suffixes=("_then", "_now"))
    then_text = published(both["index_then"], policy.index_decimals)
    now_text = published(both["index_now"], policy.index_decimals)
    withheld = both["obs_conf_now"].eq("C").to_numpy()
    both["previous"] = np.where(withheld, np.nan, rounded(both["index_then"], policy.index_decimals))
    both["current"] = rounded(both["index_now"], policy.index_decimals)
    both["revision"] = rounded(both["current"] - both["previous"], policy.index_decimals)
    was_provisional = both["obs_status_then"].isin(["P", "I"]) & (both["period"] > last_final(last, policy))
    series = zip(both["class_code"], both["component"], strict=True)
    of_adjusted = [(adjusted or {}).get(key, ADJUSTMENT_REASON) for key in series]
    both["reason"] = np.select(
        [withheld, both["adjustment"] != "NSA", was_provisional],
        [WITHHELD_REASON, of_adjusted, PROVISIONAL_REASON],
        reason or FINAL_REASON,
    )
    both["obs_conf"] = np.where(withheld, "C", "F")
    return conform(both[then_text != now_text], REVISIONS, "revisions")


def adjusted_reasons(
    now: pd.DataFrame, then: pd.DataFrame | None, engine: Mapping[str, str], engine_then: Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """Return why adjusted values of a class and component changed, where it is more than new estimates.

    Parameters
    ----------
    now, then : DataFrame
        The diagnostics of both releases, with class_code and component; None = the release before had none.
    engine, engine_then : mapping
        Name, version, build and sha256 of the programs.
    """
    if then is None or "component" not in then.columns:
        return {}
    keys = ["class_code", "component"]
    if dict(engine) != dict(engine_then):
        return {(str(a), str(b)): ENGINE_REASON for a, b in zip(now[keys[0]], now[keys[1]], strict=True)}
    shown = [name for name in _SPECIFIED if name in now.columns and name in then.columns]
    more = [name for name in ("obs_conf",) if name in now.columns and name in then.columns]
    both = now[[*keys, *shown, *more]].merge(then[[*keys, *shown, *more]], on=keys, suffixes=("", "_then"))
    differ = np.zeros(len(both), dtype=bool)
    # the specification of what is withheld is not shown
    told = (both[[c for c in ("obs_conf", "obs_conf_then") if c in both]] != "C").all(axis="columns").to_numpy()
    for name in shown:
        differ |= (both[name].astype(str) != both[f"{name}_then"].astype(str)).to_numpy()
    changed = both[differ & told]
    return {(str(a), str(b)): SPECIFICATION_REASON for a, b in zip(changed[keys[0]], changed[keys[1]], strict=True)}


def with_status(frame: pd.DataFrame, changed: pd.DataFrame, month: str, policy: Policy) -> pd.DataFrame:
    """Return the indices with obs_status as published: missing and imputed stay, then provisional, then revised."""
    own = frame["obs_status"].isin(["M", "I"])
    provisional = frame["period"] > last_final(month, policy)
    keys = pd.MultiIndex.from_frame(frame[_KEY])
    revised = keys.isin(pd.MultiIndex.from_frame(changed[_KEY]))
    status = np.select([own, provisional, revised], [frame["obs_status"], "P", "R"], frame["obs_status"])
    return frame.assign(obs_status=status)


def last_final(month: str, policy: Policy) -> str:
    """Return the last month whose figures are final in a release of `month`; those after it are provisional."""
    return month_names.shift(month, -policy.provisional_months)


@dataclass(frozen=True)
class RevisionPolicy:
    """Which months late data may revise, and whether first published figures are kept beside the revised ones."""

    late_data_months: int
    never_revised: bool

    def oldest_open(self, released: str) -> str:
        """Return the oldest month that late data revise without an announcement, `released` being the last release.

        Examples
        --------
        >>> RevisionPolicy(3, True).oldest_open("2024-12")
        '2024-10'
        """
        return month_names.shift(released, 1 - self.late_data_months)


def revision_policy(rules: RulesAt) -> RevisionPolicy:
    """Read the revision policy in force.

    Raises
    ------
    RulesError
        The window for late data is longer than figures are provisional: final figures would change unannounced.
    """
    window, provisional = int(rules["late_data_months"]), int(rules["provisional_months"])
    if not 0 <= window <= provisional:
        raise RulesError(
            f"rule 'late_data_months' is {window}; expected 0 to 'provisional_months', which is {provisional}: "
            "a figure that late data may still change is not final",
            zh=f"规则 late_data_months 为 {window}，应为 0 至 provisional_months（{provisional}）："
            "仍可能因迟报而变的数不是终值",
        )
    return RevisionPolicy(window, bool(rules["never_revised_series"]))
