"""Coverage: which share of the national trade the collection points cover, where market figures were given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shuibei_index.compliance.market import REGION
from shuibei_index.compliance.turnover import regions, turnover
from shuibei_index.disclosure import protect
from shuibei_index.errors import GateError, UsageError, did_you_mean
from shuibei_index.workspace import Workspace

if TYPE_CHECKING:
    from shuibei_index.index import Hierarchy
    from shuibei_index.store import Store

ROW_COLUMNS = (
    "scope",
    "year",
    "name_zh",
    "name_en",
    "months",
    "firms",
    "collected_cny",
    "market_cny",
    "market_value",
    "market_unit",
    "market_stage",
    "source",
    "share_pct",
    "public",
    "why_zh",
    "why_en",
)
FIRM_COLUMNS = ("year", "enterprise_id", "region", "turnover_cny", "share_of_collected_pct")
_NO_STAGE = ("市场数据的环节与本指数不同，不可相除", "the market figure is of another stage of trade: no share")
_REGION = ("地区数据只列入内部版", "regions stand in the internal version only")


@dataclass(frozen=True)
class Coverage:
    """What is known of the coverage.

    Parameters
    ----------
    rows : DataFrame
        `ROW_COLUMNS`, one row per market figure; `share_pct` NaN = there is none; `public` = it may be published.
    firms : DataFrame
        `FIRM_COLUMNS`: for the team only.
    years : DataFrame
        year, months, firms, classes: what was collected, whether or not there are market figures.
    stage : str
    decimals : int
    missing : tuple of (zh, en)
        What a statement would still need.
    """

    rows: pd.DataFrame
    firms: pd.DataFrame
    years: pd.DataFrame
    stage: str
    decimals: int
    missing: tuple[tuple[str, str], ...]


def coverage(workspace: Workspace, store: Store, month: str, market: pd.DataFrame | None) -> Coverage:
    """Compare accepted turnover up to `month` with market figures.

    Parameters
    ----------
    workspace : Workspace
    store : Store
    month : str
    market : DataFrame or None
        As `read_market` gives it.

    Raises
    ------
    UsageError
        A scope is no class of the headline of its year and no region of panel.csv.
    """
    stage = workspace.settings.stage
    sold = turnover(store, [m for m in store.months() if m <= month], stage)
    sold["year"] = sold["period"].astype(str).str[:4]
    trees = {year: workspace.tree(year) for year in sorted(set(sold["year"]))}
    inside = np.zeros(len(sold), dtype=bool)
    for year, tree in trees.items():
        inside |= ((sold["year"] == year) & sold["class_code"].isin(_below(tree, tree.top))).to_numpy()
    sold = sold[inside].reset_index(drop=True)
    where = regions(workspace)
    sold["region"] = sold["enterprise_id"].map(where).astype(object).fillna("")
    decimals = int(workspace.rules().at(month)["coverage_share_decimals"])
    by_year = sold.groupby("year").agg(
        months=("period", "nunique"), firms=("enterprise_id", "nunique"), classes=("class_code", "nunique")
    )
    rows = _rows(workspace, sold, trees, market, stage, decimals, set(where.values()), month)
    return Coverage(rows, _firms(sold), by_year.reset_index(), stage, decimals, _missing(rows, market, where, sold))


def _rows(
    workspace: Workspace,
    sold: pd.DataFrame,
    trees: dict[str, Hierarchy],
    market: pd.DataFrame | None,
    stage: str,
    decimals: int,
    known: set[str],
    month: str,
) -> pd.DataFrame:
    if market is None or market.empty:
        return pd.DataFrame(columns=list(ROW_COLUMNS))
    shown, why = _public(workspace, sold, trees, set(market["year"]))
    found = []
    # one row of the market file is one scope of one year: a handful
    for given in market.to_dict("records"):
        scope, year = str(given["scope"]), str(given["year"])
        if year > month[:4]:
            raise UsageError(
                f"market figure of {year}: nothing after {month} is looked at", zh=f"市场数据年份 {year} 晚于 {month}"
            )
        tree = trees.get(year) or workspace.tree(year)
        mine, names = _scope(scope, sold[sold["year"] == year], tree, known)
        comparable = given["stage"] in ("", stage)
        collected = float(mine["turnover"].sum())
        share = round(100.0 * collected / given["cny"], decimals) if comparable and len(mine) else float("nan")
        free = scope in shown.get(year, set())
        reason = _NO_STAGE if not comparable else _REGION if scope.startswith(REGION) else ("", "") if free else why
        found.append(
            (
                scope,
                year,
                *names,
                mine["period"].nunique(),
                mine["enterprise_id"].nunique(),
                collected,
                given["cny"],
                given["value"],
                given["unit"],
                given["stage"],
                given["source"],
                share,
                free and comparable,
                *reason,
            )
        )
    return pd.DataFrame(found, columns=list(ROW_COLUMNS))


def _public(
    workspace: Workspace, sold: pd.DataFrame, trees: dict[str, Hierarchy], years: set[str]
) -> tuple[dict[str, set[str]], tuple[str, str]]:
    """Return the classes of each year whose turnover may be told from a share, and why the others may not."""
    why = ("依保密规则", "by the disclosure rules")
    panel, rules = workspace.panel(), workspace.rules()
    free: dict[str, set[str]] = {}
    for year in sorted(years & set(trees)):
        cells = sold.loc[sold["year"] == year, ["period", "class_code", "enterprise_id", "turnover"]]
        try:
            found = protect(cells, trees[year], rules, groups=panel if len(panel) else None)
        except GateError:
            # not even the total of so few enterprises may be told; the release of such a month is refused too
            continue
        kept = found.pattern["obs_conf"].eq("C").groupby(found.pattern["class_code"]).any()
        free[year] = set(kept.index[~kept])
    return free, why


def _scope(scope: str, sold: pd.DataFrame, tree: Hierarchy, known: set[str]) -> tuple[pd.DataFrame, tuple[str, str]]:
    if scope.startswith(REGION):
        name = scope.removeprefix(REGION)
        if name not in known:
            raise UsageError(
                f"market figures: no enterprise of panel.csv has the region {name!r}{did_you_mean(name, known)}",
                zh=f"市场数据：panel.csv 中没有地区为 {name} 的企业",
            )
        return sold[sold["region"] == name], (f"地区：{name}", f"region: {name}")
    below = _below(tree, scope)
    if not below:
        near = did_you_mean(scope, tree.frame["class_code"])
        raise UsageError(
            f"market figures: {scope!r} is no class of the headline{near}", zh=f"市场数据：{scope} 不是总指数内的分类"
        )
    row = tree.frame[tree.frame["class_code"] == scope].iloc[0]
    return sold[sold["class_code"].isin(below)], (str(row["name_zh"]), str(row["name_en"]))


def _below(tree: Hierarchy, code: str) -> set[str]:
    """Return the classes of the headline below a class, and itself; empty = it is none."""
    frame = tree.frame[tree.frame["in_headline"] == 1]
    found, more = set(), {code} & set(frame["class_code"])
    while more:
        found |= more
        more = set(frame.loc[frame["parent"].isin(more), "class_code"]) - found
    return found


def _firms(sold: pd.DataFrame) -> pd.DataFrame:
    sums = sold.groupby(["year", "enterprise_id", "region"], as_index=False)["turnover"].sum()
    total = sums.groupby("year")["turnover"].transform("sum")
    sums = sums.assign(
        turnover_cny=sums["turnover"].round(2), share_of_collected_pct=(100 * sums["turnover"] / total).round(2)
    )
    ordered: pd.DataFrame = sums[list(FIRM_COLUMNS)].sort_values(
        ["year", "turnover_cny", "enterprise_id"], ascending=[True, False, True], ignore_index=True
    )
    return ordered


def _missing(
    rows: pd.DataFrame, market: pd.DataFrame | None, where: dict[str, str], sold: pd.DataFrame
) -> tuple[tuple[str, str], ...]:
    found = []
    if market is None or not (rows["scope"] == "00").any():
        found.append(
            (
                "全国交易规模（总计，scope 00）的数据及出处：没有它，占全国交易的比重无从计算。",
                "a figure of the whole national trade (scope 00) with its source: without it no share can be computed.",
            )
        )
    if market is None or not rows["scope"].str.fullmatch(r"\d{2,}").where(rows["scope"] != "00", False).any():
        found.append(
            (
                "各大类的全国交易规模：没有它们，分类的占比无从计算。",
                "figures of the national trade by class: without them no share by class can be computed.",
            )
        )
    if market is not None and len(rows) and (rows["market_stage"] == "").any():
        found.append(
            (
                "部分市场数据未注明环节（批发或零售）；环节不同的数据不可相除。",
                "some market figures do not say their stage (wholesale or retail); figures of different "
                "stages give no share.",
            )
        )
    if not where:
        found.append(
            (
                "采集点所在地区（panel.csv 的 region 列）：没有它，地区分布无从说明。",
                "the region of each collection point (column region of panel.csv): without it nothing is "
                "known of regions.",
            )
        )
    elif len(sold) and (sold["region"] == "").any():
        found.append(("部分采集点没有注明地区。", "some collection points have no region."))
    return tuple(found)
