"""How many reporting mistakes validation finds, how many good records it doubts, how often it names the mistake.

    python benchmarks/bench_detection.py [--firms 400] [--months 8] [--seeds 17,23,31] [--gold 0.15] [--last 2025-05]
                                         [--mistakes 0.05] [--markdown] [--missed] [--small]

Simulated markets with all kinds of mistakes of the simulator: 5 % of all lines carry one, some firms send last month's
lines again; gold rises by 15 % into the last month; quotes of a day differ by 1.2 % (standard deviation), days by 0.8 %
more. All months are validated in one go, so that what slips through in one month is part of the past of the next; the
figures are those of the last month, all seeds together. `--months 1` is a first month without any past. A line is found
if any finding but an informational note speaks of it, held if one is a query or worse; it is named right if the first
diagnosis is that of the answer key, counted over the lines with no other reading beside it.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from shuibei_index import months
from shuibei_index.intake.read import read_submissions
from shuibei_index.intake.reports import Reports
from shuibei_index.rules import Rules
from shuibei_index.simulation import MarketSettings, simulate
from shuibei_index.simulation.mistake_names import KINDS
from shuibei_index.validation import ValidationReport, validate
from shuibei_index.validation.edits.run import EDIT_CHECKS
from shuibei_index.workspace import Workspace

#: Diagnosis of each kind of the answer key; a proposal is checked as well where one reading is the right one.
NAMES = {
    "weight_in_qian": {"weight_unit"}, "weight_times_1000": {"weight_unit"}, "amount_wan_yuan": {"amount_unit"},
    "carat_points": {"carat_unit", "weight_unit"}, "charge_basis": {"charge_basis"}, "tax_flag": {"tax_basis"},
    "gross_as_net": {"gross_as_net"}, "total_as_price": {"total_as_price"}, "charge_missing": {"charge_missing"},
    "stale_price": {"stale_price"}, "duplicate_row": {"duplicate_row"}, "wrong_month": {"wrong_month"},
    "unknown_class": {"class_unknown"}, "not_a_number": {"not_a_number"}, "charge_doubled": {"charge_doubled"},
    "last_month_copied": {"file_copied"},
}  # fmt: skip
GRAMS = {"g": 1.0, "克": 1.0, "kg": 1e3, "千克": 1e3, "mg": 1e-3, "毫克": 1e-3}
#: What the targets speak of: units, tax slips, doubled charges, stale prices, duplicates.
TARGET = (
    "weight_in_qian", "weight_times_1000", "amount_wan_yuan", "carat_points", "tax_flag", "charge_doubled",
    "stale_price", "duplicate_row", "last_month_copied",
)  # fmt: skip


def metal_table(start: str, end: str, jump: float, seed: int) -> pd.DataFrame:
    """Return monthly metal prices by a random walk; gold rises by `jump` into the last month."""
    random = np.random.default_rng(seed)
    periods = months.between(start, end)
    rows = []
    for metal, level, spread in (
        ("gold", 700, 0.03),
        ("platinum", 230, 0.04),
        ("palladium", 240, 0.05),
        ("silver", 8, 0.05),
    ):
        steps = random.normal(0, spread, len(periods))
        steps[0] = 0.0
        if metal == "gold":
            steps[-1] = np.log1p(jump)
        prices = np.round(level * np.exp(np.cumsum(steps)), 4)
        rows += [(period, metal, price) for period, price in zip(periods, prices.tolist(), strict=True)]
    return pd.DataFrame(rows, columns=["period", "metal", "cny_per_gram"])


def with_tax_break(reports: Reports, month: str, share: float, prices: pd.DataFrame, seed: int) -> Reports:
    """Let a share of the firms quote gold 7 % higher from the 3rd of a month on, as when input credit fell in 2025-11.

    The benchmark stays: it is the price of the exchange.
    """
    frame = reports.table.to_pandas()
    firm = frame["enterprise_id"].astype(str)
    known = sorted(set(firm))
    chosen = np.random.default_rng(seed).choice(known, round(share * len(known)), replace=False)
    gold = float(prices.set_index(["metal", "period"]).loc[("gold", month), "cny_per_gram"])
    rows = (frame["period"] == month) & firm.isin(chosen) & frame["metal_price"].between(0.7 * gold, 1.3 * gold)
    rows &= frame["deal_time"].astype(str).str[8:10] >= "03"
    grams = frame["net_weight"].fillna(frame["weight"]) * frame["weight_unit"].map(GRAMS)
    wan = np.where(frame["amount_unit"].isin(["wan", "万元"]), 1e4, 1.0)
    charge, basis = frame["making_charge"].fillna(0.0), frame["charge_basis"]
    apart = charge * np.where(basis.isin(["per_piece", "件工费"]), frame["pieces"].astype("float64"), grams)
    rest = frame["amount"] * wan - frame["stone_amount"].fillna(0.0)
    percent = basis.isin(["percent", "百分比"])
    # a charge in percent of the metal rises with it
    moved = np.where(percent, rest, rest - apart)
    frame["amount"] = np.where(rows, np.round((frame["amount"] * wan + 0.07 * moved) / wan, 6), frame["amount"])
    frame["metal_price"] = np.where(rows, np.round(1.07 * frame["metal_price"], 2), frame["metal_price"])
    return dataclasses.replace(reports, table=pa.Table.from_pandas(frame, reports.table.schema))


def examined(folder: Path, options: argparse.Namespace, seed: int) -> tuple[ValidationReport, pd.DataFrame]:
    """Simulate and validate; return the report and the answer key."""
    start = months.shift(options.last, 1 - options.months)
    prices = metal_table(start, options.last, options.gold, seed)
    settings = MarketSettings(
        firms=options.firms,
        mistakes=options.mistakes,
        kinds=tuple(KINDS),
        deal_log_sd=0.012,
        formats=("csv",),
        late=0.0,
    )
    simulate(folder, start=start, end=options.last, seed=seed, metal_prices=prices, settings=settings)
    workspace = Workspace.open(folder)
    files = sorted(folder.glob("inbox/*/*"))
    reports = read_submissions(files)
    month_of = {path.name: path.parent.name for path in files}
    reports = dataclasses.replace(reports, files=reports.files.assign(inbox_month=reports.files["file"].map(month_of)))
    if options.tax_break:
        reports = with_tax_break(reports, options.last, options.tax_break, prices, seed)
    key = pd.read_csv(folder / "answer_key.csv", dtype=str, keep_default_na=False)
    report = validate(reports, rules=Rules.load(), panel=workspace.panel(), metal_prices=workspace.metal_prices())
    return report, key


def measured(report: ValidationReport, key: pd.DataFrame, month: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the lines of a month with a mistake and those without, and whether each was found, held, named right."""
    findings = report.findings
    spoken = (findings["severity"] != "note") | findings["rule"].isin([*EDIT_CHECKS, "duplicate_row"])
    findings = findings[spoken]
    line = list(zip(findings["file"], findings["line_no"].astype(int), strict=True))
    asked = {pair for pair, severity in zip(line, findings["severity"], strict=True) if severity != "note"}
    named: dict[tuple[str, int], set[str]] = {}
    tied: set[tuple[str, int]] = set()
    for pair, name in zip(line, findings["diagnosis"], strict=True):
        first, *others = name.split(" | ")
        named.setdefault(pair, set()).add(first)
        if set(others) - {first}:
            tied.add(pair)
    flagged = set(line)
    mine = key[key["period"] == month].drop_duplicates(["file", "line_no", "kind"])
    mine = mine.assign(pair=list(zip(mine["file"], mine["line_no"].astype(int), strict=True)))
    mine["found"] = [pair in flagged for pair in mine["pair"]]
    mine["held"] = [pair in asked for pair in mine["pair"]]
    mine["right"] = [bool(named.get(p, set()) & NAMES[k]) for p, k in zip(mine["pair"], mine["kind"], strict=True)]
    mine["clear"] = [pair in flagged and pair not in tied for pair in mine["pair"]]
    mine["said"] = [" / ".join(sorted(named.get(p, set()))) for p in mine["pair"]]
    bad = set(zip(key["file"], key["line_no"].astype(int), strict=True))
    records = pd.concat(
        [
            t.select(["file", "line_no", "period"]).to_pandas()
            for t in (report.accepted_table, report.held_table, report.rejected_table)
        ]
    )
    records = records[records["period"].astype(str) == month].drop_duplicates(["file", "line_no"])
    good = [pair for pair in zip(records["file"], records["line_no"].astype(int), strict=True) if pair not in bad]
    others = pd.DataFrame({"flagged": [p in flagged for p in good], "held": [p in asked for p in good]}, dtype=bool)
    return mine, others


def by_kind(mine: pd.DataFrame) -> pd.DataFrame:
    """Return cases, found, held, unambiguous and named right of each kind."""
    by = mine.groupby("kind")
    table = by.agg(cases=("found", "size"), found=("found", "sum"), held=("held", "sum"))
    clear = mine[mine["clear"]].groupby("kind")["right"]
    table["unambiguous"] = clear.size().reindex(table.index).fillna(0).astype(int)
    table["named"] = clear.sum().reindex(table.index).fillna(0).astype(int)
    return table


def summary(mine: pd.DataFrame, good: pd.DataFrame) -> dict[str, float]:
    """Return the figures of the target."""
    target, clear = mine[mine["kind"].isin(TARGET)], mine[mine["clear"]]
    figures = {
        "good records": len(good),
        "good records flagged": float(good["flagged"].mean()),
        "good records held": float(good["held"].mean()),
    }
    if len(mine):
        figures["units, tax, doubled, stale, duplicates found"] = float(target["found"].mean())
        figures["named right, of the unambiguous"] = float(clear["right"].mean())
    return figures


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--firms", type=int, default=400)
    parser.add_argument("--months", type=int, default=8, help="months in all, the last is judged")
    parser.add_argument("--last", default="2025-05", help="the month judged")
    parser.add_argument("--gold", type=float, default=0.15, help="rise of gold into the last month")
    parser.add_argument("--mistakes", type=float, default=0.05)
    parser.add_argument("--tax-break", type=float, default=0.0, help="share of firms that quote gold 7 %% higher")
    parser.add_argument("--seeds", default="17,23,31", help="unseen ones: thresholds were set on 5 and 11")
    parser.add_argument("--markdown", action="store_true", help="print the table as the page of the method has it")
    parser.add_argument("--missed", action="store_true", help="list what was not found or named otherwise")
    parser.add_argument("--small", action="store_true", help="12 firms, 4 months, one seed")
    options = parser.parse_args(arguments)
    if options.small:
        options.firms, options.months, options.seeds = 12, 4, "17"
    parts = []
    for seed in (int(text) for text in options.seeds.split(",")):
        with tempfile.TemporaryDirectory() as scratch:
            parts.append(measured(*examined(Path(scratch) / "market", options, seed), options.last))
    mine, good = (pd.concat(frames, ignore_index=True) for frames in zip(*parts, strict=True))
    if len(mine):
        print(_markdown(by_kind(mine)) if options.markdown else by_kind(mine).to_string())
    for name, value in summary(mine, good).items():
        print(f"{name:<48}{value:>10.4f}" if value < 1.5 else f"{name:<48}{value:>10,.0f}")
    if options.missed:
        wrong = mine[~mine["found"] | (mine["clear"] & ~mine["right"])]
        print(wrong[["kind", "file", "line_no", "found", "said"]].to_string(index=False))
    return 0


def _markdown(table: pd.DataFrame) -> str:
    lines = ["| kind | found | held | named right |", "|---|---|---|---|"]
    for kind, row in table.iterrows():
        named = f"{row['named'] / row['unambiguous']:.0%}" if row["unambiguous"] else "–"
        lines.append(f"| {kind} | {row['found']}/{row['cases']} | {row['held']} | {named} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
