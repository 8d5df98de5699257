"""The index series: chained levels of all classes with what is needed to explain every change."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.compilation.products import BY, Products
from shuibei_index.index.compilation.segments import Segment
from shuibei_index.index.components.series import SERIES, ComponentSeries
from shuibei_index.index.contributions import contributions_frame, share_of_change
from shuibei_index.index.tree.classification import HEADLINE

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, repr=False)
class IndexSeries:
    """Chained index levels of K classes over T months.

    Parameters
    ----------
    months : tuple of str
    codes : tuple of str
        Class codes, sorted; "00" is the headline.
    names : DataFrame
        class_code, level, name_zh, name_en, unit, metal of each class, in the order of `codes`.
    levels : ndarray, shape (T, K)
        Chained levels on an arbitrary base; NaN before a class starts and after it ends.
    imputed : ndarray of bool, shape (T, K)
        Whether the month's movement of the class was taken from its parent.
    segments : tuple of Segment
    quality : DataFrame
        Columns of quality.csv.
    base_period : str
        Year or month whose mean is 100.
    rules_digest : str
    products : Products, optional
        What every product adds to its cell; behind `product_contributions`.
    components : ComponentSeries, optional
        Metal, making charge and stones; None where the records could not be split.
    """

    months: tuple[str, ...]
    codes: tuple[str, ...]
    names: pd.DataFrame
    levels: Floats
    imputed: Bools
    segments: tuple[Segment, ...]
    quality: pd.DataFrame
    base_period: str
    rules_digest: str = ""
    products: Products | None = dataclasses.field(default=None, compare=False)
    components: ComponentSeries | None = dataclasses.field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Settle the base period and make the arrays read-only."""
        base = self.base_period or _first_full_year(self.months)
        object.__setattr__(self, "base_period", base)
        if not any(m in self.months for m in month_names.months_of(base)):
            raise UsageError(
                f"base period {base} lies outside the data ({self.months[0]} to {self.months[-1]}); "
                f"set base_period in workspace.toml to a year or month inside"
            )
        self.levels.setflags(write=False)
        self.imputed.setflags(write=False)

    @cached_property
    def index(self) -> Floats:
        """Index levels, shape (T, K), base period = 100 as a mean; a class without one: its first month = 100."""
        rows = [t for t, m in enumerate(self.months) if m in set(month_names.months_of(self.base_period))]
        level = self.levels
        count = (~np.isnan(level[rows])).sum(axis=0)
        mean = np.nansum(level[rows], axis=0) / np.where(count > 0, count, np.nan)
        starts = np.argmax(~np.isnan(level), axis=0)
        first = level[starts, np.arange(level.shape[1])]
        result: Floats = 100.0 * level / np.where(np.isnan(mean), first, mean)
        result.setflags(write=False)
        return result

    def levels_frame(self) -> pd.DataFrame:
        """Return the index levels (base = 100), months × classes."""
        return pd.DataFrame(self.index, index=pd.Index(self.months, name="period"), columns=list(self.codes))

    @cached_property
    def component_index(self) -> dict[str, Floats]:
        """Index of each component, shape (T, K), base period = 100; "total" is `index`. NaN = no such component."""
        found = {"total": self.index}
        if self.components is not None:
            rows = [t for t, m in enumerate(self.months) if m in set(month_names.months_of(self.base_period))]
            split = self.components.index(rows, ~np.isnan(self.levels))
            found |= {name: split[..., c] for c, name in enumerate(SERIES)}
        return found

    def as_of(self, date: str) -> pd.DataFrame:
        """Refuse: what is compiled now was public on no day; releases know.

        Raises
        ------
        UsageError
            Always; names what to use.
        """
        raise UsageError(
            f"a compiled series has no days of publication; what was public on {date}: "
            "shuibei_index.read_vintages(workspace).series('00').as_of(date)",
            zh=f"编制结果没有发布日；{date} 公布的数字请用 read_vintages(工作区).series('00').as_of(日期)",
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the columns of indices.csv in full precision, one row per class, component and month that exist."""
        # a class none of whose items was sold is imputed, whoever it moves with
        nothing_own = self.imputed | self._unsold
        imputed = {"total": nothing_own}
        if self.components is not None:
            imputed |= {name: nothing_own | self.components.imputed[..., c] for c, name in enumerate(SERIES)}
        parts = [self._frame_of(name, index, imputed[name]) for name, index in self.component_index.items()]
        frame = pd.concat(parts, ignore_index=True)
        # month, class, then total before its components
        return frame.sort_values(["period", "class_code"], kind="stable", ignore_index=True)

    @cached_property
    def _unsold(self) -> Bools:
        """Whether a class has no sold item in a month, shape (T, K)."""
        unsold = np.zeros(self.levels.shape, dtype=bool)
        if "n_items" in self.quality:
            none = self.quality[self.quality["n_items"] == 0]
            t = pd.Index(self.months).get_indexer(pd.Index(none["period"]))
            k = pd.Index(self.codes).get_indexer(pd.Index(none["class_code"]))
            unsold[t, k] = True
        return unsold

    def _frame_of(self, component: str, index: Floats, imputed: Bools) -> pd.DataFrame:
        rates = change_rates(index, self.months)
        T, K = index.shape
        frame = pd.DataFrame(
            {
                "period": np.repeat(np.array(self.months, dtype=object), K),
                "class_code": np.tile(np.array(self.codes, dtype=object), T),
            }
        )
        for column in ("level", "name_zh", "name_en"):
            frame[column] = np.tile(self.names[column].to_numpy(), T)
        frame["component"], frame["adjustment"] = component, "NSA"
        frame["index"] = index.ravel()
        for name, rate in rates.items():
            frame[name] = rate.ravel()
        frame["obs_status"] = np.where(imputed, "I", "A").ravel()
        frame["obs_conf"] = "F"
        return frame[frame["index"].notna()]

    def components_frame(self) -> pd.DataFrame:
        """Return the columns of components.csv: shares of metal, making charge, stone, unsplit in the turnover."""
        columns = [f"{name}_share" for name in COMPONENTS]
        if self.components is None:
            return pd.DataFrame(columns=["period", "class_code", *columns])
        T, K = self.levels.shape
        shares = self.components.turnover.reshape(T * K, -1)
        frame = pd.DataFrame(shares, columns=columns)
        frame.insert(0, "period", np.repeat(np.array(self.months, dtype=object), K))
        frame.insert(1, "class_code", np.tile(np.array(self.codes, dtype=object), T))
        there = ~np.isnan(shares).any(axis=1) & ~np.isnan(self.levels).ravel()
        return frame[there].reset_index(drop=True)

    @cached_property
    def _contributions(self) -> pd.DataFrame:
        total = contributions_frame(self.months, self.codes, self.segments, self.levels)
        if self.components is None:
            return total
        frames = [total]
        for name, segments in zip(COMPONENTS, self.components.segments, strict=True):
            one = contributions_frame(self.months, self.codes, segments, self.levels).assign(component=name)
            # a component a class never has is not one of its rows
            there = one["points_pp"].ne(0.0).groupby(one["class_code"]).transform("any")
            frames.append(one[there])
        order = ["period", "measure", "level", "class_code"]
        return pd.concat(frames, ignore_index=True).sort_values(order, kind="stable", ignore_index=True)

    def contributions_frame(self) -> pd.DataFrame:
        """Return the columns of contributions.csv in full precision."""
        return self._contributions.copy()

    def contributions(self, month: str, measure: str = "yoy", level: int = 1) -> pd.DataFrame:
        """Return what each class of a level adds to the headline's change in one month, in percentage points.

        Raises
        ------
        UsageError
            The month or measure is not there.
        """
        self._position(month)
        if measure not in ("mom", "yoy"):
            raise UsageError(f"measure must be 'mom' or 'yoy', not {measure!r}")
        frame = self._contributions
        chosen = frame[(frame["period"] == month) & (frame["measure"] == measure) & (frame["level"] == level)]
        chosen = chosen[chosen["component"] == "total"]
        names = self.names.set_index("class_code")[["name_zh", "name_en"]]
        return chosen.join(names, on="class_code")[["class_code", "name_zh", "name_en", "points_pp"]].reset_index(
            drop=True
        )

    def product_contributions(
        self, month: str, measure: str = "yoy", class_code: str = HEADLINE, by: str = "product"
    ) -> pd.DataFrame:
        """Return what single products, enterprises or cells add to a class's change in a month.

        For the index team: it names enterprises.

        Parameters
        ----------
        month : str
        measure : {"yoy", "mom"}
        class_code : str
            The class whose change is taken apart, the headline by default.
        by : {"product", "enterprise", "class"}

        Returns
        -------
        DataFrame
            The columns that name the part, points_pp (they add up to the class's change in percent), and share_pct,
            the 贡献率 (share of the change; empty where the change is too small to be shared out). Largest first. Rows
            with empty enterprise and item stand for classes without any matched product in a month, which moved with
            the class above them.

        Raises
        ------
        UsageError
            No such month, measure, class or part, or the series was not made by `compile_index`.
        """
        products = self.own_products()
        if measure not in ("mom", "yoy"):
            raise UsageError(f"measure must be 'mom' or 'yoy', not {measure!r}")
        if by not in BY:
            raise UsageError(f"by must be one of {', '.join(BY)}, not {by!r}")
        end = self._position(month)
        start = end - (1 if measure == "mom" else 12)
        if start < 0:
            raise UsageError(f"no {measure} change for {month}: the series begins in {self.months[0]}")
        frame = products.points(start, end, class_code)
        total = frame.groupby(BY[by], sort=False)["points_pp"].sum().reset_index()
        floor = products.run.inputs.rules.at(month)["share_of_change_floor"]
        total["share_pct"] = 100.0 * share_of_change(total["points_pp"] / 100.0, floor=floor).share
        largest = np.argsort(-np.abs(total["points_pp"].to_numpy()), kind="stable")
        return total.iloc[largest].reset_index(drop=True)

    def own_products(self) -> Products:
        """Return the products behind the series.

        Raises
        ------
        UsageError
            The series was not made by `compile_index`.
        """
        if self.products is None:
            raise UsageError(
                "this series carries no products; compile it with compile_index(panel, tree, rules=…)",
                zh="该序列没有规格品明细，请用 compile_index 编制",
            )
        return self.products

    def upkeep(self, month: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the adjustments and replacements of a month (`index.upkeep`). For the index team: it names firms."""
        from shuibei_index.index.upkeep import adjustments, replacements

        return adjustments(self, month), replacements(self, month)

    def _position(self, month: str) -> int:
        if month not in self.months:
            raise UsageError(f"no index for {month}; the series runs from {self.months[0]} to {self.months[-1]}")
        return self.months.index(month)

    def links_frame(self) -> pd.DataFrame:
        """Return the columns of links.csv: weights of each year, and the factor that joins it to the chain.

        `link_factor` is the class's index (base = 100) in the link month, by which the year's index relative to the
        link month is multiplied to join the chain.
        """
        parts = []
        for segment in self.segments:
            factor = self.index[segment.span.link, segment.place]
            parts.append(
                pd.DataFrame(
                    {
                        "year": segment.span.year,
                        "class_code": [self.codes[k] for k in segment.place],
                        "link_period": self.months[segment.span.link],
                        "link_factor": factor,
                        "weight": segment.stated,
                        "price_updated_weight": segment.weight,
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)

    def quality_frame(self) -> pd.DataFrame:
        """Return the columns of quality.csv in full precision, for the classes that exist in the month."""
        t = pd.Index(self.months).get_indexer(pd.Index(self.quality["period"]))
        k = pd.Index(self.codes).get_indexer(pd.Index(self.quality["class_code"]))
        return self.quality[~np.isnan(self.levels[t, k])].reset_index(drop=True)

    def with_response(self, panel_firms: pd.DataFrame | None, reporting: pd.DataFrame) -> IndexSeries:
        """Return the series with the headline's response by count measured against the panel of enterprises."""
        quality = self.quality.assign(low_95=np.nan, high_95=np.nan)
        if panel_firms is not None:
            from_month, to_month = (
                panel_firms[column].astype("string").fillna("").replace("", empty).str[:7].to_numpy()
                for column, empty in (("joined", "0000"), ("left", "9999"))
            )
            answered = reporting[reporting["enterprise_id"].isin(panel_firms["enterprise_id"])]
            count = answered.groupby("period")["enterprise_id"].nunique()
            active = pd.Series([float(((from_month <= m) & (m <= to_month)).sum()) for m in self.months], self.months)
            rate = (count.reindex(self.months).fillna(0.0) / active.where(active > 0)).clip(upper=1.0)
            head = quality["class_code"] == HEADLINE
            quality.loc[head, "response_rate_count"] = quality.loc[head, "period"].map(rate)
        return dataclasses.replace(self, quality=quality)

    def summary(self) -> pd.DataFrame:
        """Return the last month's index and rates, one row per class."""
        frame = self.to_frame()
        last = frame[(frame["period"] == self.months[-1]) & (frame["component"] == "total")]
        columns = ["class_code", "name_zh", "name_en", "index", "mom_pct", "yoy_pct", "ytd_pct", "obs_status"]
        return last[columns].reset_index(drop=True)

    def __repr__(self) -> str:
        span = f"{self.months[0]} to {self.months[-1]}"
        return f"IndexSeries: {len(self.codes)} classes, {span}, {self.base_period} = 100"

    def _repr_html_(self) -> str:
        title = f"Index {self.months[0]} to {self.months[-1]}, {self.base_period} = 100; {self.months[-1]}:"
        return f"<h4>{title}</h4>" + self.summary().round(2).to_html(index=False)

    def plot(self, class_code: str = HEADLINE, ax: Any = None) -> Any:
        """Plot the level of one class ("total" = the headline); returns the matplotlib axes."""
        import matplotlib.pyplot as plt

        code = HEADLINE if class_code == "total" else class_code
        if code not in self.codes:
            raise UsageError(
                f"no class {class_code!r}{did_you_mean(class_code, self.codes)}", zh=f"没有分类 {class_code}"
            )
        axes = ax if ax is not None else plt.subplots()[1]
        x = pd.PeriodIndex(list(self.months), freq="M").to_timestamp()
        axes.plot(x, self.index[:, self.codes.index(code)])
        axes.set(ylabel=f"{self.base_period} = 100", title=code)
        return axes


def change_rates(index: Floats, months: tuple[str, ...]) -> dict[str, Floats]:
    """Return month-on-month, year-on-year and year-to-date changes in percent, shape (T, K), from unrounded levels.

    `ytd_pct` compares the mean of the year's months so far with that of the same months of the year before; NaN
    where one of them is missing.
    """
    number = month_names.ordinals(list(months))
    mom, yoy, ytd = (np.full(index.shape, np.nan) for _ in range(3))
    mom[1:] = 100.0 * (index[1:] / index[:-1] - 1.0)
    yoy[12:] = 100.0 * (index[12:] / index[:-12] - 1.0)
    for t in range(len(months)):
        first = t - int(number[t] % 12)
        if first - 12 >= 0:
            ytd[t] = 100.0 * (index[first : t + 1].mean(axis=0) / index[first - 12 : t - 11].mean(axis=0) - 1.0)
    return {"mom_pct": mom, "yoy_pct": yoy, "ytd_pct": ytd}


def _first_full_year(months: tuple[str, ...]) -> str:
    for month in months:
        if month.endswith("-01") and f"{month[:4]}-12" in months:
            return month[:4]
    return months[0]
