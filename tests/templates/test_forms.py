"""Forms of a workspace, and the command that writes them."""

import json
import stat

import openpyxl
import pytest

from shuibei_index import forms, pipeline
from shuibei_index.cli import main
from shuibei_index.errors import UsageError
from shuibei_index.templates.words import FINDINGS, LAST, REPORT
from shuibei_index.workspace import Workspace


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("forms") / "ws"
    assert main(["simulate", str(root), "--from", "2025-04", "--to", "2025-05", "--seed", "3", "--firms", "4"]) == 0
    assert main(["intake", "--workspace", str(root), "--month", "2025-04"]) == 0
    return root


def call(capsys, *arguments):
    capsys.readouterr()
    code = main(list(arguments))
    out = capsys.readouterr()
    return code, out.out, out.err


def test_the_command_writes_a_firms_form_with_its_items(folder, capsys):
    panel = Workspace.open(folder).panel()
    firm = panel["enterprise_id"].iloc[0]
    place = ["--workspace", str(folder), "--month", "2025-05"]
    code, out, _ = call(capsys, "template", *place, "--enterprise", firm, "--json")
    told = json.loads(out)
    assert code == 0 and told["month"] == "2025-05" and told["files"][0]["items"] > 0
    path = folder / "work" / "2025-05" / "templates" / f"{firm}_2025-05.xlsx"
    assert path.is_file() and stat.S_IMODE(path.stat().st_mode) == 0o600
    book = openpyxl.load_workbook(path)
    assert book[REPORT]["A4"].value == firm and book[REPORT]["B4"].value == "2025-05"
    assert book[LAST]["C5"].value == "2025-04"


def test_all_firms_csv_and_another_folder(folder, capsys, tmp_path):
    workspace = Workspace.open(folder)
    place = ["--workspace", str(folder), "--month", "2025-05", "--format", "csv", "--out", str(tmp_path / "o")]
    code, out, err = call(capsys, "template", *place, "--all")
    assert code == 0 and "填报表 forms" in err and "企业 firm" in out
    active = forms._active(workspace.panel(), "2025-05")
    assert sorted(p.name for p in (tmp_path / "o").iterdir()) == sorted(f"{f}_2025-05.csv" for f in active.index)


def test_wrong_use_is_exit_2(folder, capsys):
    place = ["--workspace", str(folder), "--month", "2025-05"]
    with pytest.raises(SystemExit) as stop:
        main(["template", *place])
    assert stop.value.code == 2
    code, _, err = call(capsys, "template", *place, "--enterprise", "E9999")
    assert code == 2 and "不在样本企业名录" in err and "not in the panel" in err
    assert call(capsys, "template", "--workspace", str(folder), "--month", "2025-13", "--all")[0] == 2


def test_a_firm_is_asked_only_while_it_is_in_the_panel(folder):
    panel = Workspace.open(folder).panel()
    panel.loc[panel.index[0], ["joined", "left"]] = ["2025-04-15", "2025-04-30"]
    there = [set(forms._active(panel, month).index) for month in ("2025-03", "2025-04", "2025-05")]
    assert [panel["enterprise_id"].iloc[0] in active for active in there] == [False, True, False]


def test_two_firms_never_share_a_file(folder, tmp_path):
    import shutil

    root = tmp_path / "ws"
    shutil.copytree(folder, root)
    rows = "enterprise_id,name,group,joined,left,contact\nE/1,甲,,,,\nE?1,乙,,,,\n"
    (root / "panel.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(UsageError, match=r"same file E-1_2025-05\.xlsx"):
        forms.write_templates(Workspace.open(root), "2025-05")


def test_a_month_is_annotated_file_by_file(folder):
    workspace = Workspace.open(folder)
    (folder / "inbox" / "2025-05" / "坏.xlsx").write_bytes(b"PK\x03\x04")
    pipeline.intake(workspace, "2025-05")
    report = pipeline.validate(workspace, "2025-05")
    done = forms.annotate_month(workspace, "2025-05", report)
    assert len(done.files) == len(set(report.finding_receipts.tolist())) > 1
    assert int(done.files[["reject", "query", "note"]].to_numpy().sum()) == len(report.findings)
    for copy in done.files["copy"]:
        path = done.folder / copy
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 and FINDINGS in openpyxl.load_workbook(path).sheetnames
    assert done.to_dict()["files"][0]["copy"].endswith("_annotated.xlsx")
    # again: the same bytes
    before = {copy: (done.folder / copy).read_bytes() for copy in done.files["copy"]}
    forms.annotate_month(workspace, "2025-05", report)
    assert before == {copy: (done.folder / copy).read_bytes() for copy in before}
