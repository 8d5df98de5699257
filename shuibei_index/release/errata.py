"""Errata: what a release corrects in an earlier one, for its manifest."""

from __future__ import annotations

import pandas as pd


def errata_of(revisions: pd.DataFrame, reason: str, corrects: str) -> tuple[dict[str, object], ...]:
    """Return the erratum a release carries: which release it corrects, why, and how many values changed for it.

    Parameters
    ----------
    revisions : DataFrame
        The table of the release: period, class_code, reason.
    reason : str
        As stated for the release, "中文 / English" or one text for both; "" = no erratum.
    corrects : str
        Name of the release before.
    """
    rows = revisions[revisions["reason"] == reason]
    if not reason or not len(rows):
        return ()
    zh, mark, en = reason.partition(" / ")
    said = {"zh": zh, "en": en if mark else zh}
    periods, codes = sorted(set(rows["period"])), sorted(set(rows["class_code"]))
    changed = {"values": len(rows), "from": periods[0], "to": periods[-1], "classes": codes}
    return ({"corrects": corrects, "reason": said, "changed": changed},)
