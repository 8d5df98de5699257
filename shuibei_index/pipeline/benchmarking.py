"""Beside the index, for the team only: reference prices of metals, the dealers' spread, the index without tax."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shuibei_index.bullion import BullionReference, DealersSpread
from shuibei_index.bullion import spread as spread_of
from shuibei_index.errors import WorkspaceError
from shuibei_index.frozen import Frozen
from shuibei_index.index import IndexSeries, Restated
from shuibei_index.index import without_tax as restated
from shuibei_index.pipeline.taking_in import write_work_table
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace


@dataclass(frozen=True)
class SpreadOfMonth:
    """The dealers' spread of all months up to one, and the file it was written to."""

    month: str
    spread: DealersSpread
    file: Path


@dataclass(frozen=True)
class WithoutTax:
    """A series with and without tax, in which basis the prices were, what was assumed, and the files written."""

    pair: Restated
    tax_basis: str
    assumption: str
    files: tuple[Path, Path]


def bullion(workspace: Workspace) -> BullionReference:
    """Return the reference prices of metals with their splices.

    Raises
    ------
    WorkspaceError
        There is no table of metal prices, or it cannot be read.
    """
    if not (workspace.root / "reference" / "metal_prices.csv").is_file():
        raise WorkspaceError(
            "reference/metal_prices.csv is missing; expected the columns period, metal, cny_per_gram, source",
            "缺少 reference/metal_prices.csv；应有 period、metal、cny_per_gram、source 各列",
        )
    return workspace.bullion()


def dealers_spread(workspace: Workspace, month: str) -> SpreadOfMonth:
    """Compare the firms' own metal prices up to a month with the benchmark; write work/YYYY-MM/spread.csv.

    Raises
    ------
    WorkspaceError
        Nothing of the month has been taken in, or there is no table of metal prices.
    """
    prices = bullion(workspace)
    with Store.open(workspace.store) as store:
        frozen = Frozen.of(workspace, store, month)
        paths = [store.objects.checked_path(sha256) for sha256 in frozen.months.values()]
        found = spread_of(paths, prices, rules=frozen.rules, tree=workspace.tree, stage=frozen.settings.stage)
    return SpreadOfMonth(month, found, write_work_table(workspace, month, "spread.csv", found.to_frame()))


def without_tax(workspace: Workspace, month: str, series: IndexSeries, assumption: str = "central") -> WithoutTax:
    """Compile the market of a series without tax; write indices_without_tax.csv and tax_links.csv to work/YYYY-MM.

    Parameters
    ----------
    workspace : Workspace
    month : str
    series : IndexSeries
        As `compile_` makes it.
    assumption : {"central", "low", "high"}
        Which number of the rule tax_content.

    Raises
    ------
    UsageError
        No such assumption.
    """
    basis = workspace.settings.tax_basis
    pair = restated(series, tax_basis=basis, assumption=assumption)
    files = (
        write_work_table(workspace, month, "indices_without_tax.csv", pair.series.to_frame()),
        write_work_table(workspace, month, "tax_links.csv", pair.links_frame()),
    )
    return WithoutTax(pair, basis, assumption, files)
