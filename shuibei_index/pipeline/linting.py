"""Linting a press text: the file and the release it is held against."""

from __future__ import annotations

from pathlib import Path

from shuibei_index.errors import GateError, UsageError
from shuibei_index.release import Release, read_release
from shuibei_index.release.linting import Finding, lint_release, lint_text, read_source
from shuibei_index.workspace import Workspace


def lint_file(
    file: str | Path, *, release: str = "", workspace: str = "", month: str = "", language: str = "auto"
) -> list[Finding]:
    """Check the words of a file against a bundle, or against the last release of a month in a workspace.

    Raises
    ------
    UsageError
        Neither a release nor a workspace and month are given, or there is no such release.
    """
    if bool(release) == bool(month):
        raise UsageError(
            "give --release PATH, or --workspace WS with --month M", zh="请给出 --release，或 --workspace 与 --month"
        )
    place = Path(release) if release else _last(Workspace.open(workspace or ".").releases, month)
    return lint_text(read_source(file), read_release(place), language=language)


def _last(releases: Path, month: str) -> Path:
    found = {int(p.name.partition("-r")[2] or 0): p for p in releases.glob(f"{month}*") if p.name[:7] == month}
    if not found:
        raise UsageError(f"there is no release of {month} in {releases.name}/", zh=f"{month} 尚未发布")
    return found[max(found)]


def require_worded(release: Release) -> None:
    """Refuse a release whose own bulletins say something else than its tables.

    Raises
    ------
    GateError
        Names the first error and the number of them.
    """
    errors = [row for row in lint_release(release) if row[1] == "error"]
    if errors:
        lang, _, place, zh, en = errors[0]
        raise GateError(
            f"bulletin.{lang}.html, {place}: {en} ({len(errors)} errors in the bulletins)",
            zh=f"bulletin.{lang}.html {place}：{zh}（公报共 {len(errors)} 处错误）",
        )
