"""The record of a release says what its own bulletins say."""

import numpy as np

from shuibei_index.release import read_release
from shuibei_index.release.words import paragraphs
from shuibei_index.site.record import record
from shuibei_index.site.sources import find_sources

from . import conftest


def test_a_rate_withheld_for_its_month_of_comparison_is_counted_as_in_the_bulletin(tmp_path, monkeypatch):
    plain = conftest.tables

    def withheld_a_year_ago(month, shift=0.0):
        made = plain(month, shift)
        frame = made["indices"]
        of_it = frame["class_code"].astype(str).eq("02")
        frame.loc[of_it & frame["period"].eq("2023-03"), ["index", "mom_pct", "yoy_pct", "ytd_pct"]] = np.nan
        frame.loc[of_it & frame["period"].eq("2023-03"), "obs_conf"] = "C"
        frame.loc[of_it & frame["period"].eq("2024-03"), ["yoy_pct", "ytd_pct"]] = np.nan
        return made

    monkeypatch.setattr(conftest, "tables", withheld_a_year_ago)
    conftest.write_bundle(tmp_path / "bundles" / "2024-03", "2024-03")
    (source,) = find_sources(tmp_path / "bundles")
    release = read_release(tmp_path / "bundles" / "2024-03")
    assert release.facts.movers["yoy_pct"].withheld == release.facts.movers["mom_pct"].withheld + 1 > 0
    kept = record(source, release)
    for lang in ("zh", "en"):
        assert kept["paragraphs"][lang] == [text for text in paragraphs(release.facts, lang) if text]
