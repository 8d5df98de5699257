"""Files that cannot be used: each is a finding that says why, and the good file beside it is read."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from shuibei_index.intake.read import read_submissions

JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(100)
CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def zipped(**parts: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return sink.getvalue()


def with_part(book: bytes, name: str, data: bytes) -> bytes:
    sink = io.BytesIO(book)
    with zipfile.ZipFile(sink, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return sink.getvalue()


def replaced(book: bytes, part: str, old: bytes, new: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data.replace(old, new, 1) if name == part else data)
    return sink.getvalue()


def parquet(frame: pd.DataFrame | pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame), sink)
    return sink.getvalue()


def bad_files(make) -> dict[str, tuple[str, bytes, str]]:
    rows = make.grid([make.record(1), make.record(2)])
    good_csv, good_xlsx = make.csv(rows).encode(), make.xlsx(("S", rows))
    frame = pd.DataFrame([make.record(1)])
    good_parquet = parquet(frame)
    missing = [[c for c in row if c not in ("金额", 9876.54)] for row in rows]
    doubled = [[*row, row[-1]] for row in rows]
    kilo = [[c if c != "重量" else "重量(千克)" for c in rows[0]], *rows[1:]]
    many = {f"xl/media/{n}.bin": b"" for n in range(600)}
    return {
        "empty csv": ("a.csv", b"", "file_empty"),
        "empty xlsx": ("a.xlsx", b"", "file_empty"),
        "empty parquet": ("a.parquet", b"", "file_empty"),
        "renamed jpg as xlsx": ("a.xlsx", JPG, "file_content"),
        "renamed jpg as csv": ("a.csv", JPG, "file_content"),
        "renamed jpg as parquet": ("a.parquet", JPG, "file_content"),
        "picture": ("a.jpg", JPG, "file_type"),
        "word": ("a.docx", good_xlsx, "file_type"),
        "macro workbook by name": ("a.xlsm", good_xlsx, "file_type"),
        "no extension": ("data", good_csv, "file_type"),
        "html as xlsx": ("a.xlsx", b"<html><table><tr><td>1</td></tr></table>", "file_content"),
        "html as csv": ("a.csv", b"\xef\xbb\xbf \n<!DOCTYPE html>", "file_content"),
        "csv as xlsx": ("a.xlsx", good_csv, "file_content"),
        "xlsx as csv": ("a.csv", good_xlsx, "file_content"),
        "old xls as xlsx": ("a.xlsx", CFB, "file_content"),
        "password": ("a.xlsx", CFB + "EncryptedPackage".encode("utf-16-le"), "file_encrypted"),
        "zip that is no workbook": ("a.xlsx", zipped(**{"a.txt": b"x"}), "file_content"),
        "truncated xlsx": ("a.xlsx", good_xlsx[: len(good_xlsx) // 2], "workbook_damaged"),
        "flipped bits": ("a.xlsx", flip(good_xlsx), "workbook_damaged"),
        "macros": ("a.xlsx", with_part(good_xlsx, "xl/vbaProject.bin", b"x"), "workbook_macros"),
        "path outside": ("a.xlsx", with_part(good_xlsx, "../../evil.txt", b"x"), "workbook_damaged"),
        "many parts": ("a.xlsx", zipped(**many, **{"xl/workbook.xml": b"<a/>"}), "workbook_too_large"),
        "zip bomb": ("a.xlsx", with_part(good_xlsx, "xl/big.xml", bytes(20_000_000)), "workbook_too_large"),
        "doctype": (
            "a.xlsx",
            replaced(good_xlsx, "xl/sharedStrings.xml", b"<sst", b'<!DOCTYPE x [<!ENTITY a "b">]><sst'),
            "workbook_damaged",
        ),
        "xlsx without amount": ("a.xlsx", make.xlsx(("S", missing)), "columns_missing"),
        "csv without amount": ("a.csv", make.csv(missing).encode(), "columns_missing"),
        "parquet without amount": ("a.parquet", parquet(frame.drop(columns="amount")), "columns_missing"),
        "xlsx of something else": ("a.xlsx", make.xlsx(("S", [["日期", "天气"], ["1", "晴"]])), "header_missing"),
        "empty workbook": ("a.xlsx", make.xlsx(("S", [])), "header_missing"),
        "header too far down": ("a.csv", b"x\r\n" * 30 + good_csv, "header_missing"),
        "doubled column": ("a.csv", make.csv(doubled).encode(), "header_duplicate"),
        "unit in the header": ("a.csv", make.csv(kilo).encode(), "header_unit"),
        "big5": (
            "a.csv",
            make.csv(rows).replace("企业", "企業").replace("报", "報").encode("big5", "replace"),
            "header_missing",
        ),
        "latin bytes": ("a.csv", good_csv + b"\xff\xff\xff", "encoding_unknown"),
        "nul byte": ("a.csv", good_csv + b"\0", "nul_byte"),
        "unclosed quote": ("a.csv", good_csv + b'"E001,2025-06', "csv_damaged"),
        "header only": ("a.csv", make.csv(rows[:1]).encode(), "no_records"),
        "truncated parquet": ("a.parquet", good_parquet[:-50], "parquet_damaged"),
        "broken footer": ("a.parquet", good_parquet[:-60] + bytes(56) + b"PAR1", "parquet_damaged"),
        "nested parquet": (
            "a.parquet",
            parquet(pa.Table.from_pandas(frame.assign(amount=[[1.0]]))),
            "column_type",
        ),
        "bool amount": ("a.parquet", parquet(frame.assign(amount=[True])), "column_type"),
    }


def flip(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    at = info.header_offset + 60
    return data[:at] + bytes(b ^ 0x55 for b in data[at : at + 40]) + data[at + 40 :]


def test_each_bad_file_is_named_and_the_others_are_read(tmp_path: Path, make) -> None:
    cases = bad_files(make)
    expected = {}
    for number, (_, (name, data, rule)) in enumerate(sorted(cases.items())):
        file = f"{number:02d}-{name}"
        (tmp_path / file).write_bytes(data)
        expected[file] = rule
    (tmp_path / "good.xlsx").write_bytes(make.xlsx(("S", make.grid([make.record(7)]))))
    reports = read_submissions(tmp_path)
    found = dict(zip(reports.files["file"], reports.files["reason"], strict=True))
    # Files that are byte for byte the same are one file; none of these is usable, so each is named on its own.
    assert {f: found[f] for f in expected} == expected
    assert found["good.xlsx"] == ""
    assert reports.table.column("line_no").to_pylist() == [7]
    assert (reports.finding_rows == -1).all()
    for column in ("message_zh", "message_en"):
        assert (reports.findings[column].str.len() > 5).all()
    severities = reports.findings.set_index("rule")["severity"].to_dict()
    assert {r: s for r, s in severities.items() if r in set(expected.values()) - {"no_records"}} == dict.fromkeys(
        set(expected.values()) - {"no_records"}, "reject"
    )


def test_each_bad_file_alone_has_its_message(tmp_path: Path, make) -> None:
    for case, (name, data, rule) in bad_files(make).items():
        (tmp_path / name).write_bytes(data)
        findings = read_submissions(tmp_path / name).findings
        assert rule in set(findings["rule"]), case
        assert (
            not findings[["message_zh", "message_en"]].apply(lambda t: t.str.contains("{", regex=False)).any(axis=None)
        )


def test_true_type_and_missing_columns_are_named(read, make) -> None:
    finding = read(b"<html></html>", "a.xlsx").findings.iloc[0]
    assert "HTML" in finding["message_zh"] and "HTML" in finding["message_en"]
    finding = read("企业代码,报告期,行号,规格品编码\n1,2,3,4\n").findings.iloc[0]
    assert "金额 amount" in finding["message_en"] and "分类代码 class_code" in finding["message_zh"]


def test_links_pipes_and_folders_are_refused(tmp_path: Path, make) -> None:
    target = tmp_path / "outside.csv"
    target.write_text(make.csv(make.grid([make.record()])), encoding="utf-8")
    inbox = tmp_path / "inbox"
    (inbox / "sub.csv").mkdir(parents=True)
    (inbox / "link.csv").symlink_to(target)
    os.mkfifo(inbox / "pipe.csv")
    reports = read_submissions(inbox)
    assert reports.files["reason"].tolist() == ["not_regular"] * 3
    assert len(reports) == 0


def test_file_that_grows_while_read(tmp_path: Path, make, monkeypatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text(make.csv(make.grid([make.record()])), encoding="utf-8")
    from shuibei_index.intake import read as module

    def slow(*args):
        with path.open("a") as stream:
            stream.write("more")
        return original(*args)

    original = module.read_delimited
    monkeypatch.setattr(module, "read_delimited", slow)
    reports = read_submissions(path)
    assert reports.files["reason"].tolist() == ["file_changed"]
    assert len(reports) == 0
