"""A small market that is no trial: 8 firms, 2 gold classes, 3 months; taken in and reviewed once a session."""

import csv
import shutil

import pytest

from shuibei_index.pipeline.reviewing import review_month
from shuibei_index.pipeline.taking_in import take_in
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

MONTHS = ("2024-01", "2024-02", "2024-03")
MONTH = MONTHS[-1]
GOLD = (500.0, 510.0, 535.5)
CLASSES = {"01010101": 20.0, "01010201": 40.0}
FIRMS = [f"E{number:03d}" for number in range(1, 9)]


def write_lines(path, firm, month, metal, charges=CLASSES, grams=1000.0):
    """Write a firm's report: one line a class, charge in CNY per gram."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = None
        for line, (code, charge) in enumerate(charges.items(), start=1):
            row = {
                "企业代码": firm, "报告期": month, "行号": str(line), "规格品编码": f"R-{line}", "分类代码": code,
                "重量": f"{grams:.2f}", "重量单位": "克", "成色": "足金999", "含税标志": "含税", "料价": f"{metal:.2f}",
                "工费": f"{charge:.2f}", "工费计价": "克工费", "金额": f"{grams * (metal * 0.999 + charge):.2f}",
            }  # fmt: skip
            if writer is None:
                writer = csv.DictWriter(file, list(row), lineterminator="\n")
                writer.writeheader()
            writer.writerow(row)


def take(workspace, months):
    with Store.open(workspace.store) as store:
        take_in(workspace, store, list(months), "")


@pytest.fixture(scope="session")
def market(tmp_path_factory):
    """The workspace; not to be changed."""
    root = tmp_path_factory.mktemp("review") / "ws"
    (root / "reference").mkdir(parents=True)
    (root / "workspace.toml").write_text('base_period = "2024-01"\ntrial = false\n', encoding="utf-8")
    names = "".join(f"{firm},企业{firm[1:]}\n" for firm in FIRMS)
    (root / "panel.csv").write_text("enterprise_id,name\n" + names, encoding="utf-8")
    prices = "".join(f"{month},gold,{price},test\n" for month, price in zip(MONTHS, GOLD, strict=True))
    (root / "reference" / "metal_prices.csv").write_text("period,metal,cny_per_gram,source\n" + prices)
    for month, metal in zip(MONTHS, GOLD, strict=True):
        (root / "inbox" / month).mkdir(parents=True)
        for firm in FIRMS:
            write_lines(root / "inbox" / month / f"{firm}.csv", firm, month, metal)
    workspace = Workspace.open(root)
    take(workspace, MONTHS)
    return workspace


@pytest.fixture(scope="session")
def reviewed(market):
    """Its last month under review. It holds for every copy of the workspace too."""
    return review_month(market, MONTH)


@pytest.fixture
def copy(market, tmp_path):
    """A copy of the workspace to work on."""
    shutil.copytree(market.root, tmp_path / "ws")
    return Workspace.open(tmp_path / "ws")
