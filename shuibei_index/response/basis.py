"""Basis: what a status or a scorecard compiles, taken from the store once."""

from __future__ import annotations

from dataclasses import dataclass

from shuibei_index.aggregate import PricePanel
from shuibei_index.errors import PriceError, WorkspaceError
from shuibei_index.frozen import Frozen
from shuibei_index.index import IndexSeries, compile_index
from shuibei_index.index.replacing import apply_replacements
from shuibei_index.pipeline.compiling import base_outside, prices_of
from shuibei_index.pipeline.replacing import links_in_force
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace


@dataclass(frozen=True)
class Basis:
    """The inputs of a compilation and their prices, up to `month`: the month asked for, or the last with records."""

    frozen: Frozen
    panel: PricePanel
    month: str

    def again(self, panel: PricePanel, *, replicates: int | None = 0) -> IndexSeries:
        """Compile a panel with these inputs; without bands unless `replicates` asks for them (None = by rule).

        A panel without the base period is compiled on its own first months: changes do not depend on the base.
        """
        frozen, settings = self.frozen, self.frozen.settings
        fits = base_outside(settings.base_period, panel.months) is None
        return compile_index(
            panel,
            frozen.trees,
            rules=frozen.rules,
            weights=frozen.weights,
            base_period=settings.base_period if fits else "",
            link_month=settings.link_month,
            panel_firms=frozen.panel,
            replicates=replicates,
            metal_prices=frozen.metal_prices,
            tax_basis=settings.tax_basis,
        )

    def series(self, remark: tuple[str, str]) -> tuple[IndexSeries | None, tuple[str, str]]:
        """Compile with bands; None and why, in Chinese and English, where the prices or the base do not suffice."""
        outside = base_outside(self.frozen.settings.base_period, self.panel.months)
        if outside is not None:
            return None, (f"对指数的影响未知：{outside.zh}。", f"the effect on the index is not known: {outside}.")
        try:
            return self.again(self.panel, replicates=None), remark
        except PriceError as error:
            return None, (error.zh or "本月价格不足，无法编制指数。", str(error))


def basis_of(workspace: Workspace, store: Store, month: str) -> tuple[Basis | None, tuple[str, str]]:
    """Return what to compile, and a remark (Chinese, English; "" = none) where it is not the month asked for."""
    usable = [m for m in store.months() if m <= month and (s := store.month(m)) and s.counts.get("accepted")]
    if not usable:
        return None, ("库中还没有采用的记录。", "the store has no accepted records yet.")
    try:
        frozen = Frozen.of(workspace, store, usable[-1])
    except WorkspaceError as error:
        # decisions that wait to be put into force: who reported can be told all the same
        return None, (error.zh, str(error))
    prices = prices_of(workspace.settings.stage, frozen, store)
    basis = Basis(frozen, apply_replacements(prices, links_in_force(frozen.replacements)), usable[-1])
    if usable[-1] == month:
        return basis, ("", "")
    return basis, (
        f"{month} 还没有采用的记录；权重按 {usable[-1]} 计。",
        f"no accepted record of {month} yet; weights are those of {usable[-1]}.",
    )
