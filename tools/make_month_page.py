"""Work the month of methodology/a-month.md and write into it what each command prints; ``--check`` only compares."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import shlex
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from month_firms import ACTS

PAGE = Path(__file__).parent.parent / "methodology" / "a-month.md"
#: A block of commands with what they print, or a table of what the firms did.
_BLOCK = re.compile(r"^```console\n(?P<run>.*?)^```\n|^<!-- firms: (?P<act>\w+) -->\n.*?^<!-- end -->\n", re.M | re.S)
#: Target of a link to another page.
LINK = re.compile(r"\]\(([^)#]+)\)")


def page_text(text: str, folder: Path) -> str:
    """Return the page with every command run again, in order, in an empty folder."""
    with contextlib.chdir(folder):
        return _BLOCK.sub(_again, text)


def _again(match: re.Match[str]) -> str:
    if match["act"]:
        rows = [f"| {firm} | {zh} | {en} |\n" for firm, zh, en in ACTS[match["act"]]()]
        table = "".join(["| 企业 firm | 做法 | what it does |\n|---|---|---|\n", *rows]) if rows else ""
        return f"<!-- firms: {match['act']} -->\n{table}<!-- end -->\n"
    commands = [line[2:] for line in match["run"].splitlines() if line.startswith("$ ")]
    return "```console\n" + "".join(f"$ {command}\n{_printed(command)}" for command in commands) + "```\n"


def _printed(command: str) -> str:
    """Run a command in this process and return all it prints, and its exit code unless that is 0."""
    program, *words = shlex.split(command)
    if program == "cd":
        os.chdir(words[0])
        return ""
    main = importlib.import_module("shuibei_index.cli.main")
    # a warning is said once in a process; here each command stands for a process of its own
    main._SAID.clear()
    sink = io.StringIO()
    with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
        code = main.main(words)
    text = sink.getvalue().strip("\n")
    return (text + "\n" if text else "") + (f"[exit {code}]\n" if code else "")


def main() -> int:
    """Renew the page, or say that it is out of date."""
    old = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        new = page_text(old, Path(folder))
    if new == old:
        return 0
    if "--check" in sys.argv:
        print(f"out of date: {PAGE.name}")
        return 1
    PAGE.write_text(new, encoding="utf-8")
    print(f"written: {PAGE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
