"""``run``: the whole chain for a month or a range."""

import argparse

from shuibei_index.cli.common import (
    checked_day,
    chosen_range,
    month_option,
    open_workspace,
    range_options,
    workspace_option,
)
from shuibei_index.cli.output import result, result_json

HELP = "全流程 intake → validate → aggregate → index → adjust → release, for a month or a range"
EXAMPLES = """\
  shuibei-index run --workspace WS --month 2025-06
  shuibei-index run --workspace WS --from 2019-01 --to 2024-12
      takes in every month of the range and publishes one vintage with all of them: releases/2024-12
      区间内逐月收表审核，只发布末月一个版本，内含全部历史"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser, required=False)
    range_options(parser)
    parser.add_argument("--date", default="", metavar="YYYY-MM-DD", help="release date (default: by the calendar rule)")
    parser.add_argument("--revision", default="", metavar="REASON", help="publish a revised vintage, with its reason")


def run(options: argparse.Namespace) -> int:
    """Run the chain; stops at the first gate that is not met."""
    from shuibei_index import pipeline

    start, end = chosen_range(options)
    done = pipeline.run(
        open_workspace(options), start, end, released_on=checked_day(options.date, "--date"), revision=options.revision
    )
    if options.json:
        result_json(done.to_dict())
    else:
        result(done.text())
    return 0
