from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from shuibei_index.adjust.engine import program as engine
from shuibei_index.adjust.engine.program import locate
from shuibei_index.errors import EngineError

posix = pytest.mark.skipif(os.name != "posix", reason="the stand-in programs are shell scripts")


def _program(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_the_packaged_program_is_identified_without_its_path() -> None:
    found = locate()
    assert found is not None
    identity = found.identity()
    assert list(identity) == ["name", "version", "build", "sha256"]
    assert identity["name"] == "X-13ARIMA-SEATS"
    assert identity["version"].startswith("1.1")
    assert identity["sha256"] == hashlib.sha256(found.path.read_bytes()).hexdigest()
    assert str(found.path) not in repr(found)
    assert "/" not in "".join(identity.values())


@posix
def test_variable_names_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = _program(tmp_path / "mine", "echo ' Version Number 9.9 Build 7'")
    monkeypatch.setenv("SHUIBEI_X13", str(program))
    found = locate()
    assert found is not None
    assert (found.version, found.build) == ("9.9", "7")
    other = _program(tmp_path / "argument", "echo ' Version Number 9.9 Build 8'")
    by_argument = locate(other)
    assert by_argument is not None
    assert by_argument.build == "8"


def test_missing_named_program_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUIBEI_X13", str(tmp_path / "gone"))
    with pytest.raises(EngineError, match=r"no X-13 program at .*gone"):
        locate()


@posix
@pytest.mark.parametrize(
    ("body", "mode", "says"),
    [
        ("echo hello", 0o755, "is not X-13ARIMA-SEATS"),
        ("echo hello", 0o644, "cannot be started"),
        ("sleep 60", 0o755, "did not answer"),
    ],
)
def test_named_program_that_is_not_x13(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, mode: int, says: str
) -> None:
    monkeypatch.setattr(engine, "_ANSWER_SECONDS", 0.3)
    program = _program(tmp_path / "other", body)
    program.chmod(mode)
    with pytest.raises(EngineError, match=says):
        locate(program)


@posix
def test_packaged_program_that_does_not_run_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = _program(tmp_path / "wrong", "exit 3")
    right = _program(tmp_path / "right", "echo ' Version Number 1.1 Build 61'")
    monkeypatch.delenv("SHUIBEI_X13", raising=False)
    monkeypatch.setattr(engine, "_candidates", lambda: [wrong, right])
    found = locate()
    assert found is not None
    assert found.build == "61"
    monkeypatch.setattr(engine, "_candidates", lambda: [wrong])
    assert locate() is None
