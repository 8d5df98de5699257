"""What a command tells: counts of an intake, a release made, a verification."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.checks import gather
from shuibei_index.validation.gates import Gate, judge

if TYPE_CHECKING:
    from shuibei_index.intake.reports import Reports
    from shuibei_index.release import Release, VerifyReport
    from shuibei_index.rules import Rules
    from shuibei_index.store.ledger import Receipt
    from shuibei_index.validation import ValidationReport

NUMBERS = ("read", "accepted", "held", "rejected")


def say(text: str) -> None:
    """Say on stderr how far the work is."""
    sys.stderr.write(text + "\n")


@dataclass(frozen=True)
class Intake:
    """What became of the files of one or several months."""

    months: list[str]
    inbox: dict[int, str]
    by_enterprise: pd.DataFrame
    totals: dict[str, int]
    all_findings: pd.DataFrame
    finding_months: np.ndarray[Any, Any]
    report: ValidationReport

    @classmethod
    def none(cls) -> _Total:
        """Return the sum of no intakes."""
        return _Total(dict.fromkeys(NUMBERS, 0))

    @classmethod
    def of(
        cls,
        months: list[str],
        affected: list[str],
        receipts: Sequence[Receipt],
        reports: Reports,
        report: ValidationReport,
        refused: Mapping[str, pd.DataFrame],
    ) -> Intake:
        """Gather what was read and judged."""
        inbox = {r.seq: r.inbox_month for r in receipts}
        own = report.tallies[report.tallies["receipt"].map(inbox).isin(months)]
        by_enterprise = own.groupby("enterprise_id", as_index=False, sort=True)[list(NUMBERS)].sum()
        totals = {name: int(own[name].sum()) for name in NUMBERS}
        # files of several months may have the same name: only the receipt tells which inbox a finding belongs to
        of = pd.Series(report.finding_receipts).map(inbox)
        # what is told to the team alone is of no receipt: it belongs to the month it speaks of
        month = [
            of.where(report.finding_receipts != 0, report.findings["period"].astype(object)).to_numpy(dtype=object)
        ]
        month += [np.full(len(found), of, dtype=object) for of, found in refused.items()]
        found = gather([report.findings, *refused.values()])
        return cls(months, inbox, by_enterprise, totals, found, np.concatenate(month), report)

    def findings(self, month: str) -> pd.DataFrame:
        """Return the findings about the files of a month's inbox."""
        found: pd.DataFrame = self.all_findings[self.finding_months == month]
        return found.reset_index(drop=True)

    def gates(self, month: str, rules: Rules, panel: pd.DataFrame | None) -> list[Gate]:
        """Return the gates of a month; a month without a single record has them too, and does not pass."""
        return judge(self.report.tallies, month, rules, panel)

    def state(self, month: str) -> dict[str, Any]:
        """Return what the store records of a month: its accepted records, and what its inbox held besides."""
        report = self.report
        accepted = report.accepted_table.filter(pc.equal(report.accepted_table["period"].cast(pa.string()), month))
        receipts = pa.array([seq for seq, inbox in self.inbox.items() if inbox == month], pa.int64())
        held, rejected = (
            t.filter(pc.is_in(t["receipt"], receipts)) for t in (report.held_table, report.rejected_table)
        )
        own = report.tallies[report.tallies["receipt"].map(self.inbox) == month]
        counts = {name: int(own[name].sum()) for name in NUMBERS}
        return {
            "accepted": accepted,
            "held": held,
            "rejected": rejected,
            "findings": self.findings(month),
            "counts": counts,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the counts of `intake --json`."""
        month = self.months[0] if len(self.months) == 1 else f"{self.months[0]}/{self.months[-1]}"
        read = {"records_read" if k == "read" else k: v for k, v in self.totals.items()}
        files = sum(inbox in self.months for inbox in self.inbox.values())
        by_severity = self._own_findings()["severity"].value_counts().to_dict()
        return {
            "month": month,
            "files": files,
            **read,
            "findings": len(self._own_findings()),
            "findings_by_severity": by_severity,
            "by_enterprise": self.by_enterprise.to_dict("records"),
        }

    def _own_findings(self) -> pd.DataFrame:
        return self.all_findings[np.isin(self.finding_months.astype(str), self.months)]

    def headline(self) -> str:
        """Return the counts in one bilingual line."""
        t, files = self.totals, self.to_dict()["files"]
        return (
            f"{files} 个文件 files; 读取 read {t['read']} = 采用 accepted {t['accepted']} + 待核 held {t['held']} "
            f"+ 退回 rejected {t['rejected']}; {len(self._own_findings())} 条审核结果 findings"
        )


@dataclass(frozen=True)
class _Total:
    """Counts added over several intakes."""

    totals: dict[str, int]

    def plus(self, other: Intake) -> _Total:
        return _Total({name: self.totals[name] + other.totals[name] for name in NUMBERS})


@dataclass(frozen=True)
class Released:
    """A release made, and where."""

    name: str
    path: Path
    release: Release
    counts: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return what `run --json` and `release --json` print."""
        manifest = self.release.manifest
        keys = ("release", "period", "status", "vintage", "base_period")
        return {
            **{key: manifest[key] for key in keys},
            "path": str(self.path),
            "headline_zh": self.release.headline("zh"),
            "headline_en": self.release.headline("en"),
            "records": self.counts,
            "files": [f["path"] for f in manifest["files"]],
        }

    def text(self) -> str:
        """Return the headline in both languages and where to look."""
        c = self.counts
        return "\n".join(
            [
                self.release.headline("zh"),
                self.release.headline("en"),
                f"记录 records: 读取 read {c['read']} = 采用 accepted {c['accepted']} + 待核 held {c['held']} "
                f"+ 退回 rejected {c['rejected']}",
                f"发布 release: {self.path}",
                f"公报 bulletins: {self.path / 'bulletin.zh.html'}, {self.path / 'bulletin.en.html'}",
                f"核验 verify: shuibei-index verify {self.path}",
            ]
        )


@dataclass(frozen=True)
class Verified:
    """A bundle checked against itself, and against its index compiled again from the frozen inputs."""

    release: Release
    report: VerifyReport
    again: pd.DataFrame | None
    why_not: str
    adjusted: str = ""

    @property
    def differences(self) -> pd.DataFrame:
        """Published levels that the recomputation does not give: period, class_code, published, recomputed."""
        both = self._both
        found = both[both["other"]].rename(columns={"index": "published", "index_again": "recomputed"})
        return found[["period", "class_code", "published", "recomputed"]].reset_index(drop=True)

    @property
    def last_digits(self) -> int:
        """How many levels agree in all but the last digits, as on another processor."""
        both = self._both
        return int((~both["other"] & both["index"].ne(both["index_again"]) & both["index"].notna()).sum())

    @cached_property
    def _both(self) -> pd.DataFrame:
        """Published and recomputed levels side by side; `other`: they are not the same."""
        from shuibei_index.release.last_digits import differ

        if self.again is None:
            return pd.DataFrame(columns=["period", "class_code", "index", "index_again", "other"]).astype(
                {"other": bool}
            )
        key = ["period", "class_code", "component"]
        published = self.release.frame("indices").query("adjustment == 'NSA'")[[*key, "index", "obs_conf"]]
        both = published.astype(dict.fromkeys(key, str)).merge(
            self.again[[*key, "index"]].astype(dict.fromkeys(key, str)), on=key, how="outer", suffixes=("", "_again")
        )
        # a suppressed value is empty in the bundle on purpose
        both["other"] = differ(both["index"], both["index_again"]) & (both["obs_conf"] != "C")
        return both

    @property
    def ok(self) -> bool:
        """Whether everything that could be checked agrees."""
        return self.report.ok and self.differences.empty

    def to_dict(self) -> dict[str, Any]:
        """Return what `verify --json` prints."""
        return {
            "release": self.release.name,
            "ok": self.ok,
            "files": self.report.n_files,
            "problems": self.report.to_frame().to_dict("records"),
            "recomputed": self.again is not None,
            "not_recomputed_because": self.why_not,
            "differences": self.differences.to_dict("records"),
            "last_digits": self.last_digits,
            "adjusted": self.adjusted,
        }

    def text(self) -> str:
        """Return the result in words."""
        lines = [self.report.summary()]
        if self.again is None:
            lines.append(f"未重算 not recomputed: {self.why_not}")
        elif self.differences.empty:
            head = self.again.query("class_code == '00' and component == 'total'")
            rounded = self.last_digits
            other = (
                f" ({rounded} 个仅末位不同 but for the last digits: another processor or library)" if rounded else ""
            )
            lines.append(
                f"重算一致 recomputed from the frozen inputs: {len(self.again)} unadjusted values, all equal{other}; "
                f"headline {head['period'].iloc[-1]} = {head['index'].iloc[-1]:.6f}"
            )
        else:
            lines.append(f"重算不一致 {len(self.differences)} values differ from the recomputation:")
            lines.append(self.differences.head(10).to_string(index=False))
        return "\n".join([*lines, self.adjusted] if self.adjusted else lines)
