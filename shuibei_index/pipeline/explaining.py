"""Explaining a workspace's month: compiled without bands, beside its release, down to the lines that were sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from shuibei_index.disclosure import Protection
from shuibei_index.errors import UsageError
from shuibei_index.explain import Explanation, SubmissionLines, submission_lines
from shuibei_index.explain import explain as explain_series
from shuibei_index.explain.public import for_public
from shuibei_index.explain.published import published_in
from shuibei_index.frozen import Frozen
from shuibei_index.index import IndexSeries
from shuibei_index.pipeline.compiling import compile_frozen, require_records
from shuibei_index.pipeline.withholding import pattern_again, released_pattern
from shuibei_index.release import Release
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Explainer:
    """A workspace compiled once, up to a month, for any number of explanations.

    Parameters
    ----------
    workspace : Workspace
    series : IndexSeries
        Without bands.
    frozen : Frozen
        What it was compiled from.
    """

    workspace: Workspace
    series: IndexSeries
    frozen: Frozen
    _releases: dict[str, Release | None] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, workspace: Workspace, month: str) -> Explainer:
        """Compile a workspace up to a month.

        Raises
        ------
        WorkspaceError
            Nothing of the month has been taken in.
        """
        with Store.open(workspace.store) as store:
            # nothing here needs the bands
            frozen = Frozen.of(workspace, store, month)
            return cls(workspace, compile_frozen(frozen, store, replicates=0), frozen)

    def explain(
        self,
        month: str = "",
        class_code: str = "00",
        measure: str = "mom",
        *,
        component: str = "total",
        since: str = "",
        by: str = "",
        steps: int = 1,
        lines: str = "",
        public: bool = False,
    ) -> Explanation:
        """Explain the change of a class, or of a component of it, in a month beside that month's release.

        Parameters
        ----------
        month : str
            Default: the last.
        public : bool
            Also without what releases withhold (`for_public`).
        class_code, measure, component, since, by, steps
            As `shuibei_index.explain.explain`.
        lines : str
            "FIRM:ITEM": also the lines sent about the item for both months of the comparison.

        Raises
        ------
        UsageError
            As there; or `lines` names no item with accepted records.
        """
        firm, sign, item = lines.partition(":")
        if lines and not (firm and sign and item):
            raise UsageError(f"lines {lines!r}: expected FIRM:ITEM", zh=f"{lines!r} 应为 企业代码:规格品代码")
        if lines and public:
            raise UsageError("submission lines are not for the public", zh="报送记录不对外公开")
        month = month or self.series.months[-1]
        found = explain_series(
            self.series,
            None,
            class_code,
            month,
            measure,
            component=component,
            since=since,
            by=by,
            steps=steps,
            release=self._release(month),
            public=public,
        )
        if public:
            found = for_public(found, self._protection)
        if not lines:
            return found
        both = (str(found.facts["compared_with"]), month)
        return dataclasses.replace(found, submissions=lines_of(self.workspace, both, firm, item))

    @cached_property
    def _protection(self) -> Protection | None:
        before = released_pattern(self._release(self.series.months[-1]))
        return pattern_again(self.series, self.frozen, before)

    def _release(self, month: str) -> Release | None:
        if month not in self._releases:
            self._releases[month] = published_in(self.workspace.releases, month)
        return self._releases[month]


def explain(
    workspace: Workspace, month: str, class_code: str = "00", measure: str = "mom", **options: Any
) -> Explanation:
    """Explain one change: compile up to the month, then `Explainer.explain` with its options.

    Raises
    ------
    GateError
        No record of the month was accepted.
    """
    explainer = Explainer.open(workspace, month)
    require_records(explainer.series.months, month)
    return explainer.explain(month, class_code, measure, **options)


def lines_of(workspace: Workspace, months: Sequence[str], enterprise_id: str, item_id: str) -> SubmissionLines:
    """Return the lines an enterprise sent about an item in some months, with their findings and decisions.

    Raises
    ------
    UsageError
        No accepted record of the item in these months.
    """
    with Store.open(workspace.store) as store:
        return submission_lines(store, months, enterprise_id, item_id)
