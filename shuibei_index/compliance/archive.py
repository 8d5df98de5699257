"""Archive: every file that must be kept, where it is, until when, and whether it is there and intact."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from shuibei_index.compliance.document import Code, Document, Words
from shuibei_index.errors import StoreError
from shuibei_index.store import Store
from shuibei_index.store.faults import StoreCheck
from shuibei_index.store.ledger import Ledger, ReleaseRecord
from shuibei_index.store.naming import Named, named_objects
from shuibei_index.store.store import LEDGER
from shuibei_index.workspace import Settings, Workspace

COLUMNS = ("kind", "what", "month", "date", "sha256", "place", "published", "keep_until", "state")
KINDS: dict[str, Words] = {
    "receipt": ("收到的原始文件", "raw file received"),
    "month": ("月度记录（采用、待核、退回、检查结果）", "records of a month (accepted, held, rejected, findings)"),
    "sign_off": ("签字内容", "what was signed"),
    "release": ("已发布文件", "published file"),
    "frozen": ("发布时冻结的规则、分类树、权数、决定等", "rules, trees, weights, decisions … frozen with a release"),
    "ledger": ("账本：回执、决定、质疑、签字的登记", "ledger: receipts, decisions, queries, sign-offs"),
}
STATES: dict[str, Words] = {
    "intact": ("在库且完好", "there and intact"),
    "missing": ("缺失", "missing"),
    "changed": ("内容已变或无法读取", "changed or unreadable"),
}
#: What must be kept and the program does not hold: for people to keep.
ELSEWHERE: tuple[Words, ...] = (
    ("与采集点的约定、采集点负责人员名单", "agreements with collection points, and the persons responsible there"),
    ("编制人员档案", "records of the staff"),
    (
        "质疑的往来函件原件（程序只登记答复内容）",
        "original letters about queries (the program notes what was answered)",
    ),
    ("内控与自我评估的签署件", "signed papers of internal control and self-assessment"),
    ("程序本身：按发布包所记版本保存安装包", "the program itself: the package of the version each release names"),
)
_FAULTS = {"object_missing": "missing", "object_changed": "changed", "object_unreadable": "changed"}
#: Kinds of faults that are the ledger's own begin so.
_LEDGER = ("row_", "ledger", "head", "form", "log")
_UNPUBLISHED: Words = ("尚未发布，须保存", "not yet published: keep")


@dataclass(frozen=True)
class Archive:
    """The index of the archive.

    Parameters
    ----------
    files : DataFrame
        `COLUMNS`; one row for each object the ledger counts on, and one for the ledger. `published` is the day of the
        last release that rests on it, "" = none yet; `keep_until` follows from it.
    check : StoreCheck
        What the check of the whole store found.
    years : int
    """

    files: pd.DataFrame
    check: StoreCheck
    years: int

    @property
    def broken(self) -> int:
        """Number of files that are missing or changed."""
        return int((self.files["state"] != "intact").sum())


def archive_index(workspace: Workspace, store: Store, month: str) -> Archive:
    """List everything that must be kept and check each of it.

    A file is kept for the years of the rule `archive_years` after the last release that rests on it: accepted records
    rest under every later release, since a series goes back to its first month.
    """
    years = int(workspace.rules().at(month)["archive_years"])
    check = store.check(releases=workspace.releases if workspace.releases.is_dir() else None)
    ledger = Ledger.open(store.root / LEDGER)
    try:
        named = named_objects(ledger.connection)
        received = {r.sha256: (r.received_at, (r.inbox_month, *r.periods)) for r in ledger.receipts()}
        releases = ledger.releases()
        own = {record.seq: ledger.released_files(record.seq) for record in releases}
        signed = {str(sha): str(at) for sha, at in ledger_sign_offs(store)}
    finally:
        ledger.close()
    days, lasts = _publications(store, releases, own)
    wrong = {fault.name: _FAULTS[fault.kind] for fault in check.faults if fault.kind in _FAULTS}
    rows = [
        _row(sha, item, received, signed, days, lasts, wrong.get(sha, "intact"), store, years)
        for sha, item in named.items()
    ]
    broken = any(fault.kind.startswith(_LEDGER) for fault in check.faults)
    newest = max(days.values(), default="")
    rows.append(
        (
            "ledger",
            "账本摘要 head of the ledger",
            "",
            "",
            check.head,
            f"store/{LEDGER}",
            newest,
            _until(newest, years),
            "changed" if broken or not check.head else "intact",
        )
    )
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(
        ["kind", "month", "what", "sha256"], ignore_index=True
    )
    return Archive(frame, check, years)


def archive_page(settings: Settings, month: str, found: Archive) -> Document:
    """Return the index of the archive as a document, counted by kind; the CSV has every file."""
    files = found.files
    made = Document(
        ("三年归档目录", "Archive index") if found.years == 3 else ("归档目录", "Archive index"),
        (f"{settings.name_zh} · 截至 {month} · 内部版", f"{settings.name_en} · up to {month} · internal"),
    )
    made.say(
        f"每份文件自以其为依据的最后一次发布之日起至少保存 {found.years} 年（规则 archive_years）。"
        "采用记录是其后每次发布的依据，因此期限随新的发布顺延。尚未发布的一律保存。",
        f"Each file is kept for at least {found.years} years from the last release that rests on it (rule "
        "archive_years). "
        "Accepted records lie under every later release, so their time moves on with it. What is not yet "
        "published is kept.",
    )
    bad = files[files["state"] != "intact"]
    if len(bad) or found.check.faults:
        made.say(
            f"不完好：{len(bad)} 份文件缺失或有变；库检查共 {len(found.check.faults)} 处问题。请运行 "
            "shuibei-index store check --repair。",
            f"Not sound: {len(bad)} files missing or changed; the check of the store found "
            f"{len(found.check.faults)} faults. "
            "Run shuibei-index store check --repair.",
            strong=True,
        )
    else:
        made.say(f"{len(files)} 份文件均在库且完好。", f"All {len(files)} files are there and intact.")
    counts = files.groupby("kind").agg(
        n=("sha256", "size"),
        good=("state", lambda s: int((s == "intact").sum())),
        first=("keep_until", "min"),
        last=("keep_until", "max"),
    )
    made.head("按种类", "By kind")
    rows = [
        [KINDS[str(kind)], str(n), str(good), _kept(first), _kept(last)]
        for kind, n, good, first, last in counts.reset_index().to_numpy(dtype=object)
    ]
    made.table(
        [
            ("种类", "kind"),
            ("份数", "files"),
            ("完好", "intact"),
            ("最早可销毁日", "first keep-until"),
            ("最晚可销毁日", "last keep-until"),
        ],
        rows,
        (1, 2),
    )
    if len(bad):
        made.head("缺失或有变的文件", "Files missing or changed")
        made.table(
            [("内容", "what"), ("状态", "state"), ("位置", "place"), ("sha256", "sha256")],
            [
                [str(r["what"]), STATES[str(r["state"])], Code(r["place"]), Code(r["sha256"])]
                for r in bad.to_dict("records")
            ],
        )
    others = [f for f in found.check.faults if f.kind not in _FAULTS]
    if others:
        made.head("库检查的其他问题", "Other faults of the store")
        made.table([("对象", "about"), ("问题", "fault")], [[Code(f.name), (f.zh, f.en)] for f in others])
    made.head("程序不保存、须由人员归档", "Not held by the program: for people to keep")
    made.table(
        [("材料", "papers"), ("状态", "state")], [[w, ("须由人员确认", "for a person to confirm")] for w in ELSEWHERE]
    )
    made.say("逐份文件的摘要、位置与期限见 archive.csv。", "archive.csv has digest, place and time of every file.")
    return made


def ledger_sign_offs(store: Store) -> list[tuple[str, str]]:
    """Return what was signed and when, as (digest, time)."""
    signed = store.register.sign_offs()
    return list(zip(signed["signed"].astype(str), signed["signed_at"].astype(str), strict=True))


def _publications(
    store: Store, releases: list[ReleaseRecord], own: Mapping[int, Mapping[str, str]]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the day of the last release that rests on each digest, and on each month."""
    days: dict[str, str] = {}
    lasts: dict[str, str] = {}
    for record in releases:
        day = _released_on(store, record)
        used = {record.manifest, *own[record.seq].values(), *_digests(record.inputs)}
        days.update({sha: max(day, days.get(sha, "")) for sha in used})
        lasts.update({m: max(day, lasts.get(m, "")) for m in (*record.inputs.get("months", {}), record.release[:7])})
    return days, lasts


def _released_on(store: Store, record: ReleaseRecord) -> str:
    try:
        return str(json.loads(store.objects.get_bytes(record.manifest)).get("released_on", ""))
    except StoreError:
        # the manifest itself is named as missing; until it is back the time cannot be told, so it is kept
        return ""


def _digests(content: Any) -> set[str]:
    if isinstance(content, Mapping):
        return set().union(*(_digests(value) for value in content.values())) if content else set()
    return {content} if isinstance(content, str) and len(content) == 64 else set()


def _row(
    sha: str,
    item: Named,
    received: Mapping[str, tuple[str, tuple[str, ...]]],
    signed: Mapping[str, str],
    days: Mapping[str, str],
    lasts: Mapping[str, str],
    state: str,
    store: Store,
    years: int,
) -> tuple[str, ...]:
    kind = _kind(item, sha in received)
    date, about = received.get(sha, (signed.get(sha, ""), (item.month,) if item.month else ()))
    # held and rejected records, findings and raw files stand behind the published months they are of
    behind = [days.get(sha, ""), *(lasts.get(m, "") for m in about)]
    published = max(behind)
    month = item.month or (about[0] if about else "")
    date = date or (published if kind in ("release", "frozen") else "")
    place = store.objects.place(sha, table=item.table).relative_to(store.root).as_posix()
    return (kind, item.what, month, date, sha, f"store/{place}", published, _until(published, years), state)


def _kind(item: Named, is_receipt: bool) -> str:
    if is_receipt and item.what.startswith("回执"):
        return "receipt"
    if item.month:
        return "month"
    if item.what.startswith("签字"):
        return "sign_off"
    return "frozen" if "冻结" in item.what else "release"


def _until(published: str, years: int) -> str:
    if not published:
        return ""
    day = dt.date.fromisoformat(published)
    try:
        return day.replace(year=day.year + years).isoformat()
    except ValueError:
        # 29 February: the time has not passed before 1 March
        return dt.date(day.year + years, 3, 1).isoformat()


def _kept(day: object) -> str | Words:
    return str(day) if day else _UNPUBLISHED
