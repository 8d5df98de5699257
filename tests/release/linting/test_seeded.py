from collections import Counter

import pytest

from shuibei_index.release import Release, make_release
from shuibei_index.release.linting import lint_release, lint_text
from shuibei_index.release.linting.figures import Figures
from shuibei_index.release.linting.linter import lint_sources
from shuibei_index.release.linting.source import source_of

from ..conftest import make_adjusted, make_series
from .seeded import seeded


@pytest.fixture(scope="module")
def plain(rules, no_charts) -> Release:
    series = make_series(start="2023-01", n=30, seed=6)
    return make_release(series, make_adjusted(series), rules=rules)


def test_own_bulletins_are_clean(release: Release, plain: Release) -> None:
    assert lint_release(release) == []
    assert lint_release(plain) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_seeded_mistakes_are_found(plain: Release, lang: str) -> None:
    page = source_of(plain.files[f"bulletin.{lang}.html"].decode(), "html")
    # a bulletin's sentences are its first paragraphs; what follows is of method
    source = source_of(page.text[: page.text.index({"zh": "数据质量", "en": "Data quality"}[lang])])
    assert lint_text(source, plain, language=lang) == []
    slips = [(kind, source_of(text)) for kind, text in seeded(source, lang)]
    found = lint_sources([slip for _, slip in slips], Figures(plain), lang)
    made = Counter(kind for kind, _ in slips)
    missed = Counter(kind for (kind, _), rows in zip(slips, found, strict=True) if not rows)
    assert min(made[k] for k in ("number", "direction", "unit", "measure", "month", "count")) > 0, made
    assert sum(missed.values()) <= 0.05 * len(slips), (missed, made)
