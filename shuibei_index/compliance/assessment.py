"""Self-assessment (自我评估): what the order asks as far as it is known, each with evidence or left to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from shuibei_index.compliance.answers import Answers
from shuibei_index.compliance.archive import Archive
from shuibei_index.compliance.coverage import Coverage
from shuibei_index.compliance.document import BLANK, Document, Link, Words
from shuibei_index.workspace import Workspace

if TYPE_CHECKING:
    from shuibei_index.store import Store

_NAMING: Words = ("名称与覆盖面（据 2024-07-11 报道转引）", "naming and coverage (quoted from press, 2024-07-11)")
_OPEN: Words = ("独立性与公开（据第43号令2021年报道及文本转引）", "independence, disclosure (quoted, Order 43 of 2021)")
_RUN: Words = ("运行维护，第14–19条（据转载文本，未注年份）", "operation, arts 14–19 (from a copy that names no year)")
_REVIEW: Words = ("评估和合规性审查操作指南（试行），转引", "guide to assessment and review (trial), quoted")


@dataclass(frozen=True)
class Item:
    """One item: what is asked and by what, the evidence, where it is, and whether a person must still answer."""

    number: int
    source: Words
    asked: Words
    evidence: Words
    place: str
    by_person: bool


def assessment(
    workspace: Workspace,
    store: Store,
    month: str,
    covered: Coverage,
    decided: pd.DataFrame,
    archive: Archive,
    answers: Answers,
) -> list[Item]:
    """Return the items of the form with what the workspace shows."""
    receipts, releases = store.receipts(), [r for r in store.releases() if r.release[:7] <= month]
    states = [state for m in store.months() if m <= month and (state := store.month(m)) is not None]
    told = _counts(states)
    revised = sorted({r.release for r in releases if "-r" in r.release})
    mine = sorted({r.release for r in releases if r.release[:7] == month})
    judged = decided[decided["judgement"] & decided["kind"].ne("sign_off")]
    reasons = int(judged["reason"].astype(str).str.strip().ne("").sum())
    out = decided[decided["what"].isin(["exclude", "impute"])]
    signed = decided[decided["kind"].eq("sign_off") & decided["month"].eq(month)]
    total = covered.rows[covered.rows["scope"].eq("00") & covered.rows["share_pct"].notna()]
    intact = len(archive.files) - archive.broken
    share: Words = BLANK
    if len(total):
        last = total.iloc[-1]
        text = f"{last['share_pct']:.{covered.decimals}f}%" if last["public"] else ""
        share = (
            (
                f"{last['year']} 年占比 {text}（{last['months']} 个月）",
                f"{text} in {last['year']} ({last['months']} months)",
            )
            if text
            else ("已计算，依保密规则见内部版", "computed; by the disclosure rules in the internal version only")
        )
    named = {r.seq for r in receipts if r.received_at}
    rows: list[tuple[Words, Words, Words | str, str]] = [
        (
            _NAMING,
            ("采集点覆盖的交易占全国的比重", "share of the national trade covered"),
            share,
            "coverage.{lang}.html",
        ),
        (
            _NAMING,
            ("覆盖面能反映全国价格", "the coverage reflects national prices"),
            "representative",
            "coverage.{lang}.html",
        ),
        (_NAMING, ("不与政府部门指数重名", "no clash with an index of a government"), "government_names", ""),
        (
            _OPEN,
            ("独立于利益相关方并公开声明", "independent of interested parties, declared in public"),
            "independence",
            "",
        ),
        (_OPEN, ("公开编制机构", "the compiler is disclosed"), "body", "plan.{lang}.html"),
        (
            _OPEN,
            ("公开编制方案", "the compilation plan is disclosed"),
            (
                f"已生成，规则摘要 {workspace.rules().digest[:12]}…；公开由人员完成",
                f"written, digest of rules {workspace.rules().digest[:12]}…; to be made public by a person",
            ),
            "plan.{lang}.html",
        ),
        (
            _OPEN,
            ("公开最新数值的简要依据与过程", "short basis and process of the latest value"),
            (
                f"{month} 的发布包：{'、'.join(mine)}（公报、方法、数据）",
                f"releases of {month}: {', '.join(mine)} (bulletin, method, data)",
            )
            if mine
            else (f"{month} 尚未发布", f"{month} is not released yet"),
            "",
        ),
        (_OPEN, ("方案载明采集点甄选标准", "the plan states how points are chosen"), "selection", "plan.{lang}.html"),
        (
            _OPEN,
            ("方案载明主观判断的使用与优先顺序", "the plan states when and with what priority judgement is used"),
            ("方案第十四节", "section 14 of the plan"),
            "plan.{lang}.html",
        ),
        (_RUN, ("与采集点约定报送规则", "submission rules agreed with each point"), "agreements", ""),
        (
            _RUN,
            ("采集可追溯：人员、标准、时间、渠道", "collection can be traced: person, standard, time, channel"),
            (
                f"回执 {len(receipts)} 份，均有摘要与文件名，{len(named)} 份有收到时间；报送人员与渠道须由人员说明",
                f"{len(receipts)} receipts, each with digest and file name, {len(named)} with a time; sender "
                "and channel: by a person",
            ),
            "internal/archive.csv",
        ),
        (
            _RUN,
            ("所有采集价格均经审核", "all collected prices are verified"),
            (
                f"{len(states)} 个月：采用 {told['accepted']}、待核 {told['held']}、退回 {told['rejected']} "
                f"条，合计 {told['all']} 条，每条均有结果",
                f"{len(states)} months: {told['accepted']} accepted, {told['held']} held, {told['rejected']} rejected, "
                f"{told['all']} in all, each with an outcome",
            ),
            "plan.{lang}.html",
        ),
        (
            _RUN,
            ("差错及时更正并显著公告", "errors corrected at once and shown prominently"),
            (
                f"更正或修订版 {len(revised)} 个" + (f"：{'、'.join(revised)}" if revised else ""),
                f"{len(revised)} corrected or revised releases" + (f": {', '.join(revised)}" if revised else ""),
            ),
            "",
        ),
        (
            _RUN,
            ("判断依据、异常剔除均留存", "grounds of judgement and exclusions are kept"),
            (
                f"主观判断 {len(judged)} 项，{reasons} 项有理由；剔除 {len(out)} 项",
                f"{len(judged)} judgements, {reasons} with a reason; {len(out)} exclusions",
            ),
            "judgements.{lang}.html",
        ),
        (
            _RUN,
            (f"资料自发布起保存不少于 {archive.years} 年", f"kept for {archive.years} years from publication"),
            (
                f"应存 {len(archive.files)} 份，完好 {intact} 份，缺失或有变 {archive.broken} 份",
                f"{len(archive.files)} files to be kept, {intact} intact, {archive.broken} missing or changed",
            ),
            "internal/archive.{lang}.html",
        ),
        (_RUN, ("编制人员档案", "records of staff"), "staff", ""),
        (_RUN, ("内控部门", "internal-control department"), "internal_control", ""),
        (
            _RUN,
            ("发布前复核", "review before release"),
            (
                f"{month}：签字登记 {len(signed)} 条" + ("（试运行不要求）" if workspace.settings.trial else ""),
                f"{month}: {len(signed)} entries of sign-offs"
                + (" (none needed in a trial)" if workspace.settings.trial else ""),
            ),
            "judgements.{lang}.html",
        ),
        (_RUN, ("不参与交易、不操纵指数", "no trading, no manipulation"), "no_trading", ""),
        (_REVIEW, ("咨询与投诉渠道", "contact for questions and complaints"), "contact", ""),
        (_REVIEW, ("已与《办法》正式文本核对", "checked against the official text"), "order_text", ""),
    ]
    return [_item(n, row, answers) for n, row in enumerate(rows, start=1)]


def assessment_page(workspace: Workspace, month: str, items: Sequence[Item]) -> Document:
    """Return the form."""
    settings, open_items = workspace.settings, sum(item.by_person for item in items)
    made = Document(
        ("自我评估表", "Self-assessment form"),
        (f"{settings.name_zh} · 截至 {month}", f"{settings.name_en} · up to {month}"),
    )
    made.say(
        "本表由本项目自行编排，不是任何机关的正式表格，也不表示已经合规。所列要求来自转引材料；"
        "《办法》第三、四章正式文本未能读到，使用前须逐条核对。",
        "Arranged by this project: not an official form of any authority, and no statement of compliance. The "
        "requirements "
        "are as quoted at second hand; the official text of chapters 3 and 4 could not be read: check each "
        "item against it.",
        strong=True,
    )
    made.say(
        f"共 {len(items)} 项，其中 {open_items} 项须由人员填写（工作区 compliance.toml）。",
        f"{len(items)} items, {open_items} of them to be answered by a person (compliance.toml of the workspace).",
    )
    made.table(
        [
            ("序号", "no."),
            ("要求", "asked"),
            ("依据与说明", "evidence"),
            ("见", "see"),
            ("来源", "source"),
            ("结论（人员填写）", "verdict (by a person)"),
        ],
        [[str(i.number), i.asked, i.evidence, Link(i.place), i.source, ""] for i in items],
    )
    made.say(
        "填表人：＿＿＿＿　复核人：＿＿＿＿　日期：＿＿＿＿",
        "Filled in by: ________  Checked by: ________  Date: ________",
    )
    return made


def _item(number: int, row: tuple[Words, Words, Words | str, str], answers: Answers) -> Item:
    source, asked, evidence, place = row
    if isinstance(evidence, str):
        by = answers.signature(evidence)
        words = answers.words(evidence)
        said = (f"{words[0]}（{by}）", f"{words[1]} ({by})") if by else words
        return Item(number, source, asked, said, place, not answers.has(evidence))
    return Item(number, source, asked, evidence, place, evidence == BLANK)


def _counts(states: Sequence[object]) -> dict[str, int]:
    names = ("accepted", "held", "rejected")
    frame = pd.DataFrame([dict(getattr(state, "counts")) for state in states])  # noqa: B009
    found = {name: int(pd.to_numeric(frame[name]).sum()) if name in frame else 0 for name in names}
    return {**found, "all": sum(found.values())}
