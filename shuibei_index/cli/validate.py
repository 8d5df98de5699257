"""``validate``: check a month against the gates."""

import argparse

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say

HELP = "审核 check a month's accepted records against the gates of the rules"
EXAMPLES = """\
  shuibei-index validate --workspace WS --month 2025-06     exit 3 if a gate is not met"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser)
    parser.add_argument(
        "--annotate",
        action="store_true",
        help="写出批注副本 also write annotated copies of firms' files to work/MONTH/annotated",
    )


def run(options: argparse.Namespace) -> int:
    """Show findings by rule and the gates; exit 3 if one is not met."""
    from shuibei_index import pipeline
    from shuibei_index.errors import GateError

    workspace = open_workspace(options)
    month = checked_month(options.month)
    report = pipeline.validate(workspace, month)
    if options.annotate:
        from shuibei_index import forms

        done = forms.annotate_month(workspace, month, report)
        say(f"批注副本 annotated copies: {done.folder} ({len(done.files)})")
    gates = report.gates_frame()
    if options.json:
        result_json(
            {
                "month": month,
                "passed": report.passed,
                "gates": gates.to_dict("records"),
                "findings": report.summary().to_dict("records"),
            }
        )
    else:
        result(frame_table(report.summary()))
        result("")
        result(frame_table(gates))
    return 0 if report.passed else GateError.exit_code
