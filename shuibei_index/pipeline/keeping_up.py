"""Upkeep of a workspace's month: adjustments, replacements due and replacements made, written for the team only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from shuibei_index.index import IndexSeries
from shuibei_index.index.replacing import linked, total_effects
from shuibei_index.index.upkeep import adjustments, replacements
from shuibei_index.pipeline.replacing import links_in_force
from shuibei_index.pipeline.taking_in import write_work_table
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

#: Empty columns of replacements.csv for people to fill in, read by 'shuibei-index replace --from-file'.
DECIDE_COLUMNS: tuple[str, ...] = ("decide", "by_item", "method", "factor", "reason")
#: What people write into the column decide, and whether it replaces.
TAKEN: dict[str, bool] = dict.fromkeys(("yes", "y", "1", "是", "替换"), True) | dict.fromkeys(
    ("", "no", "n", "0", "否"), False
)
#: Who made a link.
BASES = ("规则 rule forced_replacement", "人工决定 decision")


@dataclass(frozen=True)
class UpkeepOfMonth:
    """What was found of a month, and the files it was written to (owner only: they name firms).

    Parameters
    ----------
    adjustments, replacements : DataFrame
        As `index.upkeep` makes them.
    linked, totals : DataFrame
        As `index.replacing.linked` and `total_effects`; empty without replacements made.
    files : tuple of Path
    """

    adjustments: pd.DataFrame
    replacements: pd.DataFrame
    linked: pd.DataFrame
    totals: pd.DataFrame
    files: tuple[Path, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Items adjusted, and items by status: due, dropped, replaced."""
        status = self.replacements["status"]
        items = int(self.adjustments["n_items"].sum())
        return {"adjusted": items} | {s: int((status == s).sum()) for s in ("due", "dropped", "replaced")}

    @property
    def n_linked(self) -> int:
        """Replacements that the index was compiled with."""
        return len(self.linked)


def upkeep(workspace: Workspace, month: str, series: IndexSeries) -> UpkeepOfMonth:
    """Write adjustments.csv, replacements.csv, linked.csv and linked_effect.csv of a compiled month under work/.

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
    # work of people that is already in the sheet stays in it
    sheet = _with_answers(ended, workspace.work(month) / "replacements.csv")
    files = (
        write_work_table(workspace, month, "adjustments.csv", content),
        write_work_table(workspace, month, "replacements.csv", sheet),
    )
    made, totals, more = write_links(workspace, month, series)
    return UpkeepOfMonth(content, ended, made, totals, (*files, *more))


def write_links(
    workspace: Workspace, month: str, series: IndexSeries
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[Path, ...]]:
    """Write what the replacements made do to the index; return both tables and the files.

    linked.csv has the columns of `index.replacing.linked` and basis (a decision or the rule forced_replacement),
    linked_effect.csv those of `total_effects`. Without a replacement nothing is written but over files that are there.
    """
    made, totals = linked(series, checks=workspace.checks()), total_effects(series)
    with Store.open(workspace.store) as store:
        decided = links_in_force(store.register.replacements(until=month))
    keys = ["enterprise_id", "class_code", "item_id", "by_item_id"]
    by_people = pd.MultiIndex.from_frame(made[keys]).isin(pd.MultiIndex.from_frame(decided[keys]))
    made = made.assign(basis=np.array(BASES, dtype=object)[by_people.astype(np.int64)])
    there = len(made) or (workspace.work(month) / "linked.csv").is_file()
    if not there:
        return made, totals, ()
    return made, totals, (
        write_work_table(workspace, month, "linked.csv", made),
        write_work_table(workspace, month, "linked_effect.csv", totals),
    )  # fmt: skip


def _with_answers(ended: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the sheet with the columns people fill in, as far as they have."""
    empty = ended.assign(**dict.fromkeys(DECIDE_COLUMNS, ""))
    if not path.is_file() or not len(ended):
        return empty
    said = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    keys = ["class_code", "enterprise_id", "item_id"]
    if not {*keys, *DECIDE_COLUMNS} <= set(said):
        return empty
    answers = said.drop_duplicates(keys)[[*keys, *DECIDE_COLUMNS]]
    return ended.merge(answers, on=keys, how="left").fillna(dict.fromkeys(DECIDE_COLUMNS, ""))
