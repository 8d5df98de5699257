"""The six stages on one screen: intake → validation → aggregate → index → adjust → release, for a workspace.

Each function is one command: it reads the workspace and the store, and either leaves the new state or the old one.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq

from shuibei_index import months as month_names
from shuibei_index.adjust import seasonally_adjust
from shuibei_index.aggregate import PricePanel, make_panel
from shuibei_index.errors import GateError, UsageError, WorkspaceError
from shuibei_index.explain import Explanation
from shuibei_index.explain import explain as explain_series
from shuibei_index.frozen import Frozen, digests, freeze, thaw
from shuibei_index.index import IndexSeries, compile_index
from shuibei_index.intake.read import read_receipts
from shuibei_index.outcome import Intake, Released, Verified, say
from shuibei_index.release import make_release, read_release
from shuibei_index.release.verify import Problem
from shuibei_index.store import Store
from shuibei_index.teamfiles import write_table
from shuibei_index.validation import validate as check
from shuibei_index.workspace import Workspace

if TYPE_CHECKING:
    from shuibei_index.adjust import Adjustment
    from shuibei_index.intake.reports import Reports
    from shuibei_index.release import Release, VerifyReport
    from shuibei_index.store.ledger import Receipt, ReleaseRecord
    from shuibei_index.store.store import Transaction
    from shuibei_index.validation import ValidationReport
    from shuibei_index.validation.gates import Gate

#: Months of a long range are taken in together up to this much: fewer starts of the workbook reader, bounded memory.
_CHUNK_BYTES = 64 * 2**20


# --- intake and validation ----------------------------------------------------------------------------------------


def intake(workspace: Workspace, month: str, *, received_at: str = "") -> Intake:
    """Take in a month's inbox folder: receipts, reading, checks, store; and write the team's files under work/.

    Raises
    ------
    WorkspaceError
        There is no inbox folder for the month, and nothing of it in the store.
    """
    with Store.open(workspace.store) as store:
        return _intake(workspace, store, [month], received_at)


def _intake(workspace: Workspace, store: Store, months: Sequence[str], received_at: str) -> Intake:
    rules, panel, metal = workspace.rules(), _panel(workspace), workspace.metal_prices()
    _sound_trees(workspace, months)
    with store.writer(f"intake {months[0]}" + (f" to {months[-1]}" if len(months) > 1 else "")) as tx:
        refused = {}
        for month in months:
            folder = workspace.inbox / month
            if folder.is_dir():
                refused[month] = tx.receive_folder(folder, month, received_at)[1]
            elif not tx.receipts(month):
                raise WorkspaceError(
                    f"no folder inbox/{month} in {workspace.root}, and nothing of {month} in the store; "
                    f"put the files enterprises sent there, or choose another month",
                    zh=f"没有 inbox/{month} 文件夹，库中也没有 {month} 的报表；请放入企业报送文件，或改选月份",
                )
        new = _unique(r for month in months for r in tx.receipts(month) if r.inbox_month == month)
        reports = _read(new, store, workspace)
        tx.record_readings(reports.files, reports.table)
        # a late file changes the month its records are of: that month is settled again from all its files
        late = sorted({p for r in tx.receipts() if r.inbox_month in months for p in r.periods if p < r.inbox_month})
        affected = sorted({*months, *late})
        everything = _unique(r for month in affected for r in tx.receipts(month))
        if len(everything) > len(new):
            reports = _read(everything, store, workspace)
        report = check(
            reports,
            rules=rules,
            tree=workspace.tree,
            panel=panel,
            metal_prices=metal,
            tax_basis=workspace.settings.tax_basis,
            stage=workspace.settings.stage,
            history=_history(workspace, store, affected),
        )
        done = Intake.of(list(months), affected, everything, reports, report, refused)
        for month in affected:
            tx.record_month(month, **done.state(month), rules_digest=rules.digest, receipts=tx.receipts(month))
    for month in months:
        write_table(workspace.work(month), "findings.csv", done.findings(month))
        if panel is not None:
            write_table(workspace.work(month), "response.csv", report.response(panel, month))
    return done


def _read(receipts: Sequence[Receipt], store: Store, workspace: Workspace) -> Reports:
    reports = read_receipts(receipts, store.objects, rules=workspace.rules(), progress=True)
    digest = {r.seq: r.sha256 for r in receipts}
    for seq in reports.files.loc[reports.files["receipt"].map(digest) != reports.files["sha256"], "receipt"]:
        # reading has worked out the digest anyway; what the store no longer has as received is never read as such
        store.objects.verify(digest[seq])
    inbox = {r.seq: r.inbox_month for r in receipts}
    return dataclasses.replace(reports, files=reports.files.assign(inbox_month=reports.files["receipt"].map(inbox)))


def _unique(receipts: Iterator[Receipt]) -> list[Receipt]:
    return [r for _, r in sorted({r.seq: r for r in receipts}.items())]


def _history(workspace: Workspace, store: Store, months: Sequence[str]) -> pd.DataFrame | None:
    """Return what accepted items cost in the months before, as far back as the rule on price jumps looks."""
    oldest = month_names.shift(months[0], -int(workspace.rules().at(months[0])["price_jump_months"]))
    states = [store.month(m) for m in store.months() if oldest <= m < months[-1] and m not in months]
    paths = [store.objects.checked_path(state.accepted) for state in states if state is not None]
    sold = [path for path in paths if pq.read_metadata(path).num_rows]
    return make_panel(sold, rules=workspace.rules()).to_frame() if sold else None


def _panel(workspace: Workspace) -> pd.DataFrame | None:
    panel = workspace.panel()
    return panel if len(panel) else None


def validate(workspace: Workspace, month: str) -> ValidationReport:
    """Check a month's received files again under today's rules; nothing is written.

    Raises
    ------
    WorkspaceError
        Nothing of the month has been taken in.
    """
    with Store.open(workspace.store) as store:
        if store.month(month) is None:
            raise _nothing_yet(month)
        _sound_trees(workspace, [month])
        report = check(
            _read(store.receipts(month), store, workspace),
            rules=workspace.rules(),
            tree=workspace.tree,
            panel=_panel(workspace),
            metal_prices=workspace.metal_prices(),
            tax_basis=workspace.settings.tax_basis,
            stage=workspace.settings.stage,
            history=_history(workspace, store, [month]),
            month=month,
        )
    return report


def _sound_trees(workspace: Workspace, months: Sequence[str]) -> None:
    """Raise what is wrong with the classification of the months: firms are not to blame for it, record by record."""
    for year in sorted({month[:4] for month in months}):
        workspace.tree(year)


def _nothing_yet(month: str) -> WorkspaceError:
    return WorkspaceError(
        f"nothing of {month} has been taken in; run 'shuibei-index intake --month {month}' first",
        zh=f"{month} 尚未收表，请先运行 shuibei-index intake --month {month}",
    )


def _pass_gates(gates: Sequence[Gate], month: str) -> None:
    failed = [gate for gate in gates if not gate.passed]
    if failed:
        words = "; ".join(f"{g.message_en}, at least {g.threshold:.0%} asked for (rule {g.name})" for g in failed)
        raise GateError(
            f"{words}. See work/{month}/findings.csv and response.csv; ask the firms, take in their answers, run again",
            zh="；".join(f"{g.message_zh}，门槛 {g.threshold:.0%}" for g in failed)
            + f"。请查看 work/{month}/findings.csv 与 response.csv，补报后重新运行",
        )


# --- aggregate and index ------------------------------------------------------------------------------------------


def prices(workspace: Workspace, month: str) -> PricePanel:
    """Return the price panel of all accepted records up to a month."""
    with Store.open(workspace.store) as store:
        return _prices(workspace.settings.stage, Frozen.of(workspace, store, month), store)


def _prices(stage: str, frozen: Frozen, store: Store) -> PricePanel:
    paths = [store.objects.checked_path(sha256) for sha256 in frozen.months.values()]
    return make_panel(paths, rules=frozen.rules, stage=stage)


def compile_(workspace: Workspace, month: str) -> IndexSeries:
    """Compile the chained index from the accepted records up to a month.

    Raises
    ------
    WorkspaceError
        Nothing of the month has been taken in.
    """
    with Store.open(workspace.store) as store:
        return _compile(Frozen.of(workspace, store, month), store)


def _compile(frozen: Frozen, store: Store) -> IndexSeries:
    settings = frozen.settings
    return compile_index(
        _prices(settings.stage, frozen, store),
        frozen.trees,
        rules=frozen.rules,
        weights=frozen.weights,
        base_period=settings.base_period,
        link_month=settings.link_month,
        panel_firms=frozen.panel,
    )


def explain(workspace: Workspace, month: str, class_code: str, measure: str) -> Explanation:
    """Explain a class's change in a month."""
    return explain_series(compile_(workspace, month), prices(workspace, month), class_code, month, measure)


# --- adjust and release -------------------------------------------------------------------------------------------


def adjust(workspace: Workspace, series: IndexSeries) -> Adjustment:
    """Adjust every series of an index for season and Spring Festival."""
    return seasonally_adjust(series, rules=workspace.rules().at(series.months[-1]))


def release(
    workspace: Workspace, month: str, *, out: str | None = None, released_on: str = "", revision: str = ""
) -> Released:
    """Compile, adjust and freeze a month into releases/, and note in the ledger what it was made from.

    Raises
    ------
    GateError
        The month's data did not pass a gate.
    ReleaseError
        The month is released with other content, and no `revision` is announced.
    """
    report = validate(workspace, month)
    _pass_gates(report.gates, month)
    with Store.open(workspace.store) as store, store.writer(f"release {month}") as tx:
        frozen = Frozen.of(workspace, store, month)
        inputs = freeze(workspace, frozen, tx)
        series = _compile(frozen, store)
        say(f"指数 index: {len(series.months)} 个月 months, {len(series.codes)} 类 classes")
        adjusted = adjust(workspace, series)
        counted = adjusted.diagnostics["status"].value_counts().to_dict()
        say("季调 adjust: " + ", ".join(f"{n} {status}" for status, n in counted.items()))
        name, before = _name(store, month, revision)
        made = make_release(
            series,
            adjusted,
            report,
            rules=frozen.rules,
            settings=frozen.settings,
            digests=digests(inputs),
            previous=read_release(workspace.releases / before) if before else None,
            month=month,
            vintage=name,
            released_on=released_on or None,
            reason=revision,
        )
        path = made.write(workspace.releases / name)
        if out is not None:
            made.write(Path(out))
        _record(tx, name, path, inputs)
    say(f"发布 release: {path}")
    return Released(name, path, made, report.totals)


def _name(store: Store, month: str, revision: str) -> tuple[str, str]:
    """Return the name of the release to make and of the one before it ("" = none)."""
    made = list(dict.fromkeys(r.release for r in store.releases()))
    of_month = [name for name in made if name[:7] == month]
    name = f"{month}-r{len(of_month)}" if revision and of_month else month
    before = made[: made.index(name)] if name in made else made
    return name, before[-1] if before else ""


def _record(tx: Transaction, name: str, path: Path, inputs: dict[str, object]) -> None:
    tx.record_release(name, tx.objects.put_bytes((path / "manifest.json").read_bytes()), inputs)


def verify(bundle: str | Path, workspace: str | Path | None = None) -> Verified:
    """Check a bundle's files, and recompute its index from the frozen inputs if they are at hand."""
    release = read_release(bundle)
    report = release.verify()
    home = Path(workspace) if workspace is not None else Path(bundle).resolve().parent.parent
    if not (home / "workspace.toml").is_file():
        return Verified(release, report, None, "no workspace with the frozen inputs; pass --workspace DIR to recompute")
    with Store.open(Workspace.open(home).store) as store:
        record = next((r for r in reversed(store.releases()) if r.release == release.name), None)
        if record is None:
            return Verified(release, report, None, f"the store of {home.name} knows no release {release.name}")
        report = _as_recorded(release, report, record)
        if "indices.parquet" in {problem.file for problem in report.problems}:
            return Verified(release, report, None, "indices.parquet is not the released one: nothing to compare with")
        again = _compile(thaw(record.inputs, store), store)
    return Verified(release, report, again.to_frame(), "")


def _as_recorded(release: Release, report: VerifyReport, record: ReleaseRecord) -> VerifyReport:
    """Add to a report that the manifest is not the one the ledger has: a bundle may agree with itself all the same."""
    if hashlib.sha256(release.files["manifest.json"]).hexdigest() == record.manifest:
        return report
    zh, en = "清单与发布时登记的不一致。", "is not the manifest the ledger recorded when the release was made."
    return dataclasses.replace(report, problems=(*report.problems, Problem("manifest.json", zh, en)))


# --- the whole line -----------------------------------------------------------------------------------------------


def run(workspace: Workspace, start: str, end: str, *, released_on: str = "", revision: str = "") -> Released:
    """Run the whole line for a range of months: each taken in and checked, one vintage released with all of them.

    Raises
    ------
    GateError
        A month did not pass a gate; the months before it stay taken in.
    """
    taken = Intake.none()
    with Store.open(workspace.store) as store:
        for chunk in _chunks(workspace, month_names.between(start, end)):
            done = _intake(workspace, store, chunk, "")
            say(f"收表 intake {chunk[0]} – {chunk[-1]}: {done.headline()}")
            for month in chunk:
                _pass_gates(done.gates(month, workspace.rules(), _panel(workspace)), month)
            taken = taken.plus(done)
    released = release(workspace, end, released_on=released_on, revision=revision)
    return dataclasses.replace(released, counts=taken.totals)


def _chunks(workspace: Workspace, months: list[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for month in months:
        folder = workspace.inbox / month
        chunk.append(month)
        size += sum(p.stat().st_size for p in folder.iterdir() if p.is_file()) if folder.is_dir() else 0
        if size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def write_work_table(workspace: Workspace, month: str, name: str, frame: pd.DataFrame) -> Path:
    """Write an internal table of a month under work/."""
    if not month_names.is_month(month):
        raise UsageError(f"{month!r} is not a month")
    return write_table(workspace.work(month), name, frame)
