"""Gates of the review: each passes, asks for a remark, or blocks, at the rule's own limits."""

import math

import pandas as pd
import pytest

from shuibei_index.review import BLOCKS, PASSED, REMARK, judge_review
from shuibei_index.review.gates import influential_queries
from shuibei_index.rules import Rules

AT = Rules.load().at("2025-06")
GOOD = {
    "response_count": 1.0, "response_value": 1.0, "imputed_share": 0.0, "open_queries": 0, "one_firm": 0.0,
    "metal_gap": 0.0, "class_change": 0.0, "final_revised": 0, "unsafe": 0, "word_errors": 0,
}  # fmt: skip
#: Figure → rule, and on which side of a limit it is bad.
RULES = {
    "response_count": ("review_response_count", -1), "response_value": ("review_response_value", -1),
    "imputed_share": ("review_imputed_share", 1), "open_queries": ("review_open_queries", 1),
    "one_firm": ("review_one_firm", 1), "metal_gap": ("review_metal_gap", 1),
    "class_change": ("review_class_change", 1), "final_revised": ("review_final_revised", 1),
    "unsafe": ("review_disclosure", 1), "word_errors": ("review_words", 1),
}  # fmt: skip


def outcome(figure, value):
    return {gate.name: gate for gate in judge_review({**GOOD, figure: value}, AT)}[RULES[figure][0]].outcome


def test_a_month_in_order_passes_everything():
    gates = judge_review(GOOD, AT)
    assert {gate.outcome for gate in gates} == {PASSED}
    assert {gate.name for gate in gates} == {name for name, _ in RULES.values()}
    assert all(gate.text_zh and gate.text_en for gate in gates)


@pytest.mark.parametrize("figure", RULES)
def test_each_limit_is_where_the_rule_says(figure):
    name, sign = RULES[figure]
    for key, beyond in (("remark", REMARK), ("block", BLOCKS)):
        if key not in AT[name]:
            continue
        limit = float(AT[name][key])
        assert outcome(figure, limit + sign * 1e-6) == beyond
        assert outcome(figure, limit) != beyond


@pytest.mark.parametrize("figure", RULES)
def test_what_cannot_be_told_needs_a_remark(figure):
    assert outcome(figure, math.nan) == REMARK


def test_only_queries_on_firms_with_an_effect_count():
    queries = pd.DataFrame({"enterprise_id": ["E1", "E2", "E3", "E2"], "query": list("abcd")})
    effects = pd.DataFrame({"enterprise_id": ["E1", "E2"], "mom_pp": [0.001, -0.5]})
    shown, counted = influential_queries(queries, effects, AT)
    # E3 has no accepted line: nobody knows what it would do
    assert counted == 3 and shown["query"].tolist() == ["c", "b", "d", "a"]
    assert queries.columns.tolist() == ["enterprise_id", "query"]


def test_why_nothing_could_be_protected_is_told_in_both_languages():
    gates = judge_review({**GOOD, "unsafe": 1, "disclosure_refused": ("保护不了 {x}", "cannot {x}")}, AT)
    told = next(gate for gate in gates if gate.name == "review_disclosure")
    assert (told.outcome, told.text_zh, told.text_en) == (BLOCKS, "保护不了 {x}", "cannot {x}")
