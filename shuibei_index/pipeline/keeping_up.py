"""Upkeep of a workspace's month: adjustments and replacements, written for the team only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from shuibei_index.index import IndexSeries
from shuibei_index.index.upkeep import adjustments, replacements
from shuibei_index.pipeline.taking_in import write_work_table
from shuibei_index.workspace import Workspace


@dataclass(frozen=True)
class UpkeepOfMonth:
    """What was found of a month, and the files it was written to (owner only: they name firms)."""

    adjustments: pd.DataFrame
    replacements: pd.DataFrame
    files: tuple[Path, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Items adjusted, and items by status: due, dropped, replaced."""
        status = self.replacements["status"]
        items = int(self.adjustments["n_items"].sum())
        return {"adjusted": items} | {s: int((status == s).sum()) for s in ("due", "dropped", "replaced")}


def upkeep(workspace: Workspace, month: str, series: IndexSeries) -> UpkeepOfMonth:
    """Write adjustments.csv and replacements.csv of a compiled month under work/.

    Parameters
    ----------
    workspace : Workspace
    month : str
        Names the folder; the tables are of the last month of the series.
    series : IndexSeries
        As `compile_` returned it.
    """
    checks, last = workspace.checks(), series.months[-1]
    content, ended = adjustments(series, last, checks=checks), replacements(series, last, checks=checks)
    files = (
        write_work_table(workspace, month, "adjustments.csv", content),
        write_work_table(workspace, month, "replacements.csv", ended),
    )
    return UpkeepOfMonth(content, ended, files)
