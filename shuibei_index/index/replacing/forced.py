"""Forced links: successors that take over at the limit of imputation by rule, without anybody's decision."""

from __future__ import annotations

import pandas as pd

from shuibei_index.errors import RulesError
from shuibei_index.index.compilation.series import IndexSeries
from shuibei_index.index.replacing.links import CONTINUED, LINK_COLUMNS, method_of, no_links
from shuibei_index.index.upkeep.replacements import replacements
from shuibei_index.rules import Rules, RulesAt

#: Values of the rule forced_replacement: a person decides, or the only candidate takes over.
PROPOSE, LINK = "propose", "link"


def links_by_rule(rules: RulesAt) -> bool:
    """Tell whether the rule `forced_replacement` links without a decision in a month.

    Raises
    ------
    RulesError
        It is neither "propose" nor "link".
    """
    # releases of older versions have no such rule
    named = rules["forced_replacement"] if "forced_replacement" in set(rules) else PROPOSE
    if named not in (PROPOSE, LINK):
        raise RulesError(
            f"the rule forced_replacement is {named!r}; expected {PROPOSE} or {LINK}",
            zh=f"规则 forced_replacement 的取值 {named!r} 无效，应为 {PROPOSE} 或 {LINK}",
        )
    return bool(named == LINK)


def forced_links(series: IndexSeries, rules: Rules | RulesAt, decided: pd.DataFrame) -> pd.DataFrame:
    """Return the links the rule `forced_replacement` makes beside those decided by people.

    Parameters
    ----------
    series : IndexSeries
        Compiled with the decided links only.
    rules : Rules or RulesAt
    decided : DataFrame
        `LINK_COLUMNS`: items that stand in one already are left alone.

    Returns
    -------
    DataFrame
        `LINK_COLUMNS`; method of the rule `replacement_method` (of hedonic the factors are still 1).

    Notes
    -----
    Only the items that left in a month of the rule "link" with one candidate: of several nobody knows the right one
    (decision 0263). A candidate that first sold before the old one's last sale has overlapped: method overlap.
    """
    months = [m for m in series.months if links_by_rule(rules.at(m))]
    found = [replacements(series, month) for month in months]
    if not found:
        return no_links()
    frame = pd.concat(found, ignore_index=True)
    frame = frame[(frame["status"] == "replaced") & (frame["n_candidates"] == 1)]
    frame = frame.assign(by_item_id=frame["replacement_item_id"], charge_factor=1.0, stone_factor=1.0)
    by_class = {
        (m, c): method_of(c, rules.at(m)) for m, c in set(zip(frame["period"], frame["class_code"], strict=True))
    }
    named = [by_class[key] for key in zip(frame["period"], frame["class_code"], strict=True)]
    frame["method"] = pd.Series(named, index=frame.index, dtype=object)
    overlapped = frame["linked_by"].eq("overlap") & frame["method"].isin(CONTINUED)
    frame.loc[overlapped, "method"] = "overlap"
    keys = ["enterprise_id", "class_code"]
    for name in ("item_id", "by_item_id"):
        frame = frame[~_among(frame[[*keys, name]], decided[[*keys, name]])]
        frame = frame.drop_duplicates([*keys, name])
    return frame[list(LINK_COLUMNS)].reset_index(drop=True)


def _among(rows: pd.DataFrame, known: pd.DataFrame) -> pd.Series:
    inside = pd.MultiIndex.from_frame(rows).isin(pd.MultiIndex.from_frame(known))
    return pd.Series(inside, index=rows.index)
