"""Review: everything that two people look at before a release, as one object."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.review.gates import BLOCKS, PASSED, REMARK, ReviewGate

#: Tables of a review, in the order of the page.
TABLES = (
    "headline", "classes", "movers", "metals", "firms", "signals", "late", "influence", "queries", "decisions",
    "revised", "withheld", "words", "sign_offs",
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Review:
    """A month before its release. Names firms and persons: for the index team only.

    Parameters
    ----------
    month : str
    release : str
        Name the release would have.
    previous : str
        The release it is compared with; "" = none.
    about : mapping
        name_zh, name_en, base_period, trial; required (sign-offs), digest (of what would be released), rates
        (response_count, response_value, imputed_share of the headline; unsafe: withheld cells that could be told).
    gates : tuple of ReviewGate
    tables : mapping of str to DataFrame
        `TABLES`; see methodology/review.md for their columns.
    """

    month: str
    release: str
    previous: str
    about: Mapping[str, Any]
    gates: tuple[ReviewGate, ...]
    tables: Mapping[str, pd.DataFrame] = field(repr=False)

    @property
    def outcome(self) -> str:
        """The worst outcome of a gate: "passed", "remark" (a sign-off needs a note) or "blocks"."""
        found = {gate.outcome for gate in self.gates}
        return next((o for o in (BLOCKS, REMARK) if o in found), PASSED)

    @property
    def digest(self) -> str:
        """Digest of what would be released: what a sign-off binds to."""
        return str(self.about["digest"])

    @property
    def signed(self) -> int:
        """Number of different persons whose sign-off counts."""
        rows = self.tables["sign_offs"]
        return int(rows["counts"].astype(bool).sum()) if len(rows) else 0

    def to_frame(self, table: str = "gates") -> pd.DataFrame:
        """Return the gates, or one of the tables.

        Raises
        ------
        UsageError
            There is no such table.
        """
        if table == "gates":
            return pd.DataFrame([gate.to_dict() for gate in self.gates])
        if table not in self.tables:
            raise UsageError(
                f"no table {table!r}{did_you_mean(table, ['gates', *TABLES])}; a review has gates, {', '.join(TABLES)}",
                zh=f"没有表 {table}",
            )
        return self.tables[table].copy()

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, numbers in full precision; empty ones are None."""
        return {
            "month": self.month,
            "release": self.release,
            "previous": self.previous,
            **{key: _plain(value) for key, value in self.about.items()},
            "outcome": self.outcome,
            "signed": self.signed,
            "gates": [gate.to_dict() for gate in self.gates],
            **{name: _rows(self.tables[name]) for name in TABLES},
        }

    def json_bytes(self) -> bytes:
        """Return `to_dict` as JSON."""
        return (json.dumps(self.to_dict(), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()

    def text(self) -> str:
        """Return the short form for the command line, Chinese and English."""
        from shuibei_index.review.text import short_text

        return short_text(self)

    def page(self) -> str:
        """Return the whole review as one self-contained bilingual HTML page."""
        from shuibei_index.review.page import review_page

        return review_page(self)

    def plot(self, ax: Any = None) -> Any:
        """Draw the headline's monthly changes beside those metal prices would give; returns the axes."""
        from shuibei_index.review.drawing import metal_chart

        return metal_chart(self.tables["metals"], ax)

    def __repr__(self) -> str:
        """Say how far it is."""
        return (
            f"Review {self.release}: {self.outcome}; {self.signed} of {self.about['required']} sign-offs; "
            f"{sum(g.outcome == PASSED for g in self.gates)} of {len(self.gates)} gates passed"
        )

    def _repr_html_(self) -> str:
        from shuibei_index.review.page import body

        return body(self)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    columns = [frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame.columns]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
