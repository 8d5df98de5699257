"""Across months and releases: one pattern a year, the period after, what was withheld or published before."""

import numpy as np
import pandas as pd
import pytest

from shuibei_index.disclosure import protect
from shuibei_index.rules import Rules
from tests.disclosure.test_primary import EVEN, own_rules, sold

RULES = Rules.load()
TREE = {"A": "00", "B": "00", "C": "00", "D": "00"}
MONTHS = [f"{year}-{m:02d}" for year in (2023, 2024, 2025) for m in range(1, 13)]


def years(alone, also=()):
    """Three years of four classes; in the months `alone` only E0 sells A, in `also` only E9 sells B."""
    return pd.concat(
        sold(
            {"A": [20.0] if m in alone else EVEN, "B": [0.0] * 9 + [20.0] if m in also else EVEN, "C": EVEN, "D": EVEN},
            m,
        )
        for m in MONTHS
    )


def state(found, code="A"):
    """Reason by month of one class."""
    rows = found.pattern[found.pattern["class_code"] == code].set_index("period")
    return rows["reason"].where(rows["obs_conf"] == "C", "free")


def test_one_month_withholds_its_year_and_no_other():
    found = state(protect(years({"2024-05"}), TREE, RULES))
    assert found["2024-05"] == "threshold"
    assert (found["2024-01":"2024-12"].drop("2024-05") == "period").all()
    assert (found.drop(found["2024-01":"2024-12"].index) == "free").all()


def test_the_secondary_cell_of_a_year_is_the_same_in_all_its_months():
    found = protect(years({"2024-05"}), TREE, RULES)
    secondary = found.pattern[found.pattern["reason"] == "secondary"]
    assert secondary.groupby("class_code")["period"].agg(list).to_dict() == {
        secondary["class_code"].iloc[0]: [f"2024-{m:02d}" for m in range(1, 13)]
    }


def test_by_month_if_the_rule_says_so(tmp_path):
    monthly = own_rules(tmp_path, 'value = "year"', 'value = "month"')
    found = state(protect(years({"2024-05"}), TREE, monthly))
    # the month after would tell the change over the month withheld alone
    assert found[found != "free"].to_dict() == {"2024-05": "threshold", "2024-06": "neighbour"}


def test_after_a_year_of_one_firm_the_next_stays_withheld():
    """Levels on both sides of the year would tell the firm's change over it, and the weight its turnover."""
    alone = set(MONTHS[12:24])
    found = state(protect(years(alone), TREE, RULES))
    assert (found[MONTHS[:12]] == "free").all()
    assert (found[MONTHS[12:24]] == "threshold").all()
    # over both years together others stand behind it: the third is free
    assert (found[MONTHS[24:]] == "neighbour").all()
    short = state(protect(years(alone).query("period < '2025-01'"), TREE, RULES))
    assert (short[MONTHS[12:24]] == "threshold").all()


def test_two_years_of_one_firm_are_judged_as_one_stretch(tmp_path):
    """2023 one firm, 2024 others but too few of them in the sum of both years: 2025 waits as well."""
    cells = years(set())
    small = (cells["class_code"] == "A") & (cells["period"].str[:4] == "2024")
    cells.loc[small, "turnover"] *= 0.01
    cells = pd.concat(
        [cells[~((cells["class_code"] == "A") & (cells["period"] < "2024-01"))], sold({"A": [900.0]}, "2023-06")]
    )
    weights = own_rules(tmp_path, 'value = "turnover"\ndecision = "0303"', 'value = "public"\ndecision = "0303"')
    found = state(protect(cells, TREE, weights))
    assert (found["2024-01":"2024-12"] == "neighbour").all() and (found["2025-01":] == "neighbour").all()


def test_what_was_withheld_before_stays_withheld():
    """A late file makes four firms of one: the old release with the new one would tell what the one had sold."""
    early = protect(years({"2024-05"}), TREE, RULES)
    late = protect(years(set()), TREE, RULES, previous=early.pattern)
    assert set(state(late)["2024-01":"2024-12"]) == {"kept"} and (state(late)[:"2023-12"] == "free").all()
    alone = protect(years(set()), TREE, RULES).pattern
    assert (alone["obs_conf"] == "F").all()


def test_what_was_published_before_is_said_to_be_known():
    """A correction leaves one firm in a month already published: nothing can be taken back, and the audit says so."""
    old = protect(years(set()), TREE, RULES).pattern
    found = protect(years({"2024-05", "2025-12"}), TREE, RULES, previous=old[old["period"] < "2025-01"])
    audit = found.audit().set_index(["table", "class_code"])
    assert audit.loc[("2024 2024-05", "A"), "published"] and not audit.loc[("2024 2024-05", "A"), "safe"]
    assert not audit.loc[("2025 2025-12", "A"), "published"] and audit.loc[("2025 2025-12", "A"), "safe"]


def test_a_cell_published_before_is_no_help_to_another():
    """The secondary cell of a new month may not be one whose value is in the release before."""
    cells = years({"2025-12"})
    plain = protect(cells, TREE, RULES)
    partner = plain.pattern.query("reason == 'secondary'")["class_code"].iloc[0]
    known = plain.pattern.assign(obs_conf="F").query("class_code == @partner")
    found = protect(cells, TREE, RULES, previous=known)
    other = found.pattern.query("reason == 'secondary' and period == '2025-12'")["class_code"].tolist()
    assert other and partner not in other and found.audit()["safe"].all()


def test_pattern_has_every_cell_from_its_first_month_on():
    cells = years(set())
    begun = cells[~((cells["class_code"] == "D") & (cells["period"] < "2024-07"))]
    pattern = protect(begun, TREE, RULES).pattern
    assert pattern[pattern["class_code"] == "D"]["period"].min() == "2024-07"
    assert list(pattern.columns) == [
        "period", "class_code", "component", "stage", "obs_conf", "reason", "reason_zh", "reason_en",
    ]  # fmt: skip
    assert len(pattern) == 4 * 36 + 18


@pytest.mark.parametrize("since", ["2010-01", "2024-01"])
def test_rules_are_those_of_the_month(tmp_path, since):
    """Two firms are enough from 2024 on: before, the class is withheld."""
    text = f"""

[[disclosure_min_respondents.values]]
from = {since}-01
value = 2
decision = "0300"
"""
    rules = own_rules(
        tmp_path,
        'reference = "usual threshold rule of statistical disclosure control (n ≥ 3)"\ndecision = "0300"\n',
        'reference = "usual threshold rule of statistical disclosure control (n ≥ 3)"\ndecision = "0300"\n' + text,
    )
    lax = (tmp_path / "own.toml").read_text(encoding="utf-8")
    lax = lax.replace("share = 0.9 }", "share = 1.0 }").replace("value = 10.0\n", "value = 0.0\n", 1)
    (tmp_path / "own.toml").write_text(lax, encoding="utf-8")
    rules = Rules.load(overlay=tmp_path)
    two = years(set())
    two = two[(two["class_code"] != "A") | two["enterprise_id"].isin(["E0", "E1"])]
    found = state(protect(two, TREE, rules))
    assert (found["2024-01":] == "free").all()
    assert (found[:"2023-12"] == ("free" if since == "2010-01" else "threshold")).all()


def test_nothing_is_changed_in_the_callers_tables():
    cells = years({"2024-05"})
    before, index = cells.copy(), np.asarray(cells.index).copy()
    protect(cells, TREE, RULES)
    pd.testing.assert_frame_equal(cells, before)
    assert (np.asarray(cells.index) == index).all()
