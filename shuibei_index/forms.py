"""Forms of a workspace: a month's reporting forms, and what firms sent given back with what was found in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow.parquet as pq
from tqdm import tqdm

from shuibei_index import months
from shuibei_index.errors import UsageError, WorkspaceError, did_you_mean
from shuibei_index.rules import RulesAt
from shuibei_index.store import Store
from shuibei_index.templates import annotate_workbook, own_items, write_template
from shuibei_index.templates.items import item_window, of_firm
from shuibei_index.templates.write import file_name
from shuibei_index.workspace import Workspace

if TYPE_CHECKING:
    from shuibei_index.store.ledger import Receipt
    from shuibei_index.validation import ValidationReport


@dataclass(frozen=True)
class Written:
    """Files written for firms: one row per file in `files`, and the folder they are in."""

    month: str
    folder: Path
    files: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {"month": self.month, "folder": str(self.folder), "files": self.files.to_dict("records")}


def write_templates(
    workspace: Workspace,
    month: str,
    *,
    firms: Sequence[str] | None = None,
    suffix: str = ".xlsx",
    out: str | Path | None = None,
    overwrite: bool = False,
) -> Written:
    """Write the reporting forms of a month, pre-filled with each firm's own items.

    Parameters
    ----------
    firms
        Codes of the firms. Default: all that are in the panel in that month.
    suffix
        ".xlsx" or ".csv".
    out
        A folder. Default: work/<month>/templates.
    overwrite
        Replace files with other content.

    Returns
    -------
    Written
        Its `files`: enterprise_id, items, last_period, file.

    Raises
    ------
    UsageError
        A firm is not in the panel in that month, two firms' files would have one name, or another file stands there.
    """
    rules = workspace.rules().at(month)
    panel = _active(workspace.panel(), month)
    chosen = list(panel.index) if firms is None else [_known(firm, panel, month) for firm in firms]
    if not chosen:
        raise WorkspaceError(
            f"panel.csv has no enterprise that is in the panel in {month}; add them, with the month they joined",
            zh=f"panel.csv 中没有 {month} 在样本内的企业，请先登记",
        )
    folder = Path(out) if out is not None else workspace.work(month) / "templates"
    names = [file_name(firm, month, suffix) for firm in chosen]
    twice = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
    if twice:
        raise UsageError(f"two enterprises would get the same file {min(twice)}; write their forms one by one")
    items, tree, metal = _items(workspace, month, rules), workspace.tree(month), workspace.metal_prices()
    rows = []
    for firm, name in zip(
        tqdm(chosen, desc="填报表 forms", unit=" files", leave=False, disable=None), names, strict=True
    ):
        write_template(
            folder / name,
            enterprise_id=firm,
            month=month,
            rules=rules,
            tree=tree,
            items=items,
            name=str(panel.loc[firm, "name"]),
            stage=workspace.settings.stage,
            metal_prices=metal,
            overwrite=overwrite,
        )
        own = of_firm(items, firm)
        rows.append((firm, len(own), str(own["last_period"].max()) if len(own) else "", name))
    return Written(month, folder, pd.DataFrame(rows, columns=["enterprise_id", "items", "last_period", "file"]))


def annotate_month(
    workspace: Workspace, month: str, report: ValidationReport, *, out: str | Path | None = None
) -> Written:
    """Write, for every file of a month in which something was found, a copy with colours and comments.

    Parameters
    ----------
    report
        What `pipeline.validate` gives for the month.
    out
        A folder. Default: work/<month>/annotated.

    Returns
    -------
    Written
        Its `files`: receipt, file, reject, query, note (numbers of findings), copy.
    """
    rules = workspace.rules().at(month)
    folder = Path(out) if out is not None else workspace.work(month) / "annotated"
    with Store.open(workspace.store) as store:
        receipts = {r.seq: r for r in store.receipts(month)}
        by_receipt = report.findings.groupby(report.finding_receipts, sort=True)
        about = [(receipts[seq], rows) for seq, rows in by_receipt.indices.items() if seq in receipts]
        rows = []
        for receipt, at in tqdm(about, desc="批注 annotate", unit=" files", leave=False, disable=None):
            found = report.findings.iloc[at]
            copy = annotate_workbook(
                found,
                store.objects.checked_path(receipt.sha256),
                folder / _copy_name(receipt),
                month=month,
                file=receipt.file_name,
                rules=rules,
            )
            counts = found["severity"].value_counts()
            numbers = [int(counts.get(name, 0)) for name in ("reject", "query", "note")]
            rows.append((receipt.seq, receipt.file_name, *numbers, copy.name))
    columns = ["receipt", "file", "reject", "query", "note", "copy"]
    return Written(month, folder, pd.DataFrame(rows, columns=columns))


def _copy_name(receipt: Receipt) -> str:
    # the receipt's number first: two firms may both send 6月.xlsx
    return file_name(f"{receipt.seq:06d}_{Path(receipt.file_name).stem}"[:120], "annotated", ".xlsx")


def _active(panel: pd.DataFrame, month: str) -> pd.DataFrame:
    there = (panel["joined"].str[:7] <= month) & ((panel["left"] == "") | (panel["left"].str[:7] >= month))
    return panel[there].set_index("enterprise_id").sort_index()


def _known(firm: str, panel: pd.DataFrame, month: str) -> str:
    if firm not in panel.index:
        raise UsageError(
            f"enterprise {firm!r} is not in the panel in {month}{did_you_mean(firm, panel.index)}",
            zh=f"企业 {firm!r} 在 {month} 不在样本企业名录（panel.csv）内",
        )
    return firm


def _items(workspace: Workspace, month: str, rules: RulesAt) -> pd.DataFrame:
    first, last = item_window(month, rules)
    months.ordinal(month)
    with Store.open(workspace.store) as store:
        states = [store.month(m) for m in store.months() if first <= m <= last]
        paths: Iterator[Path] = (store.objects.checked_path(state.accepted) for state in states if state is not None)
        return own_items([pq.read_table(path) for path in paths], month=month, rules=rules)
