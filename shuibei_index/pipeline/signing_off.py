"""Signing off: two people bind their names to exactly what would be released; a release without them is refused."""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from shuibei_index.errors import GateError, UsageError
from shuibei_index.frozen import Frozen
from shuibei_index.moments import read_moment
from shuibei_index.pipeline.signed_content import NOT_SIGNED, to_sign
from shuibei_index.review.gates import BLOCKS, REMARK
from shuibei_index.review.persons import ISSUER, REVIEWER, person_key
from shuibei_index.review.signatories import SIGNATORIES, Signatories
from shuibei_index.review.signed import signed_bytes, signed_digest, standing_sign_offs
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

if TYPE_CHECKING:
    from shuibei_index.review import Review
    from shuibei_index.store.ledger import ReleaseRecord


@dataclass(frozen=True)
class Signed:
    """The sign-offs a release is made with.

    Parameters
    ----------
    release : str
    content : mapping
        What was signed.
    required : int
        Different persons asked for; 0 in a trial.
    rows : DataFrame
        Those that count: `review.signed.LIST_COLUMNS`.
    """

    release: str
    content: Mapping[str, Any]
    required: int
    rows: pd.DataFrame

    def inputs(self, frozen: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the frozen inputs of the release keep of it; {} in a trial.

        Raises
        ------
        GateError
            What was frozen is not what was signed: something changed while the release was being made.
        """
        if not self.required:
            return {}
        if dict(self.content["inputs"]) != {k: v for k, v in frozen.items() if k not in NOT_SIGNED}:
            raise GateError(
                f"the inputs of {self.release} changed while it was being made; nothing was released. Review it again",
                zh=f"制作 {self.release} 时输入有变动，未发布；请重新审核",
            )
        numbers = [int(number) for number in self.rows["sign_off"]]
        return {"sign_offs": {"signed": signed_digest(self.content), "numbers": numbers}}

    def manifest(self) -> dict[str, Any]:
        """Return what the manifest says of it, without names of persons; {} in a trial."""
        if not self.required:
            return {}
        given = [{"role": r["role"], "signed_at": r["signed_at"]} for r in self.rows.to_dict("records")]
        return {"required": self.required, "given": given, "signed": signed_digest(self.content)}


def require_sign_offs(workspace: Workspace, store: Store, month: str, frozen: Frozen, revision: str) -> Signed:
    """Return the sign-offs of a release about to be made.

    Parameters
    ----------
    workspace, store, month
    frozen : Frozen
        What it is made of.
    revision : str
        Reason of a revision; "" = it is none.

    Raises
    ------
    GateError
        Fewer different persons than the rule review_sign_offs asks for have signed exactly this; says what is missing
        and how to go on. Never in a trial workspace.
    """
    required = 0 if frozen.settings.trial else int(frozen.rules.at(month)["review_sign_offs"])
    content = to_sign(workspace, store, month, frozen, revision)
    again = _released_before(store, month, content)
    if required and again is not None:
        return dataclasses.replace(again, required=required)
    rows = listed(store, month, content)
    counting = rows[rows["counts"].astype(bool)].reset_index(drop=True)
    if len(counting) < required:
        raise _not_signed(workspace, store, month, content, rows, required, revision)
    return Signed(str(content["release"]), content, required, counting)


def listed(store: Store, month: str, content: Mapping[str, Any]) -> pd.DataFrame:
    """Return the sign-offs of a month: who, when, whether it counts for `content`, why not."""
    return standing_sign_offs(
        store.register.sign_offs(month), str(content["release"]), content, store.objects.get_bytes
    )


def signatories(workspace: Workspace) -> Signatories:
    """Return who may sign in a workspace; false if nobody is named."""
    return Signatories.read(workspace.root / SIGNATORIES)


def signatory_of(workspace: Workspace, person: str, at: str, role: str = "") -> tuple[str, str]:
    """Return the name and role somebody signs with, as the workspace's list of signatories has them.

    Raises
    ------
    UsageError
        No time, or see `Signatories.signing`.
    """
    _moment(at)
    return signatories(workspace).signing(person, role)


def sign_off(workspace: Workspace, review: Review, person: str, at: str, *, role: str = "", note: str = "") -> int:
    """Put a person's sign-off of a review on record; returns its number.

    Parameters
    ----------
    workspace : Workspace
    review : Review
        As it stands; see `pipeline.reviewing.review_month`.
    person, at : str
        Who, and when; no clock is read.
    role : str
        审核 (review) or 签发 (issue). Default: 审核 for the first, 签发 for who signs beside another.
    note : str
        Asked for where a gate needs a remark.

    Raises
    ------
    UsageError
        See `signatory_of`.
    GateError
        A gate stops the month, or needs a remark and there is no note; or something changed since the review.
    """
    person, given = signatory_of(workspace, person, at, role)
    key, at = person_key(person), _moment(at)
    _pass_gates(review, note)
    with Store.open(workspace.store) as store, store.writer(f"review {review.month}") as tx:
        frozen = Frozen.of(workspace, store, review.month)
        content = to_sign(workspace, store, review.month, frozen, review.about["revision"])
        if signed_digest(content) != review.digest:
            raise GateError(
                f"{review.month} changed while it was being reviewed; review it again",
                zh=f"{review.month} 在审核期间有变动，请重新审核",
            )
        rows = listed(store, review.month, content)
        others = [p for p in rows.loc[rows["counts"].astype(bool), "person"] if person_key(str(p)) != key]
        gates = json.dumps([gate.to_dict() for gate in review.gates], ensure_ascii=False, sort_keys=True)
        return tx.register.add_sign_off(
            (
                review.month, review.release, "sign", person, given or (ISSUER if others else REVIEWER), at,
                note.strip(), tx.objects.put_bytes(signed_bytes(content)), gates,
            )
        )  # fmt: skip


def withdraw(workspace: Workspace, month: str, person: str, at: str, *, note: str = "") -> list[int]:
    """Take back what a person signed of a month's releases not yet made or any other; returns the new rows' numbers.

    Raises
    ------
    UsageError
        The person has signed nothing of the month that stands.
    """
    at = _moment(at)
    with Store.open(workspace.store) as store, store.writer(f"review {month}") as tx:
        rows = tx.register.sign_offs(month)
        key = person_key(person)
        if key not in set(rows["person"].map(person_key)):
            # signed under the listed name; who was taken off the list is known by the name of the ledger
            key = person_key(signatories(workspace).named(person)[0])
        same = rows["person"].map(person_key).eq(key).astype(bool)
        own = rows[same].drop_duplicates("release", keep="last")
        own = own[own["action"] == "sign"]
        if own.empty:
            raise UsageError(
                f"{person.strip()} has signed nothing of {month} that could be taken back",
                zh=f"{person.strip()} 在 {month} 没有可撤回的签字",
            )
        return [
            tx.register.add_sign_off(
                (month, row["release"], "withdraw", row["person"], row["role"], at, note.strip(), row["signed"], "[]")
            )
            for row in own.to_dict("records")
        ]


def sign_off_faults(
    record: ReleaseRecord, frozen: Frozen, manifest: Mapping[str, Any], store: Store
) -> list[tuple[str, str]]:
    """Return what is wrong with the sign-offs of a release on record, Chinese and English; [] = nothing.

    A release made under rules without review_sign_offs, or in a trial workspace, needs none.
    """
    month = str(manifest["period"])
    required = int(frozen.rules.at(month)["review_sign_offs"]) if "review_sign_offs" in set(frozen.rules) else 0
    if frozen.settings.trial or not required:
        return []
    kept, said = record.inputs.get("sign_offs"), manifest.get("sign_offs") or {}
    if not kept:
        return [("发布时没有签字，而工作区不是试运行。", "has no sign-offs, and its workspace was no trial.")]
    faults: list[tuple[str, str]] = []
    content = json.loads(store.objects.get_bytes(kept["signed"]))
    inputs = {k: v for k, v in record.inputs.items() if k not in NOT_SIGNED}
    if content["release"] != record.release or content["inputs"] != inputs:
        faults.append(("签字所对应的内容不是发布的内容。", "was signed with other content than it was released with."))
    rows = store.register.sign_offs(month)
    own = rows[rows["sign_off"].isin(kept["numbers"]) & (rows["action"] == "sign") & (rows["signed"] == kept["signed"])]
    persons = {person_key(str(person)) for person in own["person"]}
    if len(persons) < required:
        faults.append(
            (f"账本中有效签字 {len(persons)} 人，应为 {required} 人。",
             f"is signed by {len(persons)} persons in the ledger; {required} are asked for.")
        )  # fmt: skip
    given = [{"role": r["role"], "signed_at": r["signed_at"]} for r in own.to_dict("records")]
    if said.get("signed") != kept["signed"] or said.get("given") != given:
        faults.append(("清单所列签字与账本不一致。", "says other sign-offs than the ledger has."))
    return faults


def _pass_gates(review: Review, note: str) -> None:
    stopped = [gate for gate in review.gates if gate.outcome == BLOCKS]
    if stopped:
        raise GateError(
            "; ".join(f"{g.text_en} (rule {g.name})" for g in stopped)
            + f". Nothing can be signed off until this is mended; see work/{review.month}/review.html",
            zh="；".join(f"{g.text_zh}（规则 {g.name}）" for g in stopped)
            + f"。处理之前不得签字，见 work/{review.month}/review.html",
        )
    remarks = [gate for gate in review.gates if gate.outcome == REMARK]
    if remarks and not note.strip():
        raise GateError(
            "these need a remark, give it with --note: " + "; ".join(f"{g.text_en} (rule {g.name})" for g in remarks),
            zh="下列事项须以 --note 说明：" + "；".join(f"{g.text_zh}（规则 {g.name}）" for g in remarks),
        )


def _released_before(store: Store, month: str, content: Mapping[str, Any]) -> Signed | None:
    """Return the sign-offs a release was made with, if it was made of these inputs: it may be written again."""
    for record in store.releases():
        kept = record.inputs.get("sign_offs")
        inputs = {k: v for k, v in record.inputs.items() if k not in NOT_SIGNED}
        if record.release == content["release"] and kept and inputs == content["inputs"]:
            signed = json.loads(store.objects.get_bytes(kept["signed"]))
            rows = store.register.sign_offs(month)
            return Signed(record.release, signed, 0, rows[rows["sign_off"].isin(kept["numbers"])])
    return None


def _not_signed(
    workspace: Workspace, store: Store, month: str, content: Mapping[str, Any], rows: pd.DataFrame, required: int,
    revision: str,
) -> GateError:  # fmt: skip
    name = str(content["release"])
    where = "" if workspace.root == Path() else f" --workspace {shlex.quote(str(workspace.root))}"
    option = f" --revision {shlex.quote(revision)}" if revision else ""
    review, release = f"shuibei-index review{where} --month {month}{option}", f"{where} --month {month}{option}"
    counting = int(rows["counts"].astype(bool).sum()) if len(rows) else 0
    lost = [r for r in rows.to_dict("records") if not r["counts"]]
    zh = "".join(f"；{r['person']} 的签字无效（{r['why_zh']}）" for r in lost)
    en = "".join(f"; the sign-off of {r['person']} does not count ({r['why_en']})" for r in lost)
    if not revision and name in {record.release for record in store.releases()}:
        en += f". {name} is released; other content needs a revision announced with --revision REASON"
        zh += f"。{name} 已发布，内容有变须以 --revision 理由 作为修订发布"
    return GateError(
        f"{name} has {counting} of {required} sign-offs by different persons (rule review_sign_offs){en}.\n"
        f"  look:    {review}\n"
        f"  sign:    {review} --sign-off NAME --at 2025-01-10T09:30\n"
        f"  go on:   shuibei-index release{release}",
        zh=f"{name} 须由 {required} 名不同人员签字，现有效 {counting} 人（规则 review_sign_offs）{zh}。\n"
        f"  审核：{review}\n"
        f"  签字：{review} --sign-off 姓名 --at 2025-01-10T09:30\n"
        f"  继续：shuibei-index release{release}",
    )


def _moment(at: str) -> str:
    if not at.strip():
        raise UsageError(
            "say when (--at TIME, e.g. 2025-01-10T09:30); no clock is read", zh="请给出时间（--at），程序不读取系统时钟"
        )
    return read_moment(at, "--at")
