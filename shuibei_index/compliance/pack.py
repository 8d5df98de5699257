"""Pack: the five papers of a month, made from a workspace and written: what is public apart from what is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from shuibei_index import months
from shuibei_index.compliance.answers import Answers
from shuibei_index.compliance.archive import Archive, archive_index, archive_page
from shuibei_index.compliance.assessment import Item, assessment, assessment_page
from shuibei_index.compliance.coverage import Coverage, coverage
from shuibei_index.compliance.coverage_page import coverage_page
from shuibei_index.compliance.document import LANGUAGES, Document
from shuibei_index.compliance.judgements import judgements, public_register, register_page
from shuibei_index.compliance.market import read_market
from shuibei_index.compliance.plan import compilation_plan
from shuibei_index.compliance.render import markdown, page
from shuibei_index.errors import UsageError, WorkspaceError
from shuibei_index.store import Store
from shuibei_index.teamfiles import write_bytes, write_table
from shuibei_index.workspace import Workspace

#: Folder of what names enterprises and persons: for its owner alone.
INTERNAL = "internal"


@dataclass(frozen=True)
class Pack:
    """The compliance pack of a month.

    Attributes
    ----------
    month, start : str
        The month, and the first month of the register of judgements.
    coverage : Coverage
    judgements : DataFrame
        The register in full.
    items : tuple of Item
        The self-assessment form.
    archive : Archive
    documents : dict of str to Document
        By file name without language and ending; those below ``internal/`` name enterprises or persons.
    """

    month: str
    start: str
    coverage: Coverage
    judgements: pd.DataFrame
    items: tuple[Item, ...]
    archive: Archive
    documents: dict[str, Document]

    def to_dict(self) -> dict[str, Any]:
        """Return the summary for machines."""
        return {
            "month": self.month,
            "from": self.start,
            "missing": [{"zh": zh, "en": en} for zh, en in self.coverage.missing],
            "market_figures": len(self.coverage.rows),
            "decisions": len(self.judgements),
            "judgements": int(self.judgements["judgement"].sum()),
            "items": len(self.items),
            "to_be_answered": sum(item.by_person for item in self.items),
            "archived": len(self.archive.files),
            "archive_broken": self.archive.broken,
            "store_sound": self.archive.check.ok,
        }

    def text(self) -> str:
        """Return the summary as text."""
        said = self.to_dict()
        return "\n".join(
            [
                f"合规材料 compliance pack: {self.month}",
                f"市场数据 market figures: {said['market_figures']}；缺 missing: {len(said['missing'])}",
                f"决定 decisions {self.start}–{self.month}: {said['decisions']}，主观判断 judgements "
                f"{said['judgements']}",
                f"自我评估 self-assessment: {said['items']} 项 items，须由人员填写 to be answered by a person "
                f"{said['to_be_answered']}",
                f"归档 archive: {said['archived']} 份 files，缺失或有变 missing or changed {said['archive_broken']}",
            ]
        )

    def write(self, out: str | Path) -> list[Path]:
        """Write every paper in both languages; the same pack gives the same bytes.

        What is public: HTML and Markdown, and the CSV of the public register. Below ``internal/``, readable by their
        owner only: the full register, the archive index, coverage by collection point.
        """
        folder = Path(out)
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for name, text in self._texts():
            if name.startswith(f"{INTERNAL}/"):
                written.append(write_bytes(folder / INTERNAL, name.removeprefix(f"{INTERNAL}/"), text.encode()))
            else:
                written.append(_public(folder / name, text.encode()))
        inside = folder / INTERNAL
        written.append(write_table(inside, "judgements.csv", self.judgements))
        written.append(write_table(inside, "archive.csv", self.archive.files))
        written.append(write_table(inside, "coverage.csv", self.coverage.rows))
        written.append(write_table(inside, "coverage_firms.csv", self.coverage.firms))
        counts = public_register(self.judgements)
        # months, words of the program and counts: no cell can start a formula
        written.append(_public(folder / "judgements.csv", counts.to_csv(index=False, lineterminator="\n").encode()))
        return written

    def _texts(self) -> Iterator[tuple[str, str]]:
        for name, document in self.documents.items():
            for lang in LANGUAGES:
                yield f"{name}.{lang}.html", page(document, lang, name.rpartition("/")[2])
                yield f"{name}.{lang}.md", markdown(document, lang)


def compliance_pack(
    workspace: Workspace | str | Path, month: str, *, market: str | Path | None = None, start: str = ""
) -> Pack:
    """Make the compliance pack of a month from a workspace.

    Parameters
    ----------
    workspace : Workspace or path
    month : str
        Taken in; what is later is not looked at, but for the archive, which is of the whole store.
    market : path, optional
        Figures of the national trade, as `read_market` reads them; none come with the program.
    start : str
        First month of the register of judgements; default: January of the year of `month`.

    Raises
    ------
    WorkspaceError
        Nothing of the month has been taken in.
    UsageError
        A market figure is none; `start` lies after `month`.
    """
    workspace = workspace if isinstance(workspace, Workspace) else Workspace.open(workspace)
    months.ordinal(month)
    start = start or f"{month[:4]}-01"
    months.ordinal(start)
    if start > month:
        raise UsageError(f"--from {start} lies after {month}", zh=f"--from {start} 晚于 {month}")
    if not workspace.store.is_dir():
        raise _nothing(month)
    answers = Answers.read(workspace.root)
    figures = read_market(market) if market is not None else None
    with Store.open(workspace.store) as store, store.snapshot():
        if store.month(month) is None:
            raise _nothing(month)
        covered = coverage(workspace, store, month, figures)
        decided = judgements(workspace, store, start, month)
        archive = archive_index(workspace, store, month)
        items = assessment(workspace, store, month, covered, decided, archive, answers)
    settings = workspace.settings
    documents = {
        "coverage": coverage_page(settings, month, covered, answers),
        "plan": compilation_plan(workspace, month, answers),
        "judgements": register_page(settings, start, month, decided, internal=False),
        "self_assessment": assessment_page(workspace, month, items),
        f"{INTERNAL}/coverage": coverage_page(settings, month, covered, answers, internal=True),
        f"{INTERNAL}/judgements": register_page(settings, start, month, decided, internal=True),
        f"{INTERNAL}/archive": archive_page(settings, month, archive),
    }
    return Pack(month, start, covered, decided, tuple(items), archive, documents)


def require_place(workspace: Workspace, out: str | Path) -> None:
    """Refuse a folder where firm-level papers would lie beside what is published or what firms sent.

    Raises
    ------
    UsageError
        `out` is releases/, inbox/ or store/ of the workspace, or lies in it.
    """
    target = Path(out).resolve()
    for folder in (workspace.releases, workspace.inbox, workspace.store):
        if target.is_relative_to(folder.resolve()):
            raise UsageError(
                f"{folder.name}/ is no place for firm-level papers; choose a folder of their own.",
                zh=f"{folder.name}/ 不得存放企业级材料，请另选文件夹",
            )


def _nothing(month: str) -> WorkspaceError:
    return WorkspaceError(
        f"nothing of {month} has been taken in; run 'shuibei-index intake --month {month}' first",
        zh=f"{month} 尚未收表，请先运行 shuibei-index intake --month {month}",
    )


def _public(path: Path, data: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    temporary.replace(path)
    return path
