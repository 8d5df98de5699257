"""Influence of a workspace's month: drop-one effects and the review list, written for the team only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shuibei_index import months as month_names
from shuibei_index.frozen import Frozen
from shuibei_index.index.influence import Influence, drop_one, review_list
from shuibei_index.index.influence.window import COLUMNS
from shuibei_index.pipeline.compiling import compile_frozen, require_records
from shuibei_index.pipeline.taking_in import write_work_table
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace


@dataclass(frozen=True)
class InfluenceOfMonth:
    """What was found of a month, and the files it was written to (owner only: they name firms)."""

    month: str
    class_code: str
    influence: Influence
    review: pd.DataFrame
    files: tuple[Path, ...]


def influence(
    workspace: Workspace, month: str, class_code: str = "00", *, method: str = "together"
) -> InfluenceOfMonth:
    """Leave each firm out, list what is worth a look, and write both under work/.

    Parameters
    ----------
    workspace : Workspace
    month : str
        Taken in, and not the first.
    class_code : str
        Only rows of this class and those below it are on the review list.
    method : {"together", "one_by_one"}
        As in `drop_one`: all firms at once, or one compile for each.

    Returns
    -------
    InfluenceOfMonth
        influence.csv holds the review list, influence_firms.csv the drop-one effects of all firms and classes.

    Raises
    ------
    WorkspaceError
        Nothing of the month has been taken in.
    GateError
        No record of the month was accepted.
    UsageError
        No such class; the first month of the data.
    """
    with Store.open(workspace.store) as store:
        frozen = Frozen.of(workspace, store, month)
        series = compile_frozen(frozen, store, replicates=0)
        require_records(series.months, month)
        last = month_names.ordinal(month)
        length = int(frozen.rules.at(month)["influence_history"]["months"])
        wanted = [m for m in frozen.months if last - length <= month_names.ordinal(m) <= last]
        paths = [store.objects.checked_path(frozen.months[m]) for m in wanted]
        records = pa.concat_tables([_read(path, frozen.settings.stage) for path in paths])
    found = drop_one(series, method=method)
    checks = frozen.checks if frozen.checks is not None else workspace.checks()
    review = review_list(
        series, records, month, rules=frozen.rules, metal_prices=frozen.metal_prices, influence=found,
        class_code=class_code, checks=checks,
    )  # fmt: skip
    files = (
        write_work_table(workspace, month, "influence.csv", review),
        write_work_table(workspace, month, "influence_firms.csv", found.month_frame(month)),
    )
    return InfluenceOfMonth(month, class_code, found, review, files)


def _read(path: Path, stage: str) -> pa.Table:
    table = pq.read_table(path, columns=[*COLUMNS, "stage"])
    table = table.filter(pc.equal(table["stage"].cast(pa.string()), stage)).drop_columns(["stage"])
    # dictionaries differ from month to month: words are the same everywhere
    return table.cast(pa.schema([pa.field(f.name, _plain(f.type)) for f in table.schema]))


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
