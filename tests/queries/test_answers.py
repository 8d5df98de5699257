"""Letters that come back wrong: each fault is named with its line, and nothing else is lost."""

import json
import random
from pathlib import Path

import openpyxl
import pytest

from shuibei_index import pipeline
from shuibei_index.cli.main import main
from shuibei_index.errors import UsageError
from shuibei_index.queries.workbook import FIRM_LABEL, HEADER_ROW, ID_LABEL, SHEET, correction_label

from .conftest import MONTH, WHO, fill, rewritten


@pytest.fixture
def letters(workspace):
    return pipeline.export_letters(workspace, MONTH).set_index("enterprise_id")


@pytest.fixture
def path(workspace, letters):
    return Path(letters.loc["E001", "workbook"])


def listed(workspace, firm="E001"):
    found = pipeline.list_queries(workspace, MONTH)
    return found[found["enterprise_id"] == firm].set_index("query")


def first(workspace, severity, firm="E001"):
    found = listed(workspace, firm)
    # without a proposed reading: 更正 with no value would agree to that
    return found.index[(found["severity"] == severity) & (found["proposed"] == "")][0]


def rules(done):
    return done.findings.loc[done.findings["rule"] != "answer_empty", "rule"].tolist()


@pytest.mark.parametrize(
    ("severity", "word", "values", "rule"),
    [
        ("query", "好的", {}, "answer_word"),
        ("reject", "确认无误 confirm", {}, "answer_not_confirmable"),
        ("query", "更正 correct", {}, "answer_without_values"),
        ("query", "确认无误 confirm", {correction_label("金额", "amount"): 5}, "answer_values_unused"),
        ("query", "更正 correct", {correction_label("金额", "amount"): "约5000"}, "answer_value"),
        ("query", "更正 correct", {correction_label("件数", "pieces"): 1.5}, "answer_value"),
        ("query", "更正 correct", {correction_label("成交时间", "deal_time"): "六月"}, "answer_value"),
        ("query", "", {correction_label("金额", "amount"): 5}, "answer_word"),
    ],
)
def test_an_answer_that_cannot_be_used_is_named(workspace, path, severity, word, values, rule):
    query = first(workspace, severity)
    fill(path, {query: word}, values={query: values})
    done = pipeline.answer(workspace, [path], **WHO)
    assert rules(done) == [rule]
    said = done.findings[done.findings["rule"] == rule].iloc[0]
    assert query in said["message_zh"] and query in said["message_en"] and said["file"] == "E001.xlsx"
    assert said["cell"].split(":")[0].isdigit()
    assert not len(done.decisions) and not len(pipeline.list_decisions(workspace))


def test_one_bad_answer_does_not_lose_the_good_ones(workspace, path):
    found = listed(workspace)
    good, bad = found.index[found["severity"] == "query"][0], found.index[found["severity"] == "reject"][0]
    fill(path, {good: "确认无误", bad: "确认无误 confirm"})
    done = pipeline.answer(workspace, [path], **WHO)
    assert done.decisions["query"].tolist() == [good] and rules(done) == ["answer_not_confirmable"]
    assert pipeline.list_queries(workspace, MONTH).set_index("query").loc[good, "status"] == "decided"


def test_unknown_and_foreign_ids_are_refused(workspace, path):
    own, foreign = first(workspace, "query"), first(workspace, "query", "E010")

    def change(book):
        sheet = book[SHEET]
        ids = [c.value for c in sheet["A"]]
        sheet.cell(ids.index(own) + 1, 1).value = foreign
        sheet.cell(len(ids) + 1, 1).value = "Q0000"

    other = fill(rewritten(path, change), {foreign: "撤回 withdraw"})
    done = pipeline.answer(workspace, [other], **WHO)
    assert sorted(rules(done)) == ["answer_foreign", "answer_unknown_query"]
    assert not len(done.decisions)


def test_a_letter_in_another_firms_name_is_refused(workspace, path):
    query = first(workspace, "query")
    fill(path, {query: "撤回 withdraw"})
    done = pipeline.answer(workspace, [path], enterprise="E010", **WHO)
    assert set(done.findings["rule"]) == {"answer_foreign"} and not len(done.decisions)

    def change(book):
        for row in book[SHEET].iter_rows(max_row=HEADER_ROW):
            if row[0].value == FIRM_LABEL:
                row[2].value = "E010"

    done = pipeline.answer(workspace, [rewritten(path, change)], **WHO)
    assert set(done.findings["rule"]) == {"answer_foreign"} and not len(done.decisions)


def test_contradicting_answers_about_one_record(workspace, path):
    found = listed(workspace)
    lines = found["line_no"].value_counts()
    pair = found.index[(found["line_no"] == lines.index[0]) & (found["severity"] == "query")][:2]
    assert len(pair) == 2
    fill(path, {pair[0]: "确认无误 confirm", pair[1]: "撤回 withdraw"})
    done = pipeline.answer(workspace, [path], **WHO)
    assert rules(done) == ["answer_conflict"] * 2 and not len(done.decisions)
    title = correction_label("金额", "amount")
    fill(path, dict.fromkeys(pair, "更正 correct"), values={pair[0]: {title: 10}, pair[1]: {title: 11}})
    assert rules(pipeline.answer(workspace, [path], **WHO)) == ["answer_conflict"] * 2
    fill(path, dict.fromkeys(pair, "更正 correct"), values={pair[1]: {title: 10}})
    assert len(pipeline.answer(workspace, [path], **WHO).decisions) == 2


def test_values_as_people_write_them(workspace, path):
    query = first(workspace, "query")
    values = {
        correction_label("金额", "amount"): "１２，３４５．６０元",
        correction_label("含税标志", "tax_basis"): "含税 incl",
        correction_label("件数", "pieces"): 3, correction_label("石价", "stone_amount"): "清空 empty",
    }  # fmt: skip
    fill(path, {query: "更正"}, values={query: values}, remark="=HYPERLINK(1)")
    done = pipeline.answer(workspace, [path], record=False, **WHO)
    # a remark that is a formula without a value has no words: it is said, and the answer counts
    noted = done.findings[done.findings["rule"] == "formula_without_value"]
    assert noted["severity"].tolist() == ["note"] and len(done.decisions) == 1
    assert json.loads(done.decisions["values"].iloc[0]) == {
        "amount": 12345.6, "tax_basis": "incl", "pieces": 3, "stone_amount": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("a.csv", b"x,y\n1,2\n", "answer_sheet"),
        ("a.xlsx", b"not a workbook", "file_content"),
        ("a.docx", b"PK\x03\x04", "file_type"),
        ("a.xlsx", b"", "file_empty"),
    ],
)
def test_files_that_are_no_letters(workspace, tmp_path, name, data, rule):
    (tmp_path / name).write_bytes(data)
    done = pipeline.answer(workspace, [tmp_path / name, tmp_path / "missing.xlsx"], **WHO)
    assert done.findings["rule"].tolist() == [rule, "file_unreadable"]


def test_a_workbook_of_another_kind(workspace, tmp_path):
    book = openpyxl.Workbook()
    book.active.append([ID_LABEL])
    book.save(tmp_path / "other.xlsx")
    assert pipeline.answer(workspace, [tmp_path / "other.xlsx"], **WHO).findings["rule"].tolist() == ["answer_sheet"]


def test_who_and_when_must_be_said(workspace, path):
    for person, at in (("", "2024"), ("王敏", " ")):
        with pytest.raises(UsageError, match=r"--person|--at"):
            pipeline.answer(workspace, [path], person=person, at=at)


def test_correct_without_a_value_agrees_to_the_proposed_reading(workspace):
    asked = pipeline.list_queries(workspace, MONTH)
    asked = asked[asked["proposed"].str.fullmatch(r"\w+=[^;|]+")].set_index("query")
    query, firm = asked.index[0], asked["enterprise_id"].iloc[0]
    letters = pipeline.export_letters(workspace, MONTH).set_index("enterprise_id")
    done = pipeline.answer(workspace, [fill(letters.loc[firm, "workbook"], {query: "更正 correct"})], **WHO)
    (decision,) = done.decisions.to_dict("records")
    column, value = asked["proposed"].iloc[0].split("=")
    assert decision["action"] == "correct" and list(json.loads(decision["values"])) == [column]
    assert str(json.loads(decision["values"])[column]) == value


def proposing(workspace, count=1):
    """Return a firm and some of its queries with a proposed reading, which 更正 without a value would agree to."""
    asked = pipeline.list_queries(workspace, MONTH)
    asked = asked[asked["proposed"].str.fullmatch(r"\w+=[^;|]+")]
    firm = asked["enterprise_id"].value_counts().index[0]
    queries = asked.loc[asked["enterprise_id"] == firm, "query"].tolist()
    assert len(queries) >= count
    return firm, queries[:count]


def letter_to(workspace, firm):
    return pipeline.export_letters(workspace, MONTH).set_index("enterprise_id").loc[firm, "workbook"]


def error_in(sheet, line, at):
    cell = sheet.cell(line, at)
    cell.value, cell.data_type = "#DIV/0!", "e"


def formula_in(sheet, line, at):
    sheet.cell(line, at).value = "=1+1"


def merged(sheet, line, at):
    sheet.merge_cells(start_row=line, end_row=line, start_column=at, end_column=at + 1)


def header_lost(sheet, line, at):
    sheet.cell(HEADER_ROW + 1, at).value = "金额"
    sheet.cell(line, at).value = 5150


def header_empty(sheet, line, at):
    sheet.cell(HEADER_ROW + 1, at).value = None
    sheet.cell(line, at).value = 5150


def header_twice(sheet, line, at):
    sheet.cell(HEADER_ROW + 1, at + 1).value = sheet.cell(HEADER_ROW + 1, at).value
    sheet.cell(line, at + 1).value = 5150


def reading_changed(sheet, line, at):
    head = [cell.value for cell in sheet[HEADER_ROW + 1]]
    sheet.cell(line, head.index("建议读法 proposed") + 1).value = "金额 amount = 5150"


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (formula_in, "formula_without_value"), (error_in, "error_cell"), (merged, "answer_merged"),
        (header_lost, "answer_stray"), (header_empty, "answer_stray"), (header_twice, "answer_stray"),
        (reading_changed, "answer_other_reading"),
    ],
)  # fmt: skip
def test_a_correction_nobody_can_read_is_no_consent(workspace, capsys, spoil, rule):
    firm, (query, other) = proposing(workspace, 2)
    letter = fill(letter_to(workspace, firm), {query: "更正 correct", other: "撤回 withdraw"})

    def change(book):
        sheet = book[SHEET]
        head = [cell.value for cell in sheet[HEADER_ROW + 1]]
        line = next(row[0].row for row in sheet.iter_rows(min_row=HEADER_ROW + 2) if row[0].value == query)
        spoil(sheet, line, head.index(correction_label("金额", "amount")) + 1)

    spoiled = rewritten(Path(letter), change)
    for command in (["--dry-run"], []):
        more = ["--workspace", str(workspace.root), "--person", "王敏", "--at", "2024-04-04T10:30"]
        assert main(["query", "answer", str(spoiled), *more, *command]) == 3
        said = capsys.readouterr().err
        assert spoiled.name in said
    done = pipeline.list_queries(workspace, MONTH).set_index("query")
    assert done.loc[query, "status"] == "open" and done.loc[other, "status"] == "decided"
    again = pipeline.answer(workspace, [spoiled], record=False, **WHO)
    assert rule in rules(again) and query not in set(again.decisions["query"])


def test_an_answer_that_is_a_formula_is_named(workspace, path):
    query = first(workspace, "query")
    fill(path, {query: "=1+1"})
    assert rules(pipeline.answer(workspace, [path], **WHO)) == ["formula_without_value"]


def test_a_letter_with_very_long_remarks(workspace, path):
    """Texts of a large sheet come as Arrow arrays, not as lists of texts."""
    query = first(workspace, "query")
    fill(path, {query: "确认无误 confirm"})

    chance = random.Random(7)

    def change(book):
        for line in range(60, 1560):
            book[SHEET].cell(line, 1).value = f"Q{line:016d}"
            book[SHEET].cell(line, 9).value = chance.randbytes(1600).hex()

    done = pipeline.answer(workspace, [rewritten(path, change)], **WHO)
    assert done.decisions["query"].tolist() == [query] and set(rules(done)) == {"answer_unknown_query"}
