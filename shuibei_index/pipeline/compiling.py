"""Compiling: accepted records become prices, and prices an index."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pyarrow as pa

from shuibei_index import months as month_names
from shuibei_index.aggregate import PricePanel, make_panel
from shuibei_index.aggregate.month_sums import from_bytes, month_sums, only_of, sums_key, to_bytes
from shuibei_index.aggregate.panel import panel_of_sums, toll_rule
from shuibei_index.aggregate.reading import in_threads
from shuibei_index.aggregate.sums import Toll
from shuibei_index.errors import GateError, WorkspaceError
from shuibei_index.frozen import Frozen
from shuibei_index.index import IndexSeries, compile_index
from shuibei_index.index.replacing import apply_replacements
from shuibei_index.index.replacing.forced import links_by_rule
from shuibei_index.pipeline.replacing import links_in_force, with_forced
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

#: Bytes of a month's records that are read at once; more are read a row group at a time.
_LARGE = 256 << 20


def prices(workspace: Workspace, month: str) -> PricePanel:
    """Return the price panel of all accepted records up to a month."""
    with Store.open(workspace.store) as store:
        return prices_of(workspace.settings.stage, Frozen.of(workspace, store, month), store)


def prices_of(stage: str, frozen: Frozen, store: Store, engine: str = "local") -> PricePanel:
    """Return the price panel of the accepted records that a compilation's inputs name.

    Sums of months that were made before are taken from the store's derived tables, unless the inputs say `anew`.
    """
    if engine != "local":
        paths = [store.objects.checked_path(sha256) for sha256 in frozen.months.values()]
        return make_panel(paths, rules=frozen.rules, stage=stage, engine=engine)
    toll = toll_rule(frozen.rules)
    by_rule = {month: toll(month) if callable(toll) else toll for month in frozen.months}
    work = partial(_sums_of, by_rule=by_rule, toll=toll, stage=stage, store=store, anew=frozen.anew)
    return panel_of_sums(in_threads(work, frozen.months.items()))


def _sums_of(
    named: tuple[str, str], *, by_rule: dict[str, tuple[str, ...]], toll: Toll, stage: str, store: Store, anew: bool
) -> pa.Table:
    """Return the sums of a month's records, as they were kept or made of the very bytes that were checked."""
    month, sha256 = named
    key = sums_key(sha256, month, by_rule[month], stage)
    kept = None if anew or (content := store.derived.get(key)) is None else from_bytes(content)
    if kept is not None and only_of(kept, month):
        return kept
    large = store.objects.path(sha256).stat().st_size > _LARGE
    source = store.objects.checked_path(sha256) if large else store.objects.get_bytes(sha256)
    sums = month_sums(source, toll_classes=toll, stage=stage)
    if not anew and only_of(sums, month):
        store.derived.put(key, to_bytes(sums))
    return sums


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


def compile_frozen(
    frozen: Frozen,
    store: Store,
    engine: str = "local",
    replicates: int | None = None,
    plain: PricePanel | None = None,
) -> IndexSeries:
    """Compile from frozen inputs: those of now or those of a release long past; 0 replicates = without bands.

    Items that people decided to replace, or that the rule forced_replacement links, are linked before (decision 0260).
    `plain` is what `prices_of` gives of the same inputs, where it is at hand.
    """
    settings = frozen.settings
    plain = prices_of(settings.stage, frozen, store, engine) if plain is None else plain
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
