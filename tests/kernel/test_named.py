"""A check of a workspace that takes its condition from one in code; what is wrong with it is said in two languages."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from shuibei_index.checks import Checks
from shuibei_index.errors import RulesError
from shuibei_index.rules import Rules
from shuibei_index.validation import validate

OWN = """[net_above_gross_rejected]
severity = "reject"
scope = "row"
named = "net_exceeds_gross"
from = 2025-01-01
zh = "净重“{value}”大于毛重，退回（上限 {expected}）。"
en = "net weight {value} above gross weight: sent back (at most {expected})."
expected = ""
reference = "team note"
"""


def loaded(tmp_path: Path, text: str) -> Checks:
    (tmp_path / "checks").mkdir(exist_ok=True)
    (tmp_path / "checks" / "own.toml").write_text(text, encoding="utf-8")
    return Checks.load(overlay=tmp_path)


def lines(period: str) -> pd.DataFrame:
    good = {
        "enterprise_id": "E012", "period": period, "line_no": 1, "item_id": "A", "class_code": "01010101",
        "weight": 10.0, "net_weight": 10.0, "weight_unit": "g", "fineness": "足金", "amount": 5000.0,
        "tax_basis": "incl",
    }  # fmt: skip
    return pd.DataFrame([good, {**good, "line_no": 2, "net_weight": 10.5}])


def test_it_objects_where_the_named_one_does_with_its_own_texts_and_severity(tmp_path):
    report = validate(lines("2025-06"), rules=Rules.load(), checks=loaded(tmp_path, OWN))
    own = report.findings[report.findings["rule"] == "net_above_gross_rejected"]
    assert own[["line_no", "severity", "value"]].to_numpy().tolist() == [[2, "reject", "10.5"]]
    assert own["message_en"].iloc[0].startswith("net weight 10.5 above gross weight")
    assert "净重“10.5”大于毛重" in own["message_zh"].iloc[0]
    assert (report.findings["rule"] == "net_exceeds_gross").sum() == 1


def test_it_begins_on_its_date(tmp_path):
    report = validate(lines("2024-12"), rules=Rules.load(), checks=loaded(tmp_path, OWN))
    assert "net_above_gross_rejected" not in set(report.findings["rule"])
    assert "net_exceeds_gross" in set(report.findings["rule"])


def test_group_checks_can_be_named(tmp_path):
    text = OWN.replace("net_exceeds_gross", "duplicate_key").replace("{expected}", "").replace('"row"', '"group"')
    frame = lines("2025-06").assign(line_no=1, net_weight=10.0, amount=[5000.0, 5001.0])
    found = validate(frame, rules=Rules.load(), checks=loaded(tmp_path, text)).findings["rule"]
    assert (found == "net_above_gross_rejected").sum() == 2


@pytest.mark.parametrize(
    ("old", "new", "english", "chinese"),
    [
        (
            '"net_exceeds_gross"',
            '"net_exceed_gross"',
            "did you mean 'net_exceeds_gross'",
            "是否应为 'net_exceeds_gross'",
        ),
        (
            '"net_exceeds_gross"',
            '"number_format"',
            "no check 'number_format' in code",
            "没有名为 'number_format' 的审核",
        ),
        ('"net_exceeds_gross"', '"other_firm_named"', "no check 'other_firm_named'", "没有名为"),
        ('"net_exceeds_gross"', "3", "'named' is not a text", "不是文本"),
        ("{value} above", "{ratio} above", "its texts speak of {ratio}", "文字中用了 {ratio}"),
        ("from =", 'null = "fail"\nfrom =', "'null' does not go with 'named'", "不能与 named 同用"),
        ("from =", 'expression = "pieces > 0"\nfrom =', "'expression' does not go with", "不能与 named 同用"),
        ('"row"', '"record"', "scope 'record' needs an expression", "须有 expression"),
        ("[net_above_gross_rejected]", "[identity]", "is found by code, not by a name", "请另取名称"),
        ("2025-01-01", "2025-01-15", "start of a month", "月初"),
        ("2025-01-01", "2025-01-01\nuntil = 2024-01-01", "before it starts", "早于生效日期"),
        ("zh =", "zhh =", "unknown key 'zhh'", "没有键 'zhh'"),
        ('severity = "reject"', 'severity = "fatal"', "severity 'fatal'", "应为 note、query、reject 之一"),
    ],
)
def test_what_is_wrong_is_said_in_two_languages(tmp_path, old, new, english, chinese):
    assert old in OWN
    with pytest.raises(RulesError, match=re.escape(english)) as raised:
        loaded(tmp_path, OWN.replace(old, new, 1))
    assert chinese in raised.value.zh and "own.toml" in raised.value.zh


@pytest.mark.parametrize(
    ("expression", "chinese"),
    [
        ("amuont > 0", "第 1 个字符：没有列 'amuont'；是否应为 'amount'"),
        ("amount ＞ 0", "是全角符号"),
        ("amount > 'a'", "数字与文本不能比较"),
        ("amount >", "末尾缺少列名、数字或文本"),
        ("(amount > 0", "此处应为 ')'，而不是结尾"),
        ("sin(amount) > 0", "没有函数 'sin'"),
        ("amount", "这是一个数值而不是条件"),
    ],
)
def test_expressions_are_faulted_in_chinese_too(tmp_path, expression, chinese):
    text = OWN.replace('named = "net_exceeds_gross"', f'expression = "{expression}"')
    with pytest.raises(RulesError) as raised:
        loaded(tmp_path, text)
    assert chinese in raised.value.zh and "own.toml" in raised.value.zh
