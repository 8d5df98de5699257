"""Decisions applied: cells corrected before the checks, queries set aside, records kept out; each says which and whose.

A decision is bound to the digest of the record it was taken on. If the firm has sent another record for the line since,
the decision is not applied: the record that stands is asked about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index.checks import Checks
from shuibei_index.decisions import checked_decisions, record_digests, standing
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.validation.batch import Batch, Mask, clean
from shuibei_index.validation.corrections import corrected, spelled_out, with_values
from shuibei_index.validation.earlier import Earlier
from shuibei_index.validation.registry import Rows

#: Rules by which these decisions speak; none of them can be decided away by the same decision.
EXCLUDED, CORRECTED, OUTDATED, ASIDE = (
    "excluded_by_decision",
    "corrected_by_decision",
    "decision_outdated",
    "set_aside_by_decision",
)
#: Edits look only at records no other check objects to; what they doubt then may be what a firm has confirmed already.
#: Who has accepted one of these doubts is not asked the same again in the words of the edit.
_ASKED_BEFORE = {
    "metal_price_edit": ("metal_price_benchmark",),
    "charge_edit": ("price_jump",),
    "stone_edit": ("price_jump",),
    "price_edit": ("price_jump",),
}
_KEY = ["enterprise_id", "period", "line_no"]
#: A line number nobody can write, in place of one that is not there.
_NO_LINE = -(2**62)


@dataclass
class Decided:
    """Which decision speaks of which record.

    Attributes
    ----------
    sent : Batch
        The records as they were sent.
    batch : Batch
        The same records with their corrections.
    bound : DataFrame
        at (position of the record), decision, rule, action, values, person; one row per decision and record.
    lines : DataFrame
        Every record of a line somebody has decided on: at, record, and the key of the line.
    """

    sent: Batch
    batch: Batch
    bound: pd.DataFrame
    lines: pd.DataFrame
    taken: pd.DataFrame
    changes: pd.DataFrame
    out: Mask
    revoked: Mask = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing revoked."""
        self.revoked = np.zeros(self.sent.size, dtype=bool)

    @classmethod
    def of(cls, batch: Batch, decisions: pd.DataFrame | None) -> Decided | None:
        """Bind decisions to the records they were taken on; None if there are none."""
        taken = checked_decisions(decisions)
        if taken is None:
            return None
        taken = standing(taken.assign(**{"enterprise_id": taken["enterprise_id"].map(clean)}))
        lines = _lines(batch, taken)
        bound = lines[["at", "record"]].merge(taken.drop(columns=_KEY), on="record")
        out = np.zeros(batch.size, dtype=bool)
        out[bound.loc[bound["action"].isin(["exclude", "impute"]), "at"].to_numpy()] = True
        changes = spelled_out(bound, batch)
        amended = with_values(batch, changes) if len(changes) else batch
        return cls(batch, amended, bound, lines, taken, changes, out)

    def spared(self, rule: str, rows: Rows, severity: str) -> Mask:
        """Tell which records a check's objection no longer touches: kept out anyway, or accepted as they are."""
        if rule in (EXCLUDED, CORRECTED):
            return np.zeros(rows.size, dtype=bool)
        found = self.out[rows]
        if severity == "query":
            accepts = self.bound[(self.bound["action"] == "accept") & self.bound["rule"].isin(_doubts(rule))]
            accepted = np.isin(rows, accepts["at"].to_numpy())
            found = found | (accepted & ~self.revoked[rows] if rule == "duplicate_key" else accepted)
        return np.asarray(found)

    def set_aside(self, found: pd.DataFrame, rule: str, rows: Rows, catalogue: Checks) -> pd.DataFrame:
        """Return findings of one check on the given records; what is decided becomes a note that says by whom."""
        if not len(found):
            return found
        spared = self.spared(rule, rows, str(found["severity"].iloc[0])) & (found["severity"] != "note").to_numpy()
        return self._noted(found, spared, rows, rule, catalogue) if spared.any() else found

    def hear(self, earlier: Earlier, catalogue: Checks) -> Earlier:
        """Return what reading has found, with what is decided set aside: corrected cells among it."""
        found = earlier.findings
        if found is None or not len(found) or earlier.address is None:
            return earlier
        aside = np.zeros(len(found), dtype=bool)
        about = np.flatnonzero((earlier.rows >= 0) & (found["severity"] != "note").to_numpy())
        for rule, severity in found.iloc[about][["rule", "severity"]].drop_duplicates().to_numpy().tolist():
            of = about[((found["rule"] == rule) & (found["severity"] == severity)).to_numpy()[about]]
            aside[of] = self.spared(str(rule), earlier.rows[of], str(severity))
        for column, changed in self.changes.groupby("column", sort=True):
            at = changed["at"].to_numpy()
            cells = dict(zip(at.tolist(), pa.array(earlier.address(at, str(column))).to_pylist(), strict=True))
            of = about[np.isin(earlier.rows[about], at)]
            aside[of] |= pd.Series(earlier.rows[of]).map(cells).to_numpy() == found["cell"].to_numpy()[of]
        if not aside.any():
            return earlier
        return Earlier(
            self._noted(found, aside, earlier.rows, "", catalogue), earlier.rows, earlier.receipts, earlier.address
        )

    def _noted(self, found: pd.DataFrame, aside: Mask, rows: Rows, rule: str, catalogue: Checks) -> pd.DataFrame:
        of_rule = self.bound if not rule else self.bound[self._speaks(rule)]
        last = of_rule.drop_duplicates("at", keep="last").set_index("at")[["decision", "person"]]
        told = last.reindex(rows[aside])
        more = catalogue.find(
            ASIDE, decision=told["decision"].astype("Int64").astype(str).to_numpy(), person=told["person"].to_numpy()
        )
        noted = found.copy()
        noted.loc[aside, "severity"] = "note"
        for name in ("message_zh", "message_en"):
            noted.loc[aside, name] = noted.loc[aside, name].to_numpy() + " " + more[name].to_numpy()
        return noted

    def _speaks(self, rule: str) -> pd.Series:
        return self.bound["rule"].isin(_doubts(rule)) | self.bound["action"].isin(["exclude", "impute"])

    def corrections(self) -> pd.DataFrame:
        """Return the corrected cells: at, column, value (as sent), expected (as decided), decision, person."""
        return corrected(self.changes, self.sent, self.batch)

    def kept_out(self) -> tuple[Rows, dict[str, Any]]:
        """Return the records kept out, and what there is to say about each."""
        last = self.bound[self.bound["action"].isin(["exclude", "impute"])].drop_duplicates("at", keep="last")
        told = {name: last[name].astype(str).to_numpy() for name in ("decision", "person", "reason", "basis")}
        what = last["action"].map({"exclude": ("剔除", "left out"), "impute": ("改用插补值", "left out to be imputed")})
        told["action_zh"], told["action_en"] = what.str[0].to_numpy(), what.str[1].to_numpy()
        return last["at"].to_numpy(dtype=np.int64), told

    def revoke_rivals(self, conflicts: Mask) -> None:
        """Let no two rows of one line and file stand because each was accepted on its own."""
        accepted = self.bound[(self.bound["action"] == "accept") & self.bound["rule"].isin(["duplicate_key", ""])]
        rows = np.unique(accepted["at"].to_numpy(dtype=np.int64))
        rows = rows[conflicts[rows]]
        line = self.lines.set_index("at").loc[rows, _KEY].assign(receipt=self.sent.receipt[rows])
        self.revoked[rows[line.duplicated(keep=False).to_numpy()]] = True

    def outdated(self, rejected: Mask) -> tuple[Mask, Mask, npt.NDArray[np.object_]]:
        """Find lines decided on whose record is another now.

        Returns
        -------
        asked : ndarray of bool
            The records that stand, to be asked about.
        replaced : ndarray of bool
            Records with a decision that no longer stand.
        decision : ndarray of text
            The last decision that is not applied.
        """
        size = self.sent.size
        asked, replaced = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
        number = np.full(size, "", dtype=object)
        lines = self.lines.assign(receipt=self.sent.receipt[self.lines["at"].to_numpy(dtype=np.int64)])
        usable = lines[~rejected[lines["at"].to_numpy(dtype=np.int64)]]
        if not len(usable):
            return asked, replaced, number
        stands = usable[usable["receipt"] == usable.groupby(_KEY)["receipt"].transform("max")]
        said = _keyed(self.taken)[[*_KEY, "record", "decision"]]
        own = stands.merge(said, on=[*_KEY, "record"]).groupby(_KEY, as_index=False)["decision"].max()
        last = said.groupby(_KEY, as_index=False)["decision"].max()
        judged = last.merge(own, on=_KEY, how="left", suffixes=("", "_own"))
        late = judged[judged["decision_own"].isna() | (judged["decision"] > judged["decision_own"])]
        hit = stands.merge(late, on=_KEY)
        at = hit["at"].to_numpy(dtype=np.int64)
        asked[at] = True
        number[at] = hit["decision"].astype(str).to_numpy()
        older = lines[~lines["record"].isin(stands["record"]) & lines["record"].isin(self.taken["record"])]
        older = older.merge(stands[_KEY].drop_duplicates(), on=_KEY)
        replaced[older["at"].to_numpy(dtype=np.int64)] = True
        return asked, replaced, number


def _lines(batch: Batch, taken: pd.DataFrame) -> pd.DataFrame:
    """Return the records of the lines decided on: found by key, told apart by digest."""
    firms, periods = batch.text["enterprise_id"], batch.text["period"]
    wanted = _keyed(taken)
    known = batch.table["line_no"].is_valid().to_numpy()
    line = np.where(known, batch.line_no, _NO_LINE)
    mask = np.isin(line, wanted["line_no"].to_numpy(dtype=np.int64))
    for coded, name in ((firms, "enterprise_id"), (periods, "period")):
        values = set(wanted[name])
        mask &= coded.lookup(lambda word, values=values: word in values, "" in values, bool)[coded.codes]  # type: ignore[misc]
    at = np.flatnonzero(mask)
    names = [np.array([*coded.words, ""], dtype=object)[coded.codes[at]] for coded in (firms, periods)]
    columns = {"at": at, "enterprise_id": names[0], "period": names[1], "line_no": line[at]}
    table = batch.table.take(pa.array(at)).select([column.name for column in SUBMISSION])
    return pd.DataFrame(columns).assign(record=pd.array(record_digests(table), dtype=object))


def _keyed(taken: pd.DataFrame) -> pd.DataFrame:
    line = taken["line_no"].astype("Int64").fillna(_NO_LINE).astype("int64")
    return taken.assign(period=taken["period"].map(clean), line_no=line)


def _doubts(rule: str) -> list[str]:
    """Return the rules a decision may name to speak of an objection: '' = all of the record."""
    return [rule, "", *_ASKED_BEFORE.get(rule, ())]
