"""``adjust``: seasonal adjustment up to a month, and the yearly review of its specifications."""

import argparse
from typing import TYPE_CHECKING

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say

if TYPE_CHECKING:
    from shuibei_index.pipeline.adjusting import SpecificationReview
    from shuibei_index.workspace import Workspace

HELP = "季节调整 adjust the headline and the classes for season and Spring Festival; --review 年度评审"
EXAMPLES = """\
  shuibei-index adjust --workspace WS --month 2025-06
  shuibei-index adjust --workspace WS --month 2025-12 --review             评审设定 what the data favour
  shuibei-index adjust --workspace WS --month 2025-12 --accept all --person 王敏 --at 2026-02-10T10:00 \\
      --reason "年度评审 yearly review"
only --person and --at say who and when: no clock is read 程序不读取系统时钟"""
_SHOWN = ["series", "changes", "window_current", "window_proposed", "model_current", "model_proposed", "aicc_gain",
          "forecast_error_current", "forecast_error_proposed", "max_change_pct", "reason_zh"]  # fmt: skip
_NUMBERS = ("aicc_gain", "forecast_error_current", "forecast_error_proposed", "max_change_pct")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser)
    parser.add_argument(
        "--review", action="store_true", help="评审设定 compare specifications with what the data favour"
    )
    parser.add_argument(
        "--accept",
        default="",
        metavar="SERIES,…",
        help="接受评审建议 keep what the review proposes for these; all = all",
    )
    parser.add_argument("--person", default="", metavar="NAME", help="--accept: who")
    parser.add_argument("--at", default="", metavar="TIME", help="--accept: when (no clock is read)")
    parser.add_argument("--reason", default="", metavar="TEXT", help="--accept: why")
    parser.add_argument("--from", dest="since", default="", metavar="YYYY-MM", help="--accept: first month it is used")


def run(options: argparse.Namespace) -> int:
    """Adjust and show what was done with each series; or review."""
    from shuibei_index import pipeline
    from shuibei_index.pipeline.compiling import compile_month

    workspace = open_workspace(options)
    month = checked_month(options.month)
    if options.review or options.accept:
        return _review(workspace, month, options)
    adjusted = pipeline.adjust(workspace, compile_month(workspace, month))
    path = pipeline.write_work_table(workspace, month, "adjusted.csv", adjusted.to_frame())
    if options.json:
        records = adjusted.diagnostics.to_dict("records")
        result_json({"month": month, "engine": adjusted.engine, "diagnostics": records})
    else:
        result(frame_table(adjusted.summary()))
    say(f"季调结果 adjusted series: {path}")
    return 0


def _review(workspace: "Workspace", month: str, options: argparse.Namespace) -> int:
    from shuibei_index import pipeline
    from shuibei_index.pipeline.adjusting import accept_review, require_said, review_adjustment
    from shuibei_index.pipeline.compiling import compile_month

    if options.accept:
        # a review takes half a minute: what cannot be accepted is said before it
        require_said(person=options.person, at=options.at, reason=options.reason)
    say("评审季节调整设定 reviewing specifications …")
    review = review_adjustment(workspace, compile_month(workspace, month))
    path = pipeline.write_work_table(workspace, month, "seasonal_review.csv", review.table)
    pipeline.write_work_table(workspace, month, "seasonal_windows.csv", review.windows)
    if not options.accept:
        return _show(review, month, str(path), as_json=options.json)
    names = None if options.accept == "all" else [name.strip() for name in options.accept.split(",")]
    said = {"person": options.person, "at": options.at, "reason": options.reason, "valid_from": options.since}
    taken, file = accept_review(workspace, review, names=names, **said)
    if options.json:
        result_json({"month": month, "accepted": [a.series for a in taken], "file": str(file)})
    else:
        for a in taken:
            result(f"{a.series}: 自 {a.valid_from} 起使用 in force from {a.valid_from} ({a.evidence['reason_en']})")
    say(f"已接受 {len(taken)} 项 accepted: {file}" if taken else "没有需要更改的序列 nothing to change")
    return 0


def _show(review: "SpecificationReview", month: str, path: str, *, as_json: bool) -> int:
    if as_json:
        table = review.table.astype(object).where(review.table.notna(), None)
        result_json({"month": month, "until": review.until, "review": table.to_dict("records")})
    else:
        table = review.table[_SHOWN].copy()
        for name in _NUMBERS:
            table[name] = table[name].map(lambda value: "–" if value != value else f"{value:.2f}")
        result(frame_table(table))
    say(f"评审表 review: {path}")
    return 0
