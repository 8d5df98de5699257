"""Judgements (主观判断): what people decided in a period, for the team in full, for the public without names."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from shuibei_index.adjust.reviewing import read_acceptances
from shuibei_index.compliance.document import Cell, Document, Words
from shuibei_index.decisions import JUDGEMENT
from shuibei_index.errors import StoreError
from shuibei_index.store import Store
from shuibei_index.workspace import Settings, Workspace

COLUMNS = (
    "month",
    "kind",
    "number",
    "subject",
    "what",
    "values",
    "person",
    "at",
    "basis",
    "judgement",
    "reason",
    "effect_points",
)
PUBLIC_COLUMNS = ("month", "kind", "what", "judgement", "count")
KINDS: dict[str, Words] = {
    "record": ("单条记录", "single record"),
    "replacement": ("规格品替换", "replacement of an item"),
    "specification": ("季节调整设定", "seasonal specification"),
    "sign_off": ("签发", "sign-off"),
}
ACTS: dict[str, Words] = {
    "accept": ("采用", "accept"),
    "correct": ("更正", "correct"),
    "exclude": ("剔除", "exclude"),
    "impute": ("剔除并插补", "exclude and impute"),
    "sign": ("签字", "sign"),
    "withdraw": ("撤回签字", "withdraw"),
}
_ACCEPTED = "reference/seasonal_specifications.jsonl"
_YES: Words = ("是", "yes")
_NO: Words = ("否", "no")


def judgements(workspace: Workspace, store: Store, start: str, end: str) -> pd.DataFrame:
    """Return what people decided about the months from `start` to `end`.

    Returns
    -------
    DataFrame
        `COLUMNS`, by month, kind and number. `judgement` = the basis is a person's judgement, not a rule or the firm's
        own word; a remark at a sign-off is one. `effect_points` = estimated influence on the headline (index points)
        of the doubt the decision was about, as it was when the month was settled; NaN = not known.
    """
    register = store.register
    decided = pd.concat(
        [register.decisions(end).assign(kind="record"), register.replacements(end).assign(kind="replacement")],
        ignore_index=True,
    )
    decided = decided[decided["period"].between(start, end)].reset_index(drop=True)
    line = decided["line_no"].astype("string").fillna("")
    rows = pd.DataFrame(
        {
            "month": decided["period"],
            "kind": decided["kind"],
            "number": decided["decision"].astype(str),
            "subject": (decided["enterprise_id"] + " " + line + " " + decided["rule"]).str.strip(),
            "what": decided["action"],
            "values": decided["values"].astype(str),
            "person": decided["person"],
            "at": decided["decided_at"],
            "basis": decided["basis"],
            "judgement": decided["basis"].eq(JUDGEMENT),
            "reason": decided["reason"],
        }
    )
    rows["effect_points"] = _effects(store, decided)
    frames = [rows, _specifications(workspace, start, end), _sign_offs(register.sign_offs(), start, end)]
    every = pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)
    number = pd.to_numeric(every["number"], errors="coerce")
    every = every.assign(order=number).sort_values(["month", "kind", "order", "number"], kind="stable")
    return every[list(COLUMNS)].reset_index(drop=True)


def public_register(found: pd.DataFrame) -> pd.DataFrame:
    """Return how often people decided what, by month: no enterprise, item, person, value or free text."""
    told = found.assign(judgement=found["judgement"].map({True: "yes", False: "no"}))
    counts = told.groupby(["month", "kind", "what", "judgement"], as_index=False).size()
    return counts.rename(columns={"size": "count"})[list(PUBLIC_COLUMNS)]


def register_page(settings: Settings, start: str, end: str, found: pd.DataFrame, *, internal: bool) -> Document:
    """Return the register as a document."""
    made = Document(
        ("主观判断登记", "Register of expert judgements"),
        (
            f"{settings.name_zh} · {start} 至 {end}" + (" · 内部版，含企业与人员" if internal else " · 公开版"),
            f"{settings.name_en} · {start} to {end}"
            + (" · internal: names enterprises and persons" if internal else " · public"),
        ),
    )
    made.say(
        f"共 {len(found)} 项决定，其中以主观判断为依据 {int(found['judgement'].sum())} 项；其余依据规则、"
        "企业答复或程序结果。"
        "签字附有说明的，计为主观判断。",
        f"{len(found)} decisions, {int(found['judgement'].sum())} of them on the judgement of a person; the "
        "others rest on a "
        "rule, the enterprise's answer or what the program found. A sign-off with a remark counts as a judgement.",
    )
    if not internal:
        made.say(
            "公开版不含企业、人员、数值与说明文字。",
            "The public version holds no enterprise, person, value or free text.",
        )
        counted: list[list[Cell]] = [
            [str(m), KINDS[str(k)], ACTS[str(w)], _YES if j == "yes" else _NO, str(n)]
            for m, k, w, j, n in public_register(found).to_numpy(dtype=object)
        ]
        made.table(
            [("月份", "month"), ("对象", "about"), ("决定", "decision"), ("主观判断", "judgement"), ("项数", "number")],
            counted,
            (4,),
        )
        return made
    made.say(
        "“影响”为收表时该疑点对总指数影响的估计（指数点）；“–”表示未知。",
        "Effect: influence on the headline (index points) estimated for the doubt when the month was settled; "
        "– = not known.",
    )
    rows: list[list[Cell]] = [
        [
            str(r["month"]),
            KINDS[str(r["kind"])],
            f"{r['number']} {r['subject']}",
            ACTS[str(r["what"])],
            str(r["values"]),
            f"{r['person']} {r['at']}",
            _YES if r["judgement"] else _NO,
            f"{r['basis']} {r['reason']}".strip(),
            "–" if pd.isna(r["effect_points"]) else f"{r['effect_points']:+.3f}",
        ]
        for r in found.to_dict("records")
    ]
    titles: list[Words] = [
        ("月份", "month"),
        ("对象", "about"),
        ("编号与对象", "number, subject"),
        ("决定", "decision"),
        ("取值", "values"),
        ("人员与时间", "who, when"),
        ("主观判断", "judgement"),
        ("依据与理由", "basis, reason"),
        ("影响", "effect"),
    ]
    made.table(titles, rows, (8,))
    return made


def _specifications(workspace: Workspace, start: str, end: str) -> pd.DataFrame:
    path = workspace.root / _ACCEPTED
    taken = [a for a in (read_acceptances(path) if path.is_file() else []) if start <= a.valid_from <= end]
    rows = [
        (
            a.valid_from,
            "specification",
            "",
            a.series,
            "accept",
            json.dumps(dict(a.specification), ensure_ascii=False, sort_keys=True),
            a.person,
            a.at,
            "",
            True,
            a.reason,
            float("nan"),
        )
        for a in taken
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _sign_offs(signed: pd.DataFrame, start: str, end: str) -> pd.DataFrame:
    mine = signed[signed["month"].between(start, end)]
    return pd.DataFrame(
        {
            "month": mine["month"],
            "kind": "sign_off",
            "number": mine["sign_off"].astype(str),
            "subject": mine["release"] + " " + mine["role"],
            "what": mine["action"],
            "values": "",
            "person": mine["person"],
            "at": mine["signed_at"],
            "basis": "",
            "judgement": mine["note"].astype(str).ne(""),
            "reason": mine["note"],
            "effect_points": float("nan"),
        }
    )


def _effects(store: Store, decided: pd.DataFrame) -> pd.Series:
    """Return the influence of the findings decided about: of all states of a month the last that has one."""
    key = ["enterprise_id", "period", "line_no", "rule"]
    wanted = decided.assign(line_no=decided["line_no"].astype("Int64"))
    found = [_influences(store, sha) for sha in _finding_tables(store, set(decided["period"]))]
    known = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[*key, "influence"])
    if known.empty:
        return pd.Series(float("nan"), index=decided.index)
    known = known.drop_duplicates(key, keep="last")
    merged = wanted[key].merge(known.astype({"line_no": "Int64"}), on=key, how="left")
    return pd.Series(merged["influence"].to_numpy(dtype=float, na_value=float("nan")), index=decided.index)


def _finding_tables(store: Store, months: set[str]) -> list[str]:
    marks = ", ".join("?" * len(months))
    # every state there ever was: once a record is corrected, the newest no longer has the doubt
    connection = sqlite3.connect(f"file:{Path(store.root) / 'ledger.sqlite'}?mode=ro", uri=True)
    try:
        rows = connection.execute(f"SELECT findings FROM months WHERE month IN ({marks}) ORDER BY seq", sorted(months))
        return [str(sha) for (sha,) in rows]
    finally:
        connection.close()


def _influences(store: Store, sha256: str) -> pd.DataFrame:
    columns = ["enterprise_id", "period", "line_no", "rule", "influence"]
    try:
        path = store.objects.checked_path(sha256)
    except StoreError:
        # the archive index names what is lost; here it only means that an effect is not known
        return pd.DataFrame(columns=columns)
    there = pq.read_schema(path).names
    if not set(columns) <= set(there):
        return pd.DataFrame(columns=columns)
    frame = pq.read_table(path, columns=columns).to_pandas()
    text = {name: frame[name].astype(object) for name in ("enterprise_id", "period", "rule")}
    found: pd.DataFrame = frame.assign(**text).dropna(subset=["influence", "line_no"])
    return found
