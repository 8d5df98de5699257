"""``replace``: items that take the place of others, decided by people and followed by every compilation."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say
from shuibei_index.cli.words import YES_NO, count

if TYPE_CHECKING:
    import pandas as pd

    from shuibei_index.pipeline.replacement_decisions import Replaced

HELP = "替换规格品 decide which item takes the place of one that is no longer sold, and by which method"
EXAMPLES = """\
  shuibei-index replace --workspace WS --month 2025-06 --enterprise E012 --item OLD --by-item NEW \\
      --method direct --by 王敏 --reason "同款换号 same article, new code"
  shuibei-index replace --workspace WS --month 2025-06 --enterprise E012 --item OLD --by-item NEW \\
      --method factor --factor 1.2 --by 王敏 --reason "古法工艺 ancient craft"
  shuibei-index replace --workspace WS --month 2025-06 --from-file WS/work/2025-06/replacements.csv --by 王敏
  shuibei-index replace --workspace WS --list                  (--dry-run 试算: show the effect, decide nothing)
  shuibei-index replace --workspace WS --month 2025-06 --withdraw --enterprise E012 --item OLD --by 王敏 --reason TEXT
methods 方法: overlap 重叠期, class_mean 类均值, direct 直接比较, hedonic 特征模型, factor 质量系数"""
_METHODS = {
    "overlap": "重叠期 overlap",
    "class_mean": "类均值 class_mean",
    "direct": "直接比较 direct",
    "hedonic": "特征模型 hedonic",
    "factor": "质量系数 factor",
}
_SHOWN = {
    "decision": "号 no.", "month": "月份 month", "enterprise_id": "企业 firm", "class_code": "分类 class",
    "item_id": "原规格品 old", "by_item_id": "替换为 by", "asked": "所选方法 asked",
    "method": "方法 method", "charge_factor": "工费系数 charges", "stone_factor": "石价系数 stones",
    "in_force": "有效 in force", "person": "决定人 person", "reason": "理由 reason",
}  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser, required=False)
    parser.add_argument("--enterprise", default="", metavar="E", help="企业 the firm")
    parser.add_argument("--item", default="", metavar="OLD", help="原规格品 the item no longer sold")
    parser.add_argument("--by-item", default="", metavar="NEW", help="替换规格品 the one in its place")
    parser.add_argument("--class", dest="class_code", default="", metavar="CODE", help="分类 if they have several")
    parser.add_argument("--method", default="", metavar="METHOD", help=", ".join(_METHODS) + " (default: by rule)")
    parser.add_argument(
        "--factor", type=float, default=None, metavar="X", help="factor: quality new / old, metal apart"
    )
    parser.add_argument("--by", default="", metavar="NAME", help="决定人 who decides")
    parser.add_argument("--at", default="", metavar="TIME", help="时间 when (no clock is read)")
    parser.add_argument("--reason", default="", metavar="TEXT", help="理由 why")
    parser.add_argument(
        "--from-file", default="", metavar="CSV", help="the month's replacements.csv, decisions filled in"
    )
    parser.add_argument("--dry-run", action="store_true", help="试算 only show what it would do to the index")
    parser.add_argument("--list", action="store_true", help="替换登记 the register of replacements")
    parser.add_argument("--withdraw", action="store_true", help="撤销 the replacement of --item")


def run(options: argparse.Namespace) -> int:
    """List, take or withdraw replacements."""
    from shuibei_index.errors import UsageError
    from shuibei_index.pipeline import replacement_decisions

    workspace = open_workspace(options)
    month = checked_month(options.month) if options.month else ""
    if options.list:
        return _list(replacement_decisions.list_replacements(workspace, month), options.json)
    if not month:
        raise UsageError("give the month: --month YYYY-MM", zh="请给出月份：--month YYYY-MM")
    if options.withdraw:
        _needed(options, "enterprise", "item")
        done = replacement_decisions.withdraw(
            workspace, month, options.enterprise, options.item, person=options.by, reason=options.reason,
            at=options.at, class_code=options.class_code,
        )  # fmt: skip
    else:
        done = replacement_decisions.replace(
            workspace, month, _requests(options), person=options.by, at=options.at, record=not options.dry_run
        )
    return _show(done, month, options.json)


def _requests(options: argparse.Namespace) -> list[Any]:
    from shuibei_index.pipeline import replacement_decisions
    from shuibei_index.pipeline.replacing import Request

    if options.from_file:
        return replacement_decisions.read_sheet(options.from_file, options.reason)
    _needed(options, "enterprise", "item", "by_item")
    factor = float("nan") if options.factor is None else options.factor
    return [
        Request(
            options.enterprise, options.item, options.by_item, options.method, factor, options.reason,
            options.class_code,
        )
    ]  # fmt: skip


def _needed(options: argparse.Namespace, *names: str) -> None:
    from shuibei_index.errors import UsageError

    missing = [f"--{name.replace('_', '-')}" for name in names if not getattr(options, name)]
    if missing:
        raise UsageError(f"give {', '.join(missing)}", zh=f"请给出 {'、'.join(missing)}")


def _list(frame: "pd.DataFrame", as_json: bool) -> int:
    if as_json:
        result_json(_records(frame))
    else:
        result(frame_table(_worded(frame)))
        for number, zh, en in frame[["decision", "note_zh", "note_en"]].to_numpy().tolist():
            if zh:
                result(f"  {number}: {zh}\n     {en}")
        in_force = int(frame["in_force"].sum())
        say(f"有效替换 {in_force} 项 {count(in_force, 'replacement')} in force")
    return 0


def _show(done: "Replaced", month: str, as_json: bool) -> int:
    if as_json:
        told = {"decisions": done.decisions, "linked": done.effects, "effect": done.totals}
        result_json({name: _records(frame) for name, frame in told.items()})
        return 0
    result(frame_table(_worded(done.decisions)))
    for zh, en in done.decisions[["note_zh", "note_en"]].drop_duplicates().to_numpy().tolist():
        if zh:
            say(f"  {zh}\n  {en}")
    if not done.decisions["in_force"].astype(bool).any():
        say("  已撤销，各规格品按自身价格进入指数\n  withdrawn: the items go their own ways again")
    mine = done.effects["item_id"].isin(done.decisions["item_id"])
    for zh, en in done.effects.loc[mine, ["text_zh", "text_en"]].to_numpy().tolist():
        say(f"  {zh}\n  {en}")
    total = done.totals[done.totals["class_code"] == "00"]
    effect = float(total["effect"].iloc[0]) if len(total) else 0.0
    say(f"全部替换对 {month} 总指数的影响 effect of all on the headline: {effect:+.4f} 点 points")
    for path in done.files:
        say(f"  {path}")
    return 0


def _worded(frame: "pd.DataFrame") -> "pd.DataFrame":
    shown = frame[list(_SHOWN)].copy()
    for name in ("asked", "method"):
        shown[name] = shown[name].map(_METHODS).fillna("")
    shown["in_force"] = shown["in_force"].astype(bool).map(YES_NO)
    for name in ("charge_factor", "stone_factor"):
        shown[name] = [f"{value:.4f}" for value in shown[name].astype(float).tolist()]
    return shown.set_axis(list(_SHOWN.values()), axis=1)


def _records(frame: "pd.DataFrame") -> list[dict[str, object]]:
    plain: list[dict[str, object]] = json.loads(frame.to_json(orient="records", force_ascii=False))
    return plain
