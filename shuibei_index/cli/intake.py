"""``intake``: take in a month's folder."""

import argparse

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say

HELP = "收表 take in what enterprises sent for a month: receipts, reading, checks, store"
EXAMPLES = """\
  shuibei-index intake --workspace WS --month 2025-06
  shuibei-index intake --workspace WS --month 2025-06 --received-at 2025-07-03T09:00:00 --json"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser)
    parser.add_argument(
        "--received-at", default="", metavar="TIME", help="time of receipt to record (no clock is read)"
    )


def run(options: argparse.Namespace) -> int:
    """Take in the month and show what became of every record."""
    from shuibei_index import pipeline

    workspace = open_workspace(options)
    done = pipeline.intake(workspace, checked_month(options.month), received_at=options.received_at)
    if options.json:
        result_json(done.to_dict())
        return 0
    result(frame_table(done.by_enterprise))
    result(done.headline())
    say(f"审核结果 findings: {workspace.work(options.month) / 'findings.csv'}")
    return 0
