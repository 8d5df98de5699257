"""The compliance pack: what it counts, keeps to itself, does not claim, and that it follows the rules."""

import json
import re
import shutil
import stat

import pandas as pd
import pyarrow as pa
import pytest

import shuibei_index as sx
from shuibei_index.cli import compliance as command
from shuibei_index.compliance import compliance_pack, plan_method
from shuibei_index.compliance import judgements as register
from shuibei_index.compliance.answers import Answers
from shuibei_index.compliance.document import Code, Document, Grid, chosen
from shuibei_index.compliance.plan import compilation_plan
from shuibei_index.compliance.plan_rules import FILES
from shuibei_index.compliance.render import markdown, page, plain
from shuibei_index.errors import UsageError, WorkspaceError
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

from .conftest import COLLECTED, FIRMS, MONTH, SECRET

MARKET = (
    "scope,year,value,unit,source,stage\n00,2024,1,亿元,=HYPERLINK(1)<b>年报,wholesale\n"
    "01,2024,5000,万元,年报,\nregion:深圳,2024,0.5,亿元,年报,wholesale\n"
)


@pytest.fixture(scope="module")
def pack(market, tmp_path_factory):
    """The pack with market figures, written."""
    folder = tmp_path_factory.mktemp("pack")
    (folder / "market.csv").write_text(MARKET, encoding="utf-8")
    made = compliance_pack(market, MONTH, market=folder / "market.csv")
    made.write(folder / "out")
    return made, folder / "out"


def texts(folder):
    return {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in folder.rglob("*") if p.is_file()}


def test_the_share_is_accepted_turnover_over_the_market_figure(pack):
    rows = pack[0].coverage.rows.set_index("scope")
    assert rows.loc["00", "collected_cny"] == pytest.approx(COLLECTED, rel=1e-12)
    assert rows.loc["00", "share_pct"] == round(100 * COLLECTED / 1e8, 1)
    assert rows.loc["01", "share_pct"] == round(100 * COLLECTED / 5e7, 1)
    # 5 of 8 equal firms are in 深圳
    assert rows.loc["region:深圳", "collected_cny"] == pytest.approx(COLLECTED * 5 / 8, rel=1e-12)
    assert not rows.loc["region:深圳", "public"] and rows.loc["00", "public"]
    assert pack[0].coverage.years.to_numpy().tolist() == [["2024", 2, 8, 2]]


def test_without_market_figures_no_share_is_stated_and_what_is_missing_is(market):
    document = compliance_pack(market, MONTH).documents["coverage"]
    for lang, said, missing in (("zh", "不给出任何占比", "scope 00"), ("en", "no share is stated", "scope 00")):
        text = markdown(document, lang)
        assert said in text and missing in text and "%" not in text.replace("占比%", "")


def test_national_prices_are_claimed_only_by_people(copy):
    assert "is not claimed" in markdown(compliance_pack(copy, MONTH).documents["coverage"], "en")
    (copy.root / "compliance.toml").write_text('[representative]\nzh = "依据甲"\nby = "张三"\n', encoding="utf-8")
    made = compliance_pack(copy, MONTH)
    told = markdown(made.documents["coverage"], "en")
    assert "is not claimed" not in told and "依据甲" in told and "张三" not in told
    assert "张三" in markdown(made.documents["internal/coverage"], "zh")
    before = compliance_pack(Workspace.open(copy.root), MONTH).to_dict()["to_be_answered"]
    (copy.root / "compliance.toml").unlink()
    assert compliance_pack(copy, MONTH).to_dict()["to_be_answered"] == before + 1


def test_few_firms_are_withheld_in_public_and_told_inside(copy, tmp_path):
    panel = "enterprise_id,name,group\n" + "".join(
        f"{firm},,{'甲' if k < 6 else '乙'}\n" for k, firm in enumerate(FIRMS)
    )
    (copy.root / "panel.csv").write_text(panel, encoding="utf-8")
    (tmp_path / "market.csv").write_text(MARKET.rsplit("region", 1)[0], encoding="utf-8")
    made = compliance_pack(copy, MONTH, market=tmp_path / "market.csv")
    share = f"{100 * COLLECTED / 1e8:.1f}"
    assert "withheld" in markdown(made.documents["coverage"], "en")
    assert share not in markdown(made.documents["coverage"], "en")
    assert share in markdown(made.documents["internal/coverage"], "en")
    assert share not in markdown(made.documents["self_assessment"], "en")


def test_every_rule_is_in_the_plan_once_and_a_changed_rule_changes_the_text(pack, market, copy):
    plan, rules = pack[0].documents["plan"], market.rules()

    def first(title):
        grids = [b for b in plan.blocks if isinstance(b, Grid) and len(b.titles) >= 5 and title in b.titles]
        return sorted(row[0] for grid in grids for row in grid.rows)

    assert first(("现行值", "value in force")) == sorted(rules)
    assert first(("处理", "severity")) == sorted(market.checks())
    # every file a section names is one
    assert {name for names in FILES.values() for name in names} <= {rules[name].file for name in rules}
    (copy.root / "workspace.toml").write_text('methodology = "own"\ntrial = true\n', encoding="utf-8")
    (copy.root / "own" / "rules").mkdir(parents=True)
    (copy.root / "own" / "rules" / "own.toml").write_text(
        '[imputation_max_months]\ntitle = "Months <i>"\ntitle_zh = "月数 <i>"\nunit = "months"\n'
        'used_by = "shuibei_index.aggregate.panel:make_panel"\n[[imputation_max_months.values]]\nfrom = 2005-01-01\n'
        'value = 17\ndecision = "0004"\n',
        encoding="utf-8",
    )
    changed = compliance_pack(Workspace.open(copy.root), MONTH).documents["plan"]
    for lang, said in (("zh", "最长插补 17 个月"), ("en", "imputed for at most 17 months")):
        now, before = markdown(changed, lang), markdown(plan, lang)
        assert said in now and said not in before and "| `17` |" in now
        assert "<i>" not in page(changed, lang, "plan") and market.rules().digest not in now


def test_the_register_tells_the_team_who_and_the_public_how_often(pack):
    made, folder = pack
    assert made.judgements[["subject", "person", "judgement"]].to_numpy().tolist() == [
        ["E003 1 charge_edit", "王敏", True]
    ]
    assert pd.read_csv(folder / "judgements.csv", dtype=str).to_numpy().tolist() == [
        [MONTH, "record", "exclude", "yes", "1"]
    ]
    public = {name: text for name, text in texts(folder).items() if not name.startswith("internal/")}
    for name, text in public.items():
        assert not re.search(r"\bE00\d|王敏|朋友|企业00", text), name
    assert "王敏" in texts(folder)["internal/judgements.zh.html"]


def test_the_effect_is_that_of_the_last_state_that_had_the_doubt(copy, monkeypatch):
    doubt = {"enterprise_id": ["E003", "E003"], "period": [MONTH] * 2, "line_no": [1, 2], "rule": ["charge_edit"] * 2}
    with Store.open(copy.store) as store:
        with store.writer("test") as tx:
            tables = [tx.objects.put_table(pa.table({**doubt, "influence": [v, 9.0]})) for v in (0.25, -0.125, None)]
        monkeypatch.setattr(register, "_finding_tables", lambda store, months: tables)
        found = register.judgements(copy, store, MONTH, MONTH)
    assert found["effect_points"].tolist() == [-0.125]
    assert "-0.125" in page(register.register_page(copy.settings, MONTH, MONTH, found, internal=True), "zh", "x")


def test_nothing_becomes_markup_or_a_formula(pack):
    for name, text in texts(pack[1]).items():
        if name.endswith(".html"):
            assert "<script" not in text and "<b>" not in text and "http" not in text, name
        if name.endswith(".md"):
            assert not re.search(r"(?<!\\)<(script|b)", text), name
    assert "'=HYPERLINK(1)<b>年报" in texts(pack[1])["internal/coverage.csv"]
    hostile = Document(("a", "a"), ("b", "b"))
    hostile.table([("t", "t")], [["# x | *y* `z`\n<u>"], [Code("a`b|c")]])
    assert "| \\# x \\| \\*y\\* \\`z\\` \\<u\\> |\n| `` a`b\\|c `` |" in markdown(hostile, "zh")
    assert [plain(x) for x in ("1. a", "12.50", "- a", "-0.3", "=1", "---")] == [
        "1\\. a",
        "12.50",
        "\\- a",
        "-0.3",
        "\\=1",
        "\\---",
    ]
    assert SECRET not in page(pack[0].documents["internal/judgements"], "zh", "judgements")


def test_the_archive_has_every_object_until_three_years_after_the_release(pack, market):
    files = pack[0].archive.files
    with Store.open(market.store) as store:
        objects = {path.name.removesuffix(".parquet") for path in store.objects.files()}
    assert set(files.loc[files["kind"] != "ledger", "sha256"]) <= objects
    assert {"receipt", "month", "release", "frozen", "ledger"} == set(files["kind"]) and set(files["state"]) == {
        "intact"
    }
    # released on 2024-03-15 (a Friday) for February
    first = files[files["kind"].eq("month") & files["what"].str.contains("2024-01 采用")]
    assert first["keep_until"].tolist() == ["2027-03-15"]
    assert len(files[files["kind"] == "receipt"]) == 16
    assert all((market.root / place).is_file() for place in files["place"])


def test_lost_and_changed_files_are_named(copy):
    files = compliance_pack(copy, MONTH).archive.files
    receipts = files[files["kind"] == "receipt"]["place"].tolist()
    (copy.root / receipts[0]).unlink()
    (copy.root / receipts[1]).chmod(0o600)
    (copy.root / receipts[1]).write_bytes(b"other")
    made = compliance_pack(copy, MONTH)
    states = made.archive.files.set_index("place")["state"]
    assert (states[receipts[0]], states[receipts[1]], made.archive.broken) == ("missing", "changed", 2)
    assert receipts[0] in page(made.documents["internal/archive"], "zh", "archive")
    assert "2 missing or changed" in markdown(made.documents["self_assessment"], "en")


def test_the_form_is_marked_as_ours_and_asks_people_what_only_they_know(pack):
    made, _ = pack
    assert "不是任何机关的正式表格" in markdown(made.documents["self_assessment"], "zh")
    assert "not an official form" in markdown(made.documents["self_assessment"], "en")
    verified = next(i for i in made.items if chosen(i.asked, "en") == "all collected prices are verified")
    assert "32 accepted, 0 held, 0 rejected" in verified.evidence[1] and not verified.by_person
    assert next(i for i in made.items if chosen(i.asked, "en") == "internal-control department").by_person


def test_two_runs_write_the_same_and_inside_is_for_its_owner(pack, market, tmp_path):
    (tmp_path / "market.csv").write_text(MARKET, encoding="utf-8")
    compliance_pack(market, MONTH, market=tmp_path / "market.csv").write(tmp_path / "again")
    assert texts(tmp_path / "again") == texts(pack[1])
    inside = pack[1] / "internal"
    assert stat.S_IMODE(inside.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in inside.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("亿元,=", "吨,=", "line 2: unit is '吨'"),
        (",1,亿元", ",-1,亿元", "line 2: value is '-1'"),
        ("万元,年报", "万元,", "line 3: source is ''"),
        ("\n01,", "\n00,", "line 3: scope is '00'"),
        ("\n01,", "\n9,", "'9' is no class of the headline"),
        ("深圳", "深川", "no enterprise of panel.csv has the region '深川'"),
        ("scope,", "where,", "columns missing: scope"),
        ("\n01,2024", "\n01,2025", "nothing after 2024-02"),
    ],
)
def test_a_wrong_market_figure_is_refused_by_line(market, tmp_path, old, new, said):
    assert old in MARKET
    (tmp_path / "m.csv").write_text(MARKET.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UsageError, match=re.escape(said)):
        compliance_pack(market, MONTH, market=tmp_path / "m.csv")


def test_wrong_use_is_told(copy):
    with pytest.raises(WorkspaceError, match="nothing of 2024-03"):
        compliance_pack(copy, "2024-03")
    with pytest.raises(UsageError, match="lies after"):
        compliance_pack(copy, "2024-01", start="2024-02")
    (copy.root / "compliance.toml").write_text("[boddy]\nzh = 'x'\n", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="body"):
        compliance_pack(copy, MONTH)


def test_the_command_writes_and_says_what_is_missing(market, tmp_path, capsys):
    import argparse

    parser = argparse.ArgumentParser()
    command.arguments(parser)
    parser.add_argument("--json", action="store_true")
    given = ["--workspace", str(market.root), "--month", MONTH, "--out", str(tmp_path / "o")]
    assert command.run(parser.parse_args(given)) == 0
    assert "missing: a figure of the whole national trade" in capsys.readouterr().out
    assert command.run(parser.parse_args([*given, "--json"])) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["store_sound"] and len(told["files"]) == 33 and (tmp_path / "o" / "plan.en.html").is_file()
    with pytest.raises(UsageError, match="no place for firm-level papers"):
        command.run(parser.parse_args([*given[:-1], str(market.releases / "x")]))
    assert not (market.releases / "x").exists()


def plan_in_english(root):
    workspace = Workspace.open(root)
    return markdown(compilation_plan(workspace, MONTH, Answers.read(workspace.root)), "en")


def test_the_plan_shows_no_weight_the_release_withholds(market, tmp_path, monkeypatch):
    root = shutil.copytree(market.root, tmp_path / "ws")
    (root / "weights.csv").write_text("year,class_code,weight\n2024,01010101,61.5\n2024,01010201,38.5\n")
    monkeypatch.setattr(plan_method, "withheld_weights", lambda *_: {"01010101"})
    hidden = plan_in_english(root)
    assert "38.5" in hidden and "61.5" not in hidden and "61.50" not in hidden
    monkeypatch.undo()
    links = sx.read_release(root / "releases" / MONTH).frame("links")
    withheld = set(links.loc[links["obs_conf"].astype(str) == "C", "class_code"].astype(str))
    assert plan_method.withheld_weights(Workspace.open(root), MONTH, "2024") == withheld
    shutil.rmtree(root / "releases")
    assert plan_method.withheld_weights(Workspace.open(root), MONTH, "2024") is None
    assert "61.5" not in plan_in_english(root)
