"""A release of 144 months (40 classes x 4 components) into PostgreSQL, SQLite and DuckDB.

The floor of each database is its own fastest way to take the same rows, already made, into tables without keys, in one
transaction: COPY, executemany, INSERT from Arrow. PostgreSQL runs on this machine, with its usual fsync; it is left out
where no server is installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench_site import START, market, write_bundle

from shuibei_index import months as month_names
from shuibei_index.export import Address, load
from shuibei_index.export.loading import opened
from shuibei_index.export.sheets import sheets
from shuibei_index.export.statements import named
from shuibei_index.release import read_release


@contextmanager
def postgresql(root: Path) -> Iterator[Address | None]:
    """Start a server on a socket of its own."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb") or (str(programs[-1]) if programs else "")
    if not found:
        yield None
        return
    folder = root / "pg"
    folder.mkdir()
    lowered = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    if lowered:
        root.chmod(0o755)
        shutil.chown(folder, "nobody")
    place = Path(found).parent
    quiet = {"check": True, "capture_output": True, "cwd": folder}
    data = str(folder / "data")
    make = [str(place / "initdb"), "-D", data, "-U", "loader", "-A", "trust", "-E", "UTF8", "--no-locale"]
    subprocess.run([*lowered, *make], **quiet)  # type: ignore[call-overload]
    control = [*lowered, str(place / "pg_ctl"), "-D", data]
    options = ["-w", "-o", f"-k {folder} -c listen_addresses=", "-l", str(folder / "log"), "start"]
    subprocess.run([*control, *options], **quiet)  # type: ignore[call-overload]
    try:
        yield Address("postgresql", f"postgresql://loader@/postgres?host={folder}")
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **quiet)  # type: ignore[call-overload]


def _timed(label: str, work: object) -> float:
    start = time.perf_counter()
    result = work()  # type: ignore[operator]
    took = time.perf_counter() - start
    print(f"{label}: {took:.2f} s {result if isinstance(result, str) else ''}")
    return took


def main() -> None:
    """Make two bundles, load them, load them again."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="14 months of 9 classes")
    options = parser.parse_args()
    n_classes, n_months = (9, 14) if options.small else (40, 144)
    with tempfile.TemporaryDirectory(prefix="bx") as scratch:
        root = Path(scratch)
        tables = market(n_classes, n_months)
        names = [month_names.shift(START, k) for k in (n_months - 2, n_months - 1)]
        for month in names:
            write_bundle(tables, month, root / month)
        first, second = (read_release(root / month) for month in names)
        _timed("read the tables, say the headlines", lambda: (first.headline(), second.headline(), None)[-1])
        made: list[object] = []
        _timed("make the rows", lambda: made.append(sheets(second)[0]))
        content = sheets(second)[0]
        print(f"{sum(sheet.rows.num_rows for sheet in content)} rows in {len(content)} tables")
        files = [Address("sqlite", str(root / "a.db")), Address("duckdb", str(root / "a.duckdb"))]
        with postgresql(root) as server:
            for address in [*([server] if server else []), *files]:

                def floor(address: Address = address) -> None:
                    with opened(address) as database:
                        for sheet in content:
                            place = named(database.schema, sheet.name)
                            types = database.dialect.types
                            columns = ", ".join(f"{named(one.name)} {types[one.kind]}" for one in sheet.fields)
                            database.perform(f"CREATE TABLE {place} ({columns})")
                            database.fill(sheet)

                bare = _timed(f"{address.kind} floor", floor)
                with opened(address) as database:
                    for sheet in content:
                        database.perform(f"DROP TABLE {named(database.schema, sheet.name)}")
                _timed(f"{address.kind} first release, tables made", lambda a=address: load(first, a).release)
                whole = _timed(f"{address.kind} one release more", lambda a=address: load(second, a).release)
                print(f"{address.kind} ratio to floor: {whole / bare:.1f}")
                _timed(f"{address.kind} nothing new", lambda a=address: load(second, a).release)
        if not server:
            print("no PostgreSQL server on this machine")


if __name__ == "__main__":
    main()
