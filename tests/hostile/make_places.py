"""Make what no bytes can make: links, pipes, folders, holes, and names that mislead."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from tests.hostile.kinds import Kind, bad, good, text
from tests.intake.conftest import grid, record

#: What a link in the inbox leads to; no word of it may turn up anywhere.
SECRET = "SECRET-4711"


def places(outside: Path) -> list[Kind]:
    """Return things that are no files; `outside` is a folder beside the inbox with a file `secret.csv` in it."""
    secret = outside / "secret.csv"

    def folder(path: Path) -> None:
        path.mkdir()
        (path / "deep.csv").write_text(text(), encoding="utf-8")

    def hole(path: Path) -> None:
        path.touch()
        os.truncate(path, 2**40)

    def listening(path: Path) -> None:
        # names of sockets are short: bound from within the folder, by its descriptor
        with socket.socket(socket.AF_UNIX) as server:
            descriptor = os.open(path.parent, os.O_RDONLY)
            server.bind(f"/proc/self/fd/{descriptor}/{path.name}")
            os.close(descriptor)

    found = [
        bad("link.csv", lambda path: path.symlink_to(secret), "not_regular"),
        bad("link-nowhere.csv", lambda path: path.symlink_to(outside / "nothing"), "not_regular"),
        bad("link-to-itself.csv", lambda path: path.symlink_to(path), "not_regular"),
        bad("link-to-zeros.csv", lambda path: path.symlink_to("/dev/zero"), "not_regular"),
        bad("link-to-a-folder.xlsx", lambda path: path.symlink_to(outside), "not_regular"),
        bad("folder.xlsx", folder, "not_regular"),
        bad("pipe.csv", os.mkfifo, "not_regular"),
        bad("hole-of-a-terabyte.csv", hole, "file_too_large"),
        bad("hole-of-a-terabyte.xlsx", hole, "file_too_large"),
        bad("hole-of-a-terabyte.parquet", hole, "file_too_large"),
        Kind(".DS_Store", b"\0\0\0\1Bud1", "ignored", "bystander"),
        Kind("~$report.xlsx", b"\x05lock", "ignored", "bystander"),
        Kind("desktop.ini", b"[x]", "ignored", "bystander"),
    ]
    if Path("/proc/self/fd").is_dir():
        found.append(bad("socket.csv", listening, "not_regular"))
    return found


def names() -> list[Kind]:
    """Return good files, each with one record of its own, under names that mislead or break things."""
    odd = [
        "UPPER.CSV",
        "upper.csv",
        "名字 有 空格.csv",
        "=cmd|calc.csv",
        "-rf.csv",
        "$(reboot).csv",
        "a'b\"c.csv",
        "E001\u202evsc.csv",
        "line\nbreak.csv",
        "\x1b[2Jscreen.csv",
        "CON.csv",
        "..hidden.csv",
        "%2e%2e%2f.csv",
        "x" * 251 + ".csv",
        os.fsdecode("甲".encode("gb18030")) + ".csv",
        os.fsdecode(b"\xff\xfe\x80.csv"),
    ]
    return [
        Kind(name, text(grid([record(n, amount=100.5), record(n + 1, amount=200)])).encode(), amounts=(100.5, 200.0))
        for n, name in enumerate(odd, start=1000)
        if not name.startswith(".")
    ] + [
        bad("no-extension", text().encode(), "file_type"),
        bad("good.csv.exe", b"MZ\x90", "file_type"),
        good("two..dots.csv", (text() + "\r\n").encode()),
    ]
