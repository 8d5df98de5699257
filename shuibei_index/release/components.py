"""Components in the bulletin: what of the change is metal, making charge and stone, as published text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from shuibei_index.component_names import COMPONENT_NAMES
from shuibei_index.release.labels import LABELS
from shuibei_index.release.policy import Policy
from shuibei_index.release.schema import LINKS, empty
from shuibei_index.release.tables import as_published, published
from shuibei_index.release.withholding import cell, note, withheld_of

if TYPE_CHECKING:
    from shuibei_index.release.about import About
    from shuibei_index.release.facts import Facts

#: The components a bulletin may show of a class, in their order.
NAMES: Mapping[str, tuple[str, str]] = {name: words.pair for name, words in COMPONENT_NAMES.items() if name != "total"}
MEASURES = ("index", "mom_pct", "yoy_pct", "mom_pp", "yoy_pp")
_HEADS = ("index_col", "mom_col", "yoy_col", "mom_pp", "yoy_pp")


@dataclass(frozen=True)
class Part:
    """One component of one class in the release month. Numbers are texts as published; "" = none, or `withheld`."""

    code: str
    component: str
    name_zh: str
    name_en: str
    index: str
    mom_pct: str
    yoy_pct: str
    mom_pp: str
    yoy_pp: str
    withheld: frozenset[str] = frozenset()


def parts_of(indices: pd.DataFrame, contributions: pd.DataFrame, about: About) -> tuple[Part, ...]:
    """Return the components of the headline and of the classes of level 1, largest class code last.

    Parameters
    ----------
    indices, contributions : DataFrame
        As released.
    about : About
    """
    period, policy = about.period, about.policy
    plain = indices[(indices["period"] == period) & (indices["adjustment"] == "NSA") & (indices["level"] <= 1)]
    names = plain[plain["component"] == "total"].set_index("class_code")[["name_zh", "name_en"]]
    keys = ["class_code", "component"]
    own = plain[plain["component"] != "total"].set_index(keys)[["index", "mom_pct", "yoy_pct"]]
    added = contributions[
        (contributions["period"] == period)
        & contributions["component"].isin(NAMES)
        & contributions["class_code"].isin(names.index)
    ].drop_duplicates([*keys, "measure"])
    if not len(own) and not len(added):
        return ()
    points = pd.DataFrame(
        {f"{name}_pp": added[added["measure"] == name].set_index(keys)["points_pp"] for name in ("mom", "yoy")}
    )
    frame = own.join(points, how="outer").reindex(columns=list(MEASURES)).reset_index()
    frame["order"] = frame["component"].map(list(NAMES).index)
    frame = frame.sort_values(["class_code", "order"], kind="stable")
    places = {
        "index": policy.index_decimals,
        "mom_pct": policy.rate_decimals,
        "yoy_pct": policy.rate_decimals,
        "mom_pp": policy.bulletin_contribution_decimals,
        "yoy_pp": policy.bulletin_contribution_decimals,
    }
    texts = pd.DataFrame({name: published(frame[name], places[name]) for name in MEASURES}, index=frame.index)
    zh, en = (frame["class_code"].map(names[column]) for column in ("name_zh", "name_en"))
    rows = pd.concat([frame[keys], zh.rename("name_zh"), en.rename("name_en"), texts], axis="columns")
    # what reads as nothing of what could not be split is no row
    rows = rows[(rows["component"] != "unsplit") | (rows[["mom_pp", "yoy_pp"]] != _zero(policy)).any(axis=1)]
    every = indices[(indices["adjustment"] == "NSA") & (indices["level"] <= 1)]
    hidden = {}
    for name in rows["component"].unique():
        series = every[every["component"] == name]
        now = series[series["period"] == period]
        hidden[name] = withheld_of(now, series, contributions, empty(LINKS), about, name)
    columns = [rows[name].astype(str) for name in rows.columns]
    sets = [hidden[part][code] for code, part in zip(rows["class_code"], rows["component"], strict=True)]
    return tuple(Part(*values) for values in zip(*columns, sets, strict=True))


def _zero(policy: Policy) -> str:
    return as_published(0.0, policy.bulletin_contribution_decimals)


def section(facts: Facts, lang: str) -> str:
    """Return the table of the components as HTML; "" where there are none."""
    if not facts.components:
        return ""
    words = LABELS[lang]
    shown = [
        (m, h)
        for m, h in zip(MEASURES, _HEADS, strict=True)
        if any(getattr(p, m) or m in p.withheld for p in facts.components)
    ]
    head = "".join(f'<th scope="col">{words[h].replace("（", "<wbr>（")}</th>' for _, h in shown)
    body, last = [], ""
    for part in facts.components:
        if part.code != last:
            name = part.name_zh if lang == "zh" else part.name_en
            label = f'{escape(name)}<span class="code">{escape(part.code)}</span>'
            body.append(f'<tr class="l1"><th scope="rowgroup" colspan="{1 + len(shown)}">{label}</th></tr>')
            last = part.code
        cells = "".join(
            f'<td data-class="{escape(part.code)}" data-component="{part.component}" data-measure="{m}">'
            f"{cell(getattr(part, m), m, part.withheld, lang, words['none'])}</td>"
            for m, _ in shown
        )
        zh, en = NAMES[part.component]
        body.append(f'<tr class="l2"><th scope="row">{zh if lang == "zh" else en.capitalize()}</th>{cells}</tr>')
    caption = words["components_caption"]
    table = (
        f'<caption>{escape(caption)}</caption><thead><tr><th scope="col">{words["component"]}</th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody>"
    )
    told = note(lang) if any(m in p.withheld for p in facts.components for m, _ in shown) else ""
    return f'<div class="scroll" tabindex="0"><table>{table}</table></div>{told}'
