"""Texts from outside reach every file we write as texts: no cell of a workbook or CSV is a formula, no tag is ours."""

from __future__ import annotations

import csv
import io
import re
import shutil
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from shuibei_index.cli import main
from shuibei_index.teamfiles import write_table
from tests.hostile import raw

#: What firms might send as a name, an item, a note, a file name or the name of a sheet.
EVIL = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1,1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "x\r=1+1",
    "＝1+1",
    "＋1",
    "－1+1",
    "＠SUM(1)",
    ' =HYPERLINK("http://127.0.0.1/","x")',
    "<script>alert(4711)</script>",
    '"><img src=x onerror=alert(4711)>',
    "' onmouseover='alert(4711)",
    "javascript:alert(4711)",
    "]]><x:y>&#60;b&#62;",
    "{value!r}{0.__class__}",
    "%s%n$(id)`id`",
)
MONTHS = ("2024-01", "2024-02")
#: A cell that begins so is taken for a formula by Excel, WPS or LibreOffice; the full-width ones by those set to
#: Chinese or Japanese.
RISKY = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
NUMBER = re.compile(r"[+-]?\d[\d,]*(\.\d+)?([eE][+-]?\d+)?%?")
_HEAD = ["企业代码", "报告期", "行号", "规格品编码", "分类代码", "重量", "重量单位", "成色", "金额", "含税标志", "备注"]


def _lines(firm: str, month: str, price: int) -> list[list[object]]:
    rows: list[list[object]] = []
    for n, evil in enumerate(EVIL, 1):
        amount = price * 10 * (100 if n % 5 == 0 else 1)
        rows.append([firm, month, n, evil, "01010101", 10, "克", "足金999", amount, "含税", EVIL[-n]])
    return [list(_HEAD), *rows, [EVIL[0], month, 99, "R", "01010101", 10, "克", EVIL[3], EVIL[1], EVIL[2], EVIL[12]]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace after every command that writes files has been run on evil texts."""
    root = tmp_path_factory.mktemp("evil") / "ws"
    root.mkdir()
    (root / "workspace.toml").write_text('base_period = "2024-01"\ntrial = true\n', encoding="utf-8")
    firms = [f"E{n:03d}" for n in range(1, len(EVIL) + 1)]
    sink = io.StringIO()
    csv.writer(sink).writerows([["enterprise_id", "name"], *zip(firms, EVIL, strict=True)])
    (root / "panel.csv").write_text(sink.getvalue(), encoding="utf-8")
    for step, month in enumerate(MONTHS):
        inbox = root / "inbox" / month
        inbox.mkdir(parents=True)
        for n, firm in enumerate(firms[:8]):
            rows = _lines(firm, month, 515 + n + step)
            if n % 2:
                book = raw.book(raw.sheet(raw.lines(rows)))
                title = re.sub(r"[:\\/?*\[\]\t\r\n]", "", EVIL[n])[:25]
                title = title.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
                book = raw.changed(book, "xl/workbook.xml", b'name="S1"', f'name="{title}"'.encode())
                (inbox / (EVIL[n + 8].replace("/", "|") + ".xlsx")).write_bytes(book)
            else:
                text = io.StringIO()
                csv.writer(text).writerows(rows)
                (inbox / (EVIL[n].replace("/", "|") + ".csv")).write_text(text.getvalue(), encoding="utf-8")
        (inbox / (EVIL[12].replace("/", "|") + ".exe")).write_bytes(b"MZ")
    place = ["--workspace", str(root), "--month", MONTHS[1]]
    for month in MONTHS:
        assert main(["intake", "--workspace", str(root), "--month", month, "--received-at", "2024-03-02"]) == 0
    assert main(["template", *place, "--all", "--format", "xlsx"]) == 0
    assert main(["template", *place, "--all", "--format", "csv", "--out", str(root / "forms")]) == 0
    assert main(["validate", *place, "--annotate"]) in (0, 3)
    assert main(["query", "export", *place]) == 0
    assert main(["status", *place, "--on", "2024-03-09", "--letters", "--scorecards"]) in (0, 3)
    shutil.rmtree(root / "inbox")
    return root


def _files(root: Path, suffix: str) -> list[Path]:
    found = sorted(p for p in root.rglob(f"*{suffix}") if p.name != "panel.csv")
    assert found, suffix
    return found


def test_every_kind_of_file_is_among_those_written(written: Path) -> None:
    names = " ".join(p.relative_to(written).as_posix() for p in written.rglob("*"))
    for part in (
        "findings.csv",
        "receipts.csv",
        "quarantine.csv",
        "response.csv",
        "templates/",
        "annotated/",
        "queries/",
    ):
        assert part in names
    for part in ("status.html", "status-firms.csv", "reminders/", "scorecards/"):
        assert part in names
    assert all(re.fullmatch(r"[\w.\-]+", p.name) for p in (written / "work").rglob("*") if "annotated" not in p.parts)


def test_no_cell_of_a_csv_begins_as_a_formula(written: Path) -> None:
    told = 0
    for path in _files(written, ".csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.reader(stream):
                for text in row:
                    told += "cmd|" in text
                    assert not RISKY.match(text) or NUMBER.fullmatch(text), (path.name, text)
    assert told > 10


def test_no_cell_of_a_workbook_from_outside_is_a_formula(written: Path) -> None:
    told = 0
    for path in _files(written, ".xlsx"):
        book = openpyxl.load_workbook(path)
        for sheet in book:
            for row in sheet.iter_rows():
                for cell in row:
                    told += isinstance(cell.value, str) and "cmd|" in cell.value
                    assert cell.data_type != "f", (path.name, sheet.title, cell.coordinate, cell.value)
                    assert cell.hyperlink is None or "127.0.0.1" not in str(cell.hyperlink.target)
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                assert "externalLink" not in name and not name.endswith(".bin")
                # lists to choose from and names are formulas of ours: nothing from outside stands in them
                for formula in re.findall(
                    r"<(?:formula\d?|definedName[^>]*)>([^<]*)<", archive.read(name).decode("utf-8", "replace")
                ):
                    assert "cmd|" not in formula and "4711" not in formula
    assert told > 10


class _Tags(HTMLParser):
    """Collects the tags of a page and what could run."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that no page of ours has."""
        if tag in ("script", "img", "iframe", "object", "embed", "x:y", "link", "base", "form"):
            self.wrong.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith(("javascript:", "http://127")):
                self.wrong.append(f"{tag} {name}")

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text.append(data)


def test_no_page_has_a_tag_from_outside(written: Path) -> None:
    told = ""
    for path in _files(written, ".html"):
        tags = _Tags()
        tags.feed(path.read_text(encoding="utf-8"))
        assert tags.wrong == [], (path.name, tags.wrong)
        told += "".join(tags.text)
    # the texts themselves are all there, as they were sent
    assert "<script>alert(4711)</script>" in told and '"><img src=x onerror=alert(4711)>' in told


def test_a_table_for_the_team_is_escaped_whatever_its_columns_are(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": list(EVIL), "kind": pd.Categorical(list(EVIL)), "number": range(len(EVIL))})
    path = write_table(tmp_path, "x.csv", frame.assign(short=-1.5, mixed=[-1, *EVIL[1:]]))
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    for row, evil in zip(rows, EVIL, strict=True):
        # a carriage return would end the line unquoted
        kept = evil.replace("\r", "\n")
        assert row[0] in (kept, "'" + kept) and row[1] == row[0] and row[3] == "-1.5"
        assert not RISKY.match(row[0])
