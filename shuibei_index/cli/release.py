"""``release``: freeze a month into a bundle."""

import argparse

from shuibei_index.cli import keys
from shuibei_index.cli.common import checked_day, checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import result, result_json

HELP = "发布 freeze a month into a release bundle"
EXAMPLES = """\
  shuibei-index release --workspace WS --month 2025-06
  shuibei-index release --workspace WS --month 2025-06 --out bundles/2025-06
  shuibei-index release --workspace WS --month 2025-06 --revision "E012 补报 late file of E012"
                                                    a later vintage of the same month: releases/2025-06-r1"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser)
    parser.add_argument("--out", metavar="FOLDER", help="also write the bundle here (default: WS/releases/YYYY-MM)")
    parser.add_argument("--date", default="", metavar="YYYY-MM-DD", help="release date (default: by the calendar rule)")
    parser.add_argument(
        "--embargo-until",
        default="",
        metavar="TIME",
        help="此前不得公开 not public before, e.g. 2025-01-15T09:30+08:00",
    )
    parser.add_argument("--revision", default="", metavar="REASON", help="publish a revised vintage, with its reason")
    parser.add_argument(
        "--signing-key",
        default="",
        metavar="FILE",
        help="签名私钥 key that signs (default: workspace.toml signing_key)",
    )
    keys.passphrase_options(parser)


def run(options: argparse.Namespace) -> int:
    """Release and show the headline."""
    from shuibei_index import pipeline

    workspace = open_workspace(options)
    done = pipeline.release(
        workspace,
        checked_month(options.month),
        out=options.out,
        released_on=checked_day(options.date, "--date"),
        revision=options.revision,
        embargo_until=options.embargo_until,
        signing_key=options.signing_key,
        passphrase=keys.passphrase(options),
    )
    if options.json:
        result_json(done.to_dict())
    else:
        result(done.text())
    return 0
