"""Sentences in both languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """One sentence in both languages."""

    zh: str
    en: str


def some(labels: list[str], limit: int = 3) -> str:
    """Return the first labels, and how many there are if not all are named."""
    return ", ".join(labels[:limit]) + (f", … ({len(labels)})" if len(labels) > limit else "")
