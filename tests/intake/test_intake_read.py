from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shuibei_index.errors import ShuibeiIndexError, UsageError
from shuibei_index.intake.read import read_batches, read_submissions
from shuibei_index.intake.schema import FINDING_COLUMNS, REPORT, SUBMISSION


def plain(reports) -> pd.DataFrame:
    return reports.to_frame().drop(columns=["receipt", "file", "sheet", "row"]).astype(object)


def rules_of(reports) -> list[str]:
    return sorted(set(reports.findings["rule"]))


@pytest.mark.parametrize("chinese", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_every_encoding_and_language(read, make, chinese, encoding) -> None:
    records = [make.record(n, item_id=f"足金戒指-{n}") for n in (1, 2, 3)]
    text = make.csv(make.grid(records, chinese=chinese))
    reports = read(text.encode(encoding))
    assert reports.table.schema == REPORT
    assert reports.table.column("amount").to_pylist() == [9876.54] * 3
    assert reports.table.column("item_id").to_pylist() == ["足金戒指-1", "足金戒指-2", "足金戒指-3"]
    assert reports.table.column("weight_unit").to_pylist() == ["g"] * 3
    assert reports.table.column("row").to_pylist() == [2, 3, 4]
    assert rules_of(reports) == (["encoding"] if encoding in ("gb18030", "utf-16") else [])
    assert reports.files["rows"].tolist() == [3]


def test_three_formats_give_one_and_the_same_table(read, make) -> None:
    records = [make.record(n, deal_time="2025-06-03 14:30", stage="批发", tax_basis="incl") for n in (1, 2)]
    names = [*make.columns, "deal_time", "stage", "tax_basis"]
    rows = make.grid(records, columns=names)
    sink = io.BytesIO()
    frame = pd.DataFrame(records)[names]
    frame["deal_time"] = pd.to_datetime(frame["deal_time"])
    frame.to_parquet(sink)
    a = read(make.csv(rows), "a.csv")
    b = read(make.xlsx(("数据", rows)), "a.xlsx")
    c = read(sink.getvalue(), "a.parquet")
    pd.testing.assert_frame_equal(plain(a), plain(b))
    pd.testing.assert_frame_equal(plain(a), plain(c))
    assert a.table.column("deal_time").to_pylist() == [dt.datetime(2025, 6, 3, 14, 30)] * 2
    assert b.table.column("sheet").to_pylist() == ["数据"] * 2


@pytest.mark.parametrize(("separator", "noted"), [(",", []), (";", ["separator"]), ("\t", ["separator"])])
def test_separators(read, make, separator, noted) -> None:
    reports = read(make.csv(make.grid([make.record()]), separator), "a.tsv")
    assert len(reports) == 1
    assert rules_of(reports) == noted


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_line_ends(read, make, end) -> None:
    reports = read(make.csv(make.grid([make.record(1), make.record(2)])).replace("\r\n", end))
    assert reports.table.column("row").to_pylist() == [2, 3]
    assert rules_of(reports) == []


def test_lines_are_counted_through_quoted_line_breaks_and_blank_lines(read, make) -> None:
    rows = make.grid([make.record(n, item_id='"a\nb"' if n == 1 else "x") for n in (1, 2, 3)])
    lines = make.csv(rows).split("\r\n")
    text = "\r\n".join(['"说明\n两行"', "", *lines[:3], "", *lines[3:]])
    reports = read(text)
    # header on line 4; record 1 on lines 5-6, record 2 on 7, blank 8, record 3 on 9
    assert reports.table.column("row").to_pylist()[1:] == [7, 9]
    assert reports.table.column("row").to_pylist()[0] == 5


def test_header_any_order_spaces_case_and_units(read) -> None:
    text = "金额（元）, Line No ,规格品编码,分类代码,企 业 代 码,PERIOD\n1,2,a,010102,E1,2025-06\n"
    reports = read(text)
    assert reports.table.column("amount").to_pylist() == [1.0]
    assert reports.table.column("line_no").to_pylist() == [2]
    assert reports.table.column("enterprise_id").to_pylist() == ["E1"]


def test_amount_in_yuan_by_header_and_wan_by_cell_contradict(read, make) -> None:
    rows = make.grid(
        [make.record(1, amount_unit="万元"), make.record(2, amount_unit="元")], columns=[*make.columns, "amount_unit"]
    )
    rows[0][rows[0].index("金额")] = "金额(元)"
    reports = read(make.csv(rows))
    assert reports.findings["rule"].tolist() == ["unit_conflict"]
    assert reports.rejected_rows.tolist() == [0]
    rows[0][rows[0].index("金额(元)")] = "金额"
    rows[1][rows[0].index("金额")] = "5元"
    assert read(make.csv(rows)).findings["rule"].tolist() == ["normalised", "unit_conflict"]


def test_unknown_column_is_named_with_the_nearest(read, make) -> None:
    rows = make.grid([make.record()])
    rows[0].append("净金量")
    rows[1].append("5")
    finding = read(make.csv(rows)).findings.iloc[0]
    assert finding["rule"] == "unknown_column"
    assert finding["severity"] == "note"
    assert finding["cell"] == "J1"
    assert "净金重" in finding["message_zh"] and "net_weight" in finding["message_en"]


def test_bad_cells_become_null_and_are_named(read, make) -> None:
    rows = make.grid([make.record(1, amount="约500"), make.record("x"), make.record(3, pieces="1.5")])
    reports = read(make.xlsx(("S", rows)), "E001.xlsx")
    assert len(reports) == 3
    assert reports.table.column("amount").null_count == 1
    found = reports.findings.set_index("rule")
    assert found.loc["integer_expected", "cell"] == "件数 F4"
    assert set(found.loc["number_format", "cell"]) == {"金额 I2", "行号 C3"}
    assert set(found["severity"]) == {"reject"}
    first = reports.findings.iloc[0]
    assert (first["enterprise_id"], first["period"], first["line_no"]) == ("E001", "2025-06", 1)
    assert "约500" in first["message_zh"] and "金额" in first["message_zh"]
    assert reports.rejected_rows.tolist() == [0, 1, 2]


def test_totals_remarks_repeated_headers_and_blank_lines_are_no_records(read, make) -> None:
    rows = make.grid([make.record(1), make.record(2)])
    blank = [""] * len(rows[0])
    total = ["合 计：", *blank[1:-1], "19753.08"]
    remark = ["填表人：张三", *blank[1:]]
    reports = read(make.xlsx(("S", [rows[0], rows[1], blank, rows[0], rows[2], total, remark])), "a.xlsx")
    assert reports.table.column("row").to_pylist() == [2, 5]
    assert dict(zip(reports.findings["rule"], reports.findings["cell"], strict=True)) == {
        "repeated_header": "4:4",
        "totals_row": "6:6",
        "remark_row": "7:7",
    }
    assert set(reports.findings["severity"]) == {"note"}
    assert (reports.finding_rows == -1).all()


def test_ragged_rows_are_rejected_with_their_line(read, make) -> None:
    lines = make.csv(make.grid([make.record(n) for n in (1, 2, 3, 4)])).split("\r\n")
    lines[2] += ",surplus"
    lines[3] = ",".join(lines[3].split(",")[:-1])
    lines[4] += ",,"
    reports = read("\r\n".join(lines))
    assert len(reports) == 4
    assert reports.findings["cell"].tolist() == ["3:3", "4:4"]
    assert reports.rejected_rows.tolist() == [1, 2]


def test_codes_and_full_width_ids(read, make) -> None:
    records = [
        make.record(1, trade_type="来料加工", weight_unit=" CT ", enterprise_id="Ｅ００１"),
        make.record(2, trade_type="赠送", weight_unit="两"),
        make.record(3, trade_type="", weight_unit="①"),
    ]
    reports = read(make.csv(make.grid(records, columns=[*make.columns, "trade_type"])))
    assert reports.table.column("trade_type").to_pylist() == ["toll", "赠送", None]
    assert reports.table.column("weight_unit").to_pylist() == ["ct", "liang", "①"]
    assert reports.table.column("enterprise_id").to_pylist() == ["E001"] * 3
    assert rules_of(reports) == ["normalised"]


@pytest.mark.parametrize("hidden", ["E0\u200b01", "E001\u202e", "\ufeffE001x", "E0\u00ad01", "E0\x0801"])
def test_hidden_characters_in_ids_are_rejected(read, make, hidden) -> None:
    reports = read(make.csv(make.grid([make.record(enterprise_id=hidden)])))
    assert reports.findings["rule"].tolist() == ["hidden_characters"]
    assert reports.table.column("enterprise_id").null_count == 1


def test_injection_and_traversal_are_just_texts(read, make) -> None:
    reports = read(make.csv(make.grid([make.record(item_id="=cmd|' /C calc'!A0", enterprise_id="../../etc/passwd")])))
    assert reports.table.column("item_id").to_pylist() == ["=cmd|' /C calc'!A0"]
    assert reports.table.column("enterprise_id").to_pylist() == ["../../etc/passwd"]


def test_parquet_nan_is_empty_and_infinity_is_refused(read, make) -> None:
    frame = pd.DataFrame([make.record(1, weight=float("nan")), make.record(2, weight=float("inf"))])
    sink = io.BytesIO()
    frame.to_parquet(sink)
    reports = read(sink.getvalue(), "a.parquet")
    assert reports.table.column("weight").null_count == 2
    assert reports.rejected_rows.tolist() == [1]
    assert reports.findings["cell"].tolist() == ["重量 2"]


def test_parquet_text_numbers_dates_and_zones(read, make) -> None:
    table = pa.table(
        {
            "企业代码": pa.array(["E1"]).dictionary_encode(),
            "报告期": pa.array([dt.date(2025, 6, 1)]),
            "行号": pa.array([1.0]),
            "规格品编码": pa.array([1001]),
            "分类代码": pa.array(["010102"], pa.large_string()),
            "金额": pa.array(["1,234.5"]),
            "成交时间": pa.array([dt.datetime(2025, 6, 3, 6, 30)], pa.timestamp("ms", "UTC")),
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink)
    reports = read(sink.getvalue(), "a.parquet")
    row = reports.table.to_pylist()[0]
    assert (row["period"], row["line_no"], row["item_id"], row["amount"]) == ("2025-06", 1, "1001", 1234.5)
    assert row["deal_time"] == dt.datetime(2025, 6, 3, 14, 30)


def test_folder_order_receipts_bystanders_and_same_content(tmp_path: Path, make) -> None:
    for number, name in enumerate(["b.csv", "a.csv"], start=1):
        (tmp_path / name).write_text(make.csv(make.grid([make.record(number)])), encoding="utf-8")
    (tmp_path / "c.csv").write_bytes((tmp_path / "a.csv").read_bytes())
    for name in [".DS_Store", "~$b.xlsx"]:
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7")
    reports = read_submissions(tmp_path)
    outcome = dict(zip(reports.files["file"], reports.files["outcome"], strict=True))
    assert outcome == {
        ".DS_Store": "ignored",
        "a.csv": "ignored",
        "b.csv": "read",
        "c.csv": "read",
        "scan.pdf": "rejected",
        "~$b.xlsx": "ignored",
    }
    assert reports.table.column("receipt").to_pylist() == [3, 4]
    assert reports.table.column("line_no").to_pylist() == [1, 2]
    assert rules_of(reports) == ["bystander", "file_type", "same_content"]


def test_two_runs_give_the_same(tmp_path: Path, make) -> None:
    for n in range(6):
        rows = make.grid([make.record(1, enterprise_id=f"E{n}", amount="约5")])
        (tmp_path / f"{n}.csv").write_text(make.csv(rows), encoding="utf-8")
        (tmp_path / f"{n}.xlsx").write_bytes(make.xlsx(("S", rows)))
    a, b = read_submissions(tmp_path), read_submissions(tmp_path)
    assert a.table.equals(b.table)
    pd.testing.assert_frame_equal(a.findings, b.findings)
    assert a.table.column("receipt").to_pylist() == list(range(1, 13))


def test_batches_hold_the_same_records(tmp_path: Path, make) -> None:
    frame = pd.DataFrame([make.record(n) for n in range(1, 101)])
    frame.to_parquet(tmp_path / "a.parquet", row_group_size=30)
    (tmp_path / "b.csv").write_text(make.csv(make.grid([make.record(500)])), encoding="utf-8")
    (tmp_path / "c.jpg").write_bytes(b"\xff\xd8\xff")
    whole = read_submissions(tmp_path)
    batches = list(read_batches(tmp_path, records=50))
    assert [len(b) for b in batches] == [60, 41]
    together = pa.concat_tables([b.table for b in batches])
    assert together.to_pylist() == whole.table.to_pylist()
    assert sum(len(b.findings) for b in batches) == len(whole.findings)


def test_parquet_damaged_after_its_first_batch(tmp_path: Path, make) -> None:
    path = tmp_path / "a.parquet"
    frame = pd.DataFrame([make.record(n) for n in range(1, 101)])
    frame.to_parquet(path, row_group_size=50, compression=None)
    column = pq.ParquetFile(path).metadata.row_group(1).column(0)
    start = column.dictionary_page_offset or column.data_page_offset
    data = bytearray(path.read_bytes())
    data[start : start + 12] = b"\xff" * 12
    path.write_bytes(bytes(data))
    with pytest.raises(ShuibeiIndexError, match="damaged after some of its records"):
        list(read_batches(path, records=10))
    assert read_submissions(path).files["reason"].tolist() == ["parquet_damaged"]
    assert len(read_submissions(path)) == 0


def test_reports_look_up_cells_and_show_themselves(read, make) -> None:
    reports = read(make.xlsx(("S", make.grid([make.record(1, amount="x"), make.record(2)]))), "E<1>.xlsx")
    assert reports.cell("amount", 1, 3) == "金额 I3"
    assert reports.cells("weight", [0, 1]).to_pylist() == ["重量 G2", "重量 G3"]
    assert reports.cells("metal_price", [0]).to_pylist() == ["料价 2"]
    assert reports.summary().to_dict("records") == [
        {"rule": "number_format", "severity": "reject", "findings": 1, "files": 1}
    ]
    assert "1 个文件" in reports._repr_html_() and "<1>" not in reports._repr_html_()
    assert list(reports.findings.columns) == list(FINDING_COLUMNS)
    with pytest.raises(UsageError, match="did you mean 'amount'"):
        reports.cells("amout", [0])
    with pytest.raises(UsageError, match="no record on line 99"):
        reports.cell("amount", 1, 99)


def test_missing_path_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        read_submissions(tmp_path / "nothing")


def test_empty_folder_gives_empty_reports(tmp_path: Path) -> None:
    reports = read_submissions(tmp_path)
    assert len(reports) == 0
    assert reports.table.schema == REPORT
    assert len(reports.findings) == 0
    assert reports.summary().empty


def test_every_column_is_found_under_both_names(read) -> None:
    for names in ([c.name for c in SUBMISSION], [c.name_zh for c in SUBMISSION]):
        reports = read(",".join(names) + "\n" + ",".join(["1"] * len(names)) + "\n")
        assert sum(reports.table.column(c.name).null_count for c in SUBMISSION if c.name != "deal_time") == 0
