"""``compliance``: coverage, compilation plan, judgements, self-assessment and archive, as papers."""

import argparse
from pathlib import Path

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import result, result_json, say

HELP = "合规材料 coverage statement, compilation plan, register of judgements, self-assessment, archive index"
EXAMPLES = """\
  shuibei-index compliance --workspace WS --month 2025-06 --out compliance/
  shuibei-index compliance --workspace WS --month 2025-06 --out compliance/ --market market.csv
                                        全国交易规模由使用者提供 figures of the national trade are the user's
market.csv: scope,year,value,unit,source[,stage]  e.g. 00,2024,7280,亿元,出处 where it is from,wholesale
WS/compliance.toml answers what only people know 由人员填写的事项:
  [body]  zh = "…"  en = "…"  by = "…"  on = "2025-07-01\""""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser)
    parser.add_argument("--out", required=True, metavar="DIR", help="输出文件夹 folder of the papers")
    parser.add_argument("--market", default=None, metavar="CSV", help="全国交易规模 figures of the national trade")
    parser.add_argument(
        "--from",
        dest="start",
        default="",
        metavar="YYYY-MM",
        help="登记起始月 first month of the register (default: January)",
    )


def run(options: argparse.Namespace) -> int:
    """Make the pack, write it and say what is missing."""
    from shuibei_index.compliance.pack import compliance_pack, require_place

    month = checked_month(options.month)
    start = checked_month(options.start, "--from") if options.start else ""
    workspace = open_workspace(options)
    require_place(workspace, options.out)
    pack = compliance_pack(workspace, month, market=options.market, start=start)
    files = pack.write(options.out)
    if options.json:
        result_json({**pack.to_dict(), "files": [str(path) for path in files]})
    else:
        result(pack.text())
        for zh, en in pack.coverage.missing:
            result(f"  缺：{zh}\n  missing: {en}")
    say(
        f"{Path(options.out) / 'internal'}：含企业与人员，仅供编制团队 names enterprises and persons, for the team only"
    )
    return 0
