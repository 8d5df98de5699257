"""The bullion reference: one continuous series of every metal out of the several a table may have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shuibei_index.bullion.choosing import Chosen, choose, eras_of
from shuibei_index.bullion.rows import METALS_ZH, by_series, in_part, known_of, series_named, several_of
from shuibei_index.bullion.series import KnownSeries
from shuibei_index.errors import UsageError, did_you_mean, first_few
from shuibei_index.index.tree import METALS
from shuibei_index.metal_prices import month_prices, price_table, quotes
from shuibei_index.metal_rows import metal_rows, once_a_month

if TYPE_CHECKING:
    from shuibei_index.rules import Rules, RulesAt

SPLICES = ["metal", "period", "kind", "series_before", "series_after", "months", "overlap", "factor"]
SERIES = ["period", "metal", "series", "cny_per_gram", "own_cny_per_gram", "factor"]


@dataclass(frozen=True, repr=False)
class BullionReference:
    """The reference prices of all metals, and how they came about.

    Parameters
    ----------
    table : DataFrame
        period, metal, cny_per_gram, source (with quotes also quoted_at): what `Workspace.metal_prices` returns. Prices
        are as the series of the month has them: levels. Where a metal has several series also factor: movements from
        month to month are those of cny_per_gram · factor.
    series : DataFrame
        The prices of months: period, metal, series, cny_per_gram (continuous), own_cny_per_gram (as the series has
        it, in the tax basis of the rule benchmark_tax_basis), factor (the ratio of the two).
    candidates : DataFrame
        period, metal, series, cny_per_gram of every series of the metals that have several, at their own level, months
        covered in part included.
    splices : DataFrame
        metal, period (first month of the new series), kind ("change" or "stand_in"), series_before, series_after,
        months (it stands in; 0 = from now on), overlap (month with both; "" = none), factor.
    findings : DataFrame
        Columns of findings.
    """

    table: pd.DataFrame
    series: pd.DataFrame
    candidates: pd.DataFrame
    splices: pd.DataFrame
    findings: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the prices of months, one row each."""
        return self.series.copy()

    def splices_frame(self) -> pd.DataFrame:
        """Return the splices, one row each."""
        return self.splices.copy()

    def warnings(self) -> list[str]:
        """Return the texts of findings that ask for an answer, in both languages."""
        grave = self.findings[self.findings["severity"] == "query"]
        return [f"{zh} {en}" for zh, en in zip(grave["message_zh"], grave["message_en"], strict=True)]

    def summary(self) -> pd.DataFrame:
        """Return one row per metal and series used: months, first, last."""
        by = self.series.groupby(["metal", "series"], sort=False)["period"]
        return by.agg(months="size", first="min", last="max").reset_index()

    def plot(self, metal: str = "gold", ax: Any = None) -> Any:
        """Plot the reference of a metal over the series it comes from, with its splices; returns the axes."""
        from shuibei_index.bullion.chart import reference_chart

        if metal not in set(self.series["metal"]):
            raise UsageError(
                f"no price of {metal!r}{did_you_mean(metal, METALS)}; there are {first_few(self._metals())}",
                f"没有 {metal} 的价格；现有 {'、'.join(self._metals())}",
            )
        return reference_chart(self, metal, ax)

    def _metals(self) -> list[str]:
        return sorted(set(self.series["metal"]))

    def __repr__(self) -> str:
        return f"BullionReference: {', '.join(self._metals())}; {len(self.splices)} splices"

    def _repr_html_(self) -> str:
        parts = ["<h4>金属参考价 Bullion reference</h4>", self.summary().to_html(index=False)]
        if len(self.splices):
            parts += ["<h4>接续 Splices</h4>", self.splices.to_html(index=False)]
        return "".join(parts)


def reference(
    table: pd.DataFrame, rules: Rules | RulesAt, *, name: str = "metal_prices", first_line: int = 1
) -> BullionReference:
    """Return one series of every metal.

    Parameters
    ----------
    table : DataFrame
        metal, cny_per_gram, source, and period or quoted_at in each row, as reference/metal_prices.csv. A metal whose
        rows name one known series at most stays as it is.
    rules : Rules or RulesAt
        bullion_series, bullion_reference, benchmark_tax_basis, vat_rate. Rules of a version without these leave the
        table as it is.
    name : str
        What errors call the table.
    first_line : int
        Number of the first row in errors.

    Returns
    -------
    BullionReference

    Raises
    ------
    UsageError
        A column is missing; a month, metal or price that is none; a metal that stands twice in a month and is not told
        apart by known series.
    WorkspaceError
        A source that is no known series beside several that are, a row outside the validity of its series, or a
        series twice in a month or at one time.

    Notes
    -----
    Movements of the prices of months are spliced (`choosing.choose`), their levels stay as quoted. A series counts from
    its first whole month to its last. Quotes are compared with prices of the same hour: those of the first series in
    the order that has any in the month count. Decisions 0244, 0245.
    """
    table = metal_rows(table, name, first_line, UsageError)
    known = known_of(rules, table)
    series = series_named(table, known) if known else np.full(len(table), "", dtype=object)
    several = several_of(table, series)
    if "quoted_at" not in table:
        once_a_month(table, name, first_line, UsageError, apart=several)
    if not several:
        plain = price_table(table, name, first_line)
        alone = _as_it_is(month_prices(plain))
        none = pd.DataFrame(columns=SPLICES)
        return BullionReference(plain, alone, alone.iloc[:0, :4].copy(), none, _findings(none, alone.iloc[:0], known))
    full = by_series(table, series, several, known, name, first_line)
    rest = full[full["series"].isna()]
    monthly, quoted = [month_prices(rest)], [quotes(rest)]
    own, candidates, splices, parts = [_as_it_is(month_prices(rest))], [], [], []
    for metal in several:
        rows = _in_basis(full[full["metal"] == metal], rules, known)
        monthly_rows = month_prices(rows)
        part = in_part(monthly_rows, known)
        parts.append(monthly_rows[part])
        whole = monthly_rows[~part].set_index(["period", "series"])["cny_per_gram"]
        wide = whole.unstack().sort_index()  # noqa: PD010
        months, names = [str(m) for m in wide.index], [str(s) for s in wide.columns]
        chosen = choose(wide.to_numpy(dtype=float), eras_of(metal, months, names, rules))
        one = _prices(metal, wide, chosen)
        own.append(one)
        candidates.append(monthly_rows[SERIES[:4]])
        splices.append(_splices(metal, months, names, chosen))
        levels = one.assign(source=one["series"], quoted_at="", cny_per_gram=one["own_cny_per_gram"])
        monthly.append(levels)
        quoted.append(_quotes(metal, quotes(rows), rules))
    joints = pd.concat(splices, ignore_index=True)
    return BullionReference(
        _table(monthly, quoted, timed="quoted_at" in table),
        pd.concat(own, ignore_index=True).sort_values(["period", "metal"], kind="stable", ignore_index=True),
        pd.concat(candidates, ignore_index=True),
        joints,
        _findings(joints, pd.concat(parts), known),
    )


def _table(monthly: list[pd.DataFrame], quoted: list[pd.DataFrame], *, timed: bool) -> pd.DataFrame:
    columns = ["period", "metal", "cny_per_gram", "source"] + (["quoted_at"] if timed else []) + ["factor"]
    frames = [one.assign(factor=1.0) if "factor" not in one else one for one in monthly if len(one)]
    rows = pd.concat(frames, ignore_index=True)[columns].sort_values(["period", "metal"], kind="stable")
    there = [one.assign(factor=1.0) for one in quoted if len(one)]
    if there:
        rows = pd.concat([rows, pd.concat(there)[columns].sort_values(["metal", "quoted_at"])])
    return rows.reset_index(drop=True)


def _in_basis(rows: pd.DataFrame, rules: Rules | RulesAt, known: tuple[KnownSeries, ...]) -> pd.DataFrame:
    """Return the rows in the tax basis of the benchmark."""
    step = {"incl": {}, "excl": {}}  # type: dict[str, dict[str, float]]
    for month in rows["period"].unique():
        at = rules.at(month)
        factor = 1.0 + float(at["vat_rate"]) / 100.0
        wanted = at["benchmark_tax_basis"]
        step["incl"][month] = 1.0 if wanted == "incl" else 1.0 / factor
        step["excl"][month] = factor if wanted == "incl" else 1.0
    basis = rows["series"].map({one.name: one.tax_basis for one in known if one.metal == rows["metal"].iloc[0]})
    times = np.where(basis == "incl", rows["period"].map(step["incl"]), rows["period"].map(step["excl"]))
    return rows.assign(cny_per_gram=rows["cny_per_gram"].to_numpy(dtype=float) * times.astype(float))


def _prices(metal: str, wide: pd.DataFrame, chosen: Chosen) -> pd.DataFrame:
    there = np.flatnonzero(chosen.column >= 0)
    column, factor = chosen.column[there], chosen.factor[there]
    price = wide.to_numpy(dtype=float)[there, column]
    names = np.array(wide.columns, dtype=object)
    columns = [wide.index.to_numpy()[there], metal, names[column], price * factor, price, factor]
    return pd.DataFrame(dict(zip(SERIES, columns, strict=True)))


def _as_it_is(rows: pd.DataFrame) -> pd.DataFrame:
    price = rows["cny_per_gram"].to_numpy(dtype=float)
    source = rows["source"].to_numpy() if "source" in rows else ""
    columns = [rows["period"].to_numpy(), rows["metal"].to_numpy(), source, price, price, np.ones(len(rows))]
    return pd.DataFrame(dict(zip(SERIES, columns, strict=True)))


def _splices(metal: str, months: list[str], names: list[str], chosen: Chosen) -> pd.DataFrame:
    rows = [
        (
            metal,
            months[joint.month],
            "stand_in" if joint.length else "change",
            names[joint.before],
            names[joint.after],
            joint.length,
            months[joint.overlap] if joint.overlap >= 0 else "",
            joint.factor,
        )
        for joint in chosen.joints
    ]
    return pd.DataFrame(rows, columns=SPLICES)


def _quotes(metal: str, rows: pd.DataFrame, rules: Rules | RulesAt) -> pd.DataFrame:
    """Return the quotes of the first series in the order of each month."""
    if not len(rows):
        return rows
    rank: dict[tuple[str, str], int] = {
        (month, name): place
        for month in rows["period"].unique()
        for place, name in enumerate(rules.at(month)["bullion_reference"][metal])
    }
    place = pd.MultiIndex.from_frame(rows[["period", "series"]]).map(rank).to_numpy(dtype=float, na_value=np.inf)
    best = pd.Series(place).groupby(rows["period"].to_numpy()).transform("min").to_numpy()
    counted: pd.DataFrame = rows[(place == best) & np.isfinite(place)]
    return counted.assign(source=counted["series"])


def _findings(found: pd.DataFrame, parts: pd.DataFrame, known: tuple[KnownSeries, ...]) -> pd.DataFrame:
    from shuibei_index.checks import Checks, gather

    if not len(found) and not len(parts):
        return gather([])
    checks = Checks.load()
    bare, bridged = found[found["overlap"] == ""], found[(found["overlap"] != "") & (found["kind"] == "stand_in")]
    told = []
    for name, rows in (("bullion_no_overlap", bare), ("bullion_stand_in", bridged)):
        if len(rows):
            told.append(
                checks.find(
                    name,
                    file="reference/metal_prices.csv",
                    period=rows["period"].tolist(),
                    value=rows["series_after"].tolist(),
                    before=rows["series_before"].tolist(),
                    metal=rows["metal"].tolist(),
                    metal_zh=rows["metal"].map(METALS_ZH).tolist(),
                    overlap=rows["overlap"].tolist(),
                    n=[str(n) for n in rows["months"]],
                )
            )
    if len(parts):
        named = {(one.metal, one.name): one for one in known}
        own = [named[key] for key in zip(parts["metal"], parts["series"], strict=True)]
        told.append(
            checks.find(
                "bullion_part_month",
                file="reference/metal_prices.csv",
                period=parts["period"].tolist(),
                value=parts["series"].tolist(),
                metal=parts["metal"].tolist(),
                metal_zh=parts["metal"].map(METALS_ZH).tolist(),
                since=[one.since or "…" for one in own],
                until=[one.until or "…" for one in own],
            )
        )
    return gather(told)
