"""Whom to ask about a release: what ``workspace.toml`` says under contact_*, in the language of the page."""

from __future__ import annotations

from shuibei_index.release.about import About

#: Entries in their order; some are stated once for each language.
ENTRIES = ("name", "phone", "email", "address")


def contact_words(about: About, lang: str) -> list[tuple[str, str]]:
    """Return what is stated, as entry (name, phone, email, address) and text; the other language's where one lacks it.

    Parameters
    ----------
    about : About
        `contact` has name_zh, name_en, phone, email, address_zh, address_en, as far as they are stated.
    lang : str
    """
    found = []
    for entry in ENTRIES:
        texts = [about.contact.get(name, "") for name in (f"{entry}_{lang}", entry, f"{entry}_zh", f"{entry}_en")]
        text = next((t for t in texts if t), "")
        if text:
            found.append((entry, text))
    return found
