"""The adjusted series of a release are computed again where the program that made them is at hand."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest

from shuibei_index.pipeline import publishing
from shuibei_index.release import make_release
from shuibei_index.rules import Rules
from tests.release.conftest import make_adjusted, make_series

RULES = Rules.load()
SERIES = make_series("2021-01", 40)
PROGRAM = {"name": "X-13ARIMA-SEATS", "version": "1.1", "build": "62", "sha256": "ab"}


@pytest.fixture(scope="module")
def released():
    """A release whose adjusted series the program PROGRAM made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shuibei_index.release.charts.draw", lambda facts, lang: {})
        adjusted = dataclasses.replace(make_adjusted(SERIES), engine=PROGRAM)
        return make_release(SERIES, adjusted, rules=RULES)


def again(released, monkeypatch, factor=1.0, sha256="ab"):
    """Verify the adjusted series; this machine's program gives the same times a factor."""
    here = SimpleNamespace(identity=lambda: PROGRAM | {"sha256": sha256})
    made = make_adjusted(SERIES)
    made.frame.loc[made.frame.index[-1:], "value"] *= factor
    monkeypatch.setattr(publishing, "locate", lambda: here)
    monkeypatch.setattr(publishing, "adjust_series", lambda series, rules, accepted: made)
    frozen = SimpleNamespace(rules=RULES)
    return publishing._as_adjusted(released, released.verify(), SERIES, frozen, {"files": {}}, None)


def test_the_same_values(released, monkeypatch):
    report, told = again(released, monkeypatch)
    rows = released.frame("indices").query("adjustment != 'NSA'")
    assert report.ok and f"{len(rows)} values, all equal" in told


def test_another_value_is_named(released, monkeypatch):
    report, told = again(released, monkeypatch, factor=1.001)
    assert not report.ok and "1 adjusted values differ" in told
    assert "04 total TREND" in report.problems[-1].en and "2024-04" in report.problems[-1].en


def test_another_program_computes_nothing(released, monkeypatch):
    report, told = again(released, monkeypatch, factor=1.001, sha256="cd")
    assert report.ok and "not recomputed" in told and "build" not in told and "62" in told
