"""Embargoes of a folder of releases: nothing is shown before its time, and the time is given."""

from __future__ import annotations

import json
from pathlib import Path

from shuibei_index.release.embargo import require_lifted


def require_public(folder: str | Path, at: str = "") -> None:
    """Refuse to show the releases of a workspace, or of a folder of bundles, while one of them is under embargo.

    Raises
    ------
    GateError
        An embargo is not over at the time given.
    """
    home = Path(folder)
    home = home / "releases" if (home / "releases").is_dir() else home
    for file in sorted([*home.glob("manifest.json"), *home.glob("*/manifest.json")]):
        manifest = json.loads(file.read_text(encoding="utf-8"))
        require_lifted(str(manifest.get("release", file.parent.name)), str(manifest.get("embargo_until", "")), at)
