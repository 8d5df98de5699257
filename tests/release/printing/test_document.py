from __future__ import annotations

import json
import re
from html import unescape

import pytest

from shuibei_index.errors import ReleaseError
from shuibei_index.release.printing import document
from shuibei_index.release.printing.columns import LINE
from shuibei_index.release.printing.document import text_of

from .conftest import LANGUAGES, NAMES, page


def told(html: str) -> str:
    """What a page says, by another way than the parser: without its head, its pictures and all spaces."""
    body = re.sub(r"<svg.*?</svg>", "", html[html.index("<body") :], flags=re.S)
    return re.sub(r"\s", "", unescape(re.sub(r"<[^>]*>", "", body)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_document_says_all_the_page_says_in_its_order(pages: dict[str, str], lang: str) -> None:
    found = document(pages[lang])
    assert re.sub(r"\s", "", text_of(found)) == told(pages[lang])
    assert found["lang"] == lang and found["title"] and found["series"] in found["title"]
    assert found["release"].endswith("2025-06")
    json.dumps(found)


def all_of(blocks: list[dict], kind: str) -> list[dict]:
    return [b for b in blocks if b["kind"] == kind] + [one for b in blocks for one in all_of(b.get("blocks", []), kind)]


def test_a_table_may_have_a_head_alone(pages: dict[str, str]) -> None:
    empty = "<table><thead><tr><th>Series</th><th>Rating</th></tr></thead><tbody></tbody></table></main>"
    (table,) = [b for b in all_of(document(pages["en"].replace("</main>", empty))["blocks"], "table") if not b["rows"]]
    assert len(table["head"]) == 1 and len(table["widths"]) == 2


def test_charts_are_whole_and_have_the_light_colours(pages: dict[str, str]) -> None:
    figures = all_of(document(pages["zh"])["blocks"], "figure")
    assert len(figures) == 4
    for one in figures:
        assert one["svg"].startswith("<svg ") and one["svg"].endswith("</svg>") and one["label"]
        assert "var(" not in one["svg"] and "viewBox" in one["svg"] and "clipPath" in one["svg"]


def test_tables_have_their_head_levels_and_widths_within_the_line(pages: dict[str, str]) -> None:
    tables = all_of(document(pages["en"])["blocks"], "table")
    assert len(tables) >= 3
    for table in tables:
        assert len(table["head"]) == 1
        assert len(table["widths"]) == len(table["head"][0]["cells"])
        assert sum(table["widths"]) == pytest.approx(LINE, abs=0.1) and min(table["widths"]) > 2
    main = max(tables, key=lambda table: len(table["rows"]))
    assert [row["level"] for row in main["rows"][:3]] == [0, 1, 2]


def test_the_name_of_a_group_goes_with_its_rows_unless_none_follow() -> None:
    group, row = "<tr><th colspan=2>Gold</th></tr>", "<tr><th>Metal</th><td>1.0</td></tr>"
    (_, table) = document(page(f"<table><tbody>{group}{row}{group}</tbody></table>"))["blocks"]
    assert [one["group"] for one in table["rows"]] == [True, False, False]


def test_markup_in_words_stays_words() -> None:
    from html import escape

    rows = "".join(f"<tr><th>{escape(name)}</th><td>1</td></tr>" for name in NAMES)
    (_, table) = document(page(f"<table><tbody>{rows}</tbody></table>"))["blocks"]
    assert [row["cells"][0]["runs"] for row in table["rows"]] == [[[name, "", ""]] for name in NAMES]


@pytest.mark.parametrize(
    ("inside", "named"),
    [
        ("<marquee>1</marquee>", "<marquee>"),
        ("<script>1</script>", "<script>"),
        ("<p>open", "closes <p>"),
        ("<p><table></table></p>", "<table> stands within <p>"),
        ("<table>98.03</table>", "98.03"),
        ("<table><tbody><tr>98.03</tr></tbody></table>", "98.03"),
        ("<dl>98.03</dl>", "98.03"),
        ('<div class="columns">98.03</div>', "98.03"),
        ("<td>98.03</td>", "<td>"),
    ],
)
def test_what_nobody_foresaw_is_an_error_and_never_lost(inside: str, named: str) -> None:
    with pytest.raises(ReleaseError, match=re.escape(named)) as caught:
        document(page(inside))
    assert caught.value.zh.startswith("公报无法排印")


def test_words_outside_paragraphs_lists_links_and_breaks_are_kept() -> None:
    html = page(
        'loose <b>words</b><ul><li>one</li><li>two <a href="https://example.org/x">there</a></li></ul>'
        '<p>a<br>b <a href="indices.csv">file</a></p><dl><dt>what</dt><dd>1<p>note</p></dd></dl>'
        '<div class="columns"><div><h3>h</h3><p>short</p></div><div><p>' + "long " * 300 + "</p></div></div>"
    )
    found = document(html)
    assert re.sub(r"\s", "", text_of(found)) == told(html)
    kinds = [block["kind"] for block in found["blocks"]]
    assert kinds == ["heading", "paragraph", "list", "paragraph", "box", "columns", "paragraph"]
    assert found["blocks"][2]["items"][1][0]["runs"][1] == ["there", "", "https://example.org/x"]
    assert found["blocks"][3]["runs"][-1] == ["file", "", ""]
    # no heading skips a level
    assert found["blocks"][5]["parts"][0][0]["level"] == 2
