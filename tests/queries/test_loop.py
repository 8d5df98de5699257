"""The whole loop: mistakes → queries → letters → answers → decisions → accepted records → release → verify."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from shuibei_index import pipeline
from shuibei_index.errors import WorkspaceError
from shuibei_index.queries.workbook import correction_label
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

from .conftest import MONTH, WHO, fill


def objects(workspace):
    with Store.open(workspace.store) as store:
        return list(store.objects), store.month(MONTH).accepted


def accepted(workspace):
    with Store.open(workspace.store) as store:
        table = store.objects.get_table(store.month(MONTH).accepted)
    return table.to_pandas().astype({"enterprise_id": str}).set_index(["enterprise_id", "line_no"])


def truth(workspace):
    key = pd.read_csv(workspace.root / "answer_key.csv", dtype=str)
    return key[key["period"] == MONTH]


def reply(workspace, firm_letters):
    """Each firm confirms its first open query, corrects what the answer key knows, withdraws the rest."""
    key = truth(workspace)
    said, paths = {}, []
    listed = pipeline.list_queries(workspace, MONTH).set_index("query")
    with Store.open(workspace.store) as store:
        record = store.register.queries(MONTH).set_index("query")["record"]
    zh = {"weight": "重量", "weight_unit": "重量单位", "amount_unit": "金额单位", "class_code": "分类代码",
          "amount": "金额",
          "metal_price": "料价", "making_charge": "工费", "net_weight": "净金重", "charge_basis": "工费计价",
          "tax_basis": "含税标志"}  # fmt: skip
    for firm, path in firm_letters[["enterprise_id", "workbook"]].to_numpy().tolist():
        own = listed[listed["enterprise_id"] == firm]
        answers, values, done = {}, {}, {}
        for query, row in own.iterrows():
            cause = key[(key["enterprise_id"] == firm) & (key["line_no"] == str(row["line_no"]))]
            cause = cause[cause["column"].isin(zh)]
            if record[query] in done:
                answers[query] = done[record[query]]
            elif len(cause) and firm != "E009":
                answers[query] = "更正 correct"
            elif not (own["severity"][[q for q in own.index if record[q] == record[query]]] == "reject").any():
                answers[query] = "确认无误 confirm"
            else:
                answers[query] = "撤回 withdraw"
            done[record[query]] = answers[query]
            if answers[query] == "更正 correct":
                values[query] = {correction_label(zh[c], c): v for c, v in cause[["column", "true_value"]].to_numpy()}
        said |= answers
        paths.append(fill(path, answers, values=values, remark="已核对 checked"))
    return said, paths


def test_the_loop_from_mistake_to_release(workspace, tmp_path):
    before = accepted(workspace)
    letters = pipeline.export_letters(workspace, MONTH)
    assert len(letters) >= 4
    said, paths = reply(workspace, letters)
    copy = tmp_path / "copy"
    shutil.copytree(workspace.root, copy)
    planned = pipeline.answer(workspace, paths, record=False, **WHO)
    assert len(pipeline.list_decisions(workspace)) == 0
    done = pipeline.answer(workspace, paths, **WHO)
    assert not (done.findings["severity"] == "reject").any(), done.findings["message_en"].tolist()
    pd.testing.assert_frame_equal(planned.decisions.drop(columns="decision"), done.decisions.drop(columns="decision"))
    assert len(done.decisions) == len(said)
    # accepted records are not those of before the decisions until the month is settled again
    with pytest.raises(WorkspaceError, match="were taken after it was settled; run 'shuibei-index intake"):
        pipeline.compile_(workspace, MONTH)
    pipeline.intake(workspace, MONTH)
    after = accepted(workspace)
    assert len(after) > len(before)
    listed = pipeline.list_queries(workspace, MONTH)
    assert set(listed[listed["query"].isin(said)]["status"]) == {"decided"}
    here = done.decisions["period"] == MONTH
    confirmed = done.decisions[here & (done.decisions["action"] == "accept")]
    assert len(confirmed)
    keys = list(zip(confirmed["enterprise_id"], confirmed["line_no"], strict=True))
    assert set(keys) <= set(after.index)
    out = done.decisions[done.decisions["action"] == "exclude"]
    assert not set(zip(out["enterprise_id"], out["line_no"], strict=True)) & set(after.index)
    # what is repaired has the value of the answer key
    fixed = done.decisions[(done.decisions["action"] == "correct")]
    amounts = [(e, n, json.loads(v)["amount"]) for e, n, v in fixed[["enterprise_id", "line_no", "values"]].to_numpy()
               if "amount" in json.loads(v)]  # fmt: skip
    for firm, line, amount in amounts:
        assert after.loc[(firm, line), "amount_reported_fen"] in (round(amount * 100), round(amount * 1_000_000))

    released = pipeline.release(workspace, MONTH)
    assert len(released.release.manifest["digests"]["decisions"]) == 64
    verified = pipeline.verify(released.path)
    assert verified.ok and verified.again is not None, verified.text()

    # the same answers in a copy of the workspace: the same objects bit for bit
    twin = Workspace.open(copy)
    pipeline.answer(twin, [copy / Path(p).relative_to(workspace.root) for p in paths], **WHO)
    pipeline.intake(twin, MONTH)
    pipeline.release(twin, MONTH)
    assert objects(twin) == objects(workspace)


def test_the_same_answers_twice_change_nothing(workspace):
    letters = pipeline.export_letters(workspace, MONTH)
    _, paths = reply(workspace, letters)
    pipeline.answer(workspace, paths, **WHO)
    pipeline.intake(workspace, MONTH)
    first = objects(workspace), pipeline.list_decisions(workspace), pipeline.list_queries(workspace)
    again = pipeline.answer(workspace, paths, **WHO)
    assert set(again.findings["rule"]) == {"answer_void"} and not len(again.decisions)
    pipeline.intake(workspace, MONTH)
    second = objects(workspace), pipeline.list_decisions(workspace), pipeline.list_queries(workspace)
    assert first[0][1] == second[0][1]
    pd.testing.assert_frame_equal(first[1], second[1])
    pd.testing.assert_frame_equal(first[2], second[2])


def test_verify_sees_decisions_that_no_longer_give_the_records(workspace):
    query = pipeline.list_queries(workspace, MONTH).query("severity == 'query'")["query"].iloc[0]
    pipeline.decide(workspace, [query], "accept", reason="电话核实", whole=True, **WHO)
    pipeline.intake(workspace, MONTH)
    path = pipeline.release(workspace, MONTH).path
    with Store.open(workspace.store) as store:
        ledger = store._ledger.connection
        ledger.execute("DROP TRIGGER decisions_no_update")
        ledger.execute("UPDATE decisions SET reason = 'somebody else'")
        frozen = store.objects.path(store.releases()[-1].inputs["decisions"])
    assert "decisions" in {p.file for p in pipeline.verify(path).report.problems}
    frozen.chmod(0o644)
    frozen.write_bytes(b"")
    with pytest.raises(ValueError, match="changed"):
        pipeline.verify(path)


def test_a_release_without_decisions_names_none(workspace):
    made = pipeline.release(workspace, "2024-02")
    assert "decisions" not in made.release.manifest["digests"]
    assert pipeline.verify(made.path).ok


def test_decisions_taken_after_a_release_leave_it_verifiable(workspace):
    path = pipeline.release(workspace, MONTH).path
    query = pipeline.list_queries(workspace, MONTH)["query"].iloc[0]
    pipeline.decide(workspace, [query], "exclude", reason="无法联系", **WHO)
    pipeline.intake(workspace, MONTH)
    assert pipeline.verify(path).ok


def test_what_is_kept_is_what_was_sent(workspace):
    listed = pipeline.list_queries(workspace, MONTH)
    row = listed[(listed["rule"] == "price_bounds") | (listed["severity"] == "reject")].iloc[0]
    pipeline.decide(workspace, [row["query"]], "correct", values={"note": "改"}, reason="备注", **WHO)
    pipeline.intake(workspace, MONTH)
    with Store.open(workspace.store) as store:
        state = store.month(MONTH)
        kept = pd.concat([pq.read_table(store.objects.path(s)).to_pandas() for s in (state.held, state.rejected)])
    assert "改" not in set(kept["note"])
    found = pd.read_csv(workspace.work(MONTH) / "findings.csv", dtype=str)
    assert (found["rule"] == "corrected_by_decision").sum() == 1
