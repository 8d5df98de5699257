"""Gates of the review: by dated rules a figure passes, needs a remark of those who sign, or stops the sign-off."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from shuibei_index.rules import RulesAt

PASSED, REMARK, BLOCKS = "passed", "remark", "blocks"


@dataclass(frozen=True)
class ReviewGate:
    """One gate: what was found, what the rule allows, and what follows.

    Parameters
    ----------
    name : str
        The rule.
    value : float
        NaN = it could not be told, which needs a remark.
    remark, block : float
        From where on a remark is needed, and no sign-off is taken; NaN = never.
    outcome : {"passed", "remark", "blocks"}
    text_zh, text_en : str
    """

    name: str
    value: float
    remark: float
    block: float
    outcome: str
    text_zh: str
    text_en: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, None for a number there is not."""
        return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in asdict(self).items()}


def judge_review(figures: Mapping[str, Any], at: RulesAt) -> tuple[ReviewGate, ...]:
    """Return the gates of a month under review.

    Parameters
    ----------
    figures : mapping
        response_count, response_value, imputed_share (shares of the headline, NaN = unknown); open_queries (count, see
        `influential_queries`); one_firm, metal_gap (percentage points); class_change (per cent); final_revised, unsafe,
        word_errors (counts). `disclosure_refused` (zh, en): why nothing could be protected at all.
    at : RulesAt
        The month's rules.
    """
    f = figures
    zh, en = f.get("disclosure_refused") or ("", "")
    gates = (
        _least("review_response_count", f["response_count"], at["review_response_count"],
               "总指数按户回收率 {}", "response of the headline by firms {}"),
        _least("review_response_value", f["response_value"], at["review_response_value"],
               "总指数按额回收率 {}", "response of the headline by value {}"),
        _most("review_imputed_share", f["imputed_share"], at["review_imputed_share"],
              "总指数权重的 {} 为插补", "{} of the headline's weight is imputed", share=True),
        _most("review_open_queries", f["open_queries"], at["review_open_queries"],
              "影响较大企业的未决质疑 {} 条", "{} queries on influential firms without a decision"),
        _most("review_one_firm", f["one_firm"], at["review_one_firm"],
              "剔除单一企业，总指数环比最多变动 {} 个百分点",
              "without a single firm the headline's monthly change would differ by up to {} points", digits=3),
        _most("review_metal_gap", f["metal_gap"], at["review_metal_gap"],
              "总指数环比与按金属价格推算相差 {} 个百分点",
              "the headline's monthly change is {} points from what metal prices give", digits=2),
        _most("review_class_change", f["class_change"], at["review_class_change"],
              "分类环比绝对值最大 {}%", "the largest monthly change of a class is {} %", digits=1),
        _most("review_final_revised", f["final_revised"], at["review_final_revised"],
              "将变动的终值 {} 个", "{} values that are no longer provisional would change"),
        _most("review_disclosure", f["unsafe"], at["review_disclosure"],
              "可被推算过近的保密单元 {} 个", "{} withheld cells could be told too nearly"),
        _most("review_words", f["word_errors"], at["review_words"],
              "公报文字错误 {} 处", "{} errors in the words of the bulletins"),
    )  # fmt: skip
    # words of the error itself: names in it are no places for numbers
    return tuple(
        dataclasses.replace(gate, text_zh=zh or en, text_en=en) if en and gate.name == "review_disclosure" else gate
        for gate in gates
    )


def influential_queries(queries: pd.DataFrame, effects: pd.DataFrame, at: RulesAt) -> tuple[pd.DataFrame, int]:
    """Return open queries with the effect of their firm, the most influential first, and how many count.

    Parameters
    ----------
    queries : DataFrame
        enterprise_id, and what else is to be shown; those without a decision.
    effects : DataFrame
        enterprise_id, mom_pp: what leaving the firm out does to the headline's monthly change, percentage points.
    at : RulesAt
    """
    limit = float(at["review_open_queries"]["influence"])
    size = queries["enterprise_id"].map(effects.set_index("enterprise_id")["mom_pp"]).astype(float)
    # a firm all of whose lines are held has no effect to tell: its queries count
    counts = size.abs().ge(limit) | size.isna()
    order = np.argsort(-size.abs().fillna(np.inf).to_numpy(), kind="stable")
    shown = queries.assign(mom_pp=size, influential=counts).iloc[order].reset_index(drop=True)
    return shown, int(counts.sum())


def _least(name: str, value: float, rule: Mapping[str, float], zh: str, en: str) -> ReviewGate:
    return _gate(name, value, rule, -1.0, zh, en, f"{100.0 * value:.1f}%")


def _most(
    name: str, value: float, rule: Mapping[str, float], zh: str, en: str, *, share: bool = False, digits: int = 0
) -> ReviewGate:
    return _gate(name, value, rule, 1.0, zh, en, f"{100.0 * value:.1f}%" if share else f"{value:.{digits}f}")


def _gate(name: str, value: float, rule: Mapping[str, float], sign: float, zh: str, en: str, shown: str) -> ReviewGate:
    remark, block = (float(rule.get(key, np.nan)) for key in ("remark", "block"))
    number = float(value)
    if math.isnan(number):
        zh, en, shown, outcome = f"{zh}（无法计算）", f"{en} (cannot be told)", "–", REMARK
    else:
        # NaN compares as false: a limit that is not there is never passed
        outcome = BLOCKS if sign * number > sign * block else REMARK if sign * number > sign * remark else PASSED
    return ReviewGate(name, number, remark, block, outcome, zh.format(shown), en.format(shown))
