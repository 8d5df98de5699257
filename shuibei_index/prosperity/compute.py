"""From turnover, price index, business figures and survey answers to the prosperity index."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.aggregate import PricePanel
from shuibei_index.errors import RulesError, UsageError
from shuibei_index.index.compilation.series import IndexSeries
from shuibei_index.prosperity.chain import Floats
from shuibei_index.prosperity.dimensions import Dimension, confidence, efficiency, scale, shares
from shuibei_index.prosperity.result import DIMENSIONS, TOTAL, ProsperityIndex
from shuibei_index.prosperity.turnover import firm_turnover
from shuibei_index.rules import Rules, RulesAt

ABSENT = ("whole", "parts", "rescaled")


def prosperity_index(
    turnover: PricePanel | pd.DataFrame | None,
    price: IndexSeries | pd.Series,
    business: pd.DataFrame | None = None,
    survey: pd.DataFrame | None = None,
    *,
    rules: Rules | RulesAt | None = None,
    base_period: str = "",
) -> ProsperityIndex | None:
    """Compile the prosperity index of the months of a price index.

    Parameters
    ----------
    turnover : PricePanel or DataFrame, optional
        period, enterprise_id, turnover (CNY, in the tax basis of the price index). A panel counts with every class it
        has; `firm_turnover(panel, trees)` keeps those of the headline. Without it: no scale.
    price : IndexSeries or Series
        The headline price index, by month; it deflates turnover and says which months there are.
    business : DataFrame, optional
        As `read_business` returns it. Without it: no efficiency.
    survey : DataFrame, optional
        As `read_survey` returns it, or with raw answers: period, enterprise_id, question, answer (up 上升, same 持平,
        down 下降). Without it: no confidence.
    rules : Rules or RulesAt, optional
        Default: the packaged rules. Those of the last month are used.
    base_period : str
        Year or month whose mean is 1000; default: that of the price index, or its first month.

    Returns
    -------
    ProsperityIndex or None
        None if there is nothing to compile, or the rule `prosperity_absent` wants all dimensions and one is absent.

    Raises
    ------
    UsageError
        A column or a month is missing, an enterprise stands twice in a month, or an answer is none.
    RulesError
        A rule names a method this version does not have.
    """
    level = _headline(price)
    months = tuple(level.index)
    every = rules if rules is not None else Rules.load()
    at = every.at(months[-1])
    mode = str(at["prosperity_absent"])
    if mode not in ABSENT:
        raise RulesError(f"rule 'prosperity_absent' is {mode!r}; expected one of {', '.join(ABSENT)}")
    found: dict[str, Dimension] = {}
    sold = firm_turnover(turnover) if isinstance(turnover, PricePanel) else turnover
    if sold is not None and len(sold):
        found["scale"] = scale(sold, level.to_numpy(dtype=float), months, at)
    if business is not None and len(business):
        found["efficiency"] = efficiency(business, months, at)
    if survey is not None and len(survey):
        found["confidence"] = confidence(survey, months, at)
    # data without a single month of enough enterprises are no dimension
    found = {name: one for name, one in found.items() if not np.isnan(one.level).all()}
    if not found or (mode == "whole" and len(found) < len(DIMENSIONS)):
        return None
    base = base_period or getattr(price, "base_period", "") or months[0]
    value = float(at["prosperity_base_value"])
    weights = shares(at["prosperity_weights"], DIMENSIONS, "prosperity_weights")
    levels, bases = {}, {}
    for name, one in found.items():
        levels[name], bases[name] = _rebased(one.level, months, base, value)
    firms = {name: one.firms for name, one in found.items()}
    hidden = {n: one.withheld | (one.firms < int(at["prosperity_disclosure_firms"])) for n, one in found.items()}
    if mode != "parts" or len(found) == len(DIMENSIONS):
        total = _total(levels, weights, strict=mode != "rescaled")
        if not np.isnan(total).all():
            levels[TOTAL], bases[TOTAL] = _rebased(total, months, base, value)
            present = np.stack([~np.isnan(levels[n]) for n in found])
            number = np.where(present, np.stack([firms[n] for n in found]), np.iinfo(np.int64).max)
            firms[TOTAL] = np.where(present.any(axis=0), number.min(axis=0), 0)
            # a total and all but one of its parts would tell that one
            hidden[TOTAL] = (np.stack([hidden[n] for n in found]) & present).any(axis=0)
    measures = {k: np.where(np.isnan(one.level), np.nan, v) for one in found.values() for k, v in one.measures.items()}
    return ProsperityIndex(months, levels, firms, hidden, bases, {n: weights[n] for n in found}, value, measures)


def _headline(price: Any) -> pd.Series:
    if isinstance(price, pd.Series):
        level = price.astype(float)
    elif hasattr(price, "to_frame"):
        frame = price.to_frame()
        head = (frame["class_code"] == "00") & (frame["component"] == "total") & (frame["adjustment"] == "NSA")
        level = frame[head].set_index("period")["index"].astype(float)
    else:
        raise UsageError(
            f"price is a {type(price).__name__}; expected an IndexSeries or a Series by month",
            zh="price 应为指数序列或以月份为索引的 Series",
        )
    names = [str(m) for m in level.index]
    if not names:
        raise UsageError("the price index has no month", zh="价格指数没有任何月份")
    if len(set(names)) < len(names):
        raise UsageError("the price index has a month twice", zh="价格指数有重复的月份")
    level.index = pd.Index(names)
    return level.reindex(month_names.between(min(names), max(names)))


def _rebased(level: Floats, months: tuple[str, ...], base: str, value: float) -> tuple[Floats, str]:
    """Return a level whose mean over the base period is `value`, and that period; else its first month is."""
    inside = np.isin(np.array(months), month_names.months_of(base)) & ~np.isnan(level)
    if inside.any():
        return value * level / level[inside].mean(), base
    first = int(np.argmax(~np.isnan(level)))
    return value * level / level[first], months[first]


def _total(levels: dict[str, Floats], weights: dict[str, float], *, strict: bool) -> npt.NDArray[np.float64]:
    """Chain the weighted mean of the dimensions, so that one that enters or leaves moves nothing.

    Where all are there all the time it is their weighted mean. `strict`: a month without one of them has no total.
    """
    names = list(levels)
    whole = np.stack([levels[n] for n in names])
    weight = np.array([weights[n] for n in names])
    there = ~np.isnan(whole)
    result = np.full(whole.shape[1], np.nan)
    last = -1
    for t in range(whole.shape[1]):
        both = there[:, t] & there[:, last] if last >= 0 else there[:, t]
        if not (both.all() if strict else both.any()):
            continue
        now = float(weight[both] @ whole[both, t])
        result[t] = (
            now / weight[both].sum() if last < 0 else result[last] * now / float(weight[both] @ whole[both, last])
        )
        last = t
    return result
