"""The audit of dependencies: what it names; a service that looked nothing up is never taken for a clean one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

import audit_dependencies as audit
from audit_dependencies import Advice, Installed, ask, faults, pins, reached

THERE = {
    "a": Installed("a", "1.0", ("MIT",), ("b>=1", 'c; extra == "more"', 'd; python_version < "3"')),
    "b": Installed("b", "2.0", ("BSD-3-Clause AND Zlib",), ()),
    "c": Installed("c", "3.0", ("Proprietary",), ("a[more]",)),
    "d": Installed("d", "4.0", (), ()),
}


def test_what_is_needed_is_followed_through_extras_and_markers():
    assert set(reached(["a>=1"], THERE)) == {"a", "b"}
    assert set(reached(["A[more]"], THERE)) == {"a", "b", "c"}
    assert set(reached(["a", "a[more]"], THERE)) == {"a", "b", "c"}
    assert set(reached(["not-installed"], THERE)) == set()


def test_pins_are_read():
    assert pins("# why\nA_b==1.0  # note\n\nxlsxwriter==3\n") == {"a-b": "1.0", "xlsxwriter": "3"}


def test_each_fault_is_named():
    said = faults(THERE, {"a": "1.0", "b": "1.9", "c": "3.0"}, ["z @ https://example.org/z.whl"])
    assert [line.split(":")[0].split(" ")[0] for line in said] == ["b", "c", "d", "d", "z"]
    assert "pinned 1.9" in said[0] and "Proprietary" in said[1]
    assert "not pinned" in said[2] and "none named" in said[3] and "address" in said[4]


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True), ("Mozilla Public License 2.0 (MPL 2.0)", True), ("ISC License (ISCL)", True),
        ("(MIT AND Zlib)", True), ("BSD-3-Clause AND GPL-3.0", False), ("GPL-3.0-only", False), ("", False),
    ],
)  # fmt: skip
def test_licences(licence, allowed):
    assert audit._allowed(licence) is allowed


def said(listed, code=0):
    text = listed if isinstance(listed, str) else json.dumps({"dependencies": listed})
    return lambda *a, **k: subprocess.CompletedProcess(a, code, text, "Traceback\nConnectionError: no such host")


def test_an_answer():
    fault = {"id": "PYSEC-1", "fix_versions": ["1.1"]}
    listed = [{"name": "a", "version": "1.0", "vulns": [fault]}, {"name": "b", "version": "2.0", "vulns": []}]
    assert ask("pypi", Path("x"), said(listed, 1)) == Advice(2, ("a 1.0: PYSEC-1, 修复于 mended in 1.1",), "")


def test_looking_nothing_up_is_no_clean_answer():
    skipped = [{"name": "a", "skip_reason": "not found"}, {"name": "b", "skip_reason": "not found"}]
    assert ask("pypi", Path("x"), said(skipped)) == Advice(0, (), "pypi: 2 个未能查询 not looked up")
    assert "no such host" in ask("osv", Path("x"), said("", 1)).why_not

    def slow(*a, **k):
        raise subprocess.TimeoutExpired("pip-audit", 1)

    assert "no answer" in ask("osv", Path("x"), slow).why_not


@pytest.mark.parametrize(
    ("advice", "code", "strict", "words"),
    [
        (Advice(0, (), "no host"), 0, 1, "NOT CHECKED for 1 of 1"),
        (Advice(1, (), ""), 0, 0, "1 个版本已查"),
        (Advice(1, ("a 1.0: PYSEC-1",), ""), 1, 1, "PYSEC-1"),
    ],
)
def test_what_was_not_checked_is_said(monkeypatch, capsys, advice, code, strict, words):
    monkeypatch.setattr(audit, "ask", lambda service, constraints: advice)
    monkeypatch.setattr(audit, "installed", dict)
    monkeypatch.setattr(audit, "pins", lambda text: {"a": "1.0"})
    assert audit.main([]) == code
    told = capsys.readouterr()
    assert words in told.out + told.err
    assert audit.main(["--strict"]) == strict
