"""A late file for a month three releases ago: shown first; accepted, a new vintage; the old ones as they were."""

import contextlib
import csv
import io
import json
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import shuibei_index as sx
from shuibei_index import pipeline
from shuibei_index.cli.main import parser
from shuibei_index.errors import GateError, UsageError, WorkspaceError
from shuibei_index.pipeline.compiling import compile_frozen
from shuibei_index.pipeline.late_data import changed_months, changed_records, require_announced
from shuibei_index.pipeline.revising import accept_revision, preview_revision
from shuibei_index.rules import Rules
from shuibei_index.simulation import simulate
from shuibei_index.store import Store
from shuibei_index.vintages import read_vintages
from shuibei_index.workspace import Workspace

from .conftest import content

LATE, OLDER = "2024-10", "2024-09"
KEY = ("period", "class_code", "component", "adjustment")


def unadjusted():
    """An adjustment of nothing."""
    frame = pd.DataFrame({"period": [], "series": [], "adjustment": [], "value": []}).astype({"value": float})
    diagnostics = pd.DataFrame({"series": ["00"], "status": ["refused"], "reason_zh": ["短"], "reason_en": ["short"]})
    return SimpleNamespace(to_frame=lambda: frame, diagnostics=diagnostics, engine={})


def passed():
    """A month that passed: it was read and checked when it was taken in."""
    totals = dict.fromkeys(("read", "accepted", "held", "rejected"), 1)
    return SimpleNamespace(gates=[], totals=totals, counts=pd.DataFrame([totals]))


@pytest.fixture(scope="module")
def quick():
    """Releases without what is most of their time: adjustment, bulletins, disclosure, bands, reading again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shuibei_index.release.charts.draw", lambda facts, lang: {})
        patch.setattr("shuibei_index.release.bulletin.bulletin", lambda facts, lang, charts, mark: "")
        patch.setattr("shuibei_index.pipeline.publishing.compile_frozen", partial(compile_frozen, replicates=0))
        patch.setattr("shuibei_index.pipeline.publishing.validate", lambda workspace, month: passed())
        patch.setattr("shuibei_index.pipeline.publishing.adjust", lambda workspace, series: unadjusted())
        patch.setattr("shuibei_index.pipeline.publishing.protection_of", lambda *a, **k: (None, ""), raising=False)
        yield


@pytest.fixture(scope="module")
def market(quick, tmp_path_factory):
    """Four months and three releases; one firm's files of two months have not come."""
    home = tmp_path_factory.mktemp("late")
    simulate(home / "ws", start="2024-09", end="2024-12", seed=5, firms=3, mistakes=0.0, late=0.0)
    workspace = Workspace.open(home / "ws")
    files = {}
    for month in (OLDER, LATE):
        file = next(p for p in sorted((workspace.inbox / month).iterdir()) if month in p.name)
        files[month] = file.rename(home / f"late_{file.name}")
    pipeline.run(workspace, OLDER, LATE)
    for month in ("2024-11", "2024-12"):
        pipeline.run(workspace, month, month)
    return SimpleNamespace(workspace=workspace, files=files, home=home)


@pytest.fixture(scope="module")
def story(market):
    """Previews, then acceptance of the one within the window, then of the erratum; states in between."""
    ws = market.workspace
    told = SimpleNamespace(ws=ws, files=market.files)
    told.start = {name: content(ws.root / name) for name in ("store", "inbox", "releases")}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        words = ("--workspace", str(ws.root), "--month", OLDER, "--file", str(market.files[OLDER]))
        assert command("revise", *words) == 0
    told.shown = said.getvalue()
    told.older = json.loads((ws.work(OLDER) / "revise.json").read_text(encoding="utf-8"))
    told.preview = preview_revision(ws, LATE, file=market.files[LATE])
    told.previewed = {name: content(ws.root / name) for name in ("store", "inbox", "releases")}
    told.first = read_vintages(ws.root).series().first()
    told.accepted = accept_revision(ws, LATE, "一户补报 / late file of one firm", file=market.files[LATE])
    told.after = content(ws.releases)
    return told


def printed(files, name="indices.csv"):
    return list(csv.DictReader(io.StringIO(files[name].decode())))


def levels(files):
    return {tuple(r[k] for k in KEY): r["index"] for r in printed(files)}


def test_the_preview_writes_nothing_but_itself(story):
    assert story.previewed == story.start
    folder = story.ws.work(LATE)
    assert {p.name for p in folder.glob("revise*")} == {"revise.json", "revise_indices.csv", "revise_records.csv"}
    assert (folder / "revise_records.csv").stat().st_mode & 0o777 == 0o600
    assert json.loads((folder / "revise.json").read_text(encoding="utf-8")) == story.preview.to_dict()


def test_the_preview_says_which_months_and_how(story):
    assert story.preview.files == [story.files[LATE].name] and story.preview.released == "2024-12"
    months = story.preview.months.to_dict("records")
    assert [(m["period"], m["status"], m["revised_by"]) for m in months] == [(LATE, "provisional", "next_release")]
    assert months[0]["added"] == story.preview.counts["accepted"] == len(story.preview.records) > 0
    assert months[0]["replaced"] == months[0]["withdrawn"] == 0
    assert set(story.preview.records["period"]) == {LATE} and set(story.preview.records["change"]) == {"added"}
    assert not story.preview.erratum and story.preview.never_revised == 0
    # a month that was final before the last release
    assert story.older["erratum"] and [m["status"] for m in story.older["months"]] == ["final"]
    assert story.older["oldest_open"] == LATE
    text = story.shown
    assert "须公告勘误 erratum only" in text and "nothing was written" in text and "--accept --reason" in text


def test_what_was_shown_is_what_came(story):
    then, now = levels(sx.read_release(story.ws.releases / "2024-12").files), levels(story.accepted.release.files)
    every = [k for k in {*then, *now} if k[3] == "NSA" and then.get(k) != now.get(k)]
    changed = {k[:3]: (then.get(k, ""), now.get(k, "")) for k in every}
    shown = story.preview.indices
    shown = shown[shown["index_before"] != shown["index_after"]]
    assert (
        dict(
            zip(
                shown[list(KEY[:3])].itertuples(index=False, name=None),
                shown[["index_before", "index_after"]].itertuples(index=False, name=None),
                strict=True,
            )
        )
        == changed
    )
    assert (LATE, "00", "total") in changed


def test_a_new_vintage_with_new_provisional_values(story):
    made = story.accepted
    assert made.name == "2024-12-r1" and made.release.about.reason == "一户补报 / late file of one firm"
    # by default on the day announced for the next release: no vintage is older than the one it revises
    assert made.release.about.released_on == sx.read_release(story.ws.releases / "2024-12").about.next_release
    then = {tuple(r[k] for k in KEY): r for r in printed(sx.read_release(story.ws.releases / "2024-12").files)}
    now = {tuple(r[k] for k in KEY): r for r in printed(made.release.files)}
    key = (LATE, "00", "total", "NSA")
    assert then[key]["obs_status"] == now[key]["obs_status"] == "P" and then[key]["index"] != now[key]["index"]


def test_old_vintages_are_the_bytes_they_were(story):
    assert story.start["releases"] == {k: v for k, v in story.after.items() if not k.startswith("2024-12-r1/")}


def test_the_revisions_table_is_the_difference(story):
    then, now = levels(sx.read_release(story.ws.releases / "2024-12").files), levels(story.accepted.release.files)
    found = {tuple(r[k] for k in KEY): (r["previous"], r["current"]) for r in printed(story.accepted.release.files,
             "revisions.csv")}  # fmt: skip
    assert found == {k: (then.get(k, ""), now.get(k, "")) for k in {*then, *now} if then.get(k) != now.get(k)}
    told = read_vintages(story.ws.root).series().revisions()
    mine = told[told["vintage"] == "2024-12-r1"]
    assert {
        (p, "00", "total", "NSA"): (f"{a:.2f}", f"{b:.2f}")
        for p, a, b in zip(mine["period"], mine["previous"], mine["current"], strict=True)
    } == {k: v for k, v in found.items() if k[1:] == ("00", "total", "NSA")}


def test_never_revised_figures_stay(story):
    assert read_vintages(story.ws.root).series().first().equals(story.first)
    first = story.first.set_index("period")
    row = levels({"indices.csv": story.start["releases"]["2024-10/indices.csv"]})
    assert f"{first.loc[LATE, 'index']:.2f}" == row[(LATE, "00", "total", "NSA")]
    assert first.loc["2024-12", "vintage"] == "2024-12"


def test_the_bundle_carries_what_was_published_first(story):
    then = sx.read_release(story.ws.releases / "2024-12").frame("first_published")
    now = story.accepted.release.frame("first_published")
    assert now.merge(then).shape == then.shape and set(then["vintage"]) == {"2024-10", "2024-11", "2024-12"}
    # classes that only the late file brings start with it
    assert set(now["vintage"]) - set(then["vintage"]) <= {"2024-12-r1"}
    assert printed(story.accepted.release.files, "first_published.csv")[0]["vintage"] == "2024-10"
    path = f"{story.ws.releases}/2024-12-r1"
    assert not [p for p in pipeline.verify(path).report.problems if "first_published" in p.file]


def test_as_of_a_day_and_from_the_store_alone(story, tmp_path):
    vintages = read_vintages(story.ws.root)
    before, after = vintages.series().as_of("2025-01-31"), vintages.series().as_of("2025-02-17")
    assert set(before["vintage"]) == {"2024-12"} and set(after["vintage"]) == {"2024-12-r1"}
    np.testing.assert_array_equal(
        before["index"], sx.read_release(story.ws.releases / "2024-12").frame("indices")
        .query("class_code == '00' and component == 'total' and adjustment == 'NSA'")["index"],
    )  # fmt: skip
    kept = read_vintages(story.ws.store)
    assert kept.to_frame().equals(vintages.to_frame())
    assert kept.as_of("2025-01-31").equals(vintages.as_of("2025-01-31"))


def test_what_cannot_be_revised_is_said(story, tmp_path, monkeypatch):
    ws = story.ws
    with pytest.raises(UsageError, match="say why"):
        accept_revision(ws, LATE, " ")
    with pytest.raises(UsageError, match="2025-01 is not released yet"):
        preview_revision(ws, "2025-01")
    with pytest.raises(UsageError, match="lies before 2025-02-17"):
        accept_revision(ws, LATE, "x", released_on="2025-01-01")
    with monkeypatch.context() as patch, pytest.raises(WorkspaceError, match="there is nothing to revise") as error:
        # nothing new came
        patch.setattr("shuibei_index.pipeline.revising.take_in", lambda *a: SimpleNamespace(headline=lambda: ""))
        accept_revision(ws, LATE, "x")
    assert "无需修订" in error.value.zh
    with pytest.raises(UsageError, match="no such file"):
        preview_revision(ws, LATE, file=tmp_path / "none.xlsx")
    other = tmp_path / story.files[LATE].name
    other.write_bytes(b"another")
    with pytest.raises(UsageError, match="another file of the name"):
        preview_revision(ws, LATE, file=other)


def command(*words):
    options = parser((words[0],)).parse_args(words)
    return options.run(options)


def test_the_command_lines(story, tmp_path, capsys):
    place = ("--workspace", str(story.ws.root))
    with pytest.raises(UsageError, match="go with --accept"):
        command("revise", *place, "--month", LATE, "--reason", "x")
    assert command("vintages", *place, "--json") == 0
    names = [row["name"] for row in json.loads(capsys.readouterr().out)]
    assert names == ["2024-10", "2024-11", "2024-12", "2024-12-r1"]
    assert command("vintages", *place, "--as-of", "2025-01-31", "--json") == 0
    assert {row["vintage"] for row in json.loads(capsys.readouterr().out)} == {"2024-12"}
    target = tmp_path / "triangle.csv"
    assert command("vintages", *place, "--class", "01", "--triangle", "--csv", str(target)) == 0
    assert "2024-12-r1" in capsys.readouterr().out
    assert list(pd.read_csv(target).columns) == ["period", *names]
    assert command("vintages", *place, "--revisions", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["vintage"] for row in found["rows"]} >= {"2024-12-r1"} and found["mean_revision"]
    assert command("vintages", *place, "--realtime") == 0 and "9999-12-31" in capsys.readouterr().out
    with pytest.raises(UsageError, match="not several"):
        command("vintages", *place, "--realtime", "--triangle")


def test_closed_months_need_an_announcement():
    rules = Rules.load()
    then = {"2024-08": "a", "2024-09": "b", "2024-10": "c", "2024-12": "d"}
    assert changed_months(then, {**then, "2024-10": "x", "2025-01": "y"}, "2024-12") == ["2024-10"]
    require_announced(then, {**then, "2024-10": "x", "2025-01": "y"}, "2024-12", rules)
    with pytest.raises(GateError, match="2024-07, 2024-09; open since 2024-10") as error:
        require_announced(then, {**then, "2024-09": "x", "2024-07": "n"}, "2024-12", rules)
    assert "勘误" in error.value.zh


def test_records_added_replaced_withdrawn(story):
    with Store.open(story.ws.store) as store:
        table = store.objects.get_table(store.month(LATE).accepted)
    frame = table.to_pandas()
    doubled = table.set_column(
        table.schema.get_field_index("amount_fen"), "amount_fen",
        [[*frame["amount_fen"][:1] * 2, *frame["amount_fen"][1:]]],
    )  # fmt: skip
    found = changed_records(table, doubled.slice(0, table.num_rows - 1))
    assert found["change"].tolist().count("replaced") == 1 and found["change"].tolist().count("withdrawn") == 1
    assert found.loc[found["change"] == "replaced", "amount_fen"].tolist() == [frame["amount_fen"][0] * 2]
    # the same records from another file and another line are no change
    moved = table.set_column(table.schema.get_field_index("receipt"), "receipt", [[99] * table.num_rows])
    assert changed_records(table, moved).empty
    assert set(changed_records(None, table)["change"]) == {"added"}
    assert set(changed_records(table, None)["change"]) == {"withdrawn"}


def test_an_erratum_says_so_and_goes_on_where_it_was_stopped(story, monkeypatch):
    """The last test that writes: what is taken in twice is there once, and what is announced names the month."""
    announced = []

    def stopped(workspace, month, *, released_on, revision):
        announced.append((month, released_on, revision))
        raise KeyboardInterrupt

    monkeypatch.setattr("shuibei_index.pipeline.revising.release", stopped)
    words = {"released_on": "2025-03-03", "received_at": "2025-02-20"}
    with pytest.raises(KeyboardInterrupt):
        accept_revision(story.ws, OLDER, "漏报 / left out", file=story.files[OLDER], **words)
    # it is taken in: nothing new is there to read
    monkeypatch.setattr("shuibei_index.pipeline.revising.take_in", lambda *a: SimpleNamespace(headline=lambda: ""))
    with pytest.raises(KeyboardInterrupt):
        accept_revision(story.ws, OLDER, "漏报 / left out", **words)
    reason = "勘误，更正 2024-09 的数据：漏报 / Erratum, data of 2024-09 corrected: left out"
    assert announced == [("2024-12", "2025-03-03", reason)] * 2
    with Store.open(story.ws.store) as store:
        receipts = [r for r in store.receipts(OLDER) if r.file_name == story.files[OLDER].name]
    assert [r.received_at for r in receipts] == ["2025-02-20"]
    assert content(story.ws.releases) == story.after
