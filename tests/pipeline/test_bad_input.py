"""The issue's bad inputs, through the whole line: each named by file and cell in plain words; the run goes on."""

import csv
import io

import pandas as pd
import pytest
import xlsxwriter

from shuibei_index import pipeline
from shuibei_index.errors import WorkspaceError
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.workspace import Workspace

MONTH = "2024-01"
GOOD = {
    "enterprise_id": "E1", "period": MONTH, "item_id": "R-1", "class_code": "01010101", "weight": "10",
    "weight_unit": "克", "fineness": "足金999", "amount": "5150.00", "tax_basis": "含税", "metal_price": "500",
    "making_charge": "15.5", "charge_basis": "克工费",
}  # fmt: skip
ZH = {c.name: c.name_zh for c in SUBMISSION}


def rows(*changes):
    # 10 g × (500 × 0.999 + 15.5) = 5150.00
    return [GOOD | {"line_no": str(n + 1)} | change for n, change in enumerate(changes)]


def table(records, header=ZH):
    text = io.StringIO()
    names = list(dict.fromkeys(k for r in records for k in r))
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([header.get(n, n) for n in names])
    writer.writerows([r.get(n, "") for n in names] for r in records)
    return text.getvalue()


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "inbox" / MONTH).mkdir(parents=True)
    (tmp_path / "workspace.toml").write_text('base_period = "2024-01"\ntrial = true\n')
    (tmp_path / "panel.csv").write_text("enterprise_id,name\n" + "".join(f"E{n},企业{n}\n" for n in range(1, 8)))
    return Workspace.open(tmp_path)


def send(workspace, name, data):
    (workspace.inbox / MONTH / name).write_bytes(data.encode() if isinstance(data, str) else data)


def take(workspace):
    done = pipeline.intake(workspace, MONTH)
    found = pd.read_csv(workspace.work(MONTH) / "findings.csv", dtype=str).fillna("")
    assert (found["message_zh"] != "").all() and (found["message_en"] != "").all()
    return done, found


def test_bad_files_are_named_and_the_good_one_is_used(workspace):
    send(workspace, "empty.csv", "")
    send(workspace, "photo.xlsx", b"\xff\xd8\xff\xe0" + b"\0" * 400)
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as made:
        made.add_worksheet("表1").write_row(0, 0, ["日期", "备注"])
    send(workspace, "columns.xlsx", book.getvalue())
    send(workspace, "good.csv", table(rows({})))
    done, found = take(workspace)
    assert done.totals == {"read": 1, "accepted": 1, "held": 0, "rejected": 0}
    rejected = found[found["severity"] == "reject"].set_index("file")
    assert {"empty.csv", "photo.xlsx", "columns.xlsx"} == set(rejected.index)
    assert "JPEG" in rejected.loc["photo.xlsx", "message_en"].upper().replace("JPG", "JPEG")
    assert "企业代码" in rejected.loc["columns.xlsx"].to_string()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-8", "utf-16"])
def test_encodings(workspace, encoding):
    send(workspace, "E1.csv", table(rows({"note": "珠宝"})).encode(encoding))
    done, _ = take(workspace)
    assert done.totals["accepted"] == 1


@pytest.mark.parametrize(
    ("change", "rule_severity", "in_message"),
    [
        ({"period": "2025-13"}, "reject", "2025-13"),
        ({"enterprise_id": "E99"}, "reject", "E99"),
        ({"weight_unit": "两", "weight": "0.2"}, "reject", "两"),
        ({"weight_unit": "钱", "weight": "2"}, "reject", "钱"),
        ({"class_code": "0109"}, "reject", "0109"),
        ({"amount": "-5150"}, "reject", "-5150"),
        ({"amount": "约5150"}, "reject", "约5150"),
        ({"amount": "51500000"}, "reject", "51500000"),
        ({"fineness": "18"}, "reject", "18"),
    ],
    ids=lambda v: next(iter(v.values())) if isinstance(v, dict) else "",
)
def test_bad_cells_name_file_and_cell_and_the_rest_goes_on(workspace, change, rule_severity, in_message):
    send(workspace, "E1.csv", table(rows({}, change)))
    done, found = take(workspace)
    assert done.totals["read"] == 2 and done.totals["accepted"] == 1
    told = found[found["severity"] == rule_severity]
    assert len(told) and set(told["file"]) == {"E1.csv"}
    assert told["cell"].str.contains("3").any(), "the third line of the file"
    text = told[["value", "message_zh", "message_en"]].to_string()
    assert in_message in text


def test_liang_with_a_system_is_used(workspace):
    send(workspace, "E1.csv", table(rows({"weight_unit": "两", "weight": "0.2", "unit_system": "metric"})))
    done, _ = take(workspace)
    assert done.totals["accepted"] == 1
    assert pipeline.validate(workspace, MONTH).accepted_table["weight_mg"].to_pylist() == [10_000]


def test_negative_weight_in_weights_csv_is_a_plain_error(workspace):
    send(workspace, "E1.csv", table(rows({})))
    (workspace.root / "weights.csv").write_text("year,class_code,weight,price_period\n2024,01010101,-1,\n")
    pipeline.intake(workspace, MONTH)
    with pytest.raises(WorkspaceError, match=r"weights\.csv, line 2: weight is '-1'; expected a number that is not"):
        pipeline.compile_(workspace, MONTH)


def test_formulas_in_texts_are_disarmed_in_the_teams_files(workspace):
    send(workspace, "E1.csv", table(rows({"class_code": '=HYPERLINK("x")'})))
    _, found = take(workspace)
    raw = (workspace.work(MONTH) / "findings.csv").read_text()
    assert "'=HYPERLINK" in raw or "\"'=HYPERLINK" in raw
    assert not found["value"].str.startswith("=").any()
