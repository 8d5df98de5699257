"""The lab on one's own workspace: its accepted records, and its truth.csv if a simulation left one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from shuibei_index import pipeline
from shuibei_index.errors import UsageError, WorkspaceError
from shuibei_index.lab.compare import compare_methods
from shuibei_index.lab.comparison import MethodComparison
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace


def compare_workspace(workspace: Workspace, *, truth: str | Path | None = None, **choices: Any) -> MethodComparison:
    """Compare methods on the accepted records of a workspace.

    Parameters
    ----------
    workspace : Workspace
    truth : path, optional
        CSV of period, class_code, index (and target). Default: the workspace's truth.csv if it has one.
    **choices
        As in :func:`~shuibei_index.lab.compare.compare_methods`.

    Raises
    ------
    WorkspaceError
        Nothing has been taken in.
    """
    with Store.open(workspace.store) as store:
        months = store.months()
    if not months:
        raise WorkspaceError(
            f"nothing has been taken in in {workspace.root}; run 'shuibei-index intake --month YYYY-MM' first",
            zh="尚未收表，请先运行 shuibei-index intake --month YYYY-MM",
        )
    last = max(months)
    rules = workspace.rules().at(last)
    return compare_methods(
        pipeline.prices(workspace, last),
        truth=read_truth(workspace, truth),
        link_month=workspace.settings.link_month,
        longest_spell=int(rules["imputation_max_months"]),
        tree=workspace.tree(last[:4]),
        **choices,
    )


def read_truth(workspace: Workspace, named: str | Path | None) -> pd.DataFrame | None:
    """Return the truth named, or the workspace's own, or None.

    Raises
    ------
    UsageError
        The file named is not there, or a column of it is not.
    """
    path = Path(named) if named is not None else workspace.root / "truth.csv"
    if not path.is_file():
        if named is None:
            return None
        raise UsageError(f"there is no file {path}; name a CSV of period, class_code, index", zh=f"没有文件 {path}")
    frame = pd.read_csv(path, dtype={"period": str, "class_code": str})
    missing = [c for c in ("period", "class_code", "index") if c not in frame]
    if missing:
        raise UsageError(f"{path} lacks the columns {', '.join(missing)}", zh=f"{path} 缺少列 {', '.join(missing)}")
    return frame
