"""The figures of a release as published text: what a number of a press text is held against."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shuibei_index.component_names import COMPONENT_NAMES
from shuibei_index.release.facts import HEADLINE, Facts, gather
from shuibei_index.release.rates import RATES
from shuibei_index.release.tables import published

if TYPE_CHECKING:
    from shuibei_index.release.bundle import Release

#: Severity, what is wrong in Chinese and in English.
Verdict = tuple[str, str, str]
MEASURES = ("index", *RATES, "mom_pp", "yoy_pp")
TAX = "without_tax"


def equal(said: Decimal, text: str) -> bool:
    """Tell whether a number is the published one, or the published one said less exactly.

    Examples
    --------
    >>> equal(Decimal("17"), "17.1"), equal(Decimal("2E+1"), "17.1"), equal(Decimal("17.14"), "17.1")
    (True, True, False)
    """
    there, exponent = Decimal(text), int(said.as_tuple().exponent)
    if exponent > int(there.as_tuple().exponent):
        there = there.quantize(Decimal(1).scaleb(exponent), rounding=ROUND_HALF_EVEN)
    return said == there


@dataclass(frozen=True)
class Subject:
    """What a sentence is about: classes of one name, a component, an adjustment."""

    codes: tuple[str, ...] = (HEADLINE,)
    component: str = "total"
    adjustment: str = "NSA"


@dataclass(frozen=True)
class Figures:
    """Published texts of a release by series, month and measure.

    Parameters
    ----------
    release : Release
        As made or read back.
    """

    release: Release = field(repr=False)
    _known: dict[tuple[str, str, str], pd.DataFrame] = field(default_factory=dict, repr=False)

    @property
    def month(self) -> str:
        """Month of the release."""
        return self.release.about.period

    @cached_property
    def facts(self) -> Facts:
        """The facts of the bulletin."""
        return gather(self.release.tables, self.release.about)

    @cached_property
    def months(self) -> frozenset[str]:
        """Months with an index."""
        return frozenset(self.release.tables["indices"]["period"].unique().tolist())

    @cached_property
    def names(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Codes by name and language."""
        table = self.release.tables["indices"].drop_duplicates("class_code")
        return {
            lang: {
                str(name): tuple(codes) for name, codes in table.groupby(f"name_{lang}")["class_code"].agg(list).items()
            }
            for lang in ("zh", "en")
        }

    @cached_property
    def _grouped(self) -> dict[Any, Any]:
        table = self.release.tables["indices"]
        return dict(table.groupby(["class_code", "component", "adjustment"], sort=False).indices)

    def series(self, code: str, component: str, adjustment: str) -> pd.DataFrame:
        """Return texts, one row a month, columns MEASURES; "" = none, with `withheld` true where that is why."""
        key = (code, component, adjustment)
        if key not in self._known:
            self._known[key] = (
                self._tax() if code == TAX else self._family(component) if code == "prosperity" else (self._series(key))
            )
        return self._known[key]

    def _series(self, key: tuple[str, str, str]) -> pd.DataFrame:
        policy, table = self.release.about.policy, self.release.tables["indices"]
        rows = table.iloc[self._grouped.get(key, np.array([], dtype=int))].set_index("period")
        texts = pd.DataFrame({"index": published(rows["index"], policy.index_decimals)}, index=rows.index)
        for name in RATES:
            texts[name] = published(rows[name], policy.rate_decimals)
        points = self.release.tables["contributions"]
        points = points[(points["class_code"] == key[0]) & (points["component"] == key[1])]
        if key[2] == "NSA" and not len(texts) and len(points):
            # a component without an index of its own still has points
            texts = texts.reindex(pd.Index(sorted(set(points["period"])), name="period")).fillna("")
        for name in ("mom", "yoy"):
            of = points[points["measure"] == name].drop_duplicates("period").set_index("period")["points_pp"]
            values = of.reindex(texts.index) if key[2] == "NSA" else np.full(len(texts), np.nan)
            texts[f"{name}_pp"] = published(np.asarray(values, dtype=float), policy.bulletin_contribution_decimals)
        hidden = rows["obs_conf"].eq("C") if "obs_conf" in rows else pd.Series(False, index=rows.index)
        return texts.assign(withheld=hidden.reindex(texts.index).fillna(False).astype(bool))

    def _family(self, component: str) -> pd.DataFrame:
        table = self.release.tables.get("prosperity")
        if table is None:
            return pd.DataFrame(columns=[*MEASURES, "withheld"])
        return self._side(table[table["component"] == component])

    def _tax(self) -> pd.DataFrame:
        table = self.release.tables.get(TAX)
        if table is None:
            return pd.DataFrame(columns=[*MEASURES, "withheld"])
        rows = table[table["class_code"] == HEADLINE]
        return self._side(rows.rename(columns={"tax_mom_pp": "mom_pp", "tax_yoy_pp": "yoy_pp"}))

    def _side(self, rows: pd.DataFrame) -> pd.DataFrame:
        policy, rows = self.release.about.policy, rows.set_index("period")
        places = {"index": policy.index_decimals, "mom_pp": policy.bulletin_contribution_decimals}
        places["yoy_pp"] = policy.bulletin_contribution_decimals
        texts = {
            name: published(rows[name], places.get(name, policy.rate_decimals)) if name in rows else ""
            for name in MEASURES
        }
        return pd.DataFrame(texts, index=rows.index).assign(withheld=False)

    def texts(self, subject: Subject, month: str, measure: str) -> list[str]:
        """Return the published texts of a subject's classes: one name can stand for several."""
        found = [self.series(c, subject.component, subject.adjustment) for c in subject.codes]
        return [str(s.loc[month, measure]) for s in found if month in s.index and s.loc[month, measure]]

    def withheld(self, subject: Subject, month: str, measure: str) -> bool:
        """Tell whether the figure is there but withheld, in every class of that name."""
        found = [self.series(c, subject.component, subject.adjustment) for c in subject.codes]
        at = [s for s in found if month in s.index]
        return bool(at) and all(bool(s.loc[month, "withheld"]) and not s.loc[month, measure] for s in at)

    def words(self, subject: Subject, lang: str) -> str:
        """Name of a subject."""
        names = {c: n for n, codes in self.names[lang].items() for c in codes}
        name = names.get(subject.codes[0], subject.codes[0])
        part = COMPONENT_NAMES.get(subject.component)
        more = "" if subject.component == "total" or part is None else f" {part.zh if lang == 'zh' else part.en}"
        return name + more + ("" if subject.adjustment == "NSA" else f" {subject.adjustment}")
