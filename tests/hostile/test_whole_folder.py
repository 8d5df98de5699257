"""All hostile files in one inbox, through the command: every file accounted for, the good ones used, twice the same."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from shuibei_index.cli import main
from shuibei_index.intake.source import sent_name
from tests.hostile import make_places
from tests.hostile.kinds import Kind
from tests.hostile.test_hostile import FAMILIES

MONTH = "2025-06"
_HEAD = "企业代码,报告期,行号,规格品编码,分类代码,重量,重量单位,成色,金额,含税标志\n"
#: Families whose files take seconds: they are read in a test of their own.
_SLOW = ("text bombs", "workbook bombs")


def _kinds(outside: Path) -> Iterator[tuple[str, Kind]]:
    # Names matter only where the name is what is odd; elsewhere a number keeps two of one name apart.
    for family, make in FAMILIES.items():
        for number, kind in enumerate(make()):
            if family not in _SLOW:
                yield (kind.name if family == "names" else f"{family[:3]}{number:03d}-{kind.name}"), kind
    for kind in make_places.places(outside):
        yield kind.name, kind


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A workspace with all of them in one inbox, taken in twice."""
    root = tmp_path_factory.mktemp("folder")
    outside, inbox = root / "outside", root / "ws" / "inbox" / MONTH
    outside.mkdir()
    inbox.mkdir(parents=True)
    (outside / "secret.csv").write_text(make_places.SECRET, encoding="utf-8")
    (root / "ws" / "workspace.toml").write_text(f'base_period = "{MONTH}"\ntrial = true\n', encoding="utf-8")
    (root / "ws" / "panel.csv").write_text("enterprise_id,name\nG1,甲\nG2,乙\nG3,丙\n", encoding="utf-8")
    laid = dict(_kinds(outside))
    for name, kind in laid.items():
        if callable(kind.content):
            kind.content(inbox / name)
        else:
            (inbox / name).write_bytes(kind.content)
    for number, name in enumerate(("000-first.csv", "mmm-middle.csv", "zzz-last.csv"), 1):
        line = f"G{number},{MONTH},1,R-1,01010101,10,克,足金999,{7815 + number}.50,含税\n"
        (inbox / name).write_text(_HEAD + line, encoding="utf-8")
    codes, told, stores = [], [], []
    for _ in range(2):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            codes.append(main(["intake", "--workspace", str(root / "ws"), "--month", MONTH, "--json"]))
        told.append(json.loads(said.getvalue()))
        stores.append(_store(root / "ws"))
    work = root / "ws" / "work" / MONTH
    tables = {p.stem: pd.read_csv(p, dtype=str, keep_default_na=False) for p in sorted(work.glob("*.csv"))}
    yield {"root": root, "laid": laid, "codes": codes, "told": told, "stores": stores, **tables}
    shutil.rmtree(root)


def _store(workspace: Path) -> dict[str, Any]:
    with contextlib.closing(sqlite3.connect(workspace / "store" / "ledger.sqlite")) as ledger:
        names = [n for (n,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        held: dict[str, Any] = {n: ledger.execute(f"SELECT * FROM {n} ORDER BY 1").fetchall() for n in names}
    for folder in ("store/objects", "work"):
        held[folder] = {p.name: p.read_bytes() for p in sorted((workspace / folder).rglob("*")) if p.is_file()}
    return held


@pytest.mark.slow
def test_the_command_ends_well_and_a_second_time_changes_nothing(taken) -> None:
    assert taken["codes"] == [0, 0]
    assert taken["told"][0] == taken["told"][1]
    assert taken["stores"][0] == taken["stores"][1]


@pytest.mark.slow
def test_every_file_is_accounted_for(taken) -> None:
    receipts, findings, put_aside = (
        # the apostrophe that keeps a name from being a formula is the table's
        taken[name].assign(file=taken[name]["file"].str.removeprefix("'"))
        for name in ("receipts", "findings", "quarantine")
    )
    told = {*receipts["file"], *findings["file"]}
    places = {kind.name for kind in make_places.places(taken["root"])}
    for name, kind in taken["laid"].items():
        shown = sent_name(Path(name))
        assert shown in told, name
        if kind.outcome == "rejected" and name not in places:
            # of two files with the same bytes, the first has the receipt and the other a finding that names it
            copy = findings.loc[findings["file"].eq(shown), "rule"].eq("same_content").any()
            assert put_aside["file"].eq(shown).any() or copy, name
    for table, columns in (
        ("quarantine", ["message_zh", "message_en", "reason"]),
        ("findings", ["message_zh", "message_en"]),
    ):
        for column in columns:
            assert (taken[table][column].str.len() > 5).all(), (table, column)


@pytest.mark.slow
def test_the_good_files_are_used(taken) -> None:
    firms = {row["enterprise_id"]: row for row in taken["told"][0]["by_enterprise"]}
    assert [firms[f"G{n}"]["accepted"] for n in (1, 2, 3)] == [1, 1, 1]
    good = taken["receipts"].set_index("file").loc[["000-first.csv", "mmm-middle.csv", "zzz-last.csv"]]
    assert good["outcome"].tolist() == ["read"] * 3 and good["rows"].tolist() == ["1"] * 3


@pytest.mark.slow
def test_nothing_outside_was_read_or_written(taken) -> None:
    outside = taken["root"] / "outside"
    assert {p.name: p.read_text(encoding="utf-8") for p in outside.iterdir()} == {"secret.csv": make_places.SECRET}
    assert sorted(p.name for p in taken["root"].iterdir()) == ["outside", "ws"]
    assert sorted(p.name for p in (taken["root"] / "ws").iterdir()) == [
        "inbox",
        "panel.csv",
        "store",
        "work",
        "workspace.toml",
    ]
    for content in taken["stores"][0]["store/objects"].values():
        assert make_places.SECRET.encode() not in content
