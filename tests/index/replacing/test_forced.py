"""Forced links: only where the rule says so, and only the one candidate there is."""

from __future__ import annotations

import pandas as pd
import pytest

from shuibei_index import months
from shuibei_index.errors import RulesError
from shuibei_index.index.replacing import LINK_COLUMNS, forced_links, no_links
from shuibei_index.index.replacing.forced import links_by_rule
from shuibei_index.rules import RulesAt
from tests.index.components.market import RULES, series_of
from tests.index.upkeep.test_replacements import FIRST, LAST, LIMIT, entering, market

NUMBER = LAST + LIMIT + 4


def rules(**values: object) -> RulesAt:
    """Return the rules of a month with some other values; None = there is no such rule."""
    at = RULES.at("2024-12")
    entries = {name: entry for name, entry in at.entries.items() if values.get(name, "") is not None}
    for name, value in values.items():
        if value is not None:
            entries[name] = type(entries[name])(**{**vars(entries[name]), "value": value})
    return RulesAt(at.month, entries, at.digest)


def test_the_rule_says_who_decides() -> None:
    assert not links_by_rule(rules()) and not links_by_rule(rules(forced_replacement="propose"))
    assert links_by_rule(rules(forced_replacement="link"))
    # rules of a release made before there was one
    assert not links_by_rule(rules(forced_replacement=None))
    with pytest.raises(RulesError, match="expected propose or link") as raised:
        links_by_rule(rules(forced_replacement="perhaps"))
    assert "取值" in raised.value.zh


def test_the_only_candidate_takes_over_by_the_method_of_the_rule() -> None:
    series = series_of(market() + entering("N", LAST + 1, NUMBER))
    at = rules(forced_replacement="link", replacement_method={"other": "direct"})
    found = forced_links(series, at, no_links())
    assert tuple(found.columns) == LINK_COLUMNS
    assert found.to_numpy().tolist() == [["E001", "0101", "X", "N", "direct", 1.0, 1.0]]
    assert forced_links(series, rules(), no_links()).empty
    # what people have decided stays
    decided = pd.DataFrame([("E001", "0101", "X", "M", "class_mean", 1.0, 1.0)], columns=list(LINK_COLUMNS))
    assert forced_links(series, at, decided).empty


def test_of_several_people_decide_and_an_overlap_is_one() -> None:
    at = rules(forced_replacement="link", replacement_method={"other": "direct"})
    both = series_of(market() + entering("N", LAST + 1, NUMBER) + entering("M", LAST + 2, NUMBER))
    assert forced_links(both, at, no_links()).empty
    beside = series_of(market() + entering("N", LAST, NUMBER))
    assert forced_links(beside, at, no_links())["method"].tolist() == ["overlap"]
    assert months.shift(FIRST, LAST) in beside.months
