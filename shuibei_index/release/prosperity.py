"""Prosperity in the bulletin: the side index of family C, its dimensions and their changes, as published text."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shuibei_index.release.labels import LABELS
from shuibei_index.release.policy import Policy
from shuibei_index.release.tables import published

if TYPE_CHECKING:
    from shuibei_index.release.facts import Facts

#: Short names for the table and long ones for the sentence, the total first.
NAMES = {
    "total": ("景气指数", "Prosperity index", "景气指数", "prosperity index"),
    "scale": ("规模", "Scale", "规模指数", "index of scale"),
    "efficiency": ("效益", "Efficiency", "效益指数", "index of efficiency"),
    "confidence": ("信心", "Confidence", "信心指数", "index of confidence"),
}
#: What the index is in its base period.
BASE = "1000"
_HEADS = {"index": "index_col", "mom_pct": "mom_col", "yoy_pct": "yoy_col", "n_enterprises": "n_enterprises"}


@dataclass(frozen=True)
class Dimension:
    """The total or one dimension in the release month. Numbers are texts as published; "" = none, or withheld."""

    component: str
    index: str
    mom_pct: str
    yoy_pct: str
    n_enterprises: str

    @property
    def long_zh(self) -> str:
        """Chinese name in a sentence."""
        return NAMES[self.component][2]

    @property
    def long_en(self) -> str:
        """English name in a sentence."""
        return NAMES[self.component][3]


def dimensions_of(table: pd.DataFrame | None, period: str, policy: Policy) -> tuple[Dimension, ...]:
    """Return the prosperity index of a month, the total first; nothing where there is no family.

    Parameters
    ----------
    table : DataFrame or None
        prosperity as released.
    period : str
    policy : Policy
    """
    if table is None:
        return ()
    rows = table[table["period"].astype(str) == period]
    rows = rows.assign(order=rows["component"].map(list(NAMES).index)).sort_values("order", kind="stable")
    firms = rows["n_enterprises"]
    columns = (
        rows["component"].astype(str),
        published(rows["index"], policy.index_decimals),
        published(rows["mom_pct"], policy.rate_decimals),
        published(rows["yoy_pct"], policy.rate_decimals),
        np.where(firms.isna(), "", firms.astype("Int64").astype(str)),
    )
    return tuple(Dimension(*map(str, values)) for values in zip(*columns, strict=True))


def section(facts: Facts, lang: str) -> str:
    """Return the table of the prosperity index as HTML; "" where there is none."""
    if not facts.prosperity:
        return ""
    words = LABELS[lang]
    shown = [(m, h) for m, h in _HEADS.items() if any(getattr(d, m) for d in facts.prosperity)]
    head = "".join(f'<th scope="col">{words[h].replace("（", "<wbr>（")}</th>' for _, h in shown)
    body = []
    for one in facts.prosperity:
        cells = "".join(f"<td>{getattr(one, m) or words['none']}</td>" for m, _ in shown)
        name = NAMES[one.component][lang == "en"]
        body.append(f'<tr class="l{0 if one.component == "total" else 2}"><th scope="row">{name}</th>{cells}</tr>')
    table = (
        f"<caption>{escape(words['prosperity_caption'].format(base=BASE))}</caption>"
        f'<thead><tr><th scope="col">{words["dimension"]}</th>{head}</tr></thead><tbody>{"".join(body)}</tbody>'
    )
    return f'<div class="scroll" tabindex="0"><table>{table}</table></div>'
