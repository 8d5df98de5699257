"""Templates to pages: one environment, everything escaped, every page in both languages."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from shuibei_index.moments import CHINA
from shuibei_index.release.embargo import embargo_moment
from shuibei_index.release.words import base_words, date_words, month_words
from shuibei_index.site.address import LANGUAGES, in_language, root_of, slug
from shuibei_index.site.files import label
from shuibei_index.site.words import words

TEMPLATES = Path(__file__).parent / "templates"
#: What the chart library writes into its drawings as a style sheet; the policy lets this one text in and no other.
PLOT_STYLE = "sha256-+TfQir1nvDucAdvE6XUQBt4ayUjpAWkbw2kCdSfekHM="
CSP = (
    f"default-src 'none'; script-src 'self'; style-src 'self' '{PLOT_STYLE}'; img-src 'self' data: blob:; "
    "base-uri 'none'; form-action 'none'"
)
MENU = (
    ("home", "index.html"),
    ("charts", "charts.html"),
    ("classes", "classes/index.html"),
    ("data", "data.html"),
    ("vintages", "releases/index.html"),
    ("revisions", "revisions.html"),
    ("method", "methodology/index.html"),
    ("calendar", "calendar.html"),
    ("api", "api.html"),
)
#: Characters of a description.
LONGEST_DESCRIPTION = 300
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Page:
    """One page before it has a language.

    Parameters
    ----------
    path : str
        Where it stands in Chinese, e.g. "classes/0101.html".
    template : str
        File of templates/.
    section : str
        Key of the menu it belongs to.
    context : dict of str to dict
        What the template needs, by language: title, description, and values of its own.
    trial : bool
        Whether it carries the mark of a trial.
    inputs : str
        Digest of everything the page is made from, beside the site itself; "" = it is made anew in every build.
    """

    path: str
    template: str
    section: str
    context: dict[str, dict[str, Any]]
    trial: bool
    inputs: str = ""


@dataclass(frozen=True)
class SiteFacts:
    """What every page says about the site."""

    name: dict[str, str]
    description: dict[str, str]
    base_url: str
    version: str
    csp: str = CSP
    menu: tuple[tuple[str, str], ...] = MENU

    def full(self, path: str, root: str) -> str:
        """Return an address for search engines and feeds: absolute if the site knows where it stands."""
        clean = path.removesuffix("index.html") if self.base_url else path
        return f"{self.base_url}{clean}" if self.base_url else f"{root}{path}"


@cache
def environment() -> Environment:
    """Return the environment of all templates: a name that is missing is an error, text is escaped."""
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.globals.update(slug=slug, uuid=name_of, label=label, moment=moment, until=until_words, mail_date=mail_date)
    return made


def shortened(text: str, limit: int = LONGEST_DESCRIPTION) -> str:
    """Return as many whole sentences as search engines show; of one that is longer, its beginning.

    Examples
    --------
    >>> shortened("It rose 1.2%. It fell.", 15)
    'It rose 1.2%.'
    """
    if len(text) <= limit:
        return text
    whole = [end.end(1) for end in re.finditer(r"(。|\.(?= ))", text[: limit + 1])]
    return text[: whole[-1]] if whole and whole[-1] <= limit else text[:limit]


def render(page: Page, lang: str, site: SiteFacts) -> tuple[str, bytes]:
    """Return path and content of a page in one language."""
    path = in_language(page.path, lang)
    root = root_of(path)
    other = LANGUAGES[1 - LANGUAGES.index(lang)]
    own = page.context[lang]
    about = {
        "key": page.section if page.path == "index.html" else "",
        "section": page.section,
        "path": page.path,
        "trial": page.trial,
        "canonical": site.full(path, root),
        "alternate": {one: site.full(in_language(page.path, one), root) for one in LANGUAGES},
        "other": root + in_language(page.path, other),
        "dataset": "",
        "setup": "",
        **own,
        "description": shortened(own["description"]),
    }
    values = {
        "page": about,
        "site": site,
        "lang": lang,
        "t": words(lang),
        "root": root,
        "own": lambda target: root + in_language(target, lang),
        "day": lambda text: date_words(text, lang),
        "month": lambda text: month_words(text, lang),
        "base": lambda text: base_words(text, lang),
        **own.get("values", {}),
    }
    text = environment().get_template(page.template).render(values)
    return path, text.encode()


def render_feed(template: str, lang: str, site: SiteFacts, entries: list[dict[str, Any]]) -> tuple[str, bytes]:
    """Return path and content of a feed in one language."""
    path = in_language(template, lang)
    text = (
        environment()
        .get_template(template)
        .render(
            site=site,
            lang=lang,
            t=words(lang),
            entries=entries,
            updated=max(r["released_on"] for r in entries),
            month=lambda one: month_words(one, lang),
            full=lambda target: site.full(in_language(target, lang), root_of(path)),
        )
    )
    return path, text.encode()


def embedded(content: Any) -> Markup:
    """Return JSON for a data block of a page: no "<" in it can end the block."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def moment(day: str) -> str:
    """Return the beginning of a day in China as feeds write it."""
    return f"{day}T00:00:00+08:00"


def until_words(text: str) -> str:
    """Return the end of an embargo in the time of China.

    Examples
    --------
    >>> until_words("2025-01-15T01:30Z")
    '2025-01-15 09:30'
    """
    return f"{embargo_moment(text).astimezone(CHINA):%Y-%m-%d %H:%M}"


def name_of(text: str) -> str:
    """Return a lasting identifier for feeds."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'shuibei-index:{text}')}"


def mail_date(text: str) -> str:
    """Return a date as RSS writes it, whatever the locale.

    Examples
    --------
    >>> mail_date("2025-07-15")
    'Tue, 15 Jul 2025 00:00:00 +0800'
    """
    day = dt.date.fromisoformat(text)
    return f"{_DAYS[day.weekday()]}, {day.day:02d} {_MONTHS[day.month - 1]} {day.year} 00:00:00 +0800"
