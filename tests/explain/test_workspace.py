"""From a published number down to the lines in the store, by function and by command."""

from __future__ import annotations

import json

import pytest

from shuibei_index import pipeline
from shuibei_index.cli.main import main
from shuibei_index.errors import UsageError
from shuibei_index.explain.published import published_in, release_of
from shuibei_index.pipeline.explaining import Explainer
from shuibei_index.simulation import simulate
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

MONTHS = ("2024-01", "2024-02", "2024-03")


@pytest.fixture(scope="module")
def revised(tmp_path_factory):
    """Two months released; then a firm's record of the second is left out by decision."""
    folder = tmp_path_factory.mktemp("explain") / "ws"
    simulate(folder, start=MONTHS[0], end=MONTHS[-1], seed=3, firms=6)
    workspace = Workspace.open(folder)
    for month in MONTHS[:2]:
        pipeline.intake(workspace, month)
    pipeline.release(workspace, MONTHS[1])
    before = pipeline.explain(workspace, MONTHS[1])
    query = pipeline.list_queries(workspace, MONTHS[1])["query"].iloc[0]
    pipeline.decide(workspace, [query], "accept", reason="phoned", person="A", at="2024-03-02T10:00")
    pipeline.intake(workspace, MONTHS[1])
    return workspace, before


def test_revision_and_rounding_of_a_release(revised):
    workspace, before = revised
    lines = before.lines.set_index("cause")["points_pp"]
    assert before.facts["release"] == MONTHS[1] and lines["revision"] == pytest.approx(0.0, abs=1e-12)
    assert lines["rounding"] != 0.0
    after = pipeline.explain(workspace, MONTHS[1])
    lines = after.lines.set_index("cause")["points_pp"]
    # what is published stays; today's change is another
    assert after.facts["published_pct"] == before.facts["published_pct"]
    assert abs(lines["revision"]) > 1e-9
    assert lines["revision"] == pytest.approx(before.facts["change_pct"] - after.facts["change_pct"], abs=1e-9)
    assert lines.sum() == pytest.approx(before.facts["published_pct"], abs=1e-9)


def test_months_without_a_release_are_rounded_as_they_would_be(revised):
    workspace, _ = revised
    found = Explainer.open(workspace, MONTHS[1]).explain(MONTHS[1], component="making")
    assert found.lines["points_pp"].sum() == pytest.approx(found.facts["published_pct"], abs=1e-9)
    pipeline.intake(workspace, MONTHS[2])
    later = Explainer.open(workspace, MONTHS[2]).explain()
    assert later.facts["release"] == "" and later.facts["month"] == MONTHS[2]
    assert later.facts["published_pct"] == round(later.facts["change_pct"], 1)
    assert later.facts["revision_pp"] == 0.0 and "尚未发布" in later.text("zh")


def test_the_last_erratum_counts(tmp_path):
    for name in ("2024-02", "2024-02-r1", "2024-02-r10", "2024-02-r9", "2024-02-rx"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}", encoding="utf-8")
    (tmp_path / "2024-02-r11").mkdir()
    assert release_of(tmp_path, "2024-02").name == "2024-02-r10"
    assert release_of(tmp_path, "2024-03") is None


def test_a_month_inside_a_later_release_is_published(revised, tmp_path):
    workspace, _ = revised
    # made for two months at once: the first has no bundle of its own
    assert published_in(workspace.releases, MONTHS[0]).name == MONTHS[1]
    assert published_in(workspace.releases, "2023-12") is None and published_in(workspace.releases, MONTHS[2]) is None
    assert published_in(tmp_path, MONTHS[0]) is None
    assert Explainer.open(workspace, MONTHS[1])._release(MONTHS[0]).name == MONTHS[1]


def test_every_price_leads_to_its_lines_in_the_store(revised):
    workspace, _ = revised
    explainer = Explainer.open(workspace, MONTHS[1])
    items = explainer.explain(by="product").items
    item = items[(items["cause"] == "continuing") & (items["unsplit"] == 0.0)].iloc[0]
    found = explainer.explain(lines=f"{item['enterprise_id']}:{item['item_id']}")
    records = found.submissions.records
    assert set(records["period"]) == set(MONTHS[:2])
    for month, price in zip(MONTHS[:2], item[["price_before", "price"]], strict=True):
        mine = records[records["period"] == month]
        assert mine["amount_fen"].sum() / mine["quantity_milli"].sum() * 10 == pytest.approx(price)
    with Store.open(workspace.store) as store:
        for receipt, sha256, file in records[["receipt", "sha256", "file"]].itertuples(index=False):
            kept = next(r for r in store.receipts() if r.seq == receipt)
            assert (kept.sha256, kept.file_name) == (sha256, file) and store.objects.get_bytes(sha256)
    text = found.text("both")
    assert records["file"].iloc[0] in text and "回执 receipt" in text
    for lines, words in (("E999:nothing", "no accepted record"), ("E001", "FIRM:ITEM")):
        with pytest.raises(UsageError, match=words):
            explainer.explain(lines=lines)
    with pytest.raises(UsageError, match="public"):
        explainer.explain(lines="E001:x", public=True)


def test_findings_and_decisions_stand_with_the_lines(revised):
    workspace, _ = revised
    taken = pipeline.list_decisions(workspace).iloc[0]
    with Store.open(workspace.store) as store:
        table = store.objects.get_table(store.month(taken["period"]).accepted).to_pandas()
    mine = table[(table["enterprise_id"] == taken["enterprise_id"]) & (table["line_no"] == taken["line_no"])].iloc[0]
    explainer = Explainer.open(workspace, MONTHS[1])
    lines = f"{taken['enterprise_id']}:{mine['item_id']}"
    found = explainer.explain(taken["period"], lines=lines) if taken["period"] == MONTHS[1] else None
    behind = found.submissions
    assert taken["decision"] in behind.decisions["decision"].tolist()
    assert "phoned" in found.text("en")
    assert json.dumps(found.to_dict(), allow_nan=False)
    assert set(behind.findings["line_no"]) <= set(behind.records["line_no"])


def test_command(revised, capsys, tmp_path):
    workspace, before = revised
    common = ["explain", "--workspace", str(workspace.root), "--month", MONTHS[1]]
    assert main([*common, "--json", "--by", "enterprise"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert sum(r["points_pp"] for r in found["lines"]) == pytest.approx(before.facts["published_pct"], abs=1e-9)
    assert sum(r["points_pp"] for r in found["items"]) == pytest.approx(found["change_pct"], abs=1e-9)
    picture = tmp_path / "why.svg"
    assert main([*common, "--chart", str(picture), "--lang", "zh", "--public"]) == 0
    assert picture.is_file() and "企业" not in capsys.readouterr().out.split("报送企业")[0]
    # in a market of six firms the parts of the headline would tell of one of them
    assert main([*common, "--public", "--component", "metal"]) == 2
    assert "统计保密" in capsys.readouterr().err
    assert main([*common, "--public", "--by", "product"]) == 2
    assert "不对外公开" in capsys.readouterr().err
