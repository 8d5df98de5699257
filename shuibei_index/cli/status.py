"""``status``: who reported, who has not, what that does to the index; reminders and scorecards."""

import argparse
import json
from typing import TYPE_CHECKING

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say
from shuibei_index.cli.words import count, percent

if TYPE_CHECKING:
    import pandas as pd

    from shuibei_index.response import MonthStatus

HELP = "报送状态 who has reported, what the missing do to the index; reminders, scorecards"
EXAMPLES = """\
  shuibei-index status --workspace WS                          all months 月份一览
  shuibei-index status --workspace WS --month 2025-06 --on 2025-07-05
  shuibei-index status --workspace WS --month 2025-06 --on 2025-07-07 --letters    催报函 reminders
  shuibei-index status --workspace WS --month 2025-06 --scorecards                 反馈单 one card per firm
exit 3 if a gate of the rules is not met (red 红灯)"""
#: Firms up to which each is listed.
_MANY = 40
_LIGHT = {"green": "绿 green", "amber": "黄 amber", "red": "红 red", "": "–"}
_STATE = {"accepted": "已采用 accepted", "late": "迟报 late", "waiting": "待核 held", "missing": "未报 missing"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser, required=False)
    parser.add_argument("--on", default="", metavar="DATE", help="the day looked at, for overdue (no clock is read)")
    parser.add_argument("--letters", action="store_true", help="write a reminder to each missing firm (needs --on)")
    parser.add_argument("--scorecards", action="store_true", help="write a scorecard for each firm that reported")
    parser.add_argument("--out", metavar="DIR", help="where files go (default: work/MONTH)")


def run(options: argparse.Namespace) -> int:
    """Show the status of a month, or of all of them, and write its page; exit 3 if a gate is not met."""
    from pathlib import Path

    from shuibei_index import response
    from shuibei_index.errors import GateError, UsageError

    workspace = open_workspace(options)
    if not options.month:
        if options.letters or options.scorecards or options.on:
            raise UsageError("give the month: status --month YYYY-MM", zh="请给出月份：status --month YYYY-MM")
        return _overview(response.overview(workspace), as_json=options.json)
    on = response.read_day(options.on) if options.on else None
    if options.letters and on is None:
        raise UsageError("a letter needs a date: pass --on YYYY-MM-DD", zh="催报函须有日期，请给出 --on YYYY-MM-DD")
    status = response.month_status(workspace, checked_month(options.month), on=on)
    out = Path(options.out) if options.out else None
    files = [str(path) for path in response.write_status(workspace, status, out)]
    said: list[str] = []
    if options.letters:
        done = response.write_reminders(workspace, status, out / "reminders" if out else None)
        files += [*done["page"], *done["text"]]
        said.append(f"催报函 reminders: {len(done)}，见 see {out or workspace.work(options.month)}/reminders")
    if options.scorecards:
        done = response.write_scorecards(workspace, status, out / "scorecards" if out else None)
        files += [*done["page"]]
        where = f"{out or workspace.work(options.month)}/scorecards"
        said.append(f"反馈单 scorecards: {len(done)}，见 see {where}；每份仅发本企业 each to its own firm only")
    if options.json:
        result_json(status.to_dict() | {"files": files})
    else:
        _show(status)
        said.append(f"详见 see {files[0]}")
    for text in said:
        say(text)
    return 0 if status.passed else GateError.exit_code


def _overview(frame: "pd.DataFrame", *, as_json: bool) -> int:
    if as_json:
        result_json(json.loads(frame.to_json(orient="records", force_ascii=False)))
        return 0
    shown = frame.assign(response_count=frame["response_count"].map(percent))
    titles = ["月份 month", "文件 files", "读取 read", "采用 accepted", "待核 held", "退回 rejected", "企业 firms",
              "已报 reported", "回收率 rate", "未决质疑 queries", "发布 release", "截止 due"]  # fmt: skip
    result(frame_table(shown.set_axis(titles, axis=1)))
    return 0


def _show(status: "MonthStatus") -> None:
    firms, classes, rates = status.firms, status.classes, status.rates
    result(f"{status.month}  {_LIGHT[status.light.colour]}  截止 due {status.due.isoformat()}")
    for zh, en in status.light.reasons:
        result(f"  {zh}\n  {en}")
    if status.remark[0]:
        result(f"  {status.remark[0]}\n  {status.remark[1]}")
    texts = [("按户 by firms", "response_count"), ("按额 by value", "response_value"), ("插补 imputed", "imputed"),
             ("其中缺报 of the missing", "missing")]  # fmt: skip
    result("回收率 response: " + "  ".join(f"{text} {percent(rates[name])}" for text, name in texts))
    if rates["index"] == rates["index"]:
        result(f"总指数 headline {rates['index']:.2f}  95% {rates['low_95']:.2f} – {rates['high_95']:.2f}")
    # of many firms only those that need looking at; the page and the table under work/ have all
    listed = firms if len(firms) <= _MANY else firms[firms["light"] != "green"]
    rest = len(firms) - len(listed)
    shown = listed.assign(
        light=listed["light"].map(_LIGHT), state=listed["state"].map(_STATE),
        overdue=listed["overdue"].map({True: "逾期 overdue", False: ""}),
        weight=listed["weight"].map(percent), imputed=listed["imputed"].map(percent),
    )  # fmt: skip
    names = ["enterprise_id", "name", "light", "state", "overdue", "files", "read", "accepted", "held", "rejected",
             "open_queries", "weight", "imputed"]  # fmt: skip
    titles = ["企业 firm", "名称 name", "灯 light", "状态 state", "", "文件 files", "读取 read", "采用 acc.",
              "待核 held", "退回 rej.", "质疑 queries", "权重 weight", "插补 imputed"]  # fmt: skip
    result("\n" + frame_table(shown[names].set_axis(titles, axis=1)))
    if rest:
        result(f"其余 {rest} 户绿灯 {count(rest, 'other firm')} green")
    if len(classes):
        top = classes[classes["level"].le(1) & classes["weight"].gt(0)]
        shares = ["weight", "response_count", "response_value", "imputed", "missing"]
        top = top.assign(light=top["light"].map(_LIGHT), **{n: top[n].map(percent) for n in shares})
        top = top[["class_code", "name_zh", "name_en", "light", *shares]]
        titles = ["分类 class", "", "", "灯 light", "权重 weight", "按户 count", "按额 value", "插补 imputed",
                  "缺报 missing"]  # fmt: skip
        result("\n" + frame_table(top.set_axis(titles, axis=1)))
    if len(status.replay):
        result("\n此前各月若同样缺报 had the same firms been missing before:")
        shown = status.replay.round(3)
        result(
            frame_table(shown.set_axis(["月份 month", "环比 change %", "缺报时 without", "相差 difference"], axis=1))
        )
    for row in status.unread.to_dict("records"):
        by_name = f"（按文件名似为 by its name of {row['enterprise_id']}）" if row["enterprise_id"] else ""
        result(f"\n未读出记录的文件 file without records: {row['file']}{by_name}")
        result(f"  {row['reason_zh']}\n  {row['reason_en']}")
