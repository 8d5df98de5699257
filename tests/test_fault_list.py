"""The list of faults names tests that are there, and says why an outcome is another one than was set."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "methodology" / "fault-list.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d+ \|", line)
]
KINDS = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "hostile").glob("make_*.py"))


@cache
def functions(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_there_are_a_hundred():
    assert [int(row[0]) for row in ROWS] == list(range(1, 101))
    assert {len(row) for row in ROWS} == {6}


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_every_test_named_is_there(row):
    number, fault, stated, here, tests, why = row
    named = re.findall(r"`([^`]+)`", tests)
    assert any("::" in one for one in named)
    for one in named:
        path, _, function = one.partition("::")
        # a file of the hostile folder, or a test
        assert (f'"{one}"' in KINDS) if not function else function in functions(path), one
    assert why or stated.split()[0].strip(";,:") == here.split()[0].strip(";,:") or stated[0].islower(), fault
    assert int(number)
