"""A small market, 8 firms, 2 classes, 2 months, released once a session; tests that harm it work on copies."""

import csv
import shutil

import pytest

from shuibei_index import pipeline
from shuibei_index.decisions import JUDGEMENT
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

MONTHS = ("2024-01", "2024-02")
MONTH = MONTHS[-1]
GOLD = {"2024-01": 500.0, "2024-02": 510.0}
CLASSES = {"01010101": 20.0, "01010201": 40.0}
FIRMS = [f"E{number:03d}" for number in range(1, 9)]
#: 8 firms of 1 kg a class a month at (gold · 0.999 + charge), in CNY.
COLLECTED = sum(round(1000.0 * (gold * 0.999 + charge), 2) for gold in GOLD.values() for charge in CLASSES.values()) * 8
SECRET = "<script>王敏的朋友</script>"


def report(path, firm, month):
    """Write a firm's report: one line a class."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([
            "企业代码", "报告期", "行号", "规格品编码", "分类代码", "重量", "重量单位", "成色", "含税标志", "料价",
            "工费", "工费计价", "金额",
        ])  # fmt: skip
        for line, (code, charge) in enumerate(CLASSES.items(), start=1):
            amount = 1000.0 * (GOLD[month] * 0.999 + charge)
            writer.writerow([
                firm, month, line, f"R-{line}", code, "1000", "克", "足金999", "含税", f"{GOLD[month]}", f"{charge}",
                "克工费", f"{amount:.2f}",
            ])  # fmt: skip


@pytest.fixture(scope="session")
def market(tmp_path_factory):
    """The workspace; not to be changed."""
    root = tmp_path_factory.mktemp("compliance") / "ws"
    (root / "reference").mkdir(parents=True)
    (root / "workspace.toml").write_text('base_period = "2024-01"\ntrial = true\n', encoding="utf-8")
    lines = [f"{firm},企业{firm[1:]},{'深圳' if k < 5 else '<b>番禺'}\n" for k, firm in enumerate(FIRMS)]
    (root / "panel.csv").write_text("enterprise_id,name,region\n" + "".join(lines), encoding="utf-8")
    prices = "".join(f"{month},gold,{price},test\n" for month, price in GOLD.items())
    (root / "reference" / "metal_prices.csv").write_text("period,metal,cny_per_gram,source\n" + prices)
    for month in MONTHS:
        (root / "inbox" / month).mkdir(parents=True)
        for firm in FIRMS:
            report(root / "inbox" / month / f"{firm}.csv", firm, month)
    workspace = Workspace.open(root)
    pipeline.run(workspace, *MONTHS)
    with Store.open(workspace.store) as store, store.writer("test") as tx:
        tx.register.add_decision({
            "enterprise_id": "E003", "period": MONTH, "line_no": 1, "record": "0" * 64, "rule": "charge_edit",
            "action": "exclude", "values": "", "person": "王敏", "decided_at": "2024-03-04T10:00", "basis": JUDGEMENT,
            "reason": SECRET,
        })  # fmt: skip
    return workspace


@pytest.fixture
def copy(market, tmp_path):
    """A copy of the workspace to work on."""
    shutil.copytree(market.root, tmp_path / "ws")
    return Workspace.open(tmp_path / "ws")
