"""What once broke a reader stays read; and the fuzzer itself runs."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from shuibei_index.intake.limits import reading_limits
from shuibei_index.intake.parser import Parser

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def fuzz():
    spec = importlib.util.spec_from_file_location("fuzz", HERE.parents[1] / "tools" / "fuzz.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_seeds_are_read(fuzz) -> None:
    with Parser(reading_limits()) as parser:
        for path in sorted((HERE / "seeds").glob("*.bin")):
            assert fuzz.attempt(path.name.partition("-")[0], path.read_bytes(), parser)


def test_a_few_seconds_of_every_target(fuzz) -> None:
    said: list[str] = []
    assert fuzz.run(0.05, 11, [], said.append) == 0, said
    assert said[-1].endswith("0 broke something")
