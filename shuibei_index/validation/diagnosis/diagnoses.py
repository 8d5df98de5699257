"""The diagnoses of a validation, and how they get into the table of findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shuibei_index.rules import RulesAt
from shuibei_index.validation.diagnosis.fit import Fit, likelihood
from shuibei_index.validation.diagnosis.hard import Hard
from shuibei_index.validation.diagnosis.readings import Doubtful
from shuibei_index.validation.diagnosis.wording import BETWEEN, reworded
from shuibei_index.validation.edits.lines import PERCENT, Floats, Ints, Mask
from shuibei_index.validation.edits.past import charge_key
from shuibei_index.validation.edits.stripping import strip
from shuibei_index.validation.facts import Facts

if TYPE_CHECKING:
    from shuibei_index.validation.edits.month import Month

#: Checks whose finding is its own diagnosis: what stands in the cells says what happened.
PLAIN = {
    "class_unknown": "class_unknown",
    "duplicate_key": "line_number_twice",
    "duplicate_row": "duplicate_row",
    "file_copied": "file_copied",
    "number_format": "not_a_number",
    "period_future": "wrong_month",
    "wrong_month": "wrong_month",
}
#: Checks that see in the cells themselves which mistake it is; said where no reading is likelier than the line as it
#: stands: what they rest on (equal to the fen, the firm's habit) is no part of that comparison.
SEEN = {
    "charge_not_in_amount": "charge_missing",
    "net_as_gross": "gross_as_net",
    "stale_price": "stale_price",
    "tax_habit": "tax_basis",
}


@dataclass
class Diagnoses:
    """For each doubtful record: name of the likeliest mistake, the corrected cells, influence on the headline.

    Several readings that fit about equally well stand beside each other, the likeliest first, separated by " | ".
    """

    parts: list[pd.DataFrame] = field(default_factory=list)
    rules: RulesAt | None = None

    def add(self, facts: Facts, month: Month, rows: Ints, doubtful: Ints, points: Floats, stale: Mask) -> None:
        """Rank the readings of the doubtful lines of a month.

        Parameters
        ----------
        facts : Facts
        month : Month
            Its lines, compared with their past.
        rows : ndarray of int, shape (N,)
            The records of the month.
        doubtful : ndarray of int, shape (D,)
            Positions among the month's lines.
        points : ndarray, shape (N,)
            Influence of each line.
        stale : ndarray of bool, shape (N,)
            Lines whose metal price is last month's, or looks like it.
        """
        lines, past = month.lines.take(doubtful), month.past
        charge = past.charge.reference(charge_key(lines.item, lines.basis.astype(np.int64)), month.month, month.oldest)
        beside = month.compared["charge"].others
        charge = charge if beside is None else np.where(np.isnan(charge), beside[doubtful], charge)
        charge = np.exp(charge) * np.where((lines.basis != PERCENT) & lines.incl, lines.vat, 1.0)
        # an item without a past is charged for like its class
        level = np.exp(month.compared["charge"].level_middle(doubtful)) * np.where(lines.incl, lines.vat, 1.0)
        times = strip(lines).times
        charge = np.where(np.isnan(charge), level * lines.grams / times, charge)
        facts_of = Doubtful.of(
            facts, rows[doubtful], lines, month.rules,
            net_ratio=past.net_ratio.reference(lines.item, month.month, month.oldest),
            charge=charge, quote=np.exp(month.quote[doubtful]), stale=stale[doubtful],
        )  # fmt: skip
        fit, self.rules = Fit(month, doubtful, month.rules["diagnosis_scales"]), month.rules
        names, proposals = rank(facts_of, fit, Hard.of(facts, rows[doubtful], month.rules), month.rules)
        part = {"_at": rows[doubtful], "diagnosis": names, "proposed": proposals, "influence": points[doubtful]}
        self.parts.append(pd.DataFrame(part))

    def filled(self, findings: pd.DataFrame) -> pd.DataFrame:
        """Return findings (with `_at`, the record each is about; NaN = none) with the three columns filled."""
        told = findings["rule"].map(PLAIN)
        if self.rules is None or "_at" not in findings.columns:
            return findings.assign(diagnosis=told.fillna("").astype("str"), proposed="", influence=np.nan)
        known = pd.concat(self.parts, ignore_index=True).set_index("_at")
        found = known.reindex(findings["_at"].fillna(-1).astype(np.int64)).reset_index(drop=True)
        found.index = findings.index
        own = told.isna()
        name, text = found["diagnosis"].fillna(""), found["proposed"].fillna("")
        seen = findings["rule"].map(SEEN).where(name == "")
        name = name.where(seen.isna(), seen)
        other_basis = seen.notna() & (findings["rule"] == "tax_habit")
        text = text.where(~other_basis, "tax_basis=" + findings["expected"].astype("str"))
        filled = findings.assign(
            diagnosis=name.where(own, told).astype("str"),
            proposed=text.where(own, "").astype("str"),
            influence=found["influence"].astype("float64"),
        )
        return reworded(filled, found["diagnosis"].notna() & own, self.rules)


def rank(doubtful: Doubtful, fit: Fit, hard: Hard, rules: RulesAt) -> tuple[list[str], list[str]]:
    """Return for each doubtful line the names and the proposals of the readings that fit best; '' = as it stands.

    A reading the hard checks would object to is none.
    """
    priors: dict[str, Any] = {entry["name"]: float(entry["prior"]) for entry in rules["diagnosis_readings"]}
    tie = float(rules["diagnosis_tie"])
    readings = list(doubtful.readings(hard))
    size = doubtful.lines.size
    stands = fit.costs(readings[0].lines)
    # as it stands is the rule, a mistake the exception: the prior of a mistake is the log of its odds
    scores = [np.where(readings[0].possible, likelihood(stands, stands), -np.inf)]
    for reading in readings[1:]:
        possible = reading.possible & hard.passed(reading.lines, strip(reading.lines))
        fitting = likelihood(fit.costs(reading.lines), stands) + priors.get(reading.name, 0.0)
        scores.append(np.where(possible, fitting, -np.inf))
    score = np.array(scores)
    order = np.argsort(-score, axis=0, kind="stable")
    best = np.take_along_axis(score, order, axis=0)
    names, proposals = [""] * size, [""] * size
    near = np.isfinite(best) & (best > best[0] - tie)
    for place in range(min(3, len(readings))):
        at = order[place]
        # nothing is proposed where the line as it stands fits best
        chosen = near[place] & (order[0] != 0) & (at != 0)
        for k in np.unique(at[chosen]).tolist():
            rows = np.flatnonzero(chosen & (at == k))
            for row, text in zip(rows.tolist(), readings[k].proposed(rows), strict=True):
                names[row] += (BETWEEN if place and names[row] else "") + readings[k].name
                proposals[row] += (BETWEEN if place and proposals[row] else "") + text
    return names, proposals
