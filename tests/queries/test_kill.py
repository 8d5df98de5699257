"""Killed while taking down answers: nothing is recorded, and the next try gives what an undisturbed one does."""

import subprocess
import sys

import pytest

from shuibei_index import pipeline

from .conftest import MONTH, WHO, fill

_CHILD = """
import importlib, os, signal, sys
from shuibei_index import pipeline
from shuibei_index.workspace import Workspace
folder, place, name, letter = sys.argv[1:]
module, _, cls = place.rpartition(".")
owner = getattr(importlib.import_module(module), cls)
real = getattr(owner, name)
def stop(*args, **options):
    real(*args, **options)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, stop)
pipeline.answer(Workspace.open(folder), [letter], person="王敏", at="2024-04-04T10:30")
"""


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("shuibei_index.store.objects.Objects", "put_bytes"),
        ("shuibei_index.store.register.RegisterWriter", "add_answer"),
        ("shuibei_index.store.register.RegisterWriter", "add_decision"),
        ("shuibei_index.store.objects.Objects", "flush"),
    ],
)
def test_answers_are_taken_down_whole_or_not_at_all(workspace, place, name):
    letter = pipeline.export_letters(workspace, MONTH, "E001")["workbook"].iloc[0]
    listed = pipeline.list_queries(workspace, MONTH)
    own = listed[(listed["enterprise_id"] == "E001")]
    fill(letter, dict.fromkeys(own["query"], "撤回 withdraw"))
    command = [sys.executable, "-c", _CHILD, str(workspace.root), place, name, str(letter)]
    killed = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert killed.returncode == -9, killed.stderr
    assert not len(pipeline.list_decisions(workspace))
    assert pipeline.list_queries(workspace, MONTH).equals(listed)
    assert len(pipeline.answer(workspace, [letter], **WHO).decisions) == len(own)
    assert pipeline.list_decisions(workspace)["decision"].tolist() == list(range(1, len(own) + 1))
