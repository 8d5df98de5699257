"""Five small releases with names that mean harm, and a real PostgreSQL server where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shuibei_index.export import Address
from shuibei_index.release import Release, read_release
from tests.site.conftest import bundles

#: Four months, and a correction of the second released after the last: the site's.
__all__ = ["bundles"]

_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@pytest.fixture(scope="session")
def releases(bundles) -> dict[str, Release]:
    return {path.name: read_release(path) for path in sorted(bundles.iterdir())}


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Start PostgreSQL on a socket of its own; yield the query part of its address."""
    found = shutil.which("initdb") or (str(_PROGRAMS[-1]) if _PROGRAMS else "")
    if not found:
        pytest.skip("no PostgreSQL server (initdb) on this machine")
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    programs = Path(found).parent
    # the path of a socket may have 107 bytes: that of pytest's own folders can be longer
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    # the server refuses to run as root
    lowered = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    if lowered:
        shutil.chown(folder, "nobody")
    data, quiet = str(folder / "data"), {"check": True, "capture_output": True, "cwd": folder}
    make = [*lowered, str(programs / "initdb"), "-D", data, "-U", "loader", "-A", "trust", "-E", "UTF8"]
    subprocess.run([*make, "--no-locale", "--no-sync"], **quiet)
    control = [*lowered, str(programs / "pg_ctl"), "-D", data]
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    subprocess.run([*control, "-w", "-o", options, "-l", str(folder / "log"), "start"], **quiet)
    yield f"host={folder}"
    subprocess.run([*control, "-m", "immediate", "stop"], **quiet)
    shutil.rmtree(folder)


@pytest.fixture
def postgresql(server) -> Address:
    """Return an empty database."""
    import psycopg

    with psycopg.connect(f"postgresql://loader@/postgres?{server}", autocommit=True) as connection:
        connection.execute('DROP DATABASE IF EXISTS "index"')
        connection.execute('CREATE DATABASE "index"')
    return Address("postgresql", f"postgresql://loader@/index?{server}")


@pytest.fixture(params=["postgresql", "sqlite", "duckdb"])
def address(request, tmp_path) -> Address:
    """Return the address of an empty database of each kind."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql")
    if request.param == "duckdb":
        pytest.importorskip("duckdb", reason="duckdb is not installed")
    return Address(request.param, str(tmp_path / f"index.{request.param}"))
