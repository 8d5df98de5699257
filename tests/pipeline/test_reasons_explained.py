"""The reasons of a bulletin are what `explain` says to the public."""

from __future__ import annotations

import pytest

from shuibei_index.pipeline.explaining import Explainer
from shuibei_index.release import read_release


def test_reasons_are_those_of_explain(short_done):
    release = read_release(short_done.releases / "2022-02")
    explainer = Explainer.open(short_done, "2022-02")
    leaders = release.facts.leaders["mom"]
    assert len(leaders) >= 4
    told = 0
    for one in leaders:
        found = explainer.explain("2022-02", one.row.code, "mom", public=True)
        total = found.lines[["metal", "making", "stone"]].sum()
        along = total * (1 if found.facts["change_pct"] > 0 else -1)
        # what moves a class most moves the headline most through it
        assert one.part == along.idxmax()
        scale = float(one.points) / found.facts["change_pct"]
        # three published figures of two decimals and one
        assert float(one.part_pp) == pytest.approx(total[one.part] * scale, abs=0.011)
        if one.below and len(found.parts):
            parts = found.parts.set_index("class_code")["points_pp"]
            assert one.below == (parts * (1 if found.facts["change_pct"] > 0 else -1)).idxmax()
            told += 1
    assert told
