"""Two kinds of small workspaces: a simulated one with a missing and a late firm, and hand-made ones for scorecards."""

import csv
import shutil

import pytest

from shuibei_index.pipeline.taking_in import take_in
from shuibei_index.simulation import simulate
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

MONTH = "2024-04"
IN_TIME, TOO_LATE = "2024-05-02T09:00", "2024-05-08T10:30"


def settle(workspace, months, at=""):
    with Store.open(workspace.store) as store:
        take_in(workspace, store, months, at)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory):
    """8 firms, 4 months without mistakes; in the last, two firms' files are missing and one came after the deadline."""
    folder = tmp_path_factory.mktemp("response") / "ws"
    simulate(
        folder, start="2024-01", end=MONTH, seed=4, firms=8, mistakes=0.0, response=1.0, late=0.0, churn=0.0,
    )  # fmt: skip
    workspace = Workspace.open(folder)
    settle(workspace, workspace.inbox_months()[:-1])
    files = sorted((workspace.inbox / MONTH).iterdir())
    aside = folder.parent / "aside"
    aside.mkdir()
    held_back = [files[1], files[4], files[6]]
    for path in held_back:
        shutil.move(path, aside / path.name)
    settle(workspace, [MONTH], IN_TIME)
    shutil.move(aside / held_back[2].name, held_back[2])
    settle(workspace, [MONTH], TOO_LATE)
    missing = [path.name[:4] for path in held_back[:2]]
    return workspace, missing, held_back[2].name[:4]


@pytest.fixture
def hand_made(tmp_path):
    """Return a function that makes a workspace: firm → (making charge, grams), two months, one class.

    `fresh` are firms whose item is another one each month, `last` the charges of the last month.
    """

    def make(name, firms, months=("2024-01", "2024-02"), fresh=(), last=None):
        folder = tmp_path / name
        (folder / "workspace.toml").parent.mkdir(parents=True)
        (folder / "workspace.toml").write_text('base_period = "2024-01"\ntrial = true\n')
        names = "".join(f"{firm},企业{firm[1:]}\n" for firm in firms)
        (folder / "panel.csv").write_text("enterprise_id,name\n" + names, encoding="utf-8")
        for number, month in enumerate(months):
            inbox = folder / "inbox" / month
            inbox.mkdir(parents=True)
            for firm, (charge, grams) in firms.items():
                write_lines(
                    inbox / f"{firm}.csv", firm, month,
                    (last or {}).get(firm, charge * (1 + 0.05 * number)) if number else charge, grams,
                    500.0 + 10 * number, f"R-{number + 1 if firm in fresh else 1}",
                )  # fmt: skip
        workspace = Workspace.open(folder)
        settle(workspace, list(months))
        return workspace

    return make


def write_lines(path, firm, month, charge, grams, metal, item="R-1"):
    row = {
        "企业代码": firm, "报告期": month, "行号": "1", "规格品编码": item, "分类代码": "01010101",
        "重量": f"{grams:.2f}", "重量单位": "克", "成色": "足金999", "含税标志": "含税", "料价": f"{metal:.2f}",
        "工费": f"{charge:.2f}", "工费计价": "克工费",
        "金额": f"{grams * (metal * 0.999 + round(charge, 2)):.2f}",
    }  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row), lineterminator="\n")
        writer.writeheader()
        writer.writerow(row)
