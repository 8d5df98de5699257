"""Figures of the review: headline and components beside earlier months, movers with reasons, what would be revised."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.explain import explain
from shuibei_index.explain.effects import NOISE
from shuibei_index.explain.wording import CAUSES
from shuibei_index.explain.wording import COMPONENTS as COMPONENT_WORDS
from shuibei_index.index import IndexSeries
from shuibei_index.index.tree.classification import HEADLINE
from shuibei_index.release import Release
from shuibei_index.release.revise import PROVISIONAL_REASON
from shuibei_index.rules import RulesAt
from shuibei_index.signed import signed_text

MOVER_COLUMNS = (
    "direction", "class_code", "name_zh", "name_en", "mom_pct", "yoy_pct", "points_pp", "reason_zh", "reason_en",
)  # fmt: skip
#: Causes named in a reason, the largest first.
_CAUSES = 2


def headline_table(series: IndexSeries, month: str, at: RulesAt) -> pd.DataFrame:
    """Return the headline and its components in the month and those before it, the newest first.

    Returns
    -------
    DataFrame
        period, component, index, mom_pct, yoy_pct, ytd_pct: full precision.
    """
    first = month_names.shift(month, 1 - int(at["review_months"]))
    frame = series.to_frame()
    own = frame[(frame["class_code"] == HEADLINE) & frame["period"].between(first, month)]
    own = own.sort_values("period", ascending=False, kind="stable")
    return own[["period", "component", "index", "mom_pct", "yoy_pct", "ytd_pct"]].reset_index(drop=True)


def class_table(series: IndexSeries, month: str, level: int) -> pd.DataFrame:
    """Return the classes that make up the headline at a level: index, changes, contributions and their components.

    Returns
    -------
    DataFrame
        class_code, name_zh, name_en, index, mom_pct, yoy_pct, mom_pp, yoy_pp, metal, making, stone (points of mom_pp),
        imputed_share, response_rate_value; the largest contribution to the monthly change first.
    """
    points = series.contributions_frame()
    points = points[(points["period"] == month) & (points["level"] == level)]
    levels = series.to_frame()
    levels = levels[(levels["period"] == month) & (levels["component"] == "total")].set_index("class_code")
    total = points[points["component"] == "total"]
    # keys are unique within a month and level: nothing is summed
    mom, yoy = (total[total["measure"] == m].set_index("class_code")["points_pp"] for m in ("mom", "yoy"))
    codes = list(dict.fromkeys([*mom.index, *yoy.index])) or list(levels.index[levels["level"] == level])
    codes = [code for code in codes if code in levels.index]
    frame = levels.loc[codes, ["name_zh", "name_en", "index", "mom_pct", "yoy_pct"]].reset_index()
    frame = frame.assign(mom_pp=frame["class_code"].map(mom), yoy_pp=frame["class_code"].map(yoy))
    split = points[points["measure"] == "mom"]
    for name in ("metal", "making", "stone"):
        own = split[split["component"] == name].set_index("class_code")["points_pp"]
        frame[name] = frame["class_code"].map(own).astype(float)
    quality = series.quality[series.quality["period"] == month].set_index("class_code")
    for name in ("imputed_share", "response_rate_value"):
        frame[name] = frame["class_code"].map(quality[name]).astype(float)
    order = np.argsort(-frame["mom_pp"].abs().fillna(0.0).to_numpy(), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def movers(series: IndexSeries, classes: pd.DataFrame, month: str, top: int) -> pd.DataFrame:
    """Return the classes whose price rose and fell most, with what stands behind it.

    Parameters
    ----------
    series : IndexSeries
    classes : DataFrame
        From `class_table`.
    month : str
    top : int
        Rows each way.

    Returns
    -------
    DataFrame
        MOVER_COLUMNS: direction up or down; points_pp is the contribution to the headline's monthly change.
    """
    change = classes["mom_pct"].astype(float)
    up = classes[change > 0].sort_values(["mom_pct", "class_code"], ascending=[False, True], kind="stable").head(top)
    down = classes[change < 0].sort_values(["mom_pct", "class_code"], kind="stable").head(top)
    rows = [
        (direction, code, *_reason(series, code, month))
        for direction, chosen in (("up", up), ("down", down))
        for code in chosen["class_code"]
    ]
    reasons = pd.DataFrame(rows, columns=["direction", "class_code", "reason_zh", "reason_en"])
    shown = reasons.merge(classes.rename(columns={"mom_pp": "points_pp"}), on="class_code", how="left")
    return shown[list(MOVER_COLUMNS)]


def _reason(series: IndexSeries, code: str, month: str) -> tuple[str, str]:
    lines = explain(series, None, code, month, "mom").lines
    lines = lines[~lines["cause"].isin(["revision", "rounding"])]
    split = {name: float(lines[name].fillna(0.0).sum()) for name in COMPONENTS}
    parts = {name: value for name, value in split.items() if abs(value) > NOISE}
    causes = lines[lines["points_pp"].abs() > NOISE]
    order = np.argsort(-causes["points_pp"].abs().to_numpy(), kind="stable")[:_CAUSES]
    texts = []
    for lang, comma, stop in ((0, "、", "；"), (1, ", ", "; ")):
        first = comma.join(f"{COMPONENT_WORDS[n][lang]} {signed_text(v, 2)}" for n, v in parts.items())
        of = [
            f"{CAUSES[row['cause']][lang].format(link=row['link_period'])} {signed_text(row['points_pp'], 2)}"
            for row in causes.iloc[order].to_dict("records")
        ]
        texts.append(stop.join(text for text in (first, comma.join(of)) if text))
    return texts[0], texts[1]


def revised_table(draft: Release) -> pd.DataFrame:
    """Return published unadjusted values that the release would change, the newest month first.

    Parameters
    ----------
    draft : Release
        As it would be, made with the release before it.

    Returns
    -------
    DataFrame
        period, class_code, component, previous, current, revision (published precision), final: the value was no longer
        provisional. Adjusted series are estimated anew with every release and are not listed.
    """
    frame = draft.frame("revisions")
    frame = frame[frame["adjustment"] == "NSA"]
    if "obs_conf" in frame:
        # no longer public: told by the section on disclosure control
        frame = frame[frame["obs_conf"] != "C"]
    frame = frame.assign(final=(frame["reason"] != PROVISIONAL_REASON).astype(bool))
    frame = frame.sort_values(["period", "class_code", "component"], ascending=[False, True, True], kind="stable")
    columns = ["period", "class_code", "component", "previous", "current", "revision", "final"]
    return frame[columns].reset_index(drop=True)
