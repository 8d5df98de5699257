"""Faults of the objects: every file compared with its name, every name of the ledger with the files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shuibei_index.intake.source import digest_of, open_regular
from shuibei_index.store.faults import Fault
from shuibei_index.store.naming import Named
from shuibei_index.store.objects import Objects

_HEX = set("0123456789abcdef")


def object_faults(files: list[Path], named: Mapping[str, Named]) -> tuple[list[Fault], list[Fault], int]:
    """Compare files with their names, and the names the ledger counts on with the files.

    Parameters
    ----------
    files
        `Objects.files`, as listed at one moment.
    named
        `naming.named_objects` of the same moment.

    Returns
    -------
    faults, notes : list of Fault
        The name of a fault is the digest.
    size : int
        Bytes looked at.
    """
    faults, notes, present, size = [], [], set(), 0
    for path in files:
        sha256 = digest_in(path)
        if not sha256:
            zh, en = "不是库的对象。", "is no object of the store."
            notes.append(Fault("foreign", f"objects/{path.parent.name}/{path.name}", zh, en))
            continue
        try:
            # a pipe of that name would be waited for without end
            with open_regular(path) as stream:
                found, length = digest_of(stream)
        except OSError as error:
            why = error.strerror or str(error)
            faults.append(_fault("object_unreadable", sha256, named, f"无法读取（{why}）", f"cannot be read ({why})"))
            present.add(sha256)
            continue
        size += length
        present.add(sha256)
        if found != sha256:
            zh = f"内容已变：现有 {length} 字节的摘要为 {found}"
            faults.append(
                _fault("object_changed", sha256, named, zh, f"was changed: its {length} bytes have the digest {found}")
            )
    lost = sorted(named.keys() - present)
    faults += [_fault("object_missing", sha256, named, "缺失", "is missing") for sha256 in lost]
    return faults, notes, size


def left_overs(objects: Objects, files: list[Path], mentioned: set[str]) -> list[Fault]:
    """Return, as notes, temporary files and objects that nothing in the ledger names; only while nobody writes."""
    notes = [
        Fault("temporary", path.name, "被中断的写入留下的临时文件。", "a temporary file of a writing that was killed.")
        for path in objects.temporary()
    ]
    orphans = [path for path in files if (sha256 := digest_in(path)) and sha256 not in mentioned]
    zh, en = (
        "账本未提及的对象（被中断的写入所留）。",
        "an object nothing in the ledger names, as a killed writing leaves it.",
    )
    return notes + [Fault("orphan", f"{path.parent.name}/{path.name}", zh, en) for path in orphans]


def digest_in(path: Path) -> str:
    """Return the digest an object's file is named by; "" = it is none."""
    name = path.name.removesuffix(".parquet")
    return name if len(name) == 64 and set(name) <= _HEX and path.parent.name == name[:2] else ""


def _fault(kind: str, sha256: str, named: Mapping[str, Named], zh: str, en: str) -> Fault:
    what = named[sha256].what if sha256 in named else "账本未提及 not named by the ledger"
    return Fault(
        kind,
        sha256,
        f"对象{zh}（{what}）。请用 --repair 修复，或从备份恢复。",
        f"the object {en} ({what}). Try --repair, or restore it from a backup.",
    )
