"""The README's code runs, and the commands it names exist."""

import os
import re
from pathlib import Path

import matplotlib
import pytest

from shuibei_index.cli.main import VERBS

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_python_in_the_readme_runs(tmp_path):
    code = "".join(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
    matplotlib.use("Agg")
    (tmp_path / "data").symlink_to(ROOT / "data")
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        exec(compile(code, "README.md", "exec"), {})
    finally:
        os.chdir(before)
    assert (tmp_path / "out" / "bundle" / "manifest.json").is_file()


def test_commands_in_the_readme_exist():
    named = set(re.findall(r"^shuibei-index ([\w-]+)", TEXT, re.MULTILINE)) | set(
        re.findall(r"`shuibei-index ([\w-]+)", TEXT)
    )
    assert named and named <= set(VERBS)
    targets = set(re.findall(r"`?make (\w+)", TEXT)) - {"it"}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(f"\n{t}:" in makefile for t in targets), targets
