"""The prosperity index of a workspace, from its accepted records and reference/; and again from a release's inputs."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shuibei_index.aggregate import make_panel
from shuibei_index.errors import UsageError
from shuibei_index.frozen import Frozen
from shuibei_index.prosperity.compute import prosperity_index
from shuibei_index.prosperity.inputs import check_enterprises, read_business, read_survey
from shuibei_index.prosperity.turnover import firm_turnover

if TYPE_CHECKING:
    from shuibei_index.aggregate import PricePanel
    from shuibei_index.index import IndexSeries
    from shuibei_index.prosperity.result import ProsperityIndex
    from shuibei_index.store import Store
    from shuibei_index.workspace import Workspace

#: Files of a workspace this family lives on; without any of them there is no family.
FILES = ("reference/business.csv", "reference/survey.csv")


def of_workspace(
    workspace: Workspace, store: Store, series: IndexSeries, panel: PricePanel | None = None
) -> ProsperityIndex | None:
    """Compile the prosperity index of a workspace up to the last month of its price index.

    Parameters
    ----------
    workspace : Workspace
        reference/business.csv and reference/survey.csv are read; both are optional.
    store : Store
        Accepted records.
    series : IndexSeries
        The price index of the workspace.
    panel : PricePanel, optional
        Price panel of the same months, if at hand; else it is made from the store.

    Returns
    -------
    ProsperityIndex or None
        None if neither file is there: accepted records alone make no family.

    Raises
    ------
    WorkspaceError
        A line of a file is not what it must be, or names an enterprise that panel.csv does not have.
    """
    if not any((workspace.root / name).is_file() for name in FILES):
        return None
    return _of(Frozen.of(workspace, store, series.months[-1]), store, series, workspace.root, panel)


def of_release(
    inputs: Mapping[str, Any], frozen: Frozen, store: Store, series: IndexSeries, panel: PricePanel | None = None
) -> ProsperityIndex | None:
    """Compile the prosperity index of a past release from its frozen inputs alone.

    Parameters
    ----------
    inputs : mapping
        Of the ledger's record of the release; its "files" name the objects of the two files.
    frozen : Frozen
        The same inputs, thawed.
    store : Store
    series : IndexSeries
        The price index compiled from them.
    panel : PricePanel, optional
        Price panel of the same inputs, if at hand; else it is made from the store.

    Returns
    -------
    ProsperityIndex or None
        None if the release had neither file.
    """
    named = {name: sha256 for name, sha256 in inputs["files"].items() if name in FILES}
    if not named:
        return None
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        (root / "reference").mkdir()
        for name, sha256 in named.items():
            (root / name).write_bytes(store.objects.get_bytes(sha256))
        return _of(frozen, store, series, root, panel)


def _of(
    frozen: Frozen, store: Store, series: IndexSeries, root: Path, panel: PricePanel | None
) -> ProsperityIndex | None:
    month = series.months[-1]
    rules = frozen.rules.at(month)
    business, survey = (root / name for name in FILES)
    own = read_business(business) if business.is_file() else None
    answers = read_survey(survey, tuple(rules["prosperity_questions"])) if survey.is_file() else None
    for frame, path in ((own, business), (answers, survey)):
        if frame is not None and frozen.panel is not None:
            check_enterprises(frame, path.name, frozen.panel)
    if panel is None:
        paths = [store.objects.checked_path(sha256) for sha256 in frozen.months.values()]
        panel = make_panel(paths, rules=frozen.rules, stage=frozen.settings.stage)
    elif panel.months[-1] > month:
        raise UsageError(
            f"the panel goes on to {panel.months[-1]}, the price index ends in {month}",
            zh=f"价格面板到 {panel.months[-1]}，价格指数只到 {month}",
        )
    return prosperity_index(firm_turnover(panel, frozen.trees), series, own, answers, rules=rules)
