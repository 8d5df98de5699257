"""The verb of this stage: every record is read once, judged by every check, and kept with its fate."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index import months
from shuibei_index.checks import Checks
from shuibei_index.errors import UsageError
from shuibei_index.intake.schema import SEVERITIES
from shuibei_index.rules import Rules, RulesAt
from shuibei_index.validation import cells, deals, identity, membership, metal  # noqa: F401 -- they register their checks
from shuibei_index.validation.batch import Batch, Mask, dense
from shuibei_index.validation.classify import Trees
from shuibei_index.validation.decisions import Decided
from shuibei_index.validation.earlier import Earlier
from shuibei_index.validation.edits.run import edit
from shuibei_index.validation.expressions import expression_checks, in_force
from shuibei_index.validation.facts import Facts, gather
from shuibei_index.validation.findings import Findings, plain_address
from shuibei_index.validation.gates import judge
from shuibei_index.validation.items import ITEM_CHECKS, item_objections
from shuibei_index.validation.likeness import LIKENESS_CHECKS, lines_of_other_firms, sent_before
from shuibei_index.validation.records import accepted_records
from shuibei_index.validation.registry import CHECKS
from shuibei_index.validation.repeats import Keys, repeated_in_file, superseded
from shuibei_index.validation.report import ValidationReport
from shuibei_index.validation.tally import tally

ACCEPTED, HELD, REJECTED = range(3)
#: A cell intake could not read is empty here; its finding already says so.
MISSING_CELL = ("required_cell", "quantity_missing")
#: Ids of the checks that look at several records together; they follow the checks of single records.
GROUP_CHECKS = (
    "duplicate_row", "duplicate_key", "superseded", "price_jump", *ITEM_CHECKS, *LIKENESS_CHECKS,
)  # fmt: skip


def validate(
    reports: Any,
    *,
    rules: Rules | RulesAt,
    tree: Trees = None,
    panel: pd.DataFrame | None = None,
    metal_prices: pd.DataFrame | None = None,
    tax_basis: str = "incl",
    stage: str = "wholesale",
    month: str | None = None,
    history: pa.Table | pd.DataFrame | None = None,
    decisions: pd.DataFrame | None = None,
    checks: Checks | None = None,
) -> ValidationReport:
    """Check every reported record and say what becomes of it.

    Parameters
    ----------
    reports : Reports, pyarrow.Table or DataFrame
        What firms sent; a table has the columns of a submission (English or Chinese names), and may have receipt,
        file, sheet and row.
    rules : Rules or RulesAt
        Each record is judged by the rules of its own month (`RulesAt`: all by the rules of that one month).
    tree : Hierarchy or callable, optional
        The classification tree for all records, or a function from a year to its tree. Default: the packaged tree
        of each record's year.
    panel : DataFrame, optional
        enterprise_id, and joined, left if known (panel.csv). Without it membership is not checked.
    metal_prices : DataFrame, optional
        period, metal, cny_per_gram. Without it no price is compared with a benchmark.
    tax_basis : {"incl", "excl"}
        Tax basis of the accepted amounts.
    stage : {"wholesale", "retail"}
        Stage of records that do not say.
    month : str, optional
        The month the files were sent for, where the reports do not say it themselves. Without it nothing is late.
    history : pyarrow.Table or DataFrame, optional
        Accepted records of the months before those of the reports; or only what their items cost (enterprise_id,
        item_id, class_code, period, price). Without it records are compared only within the reports.
    decisions : DataFrame, optional
        What people decided on single records, columns `shuibei_index.decisions.DECISION_COLUMNS`.
    checks : Checks, optional
        The catalogue of checks, with the team's own conditions in it. Default: the packaged one.

    Returns
    -------
    ValidationReport

    Raises
    ------
    UsageError
        The table has no submission columns, or an option is not one of its values.

    Notes
    -----
    note = accepted, query = held until answered, reject = rejected. Copies, replaced submissions and what a decision
    leaves out are held with a note. Nothing is dropped: read = accepted + held + rejected for each firm.
    Method page: methodology/2-validate.md.

    Examples
    --------
    >>> import pandas as pd
    >>> from shuibei_index.rules import Rules
    >>> row = {"enterprise_id": "E001", "period": "2025-06", "line_no": 1, "item_id": "A", "class_code": "01010101",
    ...        "weight": 10.0, "weight_unit": "克", "fineness": "足金", "amount": 8000.0, "tax_basis": "含税"}
    >>> validate(pd.DataFrame([row]), rules=Rules.load()).totals
    {'read': 1, 'accepted': 1, 'held': 0, 'rejected': 0}
    """
    _check_options(tax_basis, stage, month)
    catalogue = _catalogue() if checks is None else checks
    sent = Batch.of(getattr(reports, "table", reports))
    decided = Decided.of(sent, decisions)
    batch = sent if decided is None else decided.batch
    facts = gather(
        batch,
        rules=rules,
        tree=tree,
        panel=panel,
        metal_prices=metal_prices,
        tax_basis=tax_basis,
        inbox_month=lambda receipt: _inbox_months(reports, receipt, month),
    )
    earlier = Earlier.of(reports)
    findings = Findings(facts, catalogue, earlier.address or plain_address(facts), decided)
    judged = _Judged(facts, findings, catalogue, decided)
    if decided is not None:
        earlier = decided.hear(earlier, catalogue)
        judged.speak(decided)
    for rule, fate, rows in earlier.objections(batch.size):
        judged.judge(rule, rows, SEVERITIES.index(fate))
    # a check that came after the release these were frozen with has no say in it
    for name in sorted(set(CHECKS) & set(catalogue)):
        found = CHECKS[name].find(facts)
        masks: dict[str, Mask] = found if isinstance(found, dict) else {CHECKS[name].column: found}
        for column, mask in masks.items():
            judged.object(name, column, mask & ~earlier.told(column, batch.size) if name in MISSING_CELL else mask)
    for name, column, mask in expression_checks(facts, catalogue, stage):
        judged.object(name, column, mask)
    replaced = _repeats(facts, judged)
    findings.diagnoses = edit(facts, judged, history, rules, tree)
    _compared(facts, judged, history, replaced, getattr(reports, "files", None))
    tallies = tally(facts, judged.fate, replaced, membership.late_file(facts))
    asked = [month] if month is not None else facts.classified.months
    found_all, receipts, lines = findings.frame(earlier.findings_with_rows(batch))
    return ValidationReport(
        accepted_records(facts, judged.order(ACCEPTED), stage),
        judged.kept(HELD, sent.table),
        judged.kept(REJECTED, sent.table),
        found_all,
        receipts,
        lines,
        tallies,
        tuple(gate for each in asked for gate in judge(tallies, each, rules, panel)),
        rules.digest,
        catalogue.digest,
    )


@lru_cache(maxsize=1)
def _catalogue() -> Checks:
    # what comes with the package does not change while it runs
    return Checks.load()


class _Judged:
    """The fate of each record so far, and the check that decided it."""

    def __init__(self, facts: Facts, findings: Findings, catalogue: Checks, decided: Decided | None) -> None:
        self.facts = facts
        self.decided = decided
        self.catalogue = catalogue
        self.findings = findings
        self.fate = np.zeros(facts.batch.size, dtype=np.uint8)
        self.reason = np.zeros(facts.batch.size, dtype=np.int16)
        self.rules = [""]
        self.keys: Keys | None = None

    def object(self, rule: str, column: str, mask: Mask, *, held: bool = False, **more: Any) -> None:
        """Take note of the records a check objects to; `held` = kept back although nobody is asked."""
        if not mask.any():
            return
        rows = np.flatnonzero(mask)
        self.findings.add(rule, column, rows, **{key: value[rows] for key, value in more.items()})
        self.judge(rule, rows, HELD if held else SEVERITIES.index(self.catalogue[rule].severity))
        # checks of a workspace that take their condition from this one
        for own in self.catalogue.after(rule):
            some = rows[in_force(own, self.facts)[rows]]
            self.findings.add(own.rule, column, some, **{key: value[some] for key, value in more.items()})
            self.judge(own.rule, some, SEVERITIES.index(own.severity))

    def judge(self, rule: str, rows: npt.NDArray[np.int64], fate: int) -> None:
        """Let records fall as deep as their gravest finding; the first of several names the reason."""
        if self.decided is not None:
            rows = rows[~self.decided.spared(rule, rows, self.catalogue[rule].severity)]
        deeper = rows[self.fate[rows] < fate]
        if not deeper.size:
            return
        if rule not in self.rules:
            self.rules.append(rule)
        self.fate[deeper] = fate
        self.reason[deeper] = self.rules.index(rule)

    def speak(self, decided: Decided) -> None:
        """Say what decisions changed and what they keep out; what is kept out is held, whatever else is found."""
        for column, changed in decided.corrections().groupby("column", sort=True):
            told = changed[["value", "expected", "person"]].assign(decision=changed["decision"].astype(str))
            more = {str(name): told[name].to_numpy() for name in told}
            self.findings.add("corrected_by_decision", str(column), changed["at"].to_numpy(), **more)
        rows, more = decided.kept_out()
        self.findings.add("excluded_by_decision", "line_no", rows, **more)
        self.judge("excluded_by_decision", rows, HELD)

    def order(self, fate: int) -> npt.NDArray[np.int64]:
        """Return the records of a fate in key order (accepted) or in the order of files and rows."""
        batch = self.facts.batch
        if fate == ACCEPTED and self.keys is not None:
            ordered = self.keys.order
            return ordered if not self.fate.any() else ordered[self.fate[ordered] == ACCEPTED]
        rows = np.flatnonzero(self.fate == fate)
        by = (batch.row[rows], batch.text["sheet"].codes[rows], batch.text["file"].codes[rows], batch.receipt[rows])
        return rows[np.lexsort(by)]

    def kept(self, fate: int, sent: pa.Table) -> pa.Table:
        """Return the records of a fate as they were sent, with the rule that decided."""
        rows = self.order(fate)
        rule = pa.DictionaryArray.from_arrays(pa.array(self.reason[rows], pa.int32()), pa.array(self.rules))
        table = sent.take(pa.array(rows))
        return table.append_column("rule", rule.cast(pa.string()))


def _repeats(facts: Facts, judged: _Judged) -> Mask:
    """Judge records that share a key; return those for which another record stands."""
    keys = judged.keys = Keys.of(facts)
    copies, conflicts = repeated_in_file(facts, keys)
    first, last = keys.standing(facts)
    standing, outdated = np.zeros_like(copies), np.zeros_like(copies)
    if judged.decided is not None:
        judged.decided.revoke_rivals(conflicts)
        asked, outdated, decision = judged.decided.outdated(judged.fate == REJECTED)
        judged.object("decision_outdated", "line_no", asked, decision=decision)
        judged.object("superseded", "line_no", outdated, held=True, expected=last)
        # an earlier submission does not come back because the last one was decided to be left out
        standing = judged.decided.out
    judged.object("duplicate_key", "line_no", conflicts)
    judged.object("duplicate_row", "line_no", copies, held=True, expected=first)
    replaced = superseded(facts, keys, (judged.fate == ACCEPTED) | standing) & ~outdated
    judged.object("superseded", "line_no", replaced, held=True, expected=last)
    return np.asarray((copies | replaced | outdated) & (judged.fate == HELD))


def _compared(facts: Facts, judged: _Judged, history: Any, replaced: Mask, files: pd.DataFrame | None) -> None:
    """Compare items with their past, firms with one another, files with those received before."""
    for found in item_objections(facts, history, judged.fate):
        told: dict[str, Any] = found.told
        judged.object(found.rule, found.column, _mask(found.asked, facts), **told)
        judged.findings.add(
            found.rule, found.column, found.noted, severity="note", **{k: v[found.noted] for k, v in found.told.items()}
        )
    alike = lines_of_other_firms(facts, (judged.fate < REJECTED) & ~replaced)
    judged.object("lines_of_other_firm", "amount", alike.lines)
    judged.findings.name_firms(alike)
    if judged.keys is not None:
        judged.findings.sent_before(sent_before(facts, judged.keys, files))


def _mask(rows: npt.NDArray[np.int64], facts: Facts) -> Mask:
    mask = np.zeros(facts.batch.size, dtype=bool)
    mask[rows] = True
    return mask


def _check_options(tax_basis: str, stage: str, month: str | None) -> None:
    for name, value, allowed in (
        ("tax_basis", tax_basis, ("incl", "excl")),
        ("stage", stage, ("wholesale", "retail")),
    ):
        if value not in allowed:
            raise UsageError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    if month is not None:
        months.ordinal(month)


def _inbox_months(reports: Any, receipt: npt.NDArray[np.int64], month: str | None) -> npt.NDArray[np.int64]:
    """Return for each record the number of the month its file was sent for, −1 = not known."""
    otherwise = months.ordinal(month) if month is not None else -1
    files = getattr(reports, "files", None)
    if files is None or "inbox_month" not in files.columns:
        return np.full(receipt.size, otherwise, dtype=np.int64)
    stated = {
        int(number): months.ordinal(text) if months.is_month(text) else otherwise
        for number, text in zip(files["receipt"], files["inbox_month"], strict=True)
    }
    known, at = dense(receipt)
    return np.array([stated.get(int(number), otherwise) for number in known] or [0], dtype=np.int64)[at]
