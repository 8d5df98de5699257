"""Options that several verbs share."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from shuibei_index import moments, months
from shuibei_index.errors import UsageError, WorkspaceError

if TYPE_CHECKING:
    from shuibei_index.workspace import Workspace


def workspace_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--workspace DIR``."""
    parser.add_argument("--workspace", default=".", metavar="DIR", help="the workspace folder (default: .)")


def month_option(
    parser: argparse.ArgumentParser, *, required: bool = True, words: str = "报告期 the reference month"
) -> None:
    """Add ``--month YYYY-MM``; `words` is its line of help."""
    parser.add_argument("--month", required=required, metavar="YYYY-MM", help=words)


def range_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--from`` and ``--to``."""
    parser.add_argument("--from", dest="start", metavar="YYYY-MM", help="first month of a range")
    parser.add_argument("--to", dest="end", metavar="YYYY-MM", help="last month of a range")


def open_workspace(options: argparse.Namespace) -> Workspace:
    """Open the workspace named on the command line."""
    from pathlib import Path

    from shuibei_index.workspace import Workspace

    if not (Path(options.workspace) / "workspace.toml").is_file():
        # no workspace of that name is a slip of the command line; one whose files are wrong is not
        try:
            Workspace.open(options.workspace)
        except WorkspaceError as error:
            raise UsageError(str(error), zh=error.zh) from error
    return Workspace.open(options.workspace)


def checked_month(month: str, option: str = "--month") -> str:
    """Return the month if it is one; a plain error that names the option otherwise."""
    if not months.is_month(month):
        raise UsageError(
            f"{option} {month!r} is not a month; expected YYYY-MM with a month from 01 to 12, e.g. 2025-06",
            zh=f"{option} {month!r} 不是有效月份，应为 YYYY-MM，如 2025-06",
        )
    return month


def checked_day(day: str, option: str) -> str:
    """Return the date if it is one, or "" if none is given; a plain error otherwise."""
    return moments.read_day(day, option).isoformat() if day else ""


def chosen_range(options: argparse.Namespace) -> tuple[str, str]:
    """Return first and last month from ``--month`` or ``--from``/``--to``."""
    if options.month and (options.start or options.end):
        raise UsageError("give either --month or --from/--to, not both", zh="--month 与 --from/--to 只能给出一种")
    if options.month:
        return checked_month(options.month), options.month
    if not (options.start and options.end):
        raise UsageError(
            "give --month YYYY-MM, or both --from and --to", zh="请给出 --month，或同时给出 --from 与 --to"
        )
    return month_range(options.start, options.end)


def month_range(start: str, end: str) -> tuple[str, str]:
    """Return ``--from`` and ``--to`` if both are months and in order; a plain error otherwise."""
    if checked_month(end, "--to") < checked_month(start, "--from"):
        raise UsageError(f"--to {end} lies before --from {start}", zh=f"--to {end} 早于 --from {start}")
    return start, end
