"""Transaction: what a writer can add to a store. All of it counts at the end, or none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from shuibei_index import months
from shuibei_index.intake.limits import Limits
from shuibei_index.intake.source import sent_name
from shuibei_index.store.ledger import Arrival, Ledger, MonthState, Receipt, ReleaseRecord, canonical
from shuibei_index.store.objects import Objects
from shuibei_index.store.receiving import receive_folder
from shuibei_index.store.register import RegisterWriter


class Transaction:
    """What a writer can do. Objects are on disk at once, but count only when the ledger says so at the end."""

    def __init__(self, ledger: Ledger, objects: Objects) -> None:
        self._ledger = ledger
        self.objects = objects
        self.register = RegisterWriter(ledger.connection)

    def receive(self, path: str | Path, inbox_month: str, received_at: str = "") -> Receipt:
        """Keep a file byte for byte and give it a receipt.

        The same content in the same inbox month has one receipt, however often it is received.

        Parameters
        ----------
        path
            A regular file; its name is kept as the sender's.
        inbox_month
            The month whose inbox it lies in.
        received_at
            When it came, as text; never read from the clock.

        Raises
        ------
        OSError
            A link, folder or pipe, or a file that changed meanwhile (`intake.source.NotRegularError`,
            `ChangedError`).
        """
        months.ordinal(inbox_month)
        sha256, size = self.objects.put_file(path)
        return self._ledger.add_receipt(inbox_month, sent_name(Path(path)), sha256, size, received_at)

    def receive_folder(
        self, folder: str | Path, inbox_month: str, received_at: str = "", limits: Limits | None = None
    ) -> tuple[list[Receipt], pd.DataFrame]:
        """Receive every file of a folder, by name.

        Parameters
        ----------
        folder : path
        inbox_month, received_at : str
        limits : Limits, optional
            A file larger than these is refused before a byte of it is read.

        Returns
        -------
        receipts : list of Receipt
            One for each regular file, of whatever type: what cannot be read is archived all the same.
        findings : DataFrame
            What was not received: folders, links, pipes, files still being copied or too large, second copies of the
            same content; and, as notes, system files.
        """
        return receive_folder(self.receive, Path(folder), inbox_month, received_at, limits)

    def receipts(self, month: str | None = None) -> list[Receipt]:
        """Return receipts, those of this transaction included."""
        return self._ledger.receipts(month)

    def arrivals(self) -> list[Arrival]:
        """Return what came once more under another name, those of this transaction included."""
        return self._ledger.arrivals()

    def record_reading(self, receipt: int, periods: Iterable[str], outcome: str, reason: str = "") -> None:
        """Record what reading a received file gave: the months its records are of, and the outcome."""
        self._ledger.add_reading(receipt, list(periods), outcome, reason)

    def record_readings(self, files: pd.DataFrame, table: pa.Table) -> None:
        """Record what reading gave, from `Reports.files` and `Reports.table`."""
        pairs = table.select(["receipt", "period"]).group_by(["receipt", "period"]).aggregate([]).to_pandas()
        pairs = pairs[pairs["period"].map(months.is_month).astype(bool)]
        periods = pairs.groupby("receipt")["period"].agg(list).to_dict()
        for receipt, outcome, reason in zip(files["receipt"], files["outcome"], files["reason"], strict=True):
            self.record_reading(int(receipt), periods.get(receipt, []), outcome, reason)

    def record_month(
        self,
        month: str,
        *,
        accepted: pa.Table,
        held: pa.Table,
        rejected: pa.Table,
        findings: pa.Table | pd.DataFrame,
        counts: Mapping[str, Any],
        rules_digest: str,
        receipts: Iterable[Receipt],
        decisions: str = "",
    ) -> MonthState:
        """Record the state of a month after validation. The same state as before adds nothing.

        `decisions` is the digest of the decisions it was settled with.
        """
        months.ordinal(month)
        if isinstance(findings, pd.DataFrame):
            findings = pa.Table.from_pandas(findings, preserve_index=False)
        used = [(r.seq, r.sha256) for r in receipts]
        return self._ledger.add_month(
            {
                "month": month,
                "accepted": self.objects.put_table(accepted),
                "held": self.objects.put_table(held),
                "rejected": self.objects.put_table(rejected),
                "findings": self.objects.put_table(findings),
                "counts": canonical(counts),
                "rules": rules_digest,
                "receipts": hashlib.sha256(canonical(used).encode()).hexdigest(),
                "decisions": decisions,
            }
        )

    def record_release(
        self, release: str, manifest_sha256: str, inputs: Mapping[str, Any], files: Mapping[str, bytes] | None = None
    ) -> ReleaseRecord:
        """Record a release, the digests of its inputs, and its files, so that it can be rebuilt from the store."""
        record = self._ledger.add_release(release, manifest_sha256, inputs)
        self.keep_released(record.seq, files or {})
        return record

    def keep_released(self, release: int, files: Mapping[str, bytes]) -> None:
        """Keep the files of a release (by its number in the ledger); equal files of several releases are kept once."""
        kept = self._ledger.released_files(release)
        new = {path: data for path, data in files.items() if path not in kept}
        self._ledger.add_released_files(release, {path: self.objects.put_bytes(data) for path, data in new.items()})
