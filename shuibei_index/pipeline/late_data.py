"""Late data: which released months have other records now, and whether they may change without an announcement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pyarrow as pa

from shuibei_index.errors import GateError
from shuibei_index.intake.schema import KEY_COLUMNS, PROVENANCE
from shuibei_index.release.revise import revision_policy

if TYPE_CHECKING:
    import pandas as pd

    from shuibei_index.rules import Rules

#: What tells where a record stands in a file, not what it says.
_PLACE = {*PROVENANCE.names, "line_no"}


def changed_months(then: Mapping[str, str], now: Mapping[str, str], released: str) -> list[str]:
    """Return the months up to the last released one whose accepted records are others than a release was made of.

    Parameters
    ----------
    then, now : mapping of str to str
        Month → object of its accepted records.
    released : str
        Month of the release.
    """
    return [m for m in sorted({*then, *now}) if m <= released and then.get(m) != now.get(m)]


def require_announced(then: Mapping[str, str], now: Mapping[str, str], released: str, rules: Rules) -> None:
    """Stop if records of months that were final for late data changed since the release before, and nobody says so.

    Parameters
    ----------
    then, now, released
        As `changed_months`, of the release before.
    rules : Rules
        The window is the one in force in the month of that release.

    Raises
    ------
    GateError
        Names the months and what to do.
    """
    oldest = revision_policy(rules.at(released)).oldest_open(released)
    closed = [m for m in changed_months(then, now, released) if m < oldest]
    if closed:
        listed = ", ".join(closed[:5]) + (" …" if len(closed) > 5 else "")
        raise GateError(
            f"records of {len(closed)} months changed that late data may no longer revise ({listed}; open since "
            f"{oldest}, rule late_data_months). Look at 'shuibei-index revise --month {closed[0]}', then announce the "
            "erratum: revise --accept --reason, or release --revision REASON",
            zh=f"{len(closed)} 个月的记录有变，但已超出迟报修订窗口"
            f"（{listed}；窗口自 {oldest} 起，规则 late_data_months）。"
            f"请先查看 shuibei-index revise --month {closed[0]}，"
            "再以 revise --accept --reason 或 release --revision 公告勘误",
        )


def changed_records(then: pa.Table | None, now: pa.Table | None) -> pd.DataFrame:
    """Return the accepted records of a month that were added, replaced or withdrawn.

    Returns
    -------
    DataFrame
        change (added, replaced, withdrawn), and of the record as it is now (as it was, if withdrawn) enterprise_id,
        period, line_no, item_id, class_code, amount_fen and the others there are. Records that stand on another line or
        in another file, but say the same, are no change. Firm level.
    """
    import pandas as pd

    before, after = (_records(table) for table in (then, now))
    names = [name for name in after.columns if name in before.columns] or list(after.columns)
    if before.empty or after.empty:
        whole = after.assign(change="added") if before.empty else before.assign(change="withdrawn")
        return whole[["change", *(c for c in whole.columns if c != "change")]].reset_index(drop=True)
    said = [name for name in names if name not in _PLACE]
    # the same record may stand in a file several times: the first of one is the first of the other
    for frame in (before, after):
        frame["copy"] = frame.groupby(said, dropna=False, sort=False).cumcount()
    both = before[[*said, "copy"]].merge(after[[*said, "copy"]], on=[*said, "copy"], how="outer", indicator="side")
    gone, new = (
        frame.merge(both.loc[both["side"].eq(side), [*said, "copy"]], on=[*said, "copy"])[names]
        for frame, side in ((before, "left_only"), (after, "right_only"))
    )
    keys = list(KEY_COLUMNS)
    here, there = (pd.MultiIndex.from_frame(frame[keys]) for frame in (new, gone))
    new = new.assign(change=pd.Series(here.isin(there)).map({True: "replaced", False: "added"}).to_numpy())
    gone = gone[~there.isin(here)].assign(change="withdrawn")
    whole = pd.concat([new, gone]) if len(gone) else new
    return whole[["change", *names]].sort_values([*keys, "change"], kind="stable").reset_index(drop=True)


def _records(table: pa.Table | None) -> pd.DataFrame:
    import pandas as pd

    if table is None:
        return pd.DataFrame()
    frame: pd.DataFrame = table.to_pandas()
    words = frame.columns[[isinstance(kind, pd.CategoricalDtype) for kind in frame.dtypes]]
    # categories of two months need not be the same
    frame = frame.astype(dict.fromkeys(words, object))
    lists = frame.columns[[pd.api.types.is_object_dtype(kind) for kind in frame.dtypes]]
    return frame.assign(**{c: frame[c].map(lambda v: v if v is None or isinstance(v, str) else str(v)) for c in lists})
