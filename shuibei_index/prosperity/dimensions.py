"""The three dimensions: scale 规模, efficiency 效益, confidence 信心, as levels on bases of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import RulesError, UsageError, did_you_mean
from shuibei_index.prosperity.chain import Bools, Floats, Ints, same_firm_chain
from shuibei_index.prosperity.inputs import scored
from shuibei_index.prosperity.turnover import wide
from shuibei_index.rules import RulesAt

Months = tuple[str, ...]


@dataclass(frozen=True)
class Dimension:
    """One dimension over T months; NaN where it has no value."""

    level: Floats
    firms: Ints
    withheld: Bools
    measures: dict[str, Floats] = field(default_factory=dict)


def scale(turnover: pd.DataFrame, price: Floats, months: Months, rules: RulesAt) -> Dimension:
    """Turnover of the same enterprises, deflated by the price index.

    Parameters
    ----------
    turnover : DataFrame
        period, enterprise_id, turnover (CNY).
    price : ndarray, shape (T,)
        Headline price index of the same months and tax basis.
    """
    firms = _firms(turnover)
    value = wide(turnover, "turnover", months, firms)
    chain = same_firm_chain([value], lambda s: float(s[0]), int(rules["prosperity_min_firms"]), rules)
    with np.errstate(invalid="ignore"):
        level = chain.level / np.where(price > 0, price, np.nan)
    return Dimension(level, chain.firms, chain.withheld, {})


def efficiency(business: pd.DataFrame, months: Months, rules: RulesAt) -> Dimension:
    """Stock turn and margin rate of the same enterprises, as a weighted geometric mean.

    Stock turn = 12 × cost of sales / stock (times a year); margin rate = gross margin / (cost of sales + gross margin).

    Parameters
    ----------
    business : DataFrame
        Of `inputs.read_business`.
    """
    firms = _firms(business)
    stock, cost, margin = (wide(business, c, months, firms) for c in ("stock_value", "cost_of_sales", "gross_margin"))
    least = int(rules["prosperity_min_firms"])
    weight = shares(rules["prosperity_efficiency_weights"], ("stock_turn", "margin"), "prosperity_efficiency_weights")
    turn = same_firm_chain([cost, stock], _turn, least, rules)
    rate = same_firm_chain([margin, cost], _margin, least, rules)
    level = np.exp(weight["stock_turn"] * np.log(turn.level) + weight["margin"] * np.log(rate.level))
    measures = {"stock_turn": _over_all([cost, stock], _turn), "margin_pct": 100.0 * _over_all([margin, cost], _margin)}
    return Dimension(level, np.minimum(turn.firms, rate.firms), turn.withheld | rate.withheld, measures)


def confidence(survey: pd.DataFrame, months: Months, rules: RulesAt) -> Dimension:
    """Mean diffusion index of the questions: share of good answers plus half of the unchanged ones, 0 to 100.

    Each enterprise counts once. A month counts if every question that is asked at all has enough answers: else the mean
    would move because a question is missing.

    Parameters
    ----------
    survey : DataFrame
        Of `inputs.read_survey`, or as survey.csv has it: period, enterprise_id, question, answer.

    Notes
    -----
    D = 100 · (up + same / 2), as in purchasing managers' indices; the balance of the EU surveys is B = 2 D − 100.
    """
    survey = scored(survey)
    signs = rules["prosperity_questions"]
    wrong = [q for q, sign in signs.items() if sign not in (1, -1)]
    if wrong:
        raise RulesError(
            f"rule 'prosperity_questions': the sign of {wrong[0]!r} is {signs[wrong[0]]}; expected 1 or -1"
        )
    asked = [q for q in signs if (survey["question"] == q).any()]
    strange = survey.loc[~survey["question"].isin(asked), "question"]
    if len(strange):
        raise UsageError(
            f"unknown question {strange.iloc[0]!r}{did_you_mean(str(strange.iloc[0]), signs)}; "
            f"the rule prosperity_questions has {', '.join(signs)}",
            zh=f"未知问题 {strange.iloc[0]!r}；规则中的问题为 {'、'.join(signs)}",
        )
    good = survey["score"].where(survey["question"].map(signs) == 1, 1.0 - survey["score"])
    cells = survey.assign(good=100.0 * good).groupby(["period", "question"])["good"].agg(["mean", "count"])
    mean = cells["mean"].unstack("question").reindex(index=list(months), columns=asked)  # noqa: PD010 - one cell each
    count = cells["count"].unstack("question").reindex(index=list(months), columns=asked).fillna(0)  # noqa: PD010
    number = count.to_numpy(dtype=np.int64)
    diffusion = mean.to_numpy(dtype=float)
    enough = (number >= int(rules["prosperity_min_firms"])).all(axis=1)
    level = np.where(enough, diffusion.mean(axis=1), np.nan)
    measures = {f"balance_{q}": 2.0 * diffusion[:, k] - 100.0 for k, q in enumerate(asked)}
    # a diffusion index of nought is a level, but nothing can be measured by it
    level = np.where(level > 0, level, np.nan)
    return Dimension(level, number.min(axis=1, initial=2**31), np.zeros(len(months), dtype=bool), measures)


def shares(stated: dict[str, float], names: tuple[str, ...], rule: str) -> dict[str, float]:
    """Return weights that add up to 1.

    Raises
    ------
    RulesError
        A name is missing or unknown, or a weight is not above 0.
    """
    if set(stated) != set(names) or min(stated.values()) <= 0:
        raise RulesError(f"rule {rule!r} is {stated}; expected a weight above 0 for each of {', '.join(names)}")
    return {name: float(stated[name]) / float(sum(stated.values())) for name in names}


def _firms(frame: pd.DataFrame) -> pd.Index:
    return pd.Index(sorted(set(frame["enterprise_id"].astype(str))))


def _turn(sums: Floats) -> float:
    return 12.0 * float(sums[0]) / float(sums[1]) if sums[1] > 0 else float("nan")


def _margin(sums: Floats) -> float:
    sales = float(sums[0] + sums[1])
    return float(sums[0]) / sales if sales > 0 else float("nan")


def _over_all(parts: list[Floats], ratio: Callable[[Floats], float]) -> Floats:
    whole = np.stack(parts)
    there: Bools = np.asarray(~np.isnan(whole).any(axis=0), dtype=bool)
    total: npt.NDArray[np.float64] = np.where(there, whole, 0.0).sum(axis=2)
    return np.array([ratio(total[:, t]) if there[t].any() else np.nan for t in range(total.shape[1])])
