"""``explain``: from a published number back to what stands behind it."""

import argparse

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import result, result_json, say

HELP = "解释 why a series moved, adding up to the published change (internal view; --public for others)"
EXAMPLES = """\
  shuibei-index explain --workspace WS --month 2025-06                        总指数 the headline
  shuibei-index explain 0101 --workspace WS --month 2025-06 --measure yoy --by enterprise
  shuibei-index explain 0101 --workspace WS --month 2025-06 --component making
  shuibei-index explain --workspace WS --month 2025-06 --chart why.svg --lang zh
  shuibei-index explain 0101 --workspace WS --month 2025-06 --lines E003:0101-G7   报送记录 lines sent"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("class_code", nargs="?", default="00", help="class code (default 00, the headline)")
    workspace_option(parser)
    month_option(parser, words="要解释哪个月的变动 the month whose change is explained")
    parser.add_argument("--measure", choices=["mom", "yoy"], default="mom", help="环比 mom | 同比 yoy (default mom)")
    parser.add_argument("--since", default="", metavar="YYYY-MM", help="compare with this month instead")
    parser.add_argument(
        "--component",
        choices=["total", "metal", "making", "stone"],
        default="total",
        help="全价 total | 料价 metal | 工费 making | 石价 stone (default total)",
    )
    parser.add_argument(
        "--by", choices=["class", "enterprise", "product"], default="", help="列出 list firms or items (internal)"
    )
    parser.add_argument("--level", type=int, default=1, metavar="N", help="下级层数 levels below (default 1)")
    parser.add_argument("--lines", default="", metavar="FIRM:ITEM", help="报送记录 the lines sent about an item")
    parser.add_argument("--chart", default="", metavar="FILE", help="瀑布图 write the waterfall chart (.svg or .png)")
    parser.add_argument(
        "--lang", choices=["zh", "en", "both"], default="both", help="language of text and chart (default both)"
    )
    parser.add_argument("--public", action="store_true", help="公开口径 nothing of single firms and items")


def run(options: argparse.Namespace) -> int:
    """Explain and print."""
    from shuibei_index import pipeline

    since = checked_month(options.since, "--since") if options.since else ""
    found = pipeline.explain(
        open_workspace(options),
        checked_month(options.month),
        options.class_code,
        options.measure,
        component=options.component,
        since=since,
        by=options.by,
        steps=options.level,
        lines=options.lines,
        public=options.public,
    )
    if options.json:
        result_json(found.to_dict())
    else:
        result(found.text(options.lang))
    if options.chart:
        say(f"图 chart: {found.write_chart(options.chart, options.lang)}")
    return 0
