"""Stores to damage: one of every kind of row, made through the store itself."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from shuibei_index.checks import no_findings
from shuibei_index.store import Store

TABLE = pa.table({"enterprise_id": ["E1", "E2"], "amount_fen": [100, 200]})
DECISION = {
    "enterprise_id": "E1", "period": "2025-06", "line_no": 1, "record": "r" * 64, "rule": "identity",
    "action": "accept", "values": "{}", "person": "王敏", "decided_at": "2025-07-04", "basis": "identity",
    "reason": "属实",
}  # fmt: skip


def record_month(tx, month: str = "2025-06", table: pa.Table = TABLE, count: int = 1):
    return tx.record_month(
        month, accepted=table, held=table[:1], rejected=table[:0], findings=no_findings(), counts={"read": count},
        rules_digest="r", receipts=tx.receipts(month),
    )  # fmt: skip


def asked(*names: str) -> pd.DataFrame:
    rows = [(name, "E1", "2025-06", 1, name * 3, "identity", "{}") for name in names]
    columns = ["query", "enterprise_id", "period", "line_no", "record", "rule", "content"]
    return pd.DataFrame(rows, columns=columns).astype({"line_no": "Int64"})


@pytest.fixture(scope="session")
def full_once(tmp_path_factory) -> Path:
    """A folder like a workspace: inbox, a store with a row or more in every table, a release."""
    root = tmp_path_factory.mktemp("full") / "ws"
    inbox = root / "inbox" / "2025-06"
    inbox.mkdir(parents=True)
    (root / "workspace.toml").write_text("", encoding="utf-8")
    for name in ("a.csv", "b.csv"):
        (inbox / name).write_text(f"content of {name}\n" * 40, encoding="utf-8")
    (inbox / "c.csv").write_bytes((inbox / "b.csv").read_bytes())
    files = {"indices.csv": b"period,index\n2025-06,1001.25\n", "charts/total.svg": b"<svg/>"}
    files["manifest.json"] = b'{"files": []}'
    with Store.open(root / "store") as store:
        with store.writer("intake 2025-06") as tx:
            receipts, _ = tx.receive_folder(inbox, "2025-06")
            for receipt in receipts:
                tx.record_reading(receipt.seq, ["2025-06"], "read")
            record_month(tx)
            tx.register.settle("2025-06", asked("Q1", "Q2"))
        with store.writer("answers") as tx:
            tx.register.add_answer(("Q1", "confirm", "{}", "", "w", "王敏", "2025"))
            tx.register.add_decision(DECISION)
            signed = tx.objects.put_bytes(b'{"release":"2025-06"}')
            tx.register.add_sign_off(("2025-06", "2025-06", "sign", "王敏", "审核", "2025-07-09", "", signed, "[]"))
        with store.writer("release 2025-06") as tx:
            frozen = {"months": {"2025-06": store.month("2025-06").accepted}, "files": {}, "rules": {}, "trees": {}}
            tx.record_release("2025-06", tx.objects.put_bytes(files["manifest.json"]), frozen, files)
        store.rebuild_releases(root / "releases")
    return root


@pytest.fixture
def full(full_once: Path, tmp_path: Path) -> Path:
    """A copy of it to damage."""
    return Path(shutil.copytree(full_once, tmp_path / "ws"))


def by_hand(root: Path, *statements: str) -> None:
    """Change a ledger as another hand would: with SQLite alone, the triggers taken away and put back."""
    with closing(sqlite3.connect(root / "store" / "ledger.sqlite", isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
        for _, sql in triggers:
            connection.execute(sql)


def kinds(checked) -> set[tuple[str, str]]:
    """Return kind and name of every fault."""
    return {(fault.kind, fault.name) for fault in checked.faults}
