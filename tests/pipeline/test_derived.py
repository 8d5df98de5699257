"""Sums kept by the store: the same bytes with and without them, whatever happens to the months before."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest

from shuibei_index import pipeline
from shuibei_index.aggregate import PricePanel
from shuibei_index.aggregate.month_sums import from_bytes, to_bytes
from shuibei_index.frozen import Frozen, freeze, thaw
from shuibei_index.pipeline.compiling import compile_frozen, prices_of
from shuibei_index.pipeline.replacement_decisions import replace
from shuibei_index.pipeline.replacing import Request
from shuibei_index.pipeline.taking_in import take_in
from shuibei_index.resources import methodology_dir
from shuibei_index.simulation import simulate
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

MONTHS = [f"2024-{k:02d}" for k in range(1, 10)]
LAST, LATE = MONTHS[-1], "2024-03"
# of this market: left in the last month, with the next version of the article in its place
LINK = Request("E007", "AU-00000", "AU-00001", "direct", reason="new code")


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small market taken in, a file of 2024-03 not yet come."""
    folder = tmp_path_factory.mktemp("derived") / "ws"
    simulate(folder, start=MONTHS[0], end=LAST, seed=4, firms=8)
    file = next((folder / "inbox" / LATE).glob("E009_*"))
    file.rename(folder / file.name)
    workspace = Workspace.open(folder)
    with Store.open(workspace.store) as store:
        take_in(workspace, store, MONTHS, "")
    return folder


@pytest.fixture
def workspace(taken: Path, tmp_path: Path) -> Workspace:
    return Workspace.open(shutil.copytree(taken, tmp_path / "ws"))


def panel(workspace: Workspace, *, anew: bool = False) -> PricePanel:
    with Store.open(workspace.store) as store:
        frozen = dataclasses.replace(Frozen.of(workspace, store, LAST), anew=anew)
        return prices_of(frozen.settings.stage, frozen, store)


def columns(found: PricePanel) -> list[np.ndarray]:
    parts = [] if found.parts is None else [getattr(found.parts, f.name) for f in dataclasses.fields(found.parts)]
    return [found.month, found.item, found.amount_fen, found.quantity_milli, found.n_records, *parts]


def same(one: PricePanel, other: PricePanel) -> bool:
    equal = [np.array_equal(a, b) for a, b in zip(columns(one), columns(other), strict=True)]
    return one.months == other.months and one.items.equals(other.items) and all(equal)


def kept(workspace: Workspace) -> set[str]:
    with Store.open(workspace.store) as store:
        return {path.name for path in store.derived.files()}


def test_same_bytes_after_a_late_file_a_decision_a_replacement_and_a_rule_of_an_old_month(workspace: Workspace) -> None:
    first = panel(workspace)
    before = kept(workspace)
    assert len(before) == len(MONTHS) and same(first, panel(workspace)) and same(first, panel(workspace, anew=True))
    assert len(first.parts.known) and kept(workspace) == before

    # a late file: its month is made anew, and the month of arrival if that changed
    file = next(workspace.root.glob("*_2024-03.*"))
    file.rename(workspace.inbox / "2024-04" / file.name)
    pipeline.intake(workspace, "2024-04")
    late = panel(workspace)
    assert not same(late, first) and same(late, panel(workspace, anew=True))
    assert 1 <= len(kept(workspace) - before) <= 2

    # a decision on a record of an old month
    month = "2024-05"
    query = pipeline.list_queries(workspace, month)["query"].iloc[0]
    pipeline.decide(workspace, [query], "accept", reason="phoned", person="A", at="2024-06-02T10:00")
    pipeline.intake(workspace, month)
    decided = panel(workspace)
    assert not same(decided, late) and same(decided, panel(workspace, anew=True))

    # a replacement: the index changes, the sums do not
    replace(workspace, LAST, [LINK], person="A", at="2024-10-02T10:00")
    before = kept(workspace)
    with Store.open(workspace.store) as store:
        frozen = Frozen.of(workspace, store, LAST)
        one = compile_frozen(frozen, store, replicates=0)
        two = compile_frozen(dataclasses.replace(frozen, anew=True), store, replicates=0)
    assert one.to_frame().equals(two.to_frame()) and one.quality.equals(two.quality)
    assert same(panel(workspace), decided) and kept(workspace) == before

    # a rule of months long past: those months alone are made anew
    own = workspace.root / "own" / "rules"
    own.mkdir(parents=True)
    packaged = (methodology_dir() / "rules" / "aggregate.toml").read_text("utf-8")
    rule = packaged[packaged.index("[toll_classes]") : packaged.index("[imputation_max_months]")]
    rule += '[[toll_classes.values]]\nfrom = 2024-04-01\nvalue = ["0101"]\ndecision = "0003"\n'
    (own / "aggregate.toml").write_text(rule, encoding="utf-8")
    settings = workspace.root / "workspace.toml"
    settings.write_text(settings.read_text("utf-8") + 'methodology = "own"\n', encoding="utf-8")
    ruled = panel(Workspace.open(workspace.root))
    assert not same(ruled, decided) and same(ruled, panel(Workspace.open(workspace.root), anew=True))
    assert len(kept(workspace) - before) == 6 and before < kept(workspace)


def test_a_flipped_bit_is_noticed_and_not_believed(workspace: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    first = panel(workspace)
    names = sorted(kept(workspace))
    folder = workspace.store / "derived"
    data = bytearray((folder / names[0]).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / names[0]).write_bytes(bytes(data))
    (folder / names[1]).write_bytes((folder / names[2]).read_bytes())
    (folder / names[3]).write_bytes((folder / names[3]).read_bytes()[:-100])
    (folder / names[4]).write_bytes(b"")
    damaged = {names[n] for n in (0, 1, 3, 4)}
    with Store.open(workspace.store) as store:
        assert {fault.name for fault in store.derived.faults()} == {f"derived/{name}" for name in damaged}
    capfd.readouterr()
    assert same(panel(workspace), first)
    said = capfd.readouterr().err
    assert all(name in said for name in damaged) and "未采用" in said
    # made anew, they are sound again
    with Store.open(workspace.store) as store:
        assert not store.derived.faults()


def test_a_table_of_another_content_is_not_used(workspace: Workspace) -> None:
    first = panel(workspace)
    with Store.open(workspace.store) as store:
        # the digest fits, but it is no table of sums: of an older program, say
        for path in store.derived.files():
            assert store.derived.put(path.name, b"ARROW1 of another form")
        assert not store.derived.faults()
    assert same(panel(workspace), first)


def test_what_is_verified_leans_on_nothing_derived(workspace: Workspace) -> None:
    """Twice the turnover, kept by another hand with a digest that fits: verification does not take it over."""
    first = panel(workspace)
    with Store.open(workspace.store) as store:
        for path in store.derived.files():
            content = store.derived.get(path.name)
            assert content is not None
            sums = from_bytes(content)
            assert sums is not None
            place = sums.column_names.index("amount_fen")
            doubled = pc.multiply(sums["amount_fen"], 2)
            store.derived.put(path.name, to_bytes(sums.set_column(place, sums.schema.field(place), doubled)))
        frozen = Frozen.of(workspace, store, LAST)
        with store.writer("freeze") as tx:
            inputs = freeze(workspace, frozen, tx)
        thawed = thaw(inputs, store)
        assert np.array_equal(prices_of("wholesale", frozen, store).amount_fen, 2 * first.amount_fen)
        assert same(prices_of("wholesale", thawed, store), first)


def test_sums_of_another_month_are_not_used(workspace: Workspace) -> None:
    first = panel(workspace)
    with Store.open(workspace.store) as store:
        names = [path.name for path in store.derived.files()]
        contents = [store.derived.get(name) for name in names]
        for name, content in zip(names, contents[1:] + contents[:1], strict=True):
            assert content is not None and store.derived.put(name, content)
    assert same(panel(workspace), first)


def test_the_folder_may_be_deleted_at_any_time(workspace: Workspace) -> None:
    first = panel(workspace)
    shutil.rmtree(workspace.store / "derived")
    assert same(panel(workspace), first) and len(kept(workspace)) == len(MONTHS)
    with Store.open(workspace.store) as store:
        assert store.derived.clear() == len(MONTHS) and not store.derived.files()
