"""Linting a press text: the file and the release it is held against."""

from __future__ import annotations

from pathlib import Path

from shuibei_index.errors import UsageError
from shuibei_index.release import read_release
from shuibei_index.release.about import vintage_order
from shuibei_index.release.linting import Finding, lint_text, read_source
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
    home = Workspace.open(workspace or ".") if workspace or month else None
    place = _last(home.releases, month) if home is not None and month else Path(release)
    rules = home.rules() if home is not None else None
    return lint_text(read_source(file), read_release(place), language=language, rules=rules)


def _last(releases: Path, month: str) -> Path:
    found = [path for path in releases.glob(f"{month}*") if path.name[:7] == month]
    if not found:
        raise UsageError(f"there is no release of {month} in {releases.name}/", zh=f"{month} 尚未发布")
    return max(found, key=lambda path: vintage_order(path.name))
