"""``calendar``: on which days of a year the months are released."""

import argparse
import dataclasses

from shuibei_index.cli.output import result, result_json, say, table

HELP = "发布日历 the release calendar of a year"
EXAMPLES = """\
  shuibei-index calendar --year 2026
  shuibei-index calendar --year 2026 --ics releases-2026.ics      日历文件 for calendar programs"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("--year", type=int, required=True, metavar="YYYY", help="年份 the year of the releases")
    parser.add_argument("--workspace", default="", metavar="DIR", help="whose rules and names (default: the package's)")
    parser.add_argument("--ics", default="", metavar="FILE", help="另存日历文件 also write an iCalendar file")


def run(options: argparse.Namespace) -> int:
    """Show, and write."""
    from shuibei_index.pipeline.calendar import planned

    days = planned(options.year, workspace=options.workspace, file=options.ics)
    if options.json:
        result_json([dataclasses.asdict(d) for d in days])
    else:
        rows = [
            [d.month, d.date, d.final_month, f"{d.planned} {d.why[0]} {d.why[1]}" if d.why[0] else ""] for d in days
        ]
        heads = [
            "报告期（初步） provisional",
            "发布日 released",
            "转为终值 becomes final",
            "原定、顺延原因 moved from, why",
        ]
        result(table(rows, heads))
    if not all(d.announced for d in days):
        say(
            f"注意：{options.year}年放假安排未收录，春节按预计 note: the holidays of {options.year} are not announced "
            "here; those of Spring Festival are assumed"
        )
    if options.ics:
        say(f"已写入 wrote {options.ics}")
    return 0
