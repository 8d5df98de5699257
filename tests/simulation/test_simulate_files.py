"""The workspace on disk: what enterprises send, readable by other programs, the same bytes each time."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from shuibei_index.errors import UsageError
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.simulation import simulate
from shuibei_index.workspace import Workspace

ENGLISH = {c.name for c in SUBMISSION}
CHINESE = {c.name_zh: c.name for c in SUBMISSION}
REQUIRED = {c.name for c in SUBMISSION if c.required}


def read_csv(path: Path) -> pd.DataFrame:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    return pd.DataFrame(rows[1:], columns=rows[0])


def read_xlsx(path: Path) -> pd.DataFrame:
    sheet = openpyxl.load_workbook(path).active
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    top = next(k for k, row in enumerate(rows) if "企业代码" in row)
    return pd.DataFrame(rows[top + 1 :], columns=rows[top], dtype=object)


def read(path: Path) -> pd.DataFrame:
    readers = {".csv": read_csv, ".xlsx": read_xlsx, ".parquet": lambda p: pq.read_table(p).to_pandas()}
    table = readers[path.suffix](path)
    return table.rename(columns=CHINESE)


def digest(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_same_seed_same_bytes(market, workspace, tmp_path):
    again = simulate(tmp_path / "ws", start="2023-11", end="2024-04", seed=11, firms=12, sampled=0.6, mistakes=0.1)
    assert digest(tmp_path / "ws") == digest(workspace)
    assert again.answer_key.equals(market.answer_key)


def test_the_workspace_opens(market, workspace):
    opened = Workspace.open(workspace)
    assert opened.settings.trial and opened.settings.base_period == "2023-11"
    assert set(opened.panel()["enterprise_id"]) == set(market.firms.ids[market.firms.in_panel])
    assert opened.weights()["year"].unique().tolist() == [2023, 2024]
    assert set(opened.weights()["price_period"]) == {"2023"}
    assert len(opened.metal_prices()) == 6 * 4
    assert opened.inbox_months() == list(market.periods)
    truth = pd.read_csv(workspace / "truth.csv", dtype={"class_code": str})
    assert truth.columns.tolist() == ["period", "class_code", "component", "target", "index"]
    # the text of a float says all of it
    assert truth.equals(market.truth.astype(truth.dtypes.to_dict()))
    readme = (workspace / "README.txt").read_text(encoding="utf-8")
    assert "--seed 11" in readme and "sampled = 0.6" in readme and str(workspace.parent) not in readme


def test_weights_are_the_turnover_of_the_whole_market(market):
    lines = market.records.to_pandas()
    toll = lines["class_code"] == "91"
    counted = (lines["trade_type"] == "sale") & ~toll | (lines["trade_type"] == "toll") & toll
    lines = lines[counted & lines["period"].astype(str).str.startswith("2023")]
    turnover = lines.groupby(lines["class_code"].astype(str))["amount_fen"].sum() / 100
    for year in (2023, 2024):
        found = market.weights[market.weights["year"] == year].set_index("class_code")["weight"]
        assert found.to_dict() == turnover.to_dict()


def test_every_format_is_readable_and_says_the_same(workspace, market):
    truth = market.records.to_pandas()
    key = market.answer_key
    wrong = set(zip(key["enterprise_id"], key["period"], key["line_no"], strict=True))
    truth = truth.set_index([truth[c].astype(str) for c in ("enterprise_id", "period")] + [truth["line_no"]])
    kinds = set()
    for path in sorted((workspace / "inbox").rglob("*.*")):
        enterprise, period = path.stem.split("_")
        table = read(path)
        assert set(table.columns) <= ENGLISH and set(table.columns) >= REQUIRED
        kinds.add(path.suffix)
        for row in table.to_dict("records"):
            line = int(row["line_no"])
            if (enterprise, period, line) in wrong:
                continue
            assert (row["enterprise_id"], row["period"]) == (enterprise, period)
            amount = float(str(row["amount"]).replace(",", ""))
            unit = 1_000_000 if row.get("amount_unit") in ("wan", "万元") else 100
            assert round(amount * unit) == truth.loc[(enterprise, period, line), "amount_reported_fen"]
            assert abs(amount * unit - round(amount * unit)) < 1e-3
    assert kinds == {".csv", ".xlsx", ".parquet"}


def test_habits_of_enterprises(tmp_path):
    made = simulate(tmp_path / "ws", start="2016-04", end="2016-05", seed=21, firms=45, sampled=1.0, mistakes=0.0)
    files = sorted((tmp_path / "ws" / "inbox").rglob("*.*"))
    tables = {p: read(p) for p in files}
    words = pd.concat([t.astype(object) for t in tables.values()], ignore_index=True)
    assert {"克", "g", "kg", "mg", "ct"} <= set(words["weight_unit"]) and {"分", "fen"} & set(words["weight_unit"])
    assert {"含税", "不含税", "incl", "excl"} <= set(words["tax_basis"])
    assert {"万元", "wan", "元"} <= set(words["amount_unit"])
    assert {"销售", "sale", "来料加工"} <= set(words["trade_type"])
    early = words[words["period"] == "2016-04"]["fineness"]
    late = words[words["period"] == "2016-05"]["fineness"]
    assert "千足金" in set(early) and "千足金" not in set(late) and "足金999" in set(late)
    raw = [p.read_bytes() for p in files if p.suffix == ".csv"]
    assert any(b.startswith(b"\xef\xbb\xbf") for b in raw)
    assert any(not _is_utf8(b) for b in raw)
    assert words["pieces"].astype(str).str.contains("[０-９]").any()
    assert words["amount"].astype(str).str.contains(",").any()
    books = [openpyxl.load_workbook(p) for p in files if p.suffix == ".xlsx"]
    assert len({b.active.title for b in books}) > 1
    assert any("企业代码" not in [c.value for c in b.active[1]] for b in books)
    assert all(c.data_type != "f" for b in books for row in b.active.iter_rows() for c in row)
    # the same way every month
    per_firm: dict[str, set[str]] = {}
    for path, table in tables.items():
        per_firm.setdefault(path.stem[:4], set()).add(path.suffix + ",".join(sorted(set(table["tax_basis"]))))
    assert all(len(ways) == 1 for ways in per_firm.values())
    assert len(made.answer_key) == 0


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def test_late_and_missing_files(tmp_path):
    made = simulate(
        tmp_path / "ws", start="2024-01", end="2024-04", seed=5, firms=30, late=0.3, response=0.8, formats=("csv",)
    )
    places = {p.stem: p.parent.name for p in (tmp_path / "ws" / "inbox").rglob("*.csv")}
    late = {stem for stem, folder in places.items() if folder != stem.split("_")[1]}
    assert 0.15 < len(late) / len(places) < 0.35
    assert all(places[stem] > stem.split("_")[1] for stem in late)
    assert not any(stem.endswith("2024-04") for stem in late)
    alive = (
        made.firms.in_panel[:, None]
        & (made.firms.since[:, None] <= np.arange(4))
        & (made.firms.until[:, None] > np.arange(4))
    )
    assert 0.65 < len(places) / alive.sum() < 0.92


def test_nothing_is_overwritten(workspace):
    with pytest.raises(UsageError, match="not an empty folder"):
        simulate(workspace, start="2024-01", end="2024-01", seed=1, firms=3)


def test_one_format_only(tmp_path):
    simulate(tmp_path / "ws", start="2024-01", end="2024-01", seed=1, firms=9, formats=("parquet",))
    assert {p.suffix for p in (tmp_path / "ws" / "inbox").rglob("*.*")} == {".parquet"}
