"""Withholding in the bulletin: which figures of a class are empty as confidential, and the mark they get."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from shuibei_index import months as month_names

if TYPE_CHECKING:
    from shuibei_index.release.about import About

#: What stands in place of a figure that is withheld, and what a note says of it.
MARK = {"zh": "保密", "en": "c"}
NOTE = {
    "zh": "统计保密：该数值或与之比较的数值可能泄露个别企业的资料，不予公布，但仍参与汇总",
    "en": "confidential: the figure, or one it is compared with, could tell of single enterprises; it is withheld and "
    "still counts in the totals",
}


def shown(text: str, measure: str, withheld: frozenset[str], lang: str, none: str) -> str:
    """Return a published figure, the mark where it is withheld, `none` where there is none.

    Examples
    --------
    >>> shown("1.2", "index", frozenset(), "zh", "–"), shown("", "index", frozenset({"index"}), "zh", "–")
    ('1.2', '保密')
    """
    return text or (MARK[lang] if measure in withheld else none)


def note(lang: str) -> str:
    """Return the note under a table with withheld figures, as HTML."""
    return f'<p class="note"><abbr>{MARK[lang]}</abbr> {NOTE[lang]}</p>'


def withheld_series(number: int, lang: str) -> str:
    """Return the note that so many series are not told of, as HTML."""
    if lang == "zh":
        return f'<p class="note">另有{number}个序列的诊断因统计保密不予公布。</p>'
    return f'<p class="note">The diagnostics of {number} more series are confidential.</p>'


def cell(text: str, measure: str, withheld: frozenset[str], lang: str, none: str) -> str:
    """Return the content of a table's cell as HTML."""
    content = shown(text, measure, withheld, lang, none)
    return f'<abbr title="{NOTE[lang]}">{content}</abbr>' if not text and measure in withheld else content


def withheld_of(
    now: pd.DataFrame,
    indices: pd.DataFrame,
    contributions: pd.DataFrame,
    links: pd.DataFrame,
    about: About,
    component: str = "total",
) -> Mapping[str, frozenset[str]]:
    """Return the measures of each class that are withheld in the release month.

    Parameters
    ----------
    now, indices : DataFrame
        Rows of one component, unadjusted: of the release month, of all months.
    contributions, links : DataFrame
        As released.
    about : About
    component : str
        Of the contributions.

    Returns
    -------
    mapping of str to frozenset
        Class code → of weight, index, mom_pct, yoy_pct, ytd_pct, mom_pp, yoy_pp; empty for any other class.
    """
    period, year = about.period, int(about.period[:4])
    found: dict[str, set[str]] = defaultdict(set)
    hidden = indices[indices["obs_conf"] == "C"]
    so_far = [f"{y}-{n:02d}" for y in (year, year - 1) for n in range(1, int(period[5:]) + 1)]
    compared = {
        "index": [period],
        "mom_pct": [period, month_names.shift(period, -1)],
        "yoy_pct": [period, month_names.shift(period, -12)],
        "ytd_pct": so_far,
    }
    for measure, months in compared.items():
        codes = set(hidden.loc[hidden["period"].isin(months), "class_code"].astype(str))
        # what there never was is not withheld
        empty = set(now.loc[now[measure].isna(), "class_code"].astype(str))
        _add(found, codes & empty, measure)
    if "obs_conf" in contributions:
        points = contributions[(contributions["period"] == period) & (contributions["component"] == component)]
        points = points[points["obs_conf"] == "C"]
        for measure in ("mom", "yoy"):
            _add(found, set(points.loc[points["measure"] == measure, "class_code"].astype(str)), f"{measure}_pp")
    if "obs_conf" in links and component == "total":
        of_year = links[(links["year"] == year) & (links["obs_conf"] == "C") & links["price_updated_weight"].isna()]
        _add(found, set(of_year["class_code"].astype(str)), "weight")
    return defaultdict(frozenset, {code: frozenset(names) for code, names in found.items()})


def _add(found: dict[str, set[str]], codes: set[str], measure: str) -> None:
    for code in codes:
        found[code].add(measure)
