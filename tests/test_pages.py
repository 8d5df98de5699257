"""The pages that explain the formulas: their code runs, and nothing the package has is missing from them."""

import doctest
import re
from pathlib import Path

import pytest

from shuibei_index.index import bilateral, multilateral
from shuibei_index.index.splice import SPLICES

METHODOLOGY = Path(__file__).parent.parent / "methodology"
PAGES = {name: (METHODOLOGY / f"{name}.md").read_text(encoding="utf-8") for name in ("formulas", "multilateral")}


def entries(page):
    """Headings of the third level in code names, and what stands below each."""
    parts = re.split(r"^#{2,3} ", PAGES[page], flags=re.MULTILINE)[1:]
    found = [(part.split(maxsplit=1)[0], part) for part in parts]
    return {name: part for name, part in found if re.fullmatch(r"[a-z]+(_[a-z]+)*", name)}


@pytest.mark.parametrize("page", PAGES)
def test_code_runs_and_gives_what_is_printed(page):
    blocks = re.findall(r"^```python\n(.*?)^```", PAGES[page], re.DOTALL | re.MULTILINE)
    assert len(blocks) > 5
    example = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, f"{page}.md", None, 0)
    said = []
    assert doctest.DocTestRunner().run(example, out=said.append).failed == 0, "".join(said)


def test_every_formula_is_explained_in_words_formula_code_and_use():
    explained = entries("formulas")
    assert set(explained) == set(bilateral.__all__)
    for name, text in explained.items():
        _, words, rest = text.split("\n\n", 2)
        assert re.search("[\u4e00-\u9fff]", text.splitlines()[0]), name
        assert len(words.split()) > 4 and not words.startswith("$$"), name
        assert f"bi.{name}(" in rest and "\n$$\n" in rest and "**Jewellery:** " in rest, name


def test_every_method_and_splice_is_explained():
    explained = entries("multilateral")
    assert set(explained) == {*multilateral.__all__, "similarity_linked"}
    for name, text in explained.items():
        assert f"ix.{name}(" in text and "\n$$\n" in text and "**Jewellery:** " in text, name
    rows = re.findall(r"^\| `(\w+)` [\u4e00-\u9fff]", PAGES["multilateral"], re.MULTILINE)
    assert rows == list(SPLICES)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere_and_formulas_stand_alone(page):
    for target in re.findall(r"\]\(([^)#]+)\)", PAGES[page]):
        assert (METHODOLOGY / target).is_file(), target
    # a formula is shown as such only between empty lines
    fences = [part for part in PAGES[page].split("\n\n") if "$$" in part]
    assert fences and all(re.fullmatch(r"\$\$\n[^$]+\n\$\$", part) for part in fences)
