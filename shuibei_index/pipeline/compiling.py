"""Compiling: accepted records become prices, and prices an index."""

from __future__ import annotations

from collections.abc import Sequence

from shuibei_index import months as month_names
from shuibei_index.aggregate import PricePanel, make_panel
from shuibei_index.errors import GateError, WorkspaceError
from shuibei_index.frozen import Frozen
from shuibei_index.index import IndexSeries, compile_index
from shuibei_index.index.replacing import apply_replacements
from shuibei_index.index.replacing.forced import links_by_rule
from shuibei_index.pipeline.replacing import links_in_force, with_forced
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
        Nothing of the month has been taken in, or the base period lies outside the data.
    """
    with Store.open(workspace.store) as store:
        return compile_frozen(Frozen.of(workspace, store, month), store, engine)


def compile_month(workspace: Workspace, month: str, engine: str = "local") -> IndexSeries:
    """Compile as `compile_`, for figures of the month itself.

    Raises
    ------
    WorkspaceError
        As there.
    GateError
        No record of the month was accepted.
    """
    series = compile_(workspace, month, engine)
    require_records(series.months, month)
    return series


def base_outside(base_period: str, months: Sequence[str]) -> WorkspaceError | None:
    """Return the error of a base period no month of which is among the months of the prices; None = it fits.

    It is no slip of the command line: the setting was sound, and the data have not come, or not yet.
    """
    if not base_period or not months or set(month_names.months_of(base_period)) & set(months):
        return None
    return WorkspaceError(
        f"base period {base_period} lies outside the data ({months[0]} to {months[-1]}), so there is no index; "
        "set base_period in workspace.toml to a year or month inside",
        zh=f"基期 {base_period} 不在已有数据的月份（{months[0]} 至 {months[-1]}）之内，无法编制指数；"
        "请把 workspace.toml 的 base_period 改为其中的年份或月份",
    )


def require_records(months: Sequence[str], month: str) -> None:
    """Stop where the prices end before the month asked for: figures of another month are none of this one.

    Parameters
    ----------
    months : sequence of str
        Months of a price panel or of a series compiled up to `month`, in order.

    Raises
    ------
    GateError
        No record of the month was accepted.
    """
    if months[-1] != month:
        raise GateError(
            f"no record of {month} was accepted, so there is no index of it; the last month compiled is {months[-1]}. "
            f"See what is held with 'shuibei-index query list --month {month}', or ask for --month {months[-1]}",
            zh=f"{month} 没有采用的记录，因此没有该月指数；最近编制到 {months[-1]}。"
            f"请用 shuibei-index query list --month {month} 查看待核记录，或改用 --month {months[-1]}",
        )


def compile_frozen(frozen: Frozen, store: Store, engine: str = "local", replicates: int | None = None) -> IndexSeries:
    """Compile from frozen inputs: those of now or those of a release long past; 0 replicates = without bands.

    Items that people decided to replace, or that the rule forced_replacement links, are linked before (decision 0260).
    """
    settings = frozen.settings
    plain = prices_of(settings.stage, frozen, store, engine)
    outside = base_outside(settings.base_period, plain.months)
    if outside is not None:
        raise outside
    links = links_in_force(frozen.replacements)
    if any(links_by_rule(frozen.rules.at(month)) for month in plain.months):
        # who is at the limit is known only when everything else is compiled
        first = _compiled(apply_replacements(plain, links), frozen, 0)
        links = with_forced(links, plain, first, frozen, store)
    return _compiled(apply_replacements(plain, links), frozen, replicates)


def _compiled(panel: PricePanel, frozen: Frozen, replicates: int | None) -> IndexSeries:
    settings = frozen.settings
    return compile_index(
        panel,
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
