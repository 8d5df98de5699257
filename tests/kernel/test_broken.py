"""A folder of broken checks, each file named after its fault: each is refused with file, check and position."""

import re
import shutil
from pathlib import Path

import pytest

from shuibei_index.checks import Checks
from shuibei_index.errors import RulesError
from shuibei_index.resources import methodology_dir

BROKEN = Path(__file__).parent / "broken"
FAULTS = {
    "assignment": "position 12: ':' has no meaning",
    "attribute": "position 11: '.' has no meaning",
    "bad_dates": "ends on 2025-01-01, before it starts",
    "bad_null": "null = 'maybe'; expected pass or fail",
    "bracket_open": "position 31: ')' is expected here, not the end",
    "bracket_shut": "position 15: ')' is not expected here; it closes a bracket that was never opened",
    "call": "position 1: no function '__import__'; there are abs, length",
    "cell_unknown": "cell 'amout' is no column of a submission; did you mean 'amount'",
    "chained": "position 16: one comparison at a time",
    "column_of_other_scope": "position 1: no column 'weight_unit'",
    "column_unknown": "position 1: no column 'amont_fen'; did you mean 'amount_fen'",
    "date_as_text": "'from' must be a date without quotes",
    "deep": "position 41: more than 40 levels deep",
    "empty": "position 1: a column, number or text is missing at the end",
    "empty_list": "position 11: ')' stands where",
    "field_unknown": "its texts speak of {limit}",
    "full_width": "position 12: '＞' is a full-width sign; write '>'",
    "half_condition": "position 19: a column, number or text is missing at the end",
    "huge_number": "position 14: numbers lie below 10^18",
    "index": "position 11: '[' has no meaning",
    "keys_without_expression": "'null' belongs to an expression",
    "list_mixed": "position 21: a text cannot be one of a list that holds a number",
    "list_of_columns": "position 16: a list after 'in' holds numbers or texts only",
    "long": "position 2000: longer than 2000 characters",
    "many_words": "position 201: more than 200 words and signs",
    "mid_month": "rules change at the start of a month",
    "missing_expression": "scope 'record' needs an expression",
    "name_in_capitals": "names are lower case letters",
    "no_column": "the expression looks at no column",
    "no_comparison": "position 1: this is a value, not a condition",
    "not_a_text": "'expression' is not a text",
    "not_alone": "position 12: 'not' stands before a condition",
    "null_of_condition": "position 13: this is a condition where a value is expected",
    "number_of_condition": "position 13: this is a condition where a value is expected",
    "quote_open": "position 9: the text that starts here has no closing quote",
    "quotes_curly": "position 9: '‘': texts stand in straight single quotes",
    "scope_of_group": "scope 'group'; an expression has one of row, record",
    "text_and_number": "position 7: a text is compared with a number",
    "text_arithmetic": "position 1: a number is expected here, and this is a text",
    "time": "position 1: no column 'deal_time'",
    "two_statements": "position 15: ';' has no meaning",
    "unknown_key": "unknown key 'colour'",
    "zero_digit_name": "position 1: no number and no name starts like this: '3pieces > 0'",
}


def test_every_broken_file_has_its_fault_named():
    assert sorted(FAULTS) == sorted(p.stem for p in BROKEN.glob("*.toml"))


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_broken_files_are_refused(fault, tmp_path):
    (tmp_path / "checks").mkdir()
    shutil.copy(BROKEN / f"{fault}.toml", tmp_path / "checks")
    with pytest.raises(RulesError, match=re.escape(FAULTS[fault])) as error:
        Checks.load(methodology_dir(), tmp_path)
    assert f"{fault}.toml: check 'a'" in str(error.value) or fault == "name_in_capitals"


TEXTS = 'zh = "甲"\nen = "a"\nexpected = "b"\nreference = "c"\n'


def overlay(tmp_path, text):
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "own.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_overlay_adds_expressions_and_changes_texts_but_no_code(tmp_path):
    own = '[ours]\nseverity="note"\nscope="row"\nexpression="amount > 5"\n' + TEXTS
    own += '[late]\nseverity="query"\nscope="cell"\n' + TEXTS
    packaged, checks = Checks.load(), Checks.load(overlay=overlay(tmp_path, own))
    assert len(checks) == len(packaged) + 1 and checks.digest != packaged.digest
    assert checks["late"].severity == "query" and packaged["late"].severity == "note"
    assert checks["ours"].cell == "amount" and checks["ours"].null == "pass"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[lat]\nseverity="query"\nscope="cell"\n' + TEXTS, "is new and has no expression, so nothing would ever find"),
        ('[late]\nseverity="query"\nscope="row"\nexpression="amount > 5"\n' + TEXTS, "is found by code"),
        ('[record_amount]\nseverity="query"\nscope="row"\n' + TEXTS, "is found by an expression, not by code"),
    ],
)
def test_overlay_that_nothing_would_run(tmp_path, text, message):
    with pytest.raises(RulesError, match=message):
        Checks.load(overlay=overlay(tmp_path, text))


def test_bytes_that_are_no_text(tmp_path):
    overlay(tmp_path, "")
    (tmp_path / "checks" / "own.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RulesError, match=r"own\.toml is not valid TOML"):
        Checks.load(overlay=tmp_path)
