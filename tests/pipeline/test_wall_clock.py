"""A wall clock that is wrong by decades changes no byte of a release and no row of the ledger."""

import datetime
import os
import shutil
import subprocess
import sys

import pytest

from shuibei_index.simulation import simulate
from shuibei_index.store.checking import check_store

#: Whoever asks for the time of day is told another one; the clocks that only count are left alone.
SHIFT = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long by(void) { return atol(getenv("CLOCK_SHIFT")); }
int clock_gettime(clockid_t which, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(which, at);
    if (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE) at->tv_sec += by();
    return done;
}
time_t time(time_t *out) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    if (out) *out = at.tv_sec;
    return at.tv_sec;
}
int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""
YEAR = 31_556_952


@pytest.fixture(scope="module")
def shift(tmp_path_factory):
    """The library to be loaded before all others."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("no C compiler on this machine, or no way to load a library before all others")
    folder = tmp_path_factory.mktemp("clock")
    (folder / "shift.c").write_text(SHIFT)
    made = folder / "shift.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, folder / "shift.c", "-ldl"], check=True)
    return made


def run_with(clock, years, home):
    variables = {**os.environ, "LD_PRELOAD": str(clock), "CLOCK_SHIFT": str(years * YEAR)}
    year = "import datetime; print(datetime.date.today().year)"
    told = subprocess.run([sys.executable, "-c", year], env=variables, capture_output=True, text=True, check=True)
    command = [sys.executable, "-m", "shuibei_index", "run", "--workspace", str(home), "--month", "2024-01"]
    subprocess.run(command, env=variables, capture_output=True, check=True)
    release = home / "releases" / "2024-01"
    files = {p.relative_to(release).as_posix(): p.read_bytes() for p in release.rglob("*") if p.is_file()}
    return int(told.stdout), files, check_store(home / "store").head


def test_another_clock_gives_the_same_release(shift, tmp_path):
    simulate(tmp_path / "raw", start="2024-01", end="2024-01", seed=6, firms=8, formats=("csv",), mistakes=0.0)
    today, found = datetime.date.today().year, []
    for years in (-28, 40):
        home = tmp_path / f"by{years}"
        shutil.copytree(tmp_path / "raw", home)
        found.append(run_with(shift, years, home))
    (early, files, head), (late, other, other_head) = found
    assert (early - today, late - today) == (-28, 40)
    assert other == files and other_head == head
