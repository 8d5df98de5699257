"""``adjust``: seasonal adjustment up to a month."""

import argparse

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say

HELP = "季节调整 adjust the headline and the classes for season and Spring Festival"
EXAMPLES = """\
  shuibei-index adjust --workspace WS --month 2025-06"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser)


def run(options: argparse.Namespace) -> int:
    """Adjust and show what was done with each series."""
    from shuibei_index import pipeline

    workspace = open_workspace(options)
    month = checked_month(options.month)
    adjusted = pipeline.adjust(workspace, pipeline.compile_(workspace, month))
    path = pipeline.write_work_table(workspace, month, "adjusted.csv", adjusted.to_frame())
    if options.json:
        records = adjusted.diagnostics.to_dict("records")
        result_json({"month": month, "engine": adjusted.engine, "diagnostics": records})
    else:
        result(frame_table(adjusted.summary()))
    say(f"季调结果 adjusted series: {path}")
    return 0
