"""The fact table: every number of both bulletins once, with its unit and its words, shipped as facts.json."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from shuibei_index.component_names import COMPONENT_NAMES
from shuibei_index.release.about import About, worded
from shuibei_index.release.contact import contact_words
from shuibei_index.release.embargo import stamp
from shuibei_index.release.facts import MOST_REVISIONS, Facts, Row
from shuibei_index.release.labels import INTERVAL, ROUNDING
from shuibei_index.release.prosperity import BASE, NAMES
from shuibei_index.release.seasonal import engine_name, policies_of
from shuibei_index.release.tables import as_published
from shuibei_index.release.withholding import MARK
from shuibei_index.release.words import MONTHS_EN, base_words, date_words, month_words, moved

FACTS = "facts.json"
POINTS, PERCENT, PP, COUNT, NUMBER, MONTH, DAY, TEXT = (
    "points", "percent", "percentage points", "count", "number", "month", "day", "text",
)  # fmt: skip
#: Units of text: what stands in a page as these words, digits and all.
WORDS = (MONTH, DAY, TEXT)
UNITS = (POINTS, PERCENT, PP, COUNT, NUMBER, *WORDS)
_UNITS = {"index": POINTS, "weight": PERCENT, "mom_pp": PP, "yoy_pp": PP}
_MEASURES = ("weight", "index", "mom_pct", "yoy_pct", "ytd_pct", "mom_pp", "yoy_pp")


class Fact(NamedTuple):
    """One fact: `value` as published ("" = none, or withheld), and its words in both languages."""

    id: str
    value: str
    unit: str
    zh: str
    en: str


def fact_table(facts: Facts) -> tuple[Fact, ...]:
    """Return every fact of the bulletins, each id once.

    Parameters
    ----------
    facts : Facts
        As gathered from the tables of a release.
    """
    found = [*_about(facts), *_classes(facts), *_movements(facts), *_quality(facts), *_history(facts)]
    found += [*_adjustment(facts), *_sides(facts)]
    return tuple({fact.id: fact for fact in found}.values())


def facts_json(table: tuple[Fact, ...], about: About) -> bytes:
    """Return the table as JSON, one fact a line."""
    marks = {k: getattr(about, k) for k in ("release", "period", "vintage", "base_period", "status")}
    head = json.dumps(marks, ensure_ascii=False)[:-1]
    lines = ",\n".join(json.dumps(fact._asdict(), ensure_ascii=False) for fact in table)
    return f'{head}, "facts": [\n{lines}\n]}}\n'.encode()


def read_facts(content: bytes) -> tuple[Fact, ...]:
    """Read the table back.

    Raises
    ------
    ValueError
        It is no such table.
    """
    try:
        return tuple(Fact(**entry) for entry in json.loads(content)["facts"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"facts.json is no table of facts ({type(error).__name__}: {error})") from error


def differing(table: tuple[Fact, ...], facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield which facts of a table the tables of its release do not give, in Chinese and English.

    Values and units are compared; of texts, which a later version may put otherwise, only that they are there.
    """
    known = {fact.id: fact for fact in fact_table(facts)}
    stated = {fact.id: fact for fact in table}
    for name in sorted(known.keys() | stated.keys()):
        said, due = stated.get(name), known.get(name)
        if said is None or due is None:
            # a version that tells more, or less, in words
            if (said or due or Fact("", "", "", "", "")).value:
                zh, en = (
                    ("缺少", "is missing") if said is None else ("数据表没有此项", "does not follow from the tables")
                )
                yield f"{name}：{zh}。", f"{name} {en}."
        elif (said.value, said.unit) != (due.value, due.unit):
            yield (
                f"{name} 为 {said.value or '–'}，数据表为 {due.value or '–'}。",
                f"{name} reads {said.value or '–'}, the tables say {due.value or '–'}.",
            )


def number(name: str, value: str, unit: str, withheld: bool = False) -> Fact:
    """Return a number with its words: a rate as rose or fell, anything else with its unit."""
    if not value:
        hidden = MARK if withheld else {"zh": "", "en": ""}
        return Fact(name, "", unit, hidden["zh"], hidden["en"])
    if unit == PERCENT and "_pct" in name:
        return Fact(name, value, unit, moved(value, "zh"), moved(value, "en"))
    zh = {POINTS: "点", PERCENT: "%", PP: "个百分点", COUNT: "个"}.get(unit, "")
    en = {POINTS: " points", PERCENT: "%", PP: " percentage points"}.get(unit, "")
    return Fact(name, value, unit, value + zh, value + en)


def _text(name: str, zh: str, en: str = "") -> Fact:
    return Fact(name, "", TEXT, zh, en or zh)


def _month(name: str, month: str) -> Fact:
    return Fact(name, month, MONTH, month_words(month, "zh"), month_words(month, "en"))


def _day(name: str, date: str) -> Fact:
    return Fact(name, date, DAY, date_words(date, "zh"), date_words(date, "en"))


def _about(facts: Facts) -> Iterator[Fact]:
    about, policy = facts.about, facts.about.policy
    yield _text("release.name", about.release)
    yield _text("release.title", about.name("zh"), about.name("en"))
    yield _month("release.period", about.period)
    count = int(about.period[5:])
    yield Fact("release.span", str(count), MONTH, f"1—{count}月", f"January to {MONTHS_EN[count - 1]}")
    yield _day("release.released_on", about.released_on)
    yield _day("release.next_release", about.next_release)
    yield _text("release.base", base_words(about.base_period, "zh"), base_words(about.base_period, "en"))
    if facts.link_period:
        yield _month("release.link_period", facts.link_period)
    if about.embargo_until:
        yield _text("release.embargo", stamp(about.embargo_until, "zh"), stamp(about.embargo_until, "en"))
    if about.reason:
        yield _text("release.reason", worded(about.reason, "zh"), worded(about.reason, "en"))
    yield _text("release.package_version", about.package_version)
    yield _text("release.rules_digest", about.digests.get("rules", "")[:12])
    for k, note in enumerate(about.notes, 1):
        yield _text(f"note.{k}", note["zh"], note["en"])
    for k, entry in enumerate(contact_words(about, "zh"), 1):
        yield _text(f"contact.{k}", entry[1], contact_words(about, "en")[k - 1][1])
    for one in about.next_dates:
        yield _month(f"calendar.{one['period']}.period", one["period"])
        yield _day(f"calendar.{one['period']}.date", one["date"])
    for k, erratum in enumerate(about.errata, 1):
        changed = erratum["changed"]
        yield _text(f"erratum.{k}.corrects", str(erratum["corrects"]))
        yield _text(f"erratum.{k}.reason", erratum["reason"]["zh"], erratum["reason"]["en"])
        yield number(f"erratum.{k}.values", str(changed["values"]), COUNT)
        yield number(f"erratum.{k}.classes", str(len(changed["classes"])), COUNT)
        for end in ("from", "to"):
            yield _month(f"erratum.{k}.{end}", changed[end])
    yield _text("method.rounding_standard", ROUNDING)
    yield number("method.provisional_months", str(policy.provisional_months), COUNT)
    yield Fact("method.unchanged", zero := as_published(0.0, policy.rate_decimals), PERCENT, f"{zero}%", f"{zero}%")
    yield number("quality.interval_level", INTERVAL, PERCENT)


def _classes(facts: Facts) -> Iterator[Fact]:
    for row in (*facts.rows, *facts.satellites):
        yield _text(f"class.{row.code}.code", row.code)
        yield _text(f"class.{row.code}.name", row.name_zh, row.name_en)
        for measure in _MEASURES:
            yield _cell(row, measure)
    for part in facts.components:
        for measure in ("index", "mom_pct", "yoy_pct", "mom_pp", "yoy_pp"):
            name = f"class.{part.code}.{part.component}.{measure}"
            value, unit = getattr(part, measure), _UNITS.get(measure, PERCENT)
            yield number(name, value, unit, measure in part.withheld)


def _cell(row: Row, measure: str) -> Fact:
    unit = _UNITS.get(measure, PERCENT)
    return number(f"class.{row.code}.total.{measure}", getattr(row, measure), unit, measure in row.withheld)


def _movements(facts: Facts) -> Iterator[Fact]:
    for measure, count in facts.movers.items():
        ways = {way: getattr(count, way) for way in ("up", "down", "flat", "withheld")}
        for way, n in {**ways, "classes": sum(ways.values())}.items():
            yield number(f"movers.{measure[:3]}.{way}", str(n), COUNT)
    names = {row.code: row for row in facts.rows}
    for measure, movers in facts.leaders.items():
        for one in movers:
            name = f"reason.{measure}.{one.row.code}"
            if one.part:
                part = COMPONENT_NAMES[one.part]
                yield _text(f"{name}.part", part.zh, part.en)
                yield number(f"{name}.part_pp", one.part_pp, PP)
            if one.below:
                below = names.get(one.below)
                yield _text(f"{name}.below", *((below.name_zh, below.name_en) if below else (one.below,)))
                yield number(f"{name}.below_pp", one.below_pp, PP)


def _quality(facts: Facts) -> Iterator[Fact]:
    units = {"n": COUNT, "low": POINTS, "high": POINTS}
    for name, value in facts.quality.items():
        yield number(f"quality.{name}", value, units.get(name.partition("_")[0], PERCENT))
    for name, count in facts.about.intake.items():
        yield number(f"intake.{name}", str(count), COUNT)
    for name, count in facts.revised.items():
        yield number(f"revised.{name}", str(count), COUNT)
    for row in facts.headline_revisions.head(MOST_REVISIONS).to_dict("records"):
        at = f"revision.{row['period']}"
        yield _month(f"{at}.period", row["period"])
        for name in ("previous", "current", "revision"):
            yield number(f"{at}.{name}", row[name], POINTS)
        yield _text(f"{at}.reason", worded(row["reason"], "zh"), worded(row["reason"], "en"))


def _history(facts: Facts) -> Iterator[Fact]:
    for row in facts.recent.to_dict("records"):
        yield _month(f"recent.{row['period']}.period", row["period"])
        for name in facts.recent.columns.drop("period"):
            yield number(
                f"recent.{row['period']}.{str(name).replace(':', '.')}",
                row[name],
                POINTS if str(name).startswith("index") else PERCENT,
            )


def _adjustment(facts: Facts) -> Iterator[Fact]:
    for component, index, change in facts.adjusted:
        yield number(f"adjusted.{component}.index", index, POINTS)
        yield number(f"adjusted.{component}.mom_pct", change, PERCENT)
    # where no series could be adjusted there is no engine to name, but a reason for each
    if facts.diagnostics is not None and "rating" in facts.diagnostics:
        yield from _diagnostics(facts.diagnostics)
    if not facts.about.engine:
        return
    yield _text("adjustment.engine", engine_name(facts.about))
    # names of a program and of a method have digits, too
    for name in ("X-13ARIMA-SEATS", "X-11"):
        yield _text(f"method.{name}", name)
    for name in ("n_adjusted", "n_refused", "n_not_adjusted", "n_fallback"):
        yield number(f"adjustment.{name}", str(getattr(facts, name)), COUNT)
    if facts.verdict:
        yield _text("adjustment.verdict", facts.verdict["zh"], facts.verdict["en"])
    for k, policy in enumerate(policies_of(facts.diagnostics), 1):
        yield _text(f"adjustment.policy.{k}", policy.text_zh, policy.text_en)


def _diagnostics(table: pd.DataFrame) -> Iterator[Fact]:
    for name in ("M7", "Q", "QS"):
        yield _text(f"method.{name}", name)
    hidden = table["obs_conf"].eq("C") if "obs_conf" in table else pd.Series(False, index=table.index)
    yield number("adjustment.n_confidential", str(int(hidden.sum())), COUNT)
    shown = table[~hidden & table["status"].isin(["adjusted", "fallback", "refused"])]
    for row in shown.to_dict("records"):
        at = f"adjustment.{row['class_code']}.{row.get('component', 'total')}"
        for name, places in (("m7", 2), ("q", 2), ("qs_adjusted_p", 3), ("cny_p", 3)):
            value, below = _diagnostic(float(row[name]), places)
            yield Fact(f"{at}.{name}", value, NUMBER, below + value, below + value)
        yield _text(f"{at}.model", str(row["model"]))
        # a series without a figure in the release month has no row in any other table to be named in
        yield _text(f"{at}.code", str(row["class_code"]))
        yield _text(f"{at}.rating", str(row["rating_zh"]), str(row["rating_en"]))


def _diagnostic(value: float, places: int) -> tuple[str, str]:
    """Return a diagnostic as the appendix prints it: what reads as nothing is less than its last digit."""
    least = 10.0**-places
    if math.isnan(value):
        return "", ""
    return (f"{least:g}", "< ") if 0 <= value < least / 2 else (f"{value:.{places}f}", "")


def _sides(facts: Facts) -> Iterator[Fact]:
    if facts.prosperity:
        yield number("prosperity.base", BASE, NUMBER)
    for one in facts.prosperity:
        at = f"prosperity.{one.component}"
        yield _text(f"{at}.name", NAMES[one.component][0], NAMES[one.component][1])
        for name, unit in (("index", POINTS), ("mom_pct", PERCENT), ("yoy_pct", PERCENT), ("n_enterprises", COUNT)):
            yield number(f"{at}.{name}", getattr(one, name), unit)
    if facts.taxes is None:
        return
    for name in ("index", "low", "high"):
        yield number(f"tax.{name}", getattr(facts.taxes, name), POINTS)
    for name in ("mom_pct", "yoy_pct"):
        yield number(f"tax.{name}", getattr(facts.taxes, name), PERCENT)
    for month, points, source in facts.taxes.breaks:
        yield _month(f"tax.{month}.period", month)
        yield number(f"tax.{month}.points_pp", points, PP)
        yield _text(f"tax.{month}.source", source)
