"""Publishing: season taken out, the month frozen into a bundle, and any bundle checked again."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shuibei_index.adjust.engine.program import locate
from shuibei_index.adjust.reviewing.accepted import in_force, parse_acceptances
from shuibei_index.decisions import decisions_digest
from shuibei_index.errors import StoreError
from shuibei_index.frozen import Frozen, digests, freeze, thaw
from shuibei_index.index import IndexSeries
from shuibei_index.outcome import Released, Verified, say
from shuibei_index.pipeline.adjusting import ACCEPTED, adjust, adjust_series
from shuibei_index.pipeline.compiling import compile_frozen, prices_of
from shuibei_index.pipeline.late_data import require_announced
from shuibei_index.pipeline.replaying import receipts_to_replay, replay_differs
from shuibei_index.pipeline.signer import UNSIGNED, signer
from shuibei_index.pipeline.signing_off import require_sign_offs, sign_off_faults
from shuibei_index.pipeline.taking_in import pass_gates, validate
from shuibei_index.pipeline.withholding import pattern_of, protection_of, released_pattern
from shuibei_index.prosperity import of_release, of_workspace
from shuibei_index.release import Release, make_release, read_release
from shuibei_index.release.computed import computed_tables, indices_table, withheld
from shuibei_index.release.embargo import public_day
from shuibei_index.release.last_digits import differ
from shuibei_index.release.recomputed import is_guarded, recomputed
from shuibei_index.release.taxes import without_tax_of
from shuibei_index.release.verify import Problem
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

if TYPE_CHECKING:
    from shuibei_index.disclosure import Protection
    from shuibei_index.prosperity import ProsperityIndex
    from shuibei_index.release import VerifyReport
    from shuibei_index.store.ledger import ReleaseRecord
    from shuibei_index.store.store import Transaction


def release(
    workspace: Workspace,
    month: str,
    *,
    out: str | None = None,
    released_on: str = "",
    revision: str = "",
    embargo_until: str = "",
    signing_key: str = "",
    passphrase: str | None = None,
) -> Released:
    """Compile, adjust and freeze a month into releases/, and note in the ledger what it was made from.

    Raises
    ------
    GateError
        The month's data did not pass a gate, or two different persons have not signed off exactly this (not asked of
        a trial).
    UsageError
        `released_on` is a day before the embargo ends.
    ReleaseError
        The month is released with other content, and no `revision` is announced.
    StoreError
        The ledger is not the one that was sealed.
    """
    # a day before its embargo ends, or a key that cannot be used, stops the command before any work
    public_day(released_on, embargo_until)
    key = signer(workspace, key=signing_key, passphrase=passphrase)
    report = validate(workspace, month)
    pass_gates(report.gates, month)
    with Store.open(workspace.store) as store, store.writer(f"release {month}") as tx:
        store.require_sealed()
        frozen = Frozen.of(workspace, store, month)
        signed = require_sign_offs(workspace, store, month, frozen, revision)
        inputs = {**freeze(workspace, frozen, tx), **receipts_to_replay(frozen, store, month)}
        inputs |= signed.inputs(inputs)
        plain = prices_of(frozen.settings.stage, frozen, store)
        series = compile_frozen(frozen, store, plain=plain)
        say(f"指数 index: {len(series.months)} 个月 months, {len(series.codes)} 类 classes")
        adjusted = adjust(workspace, series)
        counted = adjusted.diagnostics["status"].value_counts().to_dict()
        say("季调 adjust: " + ", ".join(f"{n} {status}" for status, n in counted.items()))
        name, earlier = _name(store, month, revision)
        if earlier and not revision:
            then = {r.release: r.inputs["months"] for r in store.releases()}[earlier]
            require_announced(then, frozen.months, min(earlier[:7], month), frozen.rules)
        before = read_release(workspace.releases / earlier) if earlier else None
        protection, unprotected = protection_of(series, frozen, released_pattern(before))
        say(f"保密 disclosure: {protection!r}" if protection is not None else "保密 disclosure: 未设 none")
        if unprotected:
            say(unprotected)
        made = make_release(
            series,
            adjusted,
            report,
            rules=frozen.rules,
            settings=frozen.settings,
            digests=digests(inputs),
            previous=before,
            month=month,
            vintage=name,
            released_on=released_on or None,
            reason=revision,
            prosperity=of_workspace(workspace, store, series, plain),
            taxes=without_tax_of(series, frozen.rules, frozen.settings.tax_basis),
            protection=protection,
            sign_offs=signed.manifest(),
            embargo_until=embargo_until,
        )
        if key is not None:
            made = made.signed(key)
        elif not workspace.settings.trial:
            say(UNSIGNED)
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
    return _place(made, name)


def _place(made: list[str], name: str) -> tuple[str, str]:
    before = made[: made.index(name)] if name in made else made
    return name, before[-1] if before else ""


def _record(tx: Transaction, name: str, path: Path, inputs: dict[str, object]) -> None:
    files = read_release(path).files
    # the files themselves as well: the release can then be rebuilt from the store alone, byte for byte
    tx.record_release(name, tx.objects.put_bytes(files["manifest.json"]), inputs, files)


def verify(bundle: str | Path, workspace: str | Path | None = None) -> Verified:
    """Check a bundle's files, and recompute its tables from the frozen inputs if they are at hand.

    Every table is compared row by row; the adjusted series too if the program that made them is on this machine.
    """
    release = read_release(bundle)
    report = release.verify()
    home = Path(workspace) if workspace is not None else Path(bundle).resolve().parent.parent
    if not (home / "workspace.toml").is_file():
        return Verified(release, report, None, "no workspace with the frozen inputs; pass --workspace DIR to recompute")
    with Store.open(Workspace.open(home).store) as store:
        record = next((r for r in reversed(store.releases()) if r.release == release.name), None)
        if record is None:
            return Verified(release, report, None, f"the store of {home.name} knows no release {release.name}")
        report = _as_sealed(_as_recorded(release, report, record), store)
        if "indices.parquet" in {problem.file for problem in report.problems}:
            return Verified(release, report, None, "indices.parquet is not the released one: nothing to compare with")
        frozen = thaw(record.inputs, store)
        report = _as_decided(release, report, record, frozen, store)
        report = _as_signed(release, report, record, frozen, store)
        plain = prices_of(frozen.settings.stage, frozen, store)
        again = compile_frozen(frozen, store, plain=plain)
        prosperity = of_release(record.inputs, frozen, store, again, plain)
        earlier = _place(list(dict.fromkeys(r.release for r in store.releases())), release.name)[1]
        before = _before(store, home, earlier)
        protection = pattern_of(release, again, frozen, before, first=not earlier)
        report = _as_computed(release, report, again, frozen, prosperity, before, protection)
        report, adjusted = _as_adjusted(release, report, again, frozen, record.inputs, store, protection)
    if frozen.later_rules:
        say(frozen.later_rules)
    return Verified(release, report, again.to_frame(), "", adjusted)


def _as_sealed(report: VerifyReport, store: Store) -> VerifyReport:
    """Add to a report that the ledger the release is compared with is not the one that was sealed."""
    try:
        store.require_sealed()
    except StoreError as error:
        return dataclasses.replace(report, problems=(*report.problems, Problem("ledger", error.zh, str(error))))
    return report


def _as_decided(
    release: Release, report: VerifyReport, record: ReleaseRecord, frozen: Frozen, store: Store
) -> VerifyReport:
    """Add to a report that the frozen decisions are not those of the ledger, or no longer give the same records."""
    if frozen.decisions is None or not len(frozen.decisions):
        return report
    known = store.register.decisions()
    known = known[known["decision"].isin(frozen.decisions["decision"])].reset_index(drop=True)
    problems = list(report.problems)
    if decisions_digest(known) != decisions_digest(frozen.decisions):
        problems.append(
            Problem("decisions", "库中的决定与发布时的不一致。", "of the ledger are not those of the release.")
        )
    month = release.manifest["period"]
    if replay_differs(record.inputs, frozen, store, month):
        zh, en = "按冻结的决定重放，采用记录不一致。", "replayed from the store do not give the records released."
        problems.append(Problem("decisions", zh, en))
    return dataclasses.replace(report, problems=tuple(problems))


def _as_signed(
    release: Release, report: VerifyReport, record: ReleaseRecord, frozen: Frozen, store: Store
) -> VerifyReport:
    """Add to a report that a release was not signed off as the rules of its month ask for."""
    found = [Problem("sign_offs", zh, en) for zh, en in sign_off_faults(record, frozen, release.manifest, store)]
    return dataclasses.replace(report, problems=(*report.problems, *found))


def _as_computed(
    release: Release,
    report: VerifyReport,
    again: IndexSeries,
    frozen: Frozen,
    prosperity: ProsperityIndex | None,
    previous: Release | None,
    protection: Protection | None,
) -> VerifyReport:
    """Add to a report every row and column of the tables that the frozen inputs do not give."""
    about = release.about
    # a release made before there was such a table has none
    taxed = "without_tax.csv" in release.files
    taxes = without_tax_of(again, frozen.rules, frozen.settings.tax_basis) if taxed else None
    frames = computed_tables(
        again, about.policy, about.period, prosperity=prosperity, taxes=taxes, protection=protection
    )
    problems = [*report.problems, *recomputed(release, frames, report, previous, protection)]
    name = "prosperity.csv"
    if "prosperity" in frames and name not in release.files:
        zh, en = "冻结数据有景气指数，发布包没有。", "is missing: the frozen inputs give a prosperity index."
        problems.append(Problem(name, zh, en))
    return dataclasses.replace(report, problems=tuple(problems))


def _as_adjusted(
    release: Release,
    report: VerifyReport,
    again: IndexSeries,
    frozen: Frozen,
    inputs: Mapping[str, Any],
    store: Store,
    protection: Protection | None = None,
) -> tuple[VerifyReport, str]:
    """Add to a report that the frozen inputs give other adjusted series; say what was compared, or why nothing was."""
    about = release.about
    published = release.frame("indices").query("adjustment != 'NSA'")
    if not len(published):
        return report, ""
    here = locate()
    same = here is not None and all(here.identity()[name] == about.engine.get(name) for name in ("name", "sha256"))
    if not same:
        made_by = " ".join(about.engine.get(name, "") for name in ("name", "version", "build")).strip()
        return report, (
            f"季节调整未重算：本机没有发布时所用的程序 adjusted series not recomputed: not the program on this machine "
            f"({made_by})"
        )
    file = inputs["files"].get(ACCEPTED)
    text = "" if file is None else store.objects.get_bytes(file).decode()
    accepted = in_force(parse_acceptances(text, ACCEPTED), about.period)
    adjusted = adjust_series(again, frozen.rules.at(about.period), accepted)
    table = indices_table(again, about.policy, about.period, adjusted=adjusted)
    made = withheld("indices", table, protection).query("adjustment != 'NSA'")
    key = ["period", "class_code", "component", "adjustment"]
    both = published[[*key, "index", "obs_conf"]].merge(
        made[[*key, "index", "obs_conf"]], on=key, how="outer", suffixes=("", "_again")
    )
    guarded = is_guarded(release)
    other = differ(both["index"], both["index_again"])
    # before disclosure control a value could be withheld by hand
    wrong = both[
        (other & (both["obs_conf"] != "C")) | (guarded & (other | both["obs_conf"].ne(both["obs_conf_again"])))
    ]
    if not len(wrong):
        return report, f"季节调整重算一致 adjusted series recomputed by the same program: {len(both)} values, all equal"
    first = " ".join(str(wrong[name].iloc[0]) for name in key)
    zh = f"季节调整重算不一致 {len(wrong)} 处，首处 {first}。"
    en = f"has {len(wrong)} adjusted values the frozen inputs do not give, first {first}."
    problems = (*report.problems, Problem("indices.csv", zh, en))
    return dataclasses.replace(report, problems=problems), f"季节调整重算不一致 {len(wrong)} adjusted values differ"


def _before(store: Store, home: Path, before: str) -> Release | None:
    """Return a release as the ledger recorded it: its folder, or what the store kept of it; None for ""."""
    if not before:
        return None
    records = {r.release: r for r in store.releases()}
    folder = Workspace.open(home).releases / before
    if folder.is_dir() and (folder / "manifest.json").is_file():
        found = read_release(folder)
        unchanged = hashlib.sha256(found.files["manifest.json"]).hexdigest() == records[before].manifest
        if unchanged and found.verify().ok:
            return found
    kept = store.released_files(records[before].seq)
    whole = bool(kept) and all(sha256 in store.objects for sha256 in kept.values())
    return Release({path: store.objects.get_bytes(sha256) for path, sha256 in kept.items()}) if whole else None


def _as_recorded(release: Release, report: VerifyReport, record: ReleaseRecord) -> VerifyReport:
    """Add to a report that the manifest is not the one the ledger has: a bundle may agree with itself all the same."""
    if hashlib.sha256(release.files["manifest.json"]).hexdigest() == record.manifest:
        return report
    zh, en = "清单与发布时登记的不一致。", "is not the manifest the ledger recorded when the release was made."
    return dataclasses.replace(report, problems=(*report.problems, Problem("manifest.json", zh, en)))
