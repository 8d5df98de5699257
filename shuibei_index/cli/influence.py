"""``influence``: what each firm does to the index, and what of a month is worth a look."""

import argparse
import json
from typing import TYPE_CHECKING

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say
from shuibei_index.cli.words import count
from shuibei_index.signed import signed_text

if TYPE_CHECKING:
    import pandas as pd

HELP = "影响监测 effect of each firm on the index, and what is worth a look (internal; nothing is excluded)"
EXAMPLES = """\
  shuibei-index influence --workspace WS --month 2025-06                 review list 核查清单
  shuibei-index influence --workspace WS --month 2025-06 --class 0101    one class and those below it"""
_SIGNALS = {
    "alignment": "突然趋同 alignment",
    "one_firm": "单一企业 one firm",
    "copies": "沿用上月 copies",
    "heaping": "取整堆积 heaping",
}
#: Codes of firms of one row up to which they are shown.
_WIDTH = 24


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser)
    parser.add_argument("--class", dest="class_code", default="00", metavar="CODE", help="分类 class (default 00)")
    parser.add_argument("--top", type=int, default=15, metavar="N", help="rows shown; the files have all (default 15)")
    parser.add_argument("--exact", action="store_true", help="逐户重编核对 one compile a firm, slow, to check with")


def run(options: argparse.Namespace) -> int:
    """Write the review list and the effects of all firms, and show the largest."""
    from shuibei_index.pipeline.influencing import influence

    month = checked_month(options.month)
    done = influence(
        open_workspace(options), month, options.class_code, method="one_by_one" if options.exact else "together"
    )
    firms = done.influence.frame(month, options.class_code, top=options.top)
    if options.json:
        result_json(
            {
                "month": month,
                "class_code": options.class_code,
                "review": _records(done.review),
                "firms": _records(firms),
                "files": [str(path) for path in done.files],
            }
        )
        return 0
    result(f"剔除单个企业的影响 effect of leaving one firm out: {options.class_code}, {month}")
    shown = firms.round(4).assign(only_firm=firms["only_firm"].map({True: "唯一 only", False: ""}))
    titles = [
        "企业 firm",
        "指数（点） points",
        "环比 mom pp",
        "同比 yoy pp",
        "指数 index",
        "剔除后 without",
        "该类 class",
    ]
    result(frame_table(shown.set_axis(titles, axis=1)))
    result(f"\n核查清单 review list: {len(done.review)} 项 {count(len(done.review), 'row')}")
    for number, row in enumerate(done.review.head(options.top).to_dict("records"), start=1):
        who = row["enterprise_id"]
        who = who if len(who) <= _WIDTH else who[: _WIDTH - 1] + "…"
        points = signed_text(row["effect_points"], 3)
        result(f"{number:>3}. {row['class_code']} {who}  {_SIGNALS[row['signal']]}  {points} 点 points")
        result(f"     {row['text_zh']}\n     {row['text_en']}")
    say(f"清单仅供核查，不自动剔除任何数据；含企业个体数据 a list to look at, nothing is excluded: {done.files[0]}")
    return 0


def _records(frame: "pd.DataFrame") -> list[dict[str, object]]:
    plain: list[dict[str, object]] = json.loads(frame.to_json(orient="records", force_ascii=False, double_precision=15))
    return plain
