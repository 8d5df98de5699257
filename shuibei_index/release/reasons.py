"""Reasons in the bulletin: which classes moved most, and which component and which class below did most of it.

What `explain` says to the public of a class's effect on the headline, drawn from the released contributions alone, so
that whoever has the bundle can check it. Nothing leans on a withheld cell: where one of the numbers compared is
confidential there is no reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shuibei_index.component_names import COMPONENT_NAMES
from shuibei_index.release.tables import as_published

if TYPE_CHECKING:
    from shuibei_index.release.facts import Row
    from shuibei_index.release.policy import Policy

#: The components that can be a reason; what could not be split is none.
COMPONENTS = ("metal", "making", "stone")
_ADDS_UP = 1e-6


@dataclass(frozen=True)
class Mover:
    """A class that moved, and why. `part` and `below` are empty where nothing may or can be said.

    Parameters
    ----------
    row : Row
    measure : str
        "mom" or "yoy".
    part, part_pp : str
        The component (metal, making, stone) that did most of it, and its effect on the headline as published.
    below, below_pp : str
        The class of the next level that did most of it, and its effect.
    confidential : bool
        Whether a number compared for the component is withheld.
    """

    row: Row
    measure: str
    part: str = ""
    part_pp: str = ""
    below: str = ""
    below_pp: str = ""
    confidential: bool = False

    @property
    def rate(self) -> str:
        """Rate of change as published."""
        return str(getattr(self.row, f"{self.measure}_pct"))

    @property
    def points(self) -> str:
        """Effect on the headline as published."""
        return str(getattr(self.row, f"{self.measure}_pp"))

    @property
    def part_names(self) -> tuple[str, str]:
        """Chinese and English name of the component."""
        return COMPONENT_NAMES[self.part].pair


def movers(rows: list[Row], contributions: pd.DataFrame, month: str, measure: str, policy: Policy) -> tuple[Mover, ...]:
    """Return the classes that rose most, then those that fell most, by their published rate.

    Parameters
    ----------
    rows : list of Row
        The classes counted as risers and fallers.
    contributions : DataFrame
        As released.
    month, measure : str
    policy : Policy
        `top_contributors` of each direction.
    """
    name = f"{measure}_pct"
    known = [r for r in rows if getattr(r, name)]
    rate = {r.code: float(getattr(r, name)) for r in known}
    up = sorted((r for r in known if rate[r.code] > 0), key=lambda r: (-rate[r.code], r.code))
    down = sorted((r for r in known if rate[r.code] < 0), key=lambda r: (rate[r.code], r.code))
    now = contributions[(contributions["period"] == month) & (contributions["measure"] == measure)]
    chosen = (*up[: policy.top_contributors], *down[: policy.top_contributors])
    return tuple(_reason(row, rate[row.code], now, measure, policy) for row in chosen)


def _reason(row: Row, rate: float, now: pd.DataFrame, measure: str, policy: Policy) -> Mover:
    places = policy.bulletin_contribution_decimals
    of = now[now["class_code"] == row.code].drop_duplicates("component").set_index("component")
    parts = of[of.index.isin(COMPONENTS)]
    hidden = bool(_hidden(parts).any())
    part, part_pp = ("", "") if hidden else _largest(parts["points_pp"], rate, places)
    children = now[
        (now["level"] == row.level + 1)
        & (now["component"] == "total")
        & now["class_code"].str.startswith(row.code)
        & (now["class_code"] != row.code)
    ].set_index("class_code")
    below, below_pp = "", ""
    # that these are the classes below, all of them, is known by their adding up
    whole = float(of["points_pp"].get("total", np.nan))
    if not _hidden(children).any() and abs(float(children["points_pp"].sum()) - whole) < _ADDS_UP:
        below, below_pp = _largest(children["points_pp"], rate, places)
    return Mover(row, measure, part, part_pp, below, below_pp, hidden)


def _hidden(rows: pd.DataFrame) -> pd.Series:
    # a release from before there was disclosure control withholds nothing here
    return rows["obs_conf"].eq("C") if "obs_conf" in rows else pd.Series(False, index=rows.index)


def _largest(points: pd.Series, rate: float, places: int) -> tuple[str, str]:
    """Return the name and the published points of the largest effect in the direction of the rate; "" = none."""
    along = (points * np.sign(rate)).dropna()
    if not len(along) or not (along > 0).any():
        return "", ""
    name = along.sort_index().idxmax()
    text = as_published(float(points[name]), places)
    return (str(name), text) if float(text) else ("", "")
