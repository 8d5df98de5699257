"""The result of elementary aggregation in bulk: links and levels of cells and classes, and what is behind them."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.elementary.product_points import ProductPoints
from shuibei_index.index.elementary.product_values import FLAGS, ProductValues, product_values
from shuibei_index.index.elementary.run import ElementaryRun

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, repr=False)
class ElementaryAggregates:
    """Period-on-period links of G elementary cells over T periods, and the levels and classes above them.

    Made by `elementary_aggregates`. Arrays are read-only.

    Parameters
    ----------
    run : ElementaryRun
    """

    run: ElementaryRun = field(compare=False)

    @property
    def periods(self) -> pd.Index:
        """Labels of the periods, T of them."""
        return self.run.coded.periods

    @property
    def cells(self) -> pd.Index:
        """Labels of the cells, G of them."""
        return self.run.coded.cells

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the classes of the tree, K of them; none without a tree."""
        return () if self.run.tops is None else tuple(self.run.tops.tree.codes)

    @property
    def links(self) -> Floats:
        """Period-on-period links of the cells themselves, shape (T, G): 1 in the first period, NaN = none."""
        return self.run.own

    @property
    def matched(self) -> Ints:
        """Number of products with a relative behind each link, shape (T, G); 0 in the first period."""
        return self.run.links.matched

    @property
    def class_links(self) -> pd.DataFrame:
        """Links of all classes of the tree, missing ones taken from the class above, periods × classes."""
        return pd.DataFrame(self._classes(self.run.class_link), index=self.periods, columns=list(self.codes))

    @property
    def classes(self) -> pd.DataFrame:
        """Chained levels of all classes of the tree, first period = 1, periods × classes."""
        return pd.DataFrame(self._classes(self.run.class_level), index=self.periods, columns=list(self.codes))

    @cached_property
    def levels(self) -> Floats:
        """Chained levels of the cells, shape (T, G), first period = 1.

        With a tree a missing link is the parent's; without, a cell has no level from a missing link on.
        """
        tops = self.run.tops
        own = self.run.own
        levels: Floats = own.cumprod(axis=0) if tops is None else self.run.class_level[:, tops.leaf]
        levels.setflags(write=False)
        return levels

    def _classes(self, values: Floats) -> Floats:
        if self.run.tops is None:
            raise UsageError("there is no tree above the cells; pass tree= and weights= to elementary_aggregates")
        return values

    @cached_property
    def values(self) -> ProductValues:
        """Prices, reference prices, relatives and flags of all products of the sample, as arrays."""
        return product_values(self.run)

    @cached_property
    def prices(self) -> pd.DataFrame:
        """Price of every product of the sample in every period: period, product, cell, price, flag (`FLAGS`)."""
        return self._values_frame("price")

    @property
    def back_prices(self) -> pd.DataFrame:
        """Reference price of every product in the period before: period, product, cell, back_price, flag."""
        return self._values_frame("back_price")

    def relatives_frame(self) -> pd.DataFrame:
        """Return the columns of `prices` with back_price and relative: every product of the sample in every period."""
        return self._values_frame("price", "back_price", "relative")

    def _values_frame(self, *names: str) -> pd.DataFrame:
        values, coded = self.values, self.run.coded
        columns: dict[str, Any] = {
            "period": coded.periods[values.month],
            "product": coded.products[values.product],
            "cell": coded.cells[coded.item_cell[values.item]],
        }
        columns |= {name: getattr(values, name) for name in names}
        return pd.DataFrame(columns | {"flag": values.flag})

    @cached_property
    def points(self) -> ProductPoints:
        """Contributions of products as arrays."""
        return ProductPoints(self.run)

    def contributions(self, class_code: str | None = None) -> pd.DataFrame:
        """Return what every product adds to link − 1, period on period, as fractions that add up.

        Parameters
        ----------
        class_code : str, optional
            Cell or class. If not given, of every product to its cell and to every class above it.

        Returns
        -------
        DataFrame
            `ProductPoints.to` or `ProductPoints.to_frame`.
        """
        return self.points.to_frame() if class_code is None else self.points.to(class_code)

    def replacements(self) -> pd.DataFrame:
        """Return the replacements with the quality ratio (new / old) that each of them used; NaN = bridged."""
        slots = self.run.coded.slots
        columns = ["old_product", "new_product", "period", "method", "quality"]
        return pd.DataFrame(columns=columns) if slots is None else slots.frame.copy()

    def to_frame(self) -> pd.DataFrame:
        """Return one row a period and cell: period, cell, link (NaN = none of its own), matched, level."""
        T, G = self.links.shape
        return pd.DataFrame(
            {
                "period": np.repeat(self.periods, G),
                "cell": self.cells.to_numpy()[np.tile(np.arange(G), T)],
                "link": self.links.ravel(),
                "matched": self.matched.ravel(),
                "level": self.levels.ravel(),
            }
        )

    def summary(self) -> pd.DataFrame:
        """Return one row a period: products by flag, cells with a link, and the headline's link and level."""
        values = self.values
        words, at = np.unique(values.flag, return_inverse=True)
        T = len(self.periods)
        table = np.bincount(values.month * len(words) + at, minlength=T * len(words)).reshape(T, len(words))
        frame = pd.DataFrame(table, index=self.periods, columns=list(words))
        frame = frame[[flag for flag in FLAGS if flag in words]]
        frame.insert(0, "cells", (~np.isnan(self.links)).sum(axis=1))
        if self.codes:
            top = self.codes.index("00")
            frame["link"], frame["level"] = self.run.class_link[:, top], self.run.class_level[:, top]
        return frame

    def __repr__(self) -> str:
        """Return size and range."""
        T, G = self.links.shape
        where = f", {self.periods[0]} to {self.periods[-1]}" if T else ""
        return f"ElementaryAggregates: {G} cells × {T} periods{where}, {int(self.matched.sum())} relatives"

    def _repr_html_(self) -> str:
        legend = "; ".join(f"{flag} = {words}" for flag, words in FLAGS.items() if flag in self.summary())
        return f"<p>{html.escape(repr(self))}</p>{self.summary().to_html()}<p>{html.escape(legend)}</p>"

    def plot(self, class_code: str = "00", ax: Any = None) -> Any:
        """Draw the levels of a class, or of a cell if there is no tree; return the matplotlib axes.

        Raises
        ------
        UsageError
            There is no such class or cell.
        """
        import matplotlib.pyplot as plt

        names = list(self.codes) if self.codes else [str(c) for c in self.cells]
        code = names[0] if not self.codes and class_code == "00" and "00" not in names else class_code
        if code not in names:
            raise UsageError(f"no class or cell {code!r}{did_you_mean(code, names)}", zh=f"没有分类 {code}")
        axes = ax if ax is not None else plt.subplots()[1]
        levels = self.run.class_level if self.codes else self.levels
        axes.plot(self.periods.astype(str), levels[:, names.index(code)])
        axes.set(ylabel=f"{self.periods[0]} = 1", title=code)
        return axes
