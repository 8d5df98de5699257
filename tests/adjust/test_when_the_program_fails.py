"""Programs that are missing, refuse to start, hang or are killed: what is said, and what is done all the same."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from shuibei_index.adjust import default_specification, seasonally_adjust
from shuibei_index.adjust.engine.program import locate
from shuibei_index.errors import EngineError
from shuibei_index.rules import Rules, RulesAt

Market = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in programs are shell scripts")


def _wrapper(path: Path, body: str) -> Path:
    """A program that answers as X-13 does when it is asked for its version, and does `body` with a metafile."""
    engine = locate()
    assert engine is not None
    path.write_text(
        f'#!/bin/sh\nX13="{engine.path}"\nMARK="{path}.mark"\nif [ "$1" != -m ]; then exec "$X13" "$@"; fi\n{body}\n'
    )
    path.chmod(0o755)
    return path


def _rules(seconds: float) -> RulesAt:
    rules = Rules.load().at("2025-06")
    entry = replace(rules.entries["seasonal_time_limit"], value=seconds)
    return replace(rules, entries={**rules.entries, "seasonal_time_limit": entry})


def _left_behind(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("path", ["missing", "a folder", "not executable"])
def test_a_program_that_does_not_start(market: Market, tmp_path: Path, private_tmp: Path, path: str) -> None:
    program = tmp_path / "program"
    if path == "a folder":
        program.mkdir()
    elif path == "not executable":
        program.write_text("#!/bin/sh\n")
    with pytest.raises(EngineError, match="program") as caught:
        seasonally_adjust(market(series=1, months=60)[0], program=program)
    assert "X-13" in caught.value.zh
    assert _left_behind(private_tmp) == []


def test_killed_midway_once(market: Market, tmp_path: Path, private_tmp: Path) -> None:
    """The machine ends X-13 while it works: what it had done stays, the rest is run again."""
    body = (
        'if [ -e "$MARK" ]; then exec "$X13" "$@"; fi\ntouch "$MARK"\n'
        'head -n 3 all.mta > some.mta\n"$X13" -m some -s -n\nkill -9 $$\n'
    )
    frame, _ = market(series=8, months=60)
    adjusted = seasonally_adjust(frame, program=_wrapper(tmp_path / "killed", body), workers=1)
    whole = seasonally_adjust(frame)
    pd.testing.assert_frame_equal(adjusted.components["SA"], whole.components["SA"])
    pd.testing.assert_frame_equal(adjusted.diagnostics, whole.diagnostics)
    assert _left_behind(private_tmp) == []


def test_hanging_at_one_series(market: Market, tmp_path: Path, private_tmp: Path) -> None:
    """One series the program never gets past: it is refused in words, the others are adjusted."""
    body = (
        'while read name; do\n  if [ "$name" = S00002 ]; then touch S00002.err; sleep 60; fi\n'
        '  "$X13" "$name" -s -n\ndone < all.mta\n'
    )
    frame, _ = market(series=5, months=60)
    begun = time.monotonic()
    program = _wrapper(tmp_path / "hanging", body)
    adjusted = seasonally_adjust(frame, program=program, rules=_rules(0.5), workers=1)
    assert time.monotonic() - begun < 20
    told = adjusted.diagnostics.set_index("series")
    assert told["status"].value_counts().to_dict() == {"adjusted": 4, "refused": 1}
    assert "made no progress for 0.5 s and was stopped; repeated alone: again" in told.loc["S2", "reason_en"]
    # a program that hangs twice on a request is not asked further ones
    assert [step for step, _ in adjusted.attempts["S2"]] == ["configured"]
    assert "X-13 各步均未成功" in told.loc["S2", "reason_zh"]
    assert _left_behind(private_tmp) == []


@pytest.mark.parametrize(
    "harm", ["touch S00002.err; kill -9 $$", "head -c 900 S00002.d11 > cut; mv cut S00002.d11", "rm S00002.udg"]
)
def test_one_disturbance_changes_nothing(market: Market, tmp_path: Path, private_tmp: Path, harm: str) -> None:
    """The series in hand when something happens to the program comes by the same step as ever."""
    kills = "kill" in harm
    before, after = (harm, "") if kills else ("", harm)
    body = (
        'while read name; do\n  if [ "$name" = S00002 ] && [ ! -e "$MARK" ]; then hit=1; touch "$MARK"; else hit=; fi\n'
        f'  if [ -n "$hit" ]; then :; {before}\n  fi\n  "$X13" "$name" -s -n\n'
        f'  if [ -n "$hit" ]; then :; {after}\n  fi\ndone < all.mta\n'
    )
    frame, _ = market(series=4, months=60)
    adjusted = seasonally_adjust(frame, program=_wrapper(tmp_path / "harmed", body), workers=1)
    assert (tmp_path / "harmed.mark").exists()
    whole = seasonally_adjust(frame)
    assert adjusted.diagnostics["step"].tolist() == ["configured"] * 4
    pd.testing.assert_frame_equal(adjusted.components["SA"], whole.components["SA"])
    assert _left_behind(private_tmp) == []


def test_killed_at_one_request_every_time(market: Market, tmp_path: Path, private_tmp: Path) -> None:
    """What kills the program is the request: repeated once, then a simpler one, and both are told."""
    body = (
        'while read name; do\n  if [ "$name" = S00001 ] && ! grep -q "model=(0 1 1)(0 1 1)" S00001.spc; then\n'
        '    touch S00001.err; kill -9 $$; fi\n  "$X13" "$name" -s -n\ndone < all.mta\n'
    )
    frame, _ = market(series=3, months=60)
    spec = replace(default_specification(month="2025-06"), arima="(1 1 0)(0 1 1)")
    adjusted = seasonally_adjust(frame, specification=spec, program=_wrapper(tmp_path / "killed", body), workers=1)
    told = adjusted.diagnostics.set_index("series")
    assert told["step"].tolist() == ["configured", "airline", "configured"]
    assert told.loc["S1", "attempts"] == "configured: X-13 ended abnormally; repeated alone: again"
    assert _left_behind(private_tmp) == []


def test_files_for_ever_are_no_progress(market: Market, tmp_path: Path, private_tmp: Path) -> None:
    body = "for k in $(seq 1 300); do touch f$k; sleep 0.1; done\n"
    frame, _ = market(series=1, months=60)
    begun = time.monotonic()
    adjusted = seasonally_adjust(frame, program=_wrapper(tmp_path / "drip", body), rules=_rules(0.4), workers=1)
    assert time.monotonic() - begun < 10
    assert "made no progress for 0.4 s" in adjusted.diagnostics["reason_en"].iloc[0]
    assert _left_behind(private_tmp) == []


def test_a_wrapper_that_only_sleeps(market: Market, tmp_path: Path, private_tmp: Path) -> None:
    frame, _ = market(series=6, months=60)
    begun = time.monotonic()
    adjusted = seasonally_adjust(frame, program=_wrapper(tmp_path / "asleep", "sleep 60"), rules=_rules(0.2))
    assert time.monotonic() - begun < 20
    assert (adjusted.diagnostics["status"] == "refused").all()
    assert adjusted.diagnostics["reason_en"].str.contains("times in a row|made no progress").all()
    assert adjusted.engine["sha256"]
    assert adjusted.to_frame().empty
    assert _left_behind(private_tmp) == []
