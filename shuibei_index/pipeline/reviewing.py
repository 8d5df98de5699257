"""Reviewing: a workspace's month put together for the two people who sign before its release."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shuibei_index.adjust.reviewing.accepted import parse_acceptances
from shuibei_index.decisions import standing
from shuibei_index.errors import GateError
from shuibei_index.frozen import Frozen
from shuibei_index.index.influence import REVIEW_COLUMNS
from shuibei_index.index.tree.classification import HEADLINE
from shuibei_index.intake.lateness import came_late, deadline
from shuibei_index.pipeline.adjusting import ACCEPTED
from shuibei_index.pipeline.compiling import compile_frozen, require_records
from shuibei_index.pipeline.influencing import influence
from shuibei_index.pipeline.queries import list_queries
from shuibei_index.pipeline.signed_content import to_sign
from shuibei_index.pipeline.signing_off import listed
from shuibei_index.pipeline.withholding import protection_of, released_pattern
from shuibei_index.release import make_release, read_release
from shuibei_index.release.policy import publication_policy
from shuibei_index.response.firms import firm_frame
from shuibei_index.response.settled import settled_tallies
from shuibei_index.review.figures import class_table, headline_table, movers, revised_table
from shuibei_index.review.gates import influential_queries, judge_review
from shuibei_index.review.metals import metal_table
from shuibei_index.review.result import Review
from shuibei_index.review.signed import signed_digest
from shuibei_index.review.words import PARTS, Part, words_table
from shuibei_index.store import Store
from shuibei_index.teamfiles import write_bytes
from shuibei_index.validation.batch import clean
from shuibei_index.validation.response import response
from shuibei_index.workspace import Workspace

if TYPE_CHECKING:
    from shuibei_index.disclosure import Protection
    from shuibei_index.index import IndexSeries
    from shuibei_index.release import Release
    from shuibei_index.rules import RulesAt

__all__ = ["Review", "review_month", "sign_offs_of", "with_sign_offs", "write_review"]

_QUERIES = (
    "query", "enterprise_id", "line_no", "rule", "severity", "value", "expected", "message_zh", "message_en",
)  # fmt: skip
_DECISIONS = ("kind", "subject", "action", "values", "person", "decided_at", "basis", "reason")
_LATE = ("file", "inbox_month", "periods", "received_at", "why_zh", "why_en")
_FIRMS = ("enterprise_id", "name", "state", "accepted", "held", "rejected", "open_queries")


def review_month(
    workspace: Workspace | str | Path, month: str, *, revision: str | None = None, parts: Sequence[Part] = PARTS
) -> Review:
    """Put together what two people look at before a month is released; nothing is signed.

    Parameters
    ----------
    workspace : Workspace or path
    month : str
        Taken in.
    revision : str, optional
        Reason of a revision. Default: one is meant if the month is released already, with other inputs.
    parts : sequence of Part
        What is asked of the words of the bulletins.

    Raises
    ------
    WorkspaceError
        Nothing of the month has been taken in.
    GateError
        No record of the month was accepted.
    """
    workspace = workspace if isinstance(workspace, Workspace) else Workspace.open(workspace)
    with Store.open(workspace.store) as store:
        frozen = Frozen.of(workspace, store, month)
        at = frozen.rules.at(month)
        policy = publication_policy(at)
        series = compile_frozen(frozen, store)
        require_records(series.months, month)
        content = to_sign(workspace, store, month, frozen, revision)
        signatures = listed(store, month, content)
        before = str(content["previous"].get("release", ""))
        previous = read_release(workspace.releases / before) if before else None
        firms, late = _firms(workspace, store, month, at)
        decisions = _decided(workspace, store, month)
        protection, unsafe, refused = _protected(series, frozen, previous)
        draft = make_release(
            series,
            rules=frozen.rules,
            settings=frozen.settings,
            month=month,
            vintage=str(content["release"]),
            previous=previous,
            reason=(revision or "修订 / revision") if "-r" in str(content["release"]) else "",
            protection=protection,
        )
    classes = class_table(series, month, policy.movers_level)
    top, signals = _influence(workspace, series, month)
    queries = list_queries(workspace, month)
    queries, influential = influential_queries(
        queries[queries["status"].isin(["open", "answered"])][list(_QUERIES)].reset_index(drop=True), top, at
    )
    words, revised = words_table(draft, parts), revised_table(draft)
    beside = headline_table(series, month, at)
    metals = metal_table(series, frozen.metal_prices, sorted(set(beside["period"])))
    quality = series.quality[(series.quality["period"] == month) & (series.quality["class_code"] == HEADLINE)]
    rates = {
        "response_count": _only(quality, "response_rate_count"),
        "response_value": _only(quality, "response_rate_value"),
        "imputed_share": _only(quality, "imputed_share"),
        "unsafe": unsafe,
    }
    figures = {
        **rates,
        "open_queries": influential,
        "one_firm": float(top["mom_pp"].abs().max()) if len(top) else float("nan"),
        "metal_gap": abs(float(metals["gap_pp"].iloc[-1])),
        "class_change": float(classes["mom_pct"].abs().max()),
        "final_revised": int(revised["final"].sum()),
        "word_errors": int((words["severity"] == "error").sum()),
        "disclosure_refused": refused,
    }
    about = {
        "name_zh": workspace.settings.name_zh,
        "name_en": workspace.settings.name_en,
        "base_period": series.base_period,
        "trial": frozen.settings.trial,
        "required": 0 if frozen.settings.trial else int(at["review_sign_offs"]),
        "digest": signed_digest(content),
        "rules_digest": at.digest,
        "revision": revision,
        "rates": rates,
    }
    tables = {
        "headline": beside, "classes": classes, "movers": movers(series, classes, month, policy.top_contributors),
        "metals": metals, "firms": firms, "signals": signals, "late": late, "influence": top, "queries": queries,
        "decisions": decisions, "revised": revised, "withheld": _withheld(protection, month), "words": words,
        "sign_offs": signatures,
    }  # fmt: skip
    return Review(month, str(content["release"]), before, about, judge_review(figures, at), tables)


def write_review(workspace: Workspace, review: Review) -> tuple[Path, Path]:
    """Write a review under work/ as page and JSON, for their owner only; returns the paths."""
    folder = workspace.work(review.month)
    return (
        write_bytes(folder, "review.html", review.page().encode()),
        write_bytes(folder, "review.json", review.json_bytes()),
    )


def with_sign_offs(workspace: Workspace, review: Review) -> Review:
    """Return a review with its sign-offs as they stand now, everything else as it was looked at."""
    rows, _, _ = sign_offs_of(workspace, review.month, revision=review.about["revision"])
    return dataclasses.replace(review, tables={**review.tables, "sign_offs": rows})


def sign_offs_of(workspace: Workspace, month: str, *, revision: str | None = None) -> tuple[pd.DataFrame, str, int]:
    """Return the sign-offs of a month, the release they would be of, and how many are asked for.

    Returns
    -------
    rows : DataFrame
        sign_off, release, person, role, signed_at, note, counts, why_zh, why_en.
    release : str
    required : int
        0 in a trial workspace.
    """
    with Store.open(workspace.store) as store:
        frozen = Frozen.of(workspace, store, month)
        content = to_sign(workspace, store, month, frozen, revision)
        required = 0 if frozen.settings.trial else int(frozen.rules.at(month)["review_sign_offs"])
        return listed(store, month, content), str(content["release"]), required


def _influence(workspace: Workspace, series: IndexSeries, month: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the firms with the largest effects on the headline's change, and the review list."""
    if month == series.months[0]:
        # no change, so nothing to have an effect on
        return pd.DataFrame(columns=["enterprise_id", "mom_pp"]), pd.DataFrame(columns=list(REVIEW_COLUMNS))
    found = influence(workspace, month)
    return found.influence.frame(month, HEADLINE, measure="mom", top=None), found.review


def _protected(
    series: IndexSeries, frozen: Frozen, previous: Release | None
) -> tuple[Protection | None, int, tuple[str, str]]:
    """Return the pattern the release would have, cells that could be told all the same, and why (zh, en)."""
    before = released_pattern(previous)
    try:
        return protection_of(series, frozen, before, trial=False)[0], 0, ("", "")
    except GateError as error:
        # told as the outcome of a gate: whoever reviews has to see it beside all else
        found = protection_of(series, frozen, before, trial=True)[0]
        return found, max(1, len(found.unsafe()) if found is not None else 1), (error.zh, str(error))


def _withheld(protection: Protection | None, month: str) -> pd.DataFrame:
    """Return how many cells of the month would be withheld, by reason."""
    columns = ["reason", "reason_zh", "reason_en", "cells"]
    if protection is None:
        return pd.DataFrame(columns=columns)
    pattern = protection.pattern
    own = pattern[(pattern["period"] == month) & (pattern["obs_conf"] == "C")]
    return own.groupby(columns[:3], sort=True).size().rename("cells").reset_index()


def _firms(workspace: Workspace, store: Store, month: str, at: RulesAt) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the state of every firm of the panel, those without accepted records first; and the late files."""
    receipts, due = store.receipts(month), deadline(month, at)
    rows: list[tuple[Any, ...]] = []
    for r in receipts:
        if r.inbox_month > month:
            rows.append((r.file_name, r.inbox_month, ", ".join(r.periods), r.received_at,
                         "在以后月份的收件箱收到", "came in the inbox of a later month"))  # fmt: skip
        elif r.inbox_month == month and came_late(month, r.inbox_month, r.received_at, due) is True:
            rows.append((r.file_name, r.inbox_month, ", ".join(r.periods), r.received_at,
                         f"晚于截止日 {due.isoformat()}", f"after the deadline {due.isoformat()}"))  # fmt: skip
        elif r.inbox_month == month and any(p < month for p in r.periods):
            rows.append((r.file_name, r.inbox_month, ", ".join(r.periods), r.received_at,
                         "含以前月份的记录", "has records of earlier months"))  # fmt: skip
    late = pd.DataFrame(rows, columns=list(_LATE))
    panel = workspace.panel()
    if not len(panel):
        return pd.DataFrame(columns=list(_FIRMS)), late
    tallies = settled_tallies(store, month, receipts)
    base = response(tallies, panel, month)
    base["contact"] = base["enterprise_id"].map(panel.set_index(panel["enterprise_id"].map(clean))["contact"])
    firms = firm_frame(base, tallies, receipts, store.register.queries(month), month=month, due=due)
    order = np.argsort(firms["accepted"].gt(0).to_numpy(), kind="stable")
    return firms.iloc[order][list(_FIRMS)].reset_index(drop=True), late


def _decided(workspace: Workspace, store: Store, month: str) -> pd.DataFrame:
    """Return what people decided about the month: on records, on replacements, on seasonal specifications."""
    taken = store.register.decisions()
    rows = [
        ("record", f"{r['enterprise_id']} {'' if pd.isna(r['line_no']) else int(r['line_no'])} {r['rule']}".strip(), r)
        for r in standing(taken[taken["period"] == month]).to_dict("records")
    ]
    replaced = store.register.replacements()
    rows += [("replacement", str(r["enterprise_id"]), r)
             for r in replaced[replaced["period"] == month].to_dict("records")]  # fmt: skip
    found = [(kind, subject, *(r[n] for n in _DECISIONS[2:])) for kind, subject, r in rows]
    file = workspace.root / ACCEPTED
    if file.is_file():
        found += [
            ("specification", a.series, "accept", _short(a.specification), a.person, a.at, "", a.reason)
            for a in parse_acceptances(file.read_text(encoding="utf-8"), ACCEPTED)
            if a.valid_from == month
        ]
    return pd.DataFrame(found, columns=list(_DECISIONS))


def _short(specification: Mapping[str, Any]) -> str:
    return json.dumps(dict(specification), ensure_ascii=False, sort_keys=True)


def _only(frame: pd.DataFrame, column: str) -> float:
    return float(frame[column].iloc[0]) if len(frame) and column in frame else float("nan")
