"""Status of a month: who reported, who has not, and what that does to the index; and all months in one list."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from shuibei_index.errors import UsageError
from shuibei_index.index.tree.classification import HEADLINE
from shuibei_index.intake.lateness import deadline
from shuibei_index.response.basis import basis_of
from shuibei_index.response.effect import class_effect, firm_effect, replay, shares
from shuibei_index.response.firms import ACCEPTED, AWAITED, firm_frame, unread_files
from shuibei_index.response.lights import Light, firm_lights, imputed_lights, month_light
from shuibei_index.response.settled import settled_tallies
from shuibei_index.response.status_page import body, write_page
from shuibei_index.store import Store
from shuibei_index.store.ledger import MonthState
from shuibei_index.teamfiles import write_bytes, write_table
from shuibei_index.validation.batch import clean
from shuibei_index.validation.gates import Gate, active, judge
from shuibei_index.validation.response import LATE, MISSING, response
from shuibei_index.workspace import Workspace


@dataclass(frozen=True, repr=False)
class MonthStatus:
    """How far a month is.

    Attributes
    ----------
    month : str
    due : date
        Last day in time.
    on : date or None
        The day looked at.
    firms : DataFrame
        One row per firm of the panel: `FIRM_COLUMNS`, with weight, imputed, points_per_pct and light.
    classes : DataFrame
        `CLASS_COLUMNS` with light; empty where nothing can be compiled.
    gates : tuple of Gate
    light : Light
    unread : DataFrame
        Files without any firm's record: as `unread_files` gives them.
    replay : DataFrame
        What leaving out the missing firms would have done in the months before.
    remark : tuple of str
        Chinese and English: why there is no index of the month; "" = there is one.
    """

    month: str
    due: dt.date
    on: dt.date | None
    firms: pd.DataFrame
    classes: pd.DataFrame
    gates: tuple[Gate, ...]
    light: Light
    unread: pd.DataFrame
    replay: pd.DataFrame
    remark: tuple[str, str] = ("", "")

    @property
    def missing(self) -> pd.DataFrame:
        """The firms nothing has come from."""
        return self.firms[self.firms["state"] == MISSING].reset_index(drop=True)

    @property
    def awaited(self) -> pd.DataFrame:
        """The firms without an accepted record: missing, or all they sent is held."""
        return self.firms[self.firms["state"].isin(AWAITED)].reset_index(drop=True)

    @property
    def passed(self) -> bool:
        """Whether every gate is passed."""
        return all(gate.passed for gate in self.gates)

    @property
    def rates(self) -> dict[str, float]:
        """Response by count and value, and the imputed share of the weight: of the headline, 0 to 1, NaN = unknown."""
        head = self.classes[self.classes["class_code"] == HEADLINE]
        counted = self.firms["state"].isin([ACCEPTED, LATE])
        rates = {"response_count": float(counted.mean()) if len(counted) else float("nan")}
        for name in ("response_value", "imputed", "missing", "index", "low_95", "high_95"):
            rates[name] = float(head[name].iloc[0]) if len(head) else float("nan")
        return rates

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "month": self.month,
            "due": self.due.isoformat(),
            "on": self.on.isoformat() if self.on else "",
            "light": self.light.colour,
            "reasons": [{"zh": zh, "en": en} for zh, en in self.light.reasons],
            "passed": self.passed,
            "gates": [
                {"gate": g.name, "value": g.value, "threshold": g.threshold, "passed": g.passed} for g in self.gates
            ],
            "states": {str(k): int(v) for k, v in self.firms["state"].value_counts().sort_index().items()},
            "rates": self.rates,
            "remark_zh": self.remark[0],
            "remark_en": self.remark[1],
            **{name: _records(getattr(self, name)) for name in ("firms", "classes", "unread", "replay")},
        }

    def __repr__(self) -> str:
        states = ", ".join(f"{n} {state}" for state, n in self.firms["state"].value_counts().items())
        return f"MonthStatus {self.month}: {self.light.colour}; {len(self.firms)} firms: {states}"

    def _repr_html_(self) -> str:
        return body(self)


def month_status(workspace: Workspace, month: str, *, on: dt.date | None = None) -> MonthStatus:
    """Return the status of a month as the last intake settled it; nothing is written and no sent file is opened.

    Parameters
    ----------
    workspace : Workspace
    month : str
        It need not have been taken in yet: then every firm is missing.
    on : date, optional
        The day looked at, for "overdue".

    Raises
    ------
    UsageError
        panel.csv names no firm of that month.
    """
    rules = workspace.rules().at(month)
    due = deadline(month, rules)
    panel = workspace.panel()
    if not active(panel, month):
        raise UsageError(
            f"panel.csv has no firm that is in the panel in {month}; there is nobody to report",
            zh=f"panel.csv 中没有 {month} 在样本内的企业",
        )
    with Store.open(workspace.store) as store:
        state, receipts = store.month(month), store.receipts(month)
        if state is None:
            tallies, gates = _nothing(month, workspace, panel)
        else:
            tallies = settled_tallies(store, month, receipts)
            gates = judge(tallies, month, workspace.rules(), panel)
        queries = store.register.queries(month)
        base = response(tallies, panel, month)
        contact = panel.set_index(panel["enterprise_id"].map(clean))["contact"]
        base["contact"] = base["enterprise_id"].map(contact)
        firms = firm_frame(base, tallies, receipts, queries, month=month, due=due, on=on)
        findings = store.objects.get_table(state.findings).to_pandas() if state else pd.DataFrame(columns=_SAID)
        unread = unread_files(receipts, tallies, month, firms["enterprise_id"].tolist(), findings)
        stale = _stale(store, state, workspace)
        missing = firms.loc[firms["state"].isin(AWAITED), "enterprise_id"].tolist()
        classes, again, lost = pd.DataFrame(), pd.DataFrame(), float("nan")
        basis, remark = basis_of(workspace, store, month)
        series, remark = basis.series(remark) if basis else (None, remark)
        if basis is None or series is None:
            effect = pd.DataFrame({"enterprise_id": firms["enterprise_id"]})
            effect[["weight", "imputed", "points_per_pct"]] = np.nan
        else:
            found = shares(series, month)
            level = series.levels_frame()[HEADLINE].to_dict()[found.period]
            effect = firm_effect(found, firms["enterprise_id"], float(level))
            classes = class_effect(found, series, missing, month)
            classes["light"] = imputed_lights(classes["imputed"], rules)
            if found.period == month:
                again = replay(series, basis.panel, missing, month, basis.again, rules)
            lost = float(classes.loc[classes["class_code"] == HEADLINE, "missing"].iloc[0])
    firms = firms.merge(effect, on="enterprise_id", how="left").assign(light=firm_lights(firms))
    light = month_light(gates, firms, lost if not remark[0] else float("nan"), rules, unread=len(unread), stale=stale)
    if classes.empty:
        classes = pd.DataFrame(columns=["class_code", "response_value", "imputed", "missing", "index", "low_95",
                                        "high_95"])  # fmt: skip
    return MonthStatus(month, due, on, firms, classes, tuple(gates), light, unread, again, remark)


_SAID = ["file", "rule", "message_zh", "message_en"]


def _stale(store: Store, state: MonthState | None, workspace: Workspace) -> list[tuple[str, str]]:
    """Return what has changed since the month was last taken in, in Chinese and English."""
    if state is None:
        return []
    told = []
    if store.register.settled_with(state.month) != state.decisions:
        told.append(("有决定尚未生效，请重新收表", "decisions wait to be put into force: take the month in again"))
    if workspace.rules().digest != state.rules:
        told.append(
            ("上次收表后规则有变，请重新收表", "the rules have changed since the last intake: take the month in again")
        )
    return told


def _nothing(month: str, workspace: Workspace, panel: pd.DataFrame) -> tuple[pd.DataFrame, list[Gate]]:
    """Return the tallies and gates of a month nothing of which has been taken in."""
    columns = ["receipt", "read", "accepted", "held", "rejected", "replaced", "late"]
    tallies = pd.DataFrame({"enterprise_id": pd.Series(dtype="str"), "period": pd.Series(dtype="str")})
    tallies = tallies.assign(**{name: pd.Series(dtype="int64") for name in columns})
    return tallies, judge(tallies, month, workspace.rules(), panel)


def overview(workspace: Workspace) -> pd.DataFrame:
    """Return one row per month taken in: files, records, firms, open queries, releases.

    Returns
    -------
    DataFrame
        month, files, read, accepted, held, rejected, firms (in the panel), reported (with accepted records of the
        month), response_count, open_queries, release (the latest; "" = none), due.
    """
    panel, rules = workspace.panel(), workspace.rules()
    rows = []
    with Store.open(workspace.store) as store:
        released: dict[str, str] = {record.release[:7]: record.release for record in store.releases()}
        asked = store.register.queries()
        waiting = asked[asked["status"].isin(["open", "answered"])]["month"].value_counts()
        for month in sorted({*store.months(), *workspace.inbox_months()}):
            state, firms = store.month(month), active(panel, month)
            counts = dict.fromkeys(("read", "accepted", "held", "rejected"), 0)
            names: set[str] = set()
            if state is not None:
                counts |= {name: int(state.counts[name]) for name in counts}
                column = store.objects.get_table(state.accepted)["enterprise_id"]
                names = set(pc.unique(column.cast("string")).to_pylist()) & set(firms)
            files = sum(r.inbox_month == month for r in store.receipts(month))
            share = len(names) / len(firms) if firms else float("nan")
            rows.append((month, files, *counts.values(), len(firms), len(names), share, int(waiting.get(month, 0)),
                         released.get(month, ""), deadline(month, rules.at(month)).isoformat()))  # fmt: skip
    columns = ["month", "files", "read", "accepted", "held", "rejected", "firms", "reported", "response_count",
               "open_queries", "release", "due"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def write_status(workspace: Workspace, status: MonthStatus, out: str | Path | None = None) -> list[Path]:
    """Write status.html, status-firms.csv and status-classes.csv, readable by their owner only.

    Returns
    -------
    list of Path
        The files, under work/<month>/ or `out`.
    """
    folder = Path(out) if out is not None else workspace.work(status.month)
    return [
        write_bytes(folder, "status.html", write_page(status).encode()),
        write_table(folder, "status-firms.csv", status.firms),
        write_table(folder, "status-classes.csv", status.classes),
    ]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", force_ascii=False, double_precision=12))
    return plain
