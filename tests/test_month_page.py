"""The worked month: every command of the page, run again, prints what the page says."""

import difflib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import make_month_page as page_maker

PAGE = page_maker.PAGE.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_commands_print_what_the_page_says(tmp_path):
    again = page_maker.page_text(PAGE, tmp_path)
    changed = list(difflib.unified_diff(PAGE.splitlines(), again.splitlines(), "page", "printed", lineterm="", n=0))
    assert not changed, "renew it by `make docs`:\n" + "\n".join(changed[:40])


def test_the_story_goes_from_red_to_green():
    lights = [line for line in PAGE.splitlines() if line.startswith("2025-06  ") and "截止 due 20" in line]
    assert [line.split()[2] for line in lights] == ["red", "amber", "amber", "green"]
    verbs = [line.split()[2] for line in PAGE.splitlines() if line.startswith("$ shuibei-index")]
    assert verbs[verbs.index("template") :] == [
        "template", "intake", "validate", "status", "intake", "status", "query", "query", "query", "query", "status",
        "intake", "query", "status", "compile", "status",
    ]  # fmt: skip


def test_links_lead_somewhere():
    for target in page_maker.LINK.findall(PAGE):
        assert (page_maker.PAGE.parent / target).is_file(), target
