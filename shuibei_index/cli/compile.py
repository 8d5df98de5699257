"""``compile``: the chained index up to a month."""

import argparse
from typing import TYPE_CHECKING, Any

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say, table
from shuibei_index.cli.words import count

if TYPE_CHECKING:
    from shuibei_index.pipeline.benchmarking import WithoutTax

HELP = "编制 compile the chained index of every class up to a month"
EXAMPLES = """\
  shuibei-index compile --workspace WS --month 2025-06
  shuibei-index compile --workspace WS --month 2025-06 --json
  shuibei-index compile --workspace WS --month 2025-12 --without-tax     另编不含税指数 the index without tax as well"""
_RATES = ("index", "mom_pct", "yoy_pct", "ytd_pct")
_BASES = {"incl": "含税 with tax", "excl": "不含增值税 without VAT"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser)
    parser.add_argument(
        "--engine",
        choices=["local", "spark"],
        default="local",
        help="汇总引擎 who sums: local 本机, spark (extra [spark])",
    )
    parser.add_argument(
        "--without-tax", action="store_true",
        help="另编不含税指数及税负变动的影响 also the index without tax, and what changes of tax did (work/, internal)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Compile and show the month's table; write what the upkeep of the sample asks for."""
    from shuibei_index import pipeline
    from shuibei_index.pipeline import benchmarking
    from shuibei_index.pipeline.compiling import compile_month
    from shuibei_index.pipeline.keeping_up import upkeep

    workspace = open_workspace(options)
    month = checked_month(options.month)
    series = compile_month(workspace, month, options.engine)
    path = pipeline.write_work_table(workspace, month, "indices.csv", series.to_frame())
    kept = upkeep(workspace, month, series)
    summary = series.summary()
    told: dict[str, Any] = {"month": month, "base_period": series.base_period, "indices": summary.to_dict("records")}
    told["upkeep"] = kept.counts
    taxes = _told(benchmarking.without_tax(workspace, month, series)) if options.without_tax else {}
    if options.json:
        result_json(told | taxes)
    else:
        rates = {c: summary[c].map(_two_decimals) for c in _RATES}
        result(frame_table(summary.assign(**rates)))
        if taxes:
            _show(taxes["without_tax"])
    say(f"全部历史 all months: {path}")
    n = kept.counts
    say(
        f"样本维护 sample upkeep: 含量调整 {n['adjusted']}，必须替换 {n['dropped']}，已有候选 {n['replaced']}，"
        f"下月到期 {n['due']} {count(n['adjusted'], 'item')} adjusted for content, {n['dropped']} to be replaced, "
        f"{n['replaced']} with a candidate, {n['due']} due next month: {kept.files[1].parent}"
    )
    if kept.n_linked:
        say(f"已执行替换 {kept.n_linked} 项 {count(kept.n_linked, 'replacement')} in the index: {kept.files[2]}")
    return 0


def _told(taxes: "WithoutTax") -> dict[str, Any]:
    # the first row of a summary is the headline's total
    heads = {"stated": taxes.pair.stated.summary().iloc[0], "without_tax": taxes.pair.series.summary().iloc[0]}
    headline = {name: {rate: float(row[rate]) for rate in _RATES} for name, row in heads.items()}
    links = {"breaks": taxes.pair.breaks, "files": [str(path) for path in taxes.files]}
    return {
        "without_tax": {"tax_basis": taxes.tax_basis, "assumption": taxes.assumption, "headline": headline, **links}
    }


def _show(taxes: dict[str, Any]) -> None:
    words = {"stated": _BASES[taxes["tax_basis"]], "without_tax": "不含税 without tax"}
    rows = [[words[name], *(_two_decimals(row[r]) for r in _RATES)] for name, row in taxes["headline"].items()]
    titles = ["总指数 headline", "指数 index", "环比 mom %", "同比 yoy %", "累计 ytd %"]
    result("\n" + table(rows, titles))
    breaks = "、".join(taxes["breaks"]) or "无 none"
    say(f"税负变动月份 months in which tax changes: {breaks}；税负含量为中心假定 tax content: the central assumption")
    for path in taxes["files"]:
        say(f"  {path}")


def _two_decimals(value: float) -> str:
    return "–" if value != value else f"{round(value, 2) + 0.0:.2f}"
