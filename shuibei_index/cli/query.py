"""``query``: what is doubtful, the letters about it, the answers, and the decisions."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say
from shuibei_index.cli.words import ACTIONS, YES_NO, count

if TYPE_CHECKING:
    import pandas as pd

HELP = "质疑 list queries, write letters to firms, take down their answers, decide"
EXAMPLES = """\
  shuibei-index query list --workspace WS --month 2025-06
  shuibei-index query list --workspace WS --decisions          the register of decisions 决定登记
  shuibei-index query export --workspace WS --month 2025-06 --enterprise E012
  shuibei-index query answer E012.xlsx --workspace WS --person 王敏 --at 2025-07-04T10:30
  shuibei-index query decide Q0123456789ABCDEF --workspace WS --action correct --set weight_unit=g \\
      --person 王敏 --at 2025-07-04T11:00 --reason "电话核实 confirmed by phone"
only --person and --at say who and when: no clock is read 程序不读取系统时钟"""
_STATUS = {"open": "待答 open", "answered": "已答 answered", "decided": "已决 decided", "void": "撤销 void"}
_ACTION = ACTIONS
_WIDTH = 46


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("action", choices=["list", "export", "answer", "decide"])
    parser.add_argument("names", nargs="*", metavar="FILE|QUERY", help="answer: workbooks; decide: ids of queries")
    workspace_option(parser)
    month_option(parser, required=False)
    parser.add_argument("--enterprise", default="", metavar="E", help="export, answer: only this firm")
    parser.add_argument("--status", default="", choices=list(_STATUS), metavar="STATUS", help="list: only these")
    parser.add_argument("--decisions", action="store_true", help="list: the register of decisions")
    parser.add_argument("--person", default="", metavar="NAME", help="answer, decide: who")
    parser.add_argument("--at", default="", metavar="TIME", help="answer, decide: when (no clock is read)")
    parser.add_argument("--dry-run", action="store_true", help="answer: only show what would be done")
    parser.add_argument("--action", dest="choice", default="", metavar="ACTION", help="decide: " + ", ".join(_ACTION))
    parser.add_argument("--reason", default="", metavar="TEXT", help="decide: why")
    parser.add_argument("--basis", default="", metavar="RULE", help="decide: rule it follows (default: 主观判断)")
    parser.add_argument("--set", action="append", default=[], metavar="COLUMN=VALUE", help="decide: corrected value")
    parser.add_argument("--whole-record", action="store_true", help="decide: on all that is doubtful about the record")


def run(options: argparse.Namespace) -> int:
    """Run one of the four actions."""
    return {"list": _list, "export": _export, "answer": _answer, "decide": _decide}[options.action](options)


def _list(options: argparse.Namespace) -> int:
    from shuibei_index import pipeline

    workspace = open_workspace(options)
    month = checked_month(options.month) if options.month else ""
    if options.decisions:
        frame = pipeline.list_decisions(workspace, month)
        shown = frame[["decision", "enterprise_id", "period", "line_no", "rule", "action", "values", "person",
                       "decided_at", "basis", "reason", "in_force"]]  # fmt: skip
        titles = ["号 no.", "企业 firm", "报告期 period", "行 line", "审核项 rule", "决定 action", "更正值 values",
                  "决定人 person", "时间 at", "依据 basis", "理由 reason", "有效 in force"]  # fmt: skip
    else:
        frame = pipeline.list_queries(workspace, month, options.status)
        shown = frame[["query", "enterprise_id", "line_no", "rule", "status", "value", "proposed", "message_zh",
                       "message_en"]]  # fmt: skip
        titles = ["质疑 query", "企业 firm", "行 line", "审核项 rule", "状态 status", "原报值 value",
                  "建议 proposed", "疑问", "doubt"]  # fmt: skip
    if options.json:
        result_json(_records(frame))
        return 0
    shown = _worded(shown)
    result(frame_table(_short(shown).set_axis(titles, axis=1)))
    if not options.decisions:
        counts = frame["status"].value_counts()
        result("  ".join(f"{text} {counts.get(name, 0)}" for name, text in _STATUS.items()))
    return 0


def _export(options: argparse.Namespace) -> int:
    from shuibei_index import pipeline
    from shuibei_index.errors import UsageError

    if not options.month:
        raise UsageError("give the month: query export --month YYYY-MM", zh="请给出月份：query export --month YYYY-MM")
    done = pipeline.export_letters(open_workspace(options), checked_month(options.month), options.enterprise)
    if options.json:
        result_json(_records(done))
        return 0
    result(frame_table(done.set_axis(["企业 firm", "质疑 queries", "工作簿 workbook", "网页 page"], axis=1)))
    say(f"{len(done)} 封质疑单 {count(len(done), 'letter')}；含企业个体数据，仅发本企业 each to its own firm only")
    return 0


def _answer(options: argparse.Namespace) -> int:
    from pathlib import Path

    from shuibei_index import pipeline
    from shuibei_index.errors import GateError, UsageError

    if not options.names:
        raise UsageError("name the letters that came back: query answer FILE...", zh="请给出企业发回的质疑单文件")
    workspace = open_workspace(options)
    absent = [name for name in options.names if not Path(name).exists()]
    if absent:
        raise UsageError(f"no such file: {', '.join(absent)}", zh=f"没有文件 {'、'.join(absent)}")
    signed = {"person": options.person, "at": options.at, "enterprise": options.enterprise}
    planned = pipeline.answer(workspace, options.names, record=False, **signed)
    columns = ["enterprise_id", "line_no", "rule", "action", "values", "reason"]
    if not options.json:
        say("将作如下决定 this is what will be decided:")
        say(frame_table(_short(_worded(planned.decisions[columns]))))
        for file, cell, zh, en in planned.findings[["file", "cell", "message_zh", "message_en"]].to_numpy().tolist():
            say(f"  {file} {cell}".rstrip() + f"\n    {zh}\n    {en}")
    done = planned if options.dry_run else pipeline.answer(workspace, options.names, **signed)
    refused = int((done.findings["severity"] == "reject").sum())
    if options.json:
        result_json(
            {
                "recorded": not options.dry_run,
                "decisions": _records(done.decisions),
                "refused": refused,
                "findings": _records(done.findings),
            }
        )
    else:
        word = "将记录 to be recorded" if options.dry_run else "已记录 recorded"
        result(
            f"{word}: {len(done.decisions)} 项决定 {count(len(done.decisions), 'decision')}; {refused} 处未采用 refused"
        )
        _go_on(done.months if not options.dry_run else [])
    return GateError.exit_code if refused else 0


def _decide(options: argparse.Namespace) -> int:
    from shuibei_index import pipeline
    from shuibei_index.errors import UsageError

    if not options.names or not options.choice:
        raise UsageError("query decide QUERY... --action ACTION", zh="用法：query decide 质疑编号 --action 操作")
    values = {}
    for pair in options.set:
        column, sign, text = pair.partition("=")
        if not sign:
            raise UsageError(f"--set {pair!r}: expected COLUMN=VALUE", zh=f"--set {pair!r} 应为 列=值")
        values[column.strip()] = pipeline.read_value(column.strip(), text.strip())
    done = pipeline.decide(
        open_workspace(options),
        options.names,
        options.choice,
        person=options.person,
        reason=options.reason,
        at=options.at,
        basis=options.basis,
        values=values,
        whole=options.whole_record,
    )
    if options.json:
        result_json(_records(done))
        return 0
    columns = ["decision", "query", "enterprise_id", "line_no", "action", "values", "reason"]
    result(frame_table(_short(_worded(done[columns]))))
    _go_on(sorted(set(done["month"])))
    return 0


def _go_on(months: list[str]) -> None:
    for month in months:
        say(f"请重新收表使决定生效 settle the month again: shuibei-index intake --month {month}")


def _worded(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return a table with its codes in words, its lines whole numbers, its corrections as column=value."""
    words: dict[str, dict[Any, str]] = {"status": _STATUS, "action": _ACTION, "in_force": YES_NO}
    shown = frame.copy()
    for name in set(words) & set(shown):
        shown[name] = shown[name].map(words[name])
    if "line_no" in shown:
        shown["line_no"] = shown["line_no"].astype("Int64")
    if "values" in shown:
        shown["values"] = shown["values"].map(_assignments)
    return shown


def _assignments(text: str) -> str:
    """Return corrected values as --set takes them.

    Examples
    --------
    >>> _assignments('{"unit_system": "metric", "weight_unit": "qian"}'), _assignments("{}")
    ('unit_system=metric; weight_unit=qian', '')
    """
    return "; ".join(f"{name}={'' if value is None else value}" for name, value in json.loads(text or "{}").items())


def _records(frame: "pd.DataFrame") -> list[dict[str, object]]:
    plain: list[dict[str, object]] = json.loads(frame.to_json(orient="records", force_ascii=False))
    return plain


def _short(frame: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    # object columns throughout: a whole number beside an empty cell would become a fraction
    columns = {name: [None if pd.isna(v) else _cut(v) for v in frame[name].tolist()] for name in frame}
    return pd.DataFrame(columns, dtype=object)


def _cut(value: object) -> object:
    return value[: _WIDTH - 1] + "…" if isinstance(value, str) and len(value) > _WIDTH else value
