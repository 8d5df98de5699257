"""Replacements decided by people: in the store, in every compilation, in the release, and out again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuibei_index import pipeline
from shuibei_index.cli import main
from shuibei_index.errors import UsageError
from shuibei_index.index.replacing import linked
from shuibei_index.pipeline.replacement_decisions import list_replacements, read_sheet, replace, withdraw
from shuibei_index.pipeline.replacing import Request
from shuibei_index.simulation import simulate
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

MONTHS = [f"2024-{k:02d}" for k in range(1, 10)]
LAST = MONTHS[-1]
#: Of this market: left in the last month, with the next version of the article in its place since 2024-06.
FIRM, OLD, NEW, CODE = "E007", "AU-00000", "AU-00001", "01010304"


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small market, taken in and compiled."""
    folder = tmp_path_factory.mktemp("replacing") / "ws"
    simulate(folder, start=MONTHS[0], end=LAST, seed=4, firms=8)
    workspace = Workspace.open(folder)
    for month in MONTHS:
        pipeline.intake(workspace, month)
    assert main(["compile", "--workspace", str(folder), "--month", LAST]) == 0
    return folder


@pytest.fixture
def workspace(taken: Path, tmp_path: Path) -> Workspace:
    """Return a copy to decide in."""
    shutil.copytree(taken, tmp_path / "ws")
    return Workspace.open(tmp_path / "ws")


def asked(method: str = "direct", **other: object) -> Request:
    """Return the replacement of the market's item."""
    values = {"enterprise_id": FIRM, "item_id": OLD, "by_item_id": NEW, "method": method, "reason": "new code"}
    return Request(**{**values, **other})  # type: ignore[arg-type]


def index(workspace: Workspace, month: str = LAST) -> np.ndarray:
    """Return the index of all classes and months."""
    return pipeline.compile_(workspace, month).index


def test_a_replacement_enters_the_index_and_goes_again(workspace: Workspace) -> None:
    before = index(workspace)
    done = replace(workspace, LAST, [asked()], person="王敏", at="2024-10-08")
    (row,) = done.decisions.to_dict("records")
    assert (row["method"], row["in_force"], row["person"], row["class_code"]) == ("direct", True, "王敏", CODE)
    series = pipeline.compile_(workspace, LAST)
    (found,) = linked(series).to_dict("records")
    assert (found["status"], found["since"], found["reference_period"]) == ("linked", "2024-06", "2024-05")
    k, t = series.codes.index(CODE), series.months.index("2024-06")
    assert np.array_equal(series.index[:t, k] / series.index[0, k], before[:t, k] / before[0, k], equal_nan=True)
    change = 100 * (series.index[t, k] / series.index[t - 1, k] - before[t, k] / before[t - 1, k])
    # left to itself the old item's metal would have been carried with the benchmark: not quite "without the pair"
    assert found["effect_class_pp"] == pytest.approx(change, rel=0.05) and abs(change) > 0.01
    total = done.totals.set_index("class_code")
    assert total.loc[CODE, "effect"] == pytest.approx(series.index[-1, k] - before[-1, k])
    # months before the decision are compiled as ever
    assert np.array_equal(index(workspace, MONTHS[-2]), index_without(workspace, MONTHS[-2]), equal_nan=True)
    withdraw(workspace, LAST, FIRM, OLD, person="李强", reason="other article")
    assert np.array_equal(index(workspace), before, equal_nan=True)
    assert list_replacements(workspace)["in_force"].tolist() == [False, False]
    assert pd.read_csv(workspace.work(LAST) / "linked.csv").empty


def index_without(workspace: Workspace, month: str) -> np.ndarray:
    """Return the index of a month compiled from the records alone."""
    from shuibei_index.index import compile_index

    settings = workspace.settings
    with Store.open(workspace.store) as store:
        from shuibei_index.frozen import Frozen

        frozen = Frozen.of(workspace, store, month)
    return compile_index(
        pipeline.prices(workspace, month), frozen.trees, rules=frozen.rules, weights=frozen.weights,
        base_period=settings.base_period, link_month=settings.link_month, panel_firms=frozen.panel,
        metal_prices=frozen.metal_prices, tax_basis=settings.tax_basis, replicates=0,
    ).index  # fmt: skip


@pytest.mark.parametrize("method", ["class_mean", "hedonic"])
def test_what_moves_by_itself_leaves_the_index(workspace: Workspace, method: str) -> None:
    before = index(workspace)
    done = replace(workspace, LAST, [asked(method)], person="王敏")
    # the class has too few items for a model: it says so and moves with the class
    assert done.decisions["method"].tolist() == ["class_mean"] and done.decisions["asked"].tolist() == [method]
    assert ("the model was not used" in done.decisions["note_en"].iloc[0]) == (method == "hedonic")
    assert np.array_equal(index(workspace), before, equal_nan=True)
    assert done.effects["status"].tolist() == ["by_itself"]


def test_a_refused_model_stays_beside_the_method_used(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["replace", "--workspace", str(workspace.root)]
    item = ["--enterprise", FIRM, "--item", OLD, "--by-item", NEW, "--method", "hedonic"]
    assert main([*command, "--month", LAST, *item, "--by", "王敏", "--reason", "craft"]) == 0
    said = "".join(capsys.readouterr())
    for shown in (said, _after(command, capsys)):
        assert "类均值 class_mean" in shown and "特征模型 hedonic" in shown
        assert "特征模型未采用" in shown and "the model was not used" in shown
    log = pd.read_csv(workspace.work(LAST) / "linked.csv")
    assert log[["asked", "method"]].to_numpy().tolist() == [["hedonic", "class_mean"]]
    assert "特征模型未采用" in log["note_zh"].iloc[0] and "the model was not used" in log["note_en"].iloc[0]


def _after(command: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return what --list prints."""
    assert main([*command, "--list"]) == 0
    return "".join(capsys.readouterr())


def test_a_trial_decides_nothing(workspace: Workspace) -> None:
    kept = (workspace.store / "ledger.sqlite").read_bytes()
    tried = replace(workspace, LAST, [asked("factor", factor=1.2)], person="王敏", record=False)
    assert (workspace.store / "ledger.sqlite").read_bytes() == kept and tried.files == ()
    assert not (workspace.work(LAST) / "linked.csv").exists()
    done = replace(workspace, LAST, [asked("factor", factor=1.2)], person="王敏")
    assert tried.effects.to_dict("records") == done.effects.drop(columns="basis").to_dict("records")
    assert tried.decisions.to_dict("records") == done.decisions.to_dict("records")


def test_a_release_holds_its_replacements_and_verifies(workspace: Workspace) -> None:
    replace(workspace, LAST, [asked("factor", factor=1.3)], person="王敏", at="2024-10-08")
    made = pipeline.release(workspace, LAST)
    bundle = workspace.releases / LAST
    assert "replacements" in made.release.about.digests
    verified = pipeline.verify(bundle)
    assert verified.ok and verified.again is not None and verified.differences.empty
    # what is decided afterwards is no part of it
    withdraw(workspace, LAST, FIRM, OLD, person="李强", reason="other article")
    verified = pipeline.verify(bundle)
    assert verified.ok and verified.differences.empty
    for data in made.release.files.values():
        assert OLD.encode() not in data
    # records need not be taken in again because of an item
    assert pipeline.explain(workspace, LAST, CODE).facts["class_code"] == CODE


def test_old_releases_know_of_no_replacement(workspace: Workspace) -> None:
    made = pipeline.release(workspace, MONTHS[-2])
    assert "replacements" not in made.release.about.digests
    replace(workspace, LAST, [asked()], person="王敏")
    assert pipeline.verify(workspace.releases / MONTHS[-2]).ok


@pytest.mark.parametrize(
    ("request_", "en", "zh"),
    [
        (asked(enterprise_id="E999"), "no accepted record of an enterprise 'E999'", "没有企业"),
        (asked(item_id="AU-0000X"), "has no item 'AU-0000X' in the index", "没有规格品"),
        (asked(by_item_id="CS-00301"), "is not in the class of AU-00000", "不属于同一分类"),
        (asked(class_code="0203"), "is not in the class of AU-00000", "不属于同一分类"),
        (asked(item_id=NEW, by_item_id=OLD), "is still selling", "仍在销售"),
        (asked("overlap"), "never priced in one month", "没有同月价格"),
        (asked("guess"), "unknown replacement method 'guess'", "没有替换方法"),
        (asked("factor"), "needs --factor above 0", "大于 0"),
        (asked("factor", factor=0.0), "needs --factor above 0", "大于 0"),
        (asked("factor", factor=-1.0), "needs --factor above 0", "大于 0"),
        (asked("direct", factor=1.1), "takes no factor", "不带系数"),
        (asked(reason=" "), "give the reason", "理由"),
    ],
)
def test_what_cannot_be_decided(taken: Path, request_: Request, en: str, zh: str) -> None:
    with pytest.raises(UsageError, match=en) as raised:
        replace(Workspace.open(taken), LAST, [request_], person="王敏")
    assert zh in raised.value.zh
    assert list_replacements(Workspace.open(taken)).empty


def test_twice_and_both_beside_each_other(workspace: Workspace) -> None:
    replace(workspace, LAST, [asked()], person="王敏")
    with pytest.raises(UsageError, match="is replaced already"):
        replace(workspace, LAST, [asked("class_mean")], person="王敏")
    with pytest.raises(UsageError, match="no replacement of 'X'"):
        withdraw(workspace, LAST, FIRM, "X", person="王敏", reason="wrong")
    with pytest.raises(UsageError, match="say who"):
        withdraw(workspace, LAST, FIRM, OLD, person="", reason="wrong")
    # AU-00200 of E001 was still sold in the month its successor came
    beside = Request("E001", "AU-00200", "AU-01301", "direct", reason="same article")
    with pytest.raises(UsageError, match="use --method overlap") as raised:
        replace(workspace, LAST, [beside], person="王敏")
    assert "同月价格" in raised.value.zh
    before = index(workspace)
    done = replace(workspace, LAST, [Request("E001", "AU-00200", "AU-01301", "overlap", reason="r")], person="王敏")
    assert done.decisions["method"].tolist() == ["overlap"]
    assert np.array_equal(index(workspace), before, equal_nan=True)


def test_the_sheet_is_filled_in_and_taken_whole(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    path = workspace.work(LAST) / "replacements.csv"
    sheet = pd.read_csv(path, dtype=str, keep_default_na=False)
    chosen = sheet["status"].eq("replaced") & sheet["linked_by"].eq("class_mean") & sheet["n_candidates"].eq("1")
    sheet.loc[chosen, ["decide", "method", "reason"]] = ["是", "direct", "同款换号"]
    sheet.to_csv(path, index=False)
    # compiled once more, the answers are still there
    command = ["--workspace", str(workspace.root), "--month", LAST]
    assert main(["compile", *command]) == 0
    assert len(read_sheet(path)) == int(chosen.sum()) >= 3
    capsys.readouterr()
    assert main(["replace", *command, "--from-file", str(path), "--by", "王敏", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["decisions"]) == int(chosen.sum()) and {r["method"] for r in told["decisions"]} == {"direct"}
    assert {r["status"] for r in told["linked"]} == {"linked"}
    assert any(abs(r["effect"]) > 0 for r in told["effect"])
    log = pd.read_csv(workspace.work(LAST) / "linked.csv")
    assert set(log["basis"]) == {"人工决定 decision"} and len(log) == int(chosen.sum())
    assert (workspace.work(LAST) / "linked.csv").stat().st_mode & 0o777 == 0o600
    # what is replaced is due no more
    assert main(["compile", *command]) == 0
    left = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert not set(left["item_id"] + left["enterprise_id"]) & set(
        sheet.loc[chosen, "item_id"] + sheet.loc[chosen, "enterprise_id"]
    )
    sheet.loc[chosen, "decide"] = "maybe"
    sheet.to_csv(path, index=False)
    assert main(["replace", *command, "--from-file", str(path), "--by", "王敏"]) == 2
    assert "'maybe' is neither yes nor no" in capsys.readouterr().err


def test_the_command_says_what_it_did(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["replace", "--workspace", str(workspace.root)]
    item = ["--enterprise", FIRM, "--item", OLD]
    more = ["--by-item", NEW, "--method", "factor", "--factor", "1.25", "--by", "王敏", "--reason", "craft"]
    assert main([*command, "--month", LAST, *item, *more]) == 0
    out, err = capsys.readouterr()
    assert "质量系数 factor" in out and "1.2500" in out and NEW in out
    assert "对总指数" in err and "headline" in err and "linked.csv" in err
    assert main([*command, "--list"]) == 0
    out, err = capsys.readouterr()
    assert OLD in out and "是 yes" in out and "1 replacement in force" in err
    assert main([*command, "--month", LAST, "--withdraw", *item, "--by", "李强", "--reason", "wrong"]) == 0
    out, err = capsys.readouterr()
    # a withdrawal has no text of its own
    assert "否 no" in out and "nan" not in out + err and "已撤销" in err and "withdrawn" in err
    assert list_replacements(workspace)[["asked", "note_zh", "note_en"]].notna().all(axis=None)
    assert main([*command, *item]) == 2
    assert "--month" in capsys.readouterr().err
    assert main([*command, "--month", LAST, "--enterprise", FIRM]) == 2
    assert "--item, --by-item" in capsys.readouterr().err


def test_by_rule_the_only_candidate_takes_over(workspace: Workspace) -> None:
    before = index(workspace)
    settings = workspace.root / "workspace.toml"
    settings.write_text('methodology = "own"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8")
    own = workspace.root / "own" / "rules"
    own.mkdir(parents=True, exist_ok=True)
    (own / "own.toml").write_text(
        '[forced_replacement]\ntitle = "t"\ntitle_zh = "t"\nunit = "propose or link"\n'
        'used_by = "shuibei_index.index.replacing.forced:links_by_rule"\n'
        '[[forced_replacement.values]]\nfrom = 2005-01-01\nvalue = "link"\ndecision = "0263"\n'
        '[replacement_method]\ntitle = "t"\ntitle_zh = "t"\nunit = "method name by class code"\n'
        'used_by = "shuibei_index.index.replacing.links:method_of"\n'
        '[[replacement_method.values]]\nfrom = 2005-01-01\nvalue = { 0101 = "direct", other = "class_mean" }\n'
        'decision = "0263"\n',
        encoding="utf-8",
    )
    workspace = Workspace.open(workspace.root)
    assert main(["compile", "--workspace", str(workspace.root), "--month", LAST]) == 0
    log = pd.read_csv(workspace.work(LAST) / "linked.csv")
    assert set(log["basis"]) == {"规则 rule forced_replacement"} and (OLD in set(log["item_id"]))
    gold = log["class_code"].astype(str).str.zfill(8).str.startswith("0101") & log["status"].eq("linked")
    assert set(log.loc[gold, "method"]) == {"direct"}
    assert not np.array_equal(index(workspace), before, equal_nan=True)
