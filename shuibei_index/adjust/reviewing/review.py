"""The review of specifications: evidence for every series, a proposal, and what it would change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shuibei_index.adjust.adjusting import seasonally_adjust
from shuibei_index.adjust.adjustment import Adjustment
from shuibei_index.adjust.checks import Text
from shuibei_index.adjust.inputs import monthly_frame
from shuibei_index.adjust.policies.applying import Asked, specifications_of
from shuibei_index.adjust.reviewing.candidates import Candidates
from shuibei_index.adjust.reviewing.windows import NONE, choose_windows
from shuibei_index.adjust.specification.fields import AUTOMATIC, Specification
from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.rules import Rules, RulesAt

CURRENT, WINDOWS, AUTO = "current", "windows", "auto"
_FIRST_RULES = "2005-01"
# Origins of the forecasts, in months before the end, and what must be left before the earliest of them.
_ORIGINS, _LEFT = (36, 24, 12), 60
# A model with a seasonal part that is not nothing: "(0 1 1)(0 1 1)".
_SEASONAL = re.compile(r"\)\s*\((?!\s*0[ ,]+0[ ,]+0\s*\))")
_COLUMNS = [
    "series", "changes", "window_current", "window_proposed", "aicc_gain", "model_current", "model_proposed",
    "transform_current", "transform_proposed", "forecast_error_current", "forecast_error_proposed", "spans_current",
    "spans_proposed", "mean_change_pct", "max_change_pct", "reason_zh", "reason_en",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class SpecificationReview:
    """What a review found.

    Parameters
    ----------
    until
        Last month of the data it saw.
    table
        One row per series: windows, model and transformation now and as proposed; aicc_gain, the AICc of the windows
        now less that of the proposed ones; mean absolute forecast error (%) over three years; sliding spans (A %,
        months whose adjusted value is unstable); mean absolute and greatest change of the adjusted series (%).
    windows
        series, window, aicc, chosen: the whole grid.
    current, proposed
        Series → specification.
    """

    until: str
    table: pd.DataFrame
    windows: pd.DataFrame
    current: dict[str, Specification]
    proposed: dict[str, Specification]

    def __repr__(self) -> str:
        changing = int(self.table["changes"].sum())
        return f"SpecificationReview of {len(self.table)} series to {self.until}: {changing} to change"

    def changed(self) -> list[str]:
        """Return the series whose specification the evidence would change."""
        return [str(name) for name in self.table.loc[self.table["changes"], "series"]]

    def row(self, series: str) -> dict[str, object]:
        """Return the row of one series.

        Raises
        ------
        UsageError
            There is no such series.
        """
        known = self.table["series"].tolist()
        if series not in known:
            raise UsageError(f"no series {series!r} in the review{did_you_mean(series, known)}")
        return {str(k): v for k, v in self.table.set_index("series", drop=False).loc[series].items()}

    def _repr_html_(self) -> str:
        head = (
            f"<h4>季节调整设定评审 Review of specifications, data to {self.until}: "
            f"{int(self.table['changes'].sum())} / {len(self.table)} 个序列建议更改 series to change</h4>"
        )
        return head + str(self.table.to_html(index=False, float_format=lambda x: f"{x:.2f}", na_rep="–"))


def review_specifications(
    series: object,
    *,
    rules: Rules | RulesAt | None = None,
    specification: Asked = None,
    program: str | Path | None = None,
    workers: int = 2,
) -> SpecificationReview:
    """Compare the specifications in force with what the data favour.

    Parameters
    ----------
    series
        As in `seasonally_adjust`; months only.
    rules
        Rules, or a month's rules. Default: the packaged ones, at the last month of the data.
    specification
        The specifications in force: one for all, or series → specification. Default: what the rules say.
    program, workers
        As in `seasonally_adjust`.

    Returns
    -------
    SpecificationReview
        Other windows are proposed where their AICc is better by at least ``seasonal_review_aicc_gain`` and forecasts
        from within the data are not worse; another model or transformation where those forecasts are better by at
        least ``seasonal_review_forecast_gain_pct`` from at least ``seasonal_review_origins`` origins, and the model
        has a seasonal part. What makes ``seasonal_review_spans_pp`` more months unstable over sliding spans is not
        proposed. Nothing is changed: a person accepts (`accept`).

    Notes
    -----
    Every series is run about forty times; a hundred series of ten years take a minute.
    """
    frame = monthly_frame(series)
    last = str(frame.index[-1])
    in_force = Rules.load().at(max(last, _FIRST_RULES)) if rules is None else rules.at(last)
    asked = specifications_of(frame, specification, in_force)
    before = _adjusted(frame, asked, in_force, program, workers)
    done = [name for name in asked if before.udg.get(name, {}).get("arimamdl")]
    current = {name: replace(asked[name], sliding_spans=False, history=False) for name in done}
    grid = choose_windows(frame[done], current, in_force, program=program, workers=workers)
    candidates = {name: _candidates(spec, grid[grid["series"] == name]) for name, spec in current.items()}
    pool = Candidates(frame[done], candidates, in_force, program, workers)
    errors = _forecast_errors(pool)
    automatic = Candidates(
        frame[done], {name: {AUTO: own[AUTO]} for name, own in candidates.items()}, in_force, program, workers
    ).run()
    rows: list[dict[str, Any]] = []
    proposed: dict[str, Specification] = {}
    for name in done:
        origins = len(_origins(int(frame[name].notna().sum())))
        spec, row = _proposal(name, current[name], grid[grid["series"] == name], errors, origins, automatic, in_force)
        proposed[name] = spec
        rows.append(row)
    after = _adjusted(frame[done], proposed, in_force, program, workers)
    for row in rows:
        name = str(row["series"])
        row["spans_current"], row["spans_proposed"] = _unstable(before, name), _unstable(after, name)
        moved = 100 * np.abs(after.components["SA"][name] / before.components["SA"][name] - 1)
        row["mean_change_pct"], row["max_change_pct"] = float(moved.mean()), float(moved.max())
        if row["spans_proposed"] - row["spans_current"] > float(in_force["seasonal_review_spans_pp"]):
            proposed[name] = current[name]
            _take_back(row, current[name])
    table = pd.DataFrame(rows).reindex(columns=_COLUMNS) if rows else pd.DataFrame(columns=_COLUMNS)
    return SpecificationReview(last, table, grid, current, proposed)


def _take_back(row: dict[str, Any], spec: Specification) -> None:
    """Take back a proposal under which the adjusted series would be less stable; in place."""
    was, would = row["spans_current"], row["spans_proposed"]
    row.update(
        changes=False,
        window_proposed=window_name(spec.festival),
        model_proposed=spec.arima,
        transform_proposed=spec.transform,
        forecast_error_proposed=row["forecast_error_current"],
        spans_proposed=was,
        mean_change_pct=0.0,
        max_change_pct=0.0,
        reason_zh=f"不更改：{row['reason_zh']}，但滑动区间不稳定月份由 {was:.1f}% 升至 {would:.1f}%",
        reason_en=f"no change: {row['reason_en']}, but unstable months rise from {was:.1f} to {would:.1f} %",
    )


def window_name(festival: tuple[int, int, int] | None) -> str:
    """Return the name of festival windows: "20-7-20", "none"."""
    return NONE if festival is None else "-".join(map(str, festival))


def _candidates(spec: Specification, grid: pd.DataFrame) -> dict[str, Specification]:
    chosen = grid.loc[grid["chosen"], "window"]
    windows = replace(spec, festival=festival_of(str(chosen.iloc[0]))) if len(chosen) else spec
    return {
        CURRENT: spec,
        WINDOWS: windows,
        AUTO: replace(windows, arima=AUTOMATIC, transform="auto", x11_mode="default", fixed_arima=()),
    }


def festival_of(name: str) -> tuple[int, int, int] | None:
    """Return the windows of a name of the grid, days before, during and after; None for "none"."""
    if name == NONE:
        return None
    before, during, after = (int(days) for days in name.split("-"))
    return before, during, after


def _forecast_errors(pool: Candidates) -> dict[tuple[str, str], float]:
    lengths = pool.frame.notna().sum()
    found: dict[tuple[str, str], float] = {}
    # series of one length have the same origins
    for origins in {_origins(int(n)) for n in lengths}:
        names = [str(name) for name in lengths.index if _origins(int(lengths[name])) == origins]
        if not origins:
            continue
        part = replace(pool, specifications={name: pool.specifications[name] for name in names})
        table = part.forecast_errors(origins)
        found |= {(s, c): e for s, c, e in zip(*(table[n] for n in ("series", "candidate", "error_pct")), strict=True)}
    return found


def _origins(count: int) -> tuple[int, ...]:
    return tuple(origin for origin in _ORIGINS if count - origin >= _LEFT)


def _proposal(
    name: str,
    current: Specification,
    grid: pd.DataFrame,
    errors: Mapping[tuple[str, str], float],
    origins: int,
    automatic: Adjustment,
    rules: RulesAt,
) -> tuple[Specification, dict[str, Any]]:
    """Return the specification the evidence favours, and the row that says why."""
    least_aicc = float(rules["seasonal_review_aicc_gain"])
    least_error = float(rules["seasonal_review_forecast_gain_pct"])
    aicc = grid.set_index("window")["aicc"]
    chosen = grid.loc[grid["chosen"], "window"]
    mine = window_name(current.festival)
    best = str(chosen.iloc[0]) if len(chosen) else mine
    gain = float(aicc.get(mine, np.nan) - aicc.get(best, np.nan)) if best != mine else 0.0
    now, windows, auto = (errors.get((name, label), np.nan) for label in (CURRENT, WINDOWS, AUTO))
    spec, error, said = current, now, []
    # a window now in force that is not in the grid has no AICc: then the forecasts decide alone
    if best != mine and not gain < least_aicc and not windows > now:
        spec, error = replace(spec, festival=festival_of(best)), windows
        said.append(Text(f"窗口 {best} 的 AICc 低 {gain:.1f}", f"windows {best}: AICc lower by {gain:.1f}"))
    found = automatic.udg.get(f"{name}@{AUTO}", {})
    model = found.get("arimamdl", "").strip()
    better = 100 * (1 - auto / error) if error > 0 else np.nan
    # one origin is one year's luck; and a series that is adjusted for its season has a seasonal model
    enough = origins >= int(rules["seasonal_review_origins"]) and _SEASONAL.search(model) is not None
    usable = enough and automatic.status(f"{name}@{AUTO}") == "adjusted"
    if usable and better >= least_error:
        transform = spec.transform if "aictrans" not in found else "log" if found["aictrans"] == "Log(y)" else "none"
        other = replace(spec, arima=model, transform=transform, fixed_arima=())
        # at the origins of the forecasts the automatic choice may have been another one than it is now
        if (other.arima, other.transform) != (spec.arima, spec.transform):
            spec, error = other, auto
            what = model if other.transform == current.transform else f"{model}, {other.transform}"
            said.append(
                Text(f"模型 {what} 的预测误差低 {better:.0f}%", f"model {what}: forecast error lower by {better:.0f} %")
            )
    if not said:
        said.append(Text("证据不足以更改", "the evidence does not ask for a change"))
    return spec, {
        "series": name,
        "changes": spec != current,
        "window_current": mine,
        "window_proposed": window_name(spec.festival),
        "aicc_gain": gain,
        "model_current": current.arima,
        "model_proposed": spec.arima,
        "transform_current": current.transform,
        "transform_proposed": spec.transform,
        "forecast_error_current": now,
        "forecast_error_proposed": error,
        "reason_zh": "；".join(text.zh for text in said),
        "reason_en": "; ".join(text.en for text in said),
    }


def _adjusted(
    frame: pd.DataFrame,
    specifications: Mapping[str, Specification],
    rules: RulesAt,
    program: str | Path | None,
    workers: int,
) -> Adjustment:
    own = {name: replace(spec, sliding_spans=True) for name, spec in specifications.items()}
    return seasonally_adjust(frame, rules=rules, specification=own, program=program, workers=workers)


def _unstable(adjusted: Adjustment, series: str) -> float:
    """Return the share of months whose adjusted value differs between sliding spans by more than 3 %, in percent."""
    words = adjusted.udg.get(series, {}).get("s2.a.per", "").split()
    return float(words[-1]) if words else np.nan
