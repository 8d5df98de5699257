"""Write the value tables of the methodology pages from the rules the code reads; ``--check`` only compares."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from shuibei_index.rules import Rule, Rules

PAGES = Path(__file__).parent.parent / "methodology"
_BLOCK = re.compile(r"(<!-- rules:(\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def value_table(rules: list[Rule]) -> str:
    """Return a Markdown table of every dated value of some rules."""
    lines = ["| rule 规则 | meaning 含义 | from 起 | value 值 | unit 单位 | why 依据 |", "|---|---|---|---|---|---|"]
    for rule in rules:
        for value in rule.values:
            why = "; ".join(x for x in (value.reference, value.decision and f"decision {value.decision}") if x)
            shown = str(value.value).replace("|", "\\|")
            meaning = f"{rule.title} {rule.title_zh}"
            lines.append(f"| `{rule.name}` | {meaning} | {value.since} | {shown} | {rule.unit} | {why} |")
    return "\n".join(lines) + "\n"


def page_text(text: str, rules: Rules) -> str:
    """Return a page with its value tables renewed."""

    def fill(match: re.Match[str]) -> str:
        stage = [rules[name] for name in rules if rules[name].file == f"{match[2]}.toml"]
        return match[1] + value_table(stage) + match[3]

    return _BLOCK.sub(fill, text)


def main() -> int:
    """Renew the pages, or say which are out of date."""
    rules, stale = Rules.load(), []
    for path in sorted(PAGES.glob("*.md")):
        old = path.read_text(encoding="utf-8")
        new = page_text(old, rules)
        if new != old:
            stale.append(path.name)
            if "--check" not in sys.argv:
                path.write_text(new, encoding="utf-8")
    if stale:
        print(("out of date: " if "--check" in sys.argv else "written: ") + ", ".join(stale))
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
