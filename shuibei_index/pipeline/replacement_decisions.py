"""Replacement decisions: taken one by one or from the team's sheet, withdrawn, listed. One transaction each."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from shuibei_index.errors import UsageError
from shuibei_index.frozen import Frozen
from shuibei_index.index.replacing import LINK_COLUMNS, linked, total_effects
from shuibei_index.moments import read_moment
from shuibei_index.pipeline.compiling import compile_frozen, prices_of
from shuibei_index.pipeline.keeping_up import DECIDE_COLUMNS, TAKEN, write_links
from shuibei_index.pipeline.replacing import (
    REGISTER_COLUMNS,
    Request,
    decision_row,
    judged,
    links_in_force,
    register_of,
    withdrawn,
)
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace


@dataclass(frozen=True)
class Replaced:
    """Decisions taken, and what all links in force do to the month's index.

    Parameters
    ----------
    decisions : DataFrame
        `REGISTER_COLUMNS` of the decisions just taken.
    effects, totals : DataFrame
        As `index.replacing.linked` and `total_effects`, of all links in force.
    files : tuple of Path
        Where the team finds them.
    """

    decisions: pd.DataFrame
    effects: pd.DataFrame
    totals: pd.DataFrame
    files: tuple[Path, ...]


def list_replacements(workspace: Workspace, month: str = "") -> pd.DataFrame:
    """Return the register of decisions on replacements up to a month ("" = all), `REGISTER_COLUMNS`."""
    with Store.open(workspace.store) as store:
        taken = store.register.replacements(until=month)
    return register_of(taken) if len(taken) else pd.DataFrame(columns=list(REGISTER_COLUMNS))


def replace(
    workspace: Workspace, month: str, requests: Sequence[Request], *, person: str, at: str = "", record: bool = True
) -> Replaced:
    """Decide that items take the place of others, from this month's compilation on.

    Parameters
    ----------
    workspace : Workspace
    month : str
        The month whose upkeep the decisions belong to: compilations of earlier months stay what they are.
    requests : sequence of Request
        All of them are taken, or none.
    person, at : str
        Who, and when as text ("" = not stated): no clock is read.
    record : bool
        False = only show what it would do: nothing is decided and nothing written.

    Raises
    ------
    UsageError
        As `judged`; or who or why is missing.
    WorkspaceError
        Nothing of the month has been taken in.
    """
    at = _signed(person, at)
    if not requests:
        raise UsageError("no replacement to decide on", zh="没有待决定的替换")
    if any(not request.reason.strip() for request in requests):
        raise UsageError("give the reason of the replacement (--reason)", zh="请给出替换理由（--reason）")
    if not record:
        with Store.open(workspace.store) as store:
            frozen, rows = _judged(workspace, store, month, requests)
            taken = store.register.replacements()
            first = int(taken["decision"].max()) + 1 if len(taken) else 1
            signed = pd.DataFrame(rows).assign(person=person, decided_at=at, decision=range(first, first + len(rows)))
            taken = pd.concat([taken, signed[list(taken.columns)]], ignore_index=True)
            tried = dataclasses.replace(frozen, replacements=taken[taken["period"] <= month].reset_index(drop=True))
            series = compile_frozen(tried, store, replicates=0)
        own = register_of(taken).iloc[-len(rows) :].reset_index(drop=True)
        return Replaced(own, linked(series, checks=workspace.checks()), total_effects(series), ())
    with Store.open(workspace.store) as store, store.writer(f"replace {month}") as tx:
        _, rows = _judged(workspace, store, month, requests)
        numbers = [tx.register.add_decision({**row, "person": person, "decided_at": at}) for row in rows]
    return _shown(workspace, month, numbers)


def _judged(
    workspace: Workspace, store: Store, month: str, requests: Sequence[Request]
) -> tuple[Frozen, list[dict[str, Any]]]:
    """Return the inputs of the month and the decisions that requests make, each judged beside those before it."""
    frozen = Frozen.of(workspace, store, month)
    panel = prices_of(frozen.settings.stage, frozen, store)
    known, rows = links_in_force(store.register.replacements()), []
    for request in requests:
        values = judged(panel, request, month, known, frozen, store)
        rows.append(decision_row(values, month, "accept", request.reason))
        told = {"asked": values["asked"], "note_zh": values["zh"], "note_en": values["en"]}
        link = pd.DataFrame([{name: values[name] for name in LINK_COLUMNS} | told])
        known = pd.concat([known, link], ignore_index=True) if len(known) else link
    return frozen, rows


def withdraw(
    workspace: Workspace, month: str, enterprise: str, item: str, *, person: str, reason: str, at: str = "",
    class_code: str = "",
) -> Replaced:  # fmt: skip
    """Withdraw a replacement in force: from this month's compilation on the items go their own ways again.

    Raises
    ------
    UsageError
        No such replacement is in force, or it was decided in a later month; who or why is missing.
    """
    at = _signed(person, at)
    if not reason.strip():
        raise UsageError("give the reason (--reason)", zh="请给出理由（--reason）")
    with Store.open(workspace.store) as store, store.writer(f"replace {month}") as tx:
        values = withdrawn(tx.register.replacements(until=month), enterprise, item, class_code)
        row = decision_row(values, month, "exclude", reason)
        number = tx.register.add_decision({**row, "person": person, "decided_at": at})
    return _shown(workspace, month, [number])


def _shown(workspace: Workspace, month: str, numbers: Sequence[int]) -> Replaced:
    with Store.open(workspace.store) as store:
        frozen = Frozen.of(workspace, store, month)
        series = compile_frozen(frozen, store, replicates=0)
        register = register_of(store.register.replacements())
    effects, totals, files = write_links(workspace, month, series)
    own = register[register["decision"].isin(list(numbers))].reset_index(drop=True)
    return Replaced(own, effects, totals, files)


def read_sheet(path: str | Path, reason: str = "") -> list[Request]:
    """Return what the team's replacement sheet (work/<month>/replacements.csv, filled in) asks for.

    Parameters
    ----------
    path : path
        CSV with enterprise_id, item_id, class_code and `DECIDE_COLUMNS`: decide (yes, y, 1, 是, 替换 = replace; empty,
        no, n, 0, 否 = not), by_item (empty = the candidate named), method (empty = by rule), factor, reason.
    reason : str
        For rows that state none.

    Raises
    ------
    UsageError
        The file cannot be read, a column is missing, or a cell is not one of the above.
    """
    try:
        sheet = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UsageError(f"{Path(path).name} cannot be read: {error}", zh=f"无法读取 {Path(path).name}") from error
    needed = ["enterprise_id", "item_id", "class_code", *DECIDE_COLUMNS]
    missing = [name for name in needed if name not in sheet]
    if missing:
        raise UsageError(
            f"{Path(path).name}: no column {', '.join(missing)}; use work/YYYY-MM/replacements.csv as compile wrote it",
            zh=f"{Path(path).name} 缺少列 {'、'.join(missing)}，请使用 compile 生成的 replacements.csv",
        )
    said = sheet["decide"].str.strip().str.lower()
    unknown = sorted(set(said) - set(TAKEN))
    if unknown:
        raise UsageError(
            f"{Path(path).name}, column decide: {unknown[0]!r} is neither yes nor no",
            zh=f"{Path(path).name} 的 decide 列：{unknown[0]!r} 不是 是/否",
        )
    rows = sheet[said.map(TAKEN).astype(bool)].map(_plain)
    named = rows["by_item"].where(rows["by_item"] != "", rows.get("replacement_item_id", ""))
    why = rows["reason"].where(rows["reason"] != "", reason)
    columns = (rows["enterprise_id"], rows["item_id"], named, rows["method"], rows["factor"].map(_factor), why)
    return [Request(*cells) for cells in zip(*columns, rows["class_code"], strict=True)]


def _plain(text: Any) -> str:
    # what the writer put before a text that a spreadsheet would run as a formula
    found = str(text).strip()
    return found[1:] if found.startswith("'") else found


def _factor(text: str) -> float:
    try:
        return float(text) if text else float("nan")
    except ValueError as error:
        raise UsageError(f"column factor: {text!r} is not a number", zh=f"factor 列：{text!r} 不是数字") from error


def _signed(person: str, at: str) -> str:
    if not person.strip():
        raise UsageError("say who decides (--by)", zh="请给出决定人（--by）")
    return read_moment(at, "--at") if at.strip() else ""
