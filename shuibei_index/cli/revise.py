"""``revise``: what a late file would change, shown first; accepted, it is a new vintage."""

import argparse

from shuibei_index.cli.common import checked_day, checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import result, result_json

HELP = "修订 late files: what they would change, and, accepted, a new vintage of the last release"
EXAMPLES = """\
  shuibei-index revise --workspace WS --month 2024-10      预览，不写入 what new files in inbox/2024-10 would change
  shuibei-index revise --workspace WS --month 2024-10 --file E012_2024-10.xlsx
  shuibei-index revise --workspace WS --month 2024-10 --accept --reason "一户补报 / late file of one firm"
                                                          收表并发布新版本 take in, publish releases/YYYY-MM-r1"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser, words="收件月 the month whose inbox folder holds the late files")
    parser.add_argument("--file", metavar="FILE", help="一个尚未放入 inbox 的文件 a file that is not in the inbox yet")
    parser.add_argument("--accept", action="store_true", help="采用并发布新版本 take in and publish a new vintage")
    parser.add_argument("--reason", default="", metavar="TEXT", help="原因 why, '中文 / English', for the bulletins")
    parser.add_argument("--received-at", default="", metavar="TIME", help="收到时间 when the files came, as in intake")
    parser.add_argument(
        "--released-on",
        default="",
        metavar="YYYY-MM-DD",
        help="发布日 (default: the day announced for the next release)",
    )


def run(options: argparse.Namespace) -> int:
    """Preview, or accept."""
    from shuibei_index.errors import UsageError
    from shuibei_index.pipeline.revising import accept_revision, preview_revision

    month = checked_month(options.month)
    if not options.accept and (options.reason or options.released_on or options.received_at):
        raise UsageError(
            "--reason, --released-on and --received-at go with --accept; without it nothing is taken in",
            zh="--reason、--released-on、--received-at 须与 --accept 同用；不加 --accept 只预览",
        )
    workspace = open_workspace(options)
    if options.accept:
        made = accept_revision(
            workspace,
            month,
            options.reason,
            file=options.file,
            received_at=options.received_at,
            released_on=checked_day(options.released_on, "--released-on"),
        )
        shown, text = made.to_dict(), made.text()
    else:
        found = preview_revision(workspace, month, file=options.file)
        shown, text = found.to_dict(), found.text()
    if options.json:
        result_json(shown)
    else:
        result(text)
    return 0
