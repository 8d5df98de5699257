"""Tables of a bundle: what is blanked, what stays, and that what stays tells an attacker nothing."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from shuibei_index.disclosure import index_values, protect, protect_series, turnover_cells
from shuibei_index.disclosure.primary import SECONDARY
from shuibei_index.errors import UsageError
from shuibei_index.rules import Rules
from shuibei_index.simulation import simulate
from tests.disclosure import attacker
from tests.disclosure.test_time import TREE, years
from tests.index.components.test_shows import compiled

RULES = Rules.load()


@pytest.fixture(scope="module")
def market():
    series = compiled(simulate(start="2023-11", end="2024-12", seed=1, firms=25, mistakes=0.0))
    return series, protect_series(series)


@pytest.fixture(scope="module")
def yearly():
    return protect(years({"2024-05"}), TREE, RULES)


def month_before(month, back=1):
    return str(pd.Period(month, freq="M") - back)


def test_cells_of_a_panel_are_its_turnover(market):
    series, _ = market
    panel = series.own_products().run.inputs.panel
    cells = turnover_cells(panel)
    own = cells.groupby(["period", "class_code"])["turnover"].sum().unstack(fill_value=0.0)  # noqa: PD010 - unique
    pd.testing.assert_frame_equal(own, panel.turnover(), check_names=False, rtol=1e-12)
    shares = series.components_frame().set_index(["period", "class_code"])["metal_share"]
    part = cells[cells["component"] == "metal"].groupby(["period", "class_code"])["turnover"].sum()
    whole = cells.groupby(["period", "class_code"])["turnover"].sum()
    ours = (part / whole).dropna()
    np.testing.assert_allclose(ours, shares.reindex(ours.index), rtol=1e-9)


def test_values_add_up_over_the_tree(market):
    series, _ = market
    values = index_values(series)
    parents = attacker.truth_of(series)[1][2024]
    now = values[(values["period"] == "2024-06") & (values["measure"] == "value")].set_index("class_code")["value"]
    sums = now.groupby(pd.Series(parents)).sum().drop("")
    np.testing.assert_allclose(sums, now[sums.index], rtol=1e-12)


def test_the_attacker_finds_nothing_in_a_bundle(market):
    series, found = market
    frames, raw = attacker.published(series, found)
    truth, parents = attacker.truth_of(series)
    values, own = attacker.guarded_by(found.pattern, raw["links"])
    assert len(values) > 30 and len(own) > 60
    assert attacker.attack_bundle(frames, truth, parents, values) == []
    assert attacker.attack_logs(frames, own) == []
    assert attacker.attack_points(frames, raw["contributions"], parents, own) == []
    assert found.audit()["safe"].all()


def test_the_attacker_finds_cells_in_bundles_with_one_leak(market):
    """Each leak alone is found: no secondary cells, one table not blanked, levels, rates or weights left."""
    series, found = market
    truth, parents = attacker.truth_of(series)
    frames, raw = attacker.published(series, found)
    values, own = attacker.guarded_by(found.pattern, raw["links"])
    bare = dataclasses.replace(found, reason=np.where(found.reason == SECONDARY, 0, found.reason))
    leaky, _ = attacker.published(series, bare)
    assert attacker.attack_bundle(leaky, truth, parents, values)
    assert attacker.attack_points(leaky, raw["contributions"], parents, own)
    for column in ("index", "mom_pct"):
        left = {**frames, "indices": frames["indices"].assign(**{column: raw["indices"][column]})}
        assert attacker.attack_logs(left, own)
    assert attacker.attack_bundle({**frames, "links": raw["links"]}, truth, parents, values)
    points = {**frames, "contributions": raw["contributions"]}
    assert attacker.attack_points(points, raw["contributions"], parents, own)


def test_levels_and_rates_lean_on_their_months(yearly):
    months = [f"{y}-{m:02d}" for y in (2023, 2024, 2025) for m in range(1, 13)]
    frame = pd.DataFrame(
        {"period": months, "class_code": "A", "component": "total", "adjustment": "NSA", "obs_conf": "F"}
    )
    frame[["index", "mom_pct", "yoy_pct", "ytd_pct"]] = 1.5
    sa = frame.assign(adjustment="SA")
    given = pd.concat([frame, sa, frame.assign(class_code="00")], ignore_index=True)
    before = given.copy()
    result = yearly.apply("indices", given)
    pd.testing.assert_frame_equal(given, before)
    assert result[result["class_code"] == "00"][["index", "mom_pct", "yoy_pct", "ytd_pct"]].notna().all(axis=None)
    for adjustment in ("NSA", "SA"):
        own = result[(result["class_code"] == "A") & (result["adjustment"] == adjustment)].set_index("period")
        blank = {c: set(own.index[own[c].isna()]) for c in ("index", "mom_pct", "yoy_pct", "ytd_pct")}
        year = set(months[12:24])
        assert blank["index"] == year and set(own.index[own["obs_conf"] == "C"]) == year
        assert blank["mom_pct"] == year | {"2025-01"}
        # each month of 2025 is compared with one of the year withheld
        assert blank["yoy_pct"] == blank["ytd_pct"] == year | set(months[24:])


def test_year_to_date_leans_on_the_months_of_the_year_so_far(tmp_path):
    from tests.disclosure.test_primary import own_rules

    monthly = own_rules(tmp_path, 'value = "year"', 'value = "month"')
    found = protect(years({"2024-05"}), TREE, monthly)
    months = [f"{y}-{m:02d}" for y in (2023, 2024, 2025) for m in range(1, 13)]
    frame = pd.DataFrame({"period": months, "class_code": "A", "component": "total", "ytd_pct": 1.0, "index": 1.0})
    own = found.apply("indices", frame).set_index("period")
    hidden = {"2024-05", "2024-06"}
    assert set(own.index[own["index"].isna()]) == hidden
    expected = {m for m in months if m[:4] > "2023" and m[5:] >= "05"}
    assert set(own.index[own["ytd_pct"].isna()]) == expected


def test_contributions_lean_on_both_months(yearly):
    months = ["2023-12", "2024-03", "2025-01", "2025-02"]
    frame = pd.DataFrame(
        [(m, "A", 1, "total", measure, 0.5) for m in months for measure in ("mom", "yoy")],
        columns=["period", "class_code", "level", "component", "measure", "points_pp"],
    )
    result = yearly.apply("contributions", frame).set_index(["period", "measure"])
    blank = result["points_pp"].isna()
    assert blank.to_dict() == {
        ("2023-12", "mom"): False, ("2023-12", "yoy"): False, ("2024-03", "mom"): True, ("2024-03", "yoy"): True,
        ("2025-01", "mom"): True, ("2025-01", "yoy"): True, ("2025-02", "mom"): False, ("2025-02", "yoy"): True,
    }  # fmt: skip
    assert ((result["obs_conf"] == "C") == blank).all()


def test_weights_and_link_factors(yearly):
    frame = pd.DataFrame(
        {
            "year": [2023, 2024, 2025],
            "class_code": "A",
            "link_period": ["2023-01", "2023-12", "2024-12"],
            "link_factor": 100.0,
            "weight": 0.2,
            "price_updated_weight": 0.3,
        }
    )
    shown = yearly.apply("links", frame).set_index("year")[["link_factor", "weight", "price_updated_weight"]].notna()
    # a weight of 2025 with the levels and contributions of 2025 would tell the level of December 2024
    assert shown.to_numpy().tolist() == [[True, True, True], [True, False, False], [False, False, False]]


def test_a_weight_would_tell_the_level_of_the_link_month():
    """By hand: level and contribution of two months and the weight give the level they start from."""
    link, january, february, weight, headline = 80.0, 90.0, 99.0, 0.2, 1.0
    points = 100.0 * headline * weight * (february / link - january / link)
    np.testing.assert_allclose(100.0 * weight * (february - january) / points, link)


def test_quality_components_revisions_and_the_rest(market):
    series, found = market
    withheld = found.pattern[(found.pattern["obs_conf"] == "C") & (found.pattern["component"] == "total")]
    keys = set(zip(withheld["period"], withheld["class_code"], strict=True))
    frames, raw = attacker.published(series, found)
    for name in ("quality", "components"):
        frame = frames[name]
        own = np.array([key in keys for key in zip(frame["period"], frame["class_code"], strict=True)])
        numbers = [c for c in frame.columns if c not in ("period", "class_code", "obs_conf")]
        assert own.any() and frame.loc[own, numbers].isna().all(axis=None) and (frame.loc[own, "obs_conf"] == "C").all()
        assert len(frame) == len(raw[name])
    free = frames["quality"][frames["quality"]["obs_conf"] == "F"]
    assert (free["n_enterprises"] >= 3).all() and str(free["n_enterprises"].dtype) == "Int64"
    period, code = sorted(keys)[0]
    one = {"period": [period], "class_code": [code]}
    rows = pd.DataFrame({**one, "component": "total", "adjustment": "NSA", "reason": "late file"})
    result = found.apply("revisions", rows.assign(previous=1.0, current=2.0, revision=1.0))
    assert result[["previous", "current", "revision"]].isna().all(axis=None) and result["reason"][0] == "late file"
    fit = pd.DataFrame({"class_code": [code, "00"], "status": "adjusted", "qs": [1.0, 2.0], "model": "(0 1 1)"})
    result = found.apply("adjustment", fit)
    assert result["qs"].isna().tolist() == [True, False] and result["model"].tolist() == ["", "(0 1 1)"]
    taxed = pd.DataFrame({**one, "index": 1.0, "index_low_content": 1.0, "tax_mom_pp": 1.0, "factor": 1.0})
    assert found.apply("without_tax", taxed)[["index", "index_low_content", "tax_mom_pp"]].isna().all(axis=None)
    assert found.apply("tax_links", taxed)["factor"].isna().all()
    own = pd.DataFrame({"period": [period], "component": "scale", "index": 1.0, "obs_conf": "C"})
    pd.testing.assert_frame_equal(found.apply("prosperity", own), own)


def test_what_cannot_be_judged_is_refused(yearly):
    frame = pd.DataFrame({"period": ["2026-01"], "class_code": "A", "index": 1.0})
    with pytest.raises(UsageError, match="no turnover is known of") as error:
        yearly.apply("indices", frame)
    assert "无法判断" in error.value.zh
    with pytest.raises(UsageError, match="did you mean 'indices'"):
        yearly.apply("indicies", frame)


def test_shown_to_people(yearly):
    assert "withheld 不公布" in repr(yearly)
    page = yearly._repr_html_()
    assert page.startswith("<h4>") and "secondary" in page and len(yearly.summary()) == 3


def test_price_changes_are_kept_from_one_who_knows_the_weights(market):
    """Weights known, every other change known within 5 points: no change of a sensitive class within 1 point."""
    series, found = market
    frames, raw = attacker.published(series, found)
    truth, parents = attacker.truth_of(series)
    values, _ = attacker.guarded_by(found.pattern, raw["links"])
    link = raw["links"].set_index("year")["link_period"].to_dict()
    later = {key for key in values if link.get(key[0]) != key[2]}
    knows = {**frames, "links": raw["links"]}
    assert attacker.attack_bundle(knows, truth, parents, later, prior=0.05, need=0.01) == []
    assert attacker.attack_bundle(knows, truth, parents, later, prior=0.05, need=0.05 * 1.01)
