"""A release keeps what may not be published out of every file, and verify computes again what that is."""

from __future__ import annotations

import dataclasses
import io
import re
import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest

from shuibei_index import pipeline
from shuibei_index.errors import GateError, UsageError
from shuibei_index.frozen import thaw
from shuibei_index.pipeline.compiling import compile_frozen
from shuibei_index.pipeline.explaining import Explainer
from shuibei_index.pipeline.revising import _changed_figures
from shuibei_index.pipeline.withholding import check, protection_of, released_pattern
from shuibei_index.release import make_release, read_release
from shuibei_index.release.computed import computed_tables
from shuibei_index.release.tables import published
from shuibei_index.response import month_status
from shuibei_index.response.card_page import write_page
from shuibei_index.response.scorecard import scorecards
from shuibei_index.simulation import simulate
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace
from tests.disclosure.attacker import attack_bundle, attack_logs, guarded_by, truth_of

MONTHS = ("2024-02", "2024-03")
KEY = ["period", "class_code", "component"]


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """A market of 40 firms, small classes among its 54; two releases, the charts left out."""
    folder = tmp_path_factory.mktemp("withheld") / "ws"
    simulate(folder, start="2023-12", end=MONTHS[1], seed=4, firms=40, formats=("csv",), mistakes=0.0)
    workspace = Workspace.open(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shuibei_index.release.charts.draw", lambda facts, lang: {})
        pipeline.run(workspace, "2023-12", MONTHS[0])
        pipeline.run(workspace, MONTHS[1], MONTHS[1])
    return workspace


@pytest.fixture(scope="module")
def compiled(market):
    """The series of the second release as it was frozen, what it withholds, and its tables before that."""
    with Store.open(market.store) as store:
        frozen = thaw(store.releases()[-1].inputs, store)
        series = compile_frozen(frozen, store)
    before = released_pattern(read_release(market.releases / MONTHS[0]))
    protection, told = protection_of(series, frozen, before, trial=False)
    assert told == ""
    bundle = read_release(market.releases / MONTHS[1])
    return series, frozen, protection, computed_tables(series, bundle.about.policy, MONTHS[1]), bundle


def texts_of(bundle):
    """Every file of a bundle as text, workbooks sheet by sheet; without the Parquet files, read as tables elsewhere."""
    for path, content in bundle.files.items():
        if content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                yield from ((f"{path}/{name}", parts.read(name).decode()) for name in parts.namelist())
        elif not path.endswith(".parquet"):
            yield path, content.decode(errors="replace")


def test_small_classes_are_withheld_in_every_table(compiled):
    _, _, protection, raw, bundle = compiled
    keys = protection.pattern[protection.pattern["obs_conf"] == "C"]
    hidden = pd.MultiIndex.from_frame(keys[KEY])
    rows = bundle.frame("indices")
    at = pd.MultiIndex.from_frame(rows[KEY]).isin(hidden)
    assert 0 < at.sum() < len(rows) / 2
    assert rows["obs_conf"].eq("C").to_numpy().tolist() == at.tolist()
    assert rows.loc[at, ["index", "mom_pct", "ytd_pct"]].isna().all(axis=None) and rows.loc[~at, "index"].notna().all()
    for name, column in (("contributions", "points_pp"), ("links", "weight"), ("quality", "n_items")):
        table = bundle.frame(name)
        withheld = table["obs_conf"].eq("C").to_numpy()
        assert 0 < withheld.sum() < len(table) and table.loc[withheld, column].isna().all()
        # what is shown is what was computed
        shown = table[~withheld][column].to_numpy(dtype=float)
        np.testing.assert_array_equal(shown, raw[name][~withheld][column].to_numpy(dtype=float))


def test_the_digits_of_what_is_withheld_are_in_no_file(compiled):
    _, _, _, raw, bundle = compiled
    rows, whole = bundle.frame("indices"), raw["indices"]
    secret = whole.loc[rows["obs_conf"].eq("C").to_numpy(), "index"]
    # a level in full precision happens once; rounded ones are sought where they would stand
    texts = dict(texts_of(bundle))
    # of the base month everybody knows the level
    unknown = secret[(secret - 100.0).abs() > 1e-9].head(200)
    shown = rows.loc[rows["obs_conf"].eq("F") & rows["adjustment"].eq("NSA"), "index"].iloc[-1]
    assert len(unknown) > 100 and repr(float(shown)) in texts["indices.json"]
    for value in unknown:
        assert not any(repr(float(value)) in text for text in texts.values())
    csv = pd.read_csv(io.StringIO(texts["indices.csv"]), dtype=str, keep_default_na=False)
    held = csv[csv["obs_conf"] == "C"]
    assert len(held) == len(secret) and held[["index", "mom_pct", "yoy_pct", "ytd_pct"]].eq("").all(axis=None)
    now = whole[(whole["period"] == MONTHS[1]) & rows["obs_conf"].eq("C").to_numpy() & whole["component"].eq("total")]
    for lang, mark in (("zh", "保密"), ("en", "c")):
        page = texts[f"bulletin.{lang}.html"]
        for code, level in zip(now["class_code"], published(now["index"], 2), strict=True):
            cells = re.findall(rf'data-class="{code}" data-measure="index">(.*?)</td>', page)
            assert cells and all(re.sub("<[^>]*>", "", one) == mark and level not in one for one in cells)
    names = now.loc[now["class_code"].str.len() <= 4, ["name_zh", "name_en"]]
    lead = bundle.facts.top
    assert not {r.name_zh for part in lead.values() for r in part} & set(names["name_zh"])


def test_an_attacker_finds_nothing_in_the_bundle(compiled):
    series, _, protection, _, bundle = compiled
    truth, parents = truth_of(series)
    values, own = guarded_by(protection.pattern, bundle.frame("links"))
    frames = {name: bundle.frame(name) for name in ("indices", "contributions", "links")}
    frames["indices"] = frames["indices"].query("adjustment == 'NSA'").reset_index(drop=True)
    assert values and attack_bundle(frames, truth, parents, values) == []
    assert attack_logs(frames, own) == []


def test_two_releases_together_tell_nothing_more(market, compiled):
    _, _, protection, _, bundle = compiled
    earlier = read_release(market.releases / MONTHS[0]).frame("indices")
    rows = earlier.merge(bundle.frame("indices"), on=[*KEY, "adjustment"], suffixes=("_then", "_now"))
    # what was withheld stays withheld: no later bundle tells the difference
    assert (rows["obs_conf_then"] == "C").any()
    assert not ((rows["obs_conf_then"] == "C") & (rows["obs_conf_now"] == "F")).any()
    # what turned confidential is told as such, without its numbers
    told = bundle.frame("revisions").query("obs_conf == 'C'")
    gone = rows[(rows["obs_conf_then"] == "F") & (rows["obs_conf_now"] == "C")]
    assert len(told) == len(gone) and told[["previous", "current", "revision"]].isna().all(axis=None)
    assert told["reason"].str.startswith("统计保密").all()
    assert len(protection.unsafe()) == 0


def test_verify_computes_what_is_withheld_again(market, tmp_path):
    assert pipeline.verify(market.releases / MONTHS[1]).ok
    folder = tmp_path / "ws"
    shutil.copytree(market.root, folder)
    # the release before is taken from the store where its folder is gone
    shutil.rmtree(folder / "releases" / MONTHS[0])
    assert pipeline.verify(folder / "releases" / MONTHS[1]).ok


def test_what_is_not_safe_is_refused(compiled):
    series, frozen, protection, _, _ = compiled
    check(protection)
    # the same pattern with the largest of its withheld cells, a class that others hide behind, shown
    bare = []
    for one in protection.solved:
        largest = int(np.argmax(np.where(one.hidden, one.table.cost, 0.0)))
        bare.append(dataclasses.replace(one, hidden=one.hidden & (np.arange(len(one.hidden)) != largest)))
    leaking = dataclasses.replace(protection, solved=tuple(bare))
    with pytest.raises(GateError, match="could be told") as refused:
        check(leaking)
    assert refused.value.exit_code == 3 and "保密" in str(refused.value.zh)
    single = dataclasses.replace(frozen, panel=frozen.panel.assign(group="one"))
    with pytest.raises(GateError, match="headline"):
        protection_of(series, single, None, trial=False)
    found, told = protection_of(series, single, None, trial=True)
    assert found is None and "trial" in told


def test_a_trial_without_any_pattern_says_so_and_verifies(compiled):
    series, frozen, _, _, _ = compiled
    plain = make_release(series, rules=frozen.rules, settings=frozen.settings)
    assert plain.verify().ok and set(plain.frame("quality")["obs_conf"]) == {"F"}


def test_a_card_keeps_what_the_release_keeps(market, compiled):
    _, _, protection, _, _ = compiled
    rows = protection.pattern.query("component == 'total' and obs_conf == 'C'")
    hidden = set(zip(rows["period"], rows["class_code"], strict=True))
    kept = shown = 0
    for card in scorecards(market, month_status(market, MONTHS[1])):
        for row in card.classes.to_dict("records"):
            keeps = any((month, row["class_code"]) in hidden for month in MONTHS)
            assert not (keeps and row["compared"])
            shown += row["compared"]
        # the sheet has the eight largest classes of a firm
        own = card.classes.head(8)
        told = int((own["withheld"] & ~own["compared"]).sum())
        assert write_page(card).count("保密，不予公布 confidential") == told
        kept += told
    assert kept and shown


def test_a_public_explanation_tells_nothing_of_them(market, compiled):
    _, _, protection, _, _ = compiled
    explainer = Explainer.open(market, MONTHS[1])
    rows = protection.pattern.query(f"period == '{MONTHS[1]}' and component == 'total' and obs_conf == 'C'")
    hidden = sorted(rows["class_code"])
    with pytest.raises(UsageError, match="confidential"):
        explainer.explain(class_code=hidden[0], public=True)
    found = explainer.explain(steps=2, public=True).parts
    at = found["class_code"].isin(hidden)
    assert at.any() and found.loc[at, ["change_pct", "points_pp", "making_pp"]].isna().all(axis=None)
    assert found.loc[~at, "points_pp"].notna().all() and (found.loc[at, "obs_conf"] == "C").all()


def test_what_contributions_and_shares_show_is_known_to_the_next_release(compiled):
    *_, bundle = compiled
    cells = released_pattern(bundle)
    own = bundle.frame("indices").query("adjustment == 'NSA'")
    beside = cells.merge(own[[*KEY, "obs_conf"]], how="left", on=KEY, suffixes=("", "_own"))
    # no table says of a cell what another denies
    both = beside.dropna(subset="obs_conf_own")
    assert len(both) and both["obs_conf"].eq(both["obs_conf_own"]).all()
    shares = bundle.frame("components").query("obs_conf == 'F' and making_share.notna()")
    only_there = pd.MultiIndex.from_frame(shares.assign(component="making")[KEY]).difference(
        pd.MultiIndex.from_frame(own[KEY])
    )
    assert len(only_there) and cells.set_index(KEY)["obs_conf"].loc[only_there].eq("F").all()


def test_the_preview_of_a_revision_shows_nothing_where_nothing_changes(compiled):
    *_, raw, bundle = compiled
    found, left_out = _changed_figures(bundle, raw["indices"], bundle.about.policy)
    assert found.empty and left_out > 100
    higher = raw["indices"].assign(index=raw["indices"]["index"] * 1.01)
    found, again = _changed_figures(bundle, higher, bundle.about.policy)
    rows = bundle.frame("indices")
    shown = rows[rows["adjustment"].eq("NSA") & rows["obs_conf"].eq("F")]
    assert len(found) == len(shown) and again == left_out
    # a rate that the release leaves out for a withheld month of comparison does not appear either
    assert found["mom_after"].eq("").sum() == shown["mom_pct"].isna().sum()


def test_what_a_release_withholds_no_public_explanation_shows(market, compiled):
    *_, raw, bundle = compiled
    pattern = Explainer.open(market, MONTHS[1])._protection
    assert pattern is not None
    for name in ("indices", "contributions", "components"):
        rows = bundle.frame(name)
        rows = rows[rows["adjustment"] == "NSA"].reset_index(drop=True) if "adjustment" in rows else rows
        again = pattern.apply(name, raw[name][raw[name]["adjustment"] == "NSA"] if name == "indices" else raw[name])
        gone = rows["obs_conf"].eq("C").to_numpy()
        assert gone.any() and again["obs_conf"].eq("C").to_numpy()[gone].all()
