"""``template``: the forms enterprises report a month with."""

import argparse

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say

HELP = "填报表 write enterprises' reporting forms for a month, with their own items filled in"
EXAMPLES = """\
  shuibei-index template --workspace WS --enterprise E012 --month 2025-06
  shuibei-index template --workspace WS --all --month 2025-06 --out forms
  shuibei-index template --workspace WS --enterprise E012 --month 2025-06 --format csv"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser)
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--enterprise", action="append", metavar="ID", help="企业代码 the enterprise; may be repeated")
    who.add_argument("--all", action="store_true", help="全部样本企业 every enterprise in the panel that month")
    parser.add_argument("--format", choices=("xlsx", "csv"), default="xlsx", help="xlsx for people, csv for programs")
    parser.add_argument("--out", metavar="DIR", help="folder to write to (default: work/MONTH/templates)")
    parser.add_argument("--overwrite", action="store_true", help="replace files with other content")


def run(options: argparse.Namespace) -> int:
    """Write the forms and say where they are."""
    month = checked_month(options.month)
    from shuibei_index import forms

    workspace = open_workspace(options)
    done = forms.write_templates(
        workspace,
        month,
        firms=None if options.all else list(dict.fromkeys(options.enterprise)),
        suffix=f".{options.format}",
        out=options.out,
        overwrite=options.overwrite,
    )
    bare = not done.files["items"].any()
    if options.json:
        result_json(done.to_dict() | {"prefilled": not bare})
        return 0
    result(frame_table(done.files))
    if bare:
        last = max((m for m in workspace.inbox_months() if m < month), default="")
        zh, en = (f"（最近一次收表为 {last}）", f" (the last inbox is {last})") if last else ("", "")
        say(f"注意: {month} 之前规则所看的月份内没有这些企业的记录，表中未预填任何规格品{zh}；请核对月份")
        say(f"warning: no records of these firms in the months a form looks back on from {month}{en}, so no item "
            "is filled in; check the month")  # fmt: skip
    say(f"填报表 forms: {done.folder}；请分别发给各企业 send each to its own firm only")
    where = f"inbox/{month}/"
    say(f"收到后放入 what comes back goes to {where}: shuibei-index intake --month {month}")
    return 0
