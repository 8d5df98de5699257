"""The limits of the quality report, as the rules in force give them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from shuibei_index.rules import RulesAt

RATINGS = ("good", "uncertain", "bad")


@dataclass(frozen=True)
class Limit:
    """From where a measure is good and bad. `good` below `bad`: small values are good; above: large values are.

    A value on a limit is still on its better side. `rule` and `reference` say where the limit comes from.
    """

    good: float
    bad: float
    rule: str
    reference: str

    def rate(self, value: float) -> str:
        """Return "good", "uncertain", "bad", or "" for NaN.

        Examples
        --------
        >>> limit = Limit(1.0, 1.2, "seasonal_quality_q", "")
        >>> [limit.rate(v) for v in (0.9, 1.0, 1.1, 1.3)]
        ['good', 'good', 'uncertain', 'bad']
        >>> [Limit(0.05, 0.01, "", "").rate(p) for p in (0.2, 0.03, 0.001)]
        ['good', 'uncertain', 'bad']
        """
        if math.isnan(value):
            return ""
        sign = 1.0 if self.good <= self.bad else -1.0
        return "good" if sign * value <= sign * self.good else "uncertain" if sign * value <= sign * self.bad else "bad"

    def words(self, language: str) -> str:
        """Return the limit in words.

        Examples
        --------
        >>> Limit(0.05, 0.01, "", "").words("en"), Limit(15, 25, "", "").words("zh")
        ('good from 0.05, bad below 0.01', '≤ 15 良好，> 25 不合格')
        """
        if self.good <= self.bad:
            if language == "zh":
                return f"≤ {self.good:g} 良好，> {self.bad:g} 不合格"
            return f"good to {self.good:g}, bad above {self.bad:g}"
        if language == "zh":
            return f"≥ {self.good:g} 良好，< {self.bad:g} 不合格"
        return f"good from {self.good:g}, bad below {self.bad:g}"


@dataclass(frozen=True)
class Limits:
    """Every limit of the report.

    Parameters
    ----------
    of
        Kind of measure → its limit.
    combined
        Levels of the combined test: stable, moving, Kruskal-Wallis.
    stars
        Height from which a peak of a spectrum counts.
    deciding
        Measures that decide the overall rating.
    """

    of: Mapping[str, Limit]
    combined: tuple[float, float, float]
    stars: float
    deciding: tuple[str, ...]


def limits(rules: RulesAt) -> Limits:
    """Return the limits in force.

    Parameters
    ----------
    rules
        A month's rules.
    """
    values = {
        "m": rules["seasonal_quality_m"],
        "m7": rules["seasonal_quality_m7"],
        "q": rules["seasonal_quality_q"],
        "present": rules["seasonal_quality_present"],
        "residual": rules["seasonal_quality_residual"],
        "peaks": rules["seasonal_quality_peaks"],
        "sliding_factors": rules["seasonal_quality_sliding_factors"],
        "sliding_changes": rules["seasonal_quality_sliding_changes"],
        "revision": rules["seasonal_quality_revision"],
        "forecast": rules["seasonal_quality_forecast"],
        "model_level": rules["seasonal_quality_model_level"],
        "outliers": rules["seasonal_quality_outliers"],
        "length": rules["seasonal_quality_length"],
        "holiday": rules["seasonal_quality_holiday"],
    }
    of = {}
    for kind, (good, bad) in values.items():
        entry = rules.entry(f"seasonal_quality_{kind}")
        source = entry.reference or f"methodology/decisions/{entry.decision}"
        of[kind] = Limit(float(good), float(bad), entry.name, source)
    first, second, third = rules["seasonal_quality_combined_levels"]
    return Limits(
        of,
        (float(first), float(second), float(third)),
        float(rules["seasonal_quality_peak_stars"]),
        tuple(rules["seasonal_quality_deciding"]),
    )
