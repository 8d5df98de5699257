"""The facts of a bulletin: every number once, as published text, for both languages and every chart."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shuibei_index.errors import ReleaseError
from shuibei_index.release.about import About
from shuibei_index.release.components import Part, parts_of
from shuibei_index.release.policy import Policy
from shuibei_index.release.prosperity import Dimension, dimensions_of
from shuibei_index.release.rates import RATES
from shuibei_index.release.reasons import Mover
from shuibei_index.release.reasons import movers as movers_of
from shuibei_index.release.revise import ADJUSTMENT_REASON, PROVISIONAL_REASON, WITHHELD_REASON
from shuibei_index.release.seasonal import AdjustedPart, adjusted_headline
from shuibei_index.release.tables import as_published, published
from shuibei_index.release.taxes import TaxFacts, tax_facts
from shuibei_index.release.withholding import withheld_of

HEADLINE = "00"
#: Months of the headline of which a bulletin prints the revision.
MOST_REVISIONS = 12


@dataclass(frozen=True)
class Row:
    """One class in the release month. Numbers are texts as published; "" = there is none, or it is `withheld`."""

    code: str
    level: int
    name_zh: str
    name_en: str
    weight: str
    index: str
    mom_pct: str
    yoy_pct: str
    ytd_pct: str
    mom_pp: str
    yoy_pp: str
    status: str
    withheld: frozenset[str] = frozenset()

    def name(self, lang: str) -> str:
        """Name in one language."""
        return self.name_zh if lang == "zh" else self.name_en


@dataclass(frozen=True)
class Movers:
    """How many classes rose, fell, stayed, at published precision; of how many that is withheld."""

    up: int
    down: int
    flat: int
    withheld: int = 0


@dataclass(frozen=True)
class Facts:
    """Everything a bulletin prints."""

    about: About
    headline: Row
    rows: tuple[Row, ...]
    satellites: tuple[Row, ...]
    movers_level: int
    movers: Mapping[str, Movers]
    top: Mapping[str, tuple[Row, ...]]
    adjusted: tuple[AdjustedPart, ...]
    n_adjusted: int
    n_refused: int
    n_not_adjusted: int
    n_fallback: int
    verdict: Mapping[str, str]
    quality: Mapping[str, str]
    revised: Mapping[str, int]
    headline_revisions: pd.DataFrame
    link_period: str
    recent: pd.DataFrame
    history: pd.DataFrame
    shares: pd.DataFrame
    shares_measure: str
    components: tuple[Part, ...] = ()
    prosperity: tuple[Dimension, ...] = ()
    taxes: TaxFacts | None = None
    diagnostics: pd.DataFrame | None = None
    #: By measure (mom, yoy): those that rose most, then those that fell most, each with its reason.
    leaders: Mapping[str, tuple[Mover, ...]] = dataclasses.field(default_factory=dict)


def direction(text: str) -> int:
    """Return the sign of a published number: 0 if it reads 0.0, whatever lies behind it.

    Examples
    --------
    >>> direction("-0.3"), direction("0.0"), direction("8.4")
    (-1, 0, 1)
    """
    return int(np.sign(float(text))) if text else 0


def gather(frames: Mapping[str, pd.DataFrame], about: About) -> Facts:
    """Draw the facts from the tables of a release.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        indices, contributions, links, quality, revisions, and optional tables that are there, in full precision.
    about : About

    Raises
    ------
    ReleaseError
        The headline has no value in the release month.
    """
    policy, month = about.policy, about.period
    indices, contributions = frames["indices"], frames["contributions"]
    total = indices[indices["component"] == "total"]
    plain = total[total["adjustment"] == "NSA"]
    now = plain[plain["period"] == month]
    if not (now["class_code"] == HEADLINE).any():
        raise ReleaseError(f"the indices have no headline ({HEADLINE}) for {month}; nothing can be released")
    rows = _rows(now, plain, contributions, frames["links"], about)
    inside = set(contributions["class_code"]) | {HEADLINE} if len(contributions) else set(now["class_code"])
    main = tuple(r for r in rows if r.code in inside)
    headline = next(r for r in main if r.code == HEADLINE)
    level = min(policy.movers_level, max(r.level for r in main))
    counted = _counted(main, contributions, month, level)
    history = _history(total)
    shares, measure = _shares(contributions, plain, about)
    outcome = frames["adjustment"]["status"].value_counts() if "adjustment" in frames else pd.Series(dtype=int)
    return Facts(
        about=about,
        headline=headline,
        rows=main,
        satellites=tuple(
            dataclasses.replace(r, weight="", withheld=r.withheld - {"weight"}) for r in rows if r.code not in inside
        ),
        movers_level=level,
        movers={m: _movers(counted, m) for m in ("mom_pct", "yoy_pct")},
        top={m: _top(counted, m, policy) for m in ("mom_pp", "yoy_pp")},
        adjusted=adjusted_headline(indices, HEADLINE, month, policy),
        n_adjusted=int(((indices["adjustment"] == "SA") & (indices["period"] == month)).sum()),
        n_refused=int(outcome.get("refused", 0)),
        n_not_adjusted=int(outcome.get("not_adjusted", 0)),
        n_fallback=int(outcome.get("fallback", 0)),
        verdict=_verdict(frames.get("adjustment")),
        quality=_quality(frames["quality"], now, about),
        revised=_revised(frames["revisions"]),
        headline_revisions=_headline_revisions(frames["revisions"], policy),
        link_period=str(frames["links"]["link_period"].max()) if len(frames["links"]) else "",
        recent=_recent(history, policy),
        history=history,
        shares=shares,
        shares_measure=measure,
        components=parts_of(indices, contributions, about),
        prosperity=dimensions_of(frames.get("prosperity"), month, policy),
        taxes=tax_facts(frames, about),
        diagnostics=frames.get("adjustment"),
        leaders={m: movers_of(counted, contributions, month, m, policy) for m in ("yoy", "mom")},
    )


def _rows(
    now: pd.DataFrame, indices: pd.DataFrame, contributions: pd.DataFrame, links: pd.DataFrame, about: About
) -> list[Row]:
    policy, codes = about.policy, now["class_code"]
    at = contributions[(contributions["period"] == about.period) & (contributions["component"] == "total")]
    # a leaf that ends above a level is repeated at that level: its points are the same, so the first will do
    points = _wide(at.drop_duplicates(["class_code", "measure"]), "class_code", "measure")
    year = links[links["year"] == int(about.period[:4])].set_index("class_code")["price_updated_weight"]
    whole = float(year.get(HEADLINE, np.nan))
    text = {
        "weight": published(100.0 * codes.map(year).astype(float) / whole, policy.bulletin_share_decimals),
        "index": published(now["index"], policy.index_decimals),
    }
    for name in RATES:
        text[name] = published(now[name], policy.rate_decimals)
    for name in ("mom", "yoy"):
        values = codes.map(points[name]) if name in points else np.full(len(now), np.nan)
        text[f"{name}_pp"] = published(np.asarray(values, dtype=float), policy.bulletin_contribution_decimals)
    columns = {
        "code": codes,
        "level": now["level"].astype(int),
        "name_zh": now["name_zh"],
        "name_en": now["name_en"],
        **text,
        "status": now["obs_status"],
    }
    frame = pd.DataFrame({k: np.asarray(v) for k, v in columns.items()})
    kept = [str(k) for k in frame.columns]
    hidden = withheld_of(now, indices, contributions, links, about)
    return [
        Row(**dict(zip(kept, values, strict=True)), withheld=hidden[str(values[0])])
        for values in zip(*(frame[c] for c in frame.columns), strict=True)
    ]


def _wide(points: pd.DataFrame, index: str, columns: str) -> pd.DataFrame:
    return points.set_index([index, columns])["points_pp"].unstack(columns)  # noqa: PD010 - keys are unique, nothing to sum


def _counted(rows: tuple[Row, ...], contributions: pd.DataFrame, month: str, level: int) -> list[Row]:
    # the classes that make up the headline at a level include leaves that end above it, as the contributions list them
    listed = contributions[(contributions["period"] == month) & (contributions["level"] == level)]
    codes = set(listed["class_code"]) or {r.code for r in rows if r.level == level}
    return [r for r in rows if r.code in codes and r.code != HEADLINE]


def _movers(rows: list[Row], measure: str) -> Movers:
    signs = [direction(getattr(r, measure)) for r in rows if getattr(r, measure)]
    return Movers(signs.count(1), signs.count(-1), signs.count(0), sum(measure in r.withheld for r in rows))


def _top(rows: list[Row], measure: str, policy: Policy) -> tuple[Row, ...]:
    moved = [r for r in rows if direction(getattr(r, measure))]
    moved.sort(key=lambda r: (-abs(float(getattr(r, measure))), r.code))
    return tuple(moved[: policy.top_contributors])


def _verdict(diagnostics: pd.DataFrame | None) -> dict[str, str]:
    # what the tests say about the headline's seasonality; empty where the engine gives no verdict
    names = ["verdict", "verdict_zh", "verdict_en"]
    if diagnostics is None or not set(names) <= set(diagnostics.columns):
        return {}
    of = diagnostics[diagnostics["class_code"] == HEADLINE]
    # releases made before prices were split into components say nothing of them
    of = of[of["component"] == "total"] if "component" in of else of
    row = of[names]
    words = row.iloc[0].tolist() if len(row) else ["", "", ""]
    if len(row) and of["status"].iloc[0] == "not_adjusted":
        words = ["not_adjusted", of["reason_zh"].iloc[0], of["reason_en"].iloc[0]]
    return {"code": str(words[0]), "zh": str(words[1]), "en": str(words[2])} if words[0] else {}


def _quality(quality: pd.DataFrame, now: pd.DataFrame, about: About) -> dict[str, str]:
    facts = {"n_classes": str(len(now)), "n_imputed": str(int((now["obs_status"] == "I").sum()))}
    row = quality[(quality["period"] == about.period) & (quality["class_code"] == HEADLINE)]
    if row.empty:
        return facts
    places = about.policy.bulletin_share_decimals
    for name in ("n_enterprises", "n_items"):
        count = row[name].iloc[0]
        facts[name] = "" if pd.isna(count) else str(int(count))
    for name in ("response_rate_count", "response_rate_value", "imputed_share"):
        facts[name] = as_published(100.0 * float(row[name].iloc[0]), places)
    for name in ("low_95", "high_95"):
        facts[name] = as_published(float(row[name].iloc[0]), about.policy.index_decimals)
    return facts


def _revised(revisions: pd.DataFrame) -> dict[str, int]:
    reason = revisions["reason"]
    named = {"provisional": PROVISIONAL_REASON, "adjusted": ADJUSTMENT_REASON, "withheld": WITHHELD_REASON}
    count = {name: int((reason == words).sum()) for name, words in named.items()}
    return {**count, "final": len(revisions) - sum(count.values())}


def _headline_revisions(revisions: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    keys = {"class_code": HEADLINE, "adjustment": "NSA", "component": "total"}
    chosen = np.logical_and.reduce([revisions[name].eq(value) for name, value in keys.items()])
    rows = revisions[chosen].sort_values("period", ascending=False)
    texts = {n: published(rows[n], policy.index_decimals) for n in ("previous", "current", "revision")}
    return rows[["period", "reason"]].assign(**texts).reset_index(drop=True)


def _history(total: pd.DataFrame) -> pd.DataFrame:
    headline = total[total["class_code"] == HEADLINE].set_index("period")[["adjustment", "index", *RATES]]
    parts = [
        rows.drop(columns="adjustment").add_suffix(f":{adjustment}")
        for adjustment, rows in headline.groupby("adjustment", sort=True)
    ]
    return pd.concat(parts, axis="columns").sort_index()


def _recent(history: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    last = history.tail(13).iloc[::-1]
    columns = {"period": last.index.to_numpy()}
    for name in ("index:NSA", "mom_pct:NSA", "yoy_pct:NSA", "ytd_pct:NSA", "index:SA", "mom_pct:SA"):
        if name in last:
            places = policy.index_decimals if name.startswith("index") else policy.rate_decimals
            columns[name] = published(last[name], places)
    return pd.DataFrame(columns)


def _shares(contributions: pd.DataFrame, plain: pd.DataFrame, about: About) -> tuple[pd.DataFrame, str]:
    # year-on-year if there is any; a series younger than thirteen months shows what there is
    top = contributions[(contributions["level"] == 1) & (contributions["component"] == "total")]
    measure = "yoy" if (top["measure"] == "yoy").any() else "mom"
    wide = _wide(top[top["measure"] == measure], "period", "class_code")
    wide = wide.sort_index().tail(about.policy.contribution_chart_months)
    rate = plain[plain["class_code"] == HEADLINE].set_index("period")[f"{measure}_pct"]
    return wide.assign(**{HEADLINE: rate.reindex(wide.index)}), measure
