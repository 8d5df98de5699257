"""Make what no bytes can make: links, pipes, folders, holes, and names that mislead."""

from __future__ import annotations

import os
import socket
import stat
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

    def device(path: Path) -> None:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))

    def forbidden(path: Path) -> None:
        path.write_text(text(), encoding="utf-8")
        path.chmod(0)

    def second_name(path: Path) -> None:
        model = outside / "good.csv"
        model.write_text(text(), encoding="utf-8")
        path.hardlink_to(model)
        model.unlink()

    def sparse(path: Path) -> None:
        path.write_text(text(), encoding="utf-8")
        os.truncate(path, 150_000_000)

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
        bad("link-to-the-inbox.csv", lambda path: path.symlink_to(path.parent), "not_regular"),
        bad("link-to-another.csv", lambda path: path.symlink_to("folder.xlsx/deep.csv"), "not_regular"),
        bad("link-to-memory.csv", lambda path: path.symlink_to("/proc/self/mem"), "not_regular"),
        bad("link-to-the-terminal.csv", lambda path: path.symlink_to("/dev/tty"), "not_regular"),
        bad("folder.csv", folder, "not_regular"),
        bad("folder-without-an-end", lambda path: (path / "a").mkdir(parents=True), "not_regular"),
        bad("hole-after-the-text.csv", sparse, "nul_byte"),
        good("second-name.csv", second_name),
        Kind("._report.xlsx", b"\0\5\x16\7", "ignored", "bystander"),
        Kind(".~lock.report.ods#", b"x", "ignored", "bystander"),
        Kind(".csv", text().encode(), "ignored", "bystander"),
        Kind("Thumbs.db", b"\xd0\xcf\x11\xe0", "ignored", "bystander"),
        Kind(".DS_Store", b"\0\0\0\1Bud1", "ignored", "bystander"),
        Kind("~$report.xlsx", b"\x05lock", "ignored", "bystander"),
        Kind("desktop.ini", b"[x]", "ignored", "bystander"),
    ]
    if Path("/proc/self/fd").is_dir():
        found.append(bad("socket.csv", listening, "not_regular"))
    if os.geteuid() == 0:
        found.append(bad("device-of-zeros.csv", device, "not_regular"))
    else:
        found.append(bad("forbidden.csv", forbidden, "file_unreadable"))
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
        "é.csv",
        "e\u0301.csv",
        "水" * 83 + ".csv",
        "💍.csv",
        "a\u200b.csv",
        "a\u00a0.csv",
        "+1+1.csv",
        "@SUM(A1).csv",
        "-2+3.csv",
        "\t=1.csv",
        "\r=1.csv",
        "＝1+1.csv",
        "<script>alert(1)<.csv",
        '"><img src=x onerror=alert(1)>.csv',
        "{value!r}{0}%s%n.csv",
        "a;b|c&d`e`.csv",
        "NUL.csv",
        "a:b.csv",
        "~a.csv",
        "*.csv",
        "a.xlsx.csv",
        " a.csv",
        "2025-06-03T00:00:00.csv",
    ]
    return [
        Kind(name, text(grid([record(n, amount=100.5), record(n + 1, amount=200)])).encode(), amounts=(100.5, 200.0))
        for n, name in enumerate(odd, start=1000)
        if not name.startswith(".")
    ] + [
        bad("no-extension", text().encode(), "file_type"),
        bad("good.csv.exe", b"MZ\x90", "file_type"),
        bad("blank-behind.csv ", text().encode(), "file_type"),
        bad("full-width．csv", text().encode(), "file_type"),
        bad("a.csv\u200b", text().encode(), "file_type"),
        bad("csv", text().encode(), "file_type"),
        good("two..dots.csv", (text() + "\r\n").encode()),
    ]
