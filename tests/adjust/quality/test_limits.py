"""Limits come from the rules and rate as they say."""

from __future__ import annotations

import math

import pytest

from shuibei_index.adjust.quality.catalogue import CATALOGUE, GROUPS
from shuibei_index.adjust.quality.limits import Limit, limits
from shuibei_index.rules import Rules

RULES = Rules.load().at("2025-06")


def test_every_measure_with_a_limit_has_one() -> None:
    known = limits(RULES)
    for name, entry in CATALOGUE.items():
        assert entry.group in GROUPS, name
        assert entry.limit in {"", "combined", *known.of}, name
        assert bool(entry.limit) == bool(entry.good.zh and entry.good.en and entry.weak.zh and entry.weak.en), name
        assert entry.title.zh, name
        assert entry.title.en, name
    assert {entry.limit for entry in CATALOGUE.values()} - {"", "combined"} == set(known.of)
    assert set(known.deciding) <= set(CATALOGUE)


@pytest.mark.parametrize(
    ("limit", "value", "rating"),
    [
        (Limit(1.0, 1.2, "", ""), 1.0, "good"),
        (Limit(1.0, 1.2, "", ""), 1.0001, "uncertain"),
        (Limit(1.0, 1.2, "", ""), 1.2, "uncertain"),
        (Limit(1.0, 1.2, "", ""), 1.21, "bad"),
        (Limit(0.05, 0.01, "", ""), 0.05, "good"),
        (Limit(0.05, 0.01, "", ""), 0.049, "uncertain"),
        (Limit(0.05, 0.01, "", ""), 0.0099, "bad"),
        (Limit(0.05, 0.01, "", ""), math.nan, ""),
    ],
)
def test_rating(limit: Limit, value: float, rating: str) -> None:
    assert limit.rate(value) == rating


def test_every_limit_names_its_source() -> None:
    for limit in limits(RULES).of.values():
        assert limit.reference
        assert limit.rule in set(RULES)
