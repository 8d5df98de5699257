"""The whole line on a simulated market: what goes in comes out, accounted for."""

import numpy as np
import pandas as pd
import pytest

import shuibei_index as sx
from shuibei_index import pipeline
from shuibei_index.errors import ReleaseError, WorkspaceError
from shuibei_index.simulation import simulate
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

from .conftest import CLEAN, content

MONTHS = ("2021-01", "2024-02")


def test_release_is_whole_and_verifies(done):
    release = sx.read_release(done.releases / "2024-02")
    assert release.verify().ok
    verified = pipeline.verify(done.releases / "2024-02")
    assert verified.ok and verified.again is not None and verified.differences.empty
    names = set(release.files)
    assert {"manifest.json", "indices.csv", "contributions.csv", "links.csv", "quality.csv", "revisions.csv"} <= names
    assert {"datapackage.json", "indices.json", "bulletin.zh.html", "bulletin.en.html"} <= names
    assert {"NSA", "SA", "TREND"} == set(release.frame("indices")["adjustment"].astype(str))


def test_nothing_in_a_bundle_names_an_enterprise(done):
    panel = done.panel()
    for name, data in content(done.releases / "2024-02").items():
        for word in [*panel["enterprise_id"], *panel["name"]]:
            assert not word or word.encode() not in data, (name, word)


def test_contributions_add_up_to_the_headline(done):
    series = pipeline.compile_(done, "2024-02")
    indices = series.to_frame().astype({"period": str, "class_code": str})
    headline = indices.query("class_code == '00' and component == 'total'").set_index("period")["index"]
    change = {"mom": headline.pct_change() * 100, "yoy": headline.pct_change(12) * 100}
    parts = series.contributions_frame().astype({"period": str, "measure": str})
    # the classes of a level, and their components: both add up
    for rows in (parts[parts["component"] == "total"], parts[parts["component"] != "total"]):
        sums = rows.groupby(["measure", "period", "level"])["points_pp"].sum(min_count=1)
        assert len(sums) == 5 * (37 + 26)
        for measure, of in sums.groupby("measure"):
            expected = change[str(measure)].reindex(of.index.get_level_values("period"))
            np.testing.assert_allclose(of, expected, rtol=0, atol=1e-9)


def test_published_contributions_are_those_compiled_or_withheld(done):
    published = sx.read_release(done.releases / "2024-02").frame("contributions")
    keys = ["period", "class_code", "level", "component", "measure"]
    compiled = pipeline.compile_(done, "2024-02").contributions_frame()
    both = published.astype(dict.fromkeys(keys, str)).merge(compiled.astype(dict.fromkeys(keys, str)), on=keys)
    assert len(both) == len(published) == len(compiled)
    hidden = both["obs_conf"].eq("C")
    assert both.loc[hidden, "points_pp_x"].isna().all()
    shown = both[~hidden]
    np.testing.assert_allclose(shown["points_pp_x"], shown["points_pp_y"], rtol=0, atol=1e-9)


def test_every_record_is_accounted_for(done):
    with Store.open(done.store) as store:
        for month in store.months():
            counts = store.month(month).counts
            assert counts["read"] == counts["accepted"] + counts["held"] + counts["rejected"] > 0
    findings = pd.read_csv(done.work("2023-05") / "findings.csv")
    assert findings["message_zh"].notna().all() and findings["message_en"].notna().all()
    assert (done.work("2023-05") / "findings.csv").stat().st_mode & 0o777 == 0o600
    assert done.work("2023-05").stat().st_mode & 0o777 == 0o700


def test_running_again_changes_nothing(done):
    before = content(done.releases)
    pipeline.run(done, *MONTHS)
    assert content(done.releases) == before


def test_month_by_month_gives_the_same_index_as_the_range(short_workspace, short_done):
    months = short_workspace.inbox_months()
    for month in months:
        pipeline.intake(short_workspace, month)
    one, other = pipeline.compile_(short_workspace, "2022-02"), pipeline.compile_(short_done, "2022-02")
    np.testing.assert_array_equal(one.index, other.index)
    again = pipeline.intake(short_workspace, "2021-09")
    assert again.totals["read"] == again.totals["accepted"] + again.totals["held"] + again.totals["rejected"]
    np.testing.assert_array_equal(pipeline.compile_(short_workspace, "2022-02").index, other.index)


@pytest.mark.parametrize(
    ("end", "firms", "changes"),
    [("2021-02", 9, {}), ("2021-02", 9, {"churn": 1.0})],
    ids=["nothing absent", "entry, exit and absences"],
)
def test_noise_free_market_is_recovered(tmp_path, end, firms, changes):
    """Full response, no noise: the index and its components are the true ones, class by class, across links.

    Set pieces lose weight (drift 1); with churn, absent items of gold are carried by the benchmark.
    """
    market = simulate(tmp_path / "ws", start="2019-11", end=end, seed=5, firms=firms, **CLEAN | changes)
    workspace = Workspace.open(tmp_path / "ws")
    for month in workspace.inbox_months():
        pipeline.intake(workspace, month)
    found = pipeline.compile_(workspace, end).to_frame()[["period", "class_code", "component", "index"]]
    truth = market.truth.query("target == 'same_formula'")
    keys = ["period", "class_code", "component"]
    both = truth.merge(found, on=keys, how="outer", suffixes=("_true", ""), indicator=True)
    assert (both["_merge"] == "both").all()
    assert both["class_code"].nunique() > 40 and set(both["component"]) == {"total", "metal", "making", "stone"}
    if "churn" in changes:
        assert not market.goods.observed.all() and (np.diff(market.goods.observed.astype(int), axis=0) > 0).any()
    np.testing.assert_allclose(both["index"], both["index_true"], rtol=1e-9)


def test_late_file_revises_its_own_month_and_says_so(short_workspace):
    months = short_workspace.inbox_months()
    late = next(p for p in sorted((short_workspace.inbox / "2021-10").iterdir()) if "2021-10" in p.name)
    kept = late.read_bytes()
    late.unlink()
    for month in months[: months.index("2021-11")]:
        pipeline.intake(short_workspace, month)
    pipeline.release(short_workspace, "2021-10")
    before = pipeline.compile_(short_workspace, "2021-10").index
    (short_workspace.inbox / "2021-11" / late.name).write_bytes(kept)
    done = pipeline.intake(short_workspace, "2021-11")
    assert "late" in set(done.findings("2021-11")["rule"])
    assert (pipeline.compile_(short_workspace, "2021-10").index != before).any()
    with pytest.raises(ReleaseError, match="2021-10"):
        pipeline.release(short_workspace, "2021-10")
    revised = pipeline.release(short_workspace, "2021-10", revision="补报一户 / one late firm")
    assert revised.name == "2021-10-r1" and len(revised.release.frame("revisions"))
    assert pipeline.verify(short_workspace.releases / "2021-10").ok and pipeline.verify(revised.path).ok


def test_resubmission_replaces_by_receipt_order_and_both_are_kept(workspace):
    folder = workspace.inbox / "2023-05"
    first = pipeline.intake(workspace, "2023-05")
    source = next(p for p in sorted(folder.glob("*.csv")))
    raw = source.read_bytes()
    # a trailing comma-free change of bytes: the same records sent again in another file
    (folder / f"{source.stem}_v2.csv").write_bytes(raw + b"\n")
    second = pipeline.intake(workspace, "2023-05")
    replaced = second.totals["read"] - first.totals["read"]
    assert replaced > 0 and second.totals["accepted"] == first.totals["accepted"]
    assert second.totals["held"] >= first.totals["held"]
    with Store.open(workspace.store) as store:
        names = [r.file_name for r in store.receipts("2023-05")]
    assert source.name in names and f"{source.stem}_v2.csv" in names


def test_a_file_sent_again_as_it_was_first_is_the_last_word(workspace):
    """A, then B under the same name, then A again: A stands, and all three receipts are kept."""
    folder = workspace.inbox / "2023-05"
    path = next(p for p in sorted(folder.glob("*.csv")))
    first = pipeline.intake(workspace, "2023-05")
    a = path.read_bytes()
    lines = a.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    shorter = pipeline.intake(workspace, "2023-05")
    path.write_bytes(a)
    again = pipeline.intake(workspace, "2023-05")
    with Store.open(workspace.store) as store:
        mine = [r for r in store.receipts("2023-05") if r.file_name == path.name]
        accepted = store.objects.get_table(store.month("2023-05").accepted)
    assert len(mine) == 3 and mine[0].sha256 == mine[2].sha256
    assert shorter.totals["held"] > first.totals["held"] and again.totals["accepted"] == first.totals["accepted"]
    assert mine[2].seq in accepted["receipt"].to_pylist() and mine[1].seq not in accepted["receipt"].to_pylist()
    assert pipeline.intake(workspace, "2023-05").to_dict() == again.to_dict()


def test_month_without_files_is_a_plain_error(workspace):
    with pytest.raises(WorkspaceError, match="no folder inbox/2030-01") as error:
        pipeline.intake(workspace, "2030-01")
    assert "没有 inbox/2030-01" in error.value.zh
    with pytest.raises(WorkspaceError, match="nothing of 2024-02 has been taken in"):
        pipeline.compile_(workspace, "2024-02")


def test_tampering_is_found(done, tmp_path):
    import shutil

    copy = tmp_path / "2024-02"
    shutil.copytree(done.releases / "2024-02", copy)
    path = copy / "indices.csv"
    path.write_text(path.read_text().replace("2024-02,00", "2024-02,01", 1))
    verified = pipeline.verify(copy, done.root)
    assert not verified.ok and "indices.csv" in verified.text()


def test_last_months_file_sent_again_is_not_called_late_as_well(workspace):
    sent = sorted((workspace.inbox / "2021-01").iterdir())[0]
    pipeline.intake(workspace, "2021-01", received_at="2021-02-02T09:00")
    again = workspace.inbox / "2021-02" / sent.name
    again.write_bytes(sent.read_bytes())
    done = pipeline.intake(workspace, "2021-02", received_at="2021-03-20T09:00")
    found = done.findings("2021-02")
    of_it = set(found.loc[found["file"] == again.name, "rule"])
    assert "last_month_sent" in of_it and not of_it & {"late", "late_file"}
