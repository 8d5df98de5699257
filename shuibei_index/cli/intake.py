"""``intake``: take in a month's folder."""

import argparse
from typing import TYPE_CHECKING

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say
from shuibei_index.cli.words import count

if TYPE_CHECKING:
    import pandas as pd

    from shuibei_index.workspace import Workspace

HELP = "收表 take in what enterprises sent for a month: receipts, reading, checks, store"
EXAMPLES = """\
  shuibei-index intake --workspace WS --month 2025-06
  shuibei-index intake --workspace WS --month 2025-06 --received-at 2025-07-03T09:00:00 --json"""

#: Firms up to which each is listed.
_MANY = 40


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser)
    parser.add_argument(
        "--received-at", default="", metavar="TIME", help="time of receipt to record (no clock is read)"
    )


def run(options: argparse.Namespace) -> int:
    """Take in the month and show what became of every record."""
    from shuibei_index import pipeline

    workspace = open_workspace(options)
    done = pipeline.intake(workspace, checked_month(options.month), received_at=options.received_at)
    if options.json:
        result_json(done.to_dict())
        return 0
    _show(done.by_enterprise)
    for name, zh, en in refused_files(workspace, options.month):
        result(f"退回文件 file rejected: {name}\n  {zh}\n  {en}")
    result(done.headline())
    folder = workspace.work(options.month)
    say(f"审核结果 findings: {folder / 'findings.csv'}；回执 receipts: {folder / 'receipts.csv'}")
    return 0


def _show(firms: "pd.DataFrame") -> None:
    """Print what became of each firm's records; of many firms only those with something held or rejected."""
    asked = firms if len(firms) <= _MANY else firms[(firms["held"] > 0) | (firms["rejected"] > 0)]
    if len(asked):
        result(frame_table(asked))
    rest = len(firms) - len(asked)
    if rest:
        result(f"其余 {rest} 户全部采用 all records of {count(rest, 'other firm')} accepted")


def refused_files(workspace: "Workspace", month: str) -> list[tuple[str, str, str]]:
    """Return the files of a month that could not be read at all: name, why in Chinese, why in English.

    A file that was sent again under the same name and could be read is not among them.
    """
    import csv

    with (workspace.work(month) / "receipts.csv").open(encoding="utf-8-sig", newline="") as file:
        last = {row["file"]: row for row in csv.DictReader(file)}
    rejected = [row for row in last.values() if row["outcome"] == "rejected"]
    return [(row["file"], row["message_zh"], row["message_en"]) for row in rejected]
