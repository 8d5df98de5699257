"""Compiling: accepted records become prices, and prices an index."""

from __future__ import annotations

from shuibei_index.aggregate import PricePanel, make_panel
from shuibei_index.frozen import Frozen
from shuibei_index.index import IndexSeries, compile_index
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace


def prices(workspace: Workspace, month: str) -> PricePanel:
    """Return the price panel of all accepted records up to a month."""
    with Store.open(workspace.store) as store:
        return prices_of(workspace.settings.stage, Frozen.of(workspace, store, month), store)


def prices_of(stage: str, frozen: Frozen, store: Store, engine: str = "local") -> PricePanel:
    """Return the price panel of the accepted records that a compilation's inputs name."""
    paths = [store.objects.checked_path(sha256) for sha256 in frozen.months.values()]
    return make_panel(paths, rules=frozen.rules, stage=stage, engine=engine)


def compile_(workspace: Workspace, month: str, engine: str = "local") -> IndexSeries:
    """Compile the chained index from the accepted records up to a month.

    Raises
    ------
    WorkspaceError
        Nothing of the month has been taken in.
    """
    with Store.open(workspace.store) as store:
        return compile_frozen(Frozen.of(workspace, store, month), store, engine)


def compile_frozen(frozen: Frozen, store: Store, engine: str = "local", replicates: int | None = None) -> IndexSeries:
    """Compile from frozen inputs: those of now or those of a release long past; 0 replicates = without bands."""
    settings = frozen.settings
    return compile_index(
        prices_of(settings.stage, frozen, store, engine),
        frozen.trees,
        rules=frozen.rules,
        weights=frozen.weights,
        base_period=settings.base_period,
        link_month=settings.link_month,
        panel_firms=frozen.panel,
        metal_prices=frozen.metal_prices,
        tax_basis=settings.tax_basis,
        replicates=replicates,
    )
