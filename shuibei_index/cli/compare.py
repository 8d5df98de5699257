"""``compare``: formulas, windows and splices side by side on the workspace's own records."""

import argparse
from typing import Any

from shuibei_index.cli.common import open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say

HELP = "比较 compare methods: formulas × windows × splices on the workspace's own records"
EXAMPLES = """\
  shuibei-index compare --methods --workspace WS
  shuibei-index compare --methods --workspace WS --classes 0101,0301 --windows 13 --splices mean,half
  shuibei-index compare --methods --workspace WS --classes 0401 --out jade.png
  shuibei-index compare --methods --workspace WS --truth truth.csv --out methods.csv"""

#: Kinds of file --out can write.
_KINDS = (".csv", ".html", ".png")
#: Columns of the printed table, in percent.
_MEASURES = ("rmse", "bias", "mom_rmse", "abs_identity", "distance")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("--methods", action="store_true", help="方法比较 compare index methods")
    workspace_option(parser)
    for name, text in (
        ("classes", "分类代码（及其下级） class codes, each with all that begin with it (default: all)"),
        ("formulas", "公式 bilateral formulas, e.g. jevons,tornqvist (default: 15 usual ones)"),
        ("bases", "基期 chained,carried,annual,fixed (default: all)"),
        ("multilateral", "多边方法 ccdi,geks_fisher,geks_jevons,tpd,wtpd,geary_khamis … (default: all)"),
        ("windows", "窗口月数 months in a window (default: 13,25)"),
        ("splices", "拼接 movement,window,half,mean,fbew,fbmw (default: all)"),
        ("on", "拼接对象 calculated,published (default: both)"),
    ):
        parser.add_argument(f"--{name}", metavar="A,B", help=text)
    parser.add_argument(
        "--truth", metavar="FILE", help="真值 CSV: period, class_code, index (default: WS/truth.csv if there)"
    )
    parser.add_argument("--top", type=int, default=12, help="methods shown for each unit; 0 = all (default 12)")
    parser.add_argument("--out", metavar="FILE", help="also write all methods as .csv or .html, or draw as .png")


def run(options: argparse.Namespace) -> int:
    """Compare and print."""
    from pathlib import Path

    from shuibei_index.errors import UsageError

    if not options.methods:
        raise UsageError(
            "say what to compare: 'compare --methods' runs index methods on the workspace's records. Revisions "
            "between two releases are in revisions.csv of each bundle; reasons of a change: 'shuibei-index explain'",
            zh="请写明比较内容：compare --methods 比较指数方法。两次发布之间的修订见发布包的 revisions.csv；"
            "变动原因见 explain",
        )
    if options.out and Path(options.out).suffix not in _KINDS:
        raise UsageError(
            f"--out {options.out!r}: the ending says what to write; expected {', '.join(_KINDS)}",
            zh=f"--out 的扩展名应为 {'、'.join(_KINDS)}",
        )
    from shuibei_index.lab import compare_workspace

    named = {"classes": "classes", "formulas": "formulas", "bases": "bases", "multilateral": "methods",
             "splices": "splices", "on": "on"}  # fmt: skip
    choices: dict[str, Any] = {
        name: _words(getattr(options, option)) for option, name in named.items() if getattr(options, option)
    }
    if options.windows:
        choices["windows"] = _numbers(options.windows)
    found = compare_workspace(open_workspace(options), truth=options.truth, progress=True, **choices)
    summary = found.summary()
    shown = summary.groupby("unit", sort=True).head(options.top) if options.top else summary
    if options.json:
        target = found.targets[0] if found.targets else ""
        content: dict[str, Any] = {
            "months": [found.months[0], found.months[-1]],
            "classes": list(found.classes["class_code"]),
        }
        content |= {"target": target, "unit": "percent", "methods": shown.to_dict("records")}
        result_json(content)
    else:
        columns = [c for c in _MEASURES if found.targets or c in ("abs_identity", "distance")]
        result(repr(found))
        result(frame_table(shown[["unit", "method", "classes", *columns]].round(3)))
    if not found.targets:
        say("没有真值：仅给出链漂移与离散 no truth: drift and distance from the full-window GEKS only")
    if options.out:
        found.write(options.out)
        say(f"已写入 wrote {options.out}")
    return 0


def _words(text: str) -> list[str]:
    return [w.strip() for w in text.split(",") if w.strip()]


def _numbers(text: str) -> list[int]:
    from shuibei_index.errors import UsageError

    words = _words(text)
    if not words or not all(w.isdecimal() for w in words):
        raise UsageError(f"--windows {text!r}: expected whole numbers such as 13,25", zh="--windows 应为整数，如 13,25")
    return [int(w) for w in words]
