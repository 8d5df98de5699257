"""Queries: what is doubtful, listed and sent; answers taken down; decisions put on record. One transaction each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from shuibei_index.checks import Checks
from shuibei_index.decisions import ACTIONS, JUDGEMENT, standing
from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.intake.limits import reading_limits
from shuibei_index.moments import read_moment
from shuibei_index.pipeline.taking_in import nothing_yet, panel_of
from shuibei_index.queries.answers import corrected_value, read_answers
from shuibei_index.queries.letter import ANSWERS, CORRECTABLE, letters
from shuibei_index.queries.page import write_page
from shuibei_index.queries.workbook import write_workbook
from shuibei_index.store import Store
from shuibei_index.teamfiles import write_bytes
from shuibei_index.validation.corrections import checked_values
from shuibei_index.workspace import Workspace

#: Answer of a firm → the action it implies.
IMPLIED = {"confirm": "accept", "correct": "correct", "withdraw": "exclude"}
#: Basis of a decision that follows a firm's own answer.
ANSWERED = "企业答复 / firm's answer"

#: What the drop-down of a letter says for each answer.
SAID = {code: words for words, code in ANSWERS.items()}


def list_queries(workspace: Workspace, month: str = "", status: str = "") -> pd.DataFrame:
    """Return the queries of an inbox month ("" = all): query, firm, line, rule, status, what is doubtful, decision."""
    with Store.open(workspace.store) as store:
        found = store.register.queries(month)
    content = pd.DataFrame([json.loads(text) for text in found["content"]])
    content = content.reindex(columns=["severity", "file", "sheet", "cell", "value", "expected", "proposed",
                                       "message_zh", "message_en"])  # fmt: skip
    frame = pd.concat([found.drop(columns=["content", "record"]), content], axis=1)
    return frame[frame["status"] == status].reset_index(drop=True) if status else frame


def list_decisions(workspace: Workspace, month: str = "") -> pd.DataFrame:
    """Return the register of decisions on records of a month ("" = all): who, when, what, why, on what basis.

    `in_force` tells which stand: a later decision on the same record and rule ends an earlier one.
    """
    with Store.open(workspace.store) as store:
        taken = store.register.decisions()
    taken = taken.assign(in_force=taken["decision"].isin(standing(taken)["decision"]))
    return taken[taken["period"] == month].reset_index(drop=True) if month else taken


def export_letters(workspace: Workspace, month: str, enterprise: str = "") -> pd.DataFrame:
    """Write a letter for each firm with open queries, as .xlsx and .html under work/<month>/queries/.

    Returns
    -------
    DataFrame
        enterprise_id, queries, workbook, page: one row per letter.
    """
    with Store.open(workspace.store) as store:
        state = store.month(month)
        if state is None:
            raise nothing_yet(month)
        kept = [store.objects.get_table(sha256) for sha256 in (state.held, state.rejected)]
        asked = store.register.queries(month)
    panel = panel_of(workspace)
    if enterprise and panel is not None and enterprise not in set(panel["enterprise_id"]):
        raise UsageError(
            f"no firm {enterprise!r} in panel.csv{did_you_mean(enterprise, panel['enterprise_id'])}",
            zh=f"panel.csv 中没有企业 {enterprise}",
        )
    folder = workspace.work(month) / "queries"
    rows = []
    for letter in letters(asked, kept, panel, month, enterprise):
        book = write_bytes(folder, f"{letter.file_stem}.xlsx", write_workbook(letter))
        page = write_bytes(folder, f"{letter.file_stem}.html", write_page(letter).encode())
        rows.append((letter.firm, len(letter.asked), str(book), str(page)))
    return pd.DataFrame(rows, columns=["enterprise_id", "queries", "workbook", "page"])


@dataclass(frozen=True)
class Answered:
    """What letters that came back said, and the decisions that follow.

    Attributes
    ----------
    decisions : DataFrame
        query, enterprise_id, period, line_no, rule, action, values, reason, decision (number; <NA> if not recorded).
    findings : DataFrame
        Rows and files that could not be used.
    """

    decisions: pd.DataFrame
    findings: pd.DataFrame

    @property
    def months(self) -> list[str]:
        """The inbox months that have to be settled again."""
        return sorted(set(self.decisions["month"]))


def answer(
    workspace: Workspace,
    files: Sequence[str | Path],
    *,
    person: str,
    at: str,
    enterprise: str = "",
    record: bool = True,
) -> Answered:
    """Take down the answers in letters that came back, and the decisions they imply.

    Parameters
    ----------
    workspace : Workspace
    files
        The workbooks.
    person, at
        Who takes them down, and when, as text.
    enterprise
        Who sent them, if known; otherwise the firm each letter names.
    record
        False: only say what would be done.

    Raises
    ------
    UsageError
        No person is given, or no time, or a text that is none.
    """
    at = _signed(person, at)
    with Store.open(workspace.store) as store:
        limits = reading_limits(workspace.rules(), None)
        if not record:
            return _implied(store, read_answers(files, store.register.queries(), limits, enterprise))
        with store.writer("query answer") as tx:
            read = read_answers(files, tx.register.queries(), limits, enterprise)
            done = _implied(store, read)
            kept = {name: tx.objects.put_bytes(data) for name, data in read.files.items()}
            for query, said, values, remark, file in read.rows.drop(columns="enterprise_id").to_numpy().tolist():
                tx.register.add_answer((query, said, values, remark, kept[file], person, at))
            numbers = _record(tx.register, done.decisions, person=person, at=at, basis=ANSWERED)
            return Answered(done.decisions.assign(decision=pd.array(numbers, dtype="Int64")), done.findings)


def _implied(store: Store, read: Any) -> Answered:
    asked = store.register.queries().set_index("query")
    rows = read.rows
    about = asked.loc[rows["query"], ["month", "enterprise_id", "period", "line_no", "record", "rule"]].reset_index()
    implied = about.assign(
        action=rows["answer"].map(IMPLIED).to_numpy(dtype=object),
        values=rows["values"].to_numpy(dtype=object),
        reason=rows["remark"].where(rows["remark"] != "", rows["answer"].map(SAID)).to_numpy(dtype=object),
        decision=pd.array([pd.NA] * len(rows), dtype="Int64"),
    )
    return Answered(implied, read.findings)


def decide(
    workspace: Workspace,
    queries: Sequence[str],
    action: str,
    *,
    person: str,
    reason: str,
    at: str,
    basis: str = "",
    values: dict[str, Any] | None = None,
    whole: bool = False,
) -> pd.DataFrame:
    """Decide on queries without the firm.

    Parameters
    ----------
    workspace : Workspace
    queries
        Ids of the queries.
    action : {"accept", "correct", "exclude", "impute"}
    person, reason, at
        Who, why, when.
    basis
        The rule or check it follows; "" = expert judgement.
    values
        For "correct": column → value.
    whole
        On everything that is doubtful about the record, not only on these queries.

    Returns
    -------
    DataFrame
        query, enterprise_id, period, line_no, rule, action, values, reason, decision.

    Raises
    ------
    UsageError
        A query, action, rule or value is not one; or who, when or why is missing; or a record that cannot be used as it
        is would be accepted.
    """
    at = _signed(person, at)
    if not reason.strip():
        raise UsageError("give the reason of the decision (--reason)", zh="请给出决定理由（--reason）")
    if action not in ACTIONS:
        raise UsageError(f"no action {action!r}; expected one of {', '.join(ACTIONS)}", zh=f"没有操作 {action}")
    if (action == "correct") != bool(values):
        raise UsageError(
            "a correction needs values, and only a correction has them", zh="更正须给出更正值；其他决定不带更正值"
        )
    text = json.dumps(values or {}, ensure_ascii=False, sort_keys=True)
    text = json.dumps(checked_values(text, "correct"), ensure_ascii=False, sort_keys=True)
    if basis and basis not in Checks.load() and basis not in set(workspace.rules()):
        raise UsageError(f"no rule or check {basis!r}; leave --basis out for 主观判断", zh=f"没有规则或审核项 {basis}")
    with Store.open(workspace.store) as store, store.writer("query decide") as tx:
        known = tx.register.queries().set_index("query")
        for query in queries:
            _decidable(query, known, action)
        names = ["month", "enterprise_id", "period", "line_no", "record", "rule"]
        taken = known.loc[list(dict.fromkeys(queries)), names].reset_index()
        taken = taken.assign(action=action, values=text, reason=reason)
        if whole:
            taken = taken.assign(rule="")
        numbers = _record(tx.register, taken, person=person, at=at, basis=basis or JUDGEMENT)
    return taken.assign(decision=pd.array(numbers, dtype="Int64"))


def _decidable(query: str, known: pd.DataFrame, action: str) -> None:
    if query not in known.index:
        raise UsageError(f"no query {query!r}{did_you_mean(query, known.index)}", zh=f"没有质疑 {query}")
    content = json.loads(str(known.loc[query, "content"]))
    if action == "correct" and content["scope"] == "file":
        raise UsageError(
            f"query {query} is about a whole file; ask for the file again", zh=f"质疑 {query} 针对整份文件，请重新报送"
        )
    if action == "accept" and content["severity"] == "reject" and content["scope"] == "record":
        raise UsageError(
            f"the record of query {query} cannot be used as it is: correct, exclude or impute it",
            zh=f"质疑 {query} 的记录无法按原样采用，请更正、剔除或插补",
        )


def _record(register: Any, rows: pd.DataFrame, *, person: str, at: str, basis: str) -> list[int]:
    signed = rows.assign(person=person, decided_at=at, basis=basis)
    signed["line_no"] = signed["line_no"].astype(object).where(signed["line_no"].notna(), None)
    return [register.add_decision(row) for row in signed.to_dict("records")]


def read_value(column: str, text: str) -> Any:
    """Return what a corrected value typed at the command line means for a column.

    Raises
    ------
    UsageError
        There is no such column, or the text is no value of it.
    """
    kinds = {each.name: each for each in CORRECTABLE}
    if column not in kinds:
        raise UsageError(f"no column {column!r} to correct{did_you_mean(column, kinds)}", zh=f"没有可更正的列 {column}")
    try:
        return corrected_value(kinds[column], text)
    except ValueError:
        raise UsageError(f"{column}: {text!r} cannot be read", zh=f"{column} 的值 {text!r} 无法读取") from None


def _signed(person: str, at: str) -> str:
    if not person.strip():
        raise UsageError("say who decides (--person)", zh="请给出决定人（--person）")
    if not at.strip():
        raise UsageError(
            "say when (--at TIME, e.g. 2025-07-04T10:30); no clock is read", zh="请给出时间（--at），程序不读取系统时钟"
        )
    return read_moment(at, "--at")
