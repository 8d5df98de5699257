"""Errata: what a release corrects in an earlier one, for its manifest."""

from __future__ import annotations

import pandas as pd

from shuibei_index.release.revise import PROVISIONAL_REASON


def errata_of(revisions: pd.DataFrame, reason: str, corrects: str, month: str) -> tuple[dict[str, object], ...]:
    """Return the erratum a release carries: which release it corrects, why, and how many values changed for it.

    A release of the same month is made for the sake of its reason alone: its provisional values changed for it, too.
    With the release of a later month provisional values are replaced anyway.

    Parameters
    ----------
    revisions : DataFrame
        The table of the release: period, class_code, reason.
    reason : str
        As stated for the release, "中文 / English" or one text for both; "" = no erratum.
    corrects : str
        Name of the release before.
    month : str
        Reference month of the release itself.
    """
    for_it = revisions["reason"].eq(reason)
    if corrects[:7] == month:
        for_it |= revisions["reason"].eq(PROVISIONAL_REASON)
    rows = revisions[for_it]
    if not reason or not len(rows):
        return ()
    zh, mark, en = reason.partition(" / ")
    said = {"zh": zh, "en": en if mark else zh}
    periods, codes = sorted(set(rows["period"])), sorted(set(rows["class_code"]))
    changed = {"values": len(rows), "from": periods[0], "to": periods[-1], "classes": codes}
    return ({"corrects": corrects, "reason": said, "changed": changed},)
