"""What a stranger with files of their own ran into: each fault here was one, met by command or library."""

import io
import json
import os
import shutil
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import shuibei_index as sx
from shuibei_index import pipeline
from shuibei_index.cli import main
from shuibei_index.cli.output import result_json
from shuibei_index.errors import GateError, StoreError, WorkspaceError
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

MONTHS = ["2024-01", "2024-02", "2024-03"]
HEADER = "企业代码,报告期,行号,规格品编码,分类代码,重量,重量单位,成色,金额,含税标志\n"
RULES = sx.Rules.load()


def line(month, number=1, amount="5150.00", firm="E1", item="R-1"):
    return f"{firm},{month},{number},{item},01010101,10,克,足金999,{amount},含税\n"


def send(workspace, month, name, data):
    folder = workspace.inbox / month
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


@pytest.fixture
def workspace(tmp_path):
    """Two firms, three months; each firm's file has the same name every month."""
    root = tmp_path / "工作 区"
    root.mkdir()
    (root / "workspace.toml").write_text('base_period = "2024-01"\ntrial = true\n')
    (root / "panel.csv").write_text("enterprise_id,name\nE1,甲\nE2,乙\n")
    made = Workspace.open(root)
    for n, month in enumerate(MONTHS):
        send(made, month, "E1.csv", HEADER + line(month, amount=str(5150 + 50 * n)))
        send(made, month, "E2.csv", HEADER + line(month, amount=f"{5160 + 40 * n:,}".join('""'), firm="E2"))
    return made


def findings(workspace, month):
    return pd.read_csv(workspace.work(month) / "findings.csv", dtype=str).fillna("")


def command(capsys, *arguments):
    code = main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def record(**changes):
    base = {
        "enterprise_id": "E1", "period": "2024-03", "line_no": 1, "item_id": "A", "class_code": "01010101",
        "weight": 10.0, "weight_unit": "g", "fineness": "足金999", "amount": 5145.0, "tax_basis": "incl",
        "metal_price": 500.0, "making_charge": 15.0, "charge_basis": "per_gram",
    }  # fmt: skip
    return pd.DataFrame([base | changes])


# --- findings of a range go to the month of the file, whatever files of other months are called -------------------


def test_findings_of_a_range_stay_with_the_month_of_their_file(workspace):
    pipeline.run(workspace, "2024-01", "2024-03")
    for month in MONTHS:
        found = findings(workspace, month)
        assert set(found["period"]) - {""} == {month}
        assert (found["rule"] == "normalised").sum() == 1


def test_what_was_not_received_in_a_range_is_told_in_its_own_month(workspace):
    (workspace.inbox / "2024-02" / "folder").mkdir()
    pipeline.run(workspace, "2024-01", "2024-03")
    told = {month: (findings(workspace, month)["rule"] == "not_regular").sum() for month in MONTHS}
    assert told == {"2024-01": 0, "2024-02": 1, "2024-03": 0}


# --- a month without a usable record does not pass ----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pictures", "nothing"])
def test_a_month_without_records_fails_its_gates(workspace, capsys, kind):
    for path in (workspace.inbox / "2024-02").iterdir():
        path.unlink()
    if kind == "pictures":
        send(workspace, "2024-02", "E1.jpg", b"\xff\xd8\xff\xe0" + bytes(100))
    with pytest.raises(GateError, match="2024-02"):
        pipeline.run(workspace, "2024-01", "2024-03")
    code, out, _ = command(capsys, "validate", "--workspace", workspace.root, "--month", "2024-02", "--json")
    told = json.loads(out)
    assert code == 3 and told["passed"] is False
    assert {g["gate"]: g["value"] for g in told["gates"]} == {"gate_accepted_share": 0.0, "gate_response_count": 0.0}
    assert command(capsys, "run", "--workspace", workspace.root, "--month", "2024-02")[0] == 3


# --- files of the workspace ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("panel.csv", "enterprise_id,name\nE1,甲,x,y\n"),
        ("weights.csv", "year,class_code,weight\n2024,01010101,5,2023\n"),
    ],
)
def test_a_line_longer_than_the_header_is_refused_and_not_shifted(workspace, name, content):
    (workspace.root / name).write_text(content)
    with pytest.raises(WorkspaceError, match=rf"{name}.*line 2"):
        getattr(workspace, name.removesuffix(".csv"))()


# --- Parquet ------------------------------------------------------------------------------------------------------


def test_an_integer_beyond_int64_is_a_finding_of_its_cell(workspace):
    table = pa.Table.from_pandas(record(period="2024-01").drop(columns=["line_no"]), preserve_index=False)
    table = pa.concat_tables([table, table]).append_column("line_no", pa.array([7, 2**63], pa.uint64()))
    pq.write_table(table, workspace.inbox / "2024-01" / "E1.parquet")
    done = pipeline.intake(workspace, "2024-01")
    assert done.totals == {"read": 4, "accepted": 3, "held": 0, "rejected": 1}
    told = findings(workspace, "2024-01").query("severity == 'reject' and file == 'E1.parquet'")
    assert told["cell"].tolist() == ["行号 2"] and told["value"].tolist() == ["9223372036854775808"]


# --- a damaged bundle or store ------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_verify_of_a_damaged_table_says_so(workspace, capsys, damage):
    done = pipeline.run(workspace, "2024-01", "2024-03")
    table = done.path / "indices.parquet"
    done.path.chmod(0o755)
    if damage == "cut":
        content = table.read_bytes()
        table.chmod(0o644)
        table.write_bytes(content[:100])
    else:
        table.unlink()
    code, out, _ = command(capsys, "verify", done.path, "--json")
    told = json.loads(out)
    assert code == 1 and told["ok"] is False
    assert "indices.parquet" in {p["file"] for p in told["problems"]}
    assert command(capsys, "verify", done.path)[0] == 1


@pytest.mark.parametrize("verb", ["compile", "explain", "run", "release"])
@pytest.mark.parametrize("damage", ["flipped", "cut"])
def test_damaged_records_in_the_store_are_never_used(workspace, capsys, verb, damage):
    pipeline.run(workspace, "2024-01", "2024-03")
    with Store.open(workspace.store) as store:
        path = store.objects.path(store.month("2024-02").accepted)
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(content[:300] if damage == "cut" else content[:-1] + bytes([content[-1] ^ 1]))
    # sums kept of the sound records need no records: without them the records are read, and refused
    shutil.rmtree(workspace.store / "derived")
    code, _, err = command(capsys, verb, "--workspace", workspace.root, "--month", "2024-03")
    assert code == StoreError.exit_code
    assert path.name.split(".")[0] in err and "backup" in err


# --- words and messages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rules", [RULES, RULES.at("2024-03")], ids=["dated", "one month"])
def test_a_month_that_is_none_is_the_only_thing_said_about_the_row(rules):
    checked = sx.validate(record(period="2025-13", tax_basis="含税"), rules=rules)
    assert checked.findings["rule"].tolist() == ["period_format"]
    checked = sx.validate(record(period="2025-13", tax_basis="?"), rules=rules)
    assert checked.findings["rule"].tolist() == ["period_format", "word_unknown"]


def test_net_above_gross_names_both_weights():
    told = sx.validate(record(net_weight=11.0), rules=RULES).findings.query("rule == 'net_exceeds_gross'").iloc[0]
    assert "净金重 11 大于重量 10；" in told["message_zh"]
    assert "net weight 11 exceeds the weight 10;" in told["message_en"]
    assert (told["value"], told["expected"]) == ("11", "≤ 10")


# --- own methodology, command line --------------------------------------------------------------------------------

TREE = """class_code,parent,level,name_zh,name_en,unit,metal,in_headline,formula
00,,0,总,All,,,1,
01010101,00,1,金,Gold,g,gold,1,
"""


def test_a_broken_tree_is_told_and_not_held_against_the_firms(workspace, capsys):
    with (workspace.root / "workspace.toml").open("a") as settings:
        settings.write('methodology = "方法"\n')
    trees = workspace.root / "方法" / "trees"
    trees.mkdir(parents=True)
    (trees / "2020.csv").write_text(TREE, encoding="utf-8")
    code, out, _ = command(capsys, "intake", "--workspace", workspace.root, "--month", "2024-01", "--json")
    assert code == 0 and json.loads(out)["accepted"] == 2
    (trees / "2020.csv").write_text(TREE.replace("01010101,00", "01010101,99"), encoding="utf-8")
    for verb in ("intake", "validate", "run"):
        code, out, _ = command(capsys, verb, "--workspace", workspace.root, "--month", "2024-01", "--json")
        assert code == 1 and "99" in json.loads(out)["error"]


def test_init_tells_machines_what_it_made(tmp_path, capsys):
    code, out, _ = command(capsys, "init", tmp_path / "新", "--json")
    made = {entry["path"] for entry in json.loads(out)["made"]}
    assert code == 0 and {"workspace.toml", "panel.csv", "weights.csv"} <= made


def test_a_bundle_whose_manifest_was_rewritten_is_not_the_released_one(workspace, capsys):
    done = pipeline.run(workspace, "2024-01", "2024-03")
    manifest = done.path / "manifest.json"
    content = manifest.read_text(encoding="utf-8")
    done.path.chmod(0o755)
    manifest.chmod(0o644)
    manifest.write_text(content.replace('"reason": ""', '"reason": "x"'), encoding="utf-8")
    assert manifest.read_text(encoding="utf-8") != content
    code, out, _ = command(capsys, "verify", done.path, "--json")
    # the bulletins do not give that reason, and the ledger knows another manifest
    told = ["bulletin.zh.html", "bulletin.en.html", "manifest.json"]
    assert code == 1 and [p["file"] for p in json.loads(out)["problems"]] == told


def test_a_file_named_in_another_encoding_is_taken_in(workspace):
    # what a ZIP made on a Chinese Windows leaves on Linux
    name = os.fsdecode("甲店.csv".encode("gb18030"))
    (workspace.inbox / "2024-01" / name).write_text(HEADER + line("2024-01", 2), encoding="utf-8")
    assert pipeline.intake(workspace, "2024-01").totals["accepted"] == 3
    with Store.open(workspace.store) as store:
        assert "甲店.csv" in {r.file_name for r in store.receipts("2024-01")}
    reports = sx.read_submissions(workspace.inbox / "2024-01")
    assert "甲店.csv" in set(reports.files["file"])


def test_json_stays_json_on_a_console_without_chinese(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii", errors="backslashreplace"))
    result_json({"name": "水贝·中国珠宝指数"})
    sys.stdout.flush()
    assert json.loads(raw.getvalue()) == {"name": "水贝·中国珠宝指数"}
