"""Queries and decisions over time: ids that last, void ones shown, decisions that can be read back by anyone."""

import json

import pytest

from shuibei_index import pipeline
from shuibei_index.cli import main
from shuibei_index.errors import UsageError
from shuibei_index.workspace import Workspace

HEADER = "企业代码,报告期,行号,规格品编码,分类代码,重量,重量单位,成色,金额,含税标志,料价,工费,工费计价\n"
MONTH = "2024-01"
WHO = {"person": "李雷", "at": "2024-02-04T09:00"}


def line(number, amount, firm="E1"):
    # 10 g × (500 × 0.999 + 15.5) = 5150
    return f"{firm},{MONTH},{number},R-{number},01010101,10,克,足金999,{amount},含税,500,15.5,克工费\n"


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "workspace.toml").write_text(f'base_period = "{MONTH}"\ntrial = true\n')
    (tmp_path / "panel.csv").write_text("enterprise_id,name\nE1,甲\nE2,乙\n")
    made = Workspace.open(tmp_path)
    send(made, "E1.csv", line(1, 5150) + line(2, 7000) + line(3, "约5"))
    send(made, "E2.csv", line(1, 5150, "E2"))
    pipeline.intake(made, MONTH)
    return made


def send(workspace, name, rows):
    folder = workspace.inbox / MONTH
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(HEADER + rows, encoding="utf-8")


def status(workspace):
    return pipeline.list_queries(workspace, MONTH).set_index(["line_no", "rule"])["status"].to_dict()


def identity(workspace):
    found = pipeline.list_queries(workspace, MONTH)
    return found.loc[(found["rule"] == "identity") & (found["status"] == "open"), "query"].iloc[0]


def test_every_doubt_is_a_query_once(workspace):
    before = pipeline.list_queries(workspace, MONTH)
    assert status(workspace) == {(2, "identity"): "open", (3, "number_format"): "open"}
    pipeline.intake(workspace, MONTH)
    assert pipeline.list_queries(workspace, MONTH).equals(before)


def test_the_same_line_in_another_place_is_the_same_query(workspace):
    before = set(pipeline.list_queries(workspace, MONTH)["query"])
    send(workspace, "again.csv", line(4, 5150) + line(3, "约5") + line(2, 7000))
    pipeline.intake(workspace, MONTH)
    after = pipeline.list_queries(workspace, MONTH)
    assert set(after["query"]) == before and set(after["status"]) == {"open"}
    assert set(after["file"]) == {"again.csv"}


def test_sent_again_right_makes_a_query_void_and_wrong_again_a_new_one(workspace):
    send(workspace, "again.csv", line(2, 5150) + line(3, 9000))
    pipeline.intake(workspace, MONTH)
    assert status(workspace) == {
        (2, "identity"): "void", (3, "number_format"): "void", (3, "identity"): "open",
    }  # fmt: skip


def test_a_decision_outdated_by_a_new_submission_is_asked_about(workspace):
    query = identity(workspace)
    pipeline.decide(workspace, [query], "accept", reason="属实", **WHO)
    done = pipeline.intake(workspace, MONTH)
    assert done.totals["accepted"] == 3
    send(workspace, "again.csv", line(2, 5155))
    done = pipeline.intake(workspace, MONTH)
    found = done.findings(MONTH)
    assert found.loc[found["severity"] == "query", "rule"].tolist() == ["decision_outdated"]
    assert done.totals["accepted"] == 2
    again = pipeline.list_queries(workspace, MONTH)
    new = again.loc[again["rule"] == "decision_outdated", "query"].tolist()
    pipeline.decide(workspace, new, "accept", reason="新报属实", whole=True, **WHO)
    done = pipeline.intake(workspace, MONTH)
    assert done.totals["accepted"] == 3
    assert 515_500 in done.report.accepted_table["amount_fen"].to_pylist()
    assert "open" not in [s for (n, _), s in status(workspace).items() if n == 2]


def test_a_line_left_out_does_not_come_back_as_it_was_before(workspace):
    send(workspace, "again.csv", line(1, 7000))
    pipeline.intake(workspace, MONTH)
    found = pipeline.list_queries(workspace, MONTH)
    query = found.loc[(found["line_no"] == 1) & (found["rule"] == "identity"), "query"].tolist()
    pipeline.decide(workspace, query, "exclude", reason="企业撤回", **WHO)
    done = pipeline.intake(workspace, MONTH)
    assert done.report.accepted_table["enterprise_id"].to_pylist() == ["E2"]


def test_the_register_names_who_when_why_and_the_rule_or_judgement(workspace, capsys):
    query = identity(workspace)
    pipeline.decide(workspace, [query], "impute", reason="无法联系", **WHO)
    pipeline.decide(workspace, [query], "accept", reason="电话核实", basis="identity", **WHO)
    taken = pipeline.list_decisions(workspace)
    assert taken["in_force"].tolist() == [False, True]
    assert taken["basis"].tolist() == ["主观判断 / expert judgement", "identity"]
    assert main(["query", "list", "--workspace", str(workspace.root), "--decisions"]) == 0
    shown = capsys.readouterr().out
    for word in ("李雷", "2024-02-04T09:00", "电话核实", "主观判断", "插补 impute", "采用 accept"):
        assert word in shown


def test_what_cannot_be_decided(workspace):
    query = identity(workspace)
    broken = pipeline.list_queries(workspace, MONTH).query("rule == 'number_format'")["query"].iloc[0]
    good = {"reason": "因", **WHO}
    for queries, action, more, words in (
        (["Q1"], "accept", good, "no query"),
        ([query], "keep", good, "no action"),
        ([broken], "accept", good, "cannot be used as it is"),
        ([query], "correct", good, "needs values"),
        ([query], "accept", {**good, "values": {"amount": 1}}, "needs values"),
        ([query], "correct", {**good, "values": {"enterprise_id": "E2"}}, "cannot be corrected"),
        ([query], "correct", {**good, "values": {"amount": "5"}}, "amount cannot be '5'"),
        ([query], "accept", {**good, "reason": " "}, "reason"),
        ([query], "accept", {**good, "basis": "identiti"}, "no rule or check"),
        ([query], "accept", {**good, "person": ""}, "--person"),
        ([query], "accept", {**good, "at": ""}, "--at"),
    ):
        with pytest.raises(UsageError, match=words):
            pipeline.decide(workspace, queries, action, **more)
    assert not len(pipeline.list_decisions(workspace))


def test_commands(workspace, capsys):
    root = str(workspace.root)
    assert main(["query", "list", "--workspace", root, "--month", MONTH]) == 0
    assert "待答 open 2" in capsys.readouterr().out
    assert main(["query", "list", "--workspace", root, "--month", MONTH, "--status", "void", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["query", "export", "--workspace", root, "--month", MONTH, "--json"]) == 0
    (letter,) = json.loads(capsys.readouterr().out)
    assert (letter["enterprise_id"], letter["queries"]) == ("E1", 2)
    sign = ["--person", "李雷", "--at", "2024-02-04"]
    assert main(["query", "answer", letter["workbook"], "--workspace", root, *sign]) == 0
    said = capsys.readouterr()
    assert "0 项决定" in said.out and "尚未答复" in said.err
    query = identity(workspace)
    decide = ["query", "decide", query, "--workspace", root, *sign, "--action", "correct", "--reason", "核实"]
    assert main([*decide, "--set", "amount=5,150元"]) == 0
    assert "intake --month 2024-01" in capsys.readouterr().err
    assert main([*decide, "--set", "amount=约5"]) == 2
    assert main([*decide, "--set", "amounts=5"]) == 2
    assert main([*decide, "--set", "amount"]) == 2
    assert main(["query", "decide", "--workspace", root]) == 2
    assert main(["query", "answer", "--workspace", root]) == 2
    assert main(["query", "export", "--workspace", root]) == 2
    done = pipeline.intake(workspace, MONTH)
    assert sorted(done.report.accepted_table["amount_fen"].to_pylist()) == [515_000] * 3
