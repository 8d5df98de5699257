"""Figures a contract can cite: one index value of one month, as it is printed, and where it was published."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.release.bundle import Release
from shuibei_index.release.tables import as_published
from shuibei_index.rules import Rules, RulesAt

UNADJUSTED = "NSA"
PRECISIONS = ("published", "full")


@dataclass(frozen=True)
class Figure:
    """One index value.

    Parameters
    ----------
    period : str
    value : Decimal
        Index points, exactly as printed (or, on demand, every digit of the stored number).
    vintage : str
        Release the value was taken from; "" = a compilation that is not a release.
    status : str
        obs_status: A, P, I, R.
    base_period, tax_basis, stage : str
        What the value is measured on; two figures are comparable only if these agree.
    name_zh, name_en : str
        Names of the class.
    """

    period: str
    value: Decimal
    vintage: str
    status: str
    base_period: str
    tax_basis: str
    stage: str
    name_zh: str
    name_en: str

    @property
    def basis(self) -> tuple[str, str, str]:
        """What must be the same in two figures that are divided by each other."""
        return self.base_period, self.tax_basis, self.stage


class Source(Protocol):
    """Where figures come from."""

    @property
    def kind(self) -> str:
        """One of first, vintage, compiled: how the figures may be cited."""

    def figure(self, month: str, class_code: str, component: str, precision: str) -> Figure:
        """Return the value of a month."""


@dataclass(frozen=True)
class OneRelease:
    """The figures of one release: those of its vintage."""

    release: Release
    kind: str = "vintage"

    def figure(self, month: str, class_code: str, component: str, precision: str) -> Figure:
        """Return the value of a month as this release has it."""
        about = self.release.about
        row = row_of(self.release.tables["indices"], month, class_code, component, f"release {about.release}")
        return figure_of(row, self.release, precision)


@dataclass(frozen=True)
class Compiled:
    """The figures of a series in memory; nobody has published them."""

    series: Any
    rules: Rules | RulesAt
    kind: str = "compiled"

    def figure(self, month: str, class_code: str, component: str, precision: str) -> Figure:
        """Return the value of a month as compiled, rounded as it would be published."""
        row = row_of(self.series.to_frame(), month, class_code, component, "the series")
        value = as_decimal(float(row["index"]), int(self.rules.at(month)["index_decimals"]), precision)
        names = str(row["name_zh"]), str(row["name_en"])
        return Figure(month, value, "", str(row["obs_status"]), self.series.base_period, "", "", *names)


def figure_of(row: pd.Series, release: Release, precision: str) -> Figure:
    """Return a row of a release's indices as a figure."""
    about = release.about
    return Figure(
        str(row["period"]),
        as_decimal(float(row["index"]), about.policy.index_decimals, precision),
        about.release,
        str(row["obs_status"]),
        about.base_period,
        about.tax_basis,
        about.stage,
        str(row["name_zh"]),
        str(row["name_en"]),
    )


def as_decimal(value: float, places: int, precision: str) -> Decimal:
    """Return a stored number as printed, or with every digit it has.

    Examples
    --------
    >>> as_decimal(103.4567, 2, "published"), as_decimal(103.4567, 2, "full")
    (Decimal('103.46'), Decimal('103.4567'))
    """
    return Decimal(as_published(value, places) if precision == "published" else repr(value))


def row_of(frame: pd.DataFrame, month: str, class_code: str, component: str, where: str) -> pd.Series:
    """Return the row of a published, unadjusted value.

    Raises
    ------
    UsageError
        Says which of class, component or month is not there, or that the value is withheld.
    """
    own = series_of(frame, class_code, component, where)
    rows = own[own["period"].astype(str) == month]
    known = own[own["index"].notna()]["period"].astype(str)
    if len(rows) and str(rows["obs_conf"].iloc[0]) == "C":
        raise UsageError(
            f"{where}: the {component} index of {class_code} for {month} is withheld (confidential); "
            f"a contract cannot cite it. Take the class above it or another component.",
            zh=f"{class_code} {month} 的指数因保密未公布，合同不能引用；请改用上级分类或其他构成",
        )
    if not len(rows) or rows["index"].isna().all():
        span = (known.min(), known.max()) if len(known) else ("–", "–")
        raise UsageError(
            f"{where}: no {component} index of {class_code} for {month}; published are {span[0]} to {span[1]}",
            zh=f"{class_code} 没有 {month} 的已公布指数；已公布的为 {span[0]} 至 {span[1]}",
        )
    row: pd.Series = rows.iloc[0]
    return row


def series_of(frame: pd.DataFrame, class_code: str, component: str, where: str) -> pd.DataFrame:
    """Return the rows of one unadjusted series.

    Raises
    ------
    UsageError
        No such class, or not that component of it.
    """
    plain = frame[frame["adjustment"].astype(str) == UNADJUSTED]
    codes = sorted(set(plain["class_code"].astype(str)))
    if class_code not in codes:
        near = did_you_mean(class_code, codes)
        words = near.removeprefix("; did you mean ").removesuffix("?").replace(" or ", "、")
        raise UsageError(
            f"{where}: no class {class_code!r}{near}; it has {len(codes)} classes, '00' is the headline",
            zh=f"没有分类 {class_code!r}" + (f"，是否为 {words}" if words else "") + "；'00' 为总指数",
        )
    own = plain[plain["class_code"].astype(str) == class_code]
    there = sorted(set(own["component"].astype(str)))
    if component not in there:
        raise UsageError(
            f"{where}: class {class_code} has no component {component!r}{did_you_mean(component, there)}; "
            f"it has {', '.join(there)}",
            zh=f"分类 {class_code} 没有构成 {component!r}；已有 {'、'.join(there)}",
        )
    return own[own["component"].astype(str) == component]


def checked_month(month: object, what: str, what_zh: str) -> str:
    """Return the month if it is one."""
    if not month_names.is_month(month):
        raise UsageError(
            f"{what} is {month!r}; expected a month YYYY-MM, e.g. 2025-06",
            zh=f"{what_zh}为 {month!r}，应为 YYYY-MM，如 2025-06",
        )
    return str(month)
