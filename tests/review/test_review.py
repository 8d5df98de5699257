"""What the review shows: true figures of a market that is known, a page that holds them, words that agree."""

import dataclasses
import json
import re
import stat

import numpy as np
import pandas as pd
import pytest

from shuibei_index.errors import UsageError
from shuibei_index.index.tree.classification import HEADLINE
from shuibei_index.pipeline.reviewing import write_review
from shuibei_index.release import Release
from shuibei_index.review.result import TABLES
from shuibei_index.review.words import same_numbers, words_table
from tests.review.conftest import CLASSES, FIRMS, GOLD, MONTH, MONTHS


def test_metal_alone_explains_a_market_whose_charges_stay(reviewed):
    metals = reviewed.tables["metals"]
    assert metals["period"].tolist() == list(MONTHS) and metals["gold"].tolist() == list(GOLD)
    np.testing.assert_allclose(metals["gold_pct"][1:], [2.0, 5.0], rtol=1e-12, atol=0)
    # by hand: equal grams; each item's price is metal · 0.999 + charge, and the classes' shares are those of turnover
    then = sum(GOLD[1] * 0.999 + charge for charge in CLASSES.values())
    expected = 100.0 * 2 * 0.999 * (GOLD[2] - GOLD[1]) / then
    np.testing.assert_allclose(metals["expected_pct"].iloc[-1], expected, rtol=1e-9, atol=0)
    np.testing.assert_allclose(metals["gap_pp"][1:], 0.0, atol=1e-9)


def test_headline_movers_and_contributions_agree(reviewed):
    headline = reviewed.tables["headline"]
    assert headline["period"].iloc[0] == MONTH and set(headline["period"]) == set(MONTHS)
    now = headline[(headline["period"] == MONTH) & (headline["component"] == "total")]
    classes = reviewed.tables["classes"]
    np.testing.assert_allclose(classes["mom_pp"].sum(), now["mom_pct"].iloc[0], rtol=1e-9, atol=0)
    parts = classes[["metal", "making", "stone"]].fillna(0.0).sum(axis=1)
    np.testing.assert_allclose(parts, classes["mom_pp"], rtol=1e-9, atol=1e-12)
    (mover,) = reviewed.tables["movers"].to_dict("records")
    assert mover["direction"] == "up" and "料价 +4.7" in mover["reason_zh"] and "metal +4.7" in mover["reason_en"]


def test_every_firm_and_nothing_late(reviewed):
    assert sorted(reviewed.tables["firms"]["enterprise_id"]) == FIRMS
    assert set(reviewed.tables["influence"]["enterprise_id"]) == set(FIRMS)
    assert reviewed.tables["late"].empty and reviewed.tables["queries"].empty and reviewed.tables["revised"].empty
    assert reviewed.outcome == "passed" and reviewed.signed == 0 and reviewed.release == MONTH


def test_as_frames_json_and_text(reviewed):
    assert len(reviewed.to_frame()) == len(reviewed.gates)
    frame = reviewed.to_frame("headline")
    frame["index"] = 0.0
    assert (reviewed.tables["headline"]["index"] > 0).all()
    with pytest.raises(UsageError, match="did you mean 'metals'"):
        reviewed.to_frame("metal")
    content = json.loads(reviewed.json_bytes())
    assert content["signed"] == 0 and content["required"] == 2 and set(TABLES) <= set(content)
    assert content["headline"][0]["index"] == reviewed.tables["headline"]["index"].iloc[0]
    assert "签字 sign-offs: 0 / 2" in reviewed.text() and "review_words" in reviewed.text()
    assert "0 of 2 sign-offs" in repr(reviewed)


def test_the_page_holds_the_figures_and_runs_nothing(reviewed):
    page = reviewed.page()
    level = reviewed.tables["headline"]["index"].iloc[0]
    assert f"{level:.2f}" in page and reviewed.digest in page and "需" not in page[:20]
    assert all(gate.name in page for gate in reviewed.gates)
    assert not re.search(r"<script|https?://|src=", page)
    assert reviewed._repr_html_() in page


def test_names_of_others_are_text_on_the_page(reviewed):
    evil = "<script>alert(1)</script>"
    signed = pd.DataFrame(
        [[1, MONTH, evil, "审核", "2024-04-01", evil, False, evil, evil]],
        columns=["sign_off", "release", "person", "role", "signed_at", "note", "counts", "why_zh", "why_en"],
    )
    movers = reviewed.tables["movers"].assign(name_zh=evil, name_en=evil, reason_zh=evil, reason_en=evil)
    about = {**reviewed.about, "name_zh": evil, "name_en": evil}
    page = dataclasses.replace(
        reviewed, about=about, tables={**reviewed.tables, "sign_offs": signed, "movers": movers}
    ).page()
    assert "<script" not in page and page.count("&lt;script&gt;") == 10


def test_files_are_for_their_owner_only(copy, reviewed):
    for path in write_review(copy, reviewed):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 and path.parent == copy.work(MONTH)
    assert stat.S_IMODE(copy.work(MONTH).stat().st_mode) == 0o700


def test_a_figure_that_one_language_lacks_is_an_error():
    page = "<style>1.5</style><p>升 {} 为 98.03</p><svg>2.25</svg>"
    files = {"bulletin.zh.html": page.format("0.8%"), "bulletin.en.html": page.format("0.9%")}
    release = Release({name: text.encode() for name, text in files.items()})
    found = words_table(release, [("same_numbers", same_numbers), ("mine", lambda r: [("zh", "note", "", "甲", "a")])])
    assert found["place"].tolist() == ["0.8", "0.9", ""] and found["severity"].tolist() == ["error", "error", "note"]
    assert found["part"].tolist() == ["same_numbers", "same_numbers", "mine"]
    same = Release({name: page.format("0.8%").encode() for name in files})
    assert words_table(same, [("same_numbers", same_numbers)]).empty


def test_plot(reviewed):
    axes = reviewed.plot()
    bars = [bar.get_height() for bar in axes.patches]
    shown = reviewed.tables["metals"]["headline_pct"]
    assert len(bars) == len(shown) and bars[-1] == shown.iloc[-1]


def test_the_headline_is_what_would_be_compiled(market, reviewed):
    from shuibei_index.pipeline.compiling import compile_

    series = compile_(market, MONTH)
    assert reviewed.tables["headline"]["index"].iloc[0] == series.levels_frame()[HEADLINE].iloc[-1]
