"""What a release says about itself: the manifest, without the list of files."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shuibei_index import months as month_names
from shuibei_index.errors import ReleaseError
from shuibei_index.release.calendar import release_day
from shuibei_index.release.embargo import embargo_moment
from shuibei_index.release.policy import Policy
from shuibei_index.release.schema import SCHEMA_VERSION
from shuibei_index.rules import Rules

STATUSES = ("provisional", "final")
_RELEASE = re.compile(r"^\d{4}-(0[1-9]|1[0-2])(-r[1-9]\d*)?$")


@dataclass(frozen=True)
class About:
    """Identity, policy and provenance of one release; everything a bulletin needs beside the tables."""

    release: str
    period: str
    status: str
    vintage: str
    base_period: str
    package_version: str
    title: Mapping[str, str]
    released_on: str
    next_release: str
    tax_basis: str
    stage: str
    trial: bool
    reason: str
    notes: tuple[Mapping[str, str], ...]
    intake: Mapping[str, int]
    engine: Mapping[str, str]
    policy: Policy
    digests: Mapping[str, str]
    #: Roles and times of those who signed it off, never names; empty in a trial and before there were sign-offs.
    sign_offs: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    #: Not to be shown before this time; "" = at once.
    embargo_until: str = ""
    #: What it corrects in an earlier release: {corrects, reason {zh, en}, changed}.
    errata: tuple[Mapping[str, Any], ...] = ()
    #: The releases planned after this one: {period, date}.
    next_dates: tuple[Mapping[str, str], ...] = ()
    #: Whom to ask: what ``workspace.toml`` says under contact_*, without that prefix.
    contact: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what the names of folders and the words of the bulletin depend on."""
        month_names.ordinal(self.period)
        month_names.months_of(self.base_period)
        if not _RELEASE.match(self.release) or self.release[:7] != self.period:
            raise ReleaseError(
                f"release {self.release!r} does not fit {self.period}; expected {self.period} or {self.period}-r1"
            )
        if self.status not in STATUSES:
            raise ReleaseError(f"status is {self.status!r}; expected one of {', '.join(STATUSES)}")
        for name in ("released_on", "next_release"):
            as_date(getattr(self, name), name)
        if self.embargo_until:
            embargo_moment(self.embargo_until)

    def to_manifest(self) -> dict[str, Any]:
        """Return the manifest's content in its order."""
        content = {"schema_version": SCHEMA_VERSION, **dataclasses.asdict(self), "notes": [dict(n) for n in self.notes]}
        # what is empty is left out: a release without it keeps the bytes it had before there was the field
        return {name: value for name, value in content.items() if value or name not in _optional()}

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any]) -> About:
        """Read it back.

        Raises
        ------
        ReleaseError
            The manifest was written by another schema, or an entry is missing.
        """
        version = manifest.get("schema_version")
        if version != SCHEMA_VERSION:
            raise ReleaseError(
                f"manifest.json: schema_version is {version!r}; this version of the package reads {SCHEMA_VERSION!r}"
            )
        names = [f.name for f in dataclasses.fields(cls)]
        missing = [n for n in names if n not in manifest and n not in _optional()]
        if missing:
            raise ReleaseError(f"manifest.json: {', '.join(missing)} missing")
        content = {n: manifest[n] for n in names if n in manifest}
        content["policy"] = Policy.from_manifest(manifest["policy"])
        for name in ("notes", "errata", "next_dates"):
            content[name] = tuple(manifest.get(name, ()))
        return cls(**content)

    def name(self, lang: str) -> str:
        """Name of the index."""
        return self.title[lang]


def _optional() -> frozenset[str]:
    """Return the fields with a default: they are in a manifest only where there is something to say."""
    missing = dataclasses.MISSING
    return frozenset(
        f.name for f in dataclasses.fields(About) if f.default is not missing or f.default_factory is not missing
    )


def as_date(text: str, name: str) -> dt.date:
    """Return the date of "YYYY-MM-DD"."""
    try:
        return dt.date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise ReleaseError(f"{name} is {text!r}; expected a date YYYY-MM-DD") from error


def scheduled(month: str, policy: Policy, rules: Rules | None = None) -> str:
    """Return the day of the following month on which the calendar sets the release of a month: a working day."""
    return release_day(month, policy, rules).date


def bilingual(notes: Iterable[str | tuple[str, str]]) -> tuple[dict[str, str], ...]:
    """Return notes as {zh, en}; a plain text serves both languages."""
    return tuple({"zh": n, "en": n} if isinstance(n, str) else {"zh": n[0], "en": n[1]} for n in notes)


def worded(text: str, lang: str) -> str:
    """Return one language of a text written "中文 / English"; a text in one language serves both.

    Examples
    --------
    >>> worded("权数更正 / weights corrected", "en"), worded("权数更正", "en")
    ('weights corrected', '权数更正')
    """
    zh, mark, en = text.partition(" / ")
    return en if mark and lang == "en" else zh if mark else text


def next_name(month: str, vintage: str | None, previous: About | None) -> str:
    """Return the release's name: the month, or month-r1, -r2 … after an earlier release of the same month."""
    if vintage is not None and _RELEASE.match(vintage) and vintage[:7] == month:
        return vintage
    if previous is None or previous.period != month:
        return month
    return f"{month}-r{vintage_order(previous.release)[1] + 1}"


def vintage_order(name: str) -> tuple[str, int]:
    """Return month and number of the revision of a release's name: the greatest is the latest vintage.

    Examples
    --------
    >>> vintage_order("2025-06-r12"), vintage_order("2025-06")
    (('2025-06', 12), ('2025-06', 0))
    """
    month, _, number = name.partition("-r")
    return month, int(number or 0)
