"""``compile``: the chained index up to a month."""

import argparse

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say

HELP = "编制 compile the chained index of every class up to a month"
EXAMPLES = """\
  shuibei-index compile --workspace WS --month 2025-06
  shuibei-index compile --workspace WS --month 2025-06 --json"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser)
    parser.add_argument(
        "--engine",
        choices=["local", "spark"],
        default="local",
        help="汇总引擎 who sums: local 本机, spark (extra [spark])",
    )


def run(options: argparse.Namespace) -> int:
    """Compile and show the month's table."""
    from shuibei_index import pipeline

    workspace = open_workspace(options)
    month = checked_month(options.month)
    series = pipeline.compile_(workspace, month, engine=options.engine)
    path = pipeline.write_work_table(workspace, month, "indices.csv", series.to_frame())
    summary = series.summary()
    if options.json:
        result_json({"month": month, "base_period": series.base_period, "indices": summary.to_dict("records")})
    else:
        rates = {c: summary[c].map(_two_decimals) for c in ("index", "mom_pct", "yoy_pct", "ytd_pct")}
        result(frame_table(summary.assign(**rates)))
    say(f"全部历史 all months: {path}")
    return 0


def _two_decimals(value: float) -> str:
    return "–" if value != value else f"{round(value, 2) + 0.0:.2f}"
