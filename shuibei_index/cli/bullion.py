"""``bullion``: the reference price of every metal, where series are joined, and the dealers' spread."""

import argparse
import json
from typing import TYPE_CHECKING

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say
from shuibei_index.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

HELP = "金属参考价、接续与料价价差 reference prices of metals, their splices, the dealers' spread (internal)"
EXAMPLES = """\
  shuibei-index bullion --workspace WS                              参考价与接续 reference and splices
  shuibei-index bullion --workspace WS --month 2025-06 --spread     料价价差 the dealers' spread"""
_KINDS = {"change": "更换 change", "stand_in": "替补 stands in"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser, required=False)
    parser.add_argument("--spread", action="store_true", help="料价价差 firms' own metal prices over the benchmark")
    parser.add_argument("--top", type=int, default=12, metavar="N", help="months shown (default 12; the file has all)")


def run(options: argparse.Namespace) -> int:
    """Show the reference and its splices, or the spread, which is also written."""
    from shuibei_index.pipeline import benchmarking

    workspace = open_workspace(options)
    if options.spread:
        if not options.month:
            raise UsageError("--spread needs --month YYYY-MM", zh="--spread 需要 --month YYYY-MM")
        done = benchmarking.dealers_spread(workspace, checked_month(options.month))
        table = done.spread.to_frame()
        if options.json:
            result_json({"month": done.month, "spread": _records(table), "file": str(done.file)})
            return 0
        result(f"料价价差 firms' own metal prices over the benchmark (元/克 CNY per gram): {done.month}")
        columns = ["period", "metal", "benchmark", "own_price", "spread", "spread_pct", "iqr_pct", "quote_spread_pct"]
        titles = [
            "月份 month",
            "金属 metal",
            "基准 benchmark",
            "料价 own",
            "价差 spread",
            "% ",
            "IQR pp",
            "对报价 quote %",
        ]
        shown = _last(table, options.top)[[*columns, "n_firms"]].round(3)
        result(frame_table(shown.set_axis([*titles, "企业 firms"], axis=1)))
        say(f"企业数不足的不显示；仅供内部 blank: too few firms; internal: {done.file}")
        return 0
    found = benchmarking.bullion(workspace)
    series = found.to_frame()
    if options.month:
        series = series[series["period"] <= checked_month(options.month)]
    if options.json:
        result_json(
            {
                "reference": _records(series),
                "splices": _records(found.splices_frame()),
                "findings": _records(found.findings[["rule", "period", "message_zh", "message_en"]]),
            }
        )
        return 0
    result("金属参考价 reference prices of metals (元/克 CNY per gram)")
    result(frame_table(_last(series, options.top).round(4)))
    splices = found.splices_frame()
    result(f"\n接续 splices: {len(splices)}")
    if len(splices):
        result(frame_table(splices.assign(kind=splices["kind"].map(_KINDS)).round(6)))
    for zh, en in zip(found.findings["message_zh"], found.findings["message_en"], strict=True):
        say(f"{zh}\n  {en}")
    return 0


def _last(frame: "pd.DataFrame", months: int) -> "pd.DataFrame":
    return frame[frame["period"].isin(sorted(frame["period"].unique())[-max(months, 1) :])]


def _records(frame: "pd.DataFrame") -> list[dict[str, object]]:
    plain: list[dict[str, object]] = json.loads(frame.to_json(orient="records", force_ascii=False, double_precision=15))
    return plain
