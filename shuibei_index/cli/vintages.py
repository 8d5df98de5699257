"""``vintages``: what was public on a day, the revision triangle, and how far figures were revised."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shuibei_index.cli.common import checked_day, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say

if TYPE_CHECKING:
    import pandas as pd

HELP = "版本 what was public on any day; revision triangle; mean revision; news or noise"
EXAMPLES = """\
  shuibei-index vintages --workspace WS                             各次发布 the releases
  shuibei-index vintages --workspace WS --as-of 2025-08-10          当日公布的总指数 the headline as of that day
  shuibei-index vintages --workspace WS --class 0101 --triangle --csv triangle.csv
  shuibei-index vintages --workspace WS --revisions                 修订幅度 mean revision, news or noise
  shuibei-index vintages --workspace WS --realtime --json           ALFRED 式 with the days each figure stood"""

_VIEWS = ("as_of", "triangle", "revisions", "realtime", "first")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    parser.add_argument("--class", dest="class_code", default="00", metavar="CODE", help="分类 class (default 00)")
    parser.add_argument("--component", default="total", help="构成 total, metal, making or stone (default total)")
    parser.add_argument("--adjustment", default="NSA", help="季节调整 NSA, SA or TREND (default NSA)")
    parser.add_argument("--measure", default="index", help="指标 index, mom_pct, yoy_pct or ytd_pct (default index)")
    parser.add_argument("--as-of", default="", metavar="YYYY-MM-DD", help="当日公布的数字 figures public on that day")
    parser.add_argument("--first", action="store_true", help="首次公布数 every month as first published")
    parser.add_argument("--triangle", action="store_true", help="修订三角 months × releases, as printed")
    parser.add_argument("--revisions", action="store_true", help="修订统计 revisions, their mean, news or noise")
    parser.add_argument("--realtime", action="store_true", help="实时区间 the days on which each figure stood")
    parser.add_argument("--csv", metavar="FILE", help="另存表格 also write the table as CSV")


def run(options: argparse.Namespace) -> int:
    """Read and show."""
    from shuibei_index.errors import UsageError
    from shuibei_index.vintages import read_vintages

    chosen = [name for name in _VIEWS if getattr(options, name)]
    if len(chosen) > 1:
        names = ", ".join("--" + name.replace("_", "-") for name in chosen)
        raise UsageError(f"give one of {names}, not several", zh=f"{names} 只能给出一种")
    vintages = read_vintages(options.workspace)
    if not chosen:
        return _show(options, vintages.to_frame(), {})
    series = vintages.series(options.class_code, options.component, options.adjustment)
    if options.as_of:
        return _show(options, series.as_of(checked_day(options.as_of, "--as-of")), {})
    if options.triangle:
        return _show(options, series.triangle(options.measure, published=True).reset_index(), {})
    if options.realtime:
        return _show(options, series.realtime(measure=options.measure), {})
    if options.first:
        return _show(options, series.first(), {})
    more: dict[str, Any] = {"mean_revision": series.mean_revision()}
    try:
        more["news_or_noise"] = series.news_or_noise()
    except UsageError as error:
        say(f"新闻或噪声 news or noise: {error.zh} {error}")
    return _show(options, series.revisions(options.measure), more)


def _show(options: argparse.Namespace, frame: "pd.DataFrame", more: dict[str, Any]) -> int:
    if options.csv:
        # codes, months and numbers only: no cell a spreadsheet could run
        Path(options.csv).write_text(frame.to_csv(index=False, lineterminator="\n"), encoding="utf-8")
        say(f"已写入 wrote {options.csv}")
    if options.json:
        rows = frame.to_dict("records")
        result_json({"rows": rows, **{k: v.to_dict("records") for k, v in more.items()}} if more else rows)
        return 0
    result(frame_table(frame.round(4)))
    for name, table in more.items():
        result(f"\n{name}")
        result(frame_table(table.round(4)))
    return 0
