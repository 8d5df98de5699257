"""How many reporting mistakes validation finds, how many good records it doubts, how often it names the mistake.

    python benchmarks/bench_detection.py [--firms 400] [--months 8] [--seed 5] [--small]

A simulated market: 5 % of all lines carry a mistake, gold rises by 15 % into the last month, quotes within a month
differ by 1.2 % (standard deviation). To the simulator's kinds two are added in the last month: a making charge counted
twice, in its cell and in the amount, and firms that send last month's file again. All months are validated in one go,
so that what slips through in one month is part of the past of the next; the figures are those of the last month. A
line is found if any finding but an informational note speaks of it, held if one is a query or worse; it is named right
if the first diagnosis is that of the answer key, counted over the lines with no other reading beside it.
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
    "file_copied": {"file_copied"},
}  # fmt: skip
#: What the targets speak of: units, tax slips, doubled charges, stale prices, duplicates.
TARGET = (
    "weight_in_qian", "weight_times_1000", "amount_wan_yuan", "carat_points", "tax_flag", "charge_doubled",
    "stale_price", "duplicate_row", "file_copied",
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


def with_more_mistakes(reports: Reports, key: pd.DataFrame, month: str, seed: int) -> tuple[Reports, pd.DataFrame]:
    """Count the charge twice in some good lines of a month, and let some firms send the month before again."""
    random = np.random.default_rng(seed)
    frame = reports.table.to_pandas()
    known = set(zip(key["file"], key["line_no"].astype(int), strict=True))
    good = np.array([pair not in known for pair in zip(frame["file"], frame["line_no"], strict=True)])
    own = ((frame["period"] == month) & good).to_numpy()
    sale = frame["trade_type"].fillna("sale").isin(["sale", "销售"]).to_numpy()
    charged = own & sale & (frame["metal_price"] > 0) & (frame["making_charge"] > 0)
    charged &= frame["charge_basis"].isin(["per_gram", "克工费", "per_piece", "件工费"]).to_numpy()
    doubled = charged & (random.random(len(frame)) < 0.01)
    grams = frame["net_weight"].fillna(frame["weight"]) * frame["weight_unit"].map(
        {"g": 1.0, "克": 1.0, "kg": 1e3, "千克": 1e3, "mg": 1e-3, "毫克": 1e-3}
    )
    by_piece = frame["charge_basis"].isin(["per_piece", "件工费"])
    wan = frame["amount_unit"].isin(["wan", "万元"])
    charge = frame["making_charge"] * np.where(by_piece, frame["pieces"], grams) / np.where(wan, 1e4, 1.0)
    frame["amount"] = np.where(doubled, np.round(frame["amount"] + charge, np.where(wan, 6, 2).max()), frame["amount"])
    frame["making_charge"] = np.where(doubled, 2 * frame["making_charge"], frame["making_charge"])
    last = months.shift(month, -1)
    firms = sorted(set(frame.loc[own, "enterprise_id"]))
    again = set(random.choice(firms, max(len(firms) // 50, 1), replace=False).tolist())
    copies = frame[(frame["period"] == last) & frame["enterprise_id"].isin(again)].copy()
    first = frame[own].drop_duplicates("enterprise_id").set_index("enterprise_id")
    copies["period"] = month
    for column in ("receipt", "file", "sheet"):
        copies[column] = copies["enterprise_id"].map(first[column].astype(object))
    kept = ~((frame["period"] == month) & frame["enterprise_id"].isin(again))
    more = [
        frame.loc[doubled, ["file", "enterprise_id", "period", "line_no"]].assign(kind="charge_doubled"),
        copies[["file", "enterprise_id", "period", "line_no"]].assign(kind="file_copied"),
    ]
    key = key[~((key["period"] == month) & key["enterprise_id"].isin(again))]
    table = pa.Table.from_pandas(pd.concat([frame[kept], copies], ignore_index=True), reports.table.schema)
    none = np.full(0, -1)
    blank = reports.findings.iloc[:0]
    # rows have moved: findings of reading are found again by file and row
    reading = _moved(reports, frame, kept.to_numpy())
    changed = dataclasses.replace(
        reports, table=table, findings=reading[0] if len(reading[0]) else blank,
        finding_rows=reading[1] if len(reading[0]) else none,
        finding_receipts=reading[2] if len(reading[0]) else none,
    )  # fmt: skip
    return changed, pd.concat([key, *more], ignore_index=True)


def _moved(reports: Reports, frame: pd.DataFrame, kept: np.ndarray) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    place = np.cumsum(kept) - 1
    rows = np.asarray(reports.finding_rows)
    stays = (rows < 0) | kept[np.maximum(rows, 0)]
    moved = np.where(rows < 0, -1, place[np.maximum(rows, 0)])[stays]
    return reports.findings[stays].reset_index(drop=True), moved, np.asarray(reports.finding_receipts)[stays]


def examined(folder: Path, options: argparse.Namespace) -> tuple[ValidationReport, pd.DataFrame, str]:
    """Simulate, add mistakes, validate; return the report, the answer key and the last month."""
    start = "2024-10"
    end = months.shift(start, options.months - 1)
    prices = metal_table(start, end, 0.15, options.seed)
    settings = MarketSettings(firms=options.firms, mistakes=0.05, deal_log_sd=0.009, formats=("csv",), late=0.0)
    simulate(folder, start=start, end=end, seed=options.seed, metal_prices=prices, settings=settings)
    workspace = Workspace.open(folder)
    files = sorted(folder.glob("inbox/*/*"))
    reports = read_submissions(files)
    month_of = {path.name: path.parent.name for path in files}
    reports = dataclasses.replace(reports, files=reports.files.assign(inbox_month=reports.files["file"].map(month_of)))
    key = pd.read_csv(folder / "answer_key.csv", dtype=str, keep_default_na=False)
    reports, key = with_more_mistakes(reports, key, end, options.seed)
    report = validate(reports, rules=Rules.load(), panel=workspace.panel(), metal_prices=workspace.metal_prices())
    return report, key, end


def measured(report: ValidationReport, key: pd.DataFrame, month: str) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return found, held and named shares by kind, and the shares of good records flagged and held."""
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
    by = mine.groupby("kind")
    table = by.agg(cases=("found", "size"), found=("found", "mean"), held=("held", "mean"))
    clear = mine[mine["clear"]].groupby("kind")
    table["unambiguous"] = clear.size().reindex(table.index).fillna(0).astype(int)
    table["named_right"] = clear["right"].mean()
    bad = set(zip(key["file"], key["line_no"].astype(int), strict=True))
    records = pd.concat(
        [t.select(["file", "line_no", "period"]).to_pandas() for t in (report.accepted, report.held, report.rejected)]
    )
    records = records[records["period"].astype(str) == month].drop_duplicates(["file", "line_no"])
    good = [pair for pair in zip(records["file"], records["line_no"].astype(int), strict=True) if pair not in bad]
    target = mine[mine["kind"].isin(TARGET)]
    return table, {
        "good records": len(good),
        "good records flagged": sum(pair in flagged for pair in good) / max(len(good), 1),
        "good records held": sum(pair in asked for pair in good) / max(len(good), 1),
        "units, tax, doubled, stale, duplicates found": float(target["found"].mean()),
        "named right, of the unambiguous": float(mine.loc[mine["clear"], "right"].mean()),
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--firms", type=int, default=400)
    parser.add_argument("--months", type=int, default=8)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="12 firms, 4 months")
    options = parser.parse_args(arguments)
    if options.small:
        options.firms, options.months = 12, 4
    with tempfile.TemporaryDirectory() as scratch:
        report, key, month = examined(Path(scratch) / "market", options)
    table, figures = measured(report, key, month)
    print(table.to_string(float_format=lambda value: f"{value:.3f}"))
    for name, value in figures.items():
        print(f"{name:<48}{value:>10.4f}" if value < 1.5 else f"{name:<48}{value:>10,.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
