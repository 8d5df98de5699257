"""Pages to print: those of a release, and a small one by hand."""

from __future__ import annotations

import pytest

from shuibei_index.release import Release
from shuibei_index.release.printing import pdf

LANGUAGES = ("zh", "en")
NAMES = (
    "<script>alert(1)</script>",
    '#import "x": *',
    "$x^2$ *bold* _it_ @ref \\ // `c`",
    "=cmd|' /C calc'!A0",
)


def page(inside: str, lang: str = "en") -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>A page</title>'
        f"<style>p {{ color: red }}</style></head>\n<body><main><h1>A page</h1>{inside}</main></body></html>"
    )


@pytest.fixture(scope="session")
def pages(release: Release) -> dict[str, str]:
    return {lang: release.files[f"bulletin.{lang}.html"].decode() for lang in LANGUAGES}


@pytest.fixture(scope="session")
def prints(release: Release, pages: dict[str, str]) -> dict[str, bytes]:
    return {lang: pdf(pages[lang], release.about) for lang in LANGUAGES}
