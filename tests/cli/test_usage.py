"""Wrong usage: exit 2, said in Chinese and in English, and nothing is written."""

import re

import pytest

from shuibei_index.aggregate.totals import totals
from shuibei_index.cli import main
from shuibei_index.errors import UsageError

HAN = re.compile(r"[\u4e00-\u9fff]")


def call(capsys, *arguments):
    try:
        code = main(list(arguments))
    except SystemExit as stop:
        code = stop.code
    return code, capsys.readouterr().err


@pytest.fixture
def folder(tmp_path, capsys):
    call(capsys, "init", str(tmp_path / "ws"), "--base-period", "2024", "--trial")
    (tmp_path / "ws" / "panel.csv").write_text("enterprise_id,name,group,joined,left,contact\nE1,甲,,,,\n")
    return tmp_path / "ws"


@pytest.mark.parametrize(
    ("command", "zh", "en"),
    [
        ("compute", "无效，可选", "invalid choice"),
        ("intake", "缺少必需的参数：--month", "are required: --month"),
        ("intake --month", "须带一个值", "expected one argument"),
        ("intake --month 2025-06 --nosuch", "无法识别的参数：--nosuch", "unrecognized arguments"),
        ("template --month 2025-06", "须给出一个", "is required"),
        ("template --month 2025-06 --all --enterprise E1", "不能与", "not allowed with"),
        ("query list --status foo", "可选", "choose from"),
        ("query list --dec=1", "不带值", "ignored explicit argument"),
        ("query answer nofile.xlsx --person A --at 2025-01-01", "没有文件 nofile.xlsx", "no such file: nofile.xlsx"),
        ("rules show --at 2025-06 --rule vat_rat", "没有规则", "did you mean 'vat_rate'"),
        ("status --month 2025-06 --workspace nowhere", "不是工作区", "is not a workspace"),
        ("rules check --workspace nowhere", "不是工作区", "is not a workspace"),
    ],
)
def test_wrong_usage_is_said_in_both_languages(folder, capsys, monkeypatch, command, zh, en):
    monkeypatch.chdir(folder)
    code, said = call(capsys, *command.split())
    assert code == 2
    lines = said.splitlines()
    assert any(line.startswith("错误: ") and zh in line for line in lines), said
    assert any(line.startswith("error: ") and en in line for line in lines), said
    assert not (folder / "work").exists()


def test_one_missing_letter_keeps_the_others_from_being_recorded(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "a.xlsx").write_bytes(b"PK")
    code, said = call(capsys, "query", "answer", "a.xlsx", "b.xlsx", "--person", "A", "--at", "2025-01-01")
    assert code == 2 and "b.xlsx" in said and not list((folder / "store").glob("*"))


def test_errors_without_a_chinese_text_of_their_own_have_a_general_one(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    own = folder / "own" / "rules"
    own.mkdir(parents=True)
    (own / "x.toml").write_text("[broken")
    (folder / "workspace.toml").write_text('base_period = "2024"\ntrial = true\nmethodology = "own"\n')
    for command in ("rules check", "rules show --at 1990-01"):
        code, said = call(capsys, *command.split())
        chinese, english = (next(t for t in said.splitlines() if t.startswith(w)) for w in ("错误", "error"))
        assert code == 1 and HAN.search(chinese) and english


def test_no_such_engine():
    with pytest.raises(UsageError, match="foo") as caught:
        totals([], engine="foo")
    assert "foo" in caught.value.zh and HAN.search(caught.value.zh)


def test_forms_nothing_is_filled_in_of_say_so(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    code, said = call(capsys, "template", "--month", "2035-01", "--all")
    assert code == 0 and "请核对月份" in said and "check the month" in said


GENERAL = ("见下一行", "用法有误")


@pytest.mark.parametrize(
    ("command", "exit_code", "zh", "en"),
    [
        ("rules show --at x", 2, "--at 'x' 不是有效月份", "--at 'x' is not a month"),
        ("rules show --at 1990-01", 1, "1990-01 没有规则可用", "starts on 2005-01-01"),
        ("template --enterprise E1 --month 2004-12", 1, "2004-12 没有规则可用", "no value for 2004-12"),
        ("intake --month 2001-01", 1, "2001-01 没有规则可用", "no value for 2001-01"),
        ("run --month 1990-01", 1, "1990-01 没有规则可用", "no value for 1990-01"),
        ("simulate s --from 2001-01 --to 2001-02 --seed 3", 1, "2001-01 没有规则可用", "no value for 2001-01"),
        ("simulate s --from 2025-03 --to 2025-02 --seed 3", 2, "--to 2025-02 早于 --from", "lies before --from"),
        ("init new --base-period banana", 2, "既不是年份也不是月份", "neither a year nor a month"),
        ("init new --base-period 2025-13", 2, "既不是年份也不是月份", "neither a year nor a month"),
        ("explain --month 2025-02 --since x", 2, "--since 'x' 不是有效月份", "--since 'x' is not a month"),
        ("verify nothere", 2, "不是文件夹", "is not a folder"),
    ],
)
def test_frequent_errors_have_a_chinese_sentence_of_their_own(folder, capsys, monkeypatch, command, exit_code, zh, en):
    monkeypatch.chdir(folder)
    code, said = call(capsys, *command.split())
    chinese, english = (next(t for t in said.splitlines() if t.startswith(w)) for w in ("错误: ", "error: "))
    assert code == exit_code and zh in chinese and en in english
    assert not any(text in chinese for text in GENERAL)


@pytest.mark.parametrize(
    ("content", "zh"),
    [
        ("[broken", "x.toml 不是有效的 TOML"),
        ("[nosuch]\ntitle = 'a'\ntitle_zh = 'b'\nunit = 'u'\nused_by = 'm:f'\n"
         "[[nosuch.values]]\nfrom = 2005-01-01\nvalue = 1\ndecision = '0001'\n", "本版本没有规则 nosuch"),
        ("[vat_rate]\ntitle = 'a'\n", "缺少 title_zh"),
        ("[vat_rate]\ntitle = 'a'\ntitle_zh = 'b'\nunit = 'u'\nused_by = 'm:f'\n"
         "[[vat_rate.values]]\nfrom = 2025-01-05\nvalue = 1\ndecision = '0001'\n", "只能在月初变更"),
    ],
)  # fmt: skip
def test_a_wrong_rule_file_is_told_in_chinese(folder, capsys, monkeypatch, content, zh):
    monkeypatch.chdir(folder)
    own = folder / "own" / "rules"
    own.mkdir(parents=True)
    (own / "x.toml").write_text(content)
    (folder / "workspace.toml").write_text('base_period = "2024"\ntrial = true\nmethodology = "own"\n')
    code, said = call(capsys, "rules", "check")
    chinese = next(t for t in said.splitlines() if t.startswith("错误: "))
    assert code == 1 and zh in chinese and "x.toml" in chinese and not any(text in chinese for text in GENERAL)


def test_a_choice_that_is_none_is_not_offered(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    said = call(capsys, "query", "list", "--status", "banana")[1]
    assert "'open'" in said and "''" not in said


def test_help_ends_its_examples_without_stray_blanks(capsys):
    for verb in ("query", "explain"):
        with pytest.raises(SystemExit):
            main([verb, "--help"])
        said = capsys.readouterr().out
        assert not [text for text in said.splitlines() if text != text.rstrip()]
    assert "the month whose change is explained" in said
