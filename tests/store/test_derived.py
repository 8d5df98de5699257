"""Derived tables: kept and given back, never worth an error."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from shuibei_index.store.checking import check_store
from shuibei_index.store.derived import Derived

from .conftest import kinds

KEY, OTHER = "a" * 64, "b" * 64


def test_kept_for_the_owner_only_and_given_back(tmp_path: Path) -> None:
    derived = Derived(tmp_path / "derived")
    assert derived.get(KEY) is None and derived.files() == [] and derived.faults() == [] and derived.clear() == 0
    assert derived.put(KEY, b"sums") and derived.put(KEY, b"sums")
    assert derived.get(KEY) == b"sums" and derived.get(OTHER) is None
    assert stat.S_IMODE((tmp_path / "derived").stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in derived.files()] == [0o600]
    with pytest.raises(ValueError, match="no key"):
        derived.get("../" + KEY)


def test_every_flipped_bit_is_noticed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    derived = Derived(tmp_path / "derived")
    derived.put(KEY, b"sum")
    path = derived.files()[0]
    whole = path.read_bytes()
    for bit in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(bytes(changed))
        assert derived.get(KEY) is None and len(derived.faults()) == 1
    assert capfd.readouterr().err.count("未采用") == 8 * len(whole)


def test_removed_when_asked_for(tmp_path: Path) -> None:
    derived = Derived(tmp_path / "derived")
    derived.put(KEY, b"sums")
    (tmp_path / "derived" / OTHER).write_bytes(b"not sealed")
    (tmp_path / "derived" / "notes.txt").write_bytes(b"of a person")
    found = derived.faults(remove=True)
    assert [(fault.name, bool(fault.done)) for fault in found] == [
        (f"derived/{OTHER}", True), ("derived/notes.txt", False),
    ]  # fmt: skip
    assert [path.name for path in derived.files()] == [KEY, "notes.txt"]


def test_a_store_that_can_only_be_read_keeps_nothing(tmp_path: Path) -> None:
    derived = Derived(tmp_path / "derived")
    if (child := os.fork()) == 0:
        code = 3
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            code = int(derived.put(KEY, b"sums") or derived.get(KEY) is not None)
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0 and not (tmp_path / "derived").exists()


def test_a_full_disk_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    derived = Derived(tmp_path / "derived")

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert not derived.put(KEY, b"sums")
    assert list((tmp_path / "derived").iterdir()) == [] and "未能保存" in capfd.readouterr().err


def test_store_check_names_a_changed_one_and_repair_deletes_it(full: Path) -> None:
    derived = Derived(full / "store" / "derived")
    assert derived.put(KEY, b"sums") and derived.put(OTHER, b"more")
    assert check_store(full / "store").ok
    path = full / "store" / "derived" / KEY
    path.write_bytes(path.read_bytes()[:-1] + b"z")
    assert kinds(check_store(full / "store")) == {("derived_changed", f"derived/{KEY}")}
    assert check_store(full / "store", repair=True).ok
    assert not path.exists() and derived.get(OTHER) == b"more" and check_store(full / "store").ok
