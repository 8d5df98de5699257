"""`compare_methods`: every formula, window and splice on one market, measured against its true index."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd
from tqdm import tqdm

from shuibei_index import months as month_names
from shuibei_index.aggregate import PricePanel
from shuibei_index.errors import UsageError
from shuibei_index.index.hierarchy import Hierarchy
from shuibei_index.index.splice import SERIES, SPLICES
from shuibei_index.lab.comparison import MethodComparison
from shuibei_index.lab.elementary import AVERAGE_PRICE, BASES, USUAL, check_formulas, elementary_levels
from shuibei_index.lab.material import Floats, Ints, Material, make_material
from shuibei_index.lab.measures import measured
from shuibei_index.lab.rolling import METHODS, Extension, extensions, method_name, multilateral_levels
from shuibei_index.simulation import Market

#: Family, formula, base or extension: what a method is.
Method = tuple[str, str, str]
#: The transitive index that chained ones are held against.
REFERENCE = ("multilateral", "geks_tornqvist", "full")


def compare_methods(
    market_or_panel: Market | PricePanel | pd.DataFrame,
    *,
    truth: pd.DataFrame | None = None,
    classes: Sequence[str] | None = None,
    formulas: Sequence[str] = USUAL,
    bases: Sequence[str] = BASES,
    methods: Sequence[str] = tuple(METHODS),
    windows: Sequence[int] = (13, 25),
    splices: Sequence[str] = SPLICES,
    on: Sequence[str] = SERIES,
    sample: str = "panel",
    stress: str | None = None,
    seed: int = 0,
    base_months: int = 12,
    link_month: int = 12,
    longest_spell: int = 3,
    tree: Hierarchy | None = None,
    progress: bool = False,
) -> MethodComparison:
    """Run elementary formulas and multilateral methods on a market, class by class, and measure their errors.

    Parameters
    ----------
    market_or_panel : Market, PricePanel or DataFrame
        A simulated market (:func:`shuibei_index.simulate`), one's own panel (:func:`shuibei_index.make_panel`), or a
        table of period, class_code, item_id, price, quantity (and enterprise_id).
    truth : DataFrame, optional
        True index: period, class_code, index, and target if there are several. A simulated market brings its own:
        superlative (primary), same_formula, and transitive, GEKS-Törnqvist of the whole market over the whole range
        at constant quality. Without truth only drift and the distance from the transitive index are reported.
    classes : sequence of str, optional
        Leaf classes; a code also stands for all that begin with it. Default: all with prices.
    formulas : sequence of str
        Bilateral formulas by their names in `index.bilateral`, and "average_price" (of everything sold, not matched).
    bases : sequence of {"chained", "carried", "annual", "fixed"}
        How formulas become series: month on month over matched items; the same with absent items carried at their
        class's movement, as the compilation does; against the last link month; against the first month.
    methods : sequence of str
        geks_tornqvist (ccdi), geks_fisher, geks_walsh, geks_jevons, tpd, wtpd, geary_khamis; each on the whole range
        ("full", which a monthly index cannot publish) and on every window with every splice.
    windows : sequence of int
        Months in a window.
    splices, on : sequence of str
        As in `index.splice.extend`; fbew and fbmw link in the link month.
    sample : {"panel", "market"}
        Of a simulated market: the panel's goods (formula and sampling error) or all goods (formula error alone).
    stress : {"promotions", "clearance", "seasonal", "leaders"}, optional
        Laid on a simulated market first. The superlative target stays that of the market without it: compare months
        that the stress leaves alone, above all the last. The transitive target is that of the stressed market, and
        the only one for leaders (prices of what sells much rise faster), which changes the true movement.
    seed : int
        Of the stress.
    base_months : int
        Levels are set equal in the mean of so many first months of the class before errors are taken.
    link_month : int
        Calendar month of base "annual" and of fbew and fbmw.
    longest_spell : int
        Months an absent item is carried; the rule imputation_max_months of the compilation.
    tree : Hierarchy, optional
        Names and units of classes. Default: the packaged tree of the last year.
    progress : bool
        A bar on stderr, if that is a terminal.

    Returns
    -------
    MethodComparison

    Raises
    ------
    UsageError
        An unknown class, formula, method, splice, sample or stress; nothing to compare.

    Notes
    -----
    Errors are 100 · ln(index / true index). Method page: methodology/4-index.md, section "Method lab". A target that
    is itself a chained Törnqvist favours that formula on the whole market: see `MethodComparison`.

    Examples
    --------
    >>> from shuibei_index import simulate
    >>> market = simulate(start="2023-01", end="2024-06", seed=1, firms=6)
    >>> found = compare_methods(market, classes=["01010101"], formulas=["jevons"], methods=["ccdi"], windows=[13])
    >>> found.best(n=1)["target"].tolist()
    ['superlative']
    """
    check_formulas(formulas, bases)
    ways = extensions(windows, splices, on)
    named = [method_name(m) for m in methods]
    if not (list(formulas) or named):
        raise UsageError("nothing to compare: name formulas or methods", zh="没有可比较的方法")
    if base_months < 1 or not 1 <= link_month <= 12:
        raise UsageError(f"base_months must be 1 or more and link_month 1 to 12, not {base_months} and {link_month}")
    material = make_material(market_or_panel, truth=truth, classes=classes, sample=sample, stress=stress, seed=seed)
    bilateral = _bilateral_methods(formulas, bases)
    multilateral = [(("multilateral", m, way.label), way) for m, way in product(dict.fromkeys(named), ways)]
    wanted: list[Method] = [*bilateral, *(m for m, _ in multilateral)]
    if REFERENCE not in wanted:
        multilateral.append((REFERENCE, Extension()))
    T, G = len(material.months), len(material.classes)
    found = {m: np.full((T + 1, G), np.nan) for m in [*bilateral, *(m for m, _ in multilateral)]}
    _run_bilateral(material, bilateral, found, link_month, longest_spell, progress)
    _run_multilateral(material, multilateral, found, link_month, progress)
    levels = np.stack([found[m][:T] for m in wanted])
    returned = np.stack([found[m][T] for m in wanted])
    table = pd.DataFrame(wanted, columns=["family", "formula", "extension"])
    return MethodComparison(
        months=material.months,
        classes=_names(material, tree),
        methods=table.assign(method=(table["formula"] + " " + table["extension"]).str.strip()),
        log_levels=levels,
        log_targets={name: target.copy() for name, target in material.targets.items()},
        log_reference=found[REFERENCE][:T],
        measures=measured(levels, returned, found[REFERENCE][:T], material.targets, base_months=base_months),
        base_months=base_months,
        sample=sample if isinstance(market_or_panel, Market) else "",
        stress=stress or "",
    )


def _bilateral_methods(formulas: Sequence[str], bases: Sequence[str]) -> list[Method]:
    own = {AVERAGE_PRICE: [""]}
    return [("bilateral", f, b) for f in dict.fromkeys(formulas) for b in own.get(f, list(dict.fromkeys(bases)))]


def _run_bilateral(
    material: Material, methods: list[Method], found: dict[Method, Floats], link_month: int, longest: int, bar: bool
) -> None:
    prices, quantities = material.with_return()
    link = _last_links(material.months, link_month)
    for method in tqdm(methods, desc="公式 formulas", leave=False, disable=None if bar else True):
        _, formula, base = method
        found[method][:] = elementary_levels(material, prices, quantities, formula, base, link=link, longest=longest)


def _run_multilateral(
    material: Material,
    methods: list[tuple[Method, Extension]],
    found: dict[Method, Floats],
    link_month: int,
    bar: bool,
) -> None:
    prices, quantities = material.with_return()
    number, starts = month_names.ordinals(list(material.months)), material.starts
    T = len(material.months)
    for g in tqdm(range(len(material.classes)), desc="多边 multilateral", leave=False, disable=None if bar else True):
        rows, columns = slice(int(starts[g]), None), material.slice_of(g)
        p, q = prices[rows, columns], quantities[rows, columns]
        links = np.flatnonzero(number[rows] % 12 == link_month - 1)
        base = int(links[0]) if len(links) else 0
        for method, way in methods:
            levels = found[method][rows, g]
            levels[:] = multilateral_levels(p, q, method[1], way, base)
            if not way.window or way.window > T - starts[g]:
                # a window that holds the whole range sees the month appended: it must not show in the months before
                levels[:-1] = multilateral_levels(p[:-1], q[:-1], method[1], way, base)


def _last_links(months: tuple[str, ...], link_month: int) -> Ints:
    """Return the position of the last link month before each month and the one after the end; 0 if there is none."""
    number = month_names.ordinals([*months, month_names.shift(months[-1], 1)])
    position = np.arange(len(number))
    latest = np.maximum.accumulate(np.where(number % 12 == link_month - 1, position, 0))
    return np.concatenate([[0], latest[:-1]])


def _names(material: Material, tree: Hierarchy | None) -> pd.DataFrame:
    tree = tree or Hierarchy.load(material.months[-1][:4])
    frame = tree.frame.set_index("class_code").reindex(list(material.classes))
    names = frame[["name_zh", "name_en", "unit"]].fillna("").reset_index(names="class_code")
    return names.astype(str)
