"""Corrections: which release corrects which, said on the pages, in the feeds and in the API of both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

LANGUAGES = ("zh", "en")


def errata_of(errata: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the errata of a manifest with every entry that the pages show, "" or 0 where one is missing."""
    found = []
    for one in errata:
        said, changed = one.get("reason") or {}, one.get("changed") or {}
        found.append(
            {
                "corrects": str(one.get("corrects", "")),
                "reason": {lang: str(said.get(lang, "")) for lang in LANGUAGES},
                "changed": {
                    "values": int(changed.get("values", 0)),
                    "from": str(changed.get("from", "")),
                    "to": str(changed.get("to", "")),
                    "classes": [str(code) for code in changed.get("classes", ())],
                },
            }
        )
    return found


def with_corrections(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the records with what corrects each of them, in the order of publication.

    Parameters
    ----------
    records : list of dict
        Records of all public releases in the order of publication.

    Returns
    -------
    list of dict
        Each with `corrected_by`: list of {release, released_on, reason {zh, en}, changed}. Drawn from the releases that
        are here: a correction that is not public yet is not told of.
    """
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        for one in record["errata"]:
            found[one["corrects"]].append(
                {
                    "release": record["release"],
                    "released_on": record["released_on"],
                    "reason": one["reason"],
                    "changed": one["changed"],
                }
            )
    return [{**record, "corrected_by": found.get(record["release"], [])} for record in records]


def errata_rows(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return every erratum of all releases, the latest first: {release, released_on, corrects, reason, changed}."""
    return [
        {"release": record["release"], "released_on": record["released_on"], **one}
        for record in reversed(records)
        for one in record["errata"]
    ]
