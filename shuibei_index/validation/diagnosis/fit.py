"""How well a reading of a line fits: the line with itself, with its item's past, with its firm, with the market.

Each comparison is a distance in robust standard deviations z and costs (ν + 1)/2 · ln(1 + z²/ν), the log density of
Student's t with ν degrees of freedom: far off is bad, but farther off hardly worse, so no single comparison decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from shuibei_index.validation.diagnosis.hard import implied_amount
from shuibei_index.validation.edits.lines import Floats, Ints, Lines
from shuibei_index.validation.edits.month import Compared, Month
from shuibei_index.validation.edits.past import charge_key
from shuibei_index.validation.edits.stripping import Measures, Parts, log, strip

_FREEDOM = 4.0


@dataclass(frozen=True)
class Fit:
    """The expectations for some rows of a month; `costs` gives each reading's log likelihood."""

    month: Month
    rows: Ints
    scales: Mapping[str, float]

    def costs(self, lines: Lines) -> Floats:
        """Return the log likelihood of each comparison with lines read in one way, shape (C, D); NaN = not compared."""
        parts = strip(lines)
        measures = Measures(lines, parts)
        return np.array(
            [
                self._identity(lines, parts),
                self._quote(measures),
                self._charge(lines, parts, measures),
                self._compared("stone", measures.stone, self.scales["change"]),
                self._compared("premium", measures.premium, self.scales["change"]),
                self._compared("bare", measures.bare, self.scales["change"]),
                *self._weights(lines, measures),
                self._habit(lines),
            ]
        )

    def _identity(self, lines: Lines, parts: Parts) -> Floats:
        implied = implied_amount(lines, parts)
        return _cost((log(lines.amount) - log(np.where(parts.own, implied, np.nan))) / self.scales["identity"])

    def _quote(self, measures: Measures) -> Floats:
        scale = np.fmax(self.scales["quote"], self.month.quote_scale[self.rows])
        return _cost((measures.metal_price - self.month.quote[self.rows]) / scale)

    def _charge(self, lines: Lines, parts: Parts, measures: Measures) -> Floats:
        found, month = self.month.compared["charge"], self.month
        key = charge_key(lines.item, lines.basis.astype(np.int64))
        reference = month.past.charge.reference(key, month.month, month.oldest)
        beside = np.full(lines.size, np.nan) if found.others is None else found.others[self.rows]
        # read in another basis, a charge has nothing to do with the item's other lines
        beside = np.where(lines.basis == month.lines.basis[self.rows], beside, np.nan)
        moved, scale = np.nan_to_num(found.middle(self.rows)), np.fmax(self.scales["change"], found.scale(self.rows))
        expected = np.where(np.isnan(reference), beside, reference + moved)
        own = _cost((measures.charge - expected) / scale)
        stated = np.where(np.isnan(lines.charge), parts.making, lines.charge * parts.times)
        known = ~np.isnan(measures.charge)
        per_gram = log(np.where(known, lines.without_tax(np.maximum(stated, 0.01)), np.nan)) - log(lines.grams)
        level = np.fmax(self.scales["level"], found.level_scale(self.rows))
        # an item without a past under this basis is compared with its class, per gram
        peers = _cost((per_gram - found.level_middle(self.rows)) / level)
        return np.where(np.isnan(expected), peers, own)

    def _compared(self, name: str, value: Floats, least: float) -> Floats:
        found: Compared = self.month.compared[name]
        rows = self.rows
        known = ~np.isnan(found.reference[rows])
        scale = np.where(
            known, np.fmax(least, found.scale(rows)), np.fmax(self.scales["level"], found.level_scale(rows))
        )
        return _cost((value - found.expected(rows)) / scale)

    def _weights(self, lines: Lines, measures: Measures) -> list[Floats]:
        past, month, item = self.month.past, self.month, lines.item
        grams = past.piece_grams.reference(item, month.month, month.oldest)
        carats = past.piece_carats.reference(item, month.month, month.oldest)
        value = past.value.reference(item, month.month, month.oldest)
        ratio = past.net_ratio.reference(item, month.month, month.oldest)
        # net weight is never above gross weight, whatever the past says
        over = np.where(measures.net_ratio > 1e-9, measures.net_ratio, np.nan)
        ratio_away = np.where(np.isnan(ratio), over, measures.net_ratio - ratio)
        return [
            _cost((log(lines.grams / lines.pieces) - grams) / self.scales["piece_weight"]),
            _cost((log(lines.carats / lines.pieces) - carats) / self.scales["piece_weight"]),
            _cost((measures.value - value) / self.scales["value"]),
            _cost(ratio_away / self.scales["net_ratio"]),
        ]

    def _habit(self, lines: Lines) -> Floats:
        seen = self.month.tax_seen[lines.firm]
        own = np.where(lines.incl, seen[:, 1], seen[:, 0])
        return np.asarray(np.log((own + 1.0) / (seen.sum(axis=1) + 2.0)))


def likelihood(costs: Floats, stands: Floats) -> Floats:
    """Return the log likelihood of each line; what a reading makes incomparable costs what it costs as it stands."""
    return np.asarray(np.nan_to_num(np.where(np.isnan(costs), stands, costs)).sum(axis=0))


def _cost(away: Floats) -> Floats:
    z = np.nan_to_num(away, nan=np.nan, posinf=1e6, neginf=-1e6)
    return np.asarray(-0.5 * (_FREEDOM + 1.0) * np.log1p(z**2 / _FREEDOM))
