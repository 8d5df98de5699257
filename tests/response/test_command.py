"""The verb: text and JSON, both languages, exit codes, files."""

import json

from shuibei_index.cli.main import main
from tests.response.conftest import MONTH


def test_text_and_files(simulated, tmp_path, capsys):
    root = str(simulated[0].root)
    code = main(["status", "--workspace", root, "--month", MONTH, "--on", "2024-05-10", "--letters", "--scorecards",
                 "--out", str(tmp_path / "o")])  # fmt: skip
    said = capsys.readouterr()
    assert code == 0
    assert "黄 amber" in said.out and "未报 missing" in said.out and "逾期 overdue" in said.out
    assert "回收率 response" in said.out and "had the same firms been missing before" in said.out
    names = {path.relative_to(tmp_path / "o").as_posix() for path in (tmp_path / "o").rglob("*") if path.is_file()}
    assert {"status.html", "status-firms.csv", "status-classes.csv", "reminders/reminders.csv"} <= names
    assert sum(name.startswith("scorecards/E") for name in names) == 6


def test_json_has_one_document_on_stdout(simulated, tmp_path, capsys):
    root = str(simulated[0].root)
    assert main(["status", "--workspace", root, "--month", MONTH, "--json", "--out", str(tmp_path / "o")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["light"] == "amber" and told["rates"]["response_count"] == 0.75
    assert len(told["files"]) == 3


def test_red_ends_with_3(simulated, tmp_path, capsys):
    root = str(simulated[0].root)
    assert main(["status", "--workspace", root, "--month", "2024-05", "--out", str(tmp_path / "o")]) == 3
    assert "红 red" in capsys.readouterr().out


def test_overview(simulated, capsys):
    root = str(simulated[0].root)
    assert main(["status", "--workspace", root]) == 0
    assert "2024-04" in capsys.readouterr().out
    assert main(["status", "--workspace", root, "--json"]) == 0
    assert [row["month"] for row in json.loads(capsys.readouterr().out)][-1] == MONTH


def test_wrong_use(simulated, capsys):
    root = str(simulated[0].root)
    assert main(["status", "--workspace", root, "--month", MONTH, "--letters"]) == 2
    assert main(["status", "--workspace", root, "--letters"]) == 2
    assert main(["status", "--workspace", root, "--month", MONTH, "--on", "6 May"]) == 2
    assert "日期" in capsys.readouterr().err


def test_a_base_without_data_leaves_the_status_and_stops_the_compilation(hand_made, tmp_path, capsys):
    workspace = hand_made("early", {f"E{n}": (10.0 + n, 100) for n in range(1, 6)}, months=("2024-02", "2024-03"))
    root, out = str(workspace.root), tmp_path / "o"
    settings = workspace.root / "workspace.toml"
    settings.write_text(settings.read_text().replace("2024-01", "2023-06"))
    common = ["--workspace", root, "--month", "2024-03"]
    code = main(["status", *common, "--on", "2024-05-10", "--letters", "--scorecards", "--out", str(out)])
    said = capsys.readouterr()
    assert code == 0
    assert "对指数的影响未知：基期 2023-06" in said.out and "the effect on the index is not known" in said.out
    assert "对指数的影响未知" in (out / "status.html").read_text(encoding="utf-8")
    assert len(list((out / "scorecards").glob("E*.html"))) == 5
    assert main(["compile", *common]) == 1
    chinese, english = capsys.readouterr().err.splitlines()[-2:]
    assert "基期 2023-06 不在已有数据的月份（2024-02 至 2024-03）之内" in chinese
    assert "base period 2023-06 lies outside the data (2024-02 to 2024-03)" in english
