"""Sign-offs: two persons, bound to exactly what would be released; whatever changes ends them and is named."""

import dataclasses
import json

import pytest

from shuibei_index.errors import GateError, UsageError
from shuibei_index.frozen import Frozen, freeze
from shuibei_index.pipeline import signed_content
from shuibei_index.pipeline.reviewing import sign_offs_of, with_sign_offs
from shuibei_index.pipeline.signing_off import require_sign_offs, sign_off, sign_off_faults, withdraw
from shuibei_index.review.gates import BLOCKS, REMARK
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace
from tests.review.conftest import MONTH, MONTHS, take, write_lines

AT = "2024-04-09T09:30"


def both(workspace, review):
    sign_off(workspace, review, "王敏", AT)
    sign_off(workspace, review, "李强", AT)


def required(workspace, revision=""):
    with Store.open(workspace.store) as store:
        frozen = Frozen.of(workspace, store, MONTH)
        return require_sign_offs(workspace, store, MONTH, frozen, revision)


def refused(workspace, revision=""):
    with pytest.raises(GateError) as error:
        required(workspace, revision)
    return error.value


def test_two_persons_open_the_gate_and_one_does_not(copy, reviewed):
    none = refused(copy)
    assert none.exit_code == 3 and "0 of 2 sign-offs" in str(none) and "现有效 0 人" in none.zh
    for text in (str(none), none.zh):
        assert f"--month {MONTH} --sign-off" in text and f"shuibei-index release --workspace {copy.root}" in text
    sign_off(copy, reviewed, "王敏", AT)
    assert "1 of 2" in str(refused(copy))
    sign_off(copy, reviewed, " 王　敏", "2024-04-09T10:00")
    assert "1 of 2" in str(refused(copy)), "one person under two spellings"
    sign_off(copy, reviewed, "李强", AT, note="  可以  ")
    signed = required(copy)
    assert signed.release == MONTH and signed.rows["role"].tolist() == ["审核", "签发"]
    told = signed.manifest()
    assert told["required"] == 2 and [g["role"] for g in told["given"]] == ["审核", "签发"]
    assert "王" not in json.dumps(told, ensure_ascii=False) and told["signed"] == reviewed.digest
    rows, release, needed = sign_offs_of(copy, MONTH)
    assert (release, needed, rows["counts"].tolist()) == (MONTH, 2, [False, True, True])
    assert rows["why_en"].iloc[0] == "signed anew later" and rows["note"].iloc[-1] == "可以"
    assert with_sign_offs(copy, reviewed).signed == 2


def earlier_report(workspace):
    write_lines(workspace.inbox / MONTHS[0] / "late.csv", "E001", MONTHS[0], 501.0, grams=900.0)
    take(workspace, [MONTHS[0]])


def other_prices(workspace):
    path = workspace.root / "reference" / "metal_prices.csv"
    path.write_text(path.read_text().replace("535.5", "535.6"))


def other_weights(workspace):
    (workspace.root / "weights.csv").write_text("year,class_code,weight,price_period\n2024,01010101,1,\n")


def own_rule(workspace):
    (workspace.root / "own" / "rules").mkdir(parents=True)
    (workspace.root / "own" / "rules" / "a.toml").write_text("")
    toml = workspace.root / "workspace.toml"
    toml.write_text(toml.read_text() + 'methodology = "own"\n')


CHANGES = {
    earlier_report: ("采用记录 2024-01", "accepted records 2024-01"),
    other_prices: ("工作区文件 reference/metal_prices.csv", "files of the workspace reference/metal_prices.csv"),
    other_weights: ("工作区文件 weights.csv", "files of the workspace weights.csv"),
    own_rule: ("工作区规则 a.toml", "rules of the workspace a.toml"),
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_whatever_changes_ends_the_sign_offs_and_is_named(copy, reviewed, change):
    both(copy, reviewed)
    change(copy)
    copy = Workspace.open(copy.root)
    zh, en = CHANGES[change]
    rows, _, _ = sign_offs_of(copy, MONTH)
    assert not rows["counts"].any()
    assert rows["why_zh"].str.contains(zh).all() and rows["why_en"].str.contains(en).all()
    told = refused(copy)
    assert en in str(told) and zh in told.zh
    with pytest.raises(GateError, match="changed while it was being reviewed"):
        sign_off(copy, reviewed, "赵六", AT)


def test_another_program_ends_the_sign_offs(copy, reviewed, monkeypatch):
    both(copy, reviewed)
    monkeypatch.setattr(signed_content, "__version__", "9.9.9")
    assert "the program version" in str(refused(copy))


def test_taking_the_month_in_again_changes_nothing(copy, reviewed):
    both(copy, reviewed)
    take(copy, [MONTH])
    assert len(required(copy).rows) == 2


def test_taking_back(copy, reviewed):
    both(copy, reviewed)
    assert len(withdraw(copy, MONTH, "李 强", AT)) == 1
    told = refused(copy)
    assert "1 of 2" in str(told) and "taken back" in str(told)
    with pytest.raises(UsageError, match="has signed nothing"):
        withdraw(copy, MONTH, "李强", AT)
    sign_off(copy, reviewed, "李强", "2024-04-10")
    assert len(required(copy).rows) == 2


def test_gates_stop_a_sign_off_or_ask_for_a_note(copy, reviewed):
    gate = reviewed.gates[0]
    remark = dataclasses.replace(reviewed, gates=(dataclasses.replace(gate, outcome=REMARK),))
    with pytest.raises(GateError, match="--note") as asked:
        sign_off(copy, remark, "王敏", AT, note="  ")
    assert "--note" in asked.value.zh and gate.text_zh in asked.value.zh
    assert sign_off(copy, remark, "王敏", AT, note="两户停业") == 1
    stopped = dataclasses.replace(reviewed, gates=(dataclasses.replace(gate, outcome=BLOCKS),))
    with pytest.raises(GateError, match="Nothing can be signed off"):
        sign_off(copy, stopped, "李强", AT, note="照样")
    with Store.open(copy.store) as store:
        kept = store.register.sign_offs(MONTH)
    assert len(kept) == 1 and json.loads(kept["gates"][0])[0]["outcome"] == REMARK


@pytest.mark.parametrize(
    ("person", "at", "role", "words"),
    [("王敏", "", "", "no clock is read"), ("王敏", "gestern", "", "is not a time"), ("·", AT, "", "no name"),
     ("王敏", AT, "chief", "no role")],
)  # fmt: skip
def test_signing_asks_for_who_when_and_as_what(copy, reviewed, person, at, role, words):
    with pytest.raises(UsageError, match=words):
        sign_off(copy, reviewed, person, at, role=role)


def test_a_trial_needs_none(copy):
    toml = copy.root / "workspace.toml"
    toml.write_text(toml.read_text().replace("trial = false", "trial = true"))
    signed = required(Workspace.open(copy.root))
    assert signed.required == 0 and signed.manifest() == {} and signed.inputs({"months": {}}) == {}


def record_release(workspace, name=MONTH, **more):
    """Record a release as `release` does; return its record, frozen inputs and manifest."""
    with Store.open(workspace.store) as store, store.writer("release") as tx:
        frozen = Frozen.of(workspace, store, MONTH)
        signed = require_sign_offs(workspace, store, MONTH, frozen, "r" if "-r" in name else "")
        inputs = freeze(workspace, frozen, tx)
        inputs = {**inputs, **signed.inputs(inputs), **more}
        record = tx.record_release(name, "m" * 64, inputs)
        return record, frozen, {"period": MONTH, "sign_offs": signed.manifest()}


def faults(workspace, record, frozen, manifest):
    with Store.open(workspace.store) as store:
        return [en for _, en in sign_off_faults(record, frozen, manifest, store)]


def test_a_release_says_what_it_was_signed_with_and_a_false_word_is_found(copy, reviewed):
    both(copy, reviewed)
    record, frozen, manifest = record_release(copy)
    assert faults(copy, record, frozen, manifest) == []
    withdraw(copy, MONTH, "王敏", AT)
    assert faults(copy, record, frozen, manifest) == [], "what was released stays signed"
    bare = dataclasses.replace(record, inputs={k: v for k, v in record.inputs.items() if k != "sign_offs"})
    assert "has no sign-offs" in faults(copy, bare, frozen, manifest)[0]
    one = {**record.inputs, "sign_offs": {**record.inputs["sign_offs"], "numbers": [1]}}
    assert "signed by 1 persons" in faults(copy, dataclasses.replace(record, inputs=one), frozen, manifest)[0]
    other = dataclasses.replace(record, inputs={**record.inputs, "months": {}})
    assert "other content" in faults(copy, other, frozen, manifest)[0]
    forged = {**manifest, "sign_offs": {**manifest["sign_offs"], "given": []}}
    assert "says other sign-offs" in faults(copy, record, frozen, forged)[0]


def test_a_released_month_is_written_again_with_its_own_sign_offs_and_a_revision_needs_new_ones(copy, reviewed):
    both(copy, reviewed)
    first, _, manifest = record_release(copy)
    sign_off(copy, reviewed, "赵六", AT)
    withdraw(copy, MONTH, "李强", AT)
    again, _, same = record_release(copy)
    assert (again.seq, same) == (first.seq, manifest)
    assert "2024-03-r1 has 0 of 2" in str(refused(copy, "更正 / correction"))
    other_prices(copy)
    told = refused(copy)
    assert "2024-03 is released; other content needs a revision announced" in str(told)
    rows, release, _ = sign_offs_of(copy, MONTH)
    assert release == "2024-03-r1" and rows["why_en"].str.contains("not of 2024-03-r1").any()


def test_inputs_that_change_while_a_release_is_made_are_refused(copy, reviewed):
    both(copy, reviewed)
    signed = required(copy)
    with pytest.raises(GateError, match="changed while it was being made"):
        signed.inputs({**signed.content["inputs"], "months": {}})


def test_the_store_is_sound_with_sign_offs_and_names_a_changed_one(copy, reviewed):
    both(copy, reviewed)
    with Store.open(copy.store) as store:
        assert store.check().ok
        store._ledger.connection.execute("DROP TRIGGER sign_offs_no_update")
        store._ledger.connection.execute("UPDATE sign_offs SET person = '李 强' WHERE seq = 1")
    with Store.open(copy.store) as store:
        assert "row_changed" in {fault.kind for fault in store.check().faults}
