"""What the methods are run on: prices and quantities of items by class, and the true index where it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.aggregate import PricePanel
from shuibei_index.errors import UsageError, did_you_mean, first_few
from shuibei_index.index.multilateral import geks
from shuibei_index.lab.stress import MOVING, stressed
from shuibei_index.simulation import Market

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Targets of a simulated market, the primary one first.
SAMPLES = ("panel", "market")
COLUMNS = ("period", "class_code", "item_id", "price", "quantity")


@dataclass(frozen=True)
class Material:
    """Prices and quantities of the items of G classes in T months, and the true levels.

    Parameters
    ----------
    months : tuple of str
    classes : tuple of str
        Class codes, shape (G,).
    group : ndarray of int, shape (N,)
        Class of each item, ascending.
    prices, quantities : ndarray, shape (T, N)
        NaN = not sold; both or neither are known.
    targets : mapping of str to ndarray, shape (T, G)
        Logarithms of true levels on any base; NaN where the class does not exist.
    """

    months: tuple[str, ...]
    classes: tuple[str, ...]
    group: Ints
    prices: Floats
    quantities: Floats
    targets: Mapping[str, Floats]

    @property
    def starts(self) -> Ints:
        """First month in which anything of each class is sold, shape (G,)."""
        sold = np.zeros((len(self.months), len(self.classes)), dtype=bool)
        t, n = np.nonzero(~np.isnan(self.prices))
        sold[t, self.group[n]] = True
        return np.asarray(sold.argmax(axis=0), dtype=np.int64)

    def slice_of(self, g: int) -> slice:
        """Return the columns of class `g`."""
        return slice(*np.searchsorted(self.group, [g, g + 1]).tolist())

    def with_return(self) -> tuple[Floats, Floats]:
        """Return prices and quantities with each class's first month once more at the end, shape (T + 1, N)."""
        first = self.starts[self.group], np.arange(len(self.group))
        return (
            np.concatenate([self.prices, self.prices[first][None]]),
            np.concatenate([self.quantities, self.quantities[first][None]]),
        )


def make_material(
    source: Market | PricePanel | pd.DataFrame,
    *,
    truth: pd.DataFrame | None = None,
    classes: Sequence[str] | None = None,
    sample: str = "panel",
    stress: str | None = None,
    seed: int = 0,
) -> Material:
    """Collect what the methods are run on.

    Parameters
    ----------
    source : Market, PricePanel or DataFrame
        A frame has the columns period, class_code, item_id, price, quantity and, if item codes are an enterprise's
        own, enterprise_id.
    truth : DataFrame, optional
        period, class_code, index, and target if there are several (truth.csv of a simulated workspace).
    classes : sequence of str, optional
        Class codes; a code also stands for all classes that begin with it. Default: all.
    sample : {"panel", "market"}
        Of a simulated market: what the panel's enterprises sold, or everything.
    stress : str, optional
        A stress laid on a simulated market before the panel is drawn (`stress.STRESSES`).
    seed : int
        Of the stress.

    Raises
    ------
    UsageError
        An unknown class, sample or stress; a frame without the columns; a stress on data of one's own.
    """
    if sample not in SAMPLES:
        raise UsageError(f"unknown sample {sample!r}{did_you_mean(sample, SAMPLES)}; there are {', '.join(SAMPLES)}")
    if isinstance(source, Market):
        return _of_market(source, truth, classes, sample, stress, seed)
    if stress is not None:
        raise UsageError(
            "stress is laid on simulated markets only: what one's own market would have been is not known",
            zh="压力情景只能用于模拟市场",
        )
    panel = source.to_frame() if isinstance(source, PricePanel) else source
    return _of_frame(panel, truth, classes)


def _of_market(
    market: Market, truth: pd.DataFrame | None, wanted: Sequence[str] | None, sample: str, stress: str | None, seed: int
) -> Material:
    goods = market.goods
    words, group = np.unique(goods.item_class, return_inverse=True)
    codes, chosen = _chosen([str(w) for w in words], group, wanted)
    observed = goods.observed[:, chosen]
    scale = np.full(observed.shape, np.nan)
    quantities = np.where(observed, goods.quantity_milli[:, chosen] / 1000.0, np.nan)
    prices, constant = (
        np.divide(fen[:, chosen] / 100.0, quantities, out=scale.copy(), where=observed)
        for fen in (goods.amount_fen, goods.constant_fen)
    )
    if stress is not None:
        factor, quantities = stressed(stress, prices, quantities, seed=seed)
        prices, constant = prices * factor, constant * factor
    places = group[chosen]
    place = np.searchsorted(np.unique(places), places)
    frame = market.truth if truth is None else truth
    targets = _targets(frame, goods.periods, codes)
    if stress is not None:
        # the published formula of the market before the stress is no target for the market after it
        targets.pop("same_formula", None)
    if stress in MOVING:
        targets = {}
    targets["transitive"] = np.column_stack(
        [np.log(geks(constant[:, place == g], quantities[:, place == g])) for g in range(len(codes))]
    )
    if sample == "panel":
        inside = market.firms.in_panel[market.items.firm[chosen]]
        prices, quantities, place = prices[:, inside], quantities[:, inside], place[inside]
    return _sorted(goods.periods, codes, place, prices, quantities, targets)


def _of_frame(frame: pd.DataFrame, truth: pd.DataFrame | None, wanted: Sequence[str] | None) -> Material:
    missing = [c for c in COLUMNS if c not in frame]
    if missing:
        raise UsageError(f"the table of prices lacks {first_few(missing)}; expected {', '.join(COLUMNS)}")
    frame = frame[frame["price"].notna() & (frame["price"] > 0) & (frame["quantity"] > 0)]
    if frame.empty:
        raise UsageError("the table of prices has no row with a price and a quantity above 0")
    words, group = np.unique(frame["class_code"].to_numpy(dtype=str), return_inverse=True)
    codes, chosen = _chosen([str(w) for w in words], group, wanted)
    frame = frame.iloc[chosen]
    periods = tuple(month_names.between(str(frame["period"].min()), str(frame["period"].max())))
    key = [c for c in ("class_code", "enterprise_id", "item_id") if c in frame]
    item = frame.groupby(key, sort=True, observed=True).ngroup().to_numpy()
    t = pd.Index(periods).get_indexer(pd.Index(frame["period"].astype(str)))
    if frame.assign(item=item).duplicated(["period", "item"]).any():
        raise UsageError("the table of prices has an item twice in a month; add its sales up first (sx.make_panel)")
    prices, quantities = (np.full((len(periods), int(item.max()) + 1), np.nan) for _ in range(2))
    prices[t, item], quantities[t, item] = frame["price"], frame["quantity"]
    place = np.zeros(prices.shape[1], dtype=np.int64)
    place[item] = np.searchsorted(np.array(codes), frame["class_code"].to_numpy(dtype=str))
    return _sorted(periods, codes, place, prices, quantities, _targets(truth, periods, codes))


def _chosen(words: list[str], group: Ints, wanted: Sequence[str] | None) -> tuple[tuple[str, ...], Ints]:
    """Return the codes wanted and the rows of theirs."""
    if wanted is None:
        return tuple(words), np.arange(len(group))
    unknown = [w for w in wanted if not any(code.startswith(w) for code in words)]
    if unknown:
        raise UsageError(
            f"no prices of class {first_few(unknown)}{did_you_mean(unknown[0], words)}; there are {first_few(words)}",
            zh=f"没有分类 {first_few(unknown)} 的价格",
        )
    kept = [code for code in words if any(code.startswith(w) for w in wanted)]
    return tuple(kept), np.flatnonzero(np.isin(np.array(words), kept)[group])


def _targets(truth: pd.DataFrame | None, periods: Sequence[str], codes: Sequence[str]) -> dict[str, Floats]:
    if truth is None:
        return {}
    missing = [c for c in ("period", "class_code", "index") if c not in truth]
    if missing:
        raise UsageError(f"the truth lacks the columns {first_few(missing)}; expected period, class_code, index")
    frame = truth if "component" not in truth else truth[truth["component"] == "total"]
    frame = frame if "target" in frame else frame.assign(target="truth")
    targets = {}
    for target, part in frame.groupby("target", sort=True):
        wide = part.pivot_table(index="period", columns="class_code", values="index", aggfunc="first")
        wide.columns = wide.columns.astype(str)
        targets[str(target)] = np.log(wide.reindex(index=list(periods), columns=list(codes)).to_numpy(dtype=float))
    return targets


def _sorted(
    periods: Sequence[str],
    codes: tuple[str, ...],
    place: Ints,
    prices: Floats,
    quantities: Floats,
    targets: Mapping[str, Floats],
) -> Material:
    sold = ~np.isnan(prices).all(axis=0)
    # a class without a sale has no index by any method
    there = np.bincount(place[sold], minlength=len(codes)) > 0
    if not there.any():
        raise UsageError(
            f"nothing of the classes {first_few(codes)} is sold in the sample; choose others, or a larger market",
            zh="样本中没有所选分类的成交",
        )
    order = np.flatnonzero(sold)[np.argsort(place[sold], kind="stable")]
    return Material(
        months=tuple(periods),
        classes=tuple(code for code, known in zip(codes, there, strict=True) if known),
        group=(np.cumsum(there) - 1)[place[order]],
        prices=prices[:, order],
        quantities=quantities[:, order],
        targets={name: levels[:, there] for name, levels in targets.items()},
    )
