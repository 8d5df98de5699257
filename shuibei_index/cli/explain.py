"""``explain``: from a published number back to what stands behind it."""

import argparse

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import result, result_json

HELP = "解释 why a class moved: its parts, weights, sample and rules (internal view)"
EXAMPLES = """\
  shuibei-index explain --workspace WS --month 2025-06                 the headline
  shuibei-index explain 0101 --workspace WS --month 2025-06 --measure yoy"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("class_code", nargs="?", default="00", help="class code (default 00, the headline)")
    workspace_option(parser)
    month_option(parser)
    parser.add_argument("--measure", choices=["mom", "yoy"], default="mom", help="环比 mom | 同比 yoy (default mom)")


def run(options: argparse.Namespace) -> int:
    """Explain and print."""
    from shuibei_index import pipeline

    found = pipeline.explain(open_workspace(options), checked_month(options.month), options.class_code, options.measure)
    if options.json:
        result_json(found.to_dict())
    else:
        result(found.text())
    return 0
