"""What the engine says about each series, in columns and in plain words."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from shuibei_index.adjust.checks import Ready, Refused, Text
from shuibei_index.adjust.engine.ladder import Outcome
from shuibei_index.rules import RulesAt

COLUMNS = (
    "series", "status", "reason_zh", "reason_en", "note_zh", "note_en", "verdict", "verdict_zh", "verdict_en",
    "engine", "step", "attempts", "model", "transform", "mode", "outliers", "first", "last", "n_obs", "n_missing",
    "cny_before_t", "cny_during_t", "cny_after_t", "cny_p", "aicc", "m7", "q", "idseasonal", "f_stable", "f_stable_p",
    "f_moving", "f_moving_p", "qs_original", "qs_original_p", "qs_adjusted", "qs_adjusted_p", "residual_f_p",
)  # fmt: skip
NUMBERS = frozenset(COLUMNS[COLUMNS.index("cny_before_t") :]) - {"idseasonal"}

VERDICTS = {
    "seasonal": Text("季节性明显，调整结果可用", "clearly seasonal; the adjusted series can be used"),
    "uncertain": Text(
        "两项检验中只有一项支持季节性，证据不足，调整结果须谨慎使用",
        "only one of two tests finds seasonality; not established, use the adjusted series with care",
    ),
    "none": Text("无可识别的季节性，宜使用未调整序列", "no identifiable seasonality; prefer the unadjusted series"),
    "residual": Text(
        "调整后仍有残余季节性，须复核设定",
        "seasonality remains after adjustment; the specification needs review",
    ),
    "untested": Text("未作季节性检验", "seasonality was not tested"),
}
_STEP_NOTES = {
    "airline": Text("按规则设定失败，改用航空模型", "the configured request failed; airline model used"),
    "x11": Text(
        "模型均失败，仅用 X-11 滤波，未剔除春节效应",
        "every model failed; X-11 filters alone, Spring Festival effect not removed",
    ),
}
# Three numbers after a name with "$", but tests and autocorrelations.
_NOT_COEFFICIENTS = frozenset({"almostoutlier", "lbq", "bpq", "sigacf", "sigpacf", "chi", "ftest", "variance", "seats"})
_HELD = "(fixed)"
_OUTLIER = re.compile(r"^(?:AutoOutlier|Outlier)\$(\S+)$")


def refused_row(item: Refused) -> dict[str, object]:
    """Return the diagnostics of a series that was not adjusted."""
    row = _empty(item.series)
    row.update(status="refused", reason_zh=item.reason.zh, reason_en=item.reason.en)
    row.update(first=item.first, last=item.last, n_obs=item.count)
    return row


def failed_row(item: Ready, outcome: Outcome) -> dict[str, object]:
    """Return the diagnostics of a series every attempt failed on."""
    attempts = _attempts(outcome)
    row = refused_row(
        Refused(
            item.series,
            Text(
                f"序列“{item.series}”：X-13 各步均未成功（{attempts}）；请核对数据或修改设定",
                f"series '{item.series}': X-13 failed at every step ({attempts}); check the data or the specification",
            ),
            item.first,
            item.last,
        )
    )
    row.update(_size(item), engine="x13", attempts=attempts)
    return row


def adjusted_row(item: Ready, outcome: Outcome, rules: RulesAt) -> dict[str, object]:
    """Return the diagnostics of a series X-13 adjusted."""
    udg = outcome.output.diagnostics
    notes = list(item.notes) + ([_STEP_NOTES[outcome.step]] if outcome.step in _STEP_NOTES else [])
    outliers = sorted(match[1] for key in udg if "Outlier$" in key and (match := _OUTLIER.match(key)))
    row = _empty(item.series)
    row.update(_size(item), status="adjusted", engine="x13", step=outcome.step, attempts=_attempts(outcome))
    row.update(note_zh="；".join(n.zh for n in notes), note_en="; ".join(n.en for n in notes))
    row.update(
        model="" if outcome.step == "x11" else udg.get("arimamdl", ""),
        transform=_transform(item, outcome),
        mode=udg.get("finmode") or udg.get("samode", "").removesuffix(" seasonal adjustment"),
        outliers=" ".join(outliers),
        idseasonal=udg.get("f2.idseasonal", ""),
        aicc=_word(udg, "aicc", 0),
        m7=_word(udg, "f3.m07", 0),
        q=_word(udg, "f3.q", 0),
        f_stable=_word(udg, "f2.fsd8", 0),
        f_stable_p=_word(udg, "f2.fsd8", 1) / 100,
        f_moving=_word(udg, "f2.msf", 0),
        f_moving_p=_word(udg, "f2.msf", 1) / 100,
        qs_original=_word(udg, "qsori", 0),
        qs_original_p=_word(udg, "qsori", 1),
        qs_adjusted=_word(udg, "qssadj", 0),
        qs_adjusted_p=_word(udg, "qssadj", 1),
        residual_f_p=_word(udg, "d11.f", 1) / 100,
    )
    for window in ("before", "during", "after"):
        row[f"cny_{window}_t"] = _t(udg, f"User-defined Holiday${window}")
    # One window has no joint test: its own t value says the same.
    row["cny_p"] = _word(udg, "chi$User-defined Holiday", 2)
    row["verdict"] = word = verdict(row, rules)
    row.update(verdict_zh=VERDICTS[word].zh, verdict_en=VERDICTS[word].en)
    return row


def stl_row(item: Ready, status: str, reason: Text | None) -> dict[str, object]:
    """Return the diagnostics of a series adjusted by STL."""
    note = Text("STL 不含春节变量，也没有诊断", "STL has no Spring Festival regressors and no diagnostics")
    notes = [*item.notes, note]
    row = _empty(item.series)
    row.update(_size(item), status=status, engine="stl", step="stl", model="STL")
    row.update(reason_zh=reason.zh if reason else "", reason_en=reason.en if reason else "")
    row.update(note_zh="；".join(n.zh for n in notes), note_en="; ".join(n.en for n in notes))
    row.update(transform=item.specification.transform, verdict="untested")
    row.update(mode="additive" if item.specification.transform == "none" else "multiplicative")
    row.update(verdict_zh=VERDICTS["untested"].zh, verdict_en=VERDICTS["untested"].en)
    return row


def coefficient_rows(outcomes: Mapping[str, Outcome]) -> pd.DataFrame:
    """Return every estimated coefficient: series, group, term, estimate, se, t."""
    rows = []
    for series, outcome in outcomes.items():
        udg = outcome.output.diagnostics
        for key, value in udg.items():
            if "$" not in key:
                continue
            group, _, term = key.partition("$")
            words = value.split()
            if words[3:] in ([], [_HELD]) and len(words) >= 3 and group not in _NOT_COEFFICIENTS:
                estimate, se, _ = (_number(word) for word in words[:3])
                rows.append((series, group, term, estimate, se, _t(udg, key)))
    return pd.DataFrame(rows, columns=["series", "group", "term", "estimate", "se", "t"])


def verdict(row: Mapping[str, object], rules: RulesAt) -> str:
    """Return the plain-word verdict on a series' seasonality: a key of `VERDICTS`.

    `row` is a row of diagnostics. Residual seasonality (QS or F test of the adjusted series) comes first. "seasonal"
    takes both X-13's combined test (idseasonal) and the QS test of the original: alone, the combined test finds
    seasonality in many random walks that have none (decision 0053).
    """
    level = float(rules["seasonal_test_level"])
    if _p(row, "qs_adjusted_p") < level or _p(row, "residual_f_p") < level:
        return "residual"
    combined, qs = row["idseasonal"] == "yes", _p(row, "qs_original_p") < level
    return "seasonal" if combined and qs else "uncertain" if combined or qs else "none"


def _p(row: Mapping[str, object], name: str) -> float:
    value = row[name]
    return value if isinstance(value, float) and not math.isnan(value) else 1.0


def _empty(series: str) -> dict[str, object]:
    row: dict[str, object] = {name: math.nan if name in NUMBERS else "" for name in COLUMNS}
    row.update(series=series, n_obs=0, n_missing=0)
    return row


def _size(item: Ready) -> dict[str, object]:
    missing = int(np.isnan(item.values).sum())
    return {"first": item.first, "last": item.last, "n_obs": len(item.values) - missing, "n_missing": missing}


def _transform(item: Ready, outcome: Outcome) -> str:
    if outcome.step == "x11":
        return "none"
    chosen = outcome.output.diagnostics.get("aictrans", "") if item.specification.transform == "auto" else ""
    return {"": item.specification.transform, "Log(y)": "log"}.get(chosen, "none")


def _attempts(outcome: Outcome) -> str:
    return "; ".join(f"{step}: {failure}" for step, failure in outcome.failures)


def _t(udg: Mapping[str, str], key: str) -> float:
    """Return the t value of a coefficient; a coefficient that was held has standard error 0 and no t."""
    return _word(udg, key, 2) if _word(udg, key, 1) > 0 else math.nan


def _word(udg: Mapping[str, str], key: str, position: int) -> float:
    words = udg.get(key, "").split()
    return _number(words[position]) if len(words) > position else math.nan


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:  # asterisks where the statistic cannot be printed
        return math.nan
