"""Revising: what a late file would change, shown first; and, once accepted, taken in and published as a new vintage."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shuibei_index import moments
from shuibei_index.errors import UsageError, WorkspaceError
from shuibei_index.frozen import Frozen
from shuibei_index.intake.source import sent_name
from shuibei_index.outcome import Released, say
from shuibei_index.pipeline.aside import aside
from shuibei_index.pipeline.compiling import compile_frozen
from shuibei_index.pipeline.late_data import changed_months, changed_records
from shuibei_index.pipeline.publishing import release
from shuibei_index.pipeline.revision_preview import Preview
from shuibei_index.pipeline.taking_in import take_in
from shuibei_index.pipeline.withholding import blanked_as
from shuibei_index.release import Release, read_release
from shuibei_index.release.about import vintage_order, worded
from shuibei_index.release.computed import computed_tables
from shuibei_index.release.first_published import appended
from shuibei_index.release.optional import FIRST_PUBLISHED
from shuibei_index.release.policy import Policy, publication_policy
from shuibei_index.release.revise import last_final, revision_policy
from shuibei_index.release.schema import empty
from shuibei_index.release.tables import json_bytes, published
from shuibei_index.store import Store
from shuibei_index.store.rebuilding import latest_releases
from shuibei_index.teamfiles import write_bytes, write_table
from shuibei_index.workspace import Workspace

if TYPE_CHECKING:
    from shuibei_index.rules import RulesAt
    from shuibei_index.store.ledger import ReleaseRecord

_KEY = ["period", "class_code", "component"]
_SHOWN = {"index": "index", "mom_pct": "mom", "yoy_pct": "yoy"}


def preview_revision(workspace: Workspace, month: str, *, file: str | Path | None = None) -> Preview:
    """Show what the files in a month's inbox that have no receipt would change of the last release.

    They are read, checked and compiled in a copy; of the workspace only the preview itself is written, under
    work/<month>/: revise.json, revise_indices.csv, revise_records.csv.

    Parameters
    ----------
    workspace : Workspace
    month : str
        Month of the inbox folder the late files lie in.
    file : path, optional
        One more file, wherever it lies.

    Raises
    ------
    UsageError
        There is no such file, or the month is not released yet.
    WorkspaceError
        Nothing has been released.
    """
    late = _late_file(workspace, month, file)
    with aside(workspace, month, late) as (apart, store):
        record, before = _last_release(workspace, store, month)
        last = before.period
        known = {r.seq for r in store.receipts()}
        taken = take_in(apart, store, [month], "")
        new = [r for r in store.receipts() if r.seq not in known]
        frozen = Frozen.of(apart, store, last)
        changed = changed_months(record.inputs["months"], frozen.months, last)
        records = [
            changed_records(*(store.objects.get_table(sha) if sha else None for sha in (then, now)))
            for then, now in ((record.inputs["months"].get(m), frozen.months.get(m)) for m in changed)
        ]
        rules = frozen.rules.at(last)
        now = _figures(before, compile_frozen(frozen, store, replicates=0), rules)
        indices, withheld = _changed_figures(before, now, publication_policy(rules))
        policy = revision_policy(rules)
        final = last_final(last, publication_policy(rules))
        tallies = taken.report.tallies
        own = tallies[tallies["receipt"].isin([r.seq for r in new])]
        found = Preview(
            month,
            before.name,
            [r.file_name for r in new],
            _month_rows(changed, records, final, policy.oldest_open(last)),
            pd.concat(records, ignore_index=True) if records else pd.DataFrame(),
            indices.assign(status=np.where(indices["period"] <= final, "final", "provisional")),
            {name: int(own[name].sum()) for name in ("read", "accepted", "held", "rejected")},
            withheld,
            policy.oldest_open(last),
            _changed_first(before, now),
        )
    write_bytes(workspace.work(month), "revise.json", json_bytes(found.to_dict()))
    write_table(workspace.work(month), "revise_indices.csv", found.indices)
    write_table(workspace.work(month), "revise_records.csv", found.records)
    return found


def accept_revision(
    workspace: Workspace,
    month: str,
    reason: str,
    *,
    file: str | Path | None = None,
    received_at: str = "",
    released_on: str = "",
) -> Released:
    """Take in a month's late files and publish what they change as a new vintage of the last release.

    The earlier release stays as it is. Where months change that were closed to late data the reason is announced as an
    erratum that names them. Stopped between taking in and publishing, the same command goes on where it was.

    Parameters
    ----------
    workspace : Workspace
    month : str
        Month of the inbox folder the late files lie in.
    reason : str
        "中文 / English", printed at the top of the bulletins.
    file : path, optional
        One more file; it is put into the inbox.
    received_at : str
        When the files came, as in `intake`.
    released_on : str
        YYYY-MM-DD; default: the day of the next release by the calendar, as the last one announced it.

    Raises
    ------
    UsageError
        No reason is given, or the day lies before the last release.
    WorkspaceError
        Nothing has been released, or nothing of a released month changes.
    GateError
        As `release`.
    """
    if not reason.strip():
        raise UsageError(
            "say why: --reason '中文 / English' stands at the top of the new bulletins",
            zh="请以 --reason '中文 / English' 写明原因，将印在新公报首部",
        )
    late = _late_file(workspace, month, file)
    with Store.open(workspace.store) as store:
        _, before = _last_release(workspace, store, month)
    day = _day_of_release(before, released_on)
    if late is not None:
        _put_into_inbox(late, workspace.inbox / month)
    with Store.open(workspace.store) as store:
        taken = take_in(workspace, store, [month], received_at)
        record, before = _last_release(workspace, store, month)
        frozen = Frozen.of(workspace, store, before.period)
    say(f"收表 intake {month}: {taken.headline()}")
    changed = changed_months(record.inputs["months"], frozen.months, before.period)
    if not changed:
        raise WorkspaceError(
            f"{month} was taken in, but no accepted record of a month up to {before.period} differs from those of "
            f"release {before.name}: there is nothing to revise",
            zh=f"{month} 已收表，但截至 {before.period} 各月的采用记录与发布 {before.name} 相同，无需修订",
        )
    oldest = revision_policy(frozen.rules.at(before.period)).oldest_open(before.period)
    closed = [m for m in changed if m < oldest]
    return release(
        workspace,
        before.period,
        released_on=day,
        revision=_erratum(reason.strip(), closed) if closed else reason.strip(),
    )


def _last_release(workspace: Workspace, store: Store, month: str) -> tuple[ReleaseRecord, Release]:
    records = latest_releases(store)
    if not records:
        raise WorkspaceError(
            "nothing has been released yet: late files of a month are taken in with intake, there is nothing to revise",
            zh="尚无任何发布，迟报文件直接收表（intake）即可，无需修订",
        )
    name = max(records, key=vintage_order)
    if month > name[:7]:
        raise UsageError(
            f"{month} is not released yet (the last release is {name}): take its files in with "
            f"'shuibei-index intake --month {month}'",
            zh=f"{month} 尚未发布（最近发布为 {name}），请用 shuibei-index intake --month {month} 收表",
        )
    record = records[name]
    kept = store.released_files(record.seq)
    if kept:
        return record, Release({path: store.objects.get_bytes(sha256) for path, sha256 in kept.items()})
    found = read_release(workspace.releases / name)
    if hashlib.sha256(found.files["manifest.json"]).hexdigest() != record.manifest or not found.verify().ok:
        raise WorkspaceError(
            f"releases/{name} is not what was released; run 'shuibei-index verify' on it",
            zh=f"releases/{name} 与发布时不一致，请先运行 shuibei-index verify 核验",
        )
    return record, found


def _figures(before: Release, series: Any, rules: RulesAt) -> pd.DataFrame:
    """Return the unadjusted indices of the months of a release as they would be now, nothing withheld."""
    return computed_tables(series, publication_policy(rules), before.period)["indices"]


def _changed_first(before: Release, now: pd.DataFrame) -> int:
    """Return how many figures of the never-revised series would be others."""
    name = f"{FIRST_PUBLISHED.name}.parquet"
    then = before.frame(FIRST_PUBLISHED.name) if name in before.files else None
    if then is None:
        then = appended(empty(FIRST_PUBLISHED), before.frame("indices"), before.name)
    both = then.merge(appended(then, now, f"{before.period}-r"), on=_KEY, how="left", suffixes=("", "_now"))
    shown = both["index"].notna()
    return int((both["index"].ne(both["index_now"]) & shown).sum())


def _changed_figures(before: Release, now: pd.DataFrame, policy: Policy) -> tuple[pd.DataFrame, int]:
    """Return unadjusted figures that would be published otherwise, as texts; and how many are withheld."""
    then = before.frame("indices")
    then = then[then["adjustment"] == "NSA"]
    hidden = then.loc[then["obs_conf"] == "C", _KEY]
    # a withheld figure is empty in the release: whether it changes cannot be told from it
    left_out = int(now.merge(hidden, on=_KEY)["index"].notna().sum())
    # nor a rate with a withheld month of comparison: it would stand in no release
    now = blanked_as(before, "indices", now)
    names = ["name_zh", "name_en"]
    both = then[[*_KEY, *names, *_SHOWN, "obs_conf"]].merge(
        now[[*_KEY, *names, *_SHOWN]], on=_KEY, how="outer", suffixes=("_then", "_now")
    )
    differs = np.zeros(len(both), dtype=bool)
    table: dict[str, Any] = {name: both[f"{name}_now"].fillna(both[f"{name}_then"]) for name in names}
    for column, short in _SHOWN.items():
        places = policy.index_decimals if column == "index" else policy.rate_decimals
        a, b = published(both[f"{column}_then"], places), published(both[f"{column}_now"], places)
        table |= {f"{short}_before": a, f"{short}_after": b}
        differs |= a != b
    found = both[_KEY].assign(**table)[differs & both["obs_conf"].ne("C").to_numpy()]
    return found.reset_index(drop=True), left_out


def _month_rows(changed: list[str], records: list[pd.DataFrame], final: str, oldest: str) -> pd.DataFrame:
    rows = []
    for month, frame in zip(changed, records, strict=True):
        counted: dict[Any, int] = frame["change"].value_counts().to_dict() if len(frame) else {}
        rows.append(
            {
                "period": month,
                "status": "final" if month <= final else "provisional",
                "revised_by": "erratum" if month < oldest else "next_release",
                **{name: int(counted.get(name, 0)) for name in ("added", "replaced", "withdrawn")},
            }
        )
    return pd.DataFrame(rows, columns=["period", "status", "revised_by", "added", "replaced", "withdrawn"])


def _erratum(reason: str, closed: list[str]) -> str:
    months = ", ".join(closed[:5]) + (" …" if len(closed) > 5 else "")
    zh, en = worded(reason, "zh"), worded(reason, "en")
    return f"勘误，更正 {months} 的数据：{zh} / Erratum, data of {months} corrected: {en}"


def _day_of_release(before: Release, released_on: str) -> str:
    day = moments.read_day(released_on, "--released-on").isoformat() if released_on else before.about.next_release
    if day < before.about.released_on:
        raise UsageError(
            f"--released-on {day} lies before {before.about.released_on}, when {before.name} was released",
            zh=f"--released-on {day} 早于 {before.name} 的发布日 {before.about.released_on}",
        )
    return day


def _late_file(workspace: Workspace, month: str, file: str | Path | None) -> Path | None:
    if file is None:
        return None
    path = Path(file)
    if not path.is_file() or path.is_symlink():
        raise UsageError(f"--file {path.name}: no such file", zh=f"--file {path.name}：没有该文件")
    there = workspace.inbox / month / path.name
    if there.is_file() and there.read_bytes() != path.read_bytes():
        raise UsageError(
            f"inbox/{month} has another file of the name {sent_name(path)}; give the new one a name of its own",
            zh=f"inbox/{month} 中已有同名的其他文件 {sent_name(path)}，请为新文件另取名称",
        )
    return path


def _put_into_inbox(file: Path, folder: Path) -> None:
    """Copy a file into an inbox folder: whole or not at all."""
    if (folder / file.name).is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    # beside the months, where no intake looks
    handle, temporary = tempfile.mkstemp(prefix=".late-", dir=folder.parent)
    os.close(handle)
    try:
        shutil.copy2(file, temporary)
        Path(temporary).replace(folder / file.name)
    finally:
        Path(temporary).unlink(missing_ok=True)
