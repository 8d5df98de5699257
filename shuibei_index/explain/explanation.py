"""Explanation: why a series moved, every line of it, down to classes, firms and items."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.explain.effects import NOISE
from shuibei_index.explain.wording import CAUSES, worded

if TYPE_CHECKING:
    from shuibei_index.explain.lines import SubmissionLines

#: What the change may be listed by, below the class.
BY = ("class", "enterprise", "product")


@dataclass(frozen=True, repr=False)
class Explanation:
    """What stands behind the change of one series between two months.

    Parameters
    ----------
    facts : dict
        Levels, change, published change, status, sample and digests.
    lines : DataFrame
        cause, link_period, metal, making, stone, unsplit, points_pp, in percentage points: the rows add up to the
        published change, those before revision and rounding to today's change; neither of these two has components.
    parts : DataFrame
        The same for the classes below (`class_table`), adding up to today's change; empty for a leaf.
    items : DataFrame
        Products or enterprises (`product_table`, `enterprise_table`), adding up to today's change; empty where they
        were not asked for. They name firms: for the index team only.
    submissions : SubmissionLines, optional
        The lines sent about one item.
    """

    facts: dict[str, Any]
    lines: pd.DataFrame
    parts: pd.DataFrame
    items: pd.DataFrame
    submissions: SubmissionLines | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, numbers in full precision; empty ones are None."""
        content: dict[str, Any] = {name: _plain(value) for name, value in self.facts.items()}
        for name in ("lines", "parts", "items"):
            content[name] = _rows(getattr(self, name))
        if self.submissions is not None:
            content["submissions"] = {
                name: [{key: _plain(value) for key, value in row.items()} for row in rows]
                for name, rows in self.submissions.to_dict().items()
            }
        return content

    def table(self, lang: str = "both") -> pd.DataFrame:
        """Return the lines with their names, those without effect left out, and the published change as the last.

        Parameters
        ----------
        lang : {"both", "zh", "en"}

        Returns
        -------
        DataFrame
            line, the components that the series has, points_pp.
        """
        shown = self.lines[self.lines["points_pp"].abs() > NOISE]
        names = [
            worded(CAUSES[cause], lang).format(link=link)
            for cause, link in zip(shown["cause"], shown["link_period"], strict=True)
        ]
        there = [name for name in COMPONENTS if shown[name].fillna(0.0).ne(0.0).any()]
        frame = shown[[*there, "points_pp"]].reset_index(drop=True)
        frame.insert(0, "line", names)
        last = {name: float(shown[name].sum()) for name in there}
        title = ("发布的变动", "change as published") if self.facts["release"] else ("修约后的变动", "change, rounded")
        whole = pd.DataFrame([{"line": worded(title, lang), **last, "points_pp": self.facts["published_pct"]}])
        # a change of nothing has no lines
        return pd.concat([frame, whole], ignore_index=True) if len(frame) else whole

    def text(self, lang: str = "both") -> str:
        """Return the explanation as text, Chinese ("zh"), English ("en") or both."""
        from shuibei_index.explain.report import report

        return report(self, lang)

    def plot(self, lang: str = "zh", ax: Any = None) -> Any:
        """Draw the change as a waterfall: one step a line, from zero to the published change; returns the axes."""
        from shuibei_index.explain.chart import waterfall

        return waterfall(self, lang, ax)

    def chart(self, lang: str = "zh") -> str:
        """Return the waterfall as SVG, text drawn as outlines of the shipped font."""
        from shuibei_index.explain.chart import waterfall_svg

        return waterfall_svg(self, lang)

    def write_chart(self, path: str | Path, lang: str = "zh") -> Path:
        """Write the waterfall as .svg or .png; returns the path.

        Raises
        ------
        UsageError
            The name ends otherwise.
        """
        from shuibei_index.explain.chart import write_waterfall

        return write_waterfall(self, Path(path), lang)

    def __repr__(self) -> str:
        f = self.facts
        return f"Explanation: {f['class_code']} {f['component']}, {f['month']}, {f['change_pct']:+.4f}%"

    def _repr_html_(self) -> str:
        from shuibei_index.explain.report import page

        return page(self)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): _plain(v) for k, v in row.items()} for row in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return value.isoformat() if isinstance(value, pd.Timestamp) else value
