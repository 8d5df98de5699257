"""The reference of a metal: chosen by rule, joined where it changes, the same as before where there is one series."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pandas as pd
import pytest

from shuibei_index import months
from shuibei_index.bullion import known_series, reference
from shuibei_index.bullion.choosing import Era, choose
from shuibei_index.errors import FallbackWarning, RulesError, UsageError, WorkspaceError
from shuibei_index.metal_prices import month_prices, price_table
from shuibei_index.rules import Rules
from shuibei_index.workspace import Workspace

RULES = Rules.load()


def rows(source: str, first: str, prices: list[float], metal: str = "gold") -> pd.DataFrame:
    period = [months.shift(first, n) for n in range(len(prices))]
    return pd.DataFrame({"period": period, "metal": metal, "cny_per_gram": prices, "source": source})


def gold(found: pd.DataFrame) -> dict[str, float]:
    mine = found[found["metal"] == "gold"]
    return dict(zip(mine["period"], mine["cny_per_gram"], strict=True))


def workspace(tmp_path, table: pd.DataFrame) -> Workspace:
    (tmp_path / "reference").mkdir()
    (tmp_path / "workspace.toml").write_text("", encoding="utf-8")
    table.to_csv(tmp_path / "reference" / "metal_prices.csv", index=False)
    return Workspace.open(tmp_path)


def joined(found: pd.DataFrame) -> dict[str, float]:
    """Prices times factors: what movements are taken of."""
    mine = found[found["metal"] == "gold"]
    return dict(zip(mine["period"], mine["cny_per_gram"] * mine["factor"], strict=True))


def test_the_benchmark_takes_over_in_may_2016_by_overlap() -> None:
    # SHAU has only the end of April 2016, 1 % above the whole month of Au99.99; it is 2 % above in May, its first whole
    au = rows("Au99.99", "2016-02", [250, 252, 260, 270, 280])
    shau = rows("SHAU", "2016-04", [262.6, 275.4, 285.6])
    found = reference(pd.concat([au, shau]), RULES)
    # levels are as quoted by the series of the month, and say which it is
    assert gold(found.table) == {
        "2016-02": 250, "2016-03": 252, "2016-04": 260, "2016-05": pytest.approx(275.4), "2016-06": pytest.approx(285.6)
    }  # fmt: skip
    assert found.table["source"].tolist() == ["Au99.99"] * 3 + ["SHAU"] * 2
    price = joined(found.table)
    assert price == pytest.approx({
        "2016-02": 255.0, "2016-03": 257.04, "2016-04": 265.2, "2016-05": 275.4, "2016-06": 285.6
    })  # fmt: skip
    # every movement is that of one series over whole months
    assert price["2016-03"] / price["2016-02"] == pytest.approx(252 / 250)
    assert price["2016-05"] / price["2016-04"] == pytest.approx(270 / 260)
    splice = found.splices_frame().iloc[0].to_dict()
    assert splice == {
        "metal": "gold", "period": "2016-05", "kind": "change", "series_before": "Au99.99", "series_after": "SHAU",
        "months": 0, "overlap": "2016-05", "factor": pytest.approx(1.02),
    }  # fmt: skip
    own = found.to_frame().set_index("period")
    assert own.loc["2016-02", "own_cny_per_gram"] == 250 and own.loc["2016-02", "factor"] == pytest.approx(1.02)
    assert own["series"].tolist() == ["Au99.99"] * 3 + ["SHAU"] * 2
    # the row that is not used is told of
    assert found.findings[["rule", "period"]].to_numpy().tolist() == [["bullion_part_month", "2016-04"]]
    assert "2016-04-19" in found.findings["message_zh"].iloc[0] and found.warnings() == []


@pytest.mark.parametrize("timed", [False, True])
def test_part_of_a_month_is_no_overlap(timed) -> None:
    # 250 to 18 April, 270 from 19 April: the month rose by 270 / 258 to May, by whichever series
    table = pd.concat([rows("Au99.99", "2016-03", [250, 258, 270]), rows("SHAU", "2016-04", [270, 270])])
    if timed:
        days = pd.DataFrame({"period": "", "metal": "gold", "cny_per_gram": 270.0, "source": "SHAU",
                             "quoted_at": ["2016-04-19 10:15", "2016-04-29 10:15"]})  # fmt: skip
        table = pd.concat([table[(table["source"] != "SHAU") | (table["period"] != "2016-04")], days]).fillna("")
    price = joined(month_prices(reference(table, RULES).table))
    assert 100 * (price["2016-05"] / price["2016-04"] - 1) == pytest.approx(100 * (270 / 258 - 1))
    assert price["2016-04"] / price["2016-03"] == pytest.approx(258 / 250)


def test_without_overlap_levels_stay_and_a_finding_says_so() -> None:
    table = pd.concat([rows("Au99.99", "2016-03", [250, 252]), rows("SHAU", "2016-05", [300, 303])])
    found = reference(table, RULES)
    assert list(gold(found.table).values()) == [250, 252, 300, 303]
    assert found.findings["rule"].tolist() == ["bullion_no_overlap"]
    text = found.findings.iloc[0]
    assert "2016-05" in text["message_zh"] and "Au99.99" in text["message_zh"] and "SHAU" in text["message_en"]
    assert len(found.warnings()) == 1


def test_a_gap_is_bridged_and_leaves_no_drift() -> None:
    shau = rows("SHAU", "2020-01", [300, 310, np.nan, np.nan, 330]).dropna()
    au = rows("Au99.99", "2020-01", [297, 306.9, 310, 320, 340])
    found = reference(pd.concat([shau, au]), RULES)
    assert gold(found.table) == {
        "2020-01": 300, "2020-02": 310, "2020-03": 310, "2020-04": 320, "2020-05": 330,
    }  # fmt: skip
    price = joined(found.table)
    # in February SHAU / Au99.99 = 310 / 306.9; before and after the gap SHAU stands as it is
    assert price["2020-03"] == pytest.approx(310 * 310 / 306.9)
    assert price["2020-04"] == pytest.approx(320 * 310 / 306.9)
    assert (price["2020-01"], price["2020-02"], price["2020-05"]) == (300, 310, 330)
    assert found.splices.iloc[0][["kind", "months", "overlap"]].tolist() == ["stand_in", 2, "2020-02"]
    assert found.findings["rule"].tolist() == ["bullion_stand_in"]
    assert found.warnings() == []


def test_the_rule_of_a_workspace_chooses() -> None:
    own = {"gold": ["dealer", "SHAU"], "silver": ["dealer"], "platinum": ["dealer"], "palladium": ["dealer"]}
    rule = RULES["bullion_reference"]
    values = tuple(dataclasses.replace(v, value=own) for v in rule.values[-1:])  # noqa: PD011
    rules = Rules({**RULES.rules, "bullion_reference": dataclasses.replace(rule, values=values)})
    table = pd.concat([rows("SHAU", "2020-01", [300, 310]), rows("dealer", "2020-01", [301, 312])])
    assert list(gold(reference(table, rules).table).values()) == [301, 312]
    assert list(gold(reference(table, RULES).table).values()) == [300, 310]


def test_series_in_another_tax_basis_are_brought_to_that_of_the_benchmark() -> None:
    table = pd.concat([
        rows("World Bank", "2020-01", [4.0, 4.2], "silver"), rows("dealer", "2020-02", [4.9, 5.0], "silver")
    ])  # fmt: skip
    found = reference(table, RULES).to_frame().set_index("period")
    assert found["own_cny_per_gram"].to_numpy() == pytest.approx([4.0 * 1.13, 4.2 * 1.13, 5.0])


@pytest.mark.parametrize("sources", [["table"] * 3, ["Au99.99"] * 3, ["Au99.99", "fixing", ""], ["a", "b", "c"]])
def test_one_series_is_left_as_it_is(tmp_path, sources) -> None:
    table = rows("", "2019-01", [250.0, 251.0, 252.0]).assign(source=sources)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = workspace(tmp_path, table).metal_prices()
        found = reference(table, RULES)
    pd.testing.assert_frame_equal(read, table, check_dtype=False)
    pd.testing.assert_frame_equal(found.table, table)
    assert not len(found.splices) and not len(found.findings)


def test_quotes_of_one_series_are_what_they_were(tmp_path) -> None:
    table = pd.DataFrame({
        "period": ["2026-02", "", ""], "metal": "gold", "cny_per_gram": [1190.0, 1167.0, 1223.0],
        "source": ["SHAU", "SHAU", "shau"], "quoted_at": ["", "2026-02-03 10:15", "2026-02-03 14:15"],
    })  # fmt: skip
    pd.testing.assert_frame_equal(workspace(tmp_path, table).metal_prices(), price_table(table), check_dtype=False)


def test_quotes_of_two_series_only_the_first_counts_at_its_own_level() -> None:
    table = pd.DataFrame({
        "period": "", "metal": "gold", "cny_per_gram": [1167.0, 1223.0, 1180.0, 1150.0, 1210.0],
        "source": ["SHAU", "SHAU", "Au99.99", "Au99.99", "Au99.99"],
        "quoted_at": ["2026-02-03 10:15", "2026-02-03 14:15", "2026-02-03 10:15", "2026-01-05 10:00",
                      "2026-03-02 10:00"],
    })  # fmt: skip
    found = reference(table, RULES)
    quoted = found.table[found.table["quoted_at"] != ""]
    # January and March have Au99.99 alone; in February SHAU's quotes count, and nothing is scaled
    assert quoted["cny_per_gram"].tolist() == [1150.0, 1167.0, 1223.0, 1210.0]
    price = found.to_frame().set_index("period")["cny_per_gram"]
    assert price["2026-02"] == pytest.approx(1195.0)
    assert price["2026-01"] == pytest.approx(1150.0 * 1195.0 / 1180.0)


def test_the_workspace_uses_the_reference_and_warns(tmp_path) -> None:
    table = pd.concat([rows("Au99.99", "2016-03", [250, 252]), rows("SHAU", "2016-05", [300])])
    place = workspace(tmp_path, table)
    with pytest.warns(FallbackWarning, match="没有共同月份.*no month has both"):
        assert list(gold(place.metal_prices()).values()) == [250, 252, 300]
    assert len(place.bullion().findings) == 1


def test_rules_of_older_releases_leave_the_table_alone(tmp_path) -> None:
    old = Rules({name: rule for name, rule in RULES.rules.items() if not name.startswith("bullion")})
    table = pd.concat([rows("Au99.99", "2016-03", [250.0, 252.0]), rows("SHAU", "2016-05", [300.0])])
    table = table.reset_index(drop=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pd.testing.assert_frame_equal(workspace(tmp_path, table).metal_prices(old), table, check_dtype=False)


@pytest.mark.parametrize(
    ("extra", "en", "zh"),
    [
        (rows("SHUA", "2016-07", [250]), "did you mean 'SHAU'", "每行来源须为已知序列"),
        (rows("SHAU", "2016-03", [250]), "outside the validity", "不在该序列的有效期内"),
        (rows("shau", "2016-05", [250]), "the month twice", "同一月份重复"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(extra, en, zh) -> None:
    table = pd.concat([rows("Au99.99", "2016-05", [250]), rows("SHAU", "2016-05", [252]), extra])
    with pytest.raises(WorkspaceError, match=f"line 4.*{en}") as error:
        reference(table, RULES, first_line=2)
    assert zh in error.value.zh
    # a series that is known is not asked for again
    assert ("did you mean" in str(error.value)) == ("did you mean" in en)


def test_a_rule_that_names_no_known_series_is_refused() -> None:
    rule = RULES["bullion_reference"]
    values = (dataclasses.replace(rule.values[0], value={"gold": ["Au9999"]}),)  # noqa: PD011
    rules = Rules({**RULES.rules, "bullion_reference": dataclasses.replace(rule, values=values)})
    table = pd.concat([rows("SHAU", "2020-01", [300]), rows("dealer", "2020-01", [301])])
    with pytest.raises(RulesError, match=r"Au99\.99"):
        reference(table, rules)


def test_packaged_series_are_sound() -> None:
    known = known_series(RULES.at("2025-01"))
    assert {one.metal for one in known} == {"gold", "platinum", "palladium", "silver"}
    assert next(one.since for one in known if one.name == "SHAU") == "2016-04-19"


def test_shown(tmp_path) -> None:
    au, shau = rows("Au99.99", "2016-01", list(range(250, 262))), rows("SHAU", "2016-04", list(range(255, 264)))
    found = reference(pd.concat([au, shau]), RULES)
    assert "参考价" in found.plot("gold").get_title(loc="left")
    assert "SHAU" in found._repr_html_() and found.summary()["months"].sum() == 12
    with pytest.raises(UsageError, match=r"no price of 'golf'.*gold"):
        found.plot("golf")


@pytest.mark.parametrize("seed", range(20))
def test_movements_are_those_of_one_series(seed) -> None:
    rng = np.random.default_rng(seed)
    T, S = 40, 3
    price = np.exp(rng.normal(0, 0.05, (T, S)).cumsum(axis=0)) * [1.0, 1.02, 0.9]
    # one series has them all, so that any two have a month in common
    price[rng.random((T, S)) < [0.0, 0.3, 0.3]] = np.nan
    eras = [Era(0, 12, (1, 0, 2)), Era(13, 27, (2, 1, 0)), Era(28, T - 1, (1, 2, 0))]
    chosen = choose(price, eras)
    level = price[np.arange(T), chosen.column] * chosen.factor
    for era in eras:
        first = [next(s for s in era.order if not np.isnan(price[t, s])) for t in range(era.first, era.last + 1)]
        assert chosen.column[era.first : era.last + 1].tolist() == first
    same = chosen.column[1:] == chosen.column[:-1]
    same[[12, 27]] = False
    own = price[np.arange(1, T), chosen.column[1:]] / price[np.arange(T - 1), chosen.column[1:]]
    np.testing.assert_allclose((level[1:] / level[:-1])[same], own[same], rtol=1e-12)
    # where the reference is back after a gap in an era, it moves as if there had been none
    for era in eras:
        s = era.order[0]
        there = np.flatnonzero(chosen.column[era.first : era.last + 1] == s) + era.first
        np.testing.assert_allclose(level[there] / level[there[0]], price[there, s] / price[there[0], s], rtol=1e-12)
    newest = chosen.column[28:] == 1
    np.testing.assert_allclose(level[28:][newest], price[28:, 1][newest], rtol=1e-15)
    assert [j.month for j in chosen.joints if not j.length] == [13, 28]
