"""Log: every adjustment and replacement of all months, with its effect on the index."""

from __future__ import annotations

import pandas as pd

from shuibei_index.checks import Checks
from shuibei_index.index.compilation.series import IndexSeries
from shuibei_index.index.upkeep.adjustments import adjustments
from shuibei_index.index.upkeep.replacements import replacements

LOG_COLUMNS: tuple[str, ...] = (
    "period", "kind", "class_code", "enterprise_id", "item_id", "n_items", "effect_class_pp", "effect_pp", "text_zh",
    "text_en",
)  # fmt: skip


def upkeep_log(series: IndexSeries, *, checks: Checks | None = None) -> pd.DataFrame:
    """Return the adjustments and replacements of all months, one under the other. For the index team only.

    Parameters
    ----------
    series : IndexSeries
        Made by `compile_index`.
    checks : Checks, optional
        The texts.

    Returns
    -------
    DataFrame
        The common columns of `adjustments` and `replacements`; kind is the method of the one or the status of the
        other. In order of month, adjustments first.

    Raises
    ------
    UsageError
        The series was not made by `compile_index`.
    """
    texts = Checks.load() if checks is None else checks
    frames = []
    for month in series.months:
        content = adjustments(series, month, checks=texts).rename(columns={"method": "kind"})
        ended = replacements(series, month, checks=texts).rename(columns={"status": "kind"}).assign(n_items=1)
        frames += [frame[list(LOG_COLUMNS)] for frame in (content, ended) if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(LOG_COLUMNS))
