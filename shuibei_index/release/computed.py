"""The tables of a release that follow from the index series alone: made for a release, and again to verify it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from shuibei_index.adjust.composites.keys import split_key
from shuibei_index.errors import ReleaseError
from shuibei_index.release.optional import OPTIONAL
from shuibei_index.release.policy import Policy
from shuibei_index.release.rates import RATES, with_rates
from shuibei_index.release.schema import TABLES, Table, conform

if TYPE_CHECKING:
    from shuibei_index.disclosure import Protection


def computed_tables(
    series: Any,
    policy: Policy,
    month: str,
    *,
    adjusted: Any = None,
    prosperity: Any = None,
    taxes: Any = None,
    protection: Protection | None = None,
) -> dict[str, pd.DataFrame]:
    """Return what a release publishes of an index series, in full precision.

    Parameters
    ----------
    series : IndexSeries
        Or any object with its frames.
    policy : Policy
    month : str
        Release month; later months are left out.
    adjusted : Adjustment, optional
        Adds rows with adjustment SA and TREND to the indices.
    prosperity : ProsperityIndex, optional
    taxes : WithoutTax, optional
        From `release.taxes.without_tax_of`.
    protection : Protection, optional
        What may not be published is left empty; None = nothing is withheld.

    Returns
    -------
    dict of str to DataFrame
        indices (obs_status as compiled, before `revise.with_status`), contributions, links, quality; components,
        prosperity, without_tax, tax_links where there are data for them.

    Raises
    ------
    ReleaseError
        A frame lacks columns, or an adjusted value has no index beside it.
    """
    links = conform(series.links_frame(), TABLES["links"], "series.links_frame()")
    frames = {"indices": indices_table(series, policy, month, adjusted=adjusted)}
    for name in ("contributions", "quality"):
        source = f"{name}_frame"
        frames[name] = conform(_until(getattr(series, source)(), month), TABLES[name], f"series.{source}()")
    frames["links"] = links[links["link_period"] <= month].reset_index(drop=True)
    more = {
        "components": series.components_frame() if hasattr(series, "components_frame") else None,
        "prosperity": prosperity.to_frame() if prosperity is not None else None,
        "without_tax": taxes.to_frame() if taxes is not None else None,
        "tax_links": taxes.links_frame() if taxes is not None else None,
    }
    for name, frame in more.items():
        if frame is not None and len(rows := _until(frame, month)):
            frames[name] = conform(rows, OPTIONAL[name], name)
    return {name: withheld(name, frame, protection) for name, frame in frames.items()}


def indices_table(series: Any, policy: Policy, month: str, *, adjusted: Any = None) -> pd.DataFrame:
    """Return the table indices of `computed_tables`, before anything is withheld."""
    indices = conform(_until(series.to_frame(), month), TABLES["indices"], "series.to_frame()")
    if adjusted is not None:
        both = pd.concat([indices, _adjusted_rows(adjusted, indices, month)])
        indices = conform(both, TABLES["indices"], "adjusted")
    return with_rates(indices, policy)


def withheld(name: str, frame: pd.DataFrame, protection: Protection | None) -> pd.DataFrame:
    """Return a table of the bundle without what may not be published; None = nothing is withheld.

    Raises
    ------
    UsageError
        Nobody has judged what may be published of such a table: it must not be.
    """
    if protection is None:
        return frame
    shown = protection.apply(name, frame)
    known = TABLES.get(name) or OPTIONAL.get(name)
    # an empty whole number is one of another type
    return shown if known is None else conform(shown, known, name)


def tables_of(frames: Mapping[str, pd.DataFrame], own: Mapping[str, Table] | None = None) -> dict[str, Table]:
    """Return the description of every table of a release: those all have, its `own`, and the optional ones there."""
    return {**TABLES, **(own or {}), **{name: table for name, table in OPTIONAL.items() if name in frames}}


def _until(frame: pd.DataFrame, month: str) -> pd.DataFrame:
    return frame[frame["period"].astype(str) <= month]


def with_keys(frame: pd.DataFrame) -> pd.DataFrame:
    """Put class_code and component in place of the column series ("00", "00:making")."""
    parts = [split_key(str(key)) for key in frame["series"]]
    code, component = ([part[k] for part in parts] for k in (0, 1))
    return frame.drop(columns="series").assign(class_code=code, component=component)


def _adjusted_rows(adjusted: Any, indices: pd.DataFrame, month: str) -> pd.DataFrame:
    # names, level and status of the unadjusted row of the same class, component and month
    frame = with_keys(_until(adjusted.to_frame(), month)).rename(columns={"value": "index"})
    own = ["period", "class_code", "component", "adjustment", "index"]
    plain = indices.drop(columns=["adjustment", "index", *RATES])
    rows = frame[own].merge(plain, on=["period", "class_code", "component"], how="left")
    strange = rows["level"].isna()
    if strange.any():
        raise ReleaseError(
            f"adjusted: {int(strange.sum())} values of series that the indices do not have, "
            f"first {rows.loc[strange, 'class_code'].iloc[0]!r} in {rows.loc[strange, 'period'].iloc[0]}"
        )
    return rows[rows["index"].notna()].assign(**dict.fromkeys(RATES, float("nan")))
