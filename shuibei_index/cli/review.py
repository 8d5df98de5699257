"""``review``: what two people look at before a release, and their sign-offs."""

import argparse
import shlex
from typing import TYPE_CHECKING

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import result, result_json, say

if TYPE_CHECKING:
    from shuibei_index.pipeline.reviewing import Review
    from shuibei_index.workspace import Workspace

HELP = "审核签发 put together what two people look at before a release, and take their sign-offs"
EXAMPLES = """\
  shuibei-index review --workspace WS --month 2025-06                    审核页 the page to look at
  shuibei-index review --workspace WS --month 2025-06 --list             签字情况 who signed, and what counts
  shuibei-index review --workspace WS --month 2025-06 --sign-off 王敏 --at 2025-07-09T09:30
  shuibei-index review --workspace WS --month 2025-06 --sign-off 李强 --at 2025-07-09T10:00 --role 签发 \\
      --note "金价上涨所致 the price of gold rose"
  shuibei-index review --workspace WS --month 2025-06 --withdraw 王敏 --at 2025-07-09T11:00
two different persons sign exactly what would be released; whatever changes afterwards ends their sign-offs.
no clock is read: --at says when 程序不读取系统时钟"""


NO_LIST = (
    "未核对姓名：signatories.csv 中没有可签字人 the name was not checked: signatories.csv names nobody who may sign "
    "(columns name, also, role)"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser)
    parser.add_argument("--revision", default=None, metavar="REASON", help="审核修订版 review a revised vintage")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--sign-off", default=None, metavar="NAME", help="签字 sign off as this person")
    what.add_argument("--withdraw", default=None, metavar="NAME", help="撤回签字 take this person's sign-off back")
    what.add_argument("--list", action="store_true", help="只列签字情况 only list the sign-offs")
    parser.add_argument("--at", default="", metavar="TIME", help="时间 when it is signed or taken back")
    parser.add_argument("--role", default="", metavar="ROLE", help="角色 审核 (review) or 签发 (issue)")
    parser.add_argument("--note", default="", metavar="TEXT", help="说明 remark; needed where a gate asks for one")


def run(options: argparse.Namespace) -> int:
    """Review, sign, take back or list."""
    from shuibei_index.pipeline import reviewing, signing_off

    workspace, month = open_workspace(options), checked_month(options.month)
    if options.list:
        return _list(options, workspace, month)
    if options.withdraw is not None:
        numbers = signing_off.withdraw(workspace, month, options.withdraw, options.at, note=options.note)
        if options.json:
            result_json({"month": month, "withdrawn": numbers})
            return 0
        result(f"已撤回 taken back: {month} {options.withdraw.strip()}")
        return 0
    if options.sign_off is not None:
        # a slip of the command line is told before the work of a review
        signing_off.signatory_of(workspace, options.sign_off, options.at, options.role)
    review = reviewing.review_month(workspace, month, revision=options.revision)
    paths = reviewing.write_review(workspace, review)
    if options.sign_off is not None:
        signing_off.sign_off(workspace, review, options.sign_off, options.at, role=options.role, note=options.note)
        if not signing_off.signatories(workspace):
            say(NO_LIST)
        review = reviewing.with_sign_offs(workspace, review)
        paths = reviewing.write_review(workspace, review)
    _show(options, review, [str(path) for path in paths])
    return 0


def _show(options: argparse.Namespace, review: "Review", files: list[str]) -> None:
    if options.json:
        result_json({**review.to_dict(), "files": files})
        return
    result(review.text())
    say(f"审核页 review page: {files[0]}（含企业个体数据与人名 holds data of firms and names）")
    needed = int(review.about["required"])
    if needed and review.signed >= needed:
        where = "" if options.workspace == "." else f" --workspace {shlex.quote(options.workspace)}"
        revision = f" --revision {shlex.quote(options.revision)}" if options.revision else ""
        say(f"可以发布 ready: shuibei-index release{where} --month {review.month}{revision}")


def _list(options: argparse.Namespace, workspace: "Workspace", month: str) -> int:
    from shuibei_index.pipeline import reviewing

    rows, release, required = reviewing.sign_offs_of(workspace, month, revision=options.revision)
    counting = int(rows["counts"].astype(bool).sum()) if len(rows) else 0
    if options.json:
        listed = rows.to_dict("records")
        result_json({"release": release, "required": required, "counting": counting, "sign_offs": listed})
        return 0
    for row in rows.to_dict("records"):
        word = "有效 counts" if row["counts"] else "无效 does not count"
        note = f"  「{row['note']}」" if row["note"] else ""
        result(f"{row['sign_off']}. {row['release']} {row['person']} {row['role']} {row['signed_at']}  {word}{note}")
        if not row["counts"]:
            result(f"     {row['why_zh']}\n     {row['why_en']}")
    result(f"{release}: 有效签字 sign-offs that count {counting} / {required}")
    return 0
