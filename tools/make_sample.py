"""Make the bundled sample: simulate with a stated seed, pack with fixed times; the same seed gives the same bytes."""

from __future__ import annotations

import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from shuibei_index.sample import ARCHIVE
from shuibei_index.simulation import simulate

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
SEED, START, END = 7, "2019-01", "2024-12"
#: The one month kept unpacked, for notebooks and for people to look at; the first firms of the panel only.
MONTH, FIRMS = "2024-12", 6


def pack(folder: Path, archive: Path) -> None:
    """Write all files of a folder into a ZIP archive, in name order, without times or rights of this machine."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(entry, path.read_bytes())


def main(target: Path = SAMPLES) -> int:
    """Make archive and month folder under `target`."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Path(scratch) / "demo"
        simulate(workspace, start=START, end=END, seed=SEED)
        pack(workspace, target / ARCHIVE)
        shutil.rmtree(target / MONTH, ignore_errors=True)
        (target / MONTH).mkdir()
        for path in sorted((workspace / "inbox" / MONTH).iterdir())[:FIRMS]:
            shutil.copyfile(path, target / MONTH / path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
