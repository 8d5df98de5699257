"""Rules: the four locks."""

import ast
import re
from pathlib import Path

import pytest

import shuibei_index
from shuibei_index.errors import RulesError
from shuibei_index.resources import methodology_dir
from shuibei_index.rules import Rules

BROKEN = Path(__file__).parent / "broken"
PACKAGE = Path(shuibei_index.__file__).parent
#: what each broken file, named after its fault, must be refused with
FAULTS = {
    "bad_name": "names are lower case",
    "date_as_text": "must be a date without quotes",
    "ends_before_start": "before it starts",
    "gap": "gap: no value from 2006-01-01 to 2007-01-01",
    "mid_month": "rules change at the start of a month",
    "mixed_kinds": "different kinds",
    "no_reason": "neither a reference nor a decision",
    "no_unit": "'unit' is missing",
    "no_value": "a value without 'value'",
    "no_values": "'values' is missing",
    "not_toml": "is not valid TOML",
    "overlap": "overlap from 2006-01-01 to 2007-01-01",
    "same_date": "two values start on 2005-01-01",
    "unknown_key": "unknown key 'colour'",
    "unknown_value_key": "unknown key 'until_when' in a value; did you mean 'until'",
    "wrong_order": "stands after",
}


def test_every_broken_file_has_its_fault_named():
    assert sorted(FAULTS) == sorted(p.stem for p in BROKEN.glob("*.toml"))


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_broken_files_are_refused(fault, tmp_path):
    (tmp_path / f"{fault}.toml").write_bytes((BROKEN / f"{fault}.toml").read_bytes())
    with pytest.raises(RulesError, match=re.escape(FAULTS[fault])) as error:
        Rules.load(tmp_path)
    assert fault in str(error.value)


def test_rule_in_two_files(tmp_path):
    good = (BROKEN / "gap.toml").read_text().replace("2006-01-01", "2007-01-01")
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(good)
    with pytest.raises(RulesError, match=r"stands in a\.toml and again in b\.toml"):
        Rules.load(tmp_path)


def test_month_before_the_first_date_is_an_error_and_never_none():
    with pytest.raises(RulesError, match="no value for 1999-12"):
        Rules.load().at("1999-12")
    with pytest.raises(ValueError, match="not a month"):
        Rules.load().at("2025-13")


def test_dated_values_and_entries():
    rules = Rules.load()
    assert [rules.at(m)["vat_rate"] for m in ("2018-04", "2018-05", "2019-03", "2019-04")] == [17.0, 16.0, 16.0, 13.0]
    entry = rules.at("2025-06").entry("vat_rate")
    assert entry.unit == "percent" and "2019年第39号" in entry.reference
    assert "vat_rate" in rules.at("2025-06")._repr_html_()
    with pytest.raises(RulesError, match="did you mean 'vat_rate'"):
        rules.at("2025-06")["vat_rat"]


def test_what_is_read_twice_is_read_as_it_is_now(tmp_path):
    """Files are parsed once per content: another content under the same name is seen, and no caller can change it."""
    path = tmp_path / "r.toml"
    text = """[limits]
title = "Limits"
title_zh = "限"
unit = "percent"
used_by = "here:there"
[[limits.values]]
from = 2020-01-01
value = [1, 2]
decision = "0001"
"""
    path.write_text(text)
    mine = Rules.load(tmp_path).at("2024-01")["limits"]
    mine.append(3)
    assert Rules.load(tmp_path).at("2024-01")["limits"] == [1, 2]
    path.write_text(text.replace("[1, 2]", "[1, 4]"))
    assert Rules.load(tmp_path).at("2024-01")["limits"] == [1, 4]


def test_overlay_replaces_by_name_only(tmp_path):
    text = (methodology_dir() / "rules" / "aggregate.toml").read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(text.replace("value = 3", "value = 6"), encoding="utf-8")
    rules = Rules.load(overlay=tmp_path)
    assert rules.at("2025-06")["imputation_max_months"] == 6
    assert rules.digest != Rules.load().digest
    wrong = text.replace("value = 3", 'value = "three"')
    (tmp_path / "own.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(RulesError, match="'imputation_max_months' must be a number, not a str"):
        Rules.load(overlay=tmp_path)
    (tmp_path / "own.toml").write_text((BROKEN / "gap.toml").read_text().replace("2006-01-01", "2007-01-01"))
    with pytest.raises(RulesError, match="'some_rule' is not known"):
        Rules.load(overlay=tmp_path)


def named_in_code():
    """Every rule name the package asks for: subscripts of something called …rules… or …at(…)."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Subscript)
                and isinstance(node.slice, ast.Constant)
                and isinstance(node.slice.value, str)
            ):
                owner = ast.unparse(node.value)
                if re.search(r"(^|\.|_)rules(_at)?$|rules.*\.at\(.*\)$|^in_force$|^at$", owner):
                    found.setdefault(node.slice.value, path)
    return found


def test_names_in_code_and_in_rules_match_both_ways():
    asked, known = named_in_code(), set(Rules.load())
    assert set(asked) - known == set(), "the code asks for rules that no file has"
    assert known - set(asked) == set(), "rules that no code reads"


def test_used_by_names_a_real_place(tmp_path):
    Rules.load().check_used()
    text = (methodology_dir() / "rules" / "index.toml").read_text(encoding="utf-8")
    (tmp_path / "index.toml").write_text(text.replace(":formulas_of", ":formulas_off"), encoding="utf-8")
    with pytest.raises(RulesError, match=r"index\.toml: rule 'elementary_formula' says it is used by"):
        Rules.load(tmp_path).check_used()


@pytest.mark.parametrize("rule", sorted(Rules.load()))
def test_decisions_named_by_rules_exist(rule):
    numbers = {p.name[:4] for p in (methodology_dir() / "decisions").glob("[0-9]*.md")}
    for value in Rules.load()[rule].values:
        if value.decision:
            assert value.decision in numbers, f"{rule}: no decision {value.decision}"
