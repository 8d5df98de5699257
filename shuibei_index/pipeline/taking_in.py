"""Taking in: a month's inbox becomes receipts, records, findings; and checking it again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from shuibei_index import months as month_names
from shuibei_index.checks import gather, no_findings
from shuibei_index.errors import GateError, UsageError, WorkspaceError
from shuibei_index.intake.lateness import deadlines
from shuibei_index.intake.limits import reading_limits
from shuibei_index.intake.read import read_receipts
from shuibei_index.intake.receipts import late_notes, quarantine, receipt_table
from shuibei_index.moments import read_moment
from shuibei_index.outcome import Intake
from shuibei_index.queries.questions import questions
from shuibei_index.store import Store
from shuibei_index.teamfiles import write_table
from shuibei_index.validation import validate as check
from shuibei_index.validation.records import concat_records
from shuibei_index.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from shuibei_index.intake.reports import Reports
    from shuibei_index.rules import Rules
    from shuibei_index.store.ledger import Receipt
    from shuibei_index.validation import ValidationReport
    from shuibei_index.validation.gates import Gate


def intake(workspace: Workspace, month: str, *, received_at: str = "") -> Intake:
    """Take in a month's inbox folder: receipts, reading, checks, store; and write the team's files under work/.

    Raises
    ------
    WorkspaceError
        There is no inbox folder for the month, and nothing of it in the store.
    UsageError
        `received_at` is no date or time.
    """
    with Store.open(workspace.store) as store:
        return take_in(workspace, store, [month], received_at)


def take_in(workspace: Workspace, store: Store, months: Sequence[str], received_at: str) -> Intake:
    """Take in several months in one transaction of an open store."""
    received_at = read_moment(received_at, "--received-at") if received_at else ""
    rules, panel, metal = workspace.rules(), panel_of(workspace), workspace.metal_prices()
    # a month before the first rules has no classification either; the rules say so in both languages
    rules.at(min(months))
    sound_trees(workspace, months)
    with store.writer(f"intake {months[0]}" + (f" to {months[-1]}" if len(months) > 1 else "")) as tx:
        refused = {}
        for month in months:
            folder = workspace.inbox / month
            if folder.is_dir():
                refused[month] = tx.receive_folder(folder, month, received_at, reading_limits(rules, month))[1]
            elif not tx.receipts(month):
                raise WorkspaceError(
                    f"no folder inbox/{month} in {workspace.root}, and nothing of {month} in the store; "
                    f"put the files enterprises sent there, or choose another month",
                    zh=f"没有 inbox/{month} 文件夹，库中也没有 {month} 的报表；请放入企业报送文件，或改选月份",
                )
        new = _unique(r for month in months for r in tx.receipts(month) if r.inbox_month == month)
        reports = read_again(new, store, workspace)
        tx.record_readings(reports.files, reports.table)
        # a late file changes the month its records are of: that month is settled again from all its files
        received_now = (r for month in months for r in tx.receipts(month) if r.inbox_month == month)
        late = sorted({p for r in received_now for p in r.periods if p < r.inbox_month})
        affected = sorted({*months, *late})
        everything = _unique(r for month in affected for r in tx.receipts(month))
        if len(everything) > len(new):
            reports = read_again(everything, store, workspace)
        report = check(
            reports,
            rules=rules,
            tree=workspace.tree,
            panel=panel,
            metal_prices=metal,
            tax_basis=workspace.settings.tax_basis,
            stage=workspace.settings.stage,
            history=earlier_records(workspace, store, affected),
            decisions=tx.register.decisions(),
            checks=workspace.checks(),
        )
        report, known = without_lateness(report)
        received = receipt_table(reports, everything, arrivals=tx.arrivals(), due=deadlines(rules))
        for month in affected:
            came = received[(received["inbox_month"] == month) & ~received["receipt"].isin(known)]
            refused[month] = gather([refused.get(month, no_findings()), late_notes(came)])
        done = Intake.of(list(months), affected, everything, reports, report, refused)
        for month in affected:
            tx.record_month(
                month,
                **done.state(month),
                rules_digest=rules.digest,
                receipts=tx.receipts(month),
                decisions=tx.register.settled_with(month),
            )
            tx.register.settle(month, questions(report, everything, month, panel))
    for month in months:
        write_table(workspace.work(month), "findings.csv", done.findings(month))
        own = received[received["inbox_month"] == month]
        write_table(workspace.work(month), "receipts.csv", own)
        write_table(workspace.work(month), "quarantine.csv", quarantine(own))
        if panel is not None:
            write_table(workspace.work(month), "response.csv", report.response(panel, month))
    return done


def read_again(receipts: Sequence[Receipt], store: Store, workspace: Workspace) -> Reports:
    """Read received files from the store by the workspace's rules."""
    return read_files(receipts, store, workspace.rules())


def read_files(receipts: Sequence[Receipt], store: Store, rules: Rules) -> Reports:
    """Read received files from the store.

    Raises
    ------
    StoreError
        A file is missing or changed.
    """
    reports = read_receipts(receipts, store.objects, rules=rules, progress=True)
    digest = {r.seq: r.sha256 for r in receipts}
    for seq in reports.files.loc[reports.files["receipt"].map(digest) != reports.files["sha256"], "receipt"]:
        # reading has worked out the digest anyway; what the store no longer has as received is never read as such
        store.objects.verify(digest[seq])
    inbox = {r.seq: r.inbox_month for r in receipts}
    return dataclasses.replace(reports, files=reports.files.assign(inbox_month=reports.files["receipt"].map(inbox)))


def _unique(receipts: Iterator[Receipt]) -> list[Receipt]:
    return [r for _, r in sorted({r.seq: r for r in receipts}.items())]


def earlier_records(workspace: Workspace, store: Store, months: Sequence[str]) -> pa.Table | None:
    """Return the accepted records of the months before, as far back as the rule on price jumps looks."""
    oldest = month_names.shift(months[0], -int(workspace.rules().at(months[0])["price_jump_months"]))
    states = [store.month(m) for m in store.months() if oldest <= m < months[-1] and m not in months]
    paths = [store.objects.checked_path(state.accepted) for state in states if state is not None]
    sold = [path for path in paths if pq.read_metadata(path).num_rows]
    return concat_records([pq.read_table(path) for path in sold]) if sold else None


def panel_of(workspace: Workspace) -> pd.DataFrame | None:
    """Return the panel, or None where it has no firms."""
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
            raise nothing_yet(month)
        sound_trees(workspace, [month])
        return check_again(workspace, store, month)


def check_again(workspace: Workspace, store: Store, month: str) -> ValidationReport:
    """Check a month's received files again with an open store."""
    return check(
        read_again(store.receipts(month), store, workspace),
        rules=workspace.rules(),
        tree=workspace.tree,
        panel=panel_of(workspace),
        metal_prices=workspace.metal_prices(),
        tax_basis=workspace.settings.tax_basis,
        stage=workspace.settings.stage,
        history=earlier_records(workspace, store, [month]),
        month=month,
        decisions=store.register.decisions(),
        checks=workspace.checks(),
    )


def without_lateness(report: ValidationReport) -> tuple[ValidationReport, list[int]]:
    """Return a report without notes that lines came late which were used before, and the receipts that hold only such.

    A file in which there is nothing but what was received for an earlier month is spoken of as such, and is not used.
    """
    rules, receipts = report.findings["rule"].to_numpy(dtype=object), report.finding_receipts
    known = np.unique(receipts[rules == "last_month_sent"])
    late = (rules == "late") & (report.findings["severity"] == "note").to_numpy(dtype=bool)
    kept = np.flatnonzero(~(late & np.isin(receipts, known)))
    if len(kept) == len(rules):
        return report, known.tolist()
    findings = report.findings.iloc[kept].reset_index(drop=True)
    lines = report.finding_lines[kept]
    return (
        dataclasses.replace(report, findings=findings, finding_receipts=receipts[kept], finding_lines=lines),
        known.tolist(),
    )


def sound_trees(workspace: Workspace, months: Sequence[str]) -> None:
    """Raise what is wrong with the classification of the months: firms are not to blame for it, record by record."""
    for year in sorted({month[:4] for month in months}):
        workspace.tree(year)


def nothing_yet(month: str) -> WorkspaceError:
    """Return the error of a month without any files."""
    return WorkspaceError(
        f"nothing of {month} has been taken in; run 'shuibei-index intake --month {month}' first",
        zh=f"{month} 尚未收表，请先运行 shuibei-index intake --month {month}",
    )


def pass_gates(gates: Sequence[Gate], month: str) -> None:
    """Stop at the gates that are not met.

    Raises
    ------
    GateError
        Says which, and what to do.
    """
    failed = [gate for gate in gates if not gate.passed]
    if failed:
        words = "; ".join(f"{g.message_en}, at least {g.threshold:.0%} asked for (rule {g.name})" for g in failed)
        raise GateError(
            f"{words}. See work/{month}/findings.csv and response.csv; ask the firms, take in their answers, run again",
            zh="；".join(f"{g.message_zh}，门槛 {g.threshold:.0%}" for g in failed)
            + f"。请查看 work/{month}/findings.csv 与 response.csv，补报后重新运行",
        )


def write_work_table(workspace: Workspace, month: str, name: str, frame: pd.DataFrame) -> Path:
    """Write an internal table of a month under work/."""
    if not month_names.is_month(month):
        raise UsageError(f"{month!r} is not a month")
    return write_table(workspace.work(month), name, frame)
